/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_unit.h"

#include "cli/options.h"

static enum err
run_nothing(struct cli *c)
{
	(void)c;
	return OK;
}

static const struct cli_option some_options[] = {
	{ 'o', "output", "FILE", "where to" },
	{ 0, "alias", "ADDRESS", "may be repeated" },
	{ 0, "yes", NULL, "do not ask" },
	{ 0 },
};

static const struct verb some_verb = {
	.name = "some verb",
	.operands = "ADDRESS [FILE]",
	.operands_min = 1,
	.operands_max = 2,
	.options = some_options,
	.run = run_nothing,
};

/* Reads words behind the verb's name. */
static enum err
read_words(struct op *op, const char *words, struct cli *c)
{
	int argc;
	char **argv = unit_argv(op, words, &argc);

	*c = (struct cli){ .verb = &some_verb, .op = *op };
	return options_read(c, argc, argv);
}

static void
options_and_operands_come_in_any_order(void **state)
{
	static const struct {
		const char *words;
		const char *output, *alias, *yes;
		const char *operands; /* joined by | */
	} rows[] = {
		/* clang-format off */
		{ "a", NULL, NULL, NULL, "a" },
		{ "a b", NULL, NULL, NULL, "a|b" },
		{ "--yes a", NULL, NULL, "", "a" },
		{ "a --yes b", NULL, NULL, "", "a|b" },
		{ "a -o x b", "x", NULL, NULL, "a|b" },
		{ "-ox a", "x", NULL, NULL, "a" },
		{ "--output=x a", "x", NULL, NULL, "a" },
		{ "--output x --output y a", "y", NULL, NULL, "a" },
		{ "--alias= a", NULL, "", NULL, "a" },
		{ "-- --yes", NULL, NULL, NULL, "--yes" },
		{ "a -", NULL, NULL, NULL, "a|-" },
		{ "-o - a", "-", NULL, NULL, "a" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *joined = "";
		struct cli c;

		CHECK_ROW(rows[i].words,
			  read_words(*state, rows[i].words, &c) == OK);
		CHECK_ROW(rows[i].words,
			  unit_same(cli_option(&c, "output"), rows[i].output));
		CHECK_ROW(rows[i].words,
			  unit_same(cli_option(&c, "alias"), rows[i].alias));
		CHECK_ROW(rows[i].words,
			  unit_same(cli_option(&c, "yes"), rows[i].yes));
		for (unsigned n = 0; n < c.operands_n; n++)
			joined = op_print(*state, "%s%s%s", joined,
					  n == 0 ? "" : "|", c.operand[n]);
		CHECK_ROW(rows[i].words, unit_same(joined, rows[i].operands));
	}
}

static void
a_wrong_word_is_named(void **state)
{
	static const struct {
		const char *words, *reason;
	} rows[] = {
		{ "", "ADDRESS [FILE] is missing" },
		{ "a b c", "'c' is one word too many" },
		{ "--frob a", "there is no option --frob" },
		{ "-x a", "there is no option -x" },
		{ "a --output", "--output needs a FILE" },
		{ "a -o", "--output needs a FILE" },
		{ "a --yes=1", "--yes takes no value" },
		{ "a --json=1", "--json takes no value" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cli c;

		CHECK_ROW(rows[i].words,
			  read_words(*state, rows[i].words, &c) == ERR_INVALID);
		CHECK_ROW(rows[i].words,
			  unit_same(c.op.reason, rows[i].reason));
	}
}

static void
a_repeated_option_keeps_every_value(void **state)
{
	const char *const *all;
	struct cli c;

	assert_int_equal(read_words(*state, "--alias 1 a --alias 2 -o x", &c),
			 OK);
	all = cli_options(&c, "alias");
	assert_string_equal(all[0], "1");
	assert_string_equal(all[1], "2");
	assert_null(all[2]);
	all = cli_options(&c, "output");
	assert_string_equal(all[0], "x");
	assert_null(all[1]);
}

static void
help_needs_no_operand(void **state)
{
	struct cli c;

	assert_int_equal(read_words(*state, "--help", &c), OK);
	assert_non_null(cli_option(&c, "help"));
}

static void
what_stands_before_the_verb_is_read_apart(void **state)
{
	int argc;
	char **argv =
		unit_argv(*state, "-c file --json some verb --yes", &argc);
	struct cli_head head;

	assert_int_equal(options_head(*state, argc, argv, &head), OK);
	assert_string_equal(head.config, "file");
	assert_true(head.json);
	assert_false(head.help);
	assert_false(head.version);
	assert_int_equal(head.next, 4);
}

static void
a_wrong_option_before_the_verb_is_named(void **state)
{
	struct op *op = *state;
	int argc;
	char **argv = unit_argv(op, "--yes verb", &argc);
	struct cli_head head;

	assert_int_equal(options_head(op, argc, argv, &head), ERR_INVALID);
	assert_string_equal(op->reason, "there is no option --yes");
}

static void
a_verb_is_found_by_one_word_or_two(void **state)
{
	static const struct {
		const char *first, *second, *verb;
		int words;
		bool group;
	} rows[] = {
		/* clang-format off */
		{ "init", "x", "init", 1, false },
		{ "init", NULL, "init", 1, false },
		{ "mailbox", "add", "mailbox add", 2, false },
		{ "mailbox", "alias", "mailbox alias", 2, false },
		{ "mailbox", NULL, NULL, 0, true },
		{ "mailbox", "frob", NULL, 0, true },
		{ "mail", "add", NULL, 0, false },
		{ "mailboxes", NULL, NULL, 0, false },
		{ "ini", NULL, NULL, 0, false },
		{ "", NULL, NULL, 0, false },
		{ "mailbox add", NULL, NULL, 0, false },
		{ NULL, NULL, NULL, 0, false },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct op *op = *state;
		char *argv[3] = { NULL };
		const struct verb *v;
		const char *row = rows[i].first == NULL ? "" : rows[i].first;
		int words;
		bool group;

		if (rows[i].first != NULL)
			argv[0] = op_dup(op, rows[i].first);
		if (rows[i].second != NULL)
			argv[1] = op_dup(op, rows[i].second);
		v = options_verb(argv, &words, &group);
		CHECK_ROW(row,
			  unit_same(v == NULL ? NULL : v->name, rows[i].verb));
		CHECK_ROW(row, v == NULL || words == rows[i].words);
		CHECK_ROW(row, group == rows[i].group);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(options_and_operands_come_in_any_order),
		UNIT_TEST(a_wrong_word_is_named),
		UNIT_TEST(a_repeated_option_keeps_every_value),
		UNIT_TEST(help_needs_no_operand),
		UNIT_TEST(what_stands_before_the_verb_is_read_apart),
		UNIT_TEST(a_wrong_option_before_the_verb_is_named),
		UNIT_TEST(a_verb_is_found_by_one_word_or_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
