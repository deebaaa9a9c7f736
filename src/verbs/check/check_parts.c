/* SPDX-License-Identifier: Apache-2.0 */

/*
 * nginx refuses a module of another version or signature when it loads it. So
 * it is asked: nginx -t with a configuration that does nothing else.
 */
#include "verbs/check/check_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAID_MAX 4096 /* bytes of what nginx says that are kept */

static void
fd_close(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* In memory only, read by its descriptor. */
static int
conf_open(struct op *op, const char *module)
{
	const char *text = op_print(op,
				    "load_module %s;\n"
				    "pid /dev/null;\n"
				    "error_log stderr;\n"
				    "events {}\n",
				    module);
	int fd = memfd_create("check", 0); /* nginx inherits it */

	if (fd >= 0 && write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* For a module that was built with sanitizers, as serve does it. What nginx
 * itself leaves behind when it ends is no finding of ours. */
static void
preload_set(const char *libraries)
{
	const char *options = getenv("ASAN_OPTIONS");
	char more[512];

	(void)snprintf(more, sizeof(more), "%s%sdetect_leaks=0",
		       options == NULL ? "" : options,
		       options == NULL ? "" : ":");
	(void)setenv("ASAN_OPTIONS", more, 1);
	(void)setenv("LD_PRELOAD", libraries, 1);
}

static void __attribute__((noreturn))
nginx_exec(const char *nginx, int conf, int said, const char *prefix)
{
	const char *preload = getenv("FRONTDESK_NGINX_PRELOAD");
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", conf);
	if (preload != NULL)
		preload_set(preload);
	(void)dup2(said, STDOUT_FILENO);
	(void)dup2(said, STDERR_FILENO);
	(void)execl(nginx, nginx, "-t", "-q", "-e", "stderr", "-p", prefix,
		    "-c", path, (char *)NULL);
	_exit(127);
}

/* All that nginx says is read, so that it never waits for us; the beginning is
 * kept. */
static const char *
said_read(struct op *op, int fd)
{
	char *said = op_alloc(op, SAID_MAX), drop[SAID_MAX];
	size_t n = 0;
	ssize_t got;

	for (;;) {
		if (n + 1 < SAID_MAX)
			got = read(fd, said + n, SAID_MAX - 1 - n);
		else
			got = read(fd, drop, sizeof(drop));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return said;
		if (n + 1 < SAID_MAX)
			n += (size_t)got;
	}
}

/* Its first line without date, level and process. */
static const char *
said_first(struct op *op, const char *said)
{
	const char *at = strstr(said, "#");
	const char *colon = at == NULL ? NULL : strstr(at, ": ");
	const char *from = colon == NULL ? said : colon + 2;

	return op_text(op, from, strcspn(from, "\n"));
}

enum err
check_module(struct op *op, const char *nginx, const char *module,
	     const char *prefix)
{
	CLEANUP(fd_close) int conf = conf_open(op, module);
	CLEANUP(fd_close) int read_end = -1;
	int ends[2], status;
	const char *said;
	pid_t pid;

	if (conf < 0 || pipe(ends) != 0)
		return FAIL(op, ERR_DOWN, "%s: %s", nginx, strerror(errno));
	read_end = ends[0];
	pid = fork();
	if (pid == 0)
		nginx_exec(nginx, conf, ends[1], prefix);
	(void)close(ends[1]);
	if (pid < 0)
		return FAIL(op, ERR_DOWN, "%s: %s", nginx, strerror(errno));
	said = said_read(op, read_end);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return OK;
	return FAIL(op, ERR_INVALID,
		    "%s does not load %s: %s; build or install Frontdesk for "
		    "this nginx",
		    nginx, module, said_first(op, said));
}
