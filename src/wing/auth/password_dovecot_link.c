/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/auth/password_dovecot_link.h"

#include "base/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LINES_MAX 200 /* of a greeting, or passed over before an answer */
#define QUERY_ID 1    /* the only one on its connection */
/* Two connections may not have the same number, and those of programs are
 * their process numbers, which are below. */
#define CLIENT_MIN (UINT32_C(1) << 22)

struct link {
	int fd; /* -1: none */
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	size_t at, n; /* what was received and not yet read */
	char buffer[DOVECOT_LINE_MAX];
};

/* ---- bytes ---- */

/* The next call of the socket's gives up at the op's deadline. */
static enum err
time_limit(struct op *op, const struct link *l, int which)
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
link_failed(struct op *op, const struct link *l, int error)
{
	if (error == EAGAIN || error == EWOULDBLOCK)
		return FAIL(op, ERR_DOWN, "Dovecot did not answer in time");
	return FAIL(op, ERR_DOWN, "Dovecot's socket %s: %s", l->path,
		    strerror(error));
}

static enum err
link_send(struct op *op, const struct link *l, struct bytes all)
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
link_receive(struct op *op, struct link *l)
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

static enum err
link_read(struct op *op, struct link *l, struct dovecot_answer *out)
{
	const char *start, *end;
	size_t n;

	while ((end = memchr(l->buffer + l->at, '\n', l->n - l->at)) == NULL)
		TRY(link_receive(op, l));
	start = l->buffer + l->at;
	n = (size_t)(end - start);
	l->at += n + 1;
	return dovecot_read(op, (struct bytes){ (const uint8_t *)start, n },
			    out);
}

/* ---- a connection ---- */

static enum err
link_connect(struct op *op, struct link *l, const char *path)
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

/* Both greet; Dovecot ends with DONE. */
static enum err
link_greet(struct op *op, struct link *l)
{
	struct dovecot_answer said = { .word = DOVECOT_OTHER };
	bool plain = false;
	uint32_t client;

	digest_random(&client, sizeof(client));
	client = CLIENT_MIN + client % (INT32_MAX - CLIENT_MIN);
	TRY(link_send(op, l, dovecot_hello(op, client)));
	for (unsigned i = 0; said.word != DOVECOT_DONE; i++) {
		if (i == LINES_MAX)
			return FAIL(op, ERR_DOWN,
				    "Dovecot's greeting has no end");
		TRY(link_read(op, l, &said));
		if (said.word == DOVECOT_VERSION && said.id != 1)
			return FAIL(op, ERR_DOWN,
				    "Dovecot speaks version %s of its "
				    "protocol, not 1",
				    said.first);
		if (said.word == DOVECOT_MECH)
			plain = plain || strcmp(said.first, "PLAIN") == 0;
	}
	if (!plain)
		return FAIL(op, ERR_DOWN,
			    "Dovecot does not take PLAIN: add it to "
			    "auth_mechanisms");
	return OK;
}

static void
link_done(struct link **l)
{
	if (*l != NULL && (*l)->fd >= 0)
		(void)close((*l)->fd);
	free(*l);
}

static enum err
link_open(struct op *op, const char *path, struct link **out)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return FAIL(op, ERR_DOWN, "no memory to ask Dovecot");
	(*out)->fd = -1;
	TRY(link_connect(op, *out, path));
	return link_greet(op, *out);
}

enum err
dovecot_ask(struct op *op, const char *socket, struct dovecot_query *in,
	    struct dovecot_answer *out)
{
	CLEANUP(link_done) struct link *l = NULL;
	struct bytes line;

	in->id = QUERY_ID;
	TRY(dovecot_query(op, in, &line));
	TRY(link_open(op, socket, &l));
	TRY(link_send(op, l, line));
	for (unsigned i = 0; i < LINES_MAX; i++) {
		TRY(link_read(op, l, out));
		if (out->word != DOVECOT_OK && out->word != DOVECOT_FAIL &&
		    out->word != DOVECOT_CONT)
			continue;
		if (out->id == in->id)
			return OK;
		return FAIL(op, ERR_DOWN,
			    "Dovecot answered what nobody had asked");
	}
	return FAIL(op, ERR_DOWN, "Dovecot said too much");
}

enum err
dovecot_greet(struct op *op, const char *socket)
{
	CLEANUP(link_done) struct link *l = NULL;

	return link_open(op, socket, &l);
}
