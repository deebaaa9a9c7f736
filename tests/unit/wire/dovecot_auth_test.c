/* SPDX-License-Identifier: Apache-2.0 */
/* Dovecot's protocol: what is said, what is understood, and what it means. */
#include "unit.h"

#include "base/text.h"
#include "wire/dovecot_auth.h"

/* ---- what is said ---- */

static void
a_greeting_has_the_version_and_a_number(void **state)
{
	struct bytes hello = dovecot_hello(*state, 4200000000);

	assert_int_equal(hello.n, strlen("VERSION\t1\t1\nCPID\t4200000000\n"));
	assert_memory_equal(hello.p, "VERSION\t1\t1\nCPID\t4200000000\n",
			    hello.n);
}

static void
a_question_is_one_line_whatever_was_typed(void **state)
{
	static const struct {
		const char *row, *user, *password;
		const char *rip;
		const char *line;  /* up to the base64 */
		const char *plain; /* in it, with | for NUL */
	} rows[] = {
		/* clang-format off */
		{ "IPv4", "ada@example.com", "pw", "192.0.2.1",
		  "AUTH\t7\tPLAIN\tservice=frontdesk\tnologin\tsecured\tno-penalty\trip=192.0.2.1\tresp=",
		  "|ada@example.com|pw" },
		{ "IPv6", "ada", "gr\xc3\xbc\xc3\x9f", "2001:db8::7",
		  "AUTH\t7\tPLAIN\tservice=frontdesk\tnologin\tsecured\tno-penalty\trip=2001:db8::7\tresp=",
		  "|ada|gr\xc3\xbc\xc3\x9f" },
		{ "a socket", "a", "b", NULL,
		  "AUTH\t7\tPLAIN\tservice=frontdesk\tnologin\tsecured\tno-penalty\tresp=", "|a|b" },
		{ "tabs, lines and escapes", "a\tresp=x\nAUTH\t8", "\001\r\n\t=%u", NULL,
		  "AUTH\t7\tPLAIN\tservice=frontdesk\tnologin\tsecured\tno-penalty\tresp=",
		  "|a\tresp=x\nAUTH\t8|\001\r\n\t=%u" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct dovecot_query query = { 7, rows[i].user,
						     rows[i].password,
						     rows[i].rip };
		size_t head = strlen(rows[i].line);
		size_t plain_n = strlen(rows[i].plain);
		struct bytes line, plain;

		assert_int_equal(dovecot_query(*state, &query, &line), OK);
		CHECK_ROW(rows[i].row, line.n > head);
		CHECK_ROW(rows[i].row, memcmp(line.p, rows[i].line, head) == 0);
		CHECK_ROW(rows[i].row,
			  memchr(line.p, '\n', line.n) == line.p + line.n - 1);
		assert_int_equal(text_base64_decode(*state,
						    (const char *)line.p + head,
						    line.n - head - 1, &plain),
				 OK);
		CHECK_ROW(rows[i].row, plain.n == plain_n);
		for (size_t k = 0; k < plain_n; k++)
			CHECK_ROW(
				rows[i].row,
				plain.p[k] ==
					(rows[i].plain[k] == '|'
						 ? '\0'
						 : (uint8_t)rows[i].plain[k]));
	}
}

static void
a_question_has_a_limit(void **state)
{
	struct op *op = *state;
	struct dovecot_query query = { 7, "a", NULL, NULL };
	char *password = op_alloc(op, DOVECOT_LINE_MAX);
	struct bytes line;
	size_t most = 0;

	memset(password, 'x', DOVECOT_LINE_MAX - 1);
	query.password = password;
	assert_int_equal(dovecot_query(op, &query, &line), ERR_LIMIT);
	for (size_t n = DOVECOT_LINE_MAX * 3 / 4; n > 0 && most == 0; n--) {
		password[n] = '\0';
		if (dovecot_query(op, &query, &line) == OK)
			most = n;
	}
	assert_true(most > DOVECOT_LINE_MAX / 2);
	assert_true(line.n <= DOVECOT_LINE_MAX);
	assert_true(line.n + 8 > DOVECOT_LINE_MAX);
}

/* ---- what is understood ---- */

/* A text with a NUL in it ends there for this test: none is read as one. */
static enum err
read_text(struct op *op, const char *text, struct dovecot_answer *out)
{
	return dovecot_read(op, bytes_of(text), out);
}

static void
a_line_is_read_or_passed_over(void **state)
{
	static const struct {
		const char *line;
		enum dovecot_word word;
		uint32_t id;
		const char *first, *user;
	} rows[] = {
		/* clang-format off */
		{ "", DOVECOT_OTHER, 0, "", NULL },
		{ "\t", DOVECOT_OTHER, 0, "", NULL },
		{ "VERSION\t1\t2", DOVECOT_VERSION, 1, "1", NULL },
		{ "VERSION\t2\t0", DOVECOT_VERSION, 2, "2", NULL },
		{ "VERSION", DOVECOT_VERSION, 0, "", NULL },
		{ "MECH\tPLAIN\tplaintext", DOVECOT_MECH, 0, "PLAIN", NULL },
		{ "COOKIE\tdeadbeef", DOVECOT_OTHER, 0, "deadbeef", NULL },
		{ "DONE", DOVECOT_DONE, 0, "", NULL },
		{ "DONE\twith more", DOVECOT_DONE, 0, "with more", NULL },
		{ "done", DOVECOT_OTHER, 0, "", NULL },
		{ "OK\t1", DOVECOT_OK, 1, "1", NULL },
		{ "OK\t1\tuser=ada", DOVECOT_OK, 1, "1", "ada" },
		{ "OK\t1\t\tuser=ada\t", DOVECOT_OK, 1, "1", "ada" },
		{ "OK\t1\tuser=", DOVECOT_OK, 1, "1", "" },
		{ "OK\t1\tuser", DOVECOT_OK, 1, "1", NULL },
		{ "OK\t1\tuser=a=b\tuser=c", DOVECOT_OK, 1, "1", "a=b" },
		{ "OK\t1\tusers=a\tuse=b\tUser=c", DOVECOT_OK, 1, "1", NULL },
		{ "OK\t1\tuser=a\001tb\0011c\001n\001l\001r\001x\001", DOVECOT_OK, 1, "1",
		  "a\tb\001c\n\n\rx" },
		{ "OK\t4294967295", DOVECOT_OK, UINT32_MAX, "4294967295", NULL },
		{ "FAIL\t1\tuser=ada\ttemp", DOVECOT_FAIL, 1, "1", "ada" },
		{ "CONT\t1\t", DOVECOT_CONT, 1, "1", NULL },
		{ "OKAY\t1", DOVECOT_OTHER, 1, "1", NULL },
		/* clang-format on */
	};
	struct dovecot_answer got;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].line,
			  read_text(*state, rows[i].line, &got) == OK);
		CHECK_ROW(rows[i].line, got.word == rows[i].word);
		CHECK_ROW(rows[i].line, got.id == rows[i].id);
		CHECK_ROW(rows[i].line, strcmp(got.first, rows[i].first) == 0);
		CHECK_ROW(rows[i].line, unit_same(got.user, rows[i].user));
	}
}

static void
what_cannot_be_understood_is_no_answer(void **state)
{
	static const char *const rows[] = {
		"OK",
		"OK\t",
		"OK\t0",
		"OK\t-1",
		"OK\t1x",
		"OK\t 1",
		"OK\t4294967296",
		"FAIL\tuser=ada",
		"CONT",
		"OK\t1\tuser=\xff",
		"OK\t1\tuser=a\0010b", /* NUL */
		"\xc3",
	};
	struct dovecot_answer got;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i],
			  read_text(*state, rows[i], &got) == ERR_DOWN);
}

static void
a_line_has_a_limit(void **state)
{
	struct op *op = *state;
	char *line = op_alloc(op, DOVECOT_LINE_MAX + 1);
	struct dovecot_answer got;

	memset(line, 'x', DOVECOT_LINE_MAX);
	memcpy(line, "OK\t1\tuser=", 10);
	assert_int_equal(read_text(op, line, &got), ERR_DOWN);
	line[DOVECOT_LINE_MAX - 1] = '\0';
	assert_int_equal(read_text(op, line, &got), OK);
	assert_int_equal(strlen(got.user), DOVECOT_LINE_MAX - 1 - 10);
}

/* ---- what it means ---- */

static void
an_answer_means_yes_no_or_that_nobody_knows(void **state)
{
	static const struct {
		const char *line;
		enum err err;
		const char *why;
	} rows[] = {
		/* clang-format off */
		{ "OK\t1", OK, NULL },
		{ "OK\t1\tuser=ada\toriginal_user=ADA\tunheard_of=1", OK, NULL },
		{ "OK\t1\tuser=ada\tnologin\treason=Gone", ERR_AUTH, "may not log in" },
		{ "OK\t1\tuser=ada\tnologin=y", ERR_AUTH, "may not log in" },
		{ "OK\t1\tuser=ada\tproxy\thost=192.0.2.1", ERR_DOWN, "proxy" },
		{ "OK\t1\tuser=ada\tproxy=y\tnologin", ERR_DOWN, "proxy" },
		{ "OK\t1\tuser=ada\tauth_user=boss", ERR_AUTH, "master user" },
		{ "FAIL\t1", ERR_AUTH, "an unknown user or a wrong password" },
		{ "FAIL\t1\tuser=ada\treason=Go away", ERR_AUTH, "wrong password: Go away" },
		{ "FAIL\t1\treason=\001n\001n", ERR_AUTH, "wrong password" },
		{ "FAIL\t1\treason=a\033b", ERR_AUTH, "wrong password" },
		{ "FAIL\t1\tuser=ada\ttemp", ERR_DOWN, "cannot tell now" },
		{ "FAIL\t1\tcode=temp_fail\treason=LDAP", ERR_DOWN, "cannot tell now: LDAP" },
		{ "FAIL\t1\tuser_disabled", ERR_AUTH, "disabled" },
		{ "FAIL\t1\tcode=user_disabled", ERR_AUTH, "disabled" },
		{ "FAIL\t1\tpass_expired", ERR_AUTH, "expired" },
		{ "FAIL\t1\tcode=pass_expired", ERR_AUTH, "expired" },
		{ "FAIL\t1\tauthz", ERR_AUTH, "may not log in" },
		{ "FAIL\t1\tcode=authz_fail", ERR_AUTH, "may not log in" },
		{ "FAIL\t1\tcode=unheard_of", ERR_AUTH, "wrong password" },
		{ "CONT\t1\tabc", ERR_DOWN, "more than" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct op *op = *state;
		struct dovecot_answer got;

		op->reason = NULL;
		assert_int_equal(read_text(op, rows[i].line, &got), OK);
		CHECK_ROW(rows[i].line,
			  dovecot_verdict(op, &got) == rows[i].err);
		if (rows[i].why != NULL)
			CHECK_ROW(rows[i].line,
				  strstr(op->reason, rows[i].why) != NULL);
		CHECK_ROW(rows[i].line,
			  op->reason == NULL ||
				  strpbrk(op->reason, "\033\n") == NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_greeting_has_the_version_and_a_number),
		UNIT_TEST(a_question_is_one_line_whatever_was_typed),
		UNIT_TEST(a_question_has_a_limit),
		UNIT_TEST(a_line_is_read_or_passed_over),
		UNIT_TEST(what_cannot_be_understood_is_no_answer),
		UNIT_TEST(a_line_has_a_limit),
		UNIT_TEST(an_answer_means_yes_no_or_that_nobody_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
