/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a request acts as: service accounts, and applications without a user. */
#include "oof/world.h"

#include "desk/ews_header.h"
#include "model/service.h"

#define ALIAS "ada.alias@frontdesk.example"
#define NOBODY "nobody@frontdesk.example"

static const char *const no_list[] = { NULL };
static const char *const domains[] = { "Frontdesk.example", "other.example",
				       "unknown.example", NULL };
static const char *const ours_only[] = { "frontdesk.example", NULL };
static const char *const addresses[] = { ADA, ELSEWHERE, ALIAS, NOBODY, NULL };

static const struct service_account accounts[] = {
	{ .title = MALLORY, .domains = domains, .addresses = no_list },
	{ .title = INSIDE, .domains = no_list, .addresses = addresses },
	/* A client_id makes it an application's, whatever its title is. */
	{ .title = SHARED,
	  .client_id = "c",
	  .issuer = "i",
	  .domains = ours_only,
	  .addresses = no_list },
	{ .title = "listed",
	  .client_id = "d",
	  .issuer = "i",
	  .domains = no_list,
	  .addresses = addresses },
	{ .title = "lost",
	  .client_id = "e",
	  .issuer = "i",
	  .domains = domains + 2,
	  .addresses = no_list },
};

#define NOT_APPLICATION -1
#define WITHOUT_RIGHTS -2

/* An application has no mailbox; `application` is its row of accounts. */
static void
caller_is(struct op *op, const char *address, int application)
{
	world_begin(op, address == NULL ? ADA : address);
	world.settings.service_accounts = accounts;
	world.settings.service_accounts_n = COUNT(accounts);
	world.caller.login = "who asked";
	if (address == NULL)
		world.caller.mailbox = NULL;
	if (application >= 0)
		world.caller.rights = &accounts[application];
}

static enum err
check(struct op *op, const char *header, struct soap_fault *fault)
{
	const char *text = op_print(
		op,
		"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/"
		"envelope/' xmlns:t='http://schemas.microsoft.com/exchange/"
		"services/2006/types'><s:Header>%s</s:Header><s:Body><x/></"
		"s:Body></s:Envelope>",
		header);
	struct soap_request request;
	struct house house = { 0 };

	*fault = (struct soap_fault){ 0 };
	assert_int_equal(soap_read(op, bytes_of(text), &request, fault), OK);
	return ews_header_check(&house, op, &request, fault);
}

static const char *
as(struct op *op, const char *address)
{
	return op_print(op,
			"<t:ExchangeImpersonation><t:ConnectingSID>"
			"<t:PrimarySmtpAddress>%s</t:PrimarySmtpAddress>"
			"</t:ConnectingSID></t:ExchangeImpersonation>",
			address);
}

static void
an_account_acts_for_what_its_section_lists(void **state)
{
	static const struct {
		const char *caller;
		int application;
		const char *address;
		enum err err;
		const char *code; /* NULL: it acts as the address */
	} rows[] = {
		/* clang-format off */
		{ MALLORY, NOT_APPLICATION, ADA,       OK,            NULL },
		{ MALLORY, NOT_APPLICATION, ALIAS,     OK,            NULL },
		{ MALLORY, NOT_APPLICATION, SHARED,    OK,            NULL },
		{ MALLORY, NOT_APPLICATION, MALLORY,   OK,            NULL },
		{ MALLORY, NOT_APPLICATION, NOBODY,    ERR_NOT_FOUND, "ErrorNonExistentMailbox" },
		{ MALLORY, NOT_APPLICATION, ELSEWHERE, ERR_DENIED,    "ErrorImpersonateUserDenied" },
		{ MALLORY, NOT_APPLICATION, "x@other.example",   ERR_DENIED, "ErrorImpersonateUserDenied" },
		{ MALLORY, NOT_APPLICATION, "x@unknown.example", ERR_DENIED, "ErrorImpersonateUserDenied" },
		{ MALLORY, NOT_APPLICATION, "x@third.example",   ERR_DENIED, "ErrorImpersonateUserDenied" },
		{ INSIDE,  NOT_APPLICATION, ADA,       OK,            NULL },
		{ INSIDE,  NOT_APPLICATION, ALIAS,     OK,            NULL },
		{ INSIDE,  NOT_APPLICATION, MALLORY,   ERR_DENIED,    "ErrorImpersonateUserDenied" },
		{ INSIDE,  NOT_APPLICATION, NOBODY,    ERR_NOT_FOUND, "ErrorNonExistentMailbox" },
		{ INSIDE,  NOT_APPLICATION, "none@frontdesk.example", ERR_DENIED, "ErrorImpersonateUserDenied" },
		{ INSIDE,  NOT_APPLICATION, ELSEWHERE, ERR_DENIED,    "ErrorImpersonateUserDenied" },
		{ ADA,     NOT_APPLICATION, MALLORY,   ERR_DENIED,    "ErrorImpersonateUserDenied" },
		{ SHARED,  NOT_APPLICATION, ADA,       ERR_DENIED,    "ErrorImpersonateUserDenied" },
		{ NULL,    2,               ADA,       OK,            NULL },
		{ NULL,    2,               NOBODY,    ERR_NOT_FOUND, "ErrorNonExistentMailbox" },
		{ NULL,    2,               ELSEWHERE, ERR_DENIED,    "ErrorImpersonateUserDenied" },
		{ NULL,    3,               ADA,       OK,            NULL },
		{ NULL,    3,               MALLORY,   ERR_DENIED,    "ErrorImpersonateUserDenied" },
		{ NULL,    3,               ELSEWHERE, ERR_DENIED,    "ErrorImpersonateUserDenied" },
		{ NULL,    4,               ADA,       ERR_DENIED,    "ErrorImpersonateUserDenied" },
		{ NULL,    WITHOUT_RIGHTS,  ADA,       ERR_DENIED,    "ErrorImpersonateUserDenied" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *row =
			op_print(op, "%s %d for %s",
				 rows[i].caller == NULL ? "-" : rows[i].caller,
				 rows[i].application, rows[i].address);
		struct soap_fault fault;

		caller_is(op, rows[i].caller, rows[i].application);
		CHECK_ROW(row, check(op, as(op, rows[i].address), &fault) ==
				       rows[i].err);
		CHECK_ROW(row, unit_same(fault.code == 0
						 ? NULL
						 : soap_code_name(fault.code),
					 rows[i].code));
		if (rows[i].code != NULL) {
			CHECK_ROW(row, op->caller == &world.caller);
			continue;
		}
		CHECK_ROW(row, op->caller->mailbox ==
				       world_mailbox(rows[i].address));
		CHECK_ROW(row, unit_same(op->caller->login, "who asked"));
		if (op->caller != &world.caller)
			CHECK_ROW(row,
				  unit_same(op->caller->service, "who asked"));
	}
}

static void
an_op_that_runs_again_stays_who_it_is(void **state)
{
	struct op *op = *state;
	struct soap_fault fault;

	caller_is(op, NULL, 2);
	assert_int_equal(check(op, as(op, ADA), &fault), OK);
	assert_int_equal(check(op, as(op, ADA), &fault), OK);
	assert_string_equal(op->caller->mailbox->address, ADA);
	assert_string_equal(op->caller->service, "who asked");
	assert_ptr_equal(service_of(op), &accounts[2]);
}

static void
an_application_says_as_whom_it_acts(void **state)
{
	static const char *const headers[] = {
		"", "<t:RequestServerVersion Version='Exchange2016'/>"
	};
	struct op *op = *state;
	struct soap_fault fault;

	for (size_t i = 0; i < COUNT(headers); i++) {
		caller_is(op, NULL, 2);
		CHECK_ROW(headers[i],
			  check(op, headers[i], &fault) == ERR_DENIED);
		CHECK_ROW(headers[i],
			  fault.code == SOAP_IMPERSONATE_USER_DENIED);
	}
	caller_is(op, MALLORY, NOT_APPLICATION); /* an account need not */
	assert_int_equal(check(op, "", &fault), OK);
	assert_null(op->caller->service);
}

static void
a_directory_that_fails_refuses_nobody(void **state)
{
	static const int applications[] = { NOT_APPLICATION, 2 };
	struct op *op = *state;
	struct soap_fault fault;

	for (size_t i = 0; i < COUNT(applications); i++) {
		caller_is(op, applications[i] < 0 ? MALLORY : NULL,
			  applications[i]);
		world.resolve = ERR_DOWN;
		assert_int_equal(check(op, as(op, ADA), &fault), ERR_DOWN);
		assert_int_equal(fault.code, 0);
	}
}

/* The store has domains as DNS has them; a configuration may not. */
static void
a_section_may_name_a_domain_in_letters(void **state)
{
	static const char *const named[] = { "m\xc3\xbcnchen.example", NULL };
	static const char *const listed[] = { "Ada@m\xc3\xbcnchen.example",
					      NULL };
	static const struct service_account sections[] = {
		{ .title = "other", .domains = no_list, .addresses = no_list },
		{ .title = "Robot@m\xc3\xbcnchen.example",
		  .domains = no_list,
		  .addresses = no_list },
	};
	static const struct service_account rights[] = {
		{ .domains = named, .addresses = no_list },
		{ .domains = no_list, .addresses = listed },
	};
	static const struct mailbox robot = {
		.id = 9, .address = "robot@xn--mnchen-3ya.example"
	};
	static const char *const forms[] = { "ada@xn--mnchen-3ya.example",
					     "ada@m\xc3\xbcnchen.example" };
	struct op *op = *state;

	caller_is(op, MALLORY, NOT_APPLICATION);
	world.settings.service_accounts = sections;
	world.settings.service_accounts_n = COUNT(sections);
	world.caller.mailbox = &robot;
	assert_ptr_equal(service_of(op), &sections[1]);
	for (size_t i = 0; i < COUNT(forms); i++) {
		for (size_t k = 0; k < COUNT(rights); k++)
			CHECK_ROW(forms[i],
				  service_covers(op, &rights[k], forms[i]));
		CHECK_ROW(forms[i],
			  !service_covers(op, &sections[1], forms[i]));
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(an_account_acts_for_what_its_section_lists),
		UNIT_TEST(an_op_that_runs_again_stays_who_it_is),
		UNIT_TEST(an_application_says_as_whom_it_acts),
		UNIT_TEST(a_directory_that_fails_refuses_nobody),
		UNIT_TEST(a_section_may_name_a_domain_in_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
