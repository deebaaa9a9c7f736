/* SPDX-License-Identifier: Apache-2.0 */
/* With a server that says and wants to hear what a script has. */
#include "unit.h"

#include "scripted.h"
#include "wire/smtp.h"

#define TIMEOUT_MS 20000
#define SHORT_MS 50 /* where nobody answers */

/* ---- a mail ---- */

#define HELLO "S 220 hi\nC EHLO [127.0.0.1]\nS 250 mx\n"
#define ENVELOPE                                                               \
	"C MAIL FROM:<>\nS 250 ok\nC RCPT TO:<ann@x.test>\nS 250 ok\n"         \
	"C DATA\nS 354 go\n"
#define TEXT "C a: b\nC \nC c\n"
#define ASCII "a: b\r\n\r\nc\r\n"

/* One mail over one connection; the first that is not good decides. */
static void
mail_go(struct op *op, const struct smtp_place *place,
	const struct smtp_mail *mail, struct smtp_result *out)
{
	CLEANUP(smtp_close) struct smtp *s = NULL;

	if (smtp_open(op, place, &s) != OK) {
		*out = (struct smtp_result){ SMTP_AWAY, op->reason };
		return;
	}
	smtp_begin(op, s, mail, out);
	if (out->class == SMTP_GOOD)
		smtp_end(op, s, out);
	if (out->class != SMTP_AWAY && out->class != SMTP_UNKNOWN)
		smtp_quit(op, &s);
}

struct row {
	const char *name, *script;
	enum smtp_class class;
	const char *reason; /* some of it */
	struct smtp_mail mail;
	unsigned timeout_ms; /* 0: TIMEOUT_MS */
	bool starttls, login;
};

static void
row_run(struct op *op, const struct row *row)
{
	struct smtp_result result;
	struct scripted server;
	struct smtp_place place = { .name = "[127.0.0.1]",
				    .timeout_ms = row->timeout_ms,
				    .starttls = row->starttls };
	struct smtp_mail mail = row->mail;

	if (place.timeout_ms == 0)
		place.timeout_ms = TIMEOUT_MS;
	if (row->login) {
		place.user = "ada";
		place.password = "secret";
	}
	if (mail.from == NULL)
		mail.from = "";
	if (mail.to == NULL)
		mail.to = "ann@x.test";
	if (mail.mail.p == NULL)
		mail.mail = bytes_of(ASCII);
	scripted_open(&server, row->script);
	place.server = server.address;
	mail_go(op, &place, &mail, &result);
	scripted_close(&server);
	if (server.wrong[0] != '\0')
		print_error("row \"%s\": %s\n", row->name, server.wrong);
	if (result.class != row->class)
		print_error("row \"%s\": %u %s\n", row->name, result.class,
			    result.reason);
	CHECK_ROW(row->name, server.wrong[0] == '\0');
	CHECK_ROW(row->name, result.class == row->class);
	CHECK_ROW(row->name, strstr(result.reason, row->reason) != NULL);
}

static void
rows_run(struct op *op, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		row_run(op, &rows[i]);
}

#define UTF8_MAIL                                                              \
	{                                                                      \
		(const uint8_t *)"a: \xc3\xbc\r\n", 7                          \
	}

static void
a_mail_is_sent(void **state)
{
	static const struct row rows[] = {
		/* clang-format off */
		{ .name = "the least a server can", .script = HELLO ENVELOPE TEXT "C .\nS 250 2.0.0 queued as X\nC QUIT\nS 221 bye\n",
		  .class = SMTP_GOOD, .reason = "queued as X" },
		{ .name = "all that it offers is used", .class = SMTP_GOOD, .reason = "250",
		  .script = "S 220-hi\nS 220 there\nC EHLO [127.0.0.1]\nS 250-mx\nS 250-SIZE 1000\nS 250-8BITMIME\nS 250-SMTPUTF8\nS 250 DSN\n"
		  "C MAIL FROM:<> SIZE=11\nS 250 ok\nC RCPT TO:<ann@x.test> NOTIFY=NEVER\nS 250 ok\nC DATA\nS 354 go\n"
		  TEXT "C .\nS 250 ok\nC QUIT\n" },
		{ .name = "letters outside ASCII", .class = SMTP_GOOD, .reason = "",
		  .mail = { .to = "\xc3\xbc@x.test", .mail = UTF8_MAIL },
		  .script = "S 220 hi\nC EHLO [127.0.0.1]\nS 250-mx\nS 250-8BITMIME\nS 250 SMTPUTF8\n"
		  "C MAIL FROM:<> BODY=8BITMIME SMTPUTF8\nS 250 ok\nC RCPT TO:<\xc3\xbc@x.test>\nS 250 ok\nC DATA\nS 354 go\n"
		  "C a: \xc3\xbc\nC .\nS 250 ok\nC QUIT\n" },
		{ .name = "text outside ASCII, addresses inside", .class = SMTP_GOOD, .reason = "", .mail = { .mail = UTF8_MAIL },
		  .script = "S 220 hi\nC EHLO [127.0.0.1]\nS 250-mx\nS 250-8BITMIME\nS 250 SMTPUTF8\n"
		  "C MAIL FROM:<> BODY=8BITMIME\nS 250 ok\nC*RCPT\nS 250 ok\nC DATA\nS 354 go\nC*a\nC .\nS 250 ok\nC QUIT\n" },
		{ .name = "a sender", .class = SMTP_GOOD, .reason = "", .mail = { .from = "ada@x.test" },
		  .script = HELLO "C MAIL FROM:<ada@x.test>\nS 250 ok\nC*RCPT\nS 251 elsewhere\nC DATA\nS 354 go\n" TEXT "C .\nS 250 ok\nC QUIT\n" },
		{ .name = "dots", .class = SMTP_GOOD, .reason = "", .mail = { .mail = { (const uint8_t *)".a\r\n.\r\n..b", 11 } },
		  .script = HELLO ENVELOPE "C ..a\nC ..\nC ...b\nC .\nS 250 ok\nC QUIT\n" },
		{ .name = "with a password", .login = true, .class = SMTP_GOOD, .reason = "",
		  .script = "S 220 hi\nC*EHLO\nS 250-mx\nS 250 AUTH LOGIN PLAIN\nC AUTH PLAIN AGFkYQBzZWNyZXQ=\nS 235 ok\n"
		  ENVELOPE TEXT "C .\nS 250 ok\nC QUIT\n" },
		/* clang-format on */
	};

	rows_run(*state, rows, COUNT(rows));
}

static void
a_server_says_no(void **state)
{
	static const struct row rows[] = {
		/* clang-format off */
		{ .name = "the sender is refused", .script = HELLO "C*MAIL\nS 550 no null\nC QUIT\n", .class = SMTP_NEVER, .reason = "550 no null" },
		{ .name = "the sender is put off", .script = HELLO "C*MAIL\nS 451 busy\nC QUIT\n", .class = SMTP_LATER, .reason = "451 busy" },
		{ .name = "a login is wanted", .script = HELLO "C*MAIL\nS 530 sign in\nH\n", .class = SMTP_AWAY, .reason = "530 sign in" },
		{ .name = "the recipient is refused", .script = HELLO "C*MAIL\nS 250 ok\nC*RCPT\nS 550-no\nS 550 such\nC QUIT\n",
		  .class = SMTP_NEVER, .reason = "550 no such" },
		{ .name = "greylisting", .script = HELLO "C*MAIL\nS 250 ok\nC*RCPT\nS 450 4.2.0 later\nC QUIT\n",
		  .class = SMTP_LATER, .reason = "450 4.2.0 later" },
		{ .name = "DATA is refused", .script = HELLO "C*MAIL\nS 250 ok\nC*RCPT\nS 250 ok\nC DATA\nS 554 no\nC QUIT\n",
		  .class = SMTP_NEVER, .reason = "554 no" },
		{ .name = "the text is refused", .script = HELLO ENVELOPE TEXT "C .\nS 554 spam\nC QUIT\n", .class = SMTP_NEVER, .reason = "554 spam" },
		{ .name = "the text is put off", .script = HELLO ENVELOPE TEXT "C .\nS 452 full\nC QUIT\n", .class = SMTP_LATER, .reason = "452 full" },
		{ .name = "it shuts down at the end", .script = HELLO ENVELOPE TEXT "C .\nS 421 bye\n", .class = SMTP_AWAY, .reason = "421 bye" },
		{ .name = "it shuts down at once", .script = "S 421 bye\n", .class = SMTP_AWAY, .reason = "421 bye" },
		{ .name = "it shuts down between", .script = HELLO "C*MAIL\nS 421 bye\n", .class = SMTP_AWAY, .reason = "421 bye" },
		{ .name = "it is no SMTP server", .script = "S HTTP/1.1 400 Bad Request\n", .class = SMTP_AWAY, .reason = "not SMTP's" },
		{ .name = "it knows no EHLO", .script = "S 220 hi\nC*EHLO\nS 502 what\nH\n", .class = SMTP_AWAY, .reason = "502 what" },
		/* clang-format on */
	};

	rows_run(*state, rows, COUNT(rows));
}

/* Before the end nothing is lost; behind it nobody knows. */
static void
a_connection_is_lost(void **state)
{
	static const struct row rows[] = {
		/* clang-format off */
		{ .name = "at once", .script = "", .class = SMTP_AWAY, .reason = "" },
		{ .name = "at EHLO", .script = "S 220 hi\nC*EHLO\n", .class = SMTP_AWAY, .reason = "closed" },
		{ .name = "in an answer", .script = "S 220 hi\nC*EHLO\nS 250-mx\n", .class = SMTP_AWAY, .reason = "closed" },
		{ .name = "in a line", .script = "S 220 hi\nC*EHLO\nN 250 m\n", .class = SMTP_AWAY, .reason = "closed" },
		{ .name = "at MAIL", .script = HELLO "C*MAIL\n", .class = SMTP_AWAY, .reason = "closed" },
		{ .name = "at RCPT", .script = HELLO "C*MAIL\nS 250 ok\nC*RCPT\n", .class = SMTP_AWAY, .reason = "closed" },
		{ .name = "at DATA", .script = HELLO "C*MAIL\nS 250 ok\nC*RCPT\nS 250 ok\nC DATA\n", .class = SMTP_AWAY, .reason = "closed" },
		{ .name = "behind the end", .script = HELLO ENVELOPE TEXT "C .\n", .class = SMTP_UNKNOWN, .reason = "closed" },
		{ .name = "in the last answer", .script = HELLO ENVELOPE TEXT "C .\nS 250-o\n", .class = SMTP_UNKNOWN, .reason = "closed" },
		{ .name = "with another last answer", .script = HELLO ENVELOPE TEXT "C .\nS 354 again\nH\n", .class = SMTP_UNKNOWN, .reason = "354" },
		{ .name = "with no answer", .script = HELLO ENVELOPE TEXT "C .\nS hello\nH\n", .class = SMTP_UNKNOWN, .reason = "not SMTP's" },
		{ .name = "silent at once", .script = "H\n", .class = SMTP_AWAY, .reason = "in time", .timeout_ms = SHORT_MS },
		{ .name = "silent at RCPT", .script = HELLO "C*MAIL\nS 250 ok\nC*RCPT\nH\n", .class = SMTP_AWAY, .reason = "in time",
		  .timeout_ms = SHORT_MS },
		{ .name = "silent at the end", .script = HELLO ENVELOPE TEXT "C .\nH\n", .class = SMTP_UNKNOWN, .reason = "in time",
		  .timeout_ms = SHORT_MS },
		/* clang-format on */
	};

	rows_run(*state, rows, COUNT(rows));
}

static void
what_cannot_be_carried_is_not_sent(void **state)
{
	static const struct row rows[] = {
		/* clang-format off */
		{ .name = "a recipient outside ASCII", .script = HELLO "C QUIT\n", .class = SMTP_NEVER, .reason = "SMTPUTF8",
		  .mail = { .to = "\xc3\xbc@x.test" } },
		{ .name = "a sender outside ASCII", .script = HELLO "C QUIT\n", .class = SMTP_NEVER, .reason = "SMTPUTF8",
		  .mail = { .from = "\xc3\xbc@x.test" } },
		{ .name = "a header outside ASCII", .script = HELLO "C QUIT\n", .class = SMTP_NEVER, .reason = "SMTPUTF8",
		  .mail = { .utf8 = true } },
		{ .name = "a command in an address", .script = HELLO "C QUIT\n", .class = SMTP_NEVER, .reason = "no address",
		  .mail = { .to = "ann@x.test>\r\nRCPT TO:<b@x.test" } },
		{ .name = "no recipient", .script = HELLO "C QUIT\n", .class = SMTP_NEVER, .reason = "no address", .mail = { .to = "" } },
		{ .name = "a parameter in the sender", .script = HELLO "C QUIT\n", .class = SMTP_NEVER, .reason = "no address",
		  .mail = { .from = "a@x.test> RET=FULL" } },
		/* clang-format on */
	};

	rows_run(*state, rows, COUNT(rows));
}

static void
what_is_wanted_and_not_offered_ends_it(void **state)
{
	static const struct row rows[] = {
		/* clang-format off */
		{ .name = "no STARTTLS", .script = HELLO "H\n", .starttls = true, .class = SMTP_AWAY, .reason = "does not offer STARTTLS" },
		{ .name = "STARTTLS is refused", .script = "S 220 hi\nC*EHLO\nS 250-mx\nS 250 STARTTLS\nC STARTTLS\nS 454 not now\nH\n",
		  .starttls = true, .class = SMTP_AWAY, .reason = "454 not now" },
		{ .name = "something behind STARTTLS", .starttls = true, .class = SMTP_AWAY, .reason = "in clear",
		  .script = "S 220 hi\nC*EHLO\nS 250-mx\nS 250 STARTTLS\nC STARTTLS\nS 220 go~250 AUTH PLAIN\nH\n" },
		{ .name = "no login", .script = HELLO "H\n", .login = true, .class = SMTP_AWAY, .reason = "does not offer AUTH PLAIN" },
		{ .name = "the login is wrong", .script = "S 220 hi\nC*EHLO\nS 250-mx\nS 250 AUTH PLAIN\nC*AUTH PLAIN\nS 535 no\nH\n",
		  .login = true, .class = SMTP_AWAY, .reason = "535 no" },
		/* clang-format on */
	};

	rows_run(*state, rows, COUNT(rows));
}

static void
many_mails_go_over_one_connection(void **state)
{
	static const char script[] = HELLO ENVELOPE TEXT
		"C .\nS 250 ok\n" ENVELOPE TEXT "C .\nS 554 no\n"
		"C*MAIL\nS 250 ok\nC*RCPT\nS 550 no\nC RSET\nS 250 ok\n"
		"C*MAIL\nS 450 no\nC RSET\nS 250 ok\n" ENVELOPE TEXT
		"C .\nS 250 ok\nC QUIT\nS 221 bye\n";
	static const enum smtp_class classes[] = { SMTP_GOOD, SMTP_NEVER,
						   SMTP_NEVER, SMTP_LATER,
						   SMTP_GOOD };
	const struct smtp_mail mail = { .from = "",
					.to = "ann@x.test",
					.mail = bytes_of(ASCII) };
	struct smtp_place place = { .name = "[127.0.0.1]",
				    .timeout_ms = TIMEOUT_MS };
	CLEANUP(smtp_close) struct smtp *s = NULL;
	struct smtp_result result;
	struct scripted server;

	scripted_open(&server, script);
	place.server = server.address;
	assert_int_equal(smtp_open(*state, &place, &s), OK);
	for (size_t i = 0; i < COUNT(classes); i++) {
		smtp_begin(*state, s, &mail, &result);
		if (result.class == SMTP_GOOD)
			smtp_end(*state, s, &result);
		assert_int_equal(result.class, classes[i]);
	}
	smtp_quit(*state, &s);
	assert_null(s);
	scripted_close(&server);
	assert_string_equal(server.wrong, "");
}

/* Everything but the end of a mail. */
static void
mail_begin(struct op *op, struct scripted *server, const char *script,
	   struct smtp **out)
{
	const struct smtp_mail mail = { .from = "",
					.to = "ann@x.test",
					.mail = bytes_of(ASCII) };
	struct smtp_place place = { .name = "[127.0.0.1]",
				    .timeout_ms = TIMEOUT_MS };
	struct smtp_result result;

	scripted_open(server, script);
	place.server = server->address;
	assert_int_equal(smtp_open(op, &place, out), OK);
	smtp_begin(op, *out, &mail, &result);
	assert_int_equal(result.class, SMTP_GOOD);
}

static void
what_has_no_end_is_not_sent(void **state)
{
	struct scripted server;
	struct smtp *s;

	mail_begin(*state, &server, HELLO ENVELOPE TEXT "C (the end)\n", &s);
	smtp_close(&s);
	scripted_close(&server);
	assert_string_equal(server.wrong, "");
}

/* It had the text, and is gone or speaks up before the end: it has no mail. */
static void
a_server_that_breaks_off_has_no_mail(void **state)
{
	static const struct {
		const char *name, *last, *reason;
	} rows[] = {
		{ "it closes", "", "closed" },
		{ "it says why", "S 451 no more\n", "451 no more" },
	};
	struct smtp_result result;
	struct scripted server;
	struct smtp *s;

	for (size_t i = 0; i < COUNT(rows); i++) {
		mail_begin(*state, &server,
			   op_print(*state, "%s%s", HELLO ENVELOPE TEXT,
				    rows[i].last),
			   &s);
		scripted_close(&server); /* all of its script is done */
		smtp_end(*state, s, &result);
		CHECK_ROW(rows[i].name, result.class == SMTP_AWAY);
		CHECK_ROW(rows[i].name,
			  strstr(result.reason, rows[i].reason) != NULL);
		smtp_close(&s);
	}
}

static void
nobody_is_there(void **state)
{
	const struct smtp_place place = { .server = "127.0.0.1:1",
					  .name = "localhost",
					  .timeout_ms = TIMEOUT_MS };
	struct smtp *s;

	assert_int_equal(smtp_open(*state, &place, &s), ERR_DOWN);
	assert_null(s);
}

/* ---- the text ---- */

static void
lines_end_as_they_have_to(void **state)
{
	static const struct {
		const char *text, *stuffed;
	} rows[] = {
		{ "", "" },
		{ "a", "a\r\n" },
		{ "a\r\n", "a\r\n" },
		{ "a\nb", "a\r\nb\r\n" },
		{ "a\rb\r", "a\r\nb\r\n" },
		{ "\r\r\n\n", "\r\n\r\n\r\n" },
		{ ".", "..\r\n" },
		{ ".\r\n", "..\r\n" },
		{ "a\n.\nQUIT", "a\r\n..\r\nQUIT\r\n" },
		{ "a\r.\rQUIT", "a\r\n..\r\nQUIT\r\n" },
		{ "a\r\n.\rQUIT", "a\r\n..\r\nQUIT\r\n" },
		{ "a.b\r\n..c", "a.b\r\n...c\r\n" },
		{ "\n\n\n\n", "\r\n\r\n\r\n\r\n" },
		{ ".\n.\n.\n.\n", "..\r\n..\r\n..\r\n..\r\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes got = smtp_stuff(*state, bytes_of(rows[i].text));

		CHECK_ROW(rows[i].text,
			  got.n == strlen(rows[i].stuffed) &&
				  (got.n == 0 ||
				   memcmp(got.p, rows[i].stuffed, got.n) == 0));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_mail_is_sent),
		UNIT_TEST(a_server_says_no),
		UNIT_TEST(a_connection_is_lost),
		UNIT_TEST(what_cannot_be_carried_is_not_sent),
		UNIT_TEST(what_is_wanted_and_not_offered_ends_it),
		UNIT_TEST(many_mails_go_over_one_connection),
		UNIT_TEST(what_has_no_end_is_not_sent),
		UNIT_TEST(a_server_that_breaks_off_has_no_mail),
		UNIT_TEST(nobody_is_there),
		UNIT_TEST(lines_end_as_they_have_to),
	};

	return cmocka_run_group_tests_name("wire/smtp", tests, NULL, NULL);
}
