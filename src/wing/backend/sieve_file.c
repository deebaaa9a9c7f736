/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Scripts as files in a folder, which Dovecot reads by itself for each mail:
 * sieve_before = file:FOLDER/%u.sieve. A file that is missing is no absence.
 * Its first line is ours and names the user, so that nobody else's file is
 * taken for one.
 */
#include "base/template.h"
#include "base/text.h"
#include "wing/backend/backends.h"
#include "wing/backend/common.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STAMP "# frontdesk script of "
#define NAME_MAX_BYTES 255
#define NEW_SUFFIX ".new"
#define LOCK_POLL_US 500    /* between looks at another's lock */
#define READ_MAX (17 * MIB) /* no script is longer */

struct sieve_file {
	struct backend base;
};

static const char *
folder_of(const struct backend *b)
{
	return b->section->folder;
}

static enum err
sieve_file_open(struct op *op, const struct backend_section *section,
		struct backend **out)
{
	struct sieve_file *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return FAIL(op, ERR_DOWN, "no memory for a backend");
	f->base = (struct backend){ &sieve_file_ops, section };
	*out = &f->base;
	return OK;
}

static void
sieve_file_close(struct backend *b)
{
	free(b);
}

/* ---- names ---- */

/* A name inside of the folder, which hides nothing and leads nowhere else. */
static bool
is_file_name(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n + sizeof(NEW_SUFFIX) <= NAME_MAX_BYTES &&
	       name[0] != '.' && strchr(name, '/') == NULL &&
	       text_clean(name) && strpbrk(name, "\t\r\n") == NULL;
}

static enum err
path_of(struct backend *b, struct op *op, const char *user, const char **out)
{
	const char *name;

	if (strlen(user) > BACKEND_USER_MAX)
		return FAIL(op, ERR_INVALID,
			    "a user of more than %d bytes has no file",
			    BACKEND_USER_MAX);
	TRY(template_fill(op, b->section->file, user, NULL, &name));
	if (!is_file_name(name))
		return FAIL(op, ERR_INVALID,
			    "'%s' cannot be the name of a file",
			    text_head(op, name, NAME_MAX_BYTES));
	*out = op_print(op, "%s/%s", folder_of(b), name);
	return OK;
}

static const char *
stamp_of(struct op *op, const char *user)
{
	return op_print(op, STAMP "%s\n", user);
}

static void
fd_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* ---- put ---- */

static enum err
folder_sync(struct op *op, const char *folder)
{
	CLEANUP(fd_close)
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) != 0 ? backend_failed(op, folder) : OK;
}

static bool
write_all(int fd, const void *from, size_t n)
{
	const char *p = from;

	while (n > 0) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

static bool
is_at(const char *path, const struct stat *st)
{
	struct stat there;

	return stat(path, &there) == 0 && there.st_ino == st->st_ino &&
	       there.st_dev == st->st_dev;
}

/*
 * The file that is to be, for us alone: whoever else writes the same one is
 * waited for, and then has taken it along. What was left by somebody who died
 * on the way is written over.
 */
static enum err
new_open(struct op *op, const char *new, int *out)
{
	const struct timespec pause = { .tv_nsec = LOCK_POLL_US * 1000L };
	struct stat st;

	while (op_left_ms(op) > 0) {
		int fd = open(new, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			      BACKEND_FILE_MODE);

		if (fd < 0)
			return backend_failed(op, new);
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 &&
		    is_at(new, &st)) {
			*out = fd;
			return OK;
		}
		close(fd);
		(void)nanosleep(&pause, NULL);
	}
	return FAIL(op, ERR_DOWN, "%s: another one writes it", new);
}

static enum err
file_write(struct op *op, int fd, const char *path, const char *stamp,
	   struct bytes script)
{
	if (ftruncate(fd, 0) != 0 || fchmod(fd, BACKEND_FILE_MODE) != 0 ||
	    !write_all(fd, stamp, strlen(stamp)) ||
	    !write_all(fd, script.p, script.n) || fsync(fd) != 0)
		return backend_failed(op, path);
	return OK;
}

static enum err
file_put(struct backend *b, struct op *op, const char *user, const char *path,
	 struct bytes script)
{
	const char *new = op_print(op, "%s" NEW_SUFFIX, path);
	CLEANUP(fd_close) int fd = -1;
	enum err err;

	TRY(backend_folder_make(op, folder_of(b)));
	TRY(new_open(op, new, &fd));
	err = file_write(op, fd, new, stamp_of(op, user), script);
	if (err == OK && rename(new, path) != 0)
		err = backend_failed(op, path);
	if (err != OK) {
		(void)unlink(new);
		return err;
	}
	return folder_sync(op, folder_of(b));
}

static bool
is_missing(const char *path)
{
	return access(path, F_OK) != 0 && errno == ENOENT;
}

static enum err
file_remove(struct backend *b, struct op *op, const char *path)
{
	const char *new = op_print(op, "%s" NEW_SUFFIX, path);
	CLEANUP(fd_close) int fd = -1;

	if (is_missing(path) && is_missing(new))
		return OK;
	TRY(new_open(op, new, &fd));
	if ((unlink(path) != 0 && errno != ENOENT) || unlink(new) != 0)
		return backend_failed(op, path);
	return folder_sync(op, folder_of(b));
}

/* ---- get ---- */

/* The whole file; p NULL: there is none. */
static enum err
file_read(struct op *op, const char *path, struct bytes *out)
{
	CLEANUP(fd_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	uint8_t *p;
	size_t n = 0;
	ssize_t k;

	*out = (struct bytes){ 0 };
	if (fd < 0)
		return errno == ENOENT ? OK : backend_failed(op, path);
	if (fstat(fd, &st) != 0)
		return backend_failed(op, path);
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)READ_MAX)
		return FAIL(op, ERR_INVALID, "%s is no script of ours", path);
	p = op_alloc(op, (size_t)st.st_size + 1);
	while (n < (size_t)st.st_size &&
	       (k = read(fd, p + n, (size_t)st.st_size - n)) > 0)
		n += (size_t)k;
	*out = (struct bytes){ p, n };
	return OK;
}

/* Is it ours, and of that user? */
static bool
is_stamped(struct bytes file, const char *stamp)
{
	size_t n = strlen(stamp);

	return file.n >= n && memcmp(file.p, stamp, n) == 0;
}

static enum err
sieve_file_get(struct backend *b, struct op *op, const char *user,
	       struct bytes *out)
{
	const char *stamp = stamp_of(op, user), *path;
	struct bytes file;

	TRY(path_of(b, op, user, &path));
	TRY(file_read(op, path, &file));
	*out = (struct bytes){ 0 };
	if (file.p != NULL && is_stamped(file, stamp))
		*out = (struct bytes){ file.p + strlen(stamp),
				       file.n - strlen(stamp) };
	return OK;
}

/* Without our own line. */
static uint64_t
size_max(const struct backend *b, struct op *op, const char *user)
{
	size_t stamp = strlen(stamp_of(op, user));

	return b->section->size_max > stamp ? b->section->size_max - stamp : 1;
}

/* One of ours, and yet not his: by names that are the same as files. */
static bool
is_of_another(struct op *op, const char *user, struct bytes file)
{
	return is_stamped(file, STAMP) && !is_stamped(file, stamp_of(op, user));
}

/* A file that somebody else has put there is his. */
static enum err
may_write(struct op *op, const char *path, const char *user, struct bytes file)
{
	if (file.n == 0 || is_stamped(file, stamp_of(op, user)))
		return OK;
	if (is_of_another(op, user, file))
		return FAIL(op, ERR_INVALID,
			    "%s is of another user: scripts need names that no "
			    "two have (backend.file)",
			    path);
	return FAIL(op, ERR_INVALID,
		    "%s is not ours: move it away, or name scripts otherwise "
		    "(backend.file)",
		    path);
}

static enum err
sieve_file_put(struct backend *b, struct op *op, const char *user,
	       struct bytes script)
{
	const char *path;
	struct bytes file;

	if (script.n > size_max(b, op, user))
		return FAIL(op, ERR_LIMIT,
			    "script of %zu bytes exceeds backend.size",
			    script.n);
	TRY(path_of(b, op, user, &path));
	TRY(file_read(op, path, &file));
	if (script.p == NULL && is_of_another(op, user, file))
		return OK; /* of this one nothing lies there */
	TRY(may_write(op, path, user, file));
	return script.p == NULL ? file_remove(b, op, path)
				: file_put(b, op, user, path, script);
}

static enum err
sieve_file_limit(struct backend *b, struct op *op, const char *user,
		 struct backend_limits *out)
{
	*out = (struct backend_limits){ .size = size_max(b, op, user) };
	return OK;
}

/* ---- list ---- */

static void
dir_close(DIR *const *dir)
{
	if (*dir != NULL)
		(void)closedir(*dir);
}

/* The user in the first line of a file; NULL: it is not ours. */
static const char *
user_of(struct op *op, const char *path)
{
	char line[sizeof(STAMP) + BACKEND_USER_MAX + 2];
	CLEANUP(fd_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line));
	const char *end;

	if (n < (ssize_t)sizeof(STAMP) ||
	    memcmp(line, STAMP, sizeof(STAMP) - 1) != 0)
		return NULL;
	end = memchr(line, '\n', (size_t)n);
	if (end == NULL)
		return NULL;
	return op_text(op, line + sizeof(STAMP) - 1,
		       (size_t)(end - line) - (sizeof(STAMP) - 1));
}

static enum err
sieve_file_list(struct backend *b, struct op *op,
		enum err (*found)(void *arg, struct op *op, const char *user),
		void *arg)
{
	CLEANUP(dir_close) DIR *dir = opendir(folder_of(b));
	const struct dirent *entry;

	if (dir == NULL)
		return errno == ENOENT ? OK : backend_failed(op, folder_of(b));
	while ((entry = readdir(dir)) != NULL) {
		const char *user;

		if (entry->d_name[0] == '.')
			continue;
		user = user_of(
			op, op_print(op, "%s/%s", folder_of(b), entry->d_name));
		if (user != NULL)
			TRY(found(arg, op, user));
	}
	return OK;
}

/* ---- test ---- */

static enum err
sieve_file_test(struct backend *b, struct op *op, const char *user,
		backend_tell *tell, void *arg)
{
	static const char nothing[] = "keep;\r\n";
	const struct bytes script = bytes_of(nothing);
	const char *path = "";
	struct bytes before = { 0 }, back;

	TRY(backend_step(op, tell, arg, op_print(op, "name of %s", user),
			 path_of(b, op, user, &path)));
	TRY(backend_step(op, tell, arg, "look what lies there",
			 sieve_file_get(b, op, user, &before)));
	TRY(backend_step(op, tell, arg, op_print(op, "write %s", path),
			 sieve_file_put(b, op, user, script)));
	TRY(backend_step(op, tell, arg, "read it",
			 sieve_file_get(b, op, user, &back)));
	TRY(backend_step(op, tell, arg,
			 before.p == NULL ? "take it away"
					  : "put the one before back",
			 sieve_file_put(b, op, user, before)));
	backend_tell_rights(op, tell, arg, folder_of(b));
	return OK;
}

const struct backend_ops sieve_file_ops = {
	.name = BACKEND_SIEVE_FILE,
	.prompt = true,
	.open = sieve_file_open,
	.close = sieve_file_close,
	.put = sieve_file_put,
	.get = sieve_file_get,
	.limit = sieve_file_limit,
	.list = sieve_file_list,
	.test = sieve_file_test,
};
