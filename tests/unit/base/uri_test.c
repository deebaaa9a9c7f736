/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/uri.h"

#include "base/text.h"

static const struct row {
	const char *text, *scheme, *host;
	unsigned port;
	bool here;
} rows[] = {
	/* clang-format off */
	{ "ldap://localhost",          "ldap",  "localhost", 0, true },
	{ "LDAP://LOCALHOST:1/",       "ldap",  "LOCALHOST", 1, true },
	{ "ldaps://127.0.0.1:636",     "ldaps", "127.0.0.1", 636, true },
	{ "ldaps://127.200.0.1",       "ldaps", "127.200.0.1", 0, true },
	{ "ldap://[::1]:65535",        "ldap",  "::1", 65535, true },
	{ "ldap://[2001:db8::1]",      "ldap",  "2001:db8::1", 0, false },
	{ "ldap://dc1.example.com/",   "ldap",  "dc1.example.com", 0, false },
	{ "ldap://localhost.example",  "ldap",  "localhost.example", 0, false },
	{ "ldap://127.0.0.1.example",  "ldap",  "127.0.0.1.example", 0, false },
	{ "ldap://128.0.0.1",          "ldap",  "128.0.0.1", 0, false },
	/* clang-format on */
};

static void
the_parts_of_a_uri_are_found(void **state)
{
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct uri uri;

		CHECK_ROW(r->text, uri_parse(r->text, &uri));
		CHECK_ROW(r->text, uri_is(&uri, r->scheme));
		CHECK_ROW(r->text,
			  !uri_is(&uri, "l") && !uri_is(&uri, "ldapx"));
		CHECK_ROW(r->text,
			  unit_same(op_text(op, (const char *)uri.host.p,
					    uri.host.n),
				    r->host));
		CHECK_ROW(r->text, uri.port == r->port);
		CHECK_ROW(r->text, uri_is_here(&uri) == r->here);
	}
}

static void
what_is_no_server_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"ldap",
		"://a",
		"ldap:/a",
		"ldap://",
		"ldap:///",
		"ldap://:389",
		"ldap://a:",
		"ldap://a:0",
		"ldap://a:65536",
		"ldap://a:00000389",
		"ldap://a:x",
		"ldap://a:-1",
		"ldap://-a",
		"ldap://a/b",
		"ldap://a//",
		"ldap://a?x",
		"ldap://a b",
		"ldap://user@a",
		"ldap://[::1",
		"ldap://[::1]x",
		"ldap://[]",
		"ldap://[1:2]",
		"ldap://[a",
		"ldap://%2frun",
		"ldap://b\xc3\xbc",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct uri uri;

		CHECK_ROW(wrong[i], !uri_parse(wrong[i], &uri));
	}
}

static void
a_host_has_255_bytes_at_most(void **state)
{
	struct op *op = *state;
	char *host = op_alloc(op, URI_HOST_MAX + 2);
	struct uri uri;

	memset(host, 'a', URI_HOST_MAX);
	assert_true(uri_parse(op_print(op, "ldap://%s:1", host), &uri));
	assert_false(uri_is_here(&uri));
	host[URI_HOST_MAX] = 'a';
	assert_false(uri_parse(op_print(op, "ldap://%s:1", host), &uri));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_parts_of_a_uri_are_found),
		UNIT_TEST(what_is_no_server_is_refused),
		UNIT_TEST(a_host_has_255_bytes_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
