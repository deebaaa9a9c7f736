/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/serve_part.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define POLL_MS 5        /* between two looks at a process that is waited for */
#define EXIT_NO_PART 126 /* of a child that could not become its program */

static void
signals_reset(void)
{
	static const int ours[] = { SIGTERM, SIGINT,  SIGHUP,
				    SIGUSR1, SIGCHLD, SIGPIPE };
	sigset_t none;

	for (size_t i = 0; i < COUNT(ours); i++)
		(void)signal(ours[i], SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* From here on it dies with us; also when we have died meanwhile. Behind the
 * change of identity, which would undo it. */
static void
bind_to_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(EXIT_NO_PART);
}

static void
child_env(const char *const *env)
{
	/* nginx would take it for sockets that it inherits. */
	(void)unsetenv("NGINX");
	for (; env != NULL && *env != NULL; env++) {
		char *one = strdup(*env);

		if (one == NULL || putenv(one) != 0)
			_exit(EXIT_NO_PART);
	}
}

/* By its path, so that it has its name; else as who we were opened it, for its
 * folder may bar the user. */
static _Noreturn void
child_exec(const struct part_start *start, int program)
{
	char *const *argv;

	assert(start->program != NULL);
	memcpy(&argv, &start->argv, sizeof(argv)); /* they stay as they are */
	(void)execv(start->program, argv);
	(void)fexecve(program, argv, environ);
	_exit(EXIT_NO_PART);
}

static _Noreturn void
child_run(const struct part_start *start, int program, pid_t parent)
{
	struct arena *arena = arena_open(0);
	struct op op;

	op_init(&op, arena, NULL, 0);
	if (start->user != NULL && user_become(&op, start->user) != OK)
		_exit(EXIT_NO_PART);
	bind_to_parent(parent);
	signals_reset();
	if (start->close_fd > 0)
		close(start->close_fd);
	if (start->run != NULL)
		_exit(start->run(start->fd));
	child_env(start->env);
	if (start->fd >= 0 && start->fd != PART_FD &&
	    dup2(start->fd, PART_FD) < 0)
		_exit(EXIT_NO_PART);
	if (start->fd == PART_FD)
		(void)fcntl(PART_FD, F_SETFD, 0);
	child_exec(start, program);
}

/* Above the descriptors that a program is given. */
static int
program_open(const char *path)
{
	int low = open(path, O_PATH | O_CLOEXEC);
	int high;

	if (low < 0)
		return -1;
	high = fcntl(low, F_DUPFD_CLOEXEC, PART_FD + 1);
	close(low);
	return high;
}

enum err
part_spawn(struct op *op, const struct part_start *start, pid_t *out)
{
	pid_t parent = getpid(), pid;
	int program = -1;

	if (start->program != NULL) {
		program = program_open(start->program);
		if (program < 0)
			return FAIL(op, ERR_NOT_FOUND, "%s: %s", start->program,
				    strerror(errno));
	}
	pid = fork();
	if (pid == 0)
		child_run(start, program, parent);
	if (program >= 0)
		close(program);
	if (pid < 0)
		return FAIL(op, ERR_DOWN, "fork: %s", strerror(errno));
	*out = pid;
	return OK;
}

int
part_wait(pid_t pid, unsigned timeout_ms)
{
	const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
	int64_t until = op_clock_us() + (int64_t)timeout_ms * 1000;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (op_clock_us() >= until)
			(void)kill(pid, SIGKILL);
		(void)nanosleep(&pause, NULL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
part_ended(struct part *part, int64_t now_us)
{
	int64_t pause_s;

	part->pid = 0;
	if (now_us - part->started_us >= PART_WELL_AFTER_S * INT64_C(1000000))
		part->failures = 0;
	pause_s = part->failures == 0  ? 0
		  : part->failures < 7 ? INT64_C(1) << (part->failures - 1)
				       : PART_PAUSE_MAX_S;
	if (pause_s > PART_PAUSE_MAX_S)
		pause_s = PART_PAUSE_MAX_S;
	part->failures++;
	part->again_us = now_us + pause_s * 1000000;
}

const char *
part_status(struct op *op, int status)
{
	if (WIFSIGNALED(status))
		return op_print(op, "signal %d", WTERMSIG(status));
	return op_print(op, "exit status %d", WEXITSTATUS(status));
}
