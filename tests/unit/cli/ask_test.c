/* SPDX-License-Identifier: Apache-2.0 */

/* Questions on a pseudo-terminal, whose other end is the person. */
#include "unit.h"

#include "cli/ask.h"

#include <pty.h>
#include <stdio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define SCREEN_MAX 4096

/* What the child says of its question. */
enum { SAID_OK = 10 };

static int
ask_child(int kind)
{
	struct op op;
	const char *password = NULL;
	enum err err;

	op_init(&op, arena_open(KIB), NULL, 1000);
	if (kind == 'p')
		err = ask_password(&op, "ada@example.com", &password);
	else
		err = ask_sure(&op, "Remove it?");
	if (err == OK && password != NULL && strcmp(password, "secret") != 0)
		return 99;
	return err == OK ? SAID_OK : (int)err;
}

struct answer {
	int status;
	char screen[SCREEN_MAX]; /* all that the person sees */
};

/* Reads the screen until `wanted` stands on it or it is closed. */
static bool
screen_wait(int terminal, struct answer *out, const char *wanted)
{
	size_t n = strlen(out->screen);

	while (wanted == NULL || strstr(out->screen, wanted) == NULL) {
		ssize_t got =
			read(terminal, out->screen + n, SCREEN_MAX - 1 - n);

		if (got <= 0)
			return false;
		n += (size_t)got;
		out->screen[n] = '\0';
	}
	return true;
}

/* Each line is typed when its prompt is there, so that none is echoed by a
 * terminal that was not asked yet. */
static void
person(int kind, const char *const *prompts, const char *const *lines,
       struct answer *out)
{
	int terminal, status;
	pid_t pid = forkpty(&terminal, NULL, NULL, NULL);

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(ask_child(kind));
	*out = (struct answer){ 0 };
	for (size_t i = 0; prompts[i] != NULL; i++) {
		if (!screen_wait(terminal, out, prompts[i]))
			break;
		assert_int_equal(write(terminal, lines[i], strlen(lines[i])),
				 strlen(lines[i]));
	}
	(void)screen_wait(terminal, out, NULL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	out->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	assert_int_equal(close(terminal), 0);
}

static void
a_password_is_asked_for_twice_and_not_shown(void **state)
{
	static const char *const prompts[] = {
		"New password of ada@example.com: ", "Once more: ", NULL
	};
	static const struct {
		const char *name;
		const char *lines[2];
		int status;
	} rows[] = {
		/* clang-format off */
		{ "the same", { "secret\n", "secret\n" }, SAID_OK },
		{ "another", { "secret\n", "Secret\n" }, ERR_INVALID },
		{ "Latin-1", { "Zo\xeb\n", "Zo\xeb\n" }, ERR_INVALID },
		{ "end of input", { "\x04", "" }, ERR_INVALID },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answer answer;

		person('p', prompts, rows[i].lines, &answer);
		CHECK_ROW(rows[i].name, answer.status == rows[i].status);
		CHECK_ROW(rows[i].name, strstr(answer.screen, "ecret") == NULL);
	}
}

static void
only_yes_is_yes(void **state)
{
	static const char *const prompts[] = { "Remove it? [y/N] ", NULL };
	static const struct {
		const char *line;
		int status;
	} rows[] = {
		{ "y\n", SAID_OK },      { "Y\n", SAID_OK },
		{ "yes\n", SAID_OK },    { "\n", ERR_DENIED },
		{ "n\n", ERR_DENIED },   { "yess\n", ERR_DENIED },
		{ "\x04", ERR_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *lines[] = { rows[i].line };
		struct answer answer;

		person('s', prompts, lines, &answer);
		CHECK_ROW(rows[i].line, answer.status == rows[i].status);
	}
}

static void
nobody_is_asked_where_there_is_no_terminal(void **state)
{
	struct op *op = *state;

	if (freopen("/dev/null", "r", stdin) == NULL)
		fail();
	assert_false(ask_possible());
	assert_int_equal(ask_sure(op, "Remove it?"), ERR_DENIED);
	assert_non_null(strstr(op->reason, "--yes"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_password_is_asked_for_twice_and_not_shown),
		UNIT_TEST(only_yes_is_yes),
		UNIT_TEST(nobody_is_asked_where_there_is_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
