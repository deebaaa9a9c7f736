/* SPDX-License-Identifier: Apache-2.0 */

/* $frontdesk_line: the access line, one JSON object of everything that is told
 * about a request. As a dozen variables it cost more than finding a photo. */
#include "door/nginx/door.h"

#include <stdint.h>

#define ESCAPED_MAX 6 /* bytes that one byte may become: \u001f */

/* ---- what nginx knows ---- */

/* Room for the digits of 64 bits, and a point. */
struct number {
	u_char p[24];
};

typedef ngx_str_t nginx_text(ngx_http_request_t *r, struct number *room);

static ngx_str_t
time_of(ngx_http_request_t *r, struct number *room)
{
	(void)r;
	(void)room;
	return ngx_cached_http_log_iso8601;
}

static ngx_str_t
source_of(ngx_http_request_t *r, struct number *room)
{
	(void)room;
	return r->connection->addr_text;
}

static ngx_str_t
method_of(ngx_http_request_t *r, struct number *room)
{
	(void)room;
	return r->method_name;
}

static ngx_str_t
path_of(ngx_http_request_t *r, struct number *room)
{
	(void)room;
	return path_text(r);
}

/* Decimal digits at the end of the room; with a point before the last
 * `behind`, of which there is at least one before it. */
static ngx_str_t
decimal(uint64_t n, size_t behind, struct number *room)
{
	u_char *end = room->p + sizeof(room->p), *p = end;
	size_t digits = 0;

	do {
		if (behind > 0 && digits++ == behind)
			*--p = '.';
		*--p = (u_char)('0' + n % 10);
		n /= 10;
	} while (n > 0 || (behind > 0 && digits <= behind));
	return (ngx_str_t){ (size_t)(end - p), p };
}

/* 0: there was no answer. */
static ngx_str_t
status_of(ngx_http_request_t *r, struct number *room)
{
	return decimal(r->err_status > 0 ? r->err_status
					 : r->headers_out.status,
		       0, room);
}

static ngx_str_t
bytes_of_body(ngx_http_request_t *r, struct number *room)
{
	off_t sent = r->connection->sent - (off_t)r->header_size;

	return decimal(sent > 0 ? (uint64_t)sent : 0, 0, room);
}

static ngx_str_t
seconds_of(ngx_http_request_t *r, struct number *room)
{
	const volatile ngx_time_t *now = ngx_cached_time;
	int64_t ms = ((int64_t)now->sec - r->start_sec) * 1000 +
		     ((int64_t)now->msec - (int64_t)r->start_msec);

	return decimal(ms > 0 ? (uint64_t)ms : 0, 3, room);
}

/* ---- the line ---- */

#define QUOTED(name) ",\"" name "\":\"", sizeof(",\"" name "\":\"") - 1, true
#define NUMBER(name) ",\"" name "\":", sizeof(",\"" name "\":") - 1, false

static const struct field {
	const char *key;
	size_t n;
	bool quoted;
	nginx_text *get;
	enum fact fact; /* where get is NULL */
} fields[] = {
	/* clang-format off */
	{ QUOTED("time"),       time_of,       0 },
	{ QUOTED("source"),     source_of,     0 },
	{ QUOTED("method"),     method_of,     0 },
	{ QUOTED("path"),       path_of,       0 },
	{ NUMBER("status"),     status_of,     0 },
	{ NUMBER("bytes"),      bytes_of_body, 0 },
	{ NUMBER("seconds"),    seconds_of,    0 },
	{ QUOTED("caller"),     NULL,          FACT_CALLER },
	{ QUOTED("acting_for"), NULL,          FACT_ACTING_FOR },
	{ QUOTED("operation"),  NULL,          FACT_OPERATION },
	{ QUOTED("target"),     NULL,          FACT_TARGET },
	{ QUOTED("result"),     NULL,          FACT_RESULT },
	{ QUOTED("reason"),     NULL,          FACT_REASON },
	/* clang-format on */
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static ngx_str_t
text_of(const struct field *f, ngx_http_request_t *r, struct number *room)
{
	const char *text;

	if (f->get != NULL)
		return f->get(r, room);
	text = fact_text(door_of(r), f->fact);
	if (text == NULL)
		return (ngx_str_t){ 0, NULL };
	return (ngx_str_t){ strlen(text), door_unconst(text) };
}

/* RFC 8259 7. */
static u_char *
put_escaped(u_char *p, ngx_str_t text)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < text.len; i++) {
		u_char c = text.data[i];

		if (c < ' ') {
			*p++ = '\\';
			*p++ = 'u';
			*p++ = '0';
			*p++ = '0';
			*p++ = (u_char)hex[c >> 4];
			*p++ = (u_char)hex[c & 15];
			continue;
		}
		if (c == '"' || c == '\\')
			*p++ = '\\';
		*p++ = c;
	}
	return p;
}

ngx_int_t
line_get(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
	struct number room[FIELDS];
	ngx_str_t text[FIELDS];
	u_char *p;
	size_t most = 1;

	(void)data;
	for (size_t i = 0; i < FIELDS; i++) {
		text[i] = text_of(&fields[i], r, &room[i]);
		most += fields[i].n + ESCAPED_MAX * text[i].len + 1;
	}
	p = ngx_pnalloc(r->pool, most);
	if (p == NULL)
		return NGX_ERROR;
	v->data = p;
	for (size_t i = 0; i < FIELDS; i++) {
		memcpy(p, fields[i].key, fields[i].n);
		p = put_escaped(p + fields[i].n, text[i]);
		if (fields[i].quoted)
			*p++ = '"';
	}
	*p++ = '}';
	v->data[0] = '{';
	v->len = (size_t)(p - v->data) & 0x0fffffff;
	v->valid = 1;
	v->no_cacheable = 0;
	v->not_found = 0;
	return NGX_OK;
}
