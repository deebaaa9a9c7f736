/* SPDX-License-Identifier: Apache-2.0 */

/* Answers: ours, straight from the op's memory; and nginx's own errors, which
 * get an empty body instead of a page. */
#include "door/nginx/door.h"

#include <string.h>

/* A refused request's body up to this size is dropped to keep the connection;
 * a longer one costs its client the connection. */
#define SEND_DROP_MAX (4 * MIB)

#define RETRY_AFTER "Retry-After"

static bool
send_header(ngx_http_request_t *r, const char *name, const char *value)
{
	ngx_table_elt_t *h = ngx_list_push(&r->headers_out.headers);

	if (h == NULL)
		return false;
	h->hash = 1;
	h->key.data = door_unconst(name);
	h->key.len = strlen(name);
	h->value.data = door_unconst(value);
	h->value.len = strlen(value);
	h->lowcase_key = NULL;
	return true;
}

static bool
send_headers(struct door *d)
{
	ngx_http_request_t *r = d->r;
	const struct response *res = &d->res;

	for (size_t i = 0; i < res->headers_n; i++) {
		if (!send_header(r, res->headers[i].name,
				 res->headers[i].value))
			return false;
	}
	r->headers_out.status = (ngx_uint_t)res->status;
	r->disable_not_modified = 1; /* the desk has decided that */
	r->headers_out.content_length_n =
		res->status == NGX_HTTP_NOT_MODIFIED ? -1 : (off_t)res->body.n;
	r->header_only = res->body.n == 0; /* spares a walk of the filters */
	if (res->content_type == NULL)
		return true;
	r->headers_out.content_type.data = door_unconst(res->content_type);
	r->headers_out.content_type.len = strlen(res->content_type);
	r->headers_out.content_type_len = r->headers_out.content_type.len;
	return true;
}

/* An answer that is not taken in time as a whole is given up: nginx's own
 * timeout is between two writes. */
static void
send_on_timeout(ngx_event_t *event)
{
	struct door *d = event->data;
	ngx_connection_t *c = d->r->connection;

	ngx_http_set_log_request(c->log, d->r);
	door_give_up(d);
	ngx_http_run_posted_requests(c);
}

static void
send_time(struct door *d)
{
	const ngx_http_core_loc_conf_t *core =
		ngx_http_get_module_loc_conf(d->r, ngx_http_core_module);

	d->timer.handler = send_on_timeout;
	d->timer.data = d;
	ngx_add_timer(&d->timer, core->send_timeout);
}

/* Half of it, and then the connection is gone: frontdesk dev, "cut". */
static ngx_int_t
send_half(struct door *d)
{
	ngx_buf_t *b = ngx_calloc_buf(d->r->pool);
	ngx_chain_t out = { .buf = b, .next = NULL };

	if (b == NULL)
		return NGX_ERROR;
	b->memory = 1;
	b->flush = 1;
	b->pos = door_unconst(d->res.body.p);
	b->last = b->pos + d->res.body.n / 2;
	(void)ngx_http_output_filter(d->r, &out);
	return NGX_ERROR;
}

static ngx_int_t
send_body(struct door *d)
{
	ngx_buf_t *b = ngx_calloc_buf(d->r->pool);
	ngx_chain_t out = { .buf = b, .next = NULL };
	ngx_int_t rc;

	if (b == NULL)
		return NGX_ERROR;
	if (d->res.body.n > 0) {
		b->memory = 1;
		b->pos = door_unconst(d->res.body.p);
		b->last = b->pos + d->res.body.n;
	}
	b->last_buf = 1;
	b->last_in_chain = 1;
	rc = ngx_http_output_filter(d->r, &out);
	if (rc == NGX_AGAIN)
		send_time(d);
	return rc;
}

/* What the client still sends of a body that nobody wants. */
static ngx_int_t
send_drop(struct door *d)
{
	ngx_http_request_t *r = d->r;

	if (r->headers_in.content_length_n > (off_t)SEND_DROP_MAX)
		r->keepalive = 0;
	return ngx_http_discard_request_body(r);
}

ngx_int_t
send_answer(struct door *d)
{
	ngx_http_request_t *r = d->r;
	ngx_int_t rc = send_drop(d);

	if (rc != NGX_OK)
		return rc;
	if (!send_headers(d))
		return NGX_ERROR;
	d->sent = true;
	rc = ngx_http_send_header(r);
	if (rc == NGX_ERROR || rc > NGX_OK)
		return rc;
	if (d->res.cut)
		return d->res.body.n > 1 ? send_half(d) : NGX_ERROR;
	if (r->header_only)
		return rc;
	return send_body(d);
}

static ngx_http_output_header_filter_pt next_filter;

/* Every answer passes here; nginx's own errors leave without their page. An
 * error of ours that has no SOAP fault is 503. */
static ngx_int_t
send_bare(ngx_http_request_t *r)
{
	const struct place *place =
		ngx_http_get_module_loc_conf(r, ngx_http_frontdesk_module);
	const struct door *d = door_of(r);

	if (!place->bare || (d != NULL && d->sent) ||
	    r->headers_out.status < NGX_HTTP_SPECIAL_RESPONSE)
		return next_filter(r);
	if (r->err_status == NGX_HTTP_INTERNAL_SERVER_ERROR)
		r->err_status = NGX_HTTP_SERVICE_UNAVAILABLE;
	if (r->headers_out.status == NGX_HTTP_INTERNAL_SERVER_ERROR)
		r->headers_out.status = NGX_HTTP_SERVICE_UNAVAILABLE;
	if (r->headers_out.status == NGX_HTTP_SERVICE_UNAVAILABLE &&
	    !send_header(r, RETRY_AFTER, "1"))
		return NGX_ERROR;
	if (!send_header(r, "Cache-Control", "no-store"))
		return NGX_ERROR;
	r->headers_out.content_length_n = 0;
	r->headers_out.content_type.len = 0;
	r->headers_out.content_type_len = 0;
	r->header_only = 1;
	return next_filter(r);
}

ngx_int_t
send_configure(ngx_conf_t *cf)
{
	(void)cf;
	next_filter = ngx_http_top_header_filter;
	ngx_http_top_header_filter = send_bare;
	return NGX_OK;
}
