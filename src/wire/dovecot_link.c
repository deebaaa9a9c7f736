/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/dovecot_link.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ESCAPE '\001'

struct dovecot_link {
	int fd; /* -1: none */
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	size_t at, n; /* what was received and not yet read */
	char buffer[DOVECOT_LINE_MAX];
};

/* ---- bytes ---- */

/* The next call of the socket's gives up at the op's deadline. */
static enum err
time_limit(struct op *op, const struct dovecot_link *l, int which)
{
	unsigned left_ms = op_left_ms(op);
	const struct timeval left = { .tv_sec = left_ms / 1000,
				      .tv_usec = (suseconds_t)(left_ms % 1000) *
						 1000 };

	if (left_ms == 0)
		return FAIL(op, ERR_DOWN, "Dovecot did not answer in time");
	(void)setsockopt(l->fd, SOL_SOCKET, which, &left, sizeof(left));
	return OK;
}

static enum err
link_failed(struct op *op, const struct dovecot_link *l, int error)
{
	if (error == EAGAIN || error == EWOULDBLOCK)
		return FAIL(op, ERR_DOWN, "Dovecot did not answer in time");
	return FAIL(op, ERR_DOWN, "Dovecot's socket %s: %s", l->path,
		    strerror(error));
}

enum err
dovecot_link_send(struct op *op, struct dovecot_link *l, struct bytes all)
{
	while (all.n > 0) {
		ssize_t n;

		TRY(time_limit(op, l, SO_SNDTIMEO));
		n = send(l->fd, all.p, all.n, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return link_failed(op, l, errno);
		if (n > 0)
			all = (struct bytes){ all.p + n, all.n - (size_t)n };
	}
	return OK;
}

/* More bytes behind those that are there. */
static enum err
link_receive(struct op *op, struct dovecot_link *l)
{
	ssize_t n;

	if (l->at > 0) {
		memmove(l->buffer, l->buffer + l->at, l->n - l->at);
		l->n -= l->at;
		l->at = 0;
	}
	if (l->n == sizeof(l->buffer))
		return FAIL(op, ERR_DOWN, "Dovecot's line has no end");
	TRY(time_limit(op, l, SO_RCVTIMEO));
	n = recv(l->fd, l->buffer + l->n, sizeof(l->buffer) - l->n, 0);
	if (n < 0 && errno != EINTR)
		return link_failed(op, l, errno);
	if (n == 0)
		return FAIL(op, ERR_DOWN, "Dovecot closed the connection");
	if (n > 0)
		l->n += (size_t)n;
	return OK;
}

enum err
dovecot_link_line(struct op *op, struct dovecot_link *l, struct bytes *out)
{
	const char *start, *end;
	size_t n;

	while ((end = memchr(l->buffer + l->at, '\n', l->n - l->at)) == NULL)
		TRY(link_receive(op, l));
	start = l->buffer + l->at;
	n = (size_t)(end - start);
	l->at += n + 1;
	*out = (struct bytes){ (const uint8_t *)start, n };
	return OK;
}

/* ---- a connection ---- */

static enum err
link_connect(struct op *op, struct dovecot_link *l, const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = strlen(path);

	if (n >= sizeof(to.sun_path))
		return FAIL(op, ERR_DOWN,
			    "Dovecot's socket %s: a socket's path has at most "
			    "%zu bytes",
			    path, sizeof(to.sun_path) - 1);
	memcpy(l->path, path, n + 1);
	memcpy(to.sun_path, path, n + 1);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return link_failed(op, l, errno);
	TRY(time_limit(op, l, SO_SNDTIMEO));
	if (connect(l->fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		return link_failed(op, l, errno);
	return OK;
}

void
dovecot_link_close(struct dovecot_link **l)
{
	if (*l != NULL && (*l)->fd >= 0)
		(void)close((*l)->fd);
	free(*l);
}

enum err
dovecot_link_open(struct op *op, const char *path, struct dovecot_link **out)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return FAIL(op, ERR_DOWN, "no memory to ask Dovecot");
	(*out)->fd = -1;
	return link_connect(op, *out, path);
}

/* ---- words ---- */

/* What stands behind the escape. */
static char
unescaped(char c)
{
	static const char pairs[] = "0\0001\001t\tr\rn\nl\n";

	for (size_t i = 0; i + 1 < sizeof(pairs) - 1; i += 2) {
		if (pairs[i] == c)
			return pairs[i + 1];
	}
	return c;
}

enum err
dovecot_word(struct op *op, struct bytes *rest, const char **out)
{
	const uint8_t *tab = memchr(rest->p, '\t', rest->n);
	size_t n = tab == NULL ? rest->n : (size_t)(tab - rest->p);
	char *text = op_alloc(op, n + 1);
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		char c = (char)rest->p[i];

		if (c != ESCAPE)
			text[to++] = c;
		else if (++i < n) /* at the very end it escapes nothing */
			text[to++] = unescaped((char)rest->p[i]);
	}
	if (!text_utf8((struct bytes){ (const uint8_t *)text, to }))
		return FAIL(op, ERR_DOWN, "Dovecot said what is not UTF-8");
	*rest = tab == NULL ? (struct bytes){ NULL, 0 }
			    : (struct bytes){ tab + 1, rest->n - n - 1 };
	*out = text;
	return OK;
}
