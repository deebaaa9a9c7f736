/* SPDX-License-Identifier: Apache-2.0 */
/* What a ManageSieve server says: RFC 5804 section 4, and what is not of it. */
#include "unit.h"

#include "base/buf.h"
#include "wing/backend/managesieve_line.h"

static void
a_line_is_read(void **state)
{
	static const struct {
		const char *line;
		unsigned kind;
		const char *code, *code_text, *text;
	} rows[] = {
		/* clang-format off */
		{ "OK\n", MS_OK, NULL, NULL, NULL },
		{ "ok\n", MS_OK, NULL, NULL, NULL },
		{ "OK \"Logged in.\"\n", MS_OK, NULL, NULL, "Logged in." },
		{ "NO\n", MS_NO, NULL, NULL, NULL },
		{ "BYE \"Too late\"\n", MS_BYE, NULL, NULL, "Too late" },
		{ "NO (QUOTA/MAXSIZE) \"Too large\"\n", MS_NO, "QUOTA/MAXSIZE", NULL, "Too large" },
		{ "No (quota/MaxScripts)\n", MS_NO, "QUOTA/MAXSCRIPTS", NULL, NULL },
		{ "OK (WARNINGS) {17}\nline 1: so\r\nwhat?\n", MS_OK, "WARNINGS", NULL, "line 1: so  what?" },
		{ "BYE (REFERRAL \"sieve://b.example\") \"Go\"\n", MS_BYE, "REFERRAL", "sieve://b.example", "Go" },
		{ "OK (SASL {4}\ncnNw)\n", MS_OK, "SASL", "cnNw", NULL },
		{ "OK (TAG \"a\" \"b\" c) \"d\"\n", MS_OK, "TAG", "a", "d" },
		{ "NO \"q\\\"uo\\\\ted\"\n", MS_NO, NULL, NULL, "q\"uo\\ted" },
		{ "NO \"gr\xc3\xbc\xc3\x9f\"\n", MS_NO, NULL, NULL, "gr\xc3\xbc\xc3\x9f" },
		{ "NO \"\xff\"\n", MS_NO, NULL, NULL, "what is not UTF-8" },
		{ "NO \"\t a \x1b[31m \x7f\"\n", MS_NO, NULL, NULL, "a  [31m" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ms_line got;
		size_t missing = 0;

		CHECK_ROW(rows[i].line,
			  ms_line_read(*state, bytes_of(rows[i].line), &got,
				       &missing) == OK);
		CHECK_ROW(rows[i].line, missing == MS_WHOLE);
		CHECK_ROW(rows[i].line, got.kind == rows[i].kind);
		CHECK_ROW(rows[i].line, unit_same(got.code, rows[i].code));
		CHECK_ROW(rows[i].line,
			  unit_same(got.code_text, rows[i].code_text));
		CHECK_ROW(rows[i].line, unit_same(got.text, rows[i].text));
	}
}

static void
data_are_words(void **state)
{
	static const struct {
		const char *line;
		size_t n;
		const char *word[MS_WORDS_MAX];
	} rows[] = {
		/* clang-format off */
		{ "\"STARTTLS\"\n", 1, { "STARTTLS" } },
		{ "\"SASL\" \"PLAIN LOGIN\"\n", 2, { "SASL", "PLAIN LOGIN" } },
		{ "\"main\" ACTIVE\n", 2, { "main", "ACTIVE" } },
		{ "\"\"\n", 1, { "" } },
		{ "\"a\" \"\" b c\n", 4, { "a", "", "b", "c" } },
		{ "{6}\nma\r\nin ACTIVE\n", 2, { "ma\r\nin", "ACTIVE" } },
		{ "{0}\n\n", 1, { "" } },
		{ "{3+}\n{5}\n", 1, { "{5}" } },
		{ "\"{5}\"\n", 1, { "{5}" } },
		{ "{2}\n\"\" {1}\nx\n", 2, { "\"\"", "x" } },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ms_line got;
		size_t missing = 0;

		CHECK_ROW(rows[i].line,
			  ms_line_read(*state, bytes_of(rows[i].line), &got,
				       &missing) == OK);
		CHECK_ROW(rows[i].line, missing == MS_WHOLE);
		CHECK_ROW(rows[i].line, got.kind == MS_DATA);
		CHECK_ROW(rows[i].line, got.n == rows[i].n);
		for (size_t k = 0; k < got.n; k++)
			CHECK_ROW(rows[i].line,
				  unit_same((const char *)got.word[k].p,
					    rows[i].word[k]));
	}
}

static void
what_a_literal_misses_is_told(void **state)
{
	static const struct {
		const char *line;
		size_t missing;
	} rows[] = {
		{ "{0}\n", 0 },
		{ "{5}\n", 5 },
		{ "\"name\" {999999999}\n", 999999999 },
		{ "{1}\nx {70}\n", 70 },
		{ "OK {12}\n", 12 },
		{ "NO (TAG {3}\n", 3 },
		{ "NO (TAG {3}\nabc {4}\n", 4 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ms_line got;
		size_t missing = 0;

		CHECK_ROW(rows[i].line,
			  ms_line_read(*state, bytes_of(rows[i].line), &got,
				       &missing) == OK);
		CHECK_ROW(rows[i].line, missing == rows[i].missing);
	}
}

static void
what_is_not_of_the_protocol_is_refused(void **state)
{
	static const char *const rows[] = {
		"\n",
		"220 mail.example.com ESMTP\n",
		"* OK [CAPABILITY IMAP4rev1]\n",
		"OKAY\n",
		"OK",
		"OK \"a\n",
		"OK \"a\\\n",
		"OK \"a\" \"b\"\n",
		"OK (QUOTA\n",
		"OK (\n",
		"OK ()\n",
		"OK (QUOTA) more\n",
		"OK (Q;A)\n",
		"OK (AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAA)\n",
		"\"a\" \"b\" \"c\" \"d\" \"e\"\n",
		"\"a\" (b)\n",
		"\"a\"(\n",
		"\"\"(\n",
		"{}\n",
		"{x}\n",
		"{-1}\n",
		"{1 }\n",
		"{1\n",
		"{1} \n",
		"{1}x\n",
		"{1+\n",
		"{1000000000}\n",
		"{1}\nxy\n\n",
		"\"a\"\n\"b\"\n",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ms_line got;
		size_t missing;

		CHECK_ROW(rows[i], ms_line_read(*state, bytes_of(rows[i]), &got,
						&missing) == ERR_DOWN);
	}
	assert_int_equal(
		ms_line_read(*state,
			     (struct bytes){ (const uint8_t *)"\"a\0\"\n", 5 },
			     &(struct ms_line){ 0 }, &(size_t){ 0 }),
		ERR_DOWN);
}

static void
a_string_is_quoted_or_a_literal(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "main", "\"main\"" },
		{ "", "\"\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "b\xc3\xbcro", "\"b\xc3\xbcro\"" },
		{ "a\r\nb", "{4+}\r\na\r\nb" },
		{ "\n", "{1+}\r\n\n" },
		{ "\xff", "{1+}\r\n\xff" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf to;

		buf_init(&to, *state, 0, KIB);
		ms_string(&to, bytes_of(rows[i].text));
		CHECK_ROW(rows[i].text,
			  strcmp(buf_text(&to), rows[i].want) == 0);
	}
}

static void
a_long_string_is_a_literal(void **state)
{
	char text[MS_QUOTED_MAX + 1];
	struct buf to;

	memset(text, 'x', sizeof(text));
	for (size_t more = 0; more < 2; more++) {
		buf_init(&to, *state, 0, 2 * KIB);
		ms_string(&to, (struct bytes){ (const uint8_t *)text,
					       MS_QUOTED_MAX + more });
		assert_int_equal(buf_text(&to)[0], more == 0 ? '"' : '{');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_line_is_read),
		UNIT_TEST(data_are_words),
		UNIT_TEST(what_a_literal_misses_is_told),
		UNIT_TEST(what_is_not_of_the_protocol_is_refused),
		UNIT_TEST(a_string_is_quoted_or_a_literal),
		UNIT_TEST(a_long_string_is_a_literal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
