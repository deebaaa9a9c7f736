/* SPDX-License-Identifier: Apache-2.0 */
/* What the access line is told; nginx's own functions stand here, as far as
 * variables.c calls them. */
#include "unit.h"

#include "door/nginx/door.h"
#include "model/mailbox.h"
#include "model/settings.h"

#define VARIABLES_MAX 16

ngx_module_t ngx_http_frontdesk_module = { .ctx_index = 0 };

static ngx_http_variable_t added[VARIABLES_MAX];
static size_t added_n;

ngx_http_variable_t *
ngx_http_add_variable(ngx_conf_t *cf, ngx_str_t *name, ngx_uint_t flags)
{
	(void)cf;
	(void)flags;
	if (added_n == VARIABLES_MAX)
		return NULL;
	added[added_n].name = *name;
	return &added[added_n++];
}

static struct op *of_test;

void *
ngx_pnalloc(ngx_pool_t *pool, size_t size)
{
	(void)pool;
	return op_alloc(of_test, size);
}

static struct door *of_request; /* NULL: it never came to us */

static void
door_is(struct op *op, ngx_http_request_t *r)
{
	static struct door door;

	door = (struct door){ .op = op, .r = r };
	of_request = &door;
}

struct door *
door_of(ngx_http_request_t *r)
{
	(void)r;
	return of_request;
}

ngx_int_t
line_get(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
	(void)r;
	(void)v;
	(void)data;
	return NGX_ERROR; /* line_test's */
}

static struct settings settings;

/* The value of $frontdesk_NAME; NULL: there is none. */
static const char *
value_of(struct op *op, ngx_http_request_t *r, const char *name)
{
	const char *whole = op_print(op, "frontdesk_%s", name);

	of_test = op;
	if (added_n == 0)
		assert_int_equal(variables_configure(NULL), NGX_OK);
	for (size_t i = 0; i < added_n; i++) {
		ngx_http_variable_value_t v = { 0 };

		if (added[i].name.len != strlen(whole) ||
		    memcmp(added[i].name.data, whole, strlen(whole)) != 0)
			continue;
		assert_int_equal(added[i].get_handler(r, &v, added[i].data),
				 NGX_OK);
		return v.not_found ? NULL
				   : op_text(op, (const char *)v.data, v.len);
	}
	fail_msg("there is no %s", whole);
	return NULL;
}

static void
a_line_tells_what_the_desk_found_out(void **state)
{
	static const struct mailbox mailbox = { .address = "me@example.com" };
	static const struct caller resolved = { .mailbox = &mailbox,
						.login = "EXAMPLE\\me" };
	static const struct caller service = { .login = "robot" };
	static const struct {
		const char *row;
		const struct caller *caller;
		const char *target, *operation, *result, *reason;
		ngx_uint_t status; /* nginx's, where the desk has no result */
		const char *says;  /* caller and result */
	} rows[] = {
		/* clang-format off */
		{ "all of it",  &resolved, "x@y",  "GetUserPhoto", "304", "why", 304, "me@example.com 304" },
		{ "no mailbox", &service,  "x@y",  "GetUserPhoto", "200", NULL,  200, "robot 200" },
		{ "nobody",     NULL,      NULL,   NULL,           NULL,  NULL,  400, "- 400" },
		/* clang-format on */
	};
	struct op *op = *state;
	ngx_http_request_t r = { 0 };

	door_is(op, &r);
	op->settings = &settings;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *caller;

		op->caller = rows[i].caller;
		op->target = rows[i].target;
		op->operation = rows[i].operation;
		op->result = rows[i].result;
		op->reason = rows[i].reason;
		r.headers_out.status = rows[i].status;
		caller = value_of(op, &r, "caller");
		CHECK_ROW(rows[i].row,
			  unit_same(op_print(op, "%s %s",
					     caller == NULL ? "-" : caller,
					     value_of(op, &r, "result")),
				    rows[i].says));
		CHECK_ROW(rows[i].row, unit_same(value_of(op, &r, "target"),
						 rows[i].target));
		CHECK_ROW(rows[i].row, unit_same(value_of(op, &r, "operation"),
						 rows[i].operation));
		CHECK_ROW(rows[i].row, unit_same(value_of(op, &r, "reason"),
						 rows[i].reason));
	}
}

static void
a_request_that_never_came_to_us_tells_nothing(void **state)
{
	static const char *const names[] = { "caller", "acting_for",
					     "target", "operation",
					     "result", "reason",
					     "us" };
	ngx_http_request_t r = { 0 };

	of_request = NULL;
	for (size_t i = 0; i < COUNT(names); i++)
		CHECK_ROW(names[i], value_of(*state, &r, names[i]) == NULL);
}

static void
who_asks_and_as_whom_are_told_apart(void **state)
{
	static const struct mailbox other = { .address = "you@example.com" };
	static const struct caller as_other = { .mailbox = &other,
						.login = "robot",
						.service = "robot" };
	struct op *op = *state;
	ngx_http_request_t r = { 0 };

	door_is(op, &r);
	op->settings = &settings;
	settings.log_hash_targets = false;
	op->caller = &as_other;
	assert_string_equal(value_of(op, &r, "caller"), "robot");
	assert_string_equal(value_of(op, &r, "acting_for"), other.address);
	settings.log_hash_targets = true;
	assert_int_equal(strlen(value_of(op, &r, "acting_for")), 16);
}

static void
a_target_can_be_told_by_its_hash(void **state)
{
	struct op *op = *state;
	ngx_http_request_t r = { 0 };
	const char *one, *other;

	door_is(op, &r);
	op->settings = &settings;
	settings.log_hash_targets = true;
	op->target = "Me@Example.com";
	one = value_of(op, &r, "target");
	op->target = "me@example.com";
	assert_string_equal(value_of(op, &r, "target"), one);
	op->target = "you@example.com";
	other = value_of(op, &r, "target");
	assert_string_not_equal(other, one);
	assert_int_equal(strlen(one), 16);
	assert_int_equal(strspn(one, "0123456789abcdef"), 16);
	op->target = NULL;
	assert_null(value_of(op, &r, "target"));
	settings.log_hash_targets = false;
}

static void
what_breaks_lines_is_put_out(void **state)
{
	static const struct {
		const char *row, *target, *says;
	} rows[] = {
		/* clang-format off */
		{ "ASCII",               "a\tb\"c",                  "a\tb\"c" },
		{ "umlauts",             "\xc3\xbc\xc2\xa0\xc2\xbf", "\xc3\xbc\xc2\xa0\xc2\xbf" },
		{ "NEL",                 "a\xc2\x85" "b",            "a??b" },
		{ "the first of C1",     "\xc2\x80",                 "??" },
		{ "the last of C1",      "\xc2\x9f",                 "??" },
		{ "LS",                  "a\xe2\x80\xa8" "b",        "a???b" },
		{ "PS, at the end",      "a\xe2\x80\xa9",            "a???" },
		{ "their neighbours",    "\xe2\x80\xa7\xe2\x80\xaa", "\xe2\x80\xa7\xe2\x80\xaa" },
		{ "two of them",         "\xe2\x80\xa8\xe2\x80\xa9", "??????" },
		{ "others of E2",        "\xe2\x82\xac",             "\xe2\x82\xac" },
		/* clang-format on */
	};
	struct op *op = *state;
	ngx_http_request_t r = { 0 };

	door_is(op, &r);
	op->settings = &settings;
	for (size_t i = 0; i < COUNT(rows); i++) {
		op->target = rows[i].target;
		CHECK_ROW(rows[i].row,
			  unit_same(value_of(op, &r, "target"), rows[i].says));
	}
}

static void
a_path_is_ascii_and_short(void **state)
{
	static const struct {
		const char *row, *uri, *says;
	} rows[] = {
		{ "plain", "/EWS/Exchange.asmx", "/EWS/Exchange.asmx" },
		{ "broken bytes", "/\xff\x80x", "/??x" },
		{ "UTF-8", "/\xc3\xbc", "/??" },
		{ "controls", "/a\nb\x7f", "/a?b?" },
		{ "none", "", "" },
	};
	struct op *op = *state;
	ngx_http_request_t r = { 0 };
	char *longest = op_alloc(op, 514);

	of_request = NULL;
	for (size_t i = 0; i < COUNT(rows); i++) {
		r.uri = (ngx_str_t){ strlen(rows[i].uri),
				     (u_char *)op_dup(op, rows[i].uri) };
		CHECK_ROW(rows[i].row,
			  unit_same(value_of(op, &r, "path"), rows[i].says));
	}
	memset(longest, 'x', 513);
	r.uri = (ngx_str_t){ 512, (u_char *)longest };
	assert_int_equal(strlen(value_of(op, &r, "path")), 512);
	r.uri.len = 513;
	assert_int_equal(strlen(value_of(op, &r, "path")), 512);
}

static void
the_time_is_a_number(void **state)
{
	struct op *op = *state;
	ngx_http_request_t r = { 0 };
	const char *us;

	door_is(op, &r);
	op->settings = &settings;
	us = value_of(op, &r, "us");
	assert_int_equal(strspn(us, "0123456789"), strlen(us));
	assert_true(strlen(us) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_line_tells_what_the_desk_found_out),
		UNIT_TEST(a_request_that_never_came_to_us_tells_nothing),
		UNIT_TEST(who_asks_and_as_whom_are_told_apart),
		UNIT_TEST(a_target_can_be_told_by_its_hash),
		UNIT_TEST(what_breaks_lines_is_put_out),
		UNIT_TEST(a_path_is_ascii_and_short),
		UNIT_TEST(the_time_is_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
