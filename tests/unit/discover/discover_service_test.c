/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"
#include "discover/discover_service.h"

static const struct discover_place place = {
	.url = "https://mail.example.com:8443",
	.organization = "",
};
static const struct discover_place other = {
	.url = "https://mail.example.com:8443",
	.organization = "M\xc3\xbcller & Co/KG",
};
static const struct mailbox ada = {
	.id = 1,
	.organization = 1,
	.address = "ada@example.com",
	.name = "Ada",
};
static const struct mailbox nameless = {
	.id = 2,
	.organization = 1,
	.address = "desk@example.com",
	.name = "",
};

static struct discover_user_response
ask_for(struct op *op, const struct mailbox *mailbox, const char *const *names)
{
	struct discover_text text[DISCOVER_SETTINGS_MAX];
	struct discover_names asked = { .setting = text };
	struct discover_user_response out;

	for (; *names != NULL; names++)
		text[asked.setting_n++].text = *names;
	discover_user(op, &place, mailbox, &asked, &out);
	return out;
}

static void
settings_come_from_the_configuration_and_the_mailbox(void **state)
{
	static const struct {
		const struct mailbox *mailbox;
		const char *name, *value;
	} rows[] = {
		/* clang-format off */
		{ &ada, "ExternalEwsUrl",          "https://mail.example.com:8443/EWS/Exchange.asmx" },
		{ &ada, "InternalEwsUrl",          "https://mail.example.com:8443/EWS/Exchange.asmx" },
		{ &ada, "ExternalPhotosUrl",       "https://mail.example.com:8443/EWS/Exchange.asmx/s/" },
		{ &ada, "InternalPhotosUrl",       "https://mail.example.com:8443/EWS/Exchange.asmx/s/" },
		{ &ada, "EwsSupportedSchemas",     "Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, Exchange2010_SP2, Exchange2013, Exchange2013_SP1" },
		{ &ada, "CasVersion",              "15.0.1497.2" },
		{ &ada, "ExternalEwsVersion",      "15.0.1497.2" },
		{ &ada, "UserDisplayName",         "Ada" },
		{ &nameless, "UserDisplayName",    "desk@example.com" },
		{ &ada, "AutoDiscoverSMTPAddress", "ada@example.com" },
		{ &ada, "UserDN",                  "/o=Frontdesk/ou=example.com/cn=Recipients/cn=ada@example.com" },
		{ &ada, "MailboxDN",               "/o=Frontdesk/ou=example.com/cn=Mailboxes/cn=ada@example.com" },
		{ &ada, "UserMSOnline",            "False" },
		{ &ada, "MapiHttpEnabled",         "False" },
		{ &ada, "CrossOrganizationSharingEnabled", "False" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct discover_user_response got =
			ask_for(*state, rows[i].mailbox,
				(const char *[]){ rows[i].name, NULL });

		CHECK_ROW(rows[i].name, got.code == DISCOVER_NO_ERROR);
		CHECK_ROW(rows[i].name, got.redirect.nil);
		CHECK_ROW(rows[i].name, got.errors.error_n == 0);
		CHECK_ROW(rows[i].name, got.settings.setting_n == 1);
		CHECK_ROW(rows[i].name, got.settings.setting[0].string);
		CHECK_ROW(rows[i].name, unit_same(got.settings.setting[0].name,
						  rows[i].name));
		CHECK_ROW(rows[i].name, unit_same(got.settings.setting[0].value,
						  rows[i].value));
	}
}

static void
what_cannot_be_told_is_an_error_of_its_own(void **state)
{
	static const struct {
		const char *name;
		enum discover_code code;
	} rows[] = {
		{ "InternalOABUrl", DISCOVER_NOT_AVAILABLE },
		{ "GroupingInformation", DISCOVER_NOT_AVAILABLE },
		{ "AlternateMailboxes", DISCOVER_NOT_AVAILABLE },
		{ "NoSuchSetting", DISCOVER_INVALID_SETTING },
		{ "externalewsurl", DISCOVER_INVALID_SETTING },
		{ "EcpVoicemailUrlFragment,", DISCOVER_INVALID_SETTING },
		{ "", DISCOVER_INVALID_SETTING },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct discover_user_response got = ask_for(
			*state, &ada, (const char *[]){ rows[i].name, NULL });

		CHECK_ROW(rows[i].name, got.code == DISCOVER_NO_ERROR);
		CHECK_ROW(rows[i].name, got.settings.setting_n == 0);
		CHECK_ROW(rows[i].name, got.errors.error_n == 1);
		CHECK_ROW(rows[i].name,
			  got.errors.error[0].code == rows[i].code);
		CHECK_ROW(rows[i].name,
			  unit_same(got.errors.error[0].name, rows[i].name));
		CHECK_ROW(rows[i].name, strstr(got.errors.error[0].message,
					       rows[i].name) != NULL);
	}
}

static void
each_name_is_answered_once_and_in_order(void **state)
{
	static const char *const names[] = {
		"UserDN",  "Nothing",       "UserDN",         "ExternalEwsUrl",
		"Nothing", "InternalUMUrl", "ExternalEwsUrl", NULL,
	};
	struct discover_user_response got = ask_for(*state, &ada, names);

	assert_int_equal(got.settings.setting_n, 2);
	assert_string_equal(got.settings.setting[0].name, "UserDN");
	assert_string_equal(got.settings.setting[1].name, "ExternalEwsUrl");
	assert_int_equal(got.errors.error_n, 2);
	assert_string_equal(got.errors.error[0].name, "Nothing");
	assert_string_equal(got.errors.error[1].name, "InternalUMUrl");
}

static void
a_stranger_is_named_as_far_as_an_address_goes(void **state)
{
	struct op *op = *state;
	struct discover_user_response got;
	char *long_one = op_alloc(op, 1000);

	discover_stranger(op, "nobody@example.com", &got);
	assert_int_equal(got.code, DISCOVER_INVALID_USER);
	assert_string_equal(got.message, "Invalid user: 'nobody@example.com'");
	assert_int_equal(got.errors.error_n + got.settings.setting_n, 0);
	memset(long_one, 'x', 999);
	discover_stranger(op, long_one, &got);
	assert_int_equal(strlen(got.message),
			 strlen("Invalid user: ''") + ADDRESS_MAX);
}

static void
the_name_of_a_setting_has_a_limit(void **state)
{
	char name[DISCOVER_NAME_MAX + 2];
	struct discover_text text = { .text = name };
	const struct discover_names names = { &text, 1 };

	(void)state;
	memset(name, 'x', sizeof(name));
	name[DISCOVER_NAME_MAX + 1] = '\0';
	assert_false(discover_names_fit(&names));
	name[DISCOVER_NAME_MAX] = '\0';
	assert_true(discover_names_fit(&names));
}

static void
a_name_in_x500s_manner_leads_back_to_its_address(void **state)
{
	static const struct {
		const char *address, *dn; /* NULL: not looked at */
	} rows[] = {
		/* clang-format off */
		{ "ada@example.com", NULL },
		{ "o'neil/x=y@example.com", "/o=M+C3+BCller+20+26+20Co+2FKG/ou=example.com/cn=Recipients/cn=o+27neil+2Fx+3Dy@example.com" },
		{ "a+b@example.com",     NULL },
		{ "a+2Bb@example.com",   NULL },
		{ "gr\xc3\xbc\xc3\x9f@example.com", NULL },
		{ "a/cn=b@example.com",  NULL },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *dn = discover_user_dn(op, &other, rows[i].address);

		CHECK_ROW(rows[i].address,
			  rows[i].dn == NULL || unit_same(dn, rows[i].dn));
		CHECK_ROW(rows[i].address,
			  unit_same(discover_dn_address(op, &other, dn),
				    rows[i].address));
		/* of another organization */
		CHECK_ROW(rows[i].address,
			  discover_dn_address(op, &place, dn) == NULL);
		for (size_t j = 0; j < i; j++)
			CHECK_ROW(rows[i].address,
				  strcmp(dn, discover_user_dn(
						     op, &other,
						     rows[j].address)) != 0);
	}
}

static void
no_other_name_leads_anywhere(void **state)
{
	static const char *const rows[] = {
		"",
		"/cn=",
		"ada@example.com",
		"/cn=ada@example.com",
		"/o=Frontdesk/ou=example.com/cn=Recipients",
		"/o=Frontdesk/ou=example.com/cn=Recipients/cn=",
		"/o=Frontdesk/ou=example.com/cn=Recipients/cn=ada",
		"/o=Frontdesk/ou=example.org/cn=Recipients/cn=ada@example.com",
		"/o=Frontdesk/ou=example.com/cn=Mailboxes/cn=ada@example.com",
		"/o=Frontdesk/ou=example.com/cn=Recipients/cn=a+0@example.com",
		"/o=Frontdesk/ou=example.com/cn=Recipients/cn=a+",
		"/o=Frontdesk/ou=example.com/cn=Recipients/cn=a+00@example.com",
		"/o=Frontdesk/ou=example.com/cn=Recipients/cn=a+FF@example.com",
		"/o=Frontdesk/ou=example.com/cn=Recipients/cn=a b@example.com",
	};
	struct op *op = *state;
	char *endless = op_alloc(op, 8 * KIB);

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i],
			  discover_dn_address(op, &place, rows[i]) == NULL);
	memset(endless, '/', 8 * KIB - 1);
	assert_null(discover_dn_address(op, &place, endless));
	assert_string_equal(
		discover_dn_address(op, &place,
				    "/O=FRONTDESK/OU=Example.Com/CN=recipients/"
				    "CN=ADA@example.com"),
		"ADA@example.com");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(settings_come_from_the_configuration_and_the_mailbox),
		UNIT_TEST(what_cannot_be_told_is_an_error_of_its_own),
		UNIT_TEST(each_name_is_answered_once_and_in_order),
		UNIT_TEST(a_stranger_is_named_as_far_as_an_address_goes),
		UNIT_TEST(the_name_of_a_setting_has_a_limit),
		UNIT_TEST(a_name_in_x500s_manner_leads_back_to_its_address),
		UNIT_TEST(no_other_name_leads_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
