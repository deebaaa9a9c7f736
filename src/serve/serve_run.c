/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/serve_run.h"

#include "base/conf.h"
#include "base/log.h"
#include "cli/file.h"
#include "main/conf_table.h"
#include "main/open.h"
#include "model/backend.h"
#include "serve/serve_check.h"
#include "wing/backend/common.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_WAIT_S 1
#define NOT_ACCEPTED ".next"
#define NOTIFY_MAX 256 /* bytes of a message to systemd */

static enum err
folder_make(struct op *op, const char *path)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return OK;
	return FAIL(op, ERR_DOWN, "%s: %s", path, strerror(errno));
}

enum err
serve_run_make(struct op *op, const struct settings *s)
{
	TRY(folder_make(op, s->run));
	return folder_make(op, op_print(op, "%s/tmp", s->run));
}

/* Never made anew: a site's own nginx may have it mapped already. */
enum err
serve_run_generation(struct op *op, const struct settings *s, uint64_t **out)
{
	const char *path = op_print(op, "%s/%s", s->run, GENERATION_FILE);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	void *p = MAP_FAILED;
	int error;

	if (fd >= 0 && ftruncate(fd, sizeof(uint64_t)) == 0)
		p = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, 0);
	error = errno;
	if (fd >= 0)
		close(fd);
	if (p == MAP_FAILED)
		return FAIL(op, ERR_DOWN, "%s: %s", path, strerror(error));
	*out = p;
	return OK;
}

static const char *
copy_path(struct op *op, const struct settings *s, const char *suffix)
{
	return op_print(op, "%s/" SETTINGS_FILE "%s", s->run, suffix);
}

enum err
serve_run_copy(struct op *op, const struct settings *s, const struct user *user,
	       struct settings **out)
{
	const char *copy = copy_path(op, s, NOT_ACCEPTED);
	struct bytes text;

	TRY(file_read(op, s->file, CONF_FILE_MAX, &text));
	TRY(file_put(op, copy, 0600, text));
	if (user != NULL && lchown(copy, user->uid, user->gid) != 0)
		return FAIL(op, ERR_DOWN, "%s: %s", copy, strerror(errno));
	return settings_open_copy(op, s->file, copy, out);
}

enum err
serve_run_accept(struct op *op, const struct settings *s)
{
	const char *to = copy_path(op, s, "");

	if (rename(copy_path(op, s, NOT_ACCEPTED), to) != 0)
		return FAIL(op, ERR_DOWN, "%s: %s", to, strerror(errno));
	return OK;
}

static void
folder_give(struct op *op, const char *path, const struct user *user)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		return;
	if (backend_folder_make(op, path) != OK)
		log_warning("%s", op->reason);
	else if (user != NULL && lchown(path, user->uid, user->gid) != 0)
		log_warning("%s: %s", path, strerror(errno));
}

void
serve_run_folders(struct op *op, const struct settings *s,
		  const struct user *user)
{
	for (size_t i = 0; i < s->backends_n; i++) {
		const struct backend_section *b = &s->backends[i];

		if (strcmp(b->kind, BACKEND_SIEVE_FILE) == 0)
			folder_give(op, b->folder, user);
		if (strcmp(b->kind, BACKEND_SIEVE_SQL) == 0)
			folder_give(op,
				    op_text(op, b->database,
					    (size_t)(strrchr(b->database, '/') -
						     b->database)),
				    user);
	}
}

enum err
serve_run_conf(struct op *op, const struct settings *s,
	       const struct serve_machine *m, const char *name)
{
	struct buf buf;

	buf_init(&buf, op, 8 * KIB, SERVE_CONF_MAX);
	TRY(serve_conf_write(op, s, m, &buf));
	return file_put(op, op_print(op, "%s/%s", s->run, name), 0600,
			buf_bytes(&buf));
}

const char *const *
serve_run_argv(struct op *op, const struct settings *s, const char *nginx,
	       const char *name, const char *more)
{
	const char *const argv[] = {
		nginx,
		"-e",
		"stderr",
		"-p",
		op_print(op, "%s/", s->run),
		"-c",
		op_print(op, "%s/%s", s->run, name),
		more,
		more == NULL ? NULL : "-q",
		NULL,
	};
	char *copy = op_alloc(op, sizeof(argv));

	memcpy(copy, argv, sizeof(argv));
	return (const char *const *)(void *)copy;
}

/* ---- is it up? ---- */

static bool
talk(int fd)
{
	static const char ask[] = "GET /healthz HTTP/1.0\r\n\r\n";
	static const char want[] = "HTTP/1.1 200";
	char got[sizeof(want)] = "";
	size_t n = 0;
	ssize_t more;

	if (send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL) < 0)
		return false;
	while (n < sizeof(want) - 1) {
		more = recv(fd, got + n, sizeof(want) - 1 - n, 0);
		if (more <= 0)
			return false;
		n += (size_t)more;
	}
	return strcmp(got, want) == 0;
}

bool
serve_run_answers(const struct settings *s)
{
	const struct timeval wait = { .tv_sec = ANSWER_WAIT_S };
	struct sockaddr_storage to;
	socklen_t n = serve_check_address(s->status_listen, &to);
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool answers;

	if (fd < 0)
		return false;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	answers = connect(fd, (const struct sockaddr *)&to, n) == 0 && talk(fd);
	close(fd);
	return answers;
}

/* ---- systemd ---- */

void
serve_notify(const char *format, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char text[NOTIFY_MAX];
	va_list args;
	size_t n;
	int fd;

	if (path == NULL || strlen(path) >= sizeof(to.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	n = strlen(path);
	memcpy(to.sun_path, path, n);
	if (path[0] == '@') /* an abstract one */
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL,
		     (const struct sockaddr *)&to,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}
