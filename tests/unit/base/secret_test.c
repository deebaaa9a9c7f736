/* SPDX-License-Identifier: Apache-2.0 */
/* A password is the first line of its file, and nothing else. */
#include "unit.h"

#include "base/secret.h"

#include <stdio.h>
#include <unistd.h>

static const char *
file_of(struct op *op, const char *text, size_t n)
{
	char *path = op_dup(op, "/tmp/frontdesk-secret-XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	close(fd);
	return path;
}

static void
the_first_line_is_the_password(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* NULL: there is none */
	} rows[] = {
		{ "secret", "secret" },
		{ "secret\n", "secret" },
		{ "secret\r\n", "secret" },
		{ "secret\nand more\n", "secret" },
		{ " with blanks \n", " with blanks " },
		{ "", NULL },
		{ "\nsecret\n", NULL },
		{ "\r\n", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *path =
			file_of(*state, rows[i].text, strlen(rows[i].text));
		const char *got = NULL;
		enum err err = secret_read(*state, path, &got);

		unlink(path);
		CHECK_ROW(rows[i].text,
			  err == (rows[i].want == NULL ? ERR_DENIED : OK));
		CHECK_ROW(rows[i].text, unit_same(got, rows[i].want));
	}
}

static void
a_password_has_a_limit(void **state)
{
	char text[SECRET_MAX + 4];

	for (int more = 0; more < 3; more++) {
		size_t n = SECRET_MAX + (size_t)(more > 0);
		const char *path, *got = NULL;
		enum err err;

		memset(text, 'x', n);
		memcpy(text + n, "\r\n", 2);
		path = file_of(*state, text, n + (more > 1 ? 0 : 2));
		err = secret_read(*state, path, &got);
		unlink(path);
		assert_int_equal(err, more == 0 ? OK : ERR_DENIED);
		if (more == 0)
			assert_int_equal(strlen(got), SECRET_MAX);
	}
}

static void
a_file_that_is_not_there_is_named(void **state)
{
	struct op *op = *state;
	const char *got;

	assert_int_equal(secret_read(op, "/nowhere/secret", &got), ERR_DENIED);
	assert_non_null(strstr(op->reason, "/nowhere/secret: No such file"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_first_line_is_the_password),
		UNIT_TEST(a_password_has_a_limit),
		UNIT_TEST(a_file_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
