/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_unit.h"

#include "cli/help.h"
#include "cli/manual.h"

#include <ctype.h>

/* Calls a function with each verb. */
static void
each_verb(struct op *op, void (*visit)(struct op *op, const struct verb *v))
{
	size_t n = 0;

	for (size_t t = 0; cli_tables[t] != NULL; t++)
		for (const struct verb *v = cli_tables[t]; v->name != NULL;
		     v++, n++)
			visit(op, v);
	assert_true(n > 20);
}

static bool
is_sentence(const char *text)
{
	return text[0] != '\0' && text[strlen(text) - 1] != '.' &&
	       strstr(text, ". ") == NULL;
}

static void
check_texts(struct op *op, const struct verb *v)
{
	size_t n = strlen(v->text);

	(void)op;
	CHECK_ROW(v->name, is_sentence(v->summary));
	CHECK_ROW(v->name, islower((unsigned char)v->summary[0]));
	CHECK_ROW(v->name, n == 0 || v->text[n - 1] == '.');
	for (const struct cli_option *o = v->options;
	     o != NULL && o->name != NULL; o++)
		CHECK_ROW(o->name, is_sentence(o->help));
	for (const struct cli_key *k = v->keys; k != NULL && k->name != NULL;
	     k++)
		CHECK_ROW(k->name, is_sentence(k->help));
}

static void
every_verb_has_its_texts(void **state)
{
	each_verb(*state, check_texts);
}

static void
check_example(struct op *op, const struct verb *v)
{
	const char *wanted = op_print(op, "frontdesk %s", v->name);

	if (v->needs & IS_HIDDEN)
		return;
	CHECK_ROW(v->name, v->examples != NULL);
	for (const struct cli_example *e = v->examples; e->command != NULL; e++)
		CHECK_ROW(e->command, strstr(e->command, wanted) != NULL);
}

static void
every_verb_has_an_example_of_itself(void **state)
{
	each_verb(*state, check_example);
}

static unsigned
times_named(const struct cli_option *rows, const char *name, char letter)
{
	unsigned n = 0;

	for (; rows != NULL && rows->name != NULL; rows++)
		n += strcmp(rows->name, name) == 0 ||
		     (letter != 0 && rows->letter == letter);
	return n;
}

static void
check_options(struct op *op, const struct verb *v)
{
	(void)op;
	for (const struct cli_option *o = v->options;
	     o != NULL && o->name != NULL; o++) {
		CHECK_ROW(o->name,
			  times_named(v->options, o->name, o->letter) == 1);
		CHECK_ROW(o->name,
			  times_named(cli_common, o->name, o->letter) == 0);
	}
	CHECK_ROW(v->name, v->operands_min <= v->operands_max);
	CHECK_ROW(v->name, (v->operands_max == 0) == (v->operands[0] == '\0'));
	CHECK_ROW(v->name, v->run != NULL);
}

static void
no_option_is_there_twice(void **state)
{
	each_verb(*state, check_options);
}

static void
check_help(struct op *op, const struct verb *v)
{
	struct buf buf;
	const char *text;
	bool example = false;

	buf_init(&buf, op, KIB, HELP_MAX);
	help_verb(&buf, v);
	text = buf_text(&buf);
	assert_int_equal(buf_err(&buf), OK);
	CHECK_ROW(v->name, strstr(text, v->name) != NULL);
	for (const struct cli_option *o = v->options;
	     o != NULL && o->name != NULL; o++)
		CHECK_ROW(o->name,
			  strstr(text, op_print(op, "--%s", o->name)) != NULL);
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		example = example || strncmp(text, "examples:", 9) == 0;
		CHECK_ROW(op_text(op, text, n), example || n <= 79);
		text += n + 1;
	}
}

static void
help_fits_a_terminal(void **state)
{
	each_verb(*state, check_help);
}

static void
help_on_a_group_has_its_verbs_only(void **state)
{
	struct buf buf;
	const char *text;

	buf_init(&buf, *state, KIB, HELP_MAX);
	help_verbs(&buf, "photo");
	text = buf_text(&buf);
	assert_non_null(strstr(text, "photo get"));
	assert_null(strstr(text, "mailbox"));
	assert_null(strstr(text, "clerk"));
}

/* ---- the papers ---- */

/* What stands in the file between the lines "begin NAME" and "end NAME". */
static const char *
between(struct op *op, const char *file, const char *name)
{
	const char *text = unit_said(op, file);
	const char *from = strstr(text, op_print(op, " begin %s\n", name));
	const char *to;

	assert_non_null(from);
	from = strchr(from, '\n') + 1;
	to = strstr(from, op_print(op, " end %s\n", name));
	assert_non_null(to);
	while (to > from && to[-1] != '\n')
		to--;
	return op_text(op, from, (size_t)(to - from));
}

static void
the_papers_say_what_the_tables_say(void **state)
{
	static const struct {
		const char *file, *part;
	} rows[] = {
		{ "man/frontdesk.1", "verbs" },
		{ "man/frontdesk.1", "statuses" },
		{ "man/frontdesk.conf.5", "settings" },
		{ "completion/frontdesk.bash", "completion" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *wanted;

		assert_int_equal(manual_part(op, rows[i].part, &wanted), OK);
		/* When it differs: tools/manual */
		CHECK_ROW(rows[i].part,
			  strcmp(between(op, rows[i].file, rows[i].part),
				 wanted) == 0);
	}
}

static void
there_is_no_other_part(void **state)
{
	const char *text;

	assert_int_equal(manual_part(*state, "nonsense", &text), ERR_NOT_FOUND);
}

#define TEN "123456789 "
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN

static void
long_lines_are_broken(void **state)
{
	static const struct {
		const char *name, *text, *wanted;
	} rows[] = {
		/* clang-format off */
		{ "short", "a b\n", "a b\n" },
		{ "78", SEVENTY "12345678\n", SEVENTY "12345678\n" },
		{ "79", SEVENTY "12345 789\n", SEVENTY "12345\n789\n" },
		{ "no macro begins a line", SEVENTY "12345 .789\n", SEVENTY "12345 .789\n" },
		{ "one long word", SEVENTY "1234567890123\nx\n",
		  TEN TEN TEN TEN TEN TEN "123456789\n1234567890123\nx\n" },
		{ "a macro", ".Nm " SEVENTY "123456789 123\n", ".Nm " SEVENTY "123456789 123\n" },
		{ "an example", ".Bd -literal\n" SEVENTY "123456789 1\n.Ed\n",
		  ".Bd -literal\n" SEVENTY "123456789 1\n.Ed\n" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf buf;

		buf_init(&buf, *state, KIB, HELP_MAX);
		manual_wrap(&buf, rows[i].text);
		CHECK_ROW(rows[i].name,
			  strcmp(buf_text(&buf), rows[i].wanted) == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(every_verb_has_its_texts),
		UNIT_TEST(every_verb_has_an_example_of_itself),
		UNIT_TEST(no_option_is_there_twice),
		UNIT_TEST(help_fits_a_terminal),
		UNIT_TEST(help_on_a_group_has_its_verbs_only),
		UNIT_TEST(the_papers_say_what_the_tables_say),
		UNIT_TEST(there_is_no_other_part),
		UNIT_TEST(long_lines_are_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
