/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that never block, poll, and a process when nobody listens. */
#include "wing/image/link.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define RETRY_MS 5 /* when the worker's queue is full */
#define PROGRAM_FD 3
#define PROGRAM_FD_PATH "/proc/self/fd/3"

/* A connected socket; -1: errno says why not. */
static int
try_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 &&
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		int why = errno;

		(void)close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

bool
link_listens(const char *socket)
{
	int fd = try_connect(socket);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0 || errno == EAGAIN; /* a full queue is one, too */
}

/* ERR_NOT_FOUND: nobody listens there. */
static enum err
connect_to(struct op *op, const char *path, struct link *out)
{
	for (;;) {
		unsigned left = op_left_ms(op);

		out->fd = try_connect(path);
		if (out->fd >= 0)
			return OK;
		if (errno != EAGAIN)
			return FAIL(op, ERR_NOT_FOUND, "image worker: %s: %s",
				    path, strerror(errno));
		if (left == 0)
			return FAIL(op, ERR_DOWN,
				    "image worker: too many pictures wait");
		(void)poll(NULL, 0, left < RETRY_MS ? (int)left : RETRY_MS);
	}
}

/* Starts the program with the other end of a socket as its descriptor 0; `by`,
 * unless it is -1, as its descriptor PROGRAM_FD. */
static int
spawn(const char *path, int by, int end, pid_t *pid)
{
	char name[] = "frontdesk-image", once[] = "--once";
	char *const argv[] = { name, once, NULL };
	char *const environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t how;
	sigset_t none;
	int why;

	(void)sigemptyset(&none);
	(void)posix_spawnattr_init(&how);
	(void)posix_spawnattr_setsigmask(&how, &none);
	(void)posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK);
	(void)posix_spawn_file_actions_init(&actions);
	why = posix_spawn_file_actions_adddup2(&actions, end, STDIN_FILENO);
	if (why == 0 && by >= 0)
		why = posix_spawn_file_actions_adddup2(&actions, by,
						       PROGRAM_FD);
	if (why == 0)
		why = posix_spawn_file_actions_addclosefrom_np(
			&actions, by >= 0 ? PROGRAM_FD + 1 : PROGRAM_FD);
	if (why == 0)
		why = posix_spawn(pid, path, &actions, &how, argv, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&how);
	return why;
}

/* By its path, so that it has its name; else by its descriptor. */
static int
program_spawn(const struct link_program *program, int end, pid_t *pid)
{
	int why = spawn(program->path, -1, end, pid);

	if (why == EACCES && program->fd >= 0)
		why = spawn(PROGRAM_FD_PATH, program->fd, end, pid);
	return why;
}

static enum err
start(struct op *op, const struct link_program *program, struct link *out)
{
	int ends[2];
	int why;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return FAIL(op, ERR_DOWN, "image worker: socketpair: %s",
			    strerror(errno));
	why = program_spawn(program, ends[1], &out->pid);
	(void)close(ends[1]);
	if (why != 0) {
		(void)close(ends[0]);
		out->pid = 0;
		return FAIL(op, ERR_DOWN, "image worker: %s: %s", program->path,
			    strerror(why));
	}
	out->fd = ends[0];
	return OK;
}

enum err
link_open(struct op *op, const char *socket, const struct link_program *program,
	  struct link *out)
{
	enum err err = ERR_NOT_FOUND;

	*out = (struct link)LINK_NONE;
	if (socket != NULL)
		err = connect_to(op, socket, out);
	if (err == ERR_NOT_FOUND && program->path != NULL)
		return start(op, program, out);
	if (err == ERR_NOT_FOUND)
		return FAIL(op, ERR_DOWN, "no image worker runs%s%s",
			    socket == NULL ? "" : " at ",
			    socket == NULL ? "" : socket);
	return err;
}

void
link_close(struct link *link)
{
	if (link->fd >= 0)
		(void)close(link->fd);
	if (link->pid > 0) {
		/* Done, or no longer wanted: its own child dies with it. */
		(void)kill(link->pid, SIGKILL);
		while (waitpid(link->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	*link = (struct link)LINK_NONE;
}

/* Waits for `events`; ERR_DOWN when the op's time is over. */
static enum err
wait_for(const struct link *link, struct op *op, short events)
{
	struct pollfd p = { .fd = link->fd, .events = events };
	unsigned left = op_left_ms(op);
	int n = left == 0 ? 0 : poll(&p, 1, left < INT_MAX ? (int)left : -1);

	if (n > 0 || (n < 0 && errno == EINTR))
		return OK;
	if (n == 0)
		return FAIL(op, ERR_DOWN, "image worker: no answer in time");
	return FAIL(op, ERR_DOWN, "image worker: poll: %s", strerror(errno));
}

/* Did a call fail only because it would have had to wait? */
static bool
may_retry(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

enum err
link_write(struct link *link, struct op *op, const void *from, size_t n)
{
	const uint8_t *p = from;

	while (n > 0) {
		ssize_t put = send(link->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (put >= 0) {
			p += put;
			n -= (size_t)put;
		} else if (!may_retry(put)) {
			return FAIL(op, ERR_DOWN, "image worker: %s",
				    strerror(errno));
		} else {
			TRY(wait_for(link, op, POLLOUT));
		}
	}
	return OK;
}

enum err
link_read(struct link *link, struct op *op, void *to, size_t n)
{
	uint8_t *p = to;

	while (n > 0) {
		ssize_t got = recv(link->fd, p, n, MSG_DONTWAIT);

		if (got > 0) {
			p += got;
			n -= (size_t)got;
		} else if (!may_retry(got)) {
			return FAIL(op, ERR_DOWN,
				    "image worker: it ended without an answer");
		} else {
			TRY(wait_for(link, op, POLLIN));
		}
	}
	return OK;
}
