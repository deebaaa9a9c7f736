/* SPDX-License-Identifier: Apache-2.0 */

/* With programs that speak as nginx does; the real one is asked end to end. */
#include "cli/cli_unit.h"

#include "verbs/check/check_parts.h"

/* A program of this shell text. */
static const char *
program(struct op *op, const char *text)
{
	const char *path = unit_path(op, "nginx");
	const char *all = op_print(op, "#!/bin/sh\n%s\n", text);

	unit_file(path, all, strlen(all));
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

static void
what_nginx_says_of_a_module_is_told(void **state)
{
	static const struct {
		const char *name, *text;
		enum err err;
		const char *said;
	} rows[] = {
		/* clang-format off */
		{ "it loads", "exit 0", OK, NULL },
		{ "another version",
		  "echo '2026/11/22 01:02:03 [emerg] 77#77: module \"m.so\" version 1018000 instead of 1022001 in /c:1' >&2; exit 1",
		  ERR_INVALID, ": module \"m.so\" version 1018000 instead of 1022001 in /c:1;" },
		{ "two lines", "echo 'first'; echo 'second'; exit 1", ERR_INVALID, ": first;" },
		{ "silent", "exit 3", ERR_INVALID, "does not load m.so" },
		{ "killed", "kill -9 $$", ERR_INVALID, "does not load m.so" },
		{ "much to say", "i=0; while [ $i -lt 9000 ]; do echo 'a line that nobody reads'; i=$((i+1)); done; exit 1",
		  ERR_INVALID, "a line that nobody reads" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *nginx = program(op, rows[i].text);

		CHECK_ROW(rows[i].name,
			  check_module(op, nginx, "m.so", "/") == rows[i].err);
		CHECK_ROW(rows[i].name,
			  rows[i].said == NULL ||
				  strstr(op->reason, rows[i].said) != NULL);
	}
}

static void
nginx_is_given_the_module_and_nothing_else(void **state)
{
	struct op *op = *state;
	const char *seen = unit_path(op, "seen");
	const char *nginx = program(op, op_print(op,
						 "shift 6; [ \"$1\" = -c ] || "
						 "exit 1\ncat \"$2\" >%s",
						 seen));

	assert_int_equal(check_module(op, nginx, "/a/m.so", "/"), OK);
	assert_string_equal(unit_said(op, seen), "load_module /a/m.so;\n"
						 "pid /dev/null;\n"
						 "error_log stderr;\n"
						 "events {}\n");
}

static void
an_nginx_that_is_not_there_is_told(void **state)
{
	struct op *op = *state;

	assert_int_equal(check_module(op, "/no/such/nginx", "m.so", "/"),
			 ERR_INVALID);
	assert_non_null(strstr(op->reason, "/no/such/nginx does not load"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(what_nginx_says_of_a_module_is_told),
		UNIT_TEST(nginx_is_given_the_module_and_nothing_else),
		UNIT_TEST(an_nginx_that_is_not_there_is_told),
	};

	return cmocka_run_group_tests(tests, unit_folder_make,
				      unit_folder_remove);
}
