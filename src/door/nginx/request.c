/* SPDX-License-Identifier: Apache-2.0 */

/* What nginx read becomes a struct request; what is not fit to be read by
 * anybody is refused here, once. */
#include "base/buf.h"
#include "base/text.h"
#include "door/nginx/door.h"
#include "model/settings.h"

#include <netinet/in.h>
#include <string.h>

#define LINES_MAX (64 * KIB) /* of headers that are shown; nginx takes less */

/* The headers that matter, by their name in lower case. */
enum { ONCE, LIST };

#define HEADER(name, member, kind)                                             \
	{                                                                      \
		name, sizeof(name) - 1, kind,                                  \
			offsetof(struct request_headers, member)               \
	}

static const struct header {
	const char *name;
	size_t n;
	int kind;
	size_t offset; /* of the member */
} headers[] = {
	HEADER("authorization", authorization, ONCE),
	HEADER("content-type", content_type, ONCE),
	HEADER("content-encoding", content_encoding, LIST),
	HEADER("if-none-match", if_none_match, LIST),
	HEADER("if-modified-since", if_modified_since, ONCE),
	HEADER("client-request-id", client_request_id, ONCE),
	HEADER("return-client-request-id", return_client_request_id, ONCE),
};

static bool
header_is(const ngx_table_elt_t *h, const char *name, size_t n)
{
	return h->key.len == n && memcmp(h->lowcase_key, name, n) == 0;
}

/* nginx takes a line without a colon for a name without a value. */
static bool
header_has_colon(const ngx_http_request_t *r, const ngx_table_elt_t *h)
{
	return r->http_version >= NGX_HTTP_VERSION_20 || h->value.len > 0 ||
	       h->value.data != h->key.data + h->key.len;
}

static struct bytes
bytes_of_str(const ngx_str_t *str)
{
	return (struct bytes){ str->data, str->len };
}

/* One line of those that matter. */
static bool
header_take(struct door *d, const struct header *row, const ngx_table_elt_t *h)
{
	char *members = (char *)&d->req.headers;
	const char *value = (const char *)h->value.data; /* ended by NUL */
	const char *before;

	if (!text_utf8(bytes_of_str(&h->value)))
		return false;
	memcpy(&before, members + row->offset, sizeof(before));
	if (before != NULL && row->kind == ONCE)
		return false;
	if (before != NULL)
		value = op_print(d->op, "%s, %s", before, value);
	memcpy(members + row->offset, &value, sizeof(value));
	return true;
}

static bool
header_read(struct door *d, const ngx_table_elt_t *h)
{
	if (!header_has_colon(d->r, h))
		return false;
	for (size_t i = 0; i < COUNT(headers); i++) {
		if (header_is(h, headers[i].name, headers[i].n))
			return header_take(d, &headers[i], h);
	}
	return true;
}

static bool
headers_read(struct door *d)
{
	const ngx_list_part_t *part = &d->r->headers_in.headers.part;

	for (; part != NULL; part = part->next) {
		const ngx_table_elt_t *h = part->elts;

		for (size_t i = 0; i < part->nelts; i++) {
			if (!header_read(d, &h[i]))
				return false;
		}
	}
	return true;
}

/* Exactly one X-Forwarded-Proto, and it says https. Only a listener that none
 * but the trusted proxy reaches is `proxied`. */
static bool
proxy_had_tls(const ngx_http_request_t *r)
{
	static const char name[] = "x-forwarded-proto";
	const ngx_list_part_t *part = &r->headers_in.headers.part;
	unsigned https = 0, others = 0;

	for (; part != NULL; part = part->next) {
		const ngx_table_elt_t *h = part->elts;

		for (size_t i = 0; i < part->nelts; i++) {
			if (!header_is(&h[i], name, sizeof(name) - 1))
				continue;
			if (text_case_equal((const char *)h[i].value.data,
					    "https"))
				https++;
			else
				others++;
		}
	}
	return https == 1 && others == 0;
}

static bool
request_is_secure(const ngx_http_request_t *r, const struct place *place)
{
	if (r->connection->ssl != NULL)
		return true;
	return place->proxied && proxy_had_tls(r);
}

/* Zeros for a Unix socket. */
static struct source
source_of(const struct sockaddr *from)
{
	struct source out = { .address = { 0 } };

	if (from->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, from, sizeof(in));
		out.address[10] = out.address[11] = 0xff;
		memcpy(out.address + 12, &in.sin_addr, 4);
	} else if (from->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, from, sizeof(in6));
		memcpy(out.address, &in6.sin6_addr, sizeof(out.address));
	}
	return out;
}

static enum http_method
method_of(ngx_uint_t method)
{
	switch (method) {
	case NGX_HTTP_GET:
		return METHOD_GET;
	case NGX_HTTP_HEAD:
		return METHOD_HEAD;
	case NGX_HTTP_POST:
		return METHOD_POST;
	default:
		return METHOD_OTHER;
	}
}

/* RFC 9112 3.2: a request target is printable ASCII. */
static bool
target_is_ascii(const ngx_str_t *target)
{
	for (size_t i = 0; i < target->len; i++) {
		if (target->data[i] <= ' ' || target->data[i] >= 0x7f)
			return false;
	}
	return true;
}

static int64_t
body_length_of(const ngx_http_request_t *r)
{
	if (r->headers_in.chunked)
		return -1;
	return r->headers_in.content_length_n > 0
		       ? r->headers_in.content_length_n
		       : 0;
}

/* For people who look over the shoulder of a client: see desk/dev.h. */
static const char *
lines_of(struct door *d)
{
	const ngx_list_part_t *part = &d->r->headers_in.headers.part;
	struct buf buf;

	buf_init(&buf, d->op, KIB, LINES_MAX);
	for (; part != NULL; part = part->next) {
		const ngx_table_elt_t *h = part->elts;

		for (size_t i = 0; i < part->nelts; i++) {
			if (!text_utf8(bytes_of_str(&h[i].value)))
				continue;
			buf_add(&buf, h[i].key.data, h[i].key.len);
			buf_puts(&buf, ": ");
			buf_add(&buf, h[i].value.data, h[i].value.len);
			buf_putc(&buf, '\n');
		}
	}
	return buf_text(&buf);
}

ngx_int_t
request_read(struct door *d)
{
	ngx_http_request_t *r = d->r;
	const struct place *place =
		ngx_http_get_module_loc_conf(r, ngx_http_frontdesk_module);
	char *path;

	if (r->http_version < NGX_HTTP_VERSION_10)
		return NGX_HTTP_CLOSE;
	if (!target_is_ascii(&r->unparsed_uri) ||
	    !text_utf8(bytes_of_str(&r->uri)))
		return NGX_HTTP_BAD_REQUEST;
	path = op_text(d->op, (const char *)r->uri.data, r->uri.len);
	if (!text_clean(path) || strpbrk(path, "\t\r\n") != NULL ||
	    !headers_read(d))
		return NGX_HTTP_BAD_REQUEST;
	d->req.method = method_of(r->method);
	d->req.listener = place->listener;
	d->req.secure = request_is_secure(r, place);
	d->req.path = path;
	if (r->args.data != NULL)
		d->req.query =
			op_text(d->op, (const char *)r->args.data, r->args.len);
	d->req.source = source_of(r->connection->sockaddr);
	d->req.body_length = body_length_of(r);
	if (d->op->settings != NULL && d->op->settings->dev_socket != NULL)
		d->req.lines = lines_of(d);
	return NGX_OK;
}
