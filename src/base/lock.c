/* SPDX-License-Identifier: Apache-2.0 */

/* POSIX record locks: they end with the process, are not inherited, and tell
 * who holds them. */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct lock {
	int fd;
};

/* The holder's process id, 0 when he has gone meanwhile. */
static pid_t
holder_of(int fd)
{
	struct flock what = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &what) != 0 || what.l_type == F_UNLCK)
		return 0;
	return what.l_pid;
}

static enum err
lock_take(struct op *op, int fd, const char *path)
{
	struct flock what = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_SETLK, &what) == 0)
		return OK;
	if (errno != EACCES && errno != EAGAIN)
		return FAIL(op, ERR_DOWN, "%s: cannot be locked: %s", path,
			    strerror(errno));
	return FAIL(op, ERR_CONFLICT, "%s is held by process %ld", path,
		    (long)holder_of(fd));
}

enum err
lock_open(struct op *op, const char *dir, const char *name, struct lock **out)
{
	const char *path = op_print(op, "%s/%s.lock", dir, name);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum err err;

	if (fd < 0)
		return FAIL(op, ERR_DOWN, "%s: %s", path, strerror(errno));
	err = lock_take(op, fd, path);
	if (err != OK) {
		close(fd);
		return err;
	}
	*out = malloc(sizeof(**out));
	if (*out == NULL)
		abort();
	(*out)->fd = fd;
	return OK;
}

pid_t
lock_holder(struct op *op, const char *dir, const char *name)
{
	const char *path = op_print(op, "%s/%s.lock", dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	pid_t holder;

	if (fd < 0)
		return 0;
	holder = holder_of(fd);
	close(fd);
	return holder;
}

void
lock_close(struct lock *lock)
{
	if (lock == NULL)
		return;
	close(lock->fd);
	free(lock);
}
