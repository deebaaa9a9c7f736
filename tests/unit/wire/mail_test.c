/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"
#include "wire/mail.h"

static struct mail_header
read_text(struct op *op, const char *text)
{
	struct mail_header h;

	mail_read(op, bytes_of(text), &h);
	return h;
}

static void
fields_are_found_in_any_shape(void **state)
{
	static const struct {
		const char *row, *text, *name, *value;
	} rows[] = {
		/* clang-format off */
		{ "plain",            "Subject: x\r\n\r\n", "subject", "x" },
		{ "LF alone",         "A: b\nSubject: x\n\n", "Subject", "x" },
		{ "no end of header", "Subject: x", "Subject", "x" },
		{ "empty",            "Subject:\r\n\r\n", "Subject", "" },
		{ "folded",           "Subject: a\r\n b\r\n\tc\r\n\r\n", "Subject", "a b c" },
		{ "folded at once",   "Subject:\r\n a\r\n\r\n", "Subject", "a" },
		{ "space before :",   "Precedence : bulk\r\n\r\n", "Precedence", "bulk" },
		{ "in the body",      "A: b\r\n\r\nSubject: x\r\n", "Subject", NULL },
		{ "a line without :", "nonsense\r\n folded: too\r\nSubject: x\r\n\r\n", "Subject", "x" },
		{ "of a mailbox file", "From ada Mon\nSubject: x\n\n", "Subject", "x" },
		{ "a start alone",    "Subject-X: x\r\n\r\n", "Subject", NULL },
		{ "Latin-1",          "Subject: caf\xe9\r\n\r\n", "Subject", "caf\xc3\xa9" },
		{ "UTF-8",            "Subject: caf\xc3\xa9\r\n\r\n", "Subject", "caf\xc3\xa9" },
		{ "control characters", "Subject: a\x01" "b\x7f" "c\r\n\r\n", "Subject", "a b c" },
		{ "controls of UTF-8", "Subject: a\xc2\x85" "b\xc2\xa0" "c\r\n\r\n", "Subject", "a b\xc2\xa0" "c" },
		{ "controls of Latin-1", "Subject: a\x85" "b\xe9\r\n\r\n", "Subject", "a b\xc3\xa9" },
		{ "a lone CR",        "Subject: a\rBcc: b\r\n\r\n", "Subject", "a Bcc: b" },
		{ "the first of two", "Subject: a\nSubject: b\n\n", "Subject", "a" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mail_header h = read_text(*state, rows[i].text);

		CHECK_ROW(rows[i].row, unit_same(mail_find(&h, rows[i].name),
						 rows[i].value));
		CHECK_ROW(rows[i].row, !h.cut);
	}
}

static void
a_nul_does_not_hide_what_is_behind_it(void **state)
{
	static const char text[] = "X: a\0b\r\nSubject: x\r\n\r\n";
	struct mail_header h;

	mail_read(*state,
		  (struct bytes){ (const uint8_t *)text, sizeof(text) - 1 },
		  &h);
	assert_string_equal(mail_find(&h, "X"), "a b");
	assert_string_equal(mail_find(&h, "Subject"), "x");
}

static void
fields_and_bytes_have_an_end(void **state)
{
	static const struct {
		size_t fields, bytes; /* of the last one */
		bool cut;
	} rows[] = {
		{ MAIL_FIELDS_MAX, 0, false },
		{ MAIL_FIELDS_MAX + 1, 0, true },
		{ 1, MAIL_HEADER_MAX - 5, false },
		{ 1, MAIL_HEADER_MAX - 4, true },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = 5 * rows[i].fields + rows[i].bytes, at = 0;
		char *text = op_alloc(op, n);
		struct mail_header h;

		for (size_t f = 0; f < rows[i].fields; f++, at += 5)
			memcpy(text + at, "A: b\n", 5);
		memset(text + at - 1, 'x', rows[i].bytes);
		text[n - 1] = '\n';
		mail_read(op, (struct bytes){ (uint8_t *)text, n }, &h);
		CHECK_ROW(op_print(op, "%zu", i), h.cut == rows[i].cut);
		CHECK_ROW(op_print(op, "%zu", i), h.n <= MAIL_FIELDS_MAX);
	}
}

static void
words_are_read_behind_comments(void **state)
{
	static const struct {
		const char *value, *word;
	} rows[] = {
		/* clang-format off */
		{ "no", "no" }, { "NO", "no" }, { "no; x=y", "no" }, { "no (really)", "no" },
		{ "(a (b) c) no", "no" }, { "no(a)", "no" }, { "(open no", "" },
		{ "(a\\) b) no", "no" }, { "", "" }, { "  ", "" }, { ";no", "" },
		{ "auto-replied;owner-email=\"a@b\"", "auto-replied" },
		{ "\"a (b\" c", "\"a" }, { "yes,5", "yes" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].value,
			  unit_same(mail_word(*state, rows[i].value),
				    rows[i].word));
}

static void
parameters_are_found_by_name(void **state)
{
	static const struct {
		const char *value, *parameter;
	} rows[] = {
		/* clang-format off */
		{ "text/calendar; method=REPLY", "REPLY" },
		{ "text/calendar; charset=utf-8; METHOD=\"REPLY\"", "REPLY" },
		{ "text/calendar ; method = REPLY ; x=y", "REPLY" },
		{ "text/calendar; (c) method=REPLY (d)", "REPLY" },
		{ "text/calendar; name=\"a;method=REPLY\"", NULL },
		{ "text/calendar; method=\"RE\\PLY\"", "REPLY" },
		{ "text/calendar; methods=REPLY", NULL },
		{ "text/calendar; method", NULL },
		{ "text/calendar; method=", "" },
		{ "method=REPLY", NULL },
		{ "text/calendar; name=\"open; method=REPLY", NULL },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].value,
			  unit_same(mail_parameter(*state, rows[i].value,
						   "method"),
				    rows[i].parameter));
}

/* The addresses with a space between. */
static void
addresses_are_what_mail_goes_to(void **state)
{
	static const struct {
		const char *list, *addresses;
	} rows[] = {
		/* clang-format off */
		{ "ada@example.com", "ada@example.com" },
		{ "Ada <Ada@Example.COM>", "ada@example.com" },
		{ "a@x.org, b@x.org,c@x.org", "a@x.org b@x.org c@x.org" },
		{ "\"ada@example.com\" <b@x.org>", "b@x.org" },
		{ "ada@example.com <b@x.org>", "b@x.org" },
		{ "\"a, <ada@example.com>\" <b@x.org>", "b@x.org" },
		{ "(ada@example.com) b@x.org", "b@x.org" },
		{ "b@x.org (ada@example.com, (nested) x)", "b@x.org" },
		{ "Team: a@x.org, B <b@x.org>;, c@x.org", "a@x.org b@x.org c@x.org" },
		{ "undisclosed-recipients:;", "" },
		{ "<@r.org,@s.org:ada@example.com>", "ada@example.com" },
		{ "ada @ example . com", "ada@example.com" },
		{ "ada\t(x)@example.com", "ada@example.com" },
		{ "a da@example.com", "" },
		{ "\"ada\"@example.com", "ada@example.com" },
		{ "\"a\\da\" @example.com", "ada@example.com" },
		{ "\"a da\"@example.com", "" },
		{ "Ada <ada@example.com", "ada@example.com" },
		{ "\"Ada <ada@example.com>", "" },
		{ "ada", "" }, { "", "" }, { ",,;,", "" }, { "<>", "" }, { "@", "" },
		{ "ada@m\xc3\xbcnchen.example", "ada@xn--mnchen-3ya.example" },
		{ "=?utf-8?q?ada=40example.com?= <b@x.org>", "b@x.org" },
		{ "<a@x.org> <b@x.org>", "a@x.org" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *rest, *address, *all = "";
		struct mail_header h = read_text(
			op, op_print(op, "To: %s\r\n\r\n", rows[i].list));

		rest = mail_bare(op, mail_find(&h, "To"));
		while ((address = mail_address(op, &rest)) != NULL)
			all = op_print(op, "%s%s%s", all, *all ? " " : "",
				       address);
		CHECK_ROW(rows[i].list, unit_same(all, rows[i].addresses));
	}
}

static void
ids_are_ids_or_nothing(void **state)
{
	struct op *op = *state;
	char *longest = op_alloc(op, MAIL_ID_MAX + 2);
	const struct {
		const char *value, *ids;
	} rows[] = {
		/* clang-format off */
		{ "<a@b>", "<a@b>" }, { "<a@b> <c@d>", "<a@b><c@d>" }, { "<a@b><c@d>", "<a@b><c@d>" },
		{ "a@b", "" }, { "<a b@c>", "" }, { "<a@b", "" }, { "<@b>", "" }, { "<a@>", "" },
		{ "<a@b@c>", "" }, { "<x> <a@b>", "<a@b>" }, { "<a<b@c>", "" }, { "<caf\xc3\xa9@b>", "" },
		{ "<>", "" }, { "", "" }, { longest, longest },
		/* clang-format on */
	};

	memset(longest, 'x', MAIL_ID_MAX);
	memcpy(longest, "<a@", 3);
	longest[MAIL_ID_MAX - 1] = '>';
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *rest = rows[i].value, *id, *all = "";

		while ((id = mail_id(op, &rest)) != NULL)
			all = op_print(op, "%s%s", all, id);
		CHECK_ROW(rows[i].value, unit_same(all, rows[i].ids));
	}
	longest[MAIL_ID_MAX - 1] = 'x';
	longest[MAIL_ID_MAX] = '>';
	assert_null(mail_id(op, &(const char *){ longest }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(fields_are_found_in_any_shape),
		UNIT_TEST(a_nul_does_not_hide_what_is_behind_it),
		UNIT_TEST(fields_and_bytes_have_an_end),
		UNIT_TEST(words_are_read_behind_comments),
		UNIT_TEST(parameters_are_found_by_name),
		UNIT_TEST(addresses_are_what_mail_goes_to),
		UNIT_TEST(ids_are_ids_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
