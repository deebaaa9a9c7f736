/* SPDX-License-Identifier: Apache-2.0 */
/* Locks children in and sees how they end. Not sanitized: see meson.build. */
#include "images/jail.h"

#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GOOD 7 /* the status of a child that did what it tried */

/* A child that enters the jail and calls `act`; its wait status. */
static int
locked(void (*act)(void))
{
	int ends[2], status = 0;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	jail_prepare();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (dup2(ends[1], STDIN_FILENO) < 0 || !jail_enter())
			_exit(1);
		act();
		_exit(GOOD);
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
try_open(void)
{
	(void)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
}

static void
try_socket(void)
{
	(void)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static void
try_exec(void)
{
	(void)syscall(SYS_execve, "/bin/true", NULL, NULL);
}

static void
try_clone(void)
{
	(void)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void
try_kill(void)
{
	(void)syscall(SYS_kill, getppid(), 0);
}

static void
try_ptrace(void)
{
	(void)syscall(SYS_ptrace, 0, 0, 0, 0);
}

static void
try_unlimit(void)
{
	(void)syscall(SYS_prlimit64, 0, RLIMIT_CPU, NULL, NULL);
}

static void
try_signals(void)
{
	(void)syscall(SYS_rt_sigaction, SIGALRM, NULL, NULL, 8);
}

static void
try_alarm(void)
{
	(void)syscall(SYS_setitimer, ITIMER_REAL, NULL, NULL);
}

static void
try_read_elsewhere(void)
{
	char c;

	(void)syscall(SYS_read, 1, &c, 1);
}

static void
try_write_elsewhere(void)
{
	(void)syscall(SYS_write, 2, "x", 1);
}

static void
try_code(void)
{
	(void)syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
try_map_a_file(void)
{
	(void)syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE, 0, 0);
}

static void
try_protect(void)
{
	static char page[4096];

	(void)syscall(SYS_mprotect, page, sizeof(page), PROT_EXEC);
}

static void
try_seccomp(void)
{
	(void)syscall(SYS_prctl, 22, 0, 0, 0, 0);
}

/* clang-format off */
static const struct { const char *name; void (*act)(void); } forbidden[] = {
	{ "opening a file", try_open },
	{ "a socket", try_socket },
	{ "another program", try_exec },
	{ "another process", try_clone },
	{ "a signal to another", try_kill },
	{ "looking into another process", try_ptrace },
	{ "touching the limits", try_unlimit },
	{ "catching a signal", try_signals },
	{ "stopping the clock", try_alarm },
	{ "reading from another descriptor", try_read_elsewhere },
	{ "writing to another descriptor", try_write_elsewhere },
	{ "memory for code", try_code },
	{ "memory from a file", try_map_a_file },
	{ "making memory code", try_protect },
	{ "touching the filter", try_seccomp },
};
/* clang-format on */

static void
every_call_that_is_not_listed_ends_the_process(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forbidden); i++) {
		int status = locked(forbidden[i].act);

		CHECK_ROW(forbidden[i].name, WIFSIGNALED(status));
		CHECK_ROW(forbidden[i].name, WTERMSIG(status) == SIGSYS);
	}
}

static void
take_memory(void)
{
	struct timespec now;
	char *p = malloc(500 * MIB), *q;

	if (p == NULL)
		_exit(2);
	memset(p, 1, 4096);
	q = malloc(200 * MIB); /* together beyond the limit */
	if (q != NULL)
		_exit(3);
	p = realloc(p, 520 * MIB);
	if (p == NULL || p[0] != 1)
		_exit(4);
	free(p);
	for (size_t i = 0; i < 1000; i++)
		free(malloc(i * 1000));
	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		_exit(5);
}

static void
memory_is_given_up_to_the_limit(void **state)
{
	int status = locked(take_memory);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), GOOD);
}

static void
use_the_socket(void)
{
	char c;

	/* Both ends are ours to lose: the other is closed. */
	if (read(STDIN_FILENO, &c, 1) != 0)
		_exit(2);
}

static void
only_the_callers_socket_is_open(void **state)
{
	int status = locked(use_the_socket);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), GOOD);
}

/* In /proc, where the kernel says what a process may still do. */
static void
the_limits_are_the_ones_promised(void **state)
{
	/* clang-format off */
	static const struct { const char *line; } rows[] = {
		{ "Max address space         671088640            671088640 " },
		{ "Max cpu time              14                   15 " },
		{ "Max open files            1                    1 " },
		{ "Max file size             0                    0 " },
		{ "Max core file size        0                    0 " },
		{ "Max processes             0                    0 " },
	};
	/* clang-format on */
	struct op *op = *state;
	char text[8192] = "";
	int ends[2], status;
	FILE *f;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char c = 'x';

		if (dup2(ends[1], STDIN_FILENO) < 0 || !jail_enter())
			_exit(1);
		if (write(STDIN_FILENO, &c, 1) != 1)
			_exit(2);
		_exit(read(STDIN_FILENO, &c, 1) == 1 ? GOOD : 3);
	}
	assert_int_equal(read(ends[0], text, 1), 1); /* it is inside */
	f = fopen(op_print(op, "/proc/%d/limits", (int)pid), "r");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	(void)fclose(f);
	assert_int_equal(write(ends[0], "x", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), GOOD);
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].line, strstr(text, rows[i].line) != NULL);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(every_call_that_is_not_listed_ends_the_process),
		UNIT_TEST(memory_is_given_up_to_the_limit),
		UNIT_TEST(only_the_callers_socket_is_open),
		UNIT_TEST(the_limits_are_the_ones_promised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
