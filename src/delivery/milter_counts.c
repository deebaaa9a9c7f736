/* SPDX-License-Identifier: Apache-2.0 */

/* A file in the run folder that the milter writes to and others read. */
#include "model/milter.h"
#include "model/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNTS_FILE "milter.counts"

static const char *
counts_path(struct op *op)
{
	return op_print(op, "%s/" COUNTS_FILE, op->settings->run);
}

enum err
milter_counts_share(struct op *op, struct milter_counts **out)
{
	const char *path = counts_path(op);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	void *p = MAP_FAILED;
	int error;

	if (fd >= 0 && ftruncate(fd, sizeof(**out)) == 0)
		p = mmap(NULL, sizeof(**out), PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, 0);
	error = errno;
	if (fd >= 0)
		close(fd);
	if (p == MAP_FAILED)
		return FAIL(op, ERR_DOWN, "%s: %s", path, strerror(error));
	*out = p;
	**out = (struct milter_counts){ .began = op->now };
	return OK;
}

enum err
milter_counts_read(struct op *op, struct milter_counts *out)
{
	const char *path = counts_path(op);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return FAIL(op, errno == ENOENT ? ERR_NOT_FOUND : ERR_DOWN,
			    "%s: %s", path, strerror(errno));
	n = pread(fd, out, sizeof(*out), 0);
	close(fd);
	if (n != (ssize_t)sizeof(*out))
		return FAIL(op, ERR_NOT_FOUND, "%s: it has just begun", path);
	return OK;
}
