/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_unit.h"

#include "cli/file.h"

#define MOST 100000 /* more than one reading takes */

/* n letters. */
static struct bytes
letters(struct op *op, size_t n)
{
	uint8_t *p = op_alloc(op, n + 1);

	memset(p, 'x', n);
	return (struct bytes){ p, n };
}

static void
a_file_is_read_up_to_its_limit(void **state)
{
	static const struct {
		const char *name;
		size_t n;
		enum err err;
	} rows[] = {
		{ "empty", 0, OK },
		{ "one byte", 1, OK },
		{ "a whole reading", 65536, OK },
		{ "as long as may be", MOST, OK },
		{ "one too long", MOST + 1, ERR_LIMIT },
		{ "much too long", 3 * MOST, ERR_LIMIT },
	};
	struct op *op = *state;
	const char *path = unit_path(op, "in");

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes in = letters(op, rows[i].n), out;

		unit_file(path, in.p, in.n);
		CHECK_ROW(rows[i].name,
			  file_read(op, path, MOST, &out) == rows[i].err);
		if (rows[i].err != OK)
			continue;
		CHECK_ROW(rows[i].name, out.n == in.n);
		CHECK_ROW(rows[i].name, memcmp(out.p, in.p, in.n) == 0);
	}
	assert_string_equal(
		op->reason,
		op_print(op, "%s: it is longer than %d bytes", path, MOST));
}

static void
what_is_wrong_with_a_file_is_told_apart(void **state)
{
	struct op *op = *state;
	struct bytes out;

	assert_int_equal(file_read(op, unit_path(op, "never"), 1, &out),
			 ERR_NOT_FOUND);
	assert_int_equal(file_read(op, unit_path(op, "in/never"), 1, &out),
			 ERR_NOT_FOUND);
	assert_int_equal(file_read(op, unit_folder, 1, &out), ERR_INVALID);
	assert_non_null(strstr(op->reason, unit_folder));
}

static void
a_text_is_utf8(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t n;
		enum err err;
	} rows[] = {
		{ "letters", "Zo\xc3\xab\n", 5, OK },
		{ "empty", "", 0, OK },
		{ "Latin-1", "Zo\xeb", 3, ERR_INVALID },
		{ "a NUL", "a\0b", 3, ERR_INVALID },
	};
	struct op *op = *state;
	const char *path = unit_path(op, "text");

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text;

		unit_file(path, rows[i].bytes, rows[i].n);
		CHECK_ROW(rows[i].name,
			  file_text(op, path, 10, &text) == rows[i].err);
		if (rows[i].err == OK)
			CHECK_ROW(rows[i].name,
				  strcmp(text, rows[i].bytes) == 0);
	}
}

/* Standard input is this file until the next call. */
static void
stdin_is(struct op *op, const char *bytes, size_t n)
{
	const char *path = unit_path(op, "stdin");
	int fd;

	unit_file(path, bytes, n);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(close(fd), 0);
}

static void
a_line_is_the_first_of_standard_input(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t n;
		enum err err;
		const char *line;
	} rows[] = {
		/* clang-format off */
		{ "one", "secret\n", 7, OK, "secret" },
		{ "without its end", "secret", 6, OK, "secret" },
		{ "of Windows", "secret\r\n", 8, OK, "secret" },
		{ "spaces count", " a b \nc\n", 8, OK, " a b " },
		{ "as long as may be", "1234567890\n", 11, OK, "1234567890" },
		{ "one too long", "12345678901\n", 12, ERR_LIMIT, NULL },
		{ "nothing", "", 0, ERR_INVALID, NULL },
		{ "empty", "\nsecond\n", 8, ERR_INVALID, NULL },
		{ "Latin-1", "Zo\xeb\n", 4, ERR_INVALID, NULL },
		{ "a NUL", "a\0b\n", 4, ERR_INVALID, NULL },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *line = NULL;

		stdin_is(*state, rows[i].bytes, rows[i].n);
		CHECK_ROW(rows[i].name,
			  file_line(*state, 10, &line) == rows[i].err);
		CHECK_ROW(rows[i].name,
			  rows[i].err != OK || strcmp(line, rows[i].line) == 0);
	}
}

static void
what_is_behind_the_line_stays_unread(void **state)
{
	struct op *op = *state;
	const char *line;
	struct bytes rest;

	stdin_is(op, "first\nsecond", 12);
	assert_int_equal(file_line(op, 10, &line), OK);
	assert_int_equal(file_read(op, "-", 10, &rest), OK);
	assert_int_equal(rest.n, 6);
	assert_memory_equal(rest.p, "second", 6);
}

static void
a_file_is_replaced_in_one_step(void **state)
{
	struct op *op = *state;
	const char *path = unit_path(op, "put");
	struct bytes out;
	struct stat st;

	assert_int_equal(file_put(op, path, 0600, bytes_of("one")), OK);
	assert_int_equal(file_put(op, path, 0644, bytes_of("two!")), OK);
	assert_int_equal(file_read(op, path, 100, &out), OK);
	assert_int_equal(out.n, 4);
	assert_memory_equal(out.p, "two!", 4);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_false(unit_exists(unit_path(op, "put.new")));
}

static void
a_failed_replacement_leaves_the_old_file(void **state)
{
	struct op *op = *state;
	const char *folder = unit_path(op, "taken");

	/* A folder cannot be replaced by a file. */
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_not_equal(file_put(op, folder, 0600, bytes_of("x")), OK);
	assert_true(unit_exists(folder));
	assert_false(unit_exists(unit_path(op, "taken.new")));
	assert_int_equal(
		file_put(op, unit_path(op, "no/such"), 0600, bytes_of("x")),
		ERR_NOT_FOUND);
}

static void
a_full_disk_is_told(void **state)
{
	struct op *op = *state;

	assert_int_equal(file_write(op, "/dev/full", letters(op, 10)),
			 ERR_DOWN);
	assert_string_equal(op->reason,
			    "/dev/full: writing: No space left on device");
	assert_int_equal(file_write(op, "/dev/null", letters(op, 10)), OK);
}

static void
a_copy_never_overwrites(void **state)
{
	struct op *op = *state;
	const char *from = unit_path(op, "from"), *to = unit_path(op, "to");
	struct bytes in = letters(op, 200000), out;
	struct stat st;

	unit_file(from, in.p, in.n);
	assert_int_equal(file_copy(op, from, to, 0600), OK);
	assert_int_equal(file_read(op, to, 200000, &out), OK);
	assert_int_equal(out.n, in.n);
	assert_memory_equal(out.p, in.p, in.n);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	unit_file(from, "other", 5);
	assert_int_equal(file_copy(op, from, to, 0600), ERR_INVALID);
	assert_int_equal(file_read(op, to, 200000, &out), OK);
	assert_int_equal(out.n, in.n);
}

static void
a_copy_that_fails_leaves_nothing(void **state)
{
	struct op *op = *state;
	const char *to = unit_path(op, "nothing");

	assert_int_equal(file_copy(op, unit_path(op, "never"), to, 0600),
			 ERR_NOT_FOUND);
	assert_int_equal(file_copy(op, unit_folder, to, 0600), ERR_INVALID);
	assert_false(unit_exists(to));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_file_is_read_up_to_its_limit),
		UNIT_TEST(what_is_wrong_with_a_file_is_told_apart),
		UNIT_TEST(a_text_is_utf8),
		UNIT_TEST(a_line_is_the_first_of_standard_input),
		UNIT_TEST(what_is_behind_the_line_stays_unread),
		UNIT_TEST(a_file_is_replaced_in_one_step),
		UNIT_TEST(a_failed_replacement_leaves_the_old_file),
		UNIT_TEST(a_full_disk_is_told),
		UNIT_TEST(a_copy_never_overwrites),
		UNIT_TEST(a_copy_that_fails_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, unit_folder_make,
				      unit_folder_remove);
}
