/* SPDX-License-Identifier: Apache-2.0 */
/* The access line; nginx's own parts stand here, as far as line.c uses them. */
#include "unit.h"

#include "door/nginx/door.h"

#define ROOM 8192

ngx_module_t ngx_http_frontdesk_module = { .ctx_index = 0 };
volatile ngx_str_t ngx_cached_http_log_iso8601 =
	ngx_string("2026-11-22T10:00:00+00:00");
static ngx_time_t now = { .sec = 1000, .msec = 250 };
volatile ngx_time_t *ngx_cached_time = &now;

static u_char memory[ROOM];
static size_t asked;

void *
ngx_pnalloc(ngx_pool_t *pool, size_t size)
{
	(void)pool;
	asked = size;
	return size <= sizeof(memory) ? memory : NULL;
}

static const char *facts[FACT_US];

struct door *
door_of(ngx_http_request_t *r)
{
	(void)r;
	return NULL;
}

const char *
fact_text(struct door *d, enum fact fact)
{
	(void)d;
	return facts[fact];
}

ngx_str_t
path_text(ngx_http_request_t *r)
{
	return r->uri;
}

/* A request of a connection: 1.234 s old, answered with 200 and 300 bytes. */
static void
request_make(ngx_http_request_t *r)
{
	static ngx_connection_t c;
	static u_char source[] = "192.0.2.1", method[] = "GET", path[] = "/x";

	c.addr_text = (ngx_str_t){ sizeof(source) - 1, source };
	c.sent = 450;
	*r = (ngx_http_request_t){ .connection = &c,
				   .method_name = { sizeof(method) - 1,
						    method },
				   .uri = { sizeof(path) - 1, path },
				   .header_size = 150,
				   .start_sec = 999,
				   .start_msec = 16 };
	r->headers_out.status = 200;
	memset(facts, 0, sizeof(facts));
}

static const char *
line_of(struct op *op, ngx_http_request_t *r)
{
	ngx_http_variable_value_t v = { 0 };

	assert_int_equal(line_get(r, &v, 0), NGX_OK);
	assert_true(v.valid && !v.not_found);
	assert_true(v.len <= asked);
	return op_text(op, (const char *)v.data, v.len);
}

static void
a_line_is_one_object(void **state)
{
	ngx_http_request_t r;

	request_make(&r);
	facts[FACT_CALLER] = "me@example.com";
	facts[FACT_ACTING_FOR] = "you@example.com";
	facts[FACT_OPERATION] = "GetUserPhoto";
	facts[FACT_TARGET] = "x@y";
	facts[FACT_RESULT] = "304";
	facts[FACT_REASON] = "why";
	assert_string_equal(
		line_of(*state, &r),
		"{\"time\":\"2026-11-22T10:00:00+00:00\","
		"\"source\":\"192.0.2.1\",\"method\":\"GET\",\"path\":\"/x\","
		"\"status\":200,\"bytes\":300,\"seconds\":1.234,"
		"\"caller\":\"me@example.com\","
		"\"acting_for\":\"you@example.com\","
		"\"operation\":\"GetUserPhoto\",\"target\":\"x@y\","
		"\"result\":\"304\",\"reason\":\"why\"}");
}

static void
what_is_not_known_is_empty(void **state)
{
	ngx_http_request_t r;

	request_make(&r);
	r.method_name = (ngx_str_t){ 0, NULL };
	r.headers_out.status = 0;
	r.connection->sent = 10;
	r.start_sec = 1001; /* the clock was put back */
	assert_string_equal(
		line_of(*state, &r),
		"{\"time\":\"2026-11-22T10:00:00+00:00\","
		"\"source\":\"192.0.2.1\",\"method\":\"\",\"path\":\"/x\","
		"\"status\":0,\"bytes\":0,\"seconds\":0.000,"
		"\"caller\":\"\",\"acting_for\":\"\",\"operation\":\"\","
		"\"target\":\"\",\"result\":\"\",\"reason\":\"\"}");
}

static void
texts_are_escaped(void **state)
{
	static const struct {
		const char *row, *text, *says;
	} rows[] = {
		/* clang-format off */
		{ "plain",       "a b~",         "a b~" },
		{ "quotes",      "\"a\"",        "\\\"a\\\"" },
		{ "a backslash", "a\\",          "a\\\\" },
		{ "a line end",  "a\nb",         "a\\u000ab" },
		{ "controls",    "\x01\x1f",     "\\u0001\\u001f" },
		{ "UTF-8",       "\xc3\xbc",     "\xc3\xbc" },
		{ "an object",   "\",\"x\":\"",  "\\\",\\\"x\\\":\\\"" },
		/* clang-format on */
	};
	ngx_http_request_t r;

	request_make(&r);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *want =
			op_print(*state, "\"reason\":\"%s\"}", rows[i].says);
		const char *line;

		facts[FACT_REASON] = rows[i].text;
		line = line_of(*state, &r);
		CHECK_ROW(rows[i].row,
			  unit_same(strstr(line, "\"reason\""), want));
	}
}

static void
numbers_are_whole(void **state)
{
	static const struct {
		const char *row;
		time_t start_sec;
		ngx_msec_t start_msec;
		off_t sent;
		ngx_uint_t err_status;
		const char *says;
	} rows[] = {
		/* clang-format off */
		{ "a millisecond",  1000, 249, 150,  0,   "\"status\":200,\"bytes\":0,\"seconds\":0.001" },
		{ "ten of them",    1000, 240, 151,  0,   "\"status\":200,\"bytes\":1,\"seconds\":0.010" },
		{ "a second",       999,  250, 1150, 0,   "\"status\":200,\"bytes\":1000,\"seconds\":1.000" },
		{ "a long one",     0,    250, 150,  404, "\"status\":404,\"bytes\":0,\"seconds\":1000.000" },
		{ "the most bytes", 1000, 250, INT64_MAX, 0, "\"status\":200,\"bytes\":9223372036854775657,\"seconds\":0.000" },
		/* clang-format on */
	};
	ngx_http_request_t r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		request_make(&r);
		r.start_sec = rows[i].start_sec;
		r.start_msec = rows[i].start_msec;
		r.connection->sent = rows[i].sent;
		r.err_status = rows[i].err_status;
		CHECK_ROW(rows[i].row,
			  strstr(line_of(*state, &r), rows[i].says) != NULL);
	}
}

static void
without_memory_there_is_no_line(void **state)
{
	ngx_http_variable_value_t v = { 0 };
	ngx_http_request_t r;
	char *much = op_alloc(*state, ROOM + 1);

	request_make(&r);
	memset(much, 'x', ROOM);
	facts[FACT_REASON] = much;
	assert_int_equal(line_get(&r, &v, 0), NGX_ERROR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_line_is_one_object),
		UNIT_TEST(what_is_not_known_is_empty),
		UNIT_TEST(texts_are_escaped),
		UNIT_TEST(numbers_are_whole),
		UNIT_TEST(without_memory_there_is_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
