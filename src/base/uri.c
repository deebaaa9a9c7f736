/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uri.h"

#include "base/net.h"
#include "base/text.h"

#include <string.h>

#define PORT_MAX 65535

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static struct bytes
part(const char *from, size_t n)
{
	return (struct bytes){ (const uint8_t *)from, n };
}

static bool
host_copy(const struct uri *uri, char out[static URI_HOST_MAX + 1])
{
	if (uri->host.n == 0 || uri->host.n > URI_HOST_MAX)
		return false;
	memcpy(out, uri->host.p, uri->host.n);
	out[uri->host.n] = '\0';
	return true;
}

/* "[::1]" or a name; *out is what is behind it. */
static bool
host_parse(const char *text, struct uri *uri, const char **out)
{
	char host[URI_HOST_MAX + 1];
	struct net net;
	size_t n;

	if (*text != '[') {
		n = strspn(text, LOWER UPPER DIGITS ".-_");
		uri->host = part(text, n);
		*out = text + n;
		return host_copy(uri, host) && *text != '-';
	}
	n = strspn(text + 1, DIGITS ":.abcdefABCDEF");
	uri->host = part(text + 1, n);
	*out = text + 1 + n + 1;
	return text[1 + n] == ']' && host_copy(uri, host) &&
	       net_parse(host, &net);
}

bool
uri_parse(const char *text, struct uri *out)
{
	size_t scheme = strspn(text, LOWER UPPER), n;
	int64_t port = 0;

	if (scheme == 0 || strncmp(text + scheme, "://", 3) != 0)
		return false;
	out->scheme = part(text, scheme);
	if (!host_parse(text + scheme + 3, out, &text))
		return false;
	n = *text == ':' ? strspn(text + 1, DIGITS) : 0;
	if (*text == ':') {
		char digits[8] = "";

		if (n == 0 || n >= sizeof(digits))
			return false;
		memcpy(digits, text + 1, n);
		if (!text_number(digits, 1, PORT_MAX, &port))
			return false;
		text += 1 + n;
	}
	out->port = (unsigned)port;
	return text[*text == '/'] == '\0';
}

bool
uri_is(const struct uri *uri, const char *scheme)
{
	return uri->scheme.n == strlen(scheme) &&
	       text_case_starts((const char *)uri->scheme.p, scheme);
}

bool
uri_is_here(const struct uri *uri)
{
	char host[URI_HOST_MAX + 1];
	struct net net;

	if (!host_copy(uri, host))
		return false;
	return text_case_equal(host, "localhost") ||
	       (net_parse(host, &net) && net.bits == 128 &&
		net_is_loopback(&net));
}
