/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "serve/serve_part.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND_US INT64_C(1000000)

static void
what_keeps_dying_is_started_ever_later(void **state)
{
	static const struct {
		unsigned failures; /* before this one */
		int64_t ran_s, pause_s;
	} rows[] = {
		{ 0, 1, 0 },   { 1, 1, 1 },    { 2, 1, 2 },   { 3, 1, 4 },
		{ 4, 1, 8 },   { 5, 1, 16 },   { 6, 1, 32 },  { 7, 1, 60 },
		{ 40, 1, 60 }, { 40, 59, 60 }, { 40, 60, 0 }, { 1, 3600, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct part part = { .pid = 1,
				     .started_us = 5 * SECOND_US,
				     .failures = rows[i].failures };
		int64_t now_us = part.started_us + rows[i].ran_s * SECOND_US;

		part_ended(&part, now_us);
		assert_int_equal(part.pid, 0);
		assert_int_equal(part.again_us - now_us,
				 rows[i].pause_s * SECOND_US);
		assert_true(part.failures > 0);
	}
}

/* $1 is to be what the descriptor says. */
static const char script[] = "read line <&3 && test \"$line\" = \"$1\" && "
			     "test \"$KEY\" = value && test -z \"$NGINX\"";

static void
a_program_gets_its_descriptor_and_environment(void **state)
{
	static const char *const env[] = { "KEY=value", NULL };
	static const char *const argv[] = { "sh", "-c",    script,
					    "sh", "hello", NULL };
	struct part_start start = { .program = "/bin/sh",
				    .argv = argv,
				    .env = env };
	struct op *op = *state;
	int fds[2];
	pid_t pid;

	setenv("NGINX", "3;4;", 1);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "hello\n", 6), 6);
	start.fd = fds[0];
	assert_int_equal(part_spawn(op, &start, &pid), OK);
	assert_int_equal(part_wait(pid, 10000), 0);
	close(fds[0]);
	close(fds[1]);
	unsetenv("NGINX");
}

static void
what_is_not_there_is_not_started(void **state)
{
	const struct part_start start = { .program = "/nonexistent/x",
					  .fd = -1 };
	struct op *op = *state;
	pid_t pid;

	assert_int_equal(part_spawn(op, &start, &pid), ERR_NOT_FOUND);
	assert_non_null(strstr(op->reason, "/nonexistent/x"));
}

static int
run_seven(int fd)
{
	return fd + 7;
}

static int
run_for_ever(int fd)
{
	for (;;)
		(void)pause();
	return fd;
}

static void
a_function_of_ours_runs_as_a_part(void **state)
{
	const struct part_start start = { .run = run_seven, .fd = -1 };
	pid_t pid;

	assert_int_equal(part_spawn(*state, &start, &pid), OK);
	assert_int_equal(part_wait(pid, 10000), 6);
}

static void
what_does_not_end_in_time_is_killed(void **state)
{
	const struct part_start start = { .run = run_for_ever, .fd = -1 };
	pid_t pid;

	assert_int_equal(part_spawn(*state, &start, &pid), OK);
	assert_int_equal(part_wait(pid, 20), -1);
	assert_int_equal(kill(pid, 0), -1);
}

/* A middle process starts a part and is killed. */
static void
a_part_dies_with_who_started_it(void **state)
{
	const struct part_start start = { .run = run_for_ever, .fd = -1 };
	struct op *op = *state;
	pid_t middle, part = 0;
	int fds[2];
	char end;

	assert_int_equal(pipe(fds), 0);
	middle = fork();
	if (middle == 0) {
		if (part_spawn(op, &start, &part) != OK ||
		    write(fds[1], &part, sizeof(part)) != sizeof(part))
			_exit(1);
		for (;;)
			(void)pause();
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &part, sizeof(part)), sizeof(part));
	assert_int_equal(kill(middle, SIGKILL), 0);
	assert_int_equal(waitpid(middle, NULL, 0), middle);
	/* The part holds the pipe's other end as long as it lives. */
	assert_int_equal(read(fds[0], &end, 1), 0);
	close(fds[0]);
}

static void
signals_are_as_at_the_start_of_a_program(void **state)
{
	static const char *const argv[] = { "sh", "-c",
					    "kill -TERM $$; sleep 10", NULL };
	const struct part_start start = { .program = "/bin/sh",
					  .argv = argv,
					  .fd = -1 };
	sigset_t block, before;
	int status = 0;
	pid_t pid;

	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &block, &before), 0);
	(void)signal(SIGTERM, SIG_IGN);
	assert_int_equal(part_spawn(*state, &start, &pid), OK);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_string_equal(part_status(*state, status), "signal 15");
	(void)signal(SIGTERM, SIG_DFL);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(what_keeps_dying_is_started_ever_later),
		UNIT_TEST(a_program_gets_its_descriptor_and_environment),
		UNIT_TEST(what_is_not_there_is_not_started),
		UNIT_TEST(a_function_of_ours_runs_as_a_part),
		UNIT_TEST(what_does_not_end_in_time_is_killed),
		UNIT_TEST(a_part_dies_with_who_started_it),
		UNIT_TEST(signals_are_as_at_the_start_of_a_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
