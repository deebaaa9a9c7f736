/* SPDX-License-Identifier: Apache-2.0 */

/* The request's body, read as it comes: memory grows with what arrived, never
 * beyond the limit of the route, and nothing goes through a file. */
#include "door/nginx/door.h"

#include <stdlib.h>
#include <string.h>

/* How much of a body that is too long is read and dropped so that the
 * connection can be kept; a longer one costs its client the connection. */
#define BODY_DROP_MAX MIB
#define BODY_FIRST (16 * KIB) /* room taken at first */

static size_t bodies_held; /* bytes of room of all bodies of this worker */

/* Room for n bytes more; the limit of this one was checked. False: all
 * together have too much. */
static bool
body_grow(struct door *d, size_t n)
{
	size_t room = d->body_room == 0 ? BODY_FIRST : d->body_room;

	while (room - d->body_n < n)
		room *= 2;
	if (room > d->body_max)
		room = d->body_max;
	if (room <= d->body_room)
		return true;
	if (bodies_held + room - d->body_room > d->op->settings->body_memory)
		return false;
	d->body = realloc(d->body, room);
	if (d->body == NULL)
		abort(); /* as the arena: a machine without memory */
	bodies_held += room - d->body_room;
	d->body_room = room;
	return true;
}

void
body_free(struct door *d)
{
	bodies_held -= d->body_room;
	free(d->body);
}

static void
body_add(struct door *d, const uint8_t *from, size_t n)
{
	if (d->no_room)
		return;
	if (d->dropped > 0 || n > d->body_max - d->body_n) {
		d->dropped += n;
		return;
	}
	if (n == 0)
		return;
	if (!body_grow(d, n)) {
		d->no_room = true;
		return;
	}
	memcpy(d->body + d->body_n, from, n);
	d->body_n += n;
}

/* Takes what nginx has read since. A body that came in one piece with the
 * headers is not copied. */
static void
body_take(struct door *d)
{
	ngx_http_request_body_t *rb = d->r->request_body;
	ngx_chain_t *all = rb->bufs;
	bool whole = all != NULL && all->next == NULL && d->body_n == 0 &&
		     !d->r->reading_body && d->dropped == 0;

	rb->bufs = NULL;
	while (all != NULL) {
		ngx_chain_t *link = all;
		ngx_buf_t *b = link->buf;
		size_t n = (size_t)(b->last - b->pos);

		all = all->next;
		if (whole && n <= d->body_max)
			d->req.body = (struct bytes){ b->pos, n };
		else
			body_add(d, b->pos, n);
		b->pos = b->last;
		ngx_free_chain(d->r->pool, link);
	}
}

/* Everything is there, or enough of what is too much. */
static void
body_end(struct door *d)
{
	d->r->read_event_handler = ngx_http_block_reading;
	if (d->r->reading_body) /* the rest is still to come */
		d->r->keepalive = 0;
	if (d->refused) {
		ngx_http_finalize_request(d->r, send_answer(d));
		return;
	}
	if (d->no_room || d->dropped > 0) {
		ngx_http_finalize_request(
			d->r,
			door_refuse(d, d->no_room ? ERR_DOWN : ERR_LIMIT));
		return;
	}
	if (d->body_n > 0)
		d->req.body = (struct bytes){ d->body, d->body_n };
	ngx_http_finalize_request(d->r, door_answer(d));
}

/* Is it no use to read on? HTTP/2 ends a stream without its connection. */
static bool
body_is_too_much(const struct door *d)
{
	return d->no_room || d->dropped > BODY_DROP_MAX ||
	       (d->dropped > 0 && d->r->stream != NULL);
}

/* nginx's timeout is between two reads; ours is for all of them. */
static bool
body_in_time(const struct door *d)
{
	ngx_event_t *read = d->r->connection->read;
	ngx_msec_int_t left =
		(ngx_msec_int_t)(d->body_until - ngx_current_msec);

	if (left <= 0)
		return false;
	ngx_add_timer(read, (ngx_msec_t)left);
	return true;
}

static void body_on_event(ngx_http_request_t *r);

/* Takes and reads until there is nothing to read now. */
static void
body_go(struct door *d)
{
	ngx_http_request_t *r = d->r;

	body_take(d);
	while (r->reading_body && !body_is_too_much(d)) {
		ngx_int_t rc = ngx_http_read_unbuffered_request_body(r);

		if (rc == NGX_HTTP_REQUEST_TIME_OUT) {
			door_give_up(d);
			return;
		}
		if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
			ngx_http_finalize_request(r, rc);
			return;
		}
		if (rc == NGX_AGAIN && r->request_body->bufs == NULL) {
			if (!body_in_time(d))
				door_give_up(d);
			return;
		}
		body_take(d);
	}
	body_end(d);
}

static void
body_on_event(ngx_http_request_t *r)
{
	body_go(door_of(r));
}

/* nginx has read what was there. */
static void
body_on_start(ngx_http_request_t *r)
{
	r->read_event_handler = body_on_event;
	body_go(door_of(r));
}

ngx_int_t
body_read(struct door *d)
{
	const ngx_http_core_loc_conf_t *core =
		ngx_http_get_module_loc_conf(d->r, ngx_http_core_module);
	ngx_int_t rc;

	d->body_until = ngx_current_msec + core->client_body_timeout;
	d->r->request_body_no_buffering = 1;
	rc = ngx_http_read_client_request_body(d->r, body_on_start);
	return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}
