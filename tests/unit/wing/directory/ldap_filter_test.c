/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "wing/directory/ldap_filter.h"
#include "wing/directory/ldap_login.h"
#include "wing/directory/ldap_walk.h"

static const char *const none[] = { "none", NULL };
static const char *const nothing[] = { NULL };
static const char *const more[] = { "mailAlternateAddress", NULL };

static const struct directory_section ad = {
	.preset = "ad",
	.alias_attributes = nothing,
	.photo_attributes = nothing,
};
static const struct directory_section openldap = {
	.preset = "openldap",
	.alias_attributes = nothing,
	.photo_attributes = nothing,
};
static const struct directory_section own = {
	.preset = "openldap",
	.filter = "(memberOf=cn=mail)",
	.uid_attribute = "uid",
	.mail_attribute = "mailPrimary",
	.name_attribute = "cn",
	.alias_attributes = more,
	.photo_attributes = none,
};

#define AD_FILTER "(&(objectCategory=person)(objectClass=user))"

static void
an_address_is_a_filter(void **state)
{
	static const struct {
		const struct directory_section *section;
		const char *address, *filter;
	} rows[] = {
		{ &ad, "ada@example.com",
		  "(&" AD_FILTER "(|(mail=ada@example.com)(proxyAddresses="
		  "smtp:ada@example.com)(userPrincipalName=ada@example.com))"
		  ")" },
		{ &openldap, "ada@example.com",
		  "(&(objectClass=inetOrgPerson)(|(mail=ada@example.com)))" },
		{ &own, "ada@example.com",
		  "(&(memberOf=cn=mail)(|(mailPrimary=ada@example.com)"
		  "(mailAlternateAddress=ada@example.com)))" },
		{ &openldap, "*)(mail=*",
		  "(&(objectClass=inetOrgPerson)(|(mail=\\2a\\29\\28mail\\3d"
		  "\\2a)))" },
		{ &openldap, "\\&|!<>~/ \x01\x7f\xc3\xbc",
		  "(&(objectClass=inetOrgPerson)(|(mail=\\5c\\26\\7c\\21\\3c"
		  "\\3e\\7e\\2f\\20\\01\\7f\\c3\\bc)))" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *filter;
		struct shape shape;

		shape_of(rows[i].section, &shape);
		CHECK_ROW(rows[i].address,
			  filter_by_address(op, &shape, rows[i].address,
					    &filter) == OK);
		CHECK_ROW(rows[i].address, unit_same(filter, rows[i].filter));
	}
}

static void
a_uid_is_a_filter(void **state)
{
	static const struct {
		const struct directory_section *section;
		const char *uid, *filter;
	} rows[] = {
		{ &ad, "01ff", "(&" AD_FILTER "(objectGUID=\\01\\ff))" },
		{ &ad, "01f", NULL },
		{ &ad, "01FF", NULL },
		{ &ad, "*", NULL },
		{ &ad, "", NULL },
		{ &openldap, "0-1)(x=*",
		  "(&(objectClass=inetOrgPerson)(entryUUID=0-1\\29\\28x\\3d"
		  "\\2a))" },
		{ &own, "ada", "(&(memberOf=cn=mail)(uid=ada))" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *filter = NULL;
		enum err wanted = rows[i].filter == NULL ? ERR_INVALID : OK;
		struct shape shape;

		shape_of(rows[i].section, &shape);
		CHECK_ROW(rows[i].uid, filter_by_uid(op, &shape, rows[i].uid,
						     &filter) == wanted);
		CHECK_ROW(rows[i].uid,
			  wanted != OK || unit_same(filter, rows[i].filter));
	}
}

static void
everybody_is_a_filter(void **state)
{
	struct op *op = *state;
	const char *filter;
	struct shape shape;

	shape_of(&ad, &shape);
	assert_int_equal(filter_of_all(op, &shape, "(uSNChanged>=5)", &filter),
			 OK);
	assert_string_equal(filter,
			    "(&" AD_FILTER "(|(mail=*)(proxyAddresses=*)"
			    "(userPrincipalName=*))(uSNChanged>=5))");
	shape_of(&openldap, &shape);
	assert_int_equal(filter_of_all(op, &shape, NULL, &filter), OK);
	assert_string_equal(filter,
			    "(&(objectClass=inetOrgPerson)(|(mail=*)))");
}

static void
a_filter_has_an_end(void **state)
{
	struct op *op = *state;
	char *value = op_alloc(op, FILTER_MAX + 1);
	const char *filter;
	struct shape shape;
	size_t fixed = sizeof("(&(objectClass=inetOrgPerson)(|(mail=)))") - 1;

	shape_of(&openldap, &shape);
	memset(value, 'a', FILTER_MAX - fixed);
	assert_int_equal(filter_by_address(op, &shape, value, &filter), OK);
	assert_int_equal(strlen(filter), FILTER_MAX);
	value[FILTER_MAX - fixed] = 'a';
	assert_int_equal(filter_by_address(op, &shape, value, &filter),
			 ERR_LIMIT);
}

static void
names_of_entries_are_escaped(void **state)
{
	struct op *op = *state;
	const char *out;

	assert_int_equal(template_fill(op, "ou=%n,dc=x", "a,b+\"c\\<d>;=#@x",
				       filter_escape_dn, &out),
			 OK);
	assert_string_equal(out, "ou=a\\2cb\\2b\\22c\\5c\\3cd\\3e\\3b\\3d\\23,"
				 "dc=x");
}

static bool
has(const char *const *list, const char *name)
{
	while (*list != NULL && strcmp(*list, name) != 0)
		list++;
	return *list != NULL;
}

static void
only_what_is_wanted_is_asked_for(void **state)
{
	struct op *op = *state;
	const char *const *list;
	struct shape shape;

	shape_of(&openldap, &shape);
	list = shape_attributes(op, &shape, false);
	assert_true(has(list, "entryUUID") && has(list, "mail") &&
		    has(list, "displayName") && has(list, "cn"));
	assert_false(has(list, "jpegPhoto"));
	list = shape_attributes(op, &shape, true);
	assert_true(has(list, "jpegPhoto") && has(list, "jpegPhoto;binary"));
	shape_of(&ad, &shape);
	list = shape_attributes(op, &shape, true);
	assert_true(has(list, "thumbnailPhoto") && has(list, "objectGUID") &&
		    has(list, "userAccountControl"));
	assert_false(has(list, "jpegPhoto;binary"));
	shape_of(&own, &shape);
	list = shape_attributes(op, &shape, true);
	assert_true(has(list, "mailAlternateAddress"));
	assert_false(has(list, "jpegPhoto") || has(list, "none") ||
		     has(list, "displayName"));
}

/* ---- marks ---- */

static void
numbers_of_a_server_are_kept_with_its_name(void **state)
{
	static const char *const wrong[] = {
		"",
		"usn",
		"usn ",
		"usn 5",
		"usn 5 ",
		"usn  x",
		"usn x y",
		"usn -1 y",
		"time 5 6",
		"usn 99999999999999999999 y",
		"usn 9223372036854775808 y",
	};
	struct op *op = *state;
	const struct walk_usn in = { 9000, "01ff CN=NTDS Settings,CN=DC1" };
	struct walk_usn out;

	assert_true(walk_usn_read(op, walk_usn_write(op, &in), &out));
	assert_int_equal(out.number, in.number);
	assert_string_equal(out.server, in.server);
	for (size_t i = 0; i < COUNT(wrong); i++)
		CHECK_ROW(wrong[i], !walk_usn_read(op, wrong[i], &out));
}

static void
a_second_that_may_not_be_over_counts_again(void **state)
{
	static const char *const wrong[] = { "",          "time",    "time 5",
					     "time 5 ",   "time  5", "time x 5",
					     "time 5 5x", "usn 5 6" };
	struct op *op = *state;
	const struct walk_time in = { 1000, 2000 };
	struct walk_time out;

	assert_true(walk_time_read(walk_time_write(op, &in), &out));
	assert_int_equal(out.latest, 1000);
	assert_int_equal(out.seen, 2000);
	for (size_t i = 0; i < COUNT(wrong); i++)
		CHECK_ROW(wrong[i], !walk_time_read(wrong[i], &out));
	assert_int_equal(walk_time_from(&in, 2000), 990);
	assert_int_equal(walk_time_from(&in, 2030), 990);
	assert_int_equal(walk_time_from(&in, 2031), 1001);
	assert_int_equal(walk_time_from(&in, 1999), 1001); /* set back */
}

static void
times_of_ldap_are_read_and_written(void **state)
{
	static const char *const wrong[] = {
		"",
		"Z",
		"20261122081500",
		"2026112208150Z",
		"20261322081500Z",
		"20261122081500+0100",
		"2026-11-22T08:15:00Z",
		"x0261122081500Z",
	};
	struct op *op = *state;
	int64_t at;

	assert_true(walk_time_parse(op, bytes_of("20261122081500Z"), &at));
	assert_int_equal(at, 1795335300);
	assert_string_equal(walk_time_print(op, at), "20261122081500Z");
	assert_true(walk_time_parse(op, bytes_of("20261122081500.123Z"), &at));
	assert_int_equal(at, 1795335300);
	for (size_t i = 0; i < COUNT(wrong); i++)
		CHECK_ROW(wrong[i],
			  !walk_time_parse(op, bytes_of(wrong[i]), &at));
}

/* ---- why a password is none ---- */

static void
what_ad_says_of_a_login_is_understood(void **state)
{
#define SAID(code)                                                             \
	"80090308: LdapErr: DSID-0C090334, comment: AcceptSecurityContext "    \
	"error, data " code ", v1db1"
	static const struct {
		const char *said, *reason;
	} rows[] = {
		{ SAID("52e"), "a wrong password" },
		{ SAID("525"), "there is no such user" },
		{ SAID("530"), "no logins at this time of day" },
		{ SAID("531"), "no logins from this machine" },
		{ SAID("532"), "the password has expired" },
		{ SAID("533"), "the account is disabled" },
		{ SAID("701"), "the account has expired" },
		{ SAID("773"), "the password has to be changed" },
		{ SAID("775"), "the account is locked" },
		{ SAID("999"), NULL },
		{ SAID(""), NULL },
		{ "", NULL },
		{ "data 52e", NULL },
		{ ", data ", NULL },
		{ ", data 52e", "a wrong password" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].said, unit_same(login_reason(rows[i].said),
						  rows[i].reason));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(an_address_is_a_filter),
		UNIT_TEST(a_uid_is_a_filter),
		UNIT_TEST(everybody_is_a_filter),
		UNIT_TEST(a_filter_has_an_end),
		UNIT_TEST(names_of_entries_are_escaped),
		UNIT_TEST(only_what_is_wanted_is_asked_for),
		UNIT_TEST(numbers_of_a_server_are_kept_with_its_name),
		UNIT_TEST(a_second_that_may_not_be_over_counts_again),
		UNIT_TEST(times_of_ldap_are_read_and_written),
		UNIT_TEST(what_ad_says_of_a_login_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
