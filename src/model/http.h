/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A request and its answer, free of any HTTP library. */
#include "base/op.h"

#include <assert.h>
#include <string.h>

enum http_method { METHOD_OTHER, METHOD_GET, METHOD_HEAD, METHOD_POST };

/* Where the request came in. */
enum listener {
	LISTENER_FRONT, /* the services */
	LISTENER_BACK,  /* health and metrics, for the administrator */
};

/* The headers that matter; the door fills in those that were sent. A field
 * that may be a list is joined with ", "; another one sent twice is refused
 * by the door with 400. */
struct request_headers {
	const char *authorization;
	const char *content_type;
	const char *content_encoding;
	const char *if_none_match;
	const char *if_modified_since;
	const char *client_request_id;
	const char *return_client_request_id;
};

struct source {
	uint8_t address[16]; /* IPv6, or IPv4 mapped into it; zeros: a socket */
};

struct request {
	enum http_method method;
	enum listener listener;
	bool secure;       /* TLS, here or at a trusted proxy */
	const char *path;  /* normalised, decoded once, UTF-8 */
	const char *query; /* raw, behind the ?; NULL: none */
	struct request_headers headers;
	const char *lines; /* "Name: value\n", all of them; only under
			      frontdesk dev */
	struct source source;
	int64_t body_length; /* as declared; -1: chunked; 0: none */
	struct bytes body;   /* as sent: a content coding is still on it */
};

#define RESPONSE_HEADERS_MAX 12

struct response_header {
	const char *name; /* static */
	const char *value;
};

struct response {
	int status; /* 0: what the error table says */
	const char *content_type;
	struct bytes body; /* a HEAD's too: the door leaves it out */
	bool cut; /* the connection ends in the middle: frontdesk dev */
	size_t headers_n;
	struct response_header headers[RESPONSE_HEADERS_MAX];
};

/* The value must live as long as the op and hold neither CR nor LF. */
static inline void
response_header(struct response *res, const char *name, const char *value)
{
	assert(res->headers_n < RESPONSE_HEADERS_MAX);
	assert(strpbrk(value, "\r\n") == NULL);
	res->headers[res->headers_n++] =
		(struct response_header){ name, value };
}
