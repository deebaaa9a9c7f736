/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/buf.h"
#include "wire/csv.h"

/* "1:a|b 3:c", each row with its line; then why it ended, if not well. */
static const char *
read_all(struct op *op, const char *text)
{
	struct csv_row row;
	struct csv csv;
	struct buf out;
	enum err err;

	buf_init(&out, op, 0, 16 * KIB);
	csv_init(&csv, text);
	while ((err = csv_next(&csv, op, &row)) == OK && row.n > 0) {
		buf_printf(&out, "%s%zu:", out.n == 0 ? "" : " ", row.line);
		for (size_t i = 0; i < row.n; i++)
			buf_printf(&out, "%s%s", i == 0 ? "" : "|",
				   row.field[i]);
	}
	if (err != OK)
		buf_printf(&out, "!%s", err_name(err));
	return buf_text(&out);
}

static void
rows_are_read_as_spreadsheets_write_them(void **state)
{
	static const struct {
		const char *text, *rows;
	} rows[] = {
		/* clang-format off */
		{ "", "" },
		{ "\n\r\n\n", "" },
		{ "a", "1:a" },
		{ "a,b\n", "1:a|b" },
		{ "a,b\r\nc,d\r\n", "1:a|b 2:c|d" },
		{ "a\rb", "1:a 2:b" },
		{ "a,b\n\n\nc", "1:a|b 4:c" },
		{ "\xef\xbb\xbf" "a,b", "1:a|b" },
		{ "a,,b", "1:a||b" },
		{ ",", "1:|" },
		{ "a,", "1:a|" },
		{ " a , b ", "1: a | b " },
		{ "\"a,b\",c", "1:a,b|c" },
		{ "\"a\"\"b\"", "1:a\"b" },
		{ "\"\"\"\"", "1:\"" },
		{ "\"\",x", "1:|x" },
		{ "\"a\nb\",c\nd", "1:a\nb|c 3:d" },
		{ "\"a\r\nb\"\r\nd", "1:a\r\nb 3:d" },
		/* who has no commas in the first line has other partings */
		{ "a;b\nc,d;e", "1:a|b 2:c,d|e" },
		{ "a\tb\nc;d\te", "1:a|b 2:c;d|e" },
		{ "a;b,c\nd", "1:a;b|c 2:d" },
		{ "\"a,b\";c", "1:a,b|c" },
		{ "a;b\tc", "1:a|b\tc" },
		{ "j\xc3\xbcrgen,\xf0\x9f\x98\x80", "1:j\xc3\xbcrgen|\xf0\x9f\x98\x80" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].text,
			  unit_same(read_all(*state, rows[i].text),
				    rows[i].rows));
}

static void
what_makes_no_sense_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *rows, *said;
	} rows[] = {
		/* clang-format off */
		{ "a\n\"b", "1:a!invalid", "line 2: a quote begins" },
		{ "\"", "!invalid", "line 1: a quote begins" },
		{ "\"a\"\"", "!invalid", "line 1: a quote begins" },
		{ "a\nb\"c", "1:a!invalid", "line 2: a quote in the midst" },
		{ "\"a\"b", "!invalid", "line 1: something follows" },
		{ "\"a\n\" ,b", "!invalid", "line 2: something follows" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].text,
			  unit_same(read_all(op, rows[i].text), rows[i].rows));
		CHECK_ROW(rows[i].text,
			  strstr(op->reason, rows[i].said) == op->reason);
	}
}

static char *
filled(struct op *op, const char *before, char c, size_t n, const char *after)
{
	char *text = op_alloc(op, strlen(before) + n + strlen(after) + 1);

	strcpy(text, before);
	memset(text + strlen(before), c, n);
	strcpy(text + strlen(before) + n, after);
	return text;
}

static void
a_row_has_so_many_fields_and_a_field_so_many_bytes(void **state)
{
	struct op *op = *state;
	struct csv_row row;
	struct csv csv;
	const struct {
		const char *name, *text;
		enum err err;
	} rows[] = {
		/* clang-format off */
		{ "most fields", filled(op, "", ',', CSV_FIELDS_MAX - 1, ""), OK },
		{ "a field more", filled(op, "", ',', CSV_FIELDS_MAX, ""), ERR_LIMIT },
		{ "most bytes", filled(op, "", 'a', CSV_FIELD_MAX, "\n"), OK },
		{ "a byte more", filled(op, "", 'a', CSV_FIELD_MAX + 1, "\n"), ERR_LIMIT },
		{ "most bytes in quotes", filled(op, "\"", 'a', CSV_FIELD_MAX, "\""), OK },
		{ "a byte more in quotes", filled(op, "\"", 'a', CSV_FIELD_MAX + 1, "\""), ERR_LIMIT },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		csv_init(&csv, rows[i].text);
		CHECK_ROW(rows[i].name,
			  csv_next(&csv, op, &row) == rows[i].err);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(rows_are_read_as_spreadsheets_write_them),
		UNIT_TEST(what_makes_no_sense_is_refused_with_its_line),
		UNIT_TEST(a_row_has_so_many_fields_and_a_field_so_many_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
