/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/file.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (64 * KIB)

static void
fd_close(const int *fd)
{
	if (*fd > STDERR_FILENO)
		(void)close(*fd);
}

enum err
file_fail(struct op *op, int error, const char *path, const char *doing)
{
	enum err err;

	switch (error) {
	case ENOENT:
	case ENOTDIR:
		err = ERR_NOT_FOUND;
		break;
	case EACCES:
	case EPERM:
	case EROFS:
		err = ERR_DENIED;
		break;
	case EISDIR:
	case EEXIST:
		err = ERR_INVALID;
		break;
	default: /* a full or broken disk, no memory, no descriptors */
		err = ERR_DOWN;
		break;
	}
	return FAIL(op, err, "%s: %s: %s", path, doing, strerror(error));
}

static bool
is_standard(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* Reads until the end or until one byte more than `most`. */
static enum err
fd_read(struct op *op, int fd, const char *path, size_t most, struct bytes *out)
{
	size_t room = CHUNK < most + 1 ? CHUNK : most + 1;
	uint8_t *at = arena_alloc_raw(op->arena, room);
	size_t n = 0;

	for (;;) {
		ssize_t got = read(fd, at + n, room - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return file_fail(op, errno, path, "reading");
		n += (size_t)got;
		if (n > most)
			return FAIL(op, ERR_LIMIT,
				    "%s: it is longer than %zu bytes", path,
				    most);
		if (got == 0)
			break;
		if (n == room) { /* twice as much, never more than needed */
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
file_read(struct op *op, const char *path, size_t most, struct bytes *out)
{
	CLEANUP(fd_close)
	int fd = is_standard(path) ? STDIN_FILENO
				   : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return file_fail(op, errno, path, "opening");
	return fd_read(op, fd, is_standard(path) ? "standard input" : path,
		       most, out);
}

enum err
file_text(struct op *op, const char *path, size_t most, const char **out)
{
	struct bytes bytes;

	TRY(file_read(op, path, most, &bytes));
	if (!text_utf8(bytes))
		return FAIL(op, ERR_INVALID,
			    "%s: it is not UTF-8 text; convert it with iconv",
			    path);
	*out = op_text(op, (const char *)bytes.p, bytes.n);
	return OK;
}

enum err
file_line(struct op *op, size_t most, const char **out)
{
	char *line = op_alloc(op, most + 1);
	size_t n = 0;

	/* Byte by byte: what is behind the line belongs to somebody else. */
	for (;;) {
		ssize_t got = read(STDIN_FILENO, line + n, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return file_fail(op, errno, "standard input",
					 "reading");
		if (got == 0 || line[n] == '\n')
			break;
		if (n++ == most)
			return FAIL(op, ERR_LIMIT,
				    "standard input: the line is longer than "
				    "%zu bytes",
				    most);
	}
	if (n > 0 && line[n - 1] == '\r')
		n--;
	if (n == 0)
		return FAIL(op, ERR_INVALID,
			    "standard input: its first line is empty");
	if (!text_utf8((struct bytes){ (uint8_t *)line, n }))
		return FAIL(op, ERR_INVALID,
			    "standard input: its first line is not UTF-8");
	line[n] = '\0';
	*out = line;
	return OK;
}

static enum err
fd_write(struct op *op, int fd, const char *path, struct bytes bytes)
{
	while (bytes.n > 0) {
		ssize_t put = write(fd, bytes.p, bytes.n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return file_fail(op, errno, path, "writing");
		bytes.p += put;
		bytes.n -= (size_t)put;
	}
	return OK;
}

/* A name in a folder is on the disk when the folder is. */
static enum err
folder_sync(struct op *op, const char *path)
{
	const char *folder = dirname(op_dup(op, path));
	CLEANUP(fd_close)
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) != 0)
		return file_fail(op, errno, folder, "syncing");
	return OK;
}

static enum err
part_put(struct op *op, const char *path, mode_t mode, struct bytes bytes)
{
	CLEANUP(fd_close)
	int fd = open(path,
		      O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		      0600);

	if (fd < 0)
		return file_fail(op, errno, path, "opening");
	TRY(fd_write(op, fd, path, bytes));
	if (fchmod(fd, mode) != 0 || fsync(fd) != 0)
		return file_fail(op, errno, path, "writing");
	return OK;
}

enum err
file_put(struct op *op, const char *path, mode_t mode, struct bytes bytes)
{
	const char *part = op_print(op, "%s.new", path);
	enum err err = part_put(op, part, mode, bytes);

	if (err == OK && rename(part, path) != 0)
		err = file_fail(op, errno, path, "replacing");
	if (err != OK) {
		(void)unlink(part);
		return err;
	}
	return folder_sync(op, path);
}

enum err
file_write(struct op *op, const char *path, struct bytes bytes)
{
	CLEANUP(fd_close)
	int fd = is_standard(path)
			 ? STDOUT_FILENO
			 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				0666);

	if (fd < 0)
		return file_fail(op, errno, path, "opening");
	TRY(fd_write(op, fd, is_standard(path) ? "standard output" : path,
		     bytes));
	/* A disk that fills up may say so only now. */
	if (fd != STDOUT_FILENO && fsync(fd) != 0 && errno != EINVAL)
		return file_fail(op, errno, path, "writing");
	return OK;
}

static enum err
fd_copy(struct op *op, int in, const char *from, int out, const char *to)
{
	uint8_t *chunk = arena_alloc_raw(op->arena, CHUNK);

	for (;;) {
		ssize_t got = read(in, chunk, CHUNK);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return file_fail(op, errno, from, "reading");
		if (got == 0)
			return OK;
		TRY(fd_write(op, out, to,
			     (struct bytes){ chunk, (size_t)got }));
	}
}

static enum err
copy(struct op *op, const char *from, const char *to, mode_t mode, bool *made)
{
	CLEANUP(fd_close) int in = open(from, O_RDONLY | O_CLOEXEC);
	CLEANUP(fd_close) int out = -1;

	if (in < 0)
		return file_fail(op, errno, from, "opening");
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (out < 0)
		return file_fail(op, errno, to, "opening");
	*made = true;
	TRY(fd_copy(op, in, from, out, to));
	if (fsync(out) != 0)
		return file_fail(op, errno, to, "writing");
	return folder_sync(op, to);
}

enum err
file_copy(struct op *op, const char *from, const char *to, mode_t mode)
{
	bool made = false;
	enum err err = copy(op, from, to, mode, &made);

	if (err != OK && made)
		(void)unlink(to);
	return err;
}
