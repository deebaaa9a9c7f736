/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/transfer/porter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_CHUNK (256 * KIB)

enum errand { FETCH = 1, MAKE, RENAME, REMOVE };

struct request {
	uint32_t errand;
	uint32_t mode;
	char name[PORTER_NAME_MAX + 1];
	char to[PORTER_NAME_MAX + 1];
};

/* With a descriptor beside it where one was asked for. */
struct answer {
	int32_t error; /* errno; 0: done */
};

struct porter {
	pthread_mutex_t lock;
	pid_t pid;
	int link;
};

/* ---- in the other process ---- */

/* Without the system call that knows how to stay below a folder, no link is
 * followed at all. */
static int
open_plain(int dir, const char *name, int flags)
{
	char step[PORTER_NAME_MAX + 1];
	int at = dup(dir);

	for (const char *slash; at >= 0 && (slash = strchr(name, '/'));
	     name = slash + 1) {
		int next;

		memcpy(step, name, (size_t)(slash - name));
		step[slash - name] = '\0';
		if (strcmp(step, "..") == 0)
			return close(at), errno = EXDEV, -1;
		next = openat(at, step, O_PATH | O_DIRECTORY | O_NOFOLLOW);
		(void)close(at);
		at = next;
	}
	if (at >= 0) {
		int found = strcmp(name, "..") == 0
				    ? (errno = EXDEV, -1)
				    : openat(at, name, flags | O_NOFOLLOW);
		int error = errno;

		(void)close(at);
		errno = error;
		at = found;
	}
	return at;
}

static int
open_below(int dir, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));

	if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
		return fd;
	return open_plain(dir, name, (int)how.flags);
}

/* A pipe or a device might keep us for ever, or do things. */
static int
fetch(int dir, const char *name)
{
	int fd = open_below(dir, name);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	(void)close(fd);
	errno = EISDIR;
	return -1;
}

/* Only what is to be read may lie deeper. */
static bool
is_flat(const char *name)
{
	return name[0] != '\0' && strchr(name, '/') == NULL &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int
run_errand(int dir, const struct request *r, int *fd)
{
	int rc = -1;

	errno = EXDEV;
	if (r->errand == FETCH)
		rc = *fd = fetch(dir, r->name);
	else if (!is_flat(r->name))
		return errno;
	else if (r->errand == MAKE)
		rc = *fd = openat(dir, r->name,
				  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
					  O_CLOEXEC,
				  (mode_t)r->mode);
	else if (r->errand == RENAME && is_flat(r->to))
		rc = renameat(dir, r->name, dir, r->to);
	else if (r->errand == REMOVE)
		rc = unlinkat(dir, r->name, 0);
	return rc < 0 ? errno : 0;
}

union carrier {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static bool
reply(int link, int error, int fd)
{
	struct answer answer = { error };
	struct iovec part = { &answer, sizeof(answer) };
	union carrier carrier = { 0 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *head;

		message.msg_control = carrier.room;
		message.msg_controllen = sizeof(carrier.room);
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	}
	return sendmsg(link, &message, MSG_NOSIGNAL) == sizeof(answer);
}

/* Ctrl-C is for the other one, whose end is ours. */
static _Noreturn void
porter_main(int link, int dir, pid_t parent)
{
	struct request *r = malloc(sizeof(*r));

	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	if (r == NULL || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    getppid() != parent)
		_exit(EXIT_FAILURE);
	while (recv(link, r, sizeof(*r), 0) == sizeof(*r)) {
		int fd = -1, error;

		r->name[PORTER_NAME_MAX] = r->to[PORTER_NAME_MAX] = '\0';
		error = run_errand(dir, r, &fd);
		if (!reply(link, error, fd))
			break;
		if (fd >= 0)
			(void)close(fd);
	}
	_exit(EXIT_SUCCESS);
}

/* ---- in ours ---- */

static enum err
failure(struct op *op, int error, const char *name)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return FAIL(op, ERR_NOT_FOUND, "%s: there is no such file",
			    name);
	case EXDEV:
		return FAIL(op, ERR_INVALID, "%s: it leads out of the folder",
			    name);
	case ELOOP:
		return FAIL(op, ERR_INVALID, "%s: a link that is not followed",
			    name);
	case EISDIR:
	case ENXIO:
		return FAIL(op, ERR_INVALID, "%s: it is no ordinary file",
			    name);
	case EEXIST:
		return FAIL(op, ERR_CONFLICT, "%s: it is there already", name);
	case EACCES:
	case EPERM:
	case EROFS:
		return FAIL(op, ERR_DENIED, "%s: %s", name, strerror(error));
	case ENAMETOOLONG:
		return FAIL(op, ERR_LIMIT,
			    "%s: too long for the name of a file", name);
	default:
		return FAIL(op, ERR_DOWN, "%s: %s", name, strerror(error));
	}
}

static int
folder_open(const char *dir, bool make)
{
	if (make && mkdir(dir, 0700) != 0 && errno != EEXIST)
		return -1;
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum err
porter_open(struct op *op, const char *dir, bool make, struct porter **out)
{
	int folder = folder_open(dir, make);
	pid_t parent = getpid();
	struct porter *p;
	int ends[2];

	if (folder < 0)
		return failure(op, errno, dir);
	p = calloc(1, sizeof(*p));
	if (p == NULL ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		abort(); /* no memory, no descriptors: nothing was begun */
	p->pid = fork();
	if (p->pid == 0) {
		(void)close(ends[0]);
		porter_main(ends[1], folder, parent);
	}
	(void)close(ends[1]);
	(void)close(folder);
	p->link = ends[0];
	if (p->pid < 0) {
		(void)close(p->link);
		free(p);
		return FAIL(op, ERR_DOWN, "no process: %s", strerror(errno));
	}
	(void)pthread_mutex_init(&p->lock, NULL);
	*out = p;
	return OK;
}

void
porter_close(struct porter *p)
{
	if (p == NULL)
		return;
	(void)close(p->link);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

/* -1: the other one is gone. */
static int
listen_for(struct porter *p, struct answer *answer, int *fd)
{
	struct iovec part = { answer, sizeof(*answer) };
	union carrier carrier = { 0 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = carrier.room,
				  .msg_controllen = sizeof(carrier.room) };
	struct cmsghdr *head;
	ssize_t n;

	do
		n = recvmsg(p->link, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(*answer))
		return -1;
	head = CMSG_FIRSTHDR(&message);
	*fd = -1;
	if (head != NULL && head->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(head), sizeof(*fd));
	return 0;
}

static enum err
ask(struct porter *p, struct op *op, const struct request *r, int *fd)
{
	struct answer answer = { 0 };
	bool heard;

	(void)pthread_mutex_lock(&p->lock);
	heard = send(p->link, r, sizeof(*r), MSG_NOSIGNAL) == sizeof(*r) &&
		listen_for(p, &answer, fd) == 0;
	(void)pthread_mutex_unlock(&p->lock);
	if (!heard)
		return FAIL(op, ERR_DOWN,
			    "%s: the process that opens files has ended",
			    r->name);
	return answer.error == 0 ? OK : failure(op, answer.error, r->name);
}

static enum err
request_make(struct op *op, enum errand errand, const char *name,
	     const char *to, struct request **out)
{
	struct request *r = op_alloc(op, sizeof(*r));

	if (strlen(name) > PORTER_NAME_MAX || strlen(to) > PORTER_NAME_MAX)
		return FAIL(op, ERR_LIMIT, "a name of more than %d bytes",
			    PORTER_NAME_MAX);
	r->errand = errand;
	memcpy(r->name, name, strlen(name));
	memcpy(r->to, to, strlen(to));
	*out = r;
	return OK;
}

enum err
porter_read(struct porter *p, struct op *op, const char *name, int *fd)
{
	struct request *r;

	TRY(request_make(op, FETCH, name, "", &r));
	return ask(p, op, r, fd);
}

enum err
porter_make(struct porter *p, struct op *op, const char *name, mode_t mode,
	    int *fd)
{
	struct request *r;

	TRY(request_make(op, MAKE, name, "", &r));
	r->mode = (uint32_t)mode;
	return ask(p, op, r, fd);
}

enum err
porter_rename(struct porter *p, struct op *op, const char *from, const char *to)
{
	struct request *r;
	int none;

	TRY(request_make(op, RENAME, from, to, &r));
	return ask(p, op, r, &none);
}

enum err
porter_remove(struct porter *p, struct op *op, const char *name)
{
	struct request *r;
	int none;

	TRY(request_make(op, REMOVE, name, "", &r));
	return ask(p, op, r, &none);
}

/* The room that the file says it needs, and one byte to see that it ends. */
static size_t
room_first(int fd, size_t most)
{
	size_t room = FIRST_CHUNK;
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_size > 0)
		room = (size_t)st.st_size + 1;
	return room <= most ? room : most + 1;
}

static enum err
take(struct op *op, int fd, size_t most, struct bytes *out)
{
	size_t room = room_first(fd, most), n = 0;
	uint8_t *at = arena_alloc_raw(op->arena, room);

	for (;;) {
		ssize_t got = read(fd, at + n, room - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return FAIL(op, ERR_DOWN, "reading: %s",
				    strerror(errno));
		n += (size_t)got;
		if (n > most)
			return FAIL(op, ERR_LIMIT,
				    "it is longer than %zu bytes", most);
		if (got == 0)
			break;
		if (n == room) { /* it has grown meanwhile */
			uint8_t *more;

			room = 2 * room < most + 1 ? 2 * room : most + 1;
			more = arena_alloc_raw(op->arena, room);
			memcpy(more, at, n);
			at = more;
		}
	}
	*out = (struct bytes){ at, n };
	return OK;
}

enum err
porter_take(struct op *op, int fd, size_t most, struct bytes *out)
{
	enum err err = take(op, fd, most, out);

	(void)close(fd);
	return err;
}
