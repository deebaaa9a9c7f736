/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"
#include "wire/smtp_reply.h"

#define LONG_LINE 600 /* bytes of a text that is not kept as a whole */

/* All lines of a text that ends in LF; the first failure ends it. */
static enum err
read_all(struct op *op, const char *text, struct smtp_reply *out)
{
	*out = (struct smtp_reply){ 0 };
	for (const char *end; (end = strchr(text, '\n')) != NULL;
	     text = end + 1) {
		struct bytes line = { (const uint8_t *)text,
				      (size_t)(end - text) };

		TRY(smtp_reply_line(op, line, out));
	}
	return OK;
}

static void
a_reply_is_read(void **state)
{
	static const struct {
		const char *name, *text;
		enum err err;
		unsigned code;
		bool whole;
		const char *said;
	} rows[] = {
		/* clang-format off */
		{ "one line", "250 fine\n", OK, 250, true, "250 fine" },
		{ "no text", "250 \n", OK, 250, true, "250" },
		{ "no space either", "250\n", OK, 250, true, "250" },
		{ "an enhanced code", "550 5.1.1 <ada@x>: no such user\n", OK, 550, true, "550 5.1.1 <ada@x>: no such user" },
		{ "the lowest code", "200 x\n", OK, 200, true, "200 x" },
		{ "the highest code", "599 x\n", OK, 599, true, "599 x" },
		{ "two lines", "250-one\n250 two\n", OK, 250, true, "250 one two" },
		{ "an empty one between", "250-one\n250-\n250 two\n", OK, 250, true, "250 one two" },
		{ "more to come", "250-one\n", OK, 250, false, "250 one" },
		{ "control characters", "550 a\001b\tc\rd\x7f" "e\n", OK, 550, true, "550 a b c d e" },
		{ "UTF-8", "550 \xc3\xbc\n", OK, 550, true, "550 \xc3\xbc" },
		{ "what is not", "550 \xfcx\n", OK, 550, true, "550 ?x" },
		{ "a code too low", "199 x\n", ERR_DOWN, 0, false, NULL },
		{ "a code too high", "600 x\n", ERR_DOWN, 0, false, NULL },
		{ "two digits", "25\n", ERR_DOWN, 0, false, NULL },
		{ "four digits", "2500 x\n", ERR_DOWN, 0, false, NULL },
		{ "nothing", "\n", ERR_DOWN, 0, false, NULL },
		{ "no digits", "abc x\n", ERR_DOWN, 0, false, NULL },
		{ "a space first", " 250 x\n", ERR_DOWN, 0, false, NULL },
		{ "another sign", "250_x\n", ERR_DOWN, 0, false, NULL },
		{ "codes that differ", "250-x\n251 y\n", ERR_DOWN, 0, false, NULL },
		{ "another protocol", "HTTP/1.1 400 Bad Request\n", ERR_DOWN, 0, false, NULL },
		/* clang-format on */
	};
	struct op *op = *state;
	struct smtp_reply r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].name,
			  read_all(op, rows[i].text, &r) == rows[i].err);
		if (rows[i].err != OK)
			continue;
		CHECK_ROW(rows[i].name, r.code == rows[i].code);
		CHECK_ROW(rows[i].name, r.whole == rows[i].whole);
		CHECK_ROW(rows[i].name, strcmp(r.said, rows[i].said) == 0);
	}
}

static void
bytes_that_are_no_text_are_read(void **state)
{
	static const char nul[] = "550 a\0b";
	struct smtp_reply r = { 0 };

	assert_int_equal(smtp_reply_line(*state,
					 (struct bytes){ (const uint8_t *)nul,
							 sizeof(nul) - 1 },
					 &r),
			 OK);
	assert_string_equal(r.said, "550 a b");
}

static void
what_is_kept_has_a_limit(void **state)
{
	struct op *op = *state;
	char line[LONG_LINE] = "550-";
	struct smtp_reply r = { 0 };

	/* two bytes a letter, from an even offset: none is cut in two */
	for (size_t i = 4; i + 1 < sizeof(line); i += 2) {
		line[i] = (char)0xc3;
		line[i + 1] = (char)0xbc;
	}
	for (int i = 0; i < 3; i++)
		assert_int_equal(
			smtp_reply_line(
				op,
				(struct bytes){ (uint8_t *)line, sizeof(line) },
				&r),
			OK);
	assert_int_equal(r.n, strlen(r.said));
	assert_int_equal(r.n, SMTP_REASON_MAX);
	assert_true(text_utf8(bytes_of(r.said)));
}

static void
a_reply_has_so_many_lines(void **state)
{
	struct op *op = *state;
	struct smtp_reply r = { 0 };

	for (int i = 0; i < SMTP_LINES_MAX - 1; i++)
		assert_int_equal(smtp_reply_line(op, bytes_of("250-x"), &r),
				 OK);
	assert_int_equal(smtp_reply_line(op, bytes_of("250-x"), &r), OK);
	assert_int_equal(smtp_reply_line(op, bytes_of("250 x"), &r), ERR_DOWN);
}

/* ---- offers ---- */

static void
what_it_offers_is_seen(void **state)
{
	static const struct {
		const char *name, *text;
		struct smtp_offers offers;
	} rows[] = {
		/* clang-format off */
		{ "nothing", "250 mx\n", { 0 } },
		{ "its name is no offer", "250 DSN\n", { 0 } },
		{ "Postfix", "250-mx\n250-PIPELINING\n250-SIZE 10240000\n250-VRFY\n250-ETRN\n250-STARTTLS\n"
		  "250-AUTH LOGIN PLAIN\n250-ENHANCEDSTATUSCODES\n250-8BITMIME\n250-DSN\n250-SMTPUTF8\n250 CHUNKING\n",
		  { .starttls = true, .auth_plain = true, .size = true, .eight_bit = true, .utf8 = true, .dsn = true } },
		{ "in small letters", "250-mx\n250-dsn\n250 auth plain\n", { .dsn = true, .auth_plain = true } },
		{ "spaces behind it", "250-mx\n250 DSN  \n", { .dsn = true } },
		{ "another login", "250-mx\n250 AUTH CRAM-MD5 XPLAIN PLAINX\n", { 0 } },
		{ "words that only begin so", "250-mx\n250-DSNX\n250 STARTTLSNOW\n", { 0 } },
		{ "a size without a number", "250-mx\n250 SIZE\n", { .size = true } },
		/* clang-format on */
	};
	struct op *op = *state;
	struct smtp_reply r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].name, read_all(op, rows[i].text, &r) == OK);
		CHECK_ROW(rows[i].name, memcmp(&r.offers, &rows[i].offers,
					       sizeof(r.offers)) == 0);
	}
}

/* ---- what it means ---- */

static void
a_code_means_this(void **state)
{
	static const struct {
		enum smtp_step step;
		unsigned code;
		enum smtp_class class;
	} rows[] = {
		/* clang-format off */
		{ SMTP_GREETING, 220, SMTP_GOOD },
		{ SMTP_GREETING, 421, SMTP_AWAY },
		{ SMTP_GREETING, 554, SMTP_AWAY },
		{ SMTP_GREETING, 250, SMTP_AWAY },
		{ SMTP_EHLO,     250, SMTP_GOOD },
		{ SMTP_EHLO,     502, SMTP_AWAY },
		{ SMTP_STARTTLS, 220, SMTP_GOOD },
		{ SMTP_STARTTLS, 454, SMTP_AWAY },
		{ SMTP_AUTH,     235, SMTP_GOOD },
		{ SMTP_AUTH,     334, SMTP_AWAY },
		{ SMTP_AUTH,     454, SMTP_AWAY },
		{ SMTP_AUTH,     535, SMTP_AWAY },
		{ SMTP_MAIL,     250, SMTP_GOOD },
		{ SMTP_MAIL,     251, SMTP_AWAY },
		{ SMTP_MAIL,     421, SMTP_AWAY },
		{ SMTP_MAIL,     451, SMTP_LATER },
		{ SMTP_MAIL,     530, SMTP_AWAY },
		{ SMTP_MAIL,     535, SMTP_AWAY },
		{ SMTP_MAIL,     536, SMTP_NEVER },
		{ SMTP_MAIL,     550, SMTP_NEVER },
		{ SMTP_MAIL,     354, SMTP_AWAY },
		{ SMTP_RCPT,     250, SMTP_GOOD },
		{ SMTP_RCPT,     251, SMTP_GOOD },
		{ SMTP_RCPT,     252, SMTP_GOOD },
		{ SMTP_RCPT,     253, SMTP_AWAY },
		{ SMTP_RCPT,     399, SMTP_AWAY },
		{ SMTP_RCPT,     400, SMTP_LATER },
		{ SMTP_RCPT,     421, SMTP_AWAY },
		{ SMTP_RCPT,     450, SMTP_LATER },
		{ SMTP_RCPT,     499, SMTP_LATER },
		{ SMTP_RCPT,     500, SMTP_NEVER },
		{ SMTP_RCPT,     550, SMTP_NEVER },
		{ SMTP_RCPT,     599, SMTP_NEVER },
		{ SMTP_DATA,     354, SMTP_GOOD },
		{ SMTP_DATA,     250, SMTP_AWAY },
		{ SMTP_DATA,     452, SMTP_LATER },
		{ SMTP_DATA,     554, SMTP_NEVER },
		{ SMTP_DOT,      250, SMTP_GOOD },
		{ SMTP_DOT,      299, SMTP_GOOD },
		{ SMTP_DOT,      354, SMTP_UNKNOWN },
		{ SMTP_DOT,      421, SMTP_AWAY },
		{ SMTP_DOT,      451, SMTP_LATER },
		{ SMTP_DOT,      530, SMTP_NEVER },
		{ SMTP_DOT,      554, SMTP_NEVER },
		{ SMTP_DOT,      0,   SMTP_UNKNOWN },
		{ SMTP_MAIL,     0,   SMTP_AWAY },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (smtp_reply_class(rows[i].step, rows[i].code) ==
		    rows[i].class)
			continue;
		fail_msg("step %u, code %u", rows[i].step, rows[i].code);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_reply_is_read),
		UNIT_TEST(bytes_that_are_no_text_are_read),
		UNIT_TEST(what_is_kept_has_a_limit),
		UNIT_TEST(a_reply_has_so_many_lines),
		UNIT_TEST(what_it_offers_is_seen),
		UNIT_TEST(a_code_means_this),
	};

	return cmocka_run_group_tests_name("wire/smtp_reply", tests, NULL,
					   NULL);
}
