/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/setup/program.h"

#include "base/buf.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSTEM_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
#define CHUNK (16 * KIB)
#define ENDS_MS 10 /* between two looks at a program that says nothing more */

enum { INPUT, OUTPUT, ERRORS, ENDS };

struct running {
	pid_t pid;
	int fd[ENDS]; /* ours; -1: closed */
	struct bytes input;
	struct buf said[ENDS]; /* of OUTPUT and ERRORS */
	int64_t until_us;
};

/* ---- where it lies ---- */

static const char *
find_in(struct op *op, const char *folder, size_t n, const char *name)
{
	const char *path = op_print(op, "%.*s/%s", (int)n, folder, name);

	return n > 0 && folder[0] == '/' && access(path, X_OK) == 0 ? path
								    : NULL;
}

static const char *
find_along(struct op *op, const char *path, const char *name)
{
	const char *found = NULL;

	while (path != NULL && found == NULL) {
		size_t n = strcspn(path, ":");

		found = find_in(op, path, n, name);
		path = path[n] == ':' ? path + n + 1 : NULL;
	}
	return found;
}

const char *
program_find(struct op *op, const char *const *folders, const char *name)
{
	const char *found = NULL;

	for (; folders != NULL && *folders != NULL && found == NULL; folders++)
		found = find_in(op, *folders, strlen(*folders), name);
	if (found == NULL)
		found = find_along(op, getenv("PATH"), name);
	return found == NULL ? find_along(op, SYSTEM_PATH, name) : found;
}

/* ---- a run ---- */

static void
end_close(struct running *r, int end)
{
	if (r->fd[end] >= 0)
		(void)close(r->fd[end]);
	r->fd[end] = -1;
}

/* For CLEANUP: it does not outlive us. */
static void
running_end(struct running *r)
{
	for (int i = 0; i < ENDS; i++)
		end_close(r, i);
	if (r->pid <= 0)
		return;
	(void)kill(r->pid, SIGKILL);
	while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int
spawn(const char *const *argv, const int *theirs, pid_t *pid)
{
	static char lang[] = "LC_ALL=C", path[] = "PATH=" SYSTEM_PATH ":/bin";
	char *const environment[] = { lang, path, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t how;
	sigset_t none, ours;
	char *const *words;
	int why = 0;

	/* posix_spawn takes words that it does not change. */
	memcpy(&words, &argv, sizeof(words));
	(void)sigemptyset(&none);
	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGPIPE); /* which we ignore */
	(void)posix_spawnattr_init(&how);
	(void)posix_spawnattr_setsigmask(&how, &none);
	(void)posix_spawnattr_setsigdefault(&how, &ours);
	(void)posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK |
						     POSIX_SPAWN_SETSIGDEF);
	(void)posix_spawn_file_actions_init(&actions);
	for (int i = 0; i < ENDS && why == 0; i++)
		why = posix_spawn_file_actions_adddup2(&actions, theirs[i], i);
	if (why == 0)
		why = posix_spawn_file_actions_addclosefrom_np(&actions, ENDS);
	if (why == 0)
		why = posix_spawn(pid, argv[0], &actions, &how, words,
				  environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&how);
	return why;
}

static enum err
start(struct op *op, const char *const *argv, struct running *r)
{
	int theirs[ENDS] = { -1, -1, -1 }, why = 0;

	for (int i = 0; i < ENDS && why == 0; i++) {
		int pair[2];

		why = pipe2(pair, O_CLOEXEC) == 0 ? 0 : errno;
		if (why != 0)
			break;
		r->fd[i] = pair[i == INPUT ? 1 : 0];
		theirs[i] = pair[i == INPUT ? 0 : 1];
		(void)fcntl(r->fd[i], F_SETFL, O_NONBLOCK);
	}
	if (why == 0)
		why = spawn(argv, theirs, &r->pid);
	for (int i = 0; i < ENDS; i++) {
		if (theirs[i] >= 0)
			(void)close(theirs[i]);
	}
	if (why == 0)
		return OK;
	r->pid = 0;
	return FAIL(op, ERR_DOWN, "%s: %s", argv[0], strerror(why));
}

static void
hand_in(struct running *r)
{
	ssize_t n = 0;

	if (r->input.n > 0)
		n = write(r->fd[INPUT], r->input.p, r->input.n);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n >= 0) {
		r->input.p += n;
		r->input.n -= (size_t)n;
	}
	/* What it does not want to read is its own affair. */
	if (n < 0 || r->input.n == 0)
		end_close(r, INPUT);
}

static void
take(struct running *r, int end)
{
	char chunk[CHUNK];
	ssize_t n = read(r->fd[end], chunk, sizeof(chunk));

	if (n > 0)
		buf_add(&r->said[end], chunk, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		end_close(r, end);
}

static int
left_ms(const struct running *r)
{
	int64_t left = (r->until_us - op_clock_us()) / 1000;

	return left > 0 ? (int)left : 0;
}

/* Until both of its outputs are closed. */
static enum err
talk(struct op *op, const char *name, struct running *r)
{
	while (r->fd[OUTPUT] >= 0 || r->fd[ERRORS] >= 0) {
		struct pollfd p[ENDS];

		for (int i = 0; i < ENDS; i++)
			p[i] = (struct pollfd){
				.fd = r->fd[i],
				.events = i == INPUT ? POLLOUT : POLLIN,
			};
		if (left_ms(r) == 0)
			return FAIL(op, ERR_DOWN, "%s: it does not end", name);
		if (poll(p, ENDS, left_ms(r)) <= 0)
			continue;
		if (p[INPUT].revents != 0)
			hand_in(r);
		for (int i = OUTPUT; i < ENDS; i++) {
			if (p[i].revents != 0)
				take(r, i);
		}
	}
	return OK;
}

static enum err
reap(struct op *op, const char *name, struct running *r, int *out)
{
	int status;

	end_close(r, INPUT);
	while (waitpid(r->pid, &status, WNOHANG) == 0) {
		if (left_ms(r) == 0)
			return FAIL(op, ERR_DOWN, "%s: it does not end", name);
		(void)poll(NULL, 0, ENDS_MS);
	}
	r->pid = 0;
	*out = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return OK;
}

enum err
program_run(struct op *op, const char *const *argv, struct bytes input,
	    struct program_said *out)
{
	CLEANUP(running_end)
	struct running r = {
		.fd = { -1, -1, -1 },
		.input = input,
		.until_us = op_clock_us() + PROGRAM_TIMEOUT_MS * INT64_C(1000),
	};

	for (int i = OUTPUT; i < ENDS; i++)
		buf_init(&r.said[i], op, CHUNK, PROGRAM_OUTPUT_MAX);
	TRY(start(op, argv, &r));
	TRY(talk(op, argv[0], &r));
	TRY(reap(op, argv[0], &r, &out->status));
	out->cut = r.said[OUTPUT].over || r.said[ERRORS].over;
	out->output = buf_bytes(&r.said[OUTPUT]);
	out->errors = text_trim(op, buf_text(&r.said[ERRORS]));
	return OK;
}
