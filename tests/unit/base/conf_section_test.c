/* SPDX-License-Identifier: Apache-2.0 */
/* Sections with a title, by a table that has two kinds of them. */
#include "unit.h"

#include "base/conf.h"

#include <stdio.h>
#include <unistd.h>

struct lamp {
	const char *title;
	unsigned line;
	const char *colour, *lens;
	unsigned watts;
	const char *const *rooms;
};

struct bell {
	const char *title;
	unsigned line;
	bool loud;
};

struct house {
	const char *name;
	const struct lamp *lamps;
	size_t lamps_n;
	const struct bell *bells;
	size_t bells_n;
};

static const char *
is_small(const char *title)
{
	return strchr(title, 'X') == NULL ? NULL : "without X";
}

#define LAMP(member, want) CONF_AT(struct lamp, member, want)
#define LAMPS_MAX 3

static const struct conf_row rows[] = {
	/* clang-format off */
	{ "name", 1, CONF_TEXT, CONF_AT(struct house, name, const char *), "home", 0, 0, NULL, NULL, "A name.", NULL },
	{ "lamp.colour", 1, CONF_TEXT, LAMP(colour, const char *), NULL, 0, 0, NULL, NULL, "A colour.", "red" },
	{ "lamp.watts", 2, CONF_NUMBER, LAMP(watts, unsigned), "40", 1, 100, NULL, NULL, "A power.", NULL },
	{ "lamp.lens", 2, CONF_PATH, LAMP(lens, const char *), NULL, 0, 0, "https:* none", NULL, "A path.", "l" },
	{ "lamp.rooms", 2, CONF_LIST, LAMP(rooms, const char *const *), "hall attic", 0, 0, NULL, NULL, "A list.", NULL },
	{ "bell.loud", 2, CONF_BOOL, CONF_AT(struct bell, loud, bool), "no", 0, 0, NULL, NULL, "A flag.", NULL },
	/* clang-format on */
};

static const struct conf_section sections[] = {
	{
		.name = "lamp",
		.size = sizeof(struct lamp),
		.at = CONF_AT(struct house, lamps, const struct lamp *),
		.at_n = CONF_AT(struct house, lamps_n, size_t),
		.at_title = CONF_AT(struct lamp, title, const char *),
		.at_line = CONF_AT(struct lamp, line, unsigned),
		.most = LAMPS_MAX,
		.check = is_small,
		.needs = "colour lens",
		.manual = "Lamps. They shine.",
		.example = "Main hall",
	},
	{
		.name = "bell",
		.size = sizeof(struct bell),
		.at = CONF_AT(struct house, bells, const struct bell *),
		.at_n = CONF_AT(struct house, bells_n, size_t),
		.at_title = CONF_AT(struct bell, title, const char *),
		.at_line = CONF_AT(struct bell, line, unsigned),
		.most = 2,
		.manual = "Bells.",
		.example = "b",
	},
};

static const struct conf_table table = { rows, COUNT(rows), sections,
					 COUNT(sections) };

static char folder[] = "/tmp/frontdesk-conf-XXXXXX";
static char file[sizeof(folder) + 16];

static int
folder_make(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(file, sizeof(file), "%s/test.conf", folder);
	return 0;
}

static int
folder_remove(void **state)
{
	(void)state;
	(void)unlink(file);
	return rmdir(folder);
}

static enum err
read_text(struct op *op, const char *text, struct house *out)
{
	unsigned line[COUNT(rows)];
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	*out = (struct house){ 0 };
	return conf_read(op, file, &table, op->arena, out, line);
}

static void
without_a_section_there_is_none(void **state)
{
	struct house h;

	assert_int_equal(read_text(*state, "name = x\n", &h), OK);
	assert_int_equal(h.lamps_n, 0);
	assert_int_equal(h.bells_n, 0);
}

static void
each_section_has_its_own_settings_and_presets(void **state)
{
	static const char text[] = "lamp \"Hall\" {\n"
				   "\tcolour = red lens = a/b\n"
				   "\twatts = 60\n"
				   "\trooms = { one }\n"
				   "}\n"
				   "bell b { } bell c { loud = yes }\n"
				   "name = x\n"
				   "\n"
				   "lamp 'attic \xc3\xa9' { lens = none\n"
				   "colour = blue }\n"
				   "lamp third\n"
				   "{ colour = a lens = https://x/y }\n";
	struct op *op = *state;
	struct house h;

	if (read_text(op, text, &h) != OK)
		fail_msg("%s", op->reason);
	assert_string_equal(h.name, "x");
	assert_int_equal(h.lamps_n, 3);
	assert_string_equal(h.lamps[0].title, "Hall");
	assert_int_equal(h.lamps[0].line, 1);
	assert_string_equal(h.lamps[0].colour, "red");
	assert_string_equal(h.lamps[0].lens, op_print(op, "%s/a/b", folder));
	assert_int_equal(h.lamps[0].watts, 60);
	assert_string_equal(h.lamps[0].rooms[0], "one");
	assert_null(h.lamps[0].rooms[1]);
	assert_string_equal(h.lamps[1].title, "attic \xc3\xa9");
	assert_int_equal(h.lamps[1].line, 9);
	assert_string_equal(h.lamps[1].colour, "blue");
	assert_string_equal(h.lamps[1].lens, "none");
	assert_int_equal(h.lamps[1].watts, 40);
	assert_string_equal(h.lamps[1].rooms[1], "attic");
	assert_string_equal(h.lamps[2].lens, "https://x/y");
	assert_int_equal(h.bells_n, 2);
	assert_false(h.bells[0].loud);
	assert_string_equal(h.bells[1].title, "c");
	assert_true(h.bells[1].loud);
}

#define FULL "colour = a lens = b"

static void
a_mistake_is_told_with_its_line(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *says;
	} wrong[] = {
		/* clang-format off */
		{ "\nlamp a { }",                              2, "lamp \"a\" lacks colour; add it" },
		{ "\nlamp a {\n\tcolour = x\n}\n",             2, "lamp \"a\" lacks lens; add it" },
		{ "lamp a { " FULL " }\n\nlamp b {\n}\n",      4, "lamp \"b\" lacks colour" },
		{ "lamp a { " FULL " }\n\nlamp b {\nlens=x }", 3, "lamp \"b\" lacks colour" },
		{ "lamp a { " FULL " }\nlamp a {\n" FULL " }", 2, "lamp \"a\" is there twice, also in line 1" },
		{ "lamp a { " FULL " }\nlamp A { " FULL " }",  2, "lamp \"A\" is there twice, also in line 1" },
		{ "bell a { }\nbell b { }\nbell a { }",        3, "bell \"a\" is there twice, also in line 1" },
		{ "bell a { }\nbell b { }\nbell B { }",        3, "bell \"B\" is there twice, also in line 2" },
		{ "bell a { }\nbell b { }\nbell c { }",        3, "there are more than 2 bell sections" },
		{ "bell a { }\nbell b { }\nbell c {\nloud=on}", 3, "there are more than 2 bell sections" },
		{ "lamp X { " FULL " }",                       1, "the title of lamp is \"X\"; it has to be without X" },
		{ "lamp \"\" { " FULL " }",                    1, "is empty" },
		{ "bell \"\" { }",                             1, "is empty" },
		{ "lamp a {\n" FULL "\nlens = c }",            3, "lamp.lens is there twice, also in line 2" },
		{ "lamp a {\nwatts = 101 }",                   2, "lamp.watts is \"101\"; write a number from 1 to 100" },
		{ "lamp a {\nloud = on }",                     2, "no such option 'loud'" },
		{ "bell a { loud = on\nlamp b { } }",          2, "no such option 'lamp'" },
		{ "lamp { " FULL " }",                         1, "" },
		{ "lamp a b { " FULL " }",                     1, "" },
		{ "lamp a = b",                                1, "" },
		{ "lamp = a",                                  1, "" },
		{ "lamp a",                                    1, "" },
		{ "lamp a {\n" FULL "\n",                      1, "{ is never closed" },
		{ "name a { }",                                1, "" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *start =
			op_print(op, "%s:%u: ", file, wrong[i].line);
		const char *row = wrong[i].text;
		struct house h;

		CHECK_ROW(row, read_text(op, row, &h) == ERR_INVALID);
		if (strncmp(op->reason, start, strlen(start)) != 0 ||
		    strstr(op->reason, wrong[i].says) == NULL)
			fail_msg("%s\n  gives: %s", row, op->reason);
		CHECK_ROW(row, read_text(op, "bell a { loud = on }", &h) == OK);
		CHECK_ROW(row, h.bells_n == 1 && h.bells[0].loud);
	}
}

static void
a_title_has_a_limit(void **state)
{
	struct op *op = *state;
	char *title = op_alloc(op, CONF_VALUE_MAX + 2);
	struct house h;

	memset(title, 't', CONF_VALUE_MAX);
	assert_int_equal(read_text(op, op_print(op, "bell %s { }", title), &h),
			 OK);
	title[CONF_VALUE_MAX] = 't';
	assert_int_equal(read_text(op, op_print(op, "bell %s { }", title), &h),
			 ERR_INVALID);
	assert_non_null(strstr(op->reason, "longer than 4096 bytes"));
}

static void
a_change_in_any_of_them_is_seen(void **state)
{
	static const char plain_text[] = "lamp a { " FULL " } bell b { }";
	static const struct {
		const char *text;
		int row; /* the one that differs; -1: all of lamps */
	} changes[] = {
		{ "\nbell b { }\nlamp a {\n" FULL " }", 0 },
		{ "lamp a { colour = z lens = b } bell b { }", 1 },
		{ "lamp a { " FULL " watts = 41 } bell b { }", 2 },
		{ "lamp a { colour = a lens = c } bell b { }", 3 },
		{ "lamp a { " FULL " rooms = hall } bell b { }", 4 },
		{ "lamp a { " FULL " } bell b { loud = yes }", 5 },
		{ "lamp c { " FULL " } bell b { }", -1 },
		{ "lamp a { " FULL " } bell b { } lamp c { " FULL " }", -1 },
		{ "bell b { }", -1 },
	};
	struct op *op = *state;
	struct house plain, h;

	assert_int_equal(read_text(op, plain_text, &plain), OK);
	for (size_t i = 0; i < COUNT(changes); i++) {
		CHECK_ROW(changes[i].text,
			  read_text(op, changes[i].text, &h) == OK);
		for (int k = 1; k < (int)COUNT(rows); k++) {
			bool differs = changes[i].row == k ||
				       (changes[i].row < 0 && k <= 4);

			CHECK_ROW(changes[i].text,
				  conf_same(&table, &rows[k], &plain, &h) ==
					  !differs);
			CHECK_ROW(changes[i].text,
				  conf_same(&table, &rows[k], &h, &plain) ==
					  !differs);
		}
	}
}

static void
the_example_is_a_comment_as_a_whole(void **state)
{
	static const struct conf_value given[] = { { "name", "x" } };
	struct op *op = *state;
	struct house h;
	struct buf buf;

	buf_init(&buf, op, 1024, 64 * KIB);
	conf_write(&buf, &table, given, 1);
	if (read_text(op, buf_text(&buf), &h) != OK)
		fail_msg("%s", op->reason);
	assert_string_equal(h.name, "x");
	assert_int_equal(h.lamps_n, 0);
	assert_non_null(strstr(buf_text(&buf), "\n\n# Lamps. They shine.\n"
					       "# lamp \"Main hall\" {\n"
					       "\t# A colour.\n"
					       "\t# colour = \"red\"\n"));
	assert_non_null(strstr(buf_text(&buf), "attic\" }\n# }\n"));
}

static void
the_manual_tells_what_is_needed(void **state)
{
	struct op *op = *state;
	const char *text;
	struct buf buf;

	buf_init(&buf, op, 1024, 64 * KIB);
	conf_manual(&buf, &table);
	text = buf_text(&buf);
	assert_non_null(strstr(text, ".Ss Sections lamp Qo title Qc\n"
				     "Lamps.\nThey shine.\n"
				     "There may be 3 of them, like\n"));
	assert_non_null(strstr(text, "Has to be set; for example\n.Ql red ."));
	assert_non_null(strstr(text, "Default:\n.Ql 40 .\n"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(without_a_section_there_is_none),
		UNIT_TEST(each_section_has_its_own_settings_and_presets),
		UNIT_TEST(a_mistake_is_told_with_its_line),
		UNIT_TEST(a_title_has_a_limit),
		UNIT_TEST(a_change_in_any_of_them_is_seen),
		UNIT_TEST(the_example_is_a_comment_as_a_whole),
		UNIT_TEST(the_manual_tells_what_is_needed),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
