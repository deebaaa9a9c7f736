/* SPDX-License-Identifier: Apache-2.0 */

/* The way of one request: admitted, its body read, answered, sent. */
#include "door/nginx/door.h"

#include <stdlib.h>

/* Bytes of a body that are waited for from who has not said who he is. */
#define BODY_UNKNOWN_MAX (16 * KIB)

struct door *
door_of(ngx_http_request_t *r)
{
	return ngx_http_get_module_ctx(r, ngx_http_frontdesk_module);
}

/* nginx gives the request's memory back: the op's goes with it. */
static void
door_on_end(void *data)
{
	struct door *d = data;

	if (d->timer.timer_set)
		ngx_del_timer(&d->timer);
	body_free(d);
	house_op_end(d->house, d->op);
}

static struct door *
door_make(ngx_http_request_t *r, struct desk_house *house)
{
	struct door *d = ngx_pcalloc(r->pool, sizeof(*d));
	ngx_pool_cleanup_t *end = ngx_pool_cleanup_add(r->pool, 0);

	if (d == NULL || end == NULL)
		return NULL;
	d->r = r;
	d->house = house;
	d->op = house_op(house);
	d->timer.log = r->connection->log;
	end->handler = door_on_end;
	end->data = d;
	ngx_http_set_ctx(r, d, ngx_http_frontdesk_module);
	return d;
}

ngx_int_t
door_on_request(ngx_http_request_t *r)
{
	struct desk_house *house = module_house();
	struct door *d;
	ngx_int_t rc;

	if (house == NULL)
		return NGX_HTTP_SERVICE_UNAVAILABLE;
	d = door_make(r, house);
	if (d == NULL)
		return NGX_HTTP_INTERNAL_SERVER_ERROR;
	rc = request_read(d);
	if (rc != NGX_OK)
		return rc;
	/* Without a body there is nothing to tell before it. */
	d->step = d->req.body_length == 0 ? STEP_ANSWER : STEP_ADMIT;
	return door_after(d, door_run(d));
}

enum err
door_run(struct door *d)
{
	if (d->step == STEP_ADMIT)
		return house_admit(d->house, d->op, &d->req, &d->res,
				   &d->body_max);
	return house_answer(d->house, d->op, &d->req, &d->res);
}

/*
 * In HTTP/2 an answer before the end of the body is followed by RST_STREAM, at
 * which some clients (curl 7.88) forget the answer: who comes without a login
 * first, as half of them do, is told when his envelope has come.
 */
static bool
body_is_awaited(const struct door *d)
{
	return d->r->stream != NULL && d->res.status == NGX_HTTP_UNAUTHORIZED &&
	       d->req.body_length != 0 &&
	       d->req.body_length <= (int64_t)BODY_UNKNOWN_MAX;
}

ngx_int_t
door_after(struct door *d, enum err err)
{
	if (err == ERR_WAIT &&
	    (!d->op->may_wait || d->op->wait_for != d->op->on ||
	     d->op->delay_ms > 0))
		return pool_run(d);
	if (err == ERR_WAIT) /* it is where it may, so it is our own mistake */
		return door_refuse(d, ERR_INTERNAL);
	if (d->step == STEP_ADMIT && err != OK && body_is_awaited(d)) {
		d->refused = true;
		d->body_max = BODY_UNKNOWN_MAX;
		return body_read(d);
	}
	if (d->step == STEP_ANSWER || err != OK)
		return send_answer(d);
	return body_read(d);
}

ngx_int_t
door_answer(struct door *d)
{
	d->step = STEP_ANSWER;
	op_again(d->op, false);
	return door_after(d, door_run(d));
}

/* Of HTTP/2 nginx would close the stream only, and let the connection idle. */
void
door_give_up(struct door *d)
{
	ngx_http_request_t *r = d->r;

	r->connection->timedout = 1;
	if (r->stream != NULL)
		r->stream->connection->connection->error = 1;
	ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
}

ngx_int_t
door_refuse(struct door *d, enum err err)
{
	house_refuse(d->house, d->op, &d->req, &d->res, err);
	return send_answer(d);
}
