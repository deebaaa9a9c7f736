/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Addresses and networks of IP, as text and as bytes. No names are looked up.
 */
#include <stdbool.h>
#include <stdint.h>

#define NET_ADDRESS_SIZE 16 /* bytes: IPv6, or IPv4 mapped into it */

struct net {
	uint8_t address[NET_ADDRESS_SIZE];
	unsigned bits; /* how many of the first count: 128 is one address */
};

/* "192.0.2.1", "192.0.2.0/24", "2001:db8::/32". */
bool net_parse(const char *text, struct net *out);

bool net_has(const struct net *net, const uint8_t address[NET_ADDRESS_SIZE]);

/* Is this IPv4 in its mapped form? */
bool net_is_v4(const uint8_t address[NET_ADDRESS_SIZE]);

/*
 * Where a server listens: "127.0.0.1:8443", "[::1]:8443", "*:443". *port is
 * 1 to 65535; `out` is the address, zeros for "*" (every address).
 */
bool net_parse_listen(const char *text, struct net *out, unsigned *port);

/* 127.0.0.0/8 and ::1. */
bool net_is_loopback(const struct net *net);
