/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/buf.h"
#include "verbs/mailbox.h"
#include "verbs/transfer/mailbox_lines.h"

#define HASH                                                                   \
	"$6$saltsalt$"                                                         \
	"01234567890123456789012345678901234567890123456789012345678901234567" \
	"89"                                                                   \
	"0123456789012345"

static struct cli *
cli(struct op *op)
{
	struct cli *c = op_alloc(op, sizeof(*c));

	c->op = *op;
	return c;
}

/* "2 a@b.c name=.. ", each line; a wrong one "3 !reason". */
static const char *
lines_text(struct op *op, const struct mailbox_lines *lines)
{
	struct buf out;

	buf_init(&out, op, 0, 64 * KIB);
	for (size_t i = 0; i < lines->n; i++) {
		const struct mailbox_line *l = &lines->line[i];

		buf_printf(&out, "%s%zu %s", i == 0 ? "" : "\n", l->line,
			   l->address);
		if (l->reason != NULL)
			buf_printf(&out, " !%s", l->reason);
		if (l->name != NULL)
			buf_printf(&out, " name=%s", l->name);
		if (l->zone != NULL)
			buf_printf(&out, " zone=%s", l->zone);
		if (l->external != 0)
			buf_printf(&out, " external=%u", l->external);
		if (l->password != NULL)
			buf_printf(&out, " password=%s", l->password);
		if (l->password_hash != NULL)
			buf_printf(&out, " hash=%.3s", l->password_hash);
		for (const char *const *a = l->aliases; *a != NULL; a++)
			buf_printf(&out, " +%s", *a);
	}
	return buf_text(&out);
}

static void
columns_are_found_by_their_names(void **state)
{
	static const struct {
		const char *csv, *lines;
	} rows[] = {
		/* clang-format off */
		{ "address\na@b.c\n", "2 a@b.c" },
		{ "Address\nA@B.c\n", "2 a@b.c" },
		{ "name,address\nAda,a@b.c\n,d@b.c", "2 a@b.c name=Ada\n3 d@b.c" },
		{ "address;aliases\na@b.c;x@b.c y@b.c\nd@b.c;\"z@b.c;w@b.c; v@b.c\"",
		  "2 a@b.c +x@b.c +y@b.c\n3 d@b.c +z@b.c +w@b.c +v@b.c" },
		{ "address,zone,external\na@b.c,Europe/Berlin,KNOWN", "2 a@b.c zone=Europe/Berlin external=2" },
		{ "address,password\na@b.c, x y ", "2 a@b.c password= x y " },
		{ "address,password_hash\na@b.c," HASH, "2 a@b.c hash=$6$" },
		{ "address,password_hash\na@b.c,{SHA512-CRYPT}" HASH, "2 a@b.c hash=$6$" },
		{ " address , name \n a@b.c , Ada \n", "2 a@b.c name=Ada" },
		/* clang-format on */
	};
	struct mailbox_lines lines;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cli *c = cli(*state);

		CHECK_ROW(rows[i].csv,
			  mailbox_lines_read(c, rows[i].csv, &lines) == OK);
		CHECK_ROW(rows[i].csv,
			  unit_same(lines_text(*state, &lines), rows[i].lines));
	}
}

static void
a_header_that_nobody_understands_is_refused_by_name(void **state)
{
	static const struct {
		const char *csv, *said;
	} rows[] = {
		/* clang-format off */
		{ "", "one has to be address" },
		{ "name\nAda", "one has to be address" },
		{ "address,phone\n", "line 1: there is no column 'phone'" },
		{ "address,\n", "there is no column ''" },
		{ "a@b.c,Ada\n", "there is no column 'a@b.c'" },
		{ "address,name,Name\n", "the column name is there twice" },
		{ "address\n\"a@b.c", "line 2: a quote begins" },
		/* clang-format on */
	};
	struct mailbox_lines lines;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cli *c = cli(*state);

		CHECK_ROW(rows[i].csv,
			  mailbox_lines_read(c, rows[i].csv, &lines) ==
				  ERR_INVALID);
		CHECK_ROW(rows[i].csv,
			  strstr(c->op.reason, rows[i].said) != NULL);
	}
}

static void
what_is_wrong_with_a_line_is_its_reason_alone(void **state)
{
	static const struct {
		const char *line, *said;
	} rows[] = {
		/* clang-format off */
		{ ",,,,,,", "it has no address" },
		{ "x,,,,,,", "'x' is no mail address" },
		{ "a@b.c,,,,,", "it has 6 fields, and the header 7" },
		{ "a@b.c,,,,,,,", "it has 8 fields" },
		{ "a@b.c,,x,,,,", "'x' is no mail address" },
		{ "a@b.c,,a@b.c,,,,", "a@b.c is in line 2 already" },
		{ "a@b.c,,,,,Mars/Base,", "zone 'Mars/Base': give a time zone" },
		{ "a@b.c,,,,,,some", "external 'some': it is none, known or all" },
		{ "a@b.c,a\x01" "b,,,,,", "name: the text has control" },
		{ "a@b.c,,,,secret,,", "the hash of the password is not one" },
		{ "a@b.c,,,,$6$salt$cut,,", "or not all of it" },
		{ "a@b.c,,,x," HASH ",,", "a password and a hash of one" },
		/* clang-format on */
	};
	static const char header[] = "address,name,aliases,password,"
				     "password_hash,zone,external\n";
	struct mailbox_lines lines;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cli *c = cli(*state);
		const char *csv = op_print(*state, "%s%s\ngood@b.c,,,,,,\n",
					   header, rows[i].line);

		CHECK_ROW(rows[i].line,
			  mailbox_lines_read(c, csv, &lines) == OK);
		CHECK_ROW(rows[i].line, lines.n == 2);
		CHECK_ROW(rows[i].line, lines.line[0].reason != NULL &&
						strstr(lines.line[0].reason,
						       rows[i].said) != NULL);
		CHECK_ROW(rows[i].line, lines.line[1].reason == NULL);
	}
}

static void
an_address_belongs_to_its_first_line(void **state)
{
	struct cli *c = cli(*state);
	struct mailbox_lines lines;

	assert_int_equal(
		mailbox_lines_read(c,
				   "address,aliases\nb@b.c,a@b.c\na@b.c,\n"
				   "c@b.c,d@b.c\nB@b.c,\ne@b.c,d@b.c\n",
				   &lines),
		OK);
	assert_null(lines.line[0].reason);
	assert_string_equal(lines.line[1].reason, "a@b.c is in line 2 already");
	assert_null(lines.line[2].reason);
	assert_string_equal(lines.line[3].reason, "b@b.c is in line 2 already");
	assert_string_equal(lines.line[4].reason, "d@b.c is in line 4 already");
}

/* n times the word, with spaces between. */
static const char *
words(struct op *op, size_t n, const char *end)
{
	struct buf out;

	buf_init(&out, op, 0, 64 * KIB);
	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "a%zu@b.c ", i);
	buf_puts(&out, end);
	return buf_text(&out);
}

static void
a_line_has_so_many_aliases_and_a_name_so_many_bytes(void **state)
{
	struct op *op = *state;
	char name[MAILBOX_NAME_MAX + 2] = "";
	struct mailbox_lines lines;
	size_t n = MAILBOX_LINE_ALIASES_MAX;

	memset(name, 'n', MAILBOX_NAME_MAX);
	assert_int_equal(
		mailbox_lines_read(cli(op),
				   op_print(op,
					    "address,name,aliases\n"
					    "x@b.c,%s,%s\ny@b.c,,%s\n"
					    "z@b.c,%sn,\n",
					    name, words(op, n, ""),
					    words(op, n, "last@b.c"), name),
				   &lines),
		OK);
	assert_null(lines.line[0].reason);
	assert_non_null(strstr(lines.line[1].reason, "more than 100 aliases"));
	assert_non_null(strstr(lines.line[2].reason, "name: the text has 257"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(columns_are_found_by_their_names),
		UNIT_TEST(a_header_that_nobody_understands_is_refused_by_name),
		UNIT_TEST(what_is_wrong_with_a_line_is_its_reason_alone),
		UNIT_TEST(an_address_belongs_to_its_first_line),
		UNIT_TEST(a_line_has_so_many_aliases_and_a_name_so_many_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
