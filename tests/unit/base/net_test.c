/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/net.h"

static void
an_address_belongs_to_the_networks_that_hold_it(void **state)
{
	static const struct {
		const char *net, *address;
		bool has;
	} rows[] = {
		/* clang-format off */
		{ "192.0.2.1",          "192.0.2.1",            true },
		{ "192.0.2.1",          "192.0.2.2",            false },
		{ "192.0.2.0/24",       "192.0.2.255",          true },
		{ "192.0.2.0/24",       "192.0.3.0",            false },
		{ "192.0.2.64/26",      "192.0.2.127",          true },
		{ "192.0.2.64/26",      "192.0.2.128",          false },
		{ "10.0.0.0/8",         "10.255.0.1",           true },
		{ "10.0.0.0/8",         "11.0.0.0",             false },
		{ "0.0.0.0/0",          "203.0.113.9",          true },
		{ "0.0.0.0/0",          "2001:db8::1",          false },
		{ "192.0.2.1/32",       "192.0.2.1",            true },
		{ "::ffff:192.0.2.1",   "192.0.2.1",            true },
		{ "2001:db8::/32",      "2001:db8:ffff::1",     true },
		{ "2001:db8::/32",      "2001:db9::",           false },
		{ "2001:db8:0:8000::/49", "2001:db8:0:8000::1", true },
		{ "2001:db8:0:8000::/49", "2001:db8:0:7fff::1", false },
		{ "::/0",               "192.0.2.1",            true },
		{ "::1/128",            "::1",                  true },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct net net, address;

		CHECK_ROW(rows[i].net, net_parse(rows[i].net, &net));
		CHECK_ROW(rows[i].net, net_parse(rows[i].address, &address));
		CHECK_ROW(rows[i].net,
			  net_has(&net, address.address) == rows[i].has);
	}
}

static void
what_is_no_network_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"x",
		"192.0.2",
		"192.0.2.1.5",
		"192.0.2.256",
		"192.0.2.0/33",
		"192.0.2.0/",
		"192.0.2.0/-1",
		"192.0.2.0/8/8",
		"2001:db8::/129",
		"2001:db8::/x",
		"[::1]",
		"192.0.2.1 ",
		" 192.0.2.1",
		"192.0.2.1/ 8",
		"localhost",
		"1:2:3:4:5:6:7:8:9",
		"/8",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb/8",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct net net;

		CHECK_ROW(rows[i], !net_parse(rows[i], &net));
	}
}

static void
a_place_to_listen_is_an_address_and_a_port(void **state)
{
	static const struct {
		const char *text;
		unsigned port; /* 0: refused */
		bool loopback;
	} rows[] = {
		/* clang-format off */
		{ "127.0.0.1:8443",  8443,  true },
		{ "127.255.0.9:1",   1,     true },
		{ "128.0.0.1:1",     1,     false },
		{ "[::1]:8443",      8443,  true },
		{ "[::2]:8443",      8443,  false },
		{ "[::]:443",        443,   false },
		{ "0.0.0.0:443",     443,   false },
		{ "*:443",           443,   false },
		{ "192.0.2.1:65535", 65535, false },
		{ "192.0.2.1:65536", 0,     false },
		{ "192.0.2.1:0",     0,     false },
		{ "192.0.2.1:",      0,     false },
		{ "192.0.2.1",       0,     false },
		{ ":443",            0,     false },
		{ "443",             0,     false },
		{ "**:443",          0,     false },
		{ "::1:443",         0,     false },
		{ "[::1]443",        0,     false },
		{ "[::1:443",        0,     false },
		{ "[127.0.0.1]:443", 0,     false },
		{ "[]:443",          0,     false },
		{ "localhost:443",   0,     false },
		{ "192.0.2.0/24:443", 0,    false },
		{ "192.0.2.1:+443",  0,     false },
		{ "192.0.2.1: 443",  0,     false },
		{ "",                0,     false },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct net net;
		unsigned port = 0;
		bool read = net_parse_listen(rows[i].text, &net, &port);

		CHECK_ROW(rows[i].text, read == (rows[i].port != 0));
		if (!read)
			continue;
		CHECK_ROW(rows[i].text, port == rows[i].port);
		CHECK_ROW(rows[i].text,
			  net_is_loopback(&net) == rows[i].loopback);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_address_belongs_to_the_networks_that_hold_it),
		cmocka_unit_test(what_is_no_network_is_refused),
		cmocka_unit_test(a_place_to_listen_is_an_address_and_a_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
