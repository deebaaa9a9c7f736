/* SPDX-License-Identifier: Apache-2.0 */
/* request.c needs of nginx its types only: requests are built by hand, as
 * nginx leaves them behind its parser. */
#include "unit.h"

#include "base/text.h"
#include "door/nginx/door.h"
#include "model/settings.h"

#include <netinet/in.h>
#include <sys/un.h>

ngx_module_t ngx_http_frontdesk_module = { .ctx_index = 0 };

#define LINES_MAX 8

/* One request in memory. */
struct fixture {
	ngx_http_request_t r;
	ngx_connection_t c;
	ngx_table_elt_t lines[LINES_MAX];
	ngx_table_elt_t more_lines[LINES_MAX];
	ngx_list_part_t more;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un local;
	} from;
	struct place place;
	void *confs[1];
	struct door d;
};

static ngx_str_t
str_of(struct op *op, const char *text)
{
	return (ngx_str_t){ strlen(text), (u_char *)op_dup(op, text) };
}

static struct fixture *
fixture_make(struct op *op, const char *uri)
{
	struct fixture *f = op_alloc(op, sizeof(*f));

	f->confs[0] = &f->place;
	f->r.loc_conf = f->confs;
	f->r.connection = &f->c;
	f->r.http_version = NGX_HTTP_VERSION_11;
	f->r.method = NGX_HTTP_GET;
	f->r.uri = f->r.unparsed_uri = str_of(op, uri);
	f->r.headers_in.content_length_n = -1;
	f->r.headers_in.headers.part.elts = f->lines;
	f->c.sockaddr = &f->from.any;
	f->from.v4.sin_family = AF_INET;
	f->place.listener = LISTENER_FRONT;
	f->d.r = &f->r;
	f->d.op = op;
	return f;
}

/* "Name: value"; without a colon as nginx has it then. */
static void
line_put(struct op *op, ngx_table_elt_t *at, const char *line)
{
	char *copy = op_dup(op, line);
	size_t n = strcspn(copy, ":");
	size_t skip = copy[n] == ':' ? strspn(copy + n + 1, " ") + 1 : 0;

	at->hash = 1;
	at->key = (ngx_str_t){ n, (u_char *)copy };
	at->value = (ngx_str_t){ strlen(copy + n + skip),
				 (u_char *)copy + n + skip };
	at->lowcase_key =
		(u_char *)(uintptr_t)text_fold(op, op_text(op, copy, n));
	copy[n] = '\0';
}

/* Lines are parted by |; those behind a || are in nginx's second part. */
static void
lines_put(struct op *op, struct fixture *f, const char *lines)
{
	ngx_list_part_t *part = &f->r.headers_in.headers.part;
	char *copy = op_dup(op, lines), *line;

	while ((line = strsep(&copy, "|")) != NULL) {
		ngx_table_elt_t *all = part->elts;

		if (*line == '\0') {
			f->more.elts = f->more_lines;
			part->next = &f->more;
			part = part->next;
			continue;
		}
		assert_true(part->nelts < LINES_MAX);
		line_put(op, &all[part->nelts++], line);
	}
}

static void
a_target_is_refused_or_has_its_path(void **state)
{
	static const struct {
		const char *row, *sent, *uri;
		ngx_uint_t version;
		ngx_int_t rc;
	} rows[] = {
		/* clang-format off */
		{ "plain",            "/ews/x",     "/ews/x",        NGX_HTTP_VERSION_11, NGX_OK },
		{ "HTTP/1.0",         "/ews/x",     "/ews/x",        NGX_HTTP_VERSION_10, NGX_OK },
		{ "HTTP/2",           "/ews/x",     "/ews/x",        NGX_HTTP_VERSION_20, NGX_OK },
		{ "HTTP/0.9",         "/ews/x",     "/ews/x",        NGX_HTTP_VERSION_9,  NGX_HTTP_CLOSE },
		{ "the last ASCII",   "/~",         "/~",            NGX_HTTP_VERSION_11, NGX_OK },
		{ "DEL",              "/\x7f",      "/\x7f",         NGX_HTTP_VERSION_11, NGX_HTTP_BAD_REQUEST },
		{ "bytes as they are", "/\xc3\xbc", "/\xc3\xbc",    NGX_HTTP_VERSION_11, NGX_HTTP_BAD_REQUEST },
		{ "a blank",          "/a b",       "/a b",          NGX_HTTP_VERSION_11, NGX_HTTP_BAD_REQUEST },
		{ "encoded UTF-8",    "/%c3%bc",    "/\xc3\xbc",     NGX_HTTP_VERSION_11, NGX_OK },
		{ "encoded, broken",  "/%c3",       "/\xc3",         NGX_HTTP_VERSION_11, NGX_HTTP_BAD_REQUEST },
		{ "encoded, too long", "/%c0%af",   "/\xc0\xaf",     NGX_HTTP_VERSION_11, NGX_HTTP_BAD_REQUEST },
		{ "encoded blank",    "/a%20b",     "/a b",          NGX_HTTP_VERSION_11, NGX_OK },
		{ "encoded LF",       "/a%0ab",     "/a\nb",         NGX_HTTP_VERSION_11, NGX_HTTP_BAD_REQUEST },
		{ "encoded CR",       "/a%0db",     "/a\rb",         NGX_HTTP_VERSION_11, NGX_HTTP_BAD_REQUEST },
		{ "encoded tab",      "/a%09b",     "/a\tb",         NGX_HTTP_VERSION_11, NGX_HTTP_BAD_REQUEST },
		{ "encoded escape",   "/a%1bb",     "/a\x1b" "b",    NGX_HTTP_VERSION_11, NGX_HTTP_BAD_REQUEST },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture *f = fixture_make(op, rows[i].uri);

		f->r.unparsed_uri = str_of(op, rows[i].sent);
		f->r.http_version = rows[i].version;
		CHECK_ROW(rows[i].row, request_read(&f->d) == rows[i].rc);
		if (rows[i].rc == NGX_OK)
			CHECK_ROW(rows[i].row,
				  unit_same(f->d.req.path, rows[i].uri));
	}
}

/* nginx refuses it before; a path never ends early here. */
static void
a_nul_is_refused(void **state)
{
	struct fixture *f = fixture_make(*state, "/a%00b");

	f->r.uri = (ngx_str_t){ 4, (u_char *)(uintptr_t) "/a\0b" };
	assert_int_equal(request_read(&f->d), NGX_HTTP_BAD_REQUEST);
}

static void
header_lines_are_taken_or_refused(void **state)
{
	static const struct {
		const char *row, *lines;
		bool fine;
		const char *authorization, *if_none_match, *content_encoding;
	} rows[] = {
		/* clang-format off */
		{ "none",             "Host: x",                              true,  NULL, NULL, NULL },
		{ "a login",          "Host: x|Authorization: Basic abc",     true,  "Basic abc", NULL, NULL },
		{ "any case",         "aUTHORIZATION: Basic abc",             true,  "Basic abc", NULL, NULL },
		{ "two logins",       "Authorization: a|Authorization: b",    false, NULL, NULL, NULL },
		{ "the same twice",   "Authorization: a|Authorization: a",    false, NULL, NULL, NULL },
		{ "two, far apart",   "Authorization: a||Authorization: a",   false, NULL, NULL, NULL },
		{ "in a second part", "Host: x||Authorization: b",            true,  "b", NULL, NULL },
		{ "a list",           "If-None-Match: \"a\"",                 true,  NULL, "\"a\"", NULL },
		{ "a list in lines",  "If-None-Match: \"a\"|X: y|If-None-Match: \"b\"", true, NULL, "\"a\", \"b\"", NULL },
		{ "codings in lines", "Content-Encoding: gzip||Content-Encoding: gzip", true, NULL, NULL, "gzip, gzip" },
		{ "two dates",        "If-Modified-Since: a|If-Modified-Since: b", false, NULL, NULL, NULL },
		{ "two types",        "Content-Type: a|Content-Type: b",      false, NULL, NULL, NULL },
		{ "two ids",          "client-request-id: a|Client-Request-Id: b", false, NULL, NULL, NULL },
		{ "others twice",     "X: a|X: b",                            true,  NULL, NULL, NULL },
		{ "an empty value",   "Authorization:",                       true,  "", NULL, NULL },
		{ "no colon",         "Oddity",                               false, NULL, NULL, NULL },
		{ "no colon, known",  "Authorization",                        false, NULL, NULL, NULL },
		{ "no colon, later",  "Host: x||Oddity",                      false, NULL, NULL, NULL },
		{ "not UTF-8",        "Authorization: \xff",                  false, NULL, NULL, NULL },
		{ "not UTF-8, other", "X: \xff",                              true,  NULL, NULL, NULL },
		{ "a longer name",    "Authorization2: a",                    true,  NULL, NULL, NULL },
		{ "a shorter name",   "Authorizatio: a",                      true,  NULL, NULL, NULL },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture *f = fixture_make(op, "/");
		const struct request_headers *h = &f->d.req.headers;

		lines_put(op, f, rows[i].lines);
		CHECK_ROW(
			rows[i].row,
			request_read(&f->d) ==
				(rows[i].fine ? NGX_OK : NGX_HTTP_BAD_REQUEST));
		if (!rows[i].fine)
			continue;
		CHECK_ROW(rows[i].row,
			  unit_same(h->authorization, rows[i].authorization));
		CHECK_ROW(rows[i].row,
			  unit_same(h->if_none_match, rows[i].if_none_match));
		CHECK_ROW(rows[i].row, unit_same(h->content_encoding,
						 rows[i].content_encoding));
	}
}

/* HTTP/2 has no colons; where its values lie means nothing. */
static void
http2_needs_no_colon(void **state)
{
	struct fixture *f = fixture_make(*state, "/");

	f->r.http_version = NGX_HTTP_VERSION_20;
	lines_put(*state, f, "oddity");
	assert_int_equal(request_read(&f->d), NGX_OK);
}

static void
only_tls_or_the_trusted_proxy_is_secure(void **state)
{
	static const struct {
		const char *row, *lines;
		bool tls, proxied, secure;
	} rows[] = {
		/* clang-format off */
		{ "clear",                   "Host: x",                   false, false, false },
		{ "TLS",                     "Host: x",                   true,  false, true },
		{ "a client's own word",     "X-Forwarded-Proto: https",  false, false, false },
		{ "the proxy's word",        "X-Forwarded-Proto: https",  false, true,  true },
		{ "the proxy's HTTPS",       "x-forwarded-proto: HTTPS",  false, true,  true },
		{ "the proxy says http",     "X-Forwarded-Proto: http",   false, true,  false },
		{ "the proxy says nothing",  "Host: x",                   false, true,  false },
		{ "the proxy says both",     "X-Forwarded-Proto: https|X-Forwarded-Proto: http", false, true, false },
		{ "twice",                   "X-Forwarded-Proto: https||X-Forwarded-Proto: https", false, true, false },
		{ "a list",                  "X-Forwarded-Proto: https, http", false, true, false },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		static ngx_ssl_connection_t tls;
		struct fixture *f = fixture_make(op, "/");

		lines_put(op, f, rows[i].lines);
		f->c.ssl = rows[i].tls ? &tls : NULL;
		f->place.proxied = rows[i].proxied;
		CHECK_ROW(rows[i].row, request_read(&f->d) == NGX_OK);
		CHECK_ROW(rows[i].row, f->d.req.secure == rows[i].secure);
	}
}

/* Collected for frontdesk dev, and for nobody else. */
static void
header_lines_are_kept_under_dev_alone(void **state)
{
	static const struct settings ever = { 0 };
	static const struct settings dev = { .dev_socket = "@x" };
	struct op *op = *state;
	struct fixture *f = fixture_make(op, "/");

	op->settings = &ever;
	lines_put(op, f, "Host: x");
	assert_int_equal(request_read(&f->d), NGX_OK);
	assert_null(f->d.req.lines);
	f = fixture_make(op, "/");
	op->settings = &dev;
	lines_put(op, f, "Host: x|User-Agent: a client");
	assert_int_equal(request_read(&f->d), NGX_OK);
	assert_string_equal(f->d.req.lines, "Host: x\nUser-Agent: a client\n");
	op->settings = NULL;
}

static void
the_source_is_the_peer_as_it_stands(void **state)
{
	static const uint8_t v4[16] = { 0, 0, 0,    0,    0,   0, 0, 0,
					0, 0, 0xff, 0xff, 192, 0, 2, 1 };
	static const uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0,
					0,    0, 0,   0,    0, 0, 0, 7 };
	static const uint8_t none[16];
	struct fixture *f = fixture_make(*state, "/");

	memcpy(&f->from.v4.sin_addr, v4 + 12, 4);
	assert_int_equal(request_read(&f->d), NGX_OK);
	assert_memory_equal(f->d.req.source.address, v4, 16);

	f = fixture_make(*state, "/");
	f->from.v6.sin6_family = AF_INET6;
	memcpy(&f->from.v6.sin6_addr, v6, 16);
	assert_int_equal(request_read(&f->d), NGX_OK);
	assert_memory_equal(f->d.req.source.address, v6, 16);

	f = fixture_make(*state, "/");
	f->from.local.sun_family = AF_UNIX;
	(void)snprintf(f->from.local.sun_path, 8, "/run/x");
	assert_int_equal(request_read(&f->d), NGX_OK);
	assert_memory_equal(f->d.req.source.address, none, 16);
}

static void
method_query_and_length_are_told_apart(void **state)
{
	static const struct {
		const char *row, *args; /* NULL: no question mark */
		ngx_uint_t method;
		bool chunked;
		off_t length; /* as nginx has it: -1 is none */
		enum http_method is;
		int64_t body;
	} rows[] = {
		/* clang-format off */
		{ "GET",            NULL,   NGX_HTTP_GET,     false, -1, METHOD_GET,   0 },
		{ "HEAD",           "",     NGX_HTTP_HEAD,    false, -1, METHOD_HEAD,  0 },
		{ "POST",           "a=b",  NGX_HTTP_POST,    false, 7,  METHOD_POST,  7 },
		{ "POST, empty",    NULL,   NGX_HTTP_POST,    false, 0,  METHOD_POST,  0 },
		{ "POST, chunked",  NULL,   NGX_HTTP_POST,    true,  -1, METHOD_POST,  -1 },
		{ "PUT",            NULL,   NGX_HTTP_PUT,     false, 3,  METHOD_OTHER, 3 },
		{ "OPTIONS",        NULL,   NGX_HTTP_OPTIONS, false, -1, METHOD_OTHER, 0 },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture *f = fixture_make(op, "/");
		const struct request *req = &f->d.req;

		f->r.method = rows[i].method;
		f->r.headers_in.chunked = rows[i].chunked;
		f->r.headers_in.content_length_n = rows[i].length;
		if (rows[i].args != NULL)
			f->r.args = str_of(op, rows[i].args);
		f->place.listener = LISTENER_BACK;
		CHECK_ROW(rows[i].row, request_read(&f->d) == NGX_OK);
		CHECK_ROW(rows[i].row, req->method == rows[i].is);
		CHECK_ROW(rows[i].row, req->body_length == rows[i].body);
		CHECK_ROW(rows[i].row, unit_same(req->query, rows[i].args));
		CHECK_ROW(rows[i].row, req->listener == LISTENER_BACK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_target_is_refused_or_has_its_path),
		UNIT_TEST(a_nul_is_refused),
		UNIT_TEST(header_lines_are_taken_or_refused),
		UNIT_TEST(header_lines_are_kept_under_dev_alone),
		UNIT_TEST(http2_needs_no_colon),
		UNIT_TEST(only_tls_or_the_trusted_proxy_is_secure),
		UNIT_TEST(the_source_is_the_peer_as_it_stands),
		UNIT_TEST(method_query_and_length_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
