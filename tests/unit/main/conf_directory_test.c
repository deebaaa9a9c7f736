/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "main/conf_directory.h"

#include "base/conf.h"

struct row {
	const char *value;
	bool right;
};

static void
check_rows(conf_check *check, const struct row *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		CHECK_ROW(row[i].value,
			  (check(row[i].value) == NULL) == row[i].right);
}

static void
servers_are_checked(void **state)
{
	static const struct row rows[] = {
		/* clang-format off */
		{ "ldap://dc1.example.com", true }, { "ldaps://dc1.example.com:636/", true },
		{ "ldapi://", true }, { "ldapi://%2Frun%2Fldapi", true },
		{ "ldapi://%2frun%2fldapi", true }, { "ldaps://[2001:db8::1]", true },
		{ "http://x", false }, { "ldapx://x", false }, { "dc1.example.com", false },
		{ "ldap://x/dc=example", false }, { "ldapi://run", false },
		{ "ldapi://%2Frun/ldapi", false }, { "ldap://x y", false },
		/* clang-format on */
	};

	(void)state;
	check_rows(directory_is_uri, rows, COUNT(rows));
}

static void
names_are_checked(void **state)
{
	static const struct row dns[] = {
		{ "dc=example,dc=com", true },
		{ "ou=a b,dc=x", true },
		{ "ou=%u,dc=example", true },
		{ "example", false },
		{ "=x", false },
		{ "dc=a\ndc=b", false },
	};
	static const struct row binds[] = {
		{ "cn=reader,dc=x", true },
		{ "reader@example.com", true },
		{ "reader", false },
	};
	static const struct row principals[] = {
		{ "frontdesk@EXAMPLE.COM", true },
		{ "HTTP/mail.example.com@EXAMPLE.COM", true },
		{ "MAIL$@EXAMPLE.COM", true },
		{ "frontdesk", false },
		{ "@EXAMPLE.COM", false },
		{ "frontdesk@", false },
		{ "a b@X", false },
		{ "a@b@c", false },
	};

	(void)state;
	check_rows(directory_is_dn, dns, COUNT(dns));
	check_rows(directory_is_bind, binds, COUNT(binds));
	check_rows(directory_is_principal, principals, COUNT(principals));
}

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
filters_and_attributes_are_checked(void **state)
{
	static const struct row filters[] = {
		{ "(a=b)", true },
		{ "(&(a=b)(!(c=*)))", true },
		{ "(a=\\28)", true },
		{ "a=b", false },
		{ "(a=b", false },
		{ "(a=b))", false },
		{ "(a=b)(c=d)", false },
		{ "()", false },
		{ "(a=b)x", false },
		{ ")(", false },
		{ "((((((((((((((((((((a=b))))))))))))))))))))", true },
		{ "(((((((((((((((((((((a=b)))))))))))))))))))))", false },
	};
	static const struct row attributes[] = {
		{ "mail", true },           { "jpegPhoto;binary", true },
		{ "1.2.840.113556", true }, { "mS-DS-ConsistencyGuid", true },
		{ "none", true },           { "a_b", false },
		{ "mail;", false },         { "mail;;x", false },
		{ ";binary", false },       { "a b", false },
		{ "mail)(x", false },       { "*", false },
		{ "aa" A63 A63, true },     { "aaa" A63 A63, false },
	};
	static const struct row titles[] = {
		{ "office", true },  { "a.b-c_1", true },   { "a b", false },
		{ "a:b", false },    { "\xc3\xbc", false }, { "a" A63, true },
		{ "aa" A63, false },
	};

	(void)state;
	check_rows(directory_is_filter, filters, COUNT(filters));
	check_rows(directory_is_attribute, attributes, COUNT(attributes));
	check_rows(directory_is_title, titles, COUNT(titles));
}

/* ---- a whole section ---- */

static const char *const nothing[] = { NULL };
static const char *const tls[] = { "ldaps://dc1.example.com", NULL };
static const char *const clear[] = { "ldaps://dc1.example.com",
				     "ldap://dc2.example.com", NULL };
static const char *const here[] = { "ldap://127.0.0.1:389", "ldap://localhost",
				    "ldapi://", NULL };
static const char *const none[] = { "none", NULL };
static const char *const none_and_more[] = { "mail", "none", NULL };
static const char *const eight[] = { "a", "b", "c", "d", "e",
				     "f", "g", "h", NULL };
static const char *const nine[] = { "a", "b", "c", "d", "e",
				    "f", "g", "h", "i", NULL };

static enum err
section_check(struct op *op, const char *passwords,
	      struct directory_section section)
{
	const struct settings settings = {
		.file = "x.conf",
		.passwords = passwords,
		.directories = &section,
		.directories_n = 1,
	};

	section.title = "office";
	section.line = 7;
	if (section.alias_attributes == NULL)
		section.alias_attributes = nothing;
	if (section.photo_attributes == NULL)
		section.photo_attributes = nothing;
	op->reason = NULL;
	return directory_sections_check(op, &settings);
}

static void
nothing_goes_to_another_machine_in_clear_text(void **state)
{
	static const struct {
		const char *what;
		const char *passwords;
		struct directory_section section;
		bool right;
	} rows[] = {
		/* clang-format off */
		{ "TLS", "store", { .uri = tls }, true },
		{ "one in clear", "store", { .uri = clear }, false },
		{ "StartTLS", "directory", { .uri = clear, .starttls = true, .login = true }, true },
		{ "here", "directory", { .uri = here, .login = true }, true },
		{ "sealed by Kerberos", "directory", { .uri = clear, .keytab = "/k" }, true },
		{ "sealed, other logins", "store", { .uri = clear, .keytab = "/k", .login = true }, true },
		{ "sealed, and logins", "directory", { .uri = clear, .keytab = "/k", .login = true }, false },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum err err =
			section_check(op, rows[i].passwords, rows[i].section);

		CHECK_ROW(rows[i].what,
			  err == (rows[i].right ? OK : ERR_INVALID));
		CHECK_ROW(rows[i].what,
			  rows[i].right ||
				  strstr(op->reason, "x.conf:7: directory "
						     "\"office\"") != NULL);
	}
}

static void
what_does_not_go_together_is_refused(void **state)
{
	static const struct {
		const char *what;
		struct directory_section section;
		bool right;
	} rows[] = {
		/* clang-format off */
		{ "no server", { .uri = nothing }, false },
		{ "bind", { .uri = tls, .bind_dn = "cn=x", .password_file = "/p" }, true },
		{ "no password", { .uri = tls, .bind_dn = "cn=x" }, false },
		{ "no name", { .uri = tls, .password_file = "/p" }, false },
		{ "no keytab", { .uri = tls, .principal = "x@Y" }, false },
		{ "none", { .uri = tls, .photo_attributes = none, .alias_attributes = none }, true },
		{ "none and more", { .uri = tls, .photo_attributes = none_and_more }, false },
		{ "none and aliases", { .uri = tls, .alias_attributes = none_and_more }, false },
		{ "no picture back", { .uri = tls, .photo_attributes = none, .photo_write_back = true }, false },
		{ "eight", { .uri = tls, .photo_attributes = eight, .alias_attributes = eight }, true },
		{ "nine", { .uri = tls, .photo_attributes = nine }, false },
		{ "nine aliases", { .uri = tls, .alias_attributes = nine }, false },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].what,
			  section_check(op, "store", rows[i].section) ==
				  (rows[i].right ? OK : ERR_INVALID));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(servers_are_checked),
		UNIT_TEST(names_are_checked),
		UNIT_TEST(filters_and_attributes_are_checked),
		UNIT_TEST(nothing_goes_to_another_machine_in_clear_text),
		UNIT_TEST(what_does_not_go_together_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
