/* SPDX-License-Identifier: Apache-2.0 */
/* A file read by a table that has one row of each kind. */
#include "unit.h"

#include "base/conf.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct things {
	const char *text, *path, *log;
	bool flag, fashion;
	unsigned number;
	uint64_t size;
	const char *const *list;
};

static const char *
is_not_bad(const char *value)
{
	return strcmp(value, "bad") == 0 ? "anything else" : NULL;
}

#define AT(member, want) CONF_AT(struct things, member, want)

static const struct conf_row rows[] = {
	/* clang-format off */
	{ "text", 1, CONF_TEXT, AT(text, const char *), "preset", 0, 0, NULL, is_not_bad, "A text. And more.", NULL },
	{ "number", 1, CONF_NUMBER, AT(number, unsigned), "7", 1, 100, NULL, NULL, "A number.", NULL },
	{ "file.path", 2, CONF_PATH, AT(path, const char *), NULL, 0, 0, NULL, is_not_bad, "A path.", "some/where" },
	{ "file.log", 2, CONF_PATH, AT(log, const char *), "off", 0, 0, "stderr off", NULL, "A path, or a word.", NULL },
	{ "file.size", 2, CONF_SIZE, AT(size, uint64_t), "1KiB", 512, 1 << 30, NULL, NULL, "A size.", NULL },
	{ "more.flag", 2, CONF_BOOL, AT(flag, bool), "no", 0, 0, NULL, NULL, "A flag.", NULL },
	{ "more.fashion", 2, CONF_BOOL, AT(fashion, bool), "old", 0, 0, "new old", NULL, "Two words.", NULL },
	{ "more.list", 2, CONF_LIST, AT(list, const char *const *), "a b", 0, 0, NULL, is_not_bad, ".A list.", NULL },
	/* clang-format on */
};

static const struct conf_table table = { .rows = rows, .n = COUNT(rows) };

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

static void
write_bytes(const char *text, size_t n)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* What the op keeps serves as the settings' memory too. */
static enum err
read_text(struct op *op, const char *text, struct things *out)
{
	unsigned line[COUNT(rows)];

	*out = (struct things){ 0 };
	write_bytes(text, strlen(text));
	return conf_read(op, file, &table, op->arena, out, line);
}

static void
an_empty_file_gives_the_presets(void **state)
{
	struct op *op = *state;
	struct things t;

	assert_int_equal(read_text(op, "", &t), OK);
	assert_string_equal(t.text, "preset");
	assert_int_equal(t.number, 7);
	assert_null(t.path);
	assert_string_equal(t.log, "off");
	assert_int_equal(t.size, 1024);
	assert_false(t.flag);
	assert_false(t.fashion);
	assert_string_equal(t.list[0], "a");
	assert_string_equal(t.list[1], "b");
	assert_null(t.list[2]);
}

static void
every_setting_is_read(void **state)
{
	static const char text[] =
		"# a comment\n"
		"text = \"with \\\"quotes\\\" and \\\\\" // another\n"
		"number = 100 /* and\n a third */\n"
		"file { path = \"x/y\" log = /var/log/x size = 2MiB }\n"
		"more {\n\tflag = yes\n\tfashion = new\n"
		"\tlist = { 'one', two, \"thr\xc3\xa9\xc3\xa9\" }\n}\n";
	struct op *op = *state;
	struct things t;
	unsigned line[COUNT(rows)];

	assert_int_equal(read_text(op, text, &t), OK);
	assert_string_equal(t.text, "with \"quotes\" and \\");
	assert_int_equal(t.number, 100);
	assert_string_equal(t.path, op_print(op, "%s/x/y", folder));
	assert_string_equal(t.log, "/var/log/x");
	assert_int_equal(t.size, 2 << 20);
	assert_true(t.flag);
	assert_true(t.fashion);
	assert_string_equal(t.list[0], "one");
	assert_string_equal(t.list[1], "two");
	assert_string_equal(t.list[2], "thr\xc3\xa9\xc3\xa9");
	assert_null(t.list[3]);
	assert_int_equal(conf_read(op, file, &table, op->arena, &t, line), OK);
	assert_int_equal(line[0], 2);
	assert_int_equal(line[1], 3);
	assert_int_equal(line[3], 5);
	assert_int_equal(line[7], 9);
}

static void
a_value_has_more_than_one_spelling(void **state)
{
	struct op *op = *state;
	struct things t;

	assert_int_equal(read_text(op, "more { flag = true }", &t), OK);
	assert_true(t.flag);
	assert_int_equal(read_text(op, "more { flag = on }", &t), OK);
	assert_true(t.flag);
	assert_int_equal(read_text(op, "more { flag = off }", &t), OK);
	assert_false(t.flag);
	assert_int_equal(read_text(op, "file { log = stderr }", &t), OK);
	assert_string_equal(t.log, "stderr");
	assert_int_equal(read_text(op, "file { size = 1048576 }", &t), OK);
	assert_int_equal(t.size, 1 << 20);
	assert_int_equal(read_text(op, "file { size = 1GiB }", &t), OK);
	assert_int_equal(t.size, 1 << 30);
	assert_int_equal(read_text(op, "more { list = one }", &t), OK);
	assert_string_equal(t.list[0], "one");
	assert_null(t.list[1]);
	/* a section may be continued: a script appends one */
	assert_int_equal(
		read_text(op, "more { flag = on }\nmore { list = x }", &t), OK);
	assert_true(t.flag);
	assert_string_equal(t.list[0], "x");
}

static void
a_mistake_is_told_with_its_line(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *says;
	} wrong[] = {
		/* clang-format off */
		{ "text = bad",                     1, "text is \"bad\"; it has to be anything else" },
		{ "\n\nmore { list = { a,\nbad } }", 4, "more.list is \"bad\"" },
		{ "text = a\n\ntext = b",           3, "text is there twice, also in line 1" },
		{ "more { list = {a} list = {b} }", 1, "more.list is there twice" },
		{ "more { flag=on }\nmore { flag=on }", 2, "more.flag is there twice" },
		{ "text = \"\"",                    1, "text is empty" },
		{ "file { path = '' }",             1, "file.path is empty" },
		{ "number = 0",                     1, "write a number from 1 to 100" },
		{ "number = 101",                   1, "write a number from 1 to 100" },
		{ "number = 0x10",                  1, "write a number" },
		{ "number = 1.5",                   1, "write a number" },
		{ "number = many",                  1, "write a number" },
		{ "number = -1",                    1, "write a number" },
		{ "number = \"\"",                  1, "write a number" },
		{ "number = { 1, 2 }",              1, "unexpected token" },
		{ "file { size = 511 }",            1, "write a size from 512 to 1GiB" },
		{ "file { size = 2GiB }",           1, "write a size" },
		{ "file { size = 1073741825 }",     1, "write a size" },
		{ "file { size = 99999999999GiB }", 1, "write a size" },
		{ "file { size = 1kb }",            1, "write a size" },
		{ "file { size = KiB }",            1, "write a size" },
		{ "more { flag = maybe }",          1, "write yes or no" },
		{ "more { flag = }",                1, "" },
		{ "more { fashion = yes }",         1, "write new or old" },
		{ "more { list = { } }",            1, "a list without a value" },
		{ "more { list = {\n# x\n} }",      3, "a list without a value" },
		{ "# c\n/* d\n*/ // e\n\nnone = 1", 5, "no such option 'none'" },
		{ "\nnone = 1",                     2, "no such option 'none'" },
		{ "none { text = 1 }",              1, "no such option 'none'" },
		{ "file { text = 1 }",              1, "no such option 'text'" },
		{ "path = x",                       1, "no such option 'path'" },
		{ "file { more { flag = on } }",    1, "no such option 'more'" },
		{ "file = x",                       1, "" },
		{ "text { }",                       1, "" },
		{ "text",                           1, "" },
		{ "text =",                         1, "" },
		{ "text = a b",                     1, "no such option 'b'" },
		{ "text a",                         1, "" },
		{ "= a",                            1, "" },
		{ "more {\n\tflag = on\n",          1, "{ is never closed" },
		{ "more { list = { a, b }",         1, "{ is never closed" },
		{ "more { list = { a, b",           1, "{ is never closed" },
		{ "more { flag = on }\n}",          2, "} closes nothing" },
		{ "text = \"a\n\"",                 1, "does not end on its line" },
		{ "text = 'a",                      1, "does not end on its line" },
		{ "\n/* text = a",                  2, "a comment begins here" },
		{ "\n/* text = a *",                2, "a comment begins here" },
		{ "text = ${HOME}",                 1, "${...} is not expanded" },
		{ "text = \"a${HOME}\"",            1, "${...} is not expanded" },
		{ "text = '${HOME}'",               1, "${...} is not expanded" },
		{ "text = \"a\\nb\"",               1, "\\ in a value" },
		{ "text = \"\\999\"",               1, "\\ in a value" },
		{ "text = '\\'",                    1, "\\ in a value" },
		{ "text = \"\\",                    1, "does not end on its line" },
		{ "text = a\\b",                    1, "in double quotes" },
		{ "text = *",                       1, "in double quotes" },
		{ "text += a",                      1, "in double quotes" },
		{ "include(\"x\")",                 1, "in double quotes" },
		{ "text = a\x01" "b",               1, "a control character" },
		{ "\ntext = \"\x7f\"",              2, "a control character" },
		{ "\n\ntext = caf\xe9",             3, "not UTF-8" },
		{ "text = \xc3",                    1, "not UTF-8" },
		{ "text = \xc0\x80",                1, "not UTF-8" },
		{ "text = \x80",                    1, "not UTF-8" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *start =
			op_print(op, "%s:%u: ", file, wrong[i].line);
		const char *row = wrong[i].text;
		struct things t;

		CHECK_ROW(row, read_text(op, row, &t) == ERR_INVALID);
		if (strncmp(op->reason, start, strlen(start)) != 0 ||
		    strstr(op->reason, wrong[i].says) == NULL)
			fail_msg("%s\n  gives: %s", row, op->reason);
		/* whatever the lexer was in, the next file is read */
		CHECK_ROW(row, read_text(op, "number = 9", &t) == OK);
		CHECK_ROW(row, t.number == 9);
	}
}

static void
a_nul_is_refused(void **state)
{
	static const char text[] = "text = a\0\nnumber = x\n";
	struct op *op = *state;
	unsigned line[COUNT(rows)];
	struct things t = { 0 };

	write_bytes(text, sizeof(text) - 1);
	assert_int_equal(conf_read(op, file, &table, op->arena, &t, line),
			 ERR_INVALID);
	assert_non_null(strstr(op->reason, ":1: a control character"));
}

/* A file of n bytes that sets the text in its last line. */
static enum err
read_large(struct op *op, size_t n, struct things *out)
{
	static const char last[] = "\ntext = a\n";
	char *text = malloc(n + 1);
	enum err err;

	assert_non_null(text);
	memset(text, '#', n);
	memcpy(text + n - (sizeof(last) - 1), last, sizeof(last));
	err = read_text(op, text, out);
	free(text);
	return err;
}

static void
a_file_a_value_and_a_list_have_their_limits(void **state)
{
	struct op *op = *state;
	struct things t;
	char value[CONF_VALUE_MAX + 32] = "text = \"";
	size_t n = strlen(value);
	char list[CONF_LIST_MAX * 3 + 64] = "more { list = { a";

	assert_int_equal(read_large(op, CONF_FILE_MAX, &t), OK);
	assert_string_equal(t.text, "a");
	assert_int_equal(read_large(op, CONF_FILE_MAX + 1, &t), ERR_INVALID);
	assert_non_null(strstr(op->reason, "larger than 256 KiB"));

	memset(value + n, 'v', CONF_VALUE_MAX);
	memcpy(value + n + CONF_VALUE_MAX, "\"", 2);
	assert_int_equal(read_text(op, value, &t), OK);
	assert_int_equal(strlen(t.text), CONF_VALUE_MAX);
	memcpy(value + n + CONF_VALUE_MAX, "v\"", 3);
	assert_int_equal(read_text(op, value, &t), ERR_INVALID);

	for (size_t i = 1; i < CONF_LIST_MAX; i++)
		strcat(list, ", a");
	strcat(list, " } }");
	assert_int_equal(read_text(op, list, &t), OK);
	assert_string_equal(t.list[CONF_LIST_MAX - 1], "a");
	assert_null(t.list[CONF_LIST_MAX]);
	memcpy(strchr(list, '}'), ", b}}", 6);
	assert_int_equal(read_text(op, list, &t), ERR_INVALID);
	assert_non_null(strstr(op->reason, "more than 256 values"));
}

static void
a_file_that_is_not_there_is_told_from_one_that_cannot_be_read(void **state)
{
	struct op *op = *state;
	unsigned line[COUNT(rows)];
	struct things t = { 0 };

	(void)unlink(file);
	assert_int_equal(conf_read(op, file, &table, op->arena, &t, line),
			 ERR_NOT_FOUND);
	assert_int_equal(conf_read(op, folder, &table, op->arena, &t, line),
			 ERR_DOWN);
	assert_non_null(strstr(op->reason, "is a folder; name the "));
}

static void
what_is_written_is_read(void **state)
{
	static const struct conf_value given[] = {
		{ "text", "a \"b\" \\c" }, { "number", "42" },
		{ "file.path", "p" },      { "more.flag", "yes" },
		{ "more.list", "x y z" },
	};
	struct op *op = *state;
	struct things t, plain;
	struct buf buf;

	buf_init(&buf, op, 1024, 64 * KIB);
	conf_write(&buf, &table, given, COUNT(given));
	assert_int_equal(buf_err(&buf), OK);
	assert_int_equal(read_text(op, buf_text(&buf), &t), OK);
	assert_string_equal(t.text, "a \"b\" \\c");
	assert_int_equal(t.number, 42);
	assert_string_equal(t.path, op_print(op, "%s/p", folder));
	assert_true(t.flag);
	assert_string_equal(t.list[2], "z");
	assert_int_equal(t.size, 1024);

	buf_init(&buf, op, 1024, 64 * KIB);
	conf_write(&buf, &table, NULL, 0);
	assert_int_equal(read_text(op, buf_text(&buf), &t), OK);
	assert_int_equal(read_text(op, "", &plain), OK);
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].name,
			  conf_same(&table, &rows[i], &t, &plain));
	assert_non_null(strstr(buf_text(&buf), "# path = \"some/where\"\n"));
}

static void
a_change_of_any_setting_is_seen(void **state)
{
	static const char *const texts[COUNT(rows)] = {
		"text = a",
		"number = 8",
		"file { path = x }",
		"file { log = stderr }",
		"file { size = 2KiB }",
		"more { flag = yes }",
		"more { fashion = new }",
		"more { list = { a, b, c } }",
	};
	struct op *op = *state;
	struct things plain, t;

	assert_int_equal(read_text(op, "", &plain), OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(texts[i], read_text(op, texts[i], &t) == OK);
		for (size_t k = 0; k < COUNT(rows); k++)
			CHECK_ROW(texts[i], conf_same(&table, &rows[k], &t,
						      &plain) == (k != i));
	}
	assert_int_equal(read_text(op, "more { list = a }", &t), OK);
	assert_false(conf_same(&table, &rows[7], &t, &plain));
	assert_false(conf_same(&table, &rows[7], &plain, &t));
}

static void
the_manual_names_every_setting(void **state)
{
	struct op *op = *state;
	const char *text;
	struct buf buf;

	buf_init(&buf, op, 1024, 64 * KIB);
	conf_manual(&buf, &table);
	text = buf_text(&buf);
	assert_non_null(strstr(text, ".It Ic text\nA text.\nAnd more.\n"));
	assert_non_null(strstr(text, ".Ss Section more\n.Bl -tag"));
	assert_non_null(strstr(text, "A number from 1 to 100.\n"));
	assert_non_null(strstr(text, ".Cm new\nor\n.Cm old .\n"));
	assert_non_null(strstr(text, "\n\\&.A list.\n"));
	assert_non_null(strstr(text, "Not set; for example\n.Ql some/where ."));
}

static void *
reader(void *arg)
{
	struct arena *arena = arena_open(64 * KIB);
	unsigned line[COUNT(rows)];
	struct op op;

	for (int i = 0; i < 50; i++) {
		struct things t = { 0 };

		arena_reset(arena);
		op_init(&op, arena, NULL, 1000);
		if (conf_read(&op, file, &table, arena, &t, line) == OK &&
		    t.number == 55 && strcmp(t.list[1], "q") == 0)
			++*(int *)arg;
	}
	arena_close(arena);
	return NULL;
}

static void
threads_read_at_the_same_time(void **state)
{
	pthread_t thread[4];
	int read[COUNT(thread)] = { 0 };
	struct things t;

	assert_int_equal(read_text(*state, "number=55 more{list={p,q}}", &t),
			 OK);
	for (size_t i = 0; i < COUNT(thread); i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, reader, &read[i]), 0);
	for (size_t i = 0; i < COUNT(thread); i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_int_equal(read[i], 50);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(an_empty_file_gives_the_presets),
		UNIT_TEST(every_setting_is_read),
		UNIT_TEST(a_value_has_more_than_one_spelling),
		UNIT_TEST(a_mistake_is_told_with_its_line),
		UNIT_TEST(a_nul_is_refused),
		UNIT_TEST(a_file_a_value_and_a_list_have_their_limits),
		UNIT_TEST(
			a_file_that_is_not_there_is_told_from_one_that_cannot_be_read),
		UNIT_TEST(what_is_written_is_read),
		UNIT_TEST(a_change_of_any_setting_is_seen),
		UNIT_TEST(the_manual_names_every_setting),
		UNIT_TEST(threads_read_at_the_same_time),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
