/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "main/parts.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/frontdesk-parts-XXXXXX";

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static void
file_make(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0700);

	assert_true(fd >= 0);
	close(fd);
}

static void
the_module_is_where_the_setting_says(void **state)
{
	struct op *op = *state;
	const char *path = op_print(op, "%s/%s", dir, PART_MODULE);
	const char *out;

	assert_int_equal(part_module(op, dir, &out), ERR_NOT_FOUND);
	assert_non_null(strstr(op->reason, dir));
	file_make(path);
	assert_int_equal(part_module(op, dir, &out), OK);
	assert_string_equal(out, path);
	assert_int_equal(unlink(path), 0);
}

/* The test's own program stands for frontdesk: the worker lies in the same
 * build folder, or there is none, and then the reason says where it was
 * looked for. */
static void
a_part_beside_the_program_is_found_first(void **state)
{
	struct op *op = *state;
	const char *self, *out, *beside;

	assert_int_equal(part_self(op, &self), OK);
	assert_int_equal(self[0], '/');
	beside = op_print(op, "%.*s/%s", (int)(strrchr(self, '/') - self), self,
			  PART_IMAGE);
	if (access(beside, F_OK) == 0) {
		assert_int_equal(part_image(op, &out), OK);
		assert_string_equal(out, beside);
	} else if (part_image(op, &out) != OK) {
		assert_non_null(strstr(op->reason, PART_IMAGE));
		assert_non_null(strstr(op->reason, self));
	}
}

static void
nginx_is_looked_for_on_the_path_and_in_sbin(void **state)
{
	static const struct {
		const char *row, *set, *path,
			*name; /* name: of the file made */
		bool found;
	} rows[] = {
		/* clang-format off */
		{ "named",                 "/x/nginx", "",         NULL,    true },
		{ "named, but relative",   "x/nginx",  "%s",       "nginx", true },
		{ "on PATH",               NULL,       "%s",       "nginx", true },
		{ "on PATH, second",       NULL,       "/none:%s", "nginx", true },
		{ "behind an empty entry", NULL,       ":%s",      "nginx", true },
		/* clang-format on */
	};
	const char *kept = getenv("PATH");
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *made = op_print(op, "%s/nginx", dir);
		const char *out = "", *path;

		path = strchr(rows[i].path, '%') == NULL
			       ? rows[i].path
			       : op_print(op, "%.*s%s",
					  (int)(strchr(rows[i].path, '%') -
						rows[i].path),
					  rows[i].path, dir);
		if (rows[i].name != NULL)
			file_make(made);
		if (rows[i].set != NULL)
			setenv("FRONTDESK_NGINX", rows[i].set, 1);
		setenv("PATH", path, 1);
		CHECK_ROW(rows[i].row,
			  (part_nginx(op, &out) == OK) == rows[i].found);
		CHECK_ROW(rows[i].row,
			  strcmp(out, rows[i].name == NULL ? rows[i].set
							   : made) == 0);
		unsetenv("FRONTDESK_NGINX");
		if (rows[i].name != NULL)
			assert_int_equal(unlink(made), 0);
	}
	if (kept != NULL)
		setenv("PATH", kept, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_module_is_where_the_setting_says),
		UNIT_TEST(a_part_beside_the_program_is_found_first),
		UNIT_TEST(nginx_is_looked_for_on_the_path_and_in_sbin),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
