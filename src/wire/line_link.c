/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/line_link.h"

#include "wire/line_tls.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define US_PER_MS 1000

struct line_link {
	struct line_socket socket;
	struct line_tls *tls; /* NULL: in clear */
	char *ca;             /* NULL: the system's */
	unsigned timeout_ms;
	size_t at, n; /* what was received and not yet read */
	char buffer[LINE_LINK_MAX];
};

/* What begins now has the time of one answer. */
static void
link_begin(const struct op *op, struct line_link *l)
{
	int64_t until_us = op_clock_us() + (int64_t)l->timeout_ms * US_PER_MS;

	l->socket.until_us = l->timeout_ms == 0 || until_us > op->deadline_us
				     ? op->deadline_us
				     : until_us;
}

/* ---- a connection ---- */

void
line_link_close(struct line_link **link)
{
	struct line_link *l = *link;

	*link = NULL;
	if (l == NULL)
		return;
	line_tls_close(l->tls, &l->socket);
	line_socket_close(&l->socket);
	free(l->ca);
	free(l);
}

enum err
line_link_open(struct op *op, const struct line_place *place,
	       struct line_link **out)
{
	struct line_link *l = calloc(1, sizeof(*l));
	enum err err;

	*out = NULL;
	if (l == NULL)
		return FAIL(op, ERR_DOWN, "%s: no memory to ask it",
			    place->server);
	l->timeout_ms = place->timeout_ms;
	link_begin(op, l);
	err = line_socket_open(op, &l->socket, place->server);
	if (err == OK && place->ca != NULL) {
		l->ca = strdup(place->ca);
		if (l->ca == NULL)
			err = FAIL(op, ERR_DOWN, "%s: no memory to ask it",
				   place->server);
	}
	if (err != OK)
		line_link_close(&l);
	*out = l;
	return err;
}

bool
line_link_is_here(const struct line_link *l)
{
	return l->socket.here;
}

bool
line_link_is_tls(const struct line_link *l)
{
	return l->tls != NULL;
}

enum err
line_link_tls(struct op *op, struct line_link *l)
{
	if (l->n > l->at)
		return FAIL(op, ERR_DENIED,
			    "%s: something was said in clear behind the "
			    "agreement on TLS: somebody may be in between",
			    l->socket.server);
	link_begin(op, l);
	return line_tls_open(op, &l->socket, l->ca, &l->tls);
}

/* ---- bytes ---- */

enum err
line_link_send(struct op *op, struct line_link *l, struct bytes all)
{
	link_begin(op, l);
	return l->tls == NULL ? line_socket_send(op, &l->socket, all)
			      : line_tls_send(op, l->tls, &l->socket, all);
}

/* At least one byte. */
static enum err
link_receive(struct op *op, struct line_link *l, void *to, size_t room,
	     size_t *out)
{
	return l->tls == NULL
		       ? line_socket_receive(op, &l->socket, to, room, out)
		       : line_tls_receive(op, l->tls, &l->socket, to, room,
					  out);
}

/* More bytes behind those that are there. */
static enum err
link_more(struct op *op, struct line_link *l)
{
	size_t n = 0;

	if (l->at > 0) {
		memmove(l->buffer, l->buffer + l->at, l->n - l->at);
		l->n -= l->at;
		l->at = 0;
	}
	if (l->n == sizeof(l->buffer))
		return FAIL(op, ERR_DOWN, "%s: its line has no end",
			    l->socket.server);
	TRY(link_receive(op, l, l->buffer + l->n, sizeof(l->buffer) - l->n,
			 &n));
	l->n += n;
	return OK;
}

enum err
line_link_line(struct op *op, struct line_link *l, struct bytes *out)
{
	const char *start, *end;
	size_t n;

	link_begin(op, l);
	while ((end = memchr(l->buffer + l->at, '\n', l->n - l->at)) == NULL)
		TRY(link_more(op, l));
	start = l->buffer + l->at;
	n = (size_t)(end - start);
	l->at += n + 1;
	if (n > 0 && start[n - 1] == '\r')
		n--;
	*out = (struct bytes){ (const uint8_t *)start, n };
	return OK;
}

bool
line_link_is_quiet(const struct line_link *l)
{
	return l->at == l->n && line_socket_is_quiet(&l->socket);
}

enum err
line_link_read(struct op *op, struct line_link *l, void *to, size_t n)
{
	size_t there = l->n - l->at < n ? l->n - l->at : n;
	uint8_t *p = to;

	link_begin(op, l);
	memcpy(p, l->buffer + l->at, there);
	l->at += there;
	while (there < n) {
		size_t got = 0;

		TRY(link_receive(op, l, p + there, n - there, &got));
		there += got;
	}
	return OK;
}
