/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_unit.h"

#include "verbs/transfer/porter.h"

static struct porter *
porter(struct op *op, const char *name)
{
	struct porter *p;

	assert_int_equal(porter_open(op, unit_path(op, name), true, &p), OK);
	return p;
}

static void
what_lies_in_the_folder_is_opened_and_nothing_else(void **state)
{
	static const struct {
		const char *name;
		enum err err;
	} rows[] = {
		/* clang-format off */
		{ "file", OK }, { "sub/file", OK }, { "link", OK },
		{ "sub/up", OK }, { "./file", OK }, { "sub/../file", OK },
		{ "none", ERR_NOT_FOUND }, { "file/x", ERR_NOT_FOUND },
		{ "", ERR_NOT_FOUND }, { "broken", ERR_NOT_FOUND },
		{ "out", ERR_INVALID }, { "../outside", ERR_INVALID },
		{ "sub/../../outside", ERR_INVALID }, { "/etc/passwd", ERR_INVALID },
		{ "parent/outside", ERR_INVALID }, { "sub", ERR_INVALID },
		{ "pipe", ERR_INVALID }, { "loop", ERR_INVALID },
		/* clang-format on */
	};
	struct op *op = *state;
	struct porter *p;

	unit_file(unit_path(op, "outside"), "x", 1);
	p = porter(op, "porter");
	assert_int_equal(mkdir(unit_path(op, "porter/sub"), 0700), 0);
	unit_file(unit_path(op, "porter/file"), "x", 1);
	unit_file(unit_path(op, "porter/sub/file"), "x", 1);
	assert_int_equal(mkfifo(unit_path(op, "porter/pipe"), 0600), 0);
	assert_int_equal(symlink("file", unit_path(op, "porter/link")), 0);
	assert_int_equal(symlink("../file", unit_path(op, "porter/sub/up")), 0);
	assert_int_equal(symlink("gone", unit_path(op, "porter/broken")), 0);
	assert_int_equal(symlink("../outside", unit_path(op, "porter/out")), 0);
	assert_int_equal(symlink("..", unit_path(op, "porter/parent")), 0);
	assert_int_equal(symlink("loop", unit_path(op, "porter/loop")), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes bytes = { 0 };
		int fd = -1;
		enum err err = porter_read(p, op, rows[i].name, &fd);

		CHECK_ROW(rows[i].name, err == rows[i].err);
		if (err == OK)
			CHECK_ROW(rows[i].name,
				  porter_take(op, fd, 9, &bytes) == OK &&
					  bytes.n == 1);
	}
	porter_close(p);
}

static void
a_file_is_taken_up_to_its_limit(void **state)
{
	struct op *op = *state;
	struct porter *p = porter(op, "limit");
	struct bytes bytes;
	int fd;

	unit_file(unit_path(op, "limit/ten"), "0123456789", 10);
	unit_file(unit_path(op, "limit/none"), "", 0);
	assert_int_equal(porter_read(p, op, "ten", &fd), OK);
	assert_int_equal(porter_take(op, fd, 10, &bytes), OK);
	assert_int_equal(bytes.n, 10);
	assert_memory_equal(bytes.p, "0123456789", 10);
	assert_int_equal(porter_read(p, op, "ten", &fd), OK);
	assert_int_equal(porter_take(op, fd, 9, &bytes), ERR_LIMIT);
	assert_int_equal(porter_read(p, op, "none", &fd), OK);
	assert_int_equal(porter_take(op, fd, 9, &bytes), OK);
	assert_int_equal(bytes.n, 0);
	porter_close(p);
}

static void
files_are_made_only_in_the_folder_and_over_none(void **state)
{
	static const char *const bad[] = { "",     ".",   "..",
					   "../x", "a/b", "/tmp/x" };
	struct op *op = *state;
	struct porter *p = porter(op, "made");
	struct stat st;
	int fd;

	assert_int_equal(porter_make(p, op, "new", 0600, &fd), OK);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(lstat(unit_path(op, "made/new"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(porter_make(p, op, "new", 0600, &fd), ERR_CONFLICT);
	assert_int_equal(symlink("../outside2", unit_path(op, "made/link")), 0);
	assert_int_equal(porter_make(p, op, "link", 0600, &fd), ERR_CONFLICT);
	for (size_t i = 0; i < COUNT(bad); i++) {
		CHECK_ROW(bad[i], porter_make(p, op, bad[i], 0600, &fd) != OK);
		CHECK_ROW(bad[i], porter_remove(p, op, bad[i]) != OK);
		CHECK_ROW(bad[i], porter_rename(p, op, "new", bad[i]) != OK);
	}
	assert_int_equal(porter_rename(p, op, "new", "old"), OK);
	assert_false(unit_exists(unit_path(op, "made/new")));
	assert_int_equal(porter_remove(p, op, "old"), OK);
	assert_int_equal(porter_remove(p, op, "old"), ERR_NOT_FOUND);
	porter_close(p);
}

static void
a_name_has_so_many_bytes(void **state)
{
	struct op *op = *state;
	struct porter *p = porter(op, "long");
	char *name = op_alloc(op, PORTER_NAME_MAX + 2);
	int fd;

	for (size_t i = 0; i < PORTER_NAME_MAX; i++)
		name[i] = i % 2 == 0 ? 'a' : '/';
	assert_int_equal(porter_read(p, op, name, &fd), ERR_NOT_FOUND);
	name[PORTER_NAME_MAX] = 'a';
	assert_int_equal(porter_read(p, op, name, &fd), ERR_LIMIT);
	porter_close(p);
}

static void
a_folder_has_to_be_there_unless_it_may_be_made(void **state)
{
	struct op *op = *state;
	const char *dir = unit_path(op, "absent");
	struct porter *p;

	assert_int_equal(porter_open(op, dir, false, &p), ERR_NOT_FOUND);
	assert_int_equal(porter_open(op, dir, true, &p), OK);
	porter_close(p);
	porter_close(NULL);
	assert_int_equal(porter_open(op, dir, false, &p), OK);
	porter_close(p);
	unit_file(unit_path(op, "plain"), "", 0);
	assert_int_equal(porter_open(op, unit_path(op, "plain"), true, &p),
			 ERR_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(what_lies_in_the_folder_is_opened_and_nothing_else),
		UNIT_TEST(a_file_is_taken_up_to_its_limit),
		UNIT_TEST(files_are_made_only_in_the_folder_and_over_none),
		UNIT_TEST(a_name_has_so_many_bytes),
		UNIT_TEST(a_folder_has_to_be_there_unless_it_may_be_made),
	};

	return cmocka_run_group_tests(tests, unit_folder_make,
				      unit_folder_remove);
}
