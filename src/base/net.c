/* SPDX-License-Identifier: Apache-2.0 */

/* Addresses and networks of IP, as text and as bytes. */
#include "base/net.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

#define V4_OFFSET 12 /* bytes before an IPv4 address in its mapped form */
#define V4_BITS 96
#define PORT_MAX 65535

static const uint8_t v4_prefix[V4_OFFSET] = { [10] = 0xff, [11] = 0xff };

bool
net_is_v4(const uint8_t address[NET_ADDRESS_SIZE])
{
	return memcmp(address, v4_prefix, V4_OFFSET) == 0;
}

static bool
address_parse(const char *text, struct net *out)
{
	*out = (struct net){ .bits = 8 * NET_ADDRESS_SIZE };
	if (inet_pton(AF_INET6, text, out->address) == 1)
		return true;
	memcpy(out->address, v4_prefix, V4_OFFSET);
	return inet_pton(AF_INET, text, out->address + V4_OFFSET) == 1;
}

/* Copies text up to `end` where inet_pton can read it. */
static bool
address_parse_n(const char *text, const char *end, struct net *out)
{
	char copy[INET6_ADDRSTRLEN] = "";
	size_t n = (size_t)(end - text);

	if (n >= sizeof(copy))
		return false;
	memcpy(copy, text, n);
	return address_parse(copy, out);
}

bool
net_parse(const char *text, struct net *out)
{
	const char *slash = strchr(text, '/');
	int64_t bits, most;

	if (slash == NULL)
		return address_parse(text, out);
	if (!address_parse_n(text, slash, out))
		return false;
	/* The prefix counts in the family that it was written in. */
	most = strchr(text, ':') != NULL ? 128 : 32;
	if (!text_number(slash + 1, 0, most, &bits))
		return false;
	out->bits = (unsigned)(bits + 128 - most);
	return true;
}

bool
net_has(const struct net *net, const uint8_t address[NET_ADDRESS_SIZE])
{
	unsigned whole = net->bits / 8, rest = net->bits % 8;
	unsigned mask = 0xffU << (8 - rest);

	if (memcmp(net->address, address, whole) != 0)
		return false;
	return rest == 0 || ((unsigned)(net->address[whole] ^ address[whole]) &
			     mask & 0xffU) == 0;
}

bool
net_parse_listen(const char *text, struct net *out, unsigned *port)
{
	const char *colon = strrchr(text, ':');
	int64_t number;

	if (colon == NULL || !text_number(colon + 1, 1, PORT_MAX, &number))
		return false;
	*port = (unsigned)number;
	if (colon == text + 1 && *text == '*') {
		*out = (struct net){ .bits = 0 };
		return true;
	}
	if (*text == '[')
		return colon > text + 1 && colon[-1] == ']' &&
		       address_parse_n(text + 1, colon - 1, out) &&
		       !net_is_v4(out->address);
	return address_parse_n(text, colon, out) && net_is_v4(out->address);
}

bool
net_is_loopback(const struct net *net)
{
	static const struct net v6 = { .address = { [15] = 1 }, .bits = 128 };
	struct net v4 = { .address = { [12] = 127 }, .bits = V4_BITS + 8 };

	memcpy(v4.address, v4_prefix, V4_OFFSET);
	return net->bits != 0 &&
	       (net_has(&v6, net->address) || net_has(&v4, net->address));
}
