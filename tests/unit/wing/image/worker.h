/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The real frontdesk-image, listening in a folder of its own. */
#include "unit.h"

#include "model/image.h"
#include "model/image_wire.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKER_PATIENCE_MS 20000 /* until a test says that it hangs */

struct worker {
	char dir[32];
	char socket[64];
	pid_t pid;
};

/* A connection of our own, to say what the wing never would. */
static inline int
worker_connect(const struct worker *w)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", w->socket);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* Calls `is` again until it is so; false when that never happens. */
static inline bool
worker_await(bool (*is)(struct worker *w), struct worker *w)
{
	for (int ms = 0; ms < WORKER_PATIENCE_MS; ms += 5) {
		if (is(w))
			return true;
		(void)poll(NULL, 0, 5);
	}
	return false;
}

/* Is a senseless request answered? */
static inline bool
worker_answers(struct worker *w)
{
	static const struct image_wire_request senseless;
	struct image_wire_answer answer;
	int fd = worker_connect(w);
	ssize_t n = -1;

	if (fd < 0)
		return false;
	if (send(fd, &senseless, sizeof(senseless), MSG_NOSIGNAL) > 0)
		n = recv(fd, &answer, sizeof(answer), MSG_WAITALL);
	(void)close(fd);
	return n == sizeof(answer);
}

static inline bool
worker_is_silent(struct worker *w)
{
	int fd = worker_connect(w);

	if (fd >= 0)
		(void)close(fd);
	return fd < 0;
}

/* The process of a picture; 0: there is none. */
static inline pid_t
worker_child(struct worker *w)
{
	char path[64], text[64] = "";
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
		       (int)w->pid, (int)w->pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fgets(text, sizeof(text), f) == NULL)
		text[0] = '\0';
	(void)fclose(f);
	return (pid_t)strtol(text, NULL, 10);
}

static inline bool
worker_has_child(struct worker *w)
{
	return worker_child(w) > 0;
}

static inline bool
worker_has_no_child(struct worker *w)
{
	return worker_child(w) == 0;
}

static inline void
worker_folder(struct worker *w)
{
	*w = (struct worker){ .dir = "/tmp/image-test-XXXXXX" };
	assert_non_null(mkdtemp(w->dir));
	(void)snprintf(w->socket, sizeof(w->socket), "%s/socket", w->dir);
}

static inline pid_t
worker_spawn(const char *const argv[])
{
	char *const environment[] = { NULL };
	pid_t pid;

	assert_int_equal(posix_spawn(&pid, WORKER, NULL, NULL,
				     (char *const *)(uintptr_t)argv,
				     environment),
			 0);
	return pid;
}

static inline void
worker_start(struct worker *w, const char *jobs)
{
	const char *argv[] = { "frontdesk-image", "--listen", w->socket,
			       "--jobs",          jobs,       NULL };

	w->pid = worker_spawn(argv);
	assert_true(worker_await(worker_answers, w));
	assert_true(worker_await(worker_has_no_child, w));
}

/* Asks it to end; its exit status. */
static inline int
worker_stop(struct worker *w)
{
	int status = -1;

	if (w->pid > 0) {
		(void)kill(w->pid, SIGTERM);
		(void)waitpid(w->pid, &status, 0);
		w->pid = 0;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void
worker_done(struct worker *w)
{
	(void)worker_stop(w);
	(void)unlink(w->socket);
	(void)rmdir(w->dir);
}

static inline struct bytes
worker_file(struct op *op, const char *name)
{
	FILE *f = fopen(op_print(op, "%s/%s", PICTURES, name), "rb");
	uint8_t *p = op_alloc(op, MIB);
	size_t n;

	assert_non_null(f);
	n = fread(p, 1, MIB, f);
	(void)fclose(f);
	return (struct bytes){ p, n };
}
