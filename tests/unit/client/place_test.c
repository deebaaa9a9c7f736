/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "client/place.h"

static void
only_https_is_a_place(void **state)
{
	static const struct {
		const char *url;
		bool right;
	} rows[] = {
		{ "https://mail.example.com/EWS/Exchange.asmx", true },
		{ "https://mail.example.com:8443/", true },
		{ "https://[2001:db8::1]:8443/x?a=b", true },
		{ "https://192.0.2.1", true },
		{ "HTTPS://mail.example.com/", true },
		{ "http://mail.example.com/", false },
		{ "https:///path", false },
		{ "https:/\\path", false },
		{ "https://\\path", false },
		{ "https://", false },
		{ "https://me@mail.example.com/", false },
		{ "https://me:pw@mail.example.com/", false },
		{ "https://mail.example.com/#x", false },
		{ "https://mail.example.com/a b", false },
		{ "https://mail.example.com/\r\nHost: x", false },
		{ "https://mail.example.com:99999/", false },
		{ "file:///etc/passwd", false },
		{ "mail.example.com", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].url,
			  place_is_https(rows[i].url) == rows[i].right);
}

static void
a_url_has_at_most_its_limit(void **state)
{
	char url[PLACE_MAX + 2];

	(void)state;
	memset(url, 'x', sizeof(url));
	memcpy(url, "https://h/", 10);
	url[PLACE_MAX] = '\0';
	assert_true(place_is_https(url));
	url[PLACE_MAX] = 'x';
	url[PLACE_MAX + 1] = '\0';
	assert_false(place_is_https(url));
}

static void
a_url_is_taken_apart(void **state)
{
	static const struct {
		const char *url, *host, *base;
		unsigned port;
	} rows[] = {
		{ "https://a.example/x?y", "a.example", "https://a.example",
		  443 },
		{ "https://a.example:444/x", "a.example",
		  "https://a.example:444", 444 },
		{ "http://a.example", "a.example", "http://a.example", 80 },
		{ "https://[::1]:5/", "::1", "https://[::1]:5", 5 },
		{ "nonsense://", NULL, NULL, 0 },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *url = rows[i].url;

		CHECK_ROW(url, unit_same(place_host(op, url), rows[i].host));
		CHECK_ROW(url, unit_same(place_base(op, url), rows[i].base));
		CHECK_ROW(url, place_port(url) == rows[i].port);
	}
}

static void
a_location_may_be_relative(void **state)
{
	static const struct {
		const char *location, *to;
	} rows[] = {
		{ "/y", "https://a.example/y" },
		{ "y?q=1", "https://a.example/x/y?q=1" },
		{ "//b.example/y", "https://b.example/y" },
		{ "http://b.example/", "http://b.example/" },
		{ "https://b.example/\x01", NULL },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].location,
			  unit_same(place_join(op, "https://a.example/x/z",
					       rows[i].location),
				    rows[i].to));
}

static void
a_host_is_within_its_domain(void **state)
{
	static const struct {
		const char *host;
		bool within;
	} rows[] = {
		{ "example.com", true },
		{ "Mail.Example.COM", true },
		{ "a.b.example.com", true },
		{ "notexample.com", false },
		{ "example.com.evil.test", false },
		{ "com", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].host,
			  place_within(rows[i].host, "example.com") ==
				  rows[i].within);
}

/* What servers give as the place of photos. */
static void
photos_are_found_from_whatever_a_server_gives(void **state)
{
	static const char *const rows[] = {
		"https://h/EWS/Exchange.asmx",
		"https://h/EWS/Exchange.asmx/",
		"https://h/EWS/Exchange.asmx/s",
		"https://h/EWS/Exchange.asmx/s/",
		"https://h/EWS/Exchange.asmx/s/GetUserPhoto",
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *out = NULL;

		CHECK_ROW(rows[i], place_photo(op, rows[i], &out) == OK);
		CHECK_ROW(rows[i],
			  unit_same(out, "https://h/EWS/Exchange.asmx/s/"
					 "GetUserPhoto"));
	}
}

static void
a_query_holds_any_text(void **state)
{
	assert_string_equal(place_escape(*state, "a+b&c=d%/'\xC3\xA4@x.test"),
			    "a%2Bb%26c%3Dd%25%2F%27%C3%A4@x.test");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(only_https_is_a_place),
		UNIT_TEST(a_url_has_at_most_its_limit),
		UNIT_TEST(a_url_is_taken_apart),
		UNIT_TEST(a_location_may_be_relative),
		UNIT_TEST(a_host_is_within_its_domain),
		UNIT_TEST(photos_are_found_from_whatever_a_server_gives),
		UNIT_TEST(a_query_holds_any_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
