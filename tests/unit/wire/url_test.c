/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/buf.h"
#include "wire/url.h"

/* name=value|name=value */
static const char *
taken_apart(struct op *op, const char *query)
{
	struct url_parameter p[8];
	struct buf out;
	size_t n;

	if (url_query(op, query, p, COUNT(p), &n) != OK)
		return NULL;
	buf_init(&out, op, 0, KIB);
	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "%s%s=%s", i == 0 ? "" : "|", p[i].name,
			   p[i].value);
	return buf_text(&out);
}

static void
a_query_becomes_names_and_values(void **state)
{
	static const struct {
		const char *query;
		const char *parameters; /* NULL: refused */
	} rows[] = {
		/* clang-format off */
		{ "", "" },
		{ "email=ada@example.com&size=HR64x64", "email=ada@example.com|size=HR64x64" },
		{ "email=ada%40example.com", "email=ada@example.com" },
		{ "email=a+b@example.com", "email=a+b@example.com" },
		{ "email=a%2Bb@example.com", "email=a+b@example.com" },
		{ "email=a%2bb", "email=a+b" },
		{ "email=j%C3%BCrgen", "email=j\xc3\xbcrgen" },
		{ "email=j\xc3\xbcrgen", "email=j\xc3\xbcrgen" },
		{ "%65mail=x", "email=x" },
		{ "email=%2540", "email=%40" }, /* decoded once */
		{ "a=b=c", "a=b=c" },
		{ "a=%26%3D", "a=&=" },
		{ "a", "a=" },
		{ "a=", "a=" },
		{ "=b", "=b" },
		{ "=", "=" },
		{ "&&a=b&&", "a=b" },
		{ "a=1&a=2", "a=1|a=2" },
		{ "email=x&amp;size=y", "email=x|size=y" },
		{ "email=x&AMP;size=y", "email=x|size=y" },
		{ "email=x&amp;amp;size=y", "email=x|amp;size=y" },
		{ "email=x&amp;", "email=x|=" },
		{ "a;b=c", "a;b=c" },
		{ "a=b%20c", "a=b c" },
		{ "a=b#c", "a=b#c" },
		{ "a=%F0%9F%98%80", "a=\xf0\x9f\x98\x80" },
		{ "a=%", NULL },
		{ "a=%4", NULL },
		{ "a=%4&b=c", NULL },
		{ "a=%&b=c", NULL },
		{ "a=%zz", NULL },
		{ "a=%4g", NULL },
		{ "a=% 4", NULL },
		{ "a=%+4", NULL },
		{ "%=a", NULL },
		{ "a=b%4=c", NULL },
		{ "a=%00", NULL },
		{ "a=b%00c", NULL },
		{ "%00=b", NULL },
		{ "a=%0A", NULL },
		{ "a=%0d", NULL },
		{ "a=%09", NULL },
		{ "a=%1f", NULL },
		{ "a=%7f", NULL },
		{ "a=\x01", NULL },
		{ "a=b\tc", NULL },
		{ "a=%C2%85", NULL }, /* U+0085, a control character */
		{ "a=%FF", NULL },
		{ "a=\xff", NULL },
		{ "a=%C3", NULL },
		{ "a=%C3&b=%A4", NULL }, /* no character is made of two values */
		{ "a=%C0%80", NULL },
		{ "a=%ED%A0%80", NULL },
		{ "ok=1&bad=%FF", NULL },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].query,
			  unit_same(taken_apart(op, rows[i].query),
				    rows[i].parameters));
	assert_string_equal(taken_apart(op, NULL), "");
}

static void
what_is_refused_is_invalid(void **state)
{
	struct url_parameter p[1];
	size_t n;

	assert_int_equal(url_query(*state, "a=%ff", p, 1, &n), ERR_INVALID);
	assert_int_equal(url_query(*state, "a=%00", p, 1, &n), ERR_INVALID);
	assert_int_equal(url_query(*state, "a=%", p, 1, &n), ERR_INVALID);
}

static void
limits_hold_to_the_byte_and_the_parameter(void **state)
{
	static const struct {
		const char *row;
		size_t bytes, parameters, room;
		enum err err;
	} rows[] = {
		/* clang-format off */
		{ "as long as may be", URL_QUERY_MAX, 1, 8, OK },
		{ "one byte longer",   URL_QUERY_MAX + 1, 1, 8, ERR_LIMIT },
		{ "as many as may be", 400, URL_PARAMETERS_MAX, 100, OK },
		{ "one more",          400, URL_PARAMETERS_MAX + 1, 100, ERR_LIMIT },
		{ "all the room",      400, 8, 8, OK },
		{ "no room for one",   400, 9, 8, ERR_LIMIT },
		{ "no room at all",    400, 1, 0, ERR_LIMIT },
		/* clang-format on */
	};
	struct url_parameter p[100];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;
		size_t n = 0;

		buf_init(&b, *state, 0, 2 * URL_QUERY_MAX);
		for (size_t j = 1; j < rows[i].parameters; j++)
			buf_puts(&b, "a=b&");
		buf_puts(&b, "a=");
		while (b.n < rows[i].bytes)
			buf_putc(&b, 'x');
		CHECK_ROW(rows[i].row,
			  url_query(*state, buf_text(&b), p, rows[i].room,
				    &n) == rows[i].err);
		CHECK_ROW(rows[i].row,
			  n == (rows[i].err == OK ? rows[i].parameters : 0));
	}
}

static void
the_first_of_a_name_counts_in_any_case(void **state)
{
	struct url_parameter p[8];
	size_t n;

	assert_int_equal(
		url_query(*state, "x=0&EMail=1&email=2&size", p, COUNT(p), &n),
		OK);
	assert_string_equal(url_value(p, n, "email"), "1");
	assert_string_equal(url_value(p, n, "SIZE"), "");
	assert_null(url_value(p, n, "mail"));
	assert_null(url_value(p, n, "emai"));
	assert_null(url_value(p, n, ""));
	assert_null(url_value(p, 0, "email"));
}

static void
a_url_has_a_host_and_a_port(void **state)
{
	static const struct {
		const char *url, *host;
		unsigned port;
	} rows[] = {
		{ "https://mail.example.com", "mail.example.com", 443 },
		{ "https://mail.example.com:8443", "mail.example.com", 8443 },
		{ "https://mail.example.com/a:1", "mail.example.com", 443 },
		{ "https://192.0.2.1:1", "192.0.2.1", 1 },
		{ "https://[2001:db8::1]", "[2001:db8::1]", 443 },
		{ "https://[2001:db8::1]:65535/", "[2001:db8::1]", 65535 },
		{ "localhost:9", "localhost", 9 },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].url,
			  unit_same(url_host(op, rows[i].url), rows[i].host));
		CHECK_ROW(rows[i].url, url_port(rows[i].url) == rows[i].port);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_query_becomes_names_and_values),
		UNIT_TEST(what_is_refused_is_invalid),
		UNIT_TEST(limits_hold_to_the_byte_and_the_parameter),
		UNIT_TEST(the_first_of_a_name_counts_in_any_case),
		UNIT_TEST(a_url_has_a_host_and_a_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
