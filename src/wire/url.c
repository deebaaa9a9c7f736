/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/url.h"

#include "base/text.h"

#include <string.h>

#define PORT_PRESET 443 /* of https */

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = text_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte from *p, moved behind it; -1: a broken escape. */
static int
byte_decode(const char **p, const char *end)
{
	int high, low;

	if (**p != '%')
		return (unsigned char)*(*p)++;
	if (end - *p < 3)
		return -1;
	high = hex_value((*p)[1]);
	low = hex_value((*p)[2]);
	*p += 3;
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static enum err
decode(struct op *op, const char *from, size_t n, const char **out)
{
	const char *end = from + n;
	char *text = arena_alloc_raw(op->arena, n + 1);
	char *to = text;

	while (from < end) {
		int c = byte_decode(&from, end);

		if (c < 0)
			return FAIL(op, ERR_INVALID, "a broken %% in a query");
		if (c < ' ' || c == 0x7f)
			return FAIL(op, ERR_INVALID,
				    "a control character in a query");
		*to++ = (char)c;
	}
	*to = '\0';
	/* what is left to find: bytes that are not UTF-8, C1 controls */
	if (!text_clean(text))
		return FAIL(op, ERR_INVALID, "a query that is not UTF-8");
	*out = text;
	return OK;
}

/* One "name=value" of n bytes. */
static enum err
parameter_read(struct op *op, const char *from, size_t n,
	       struct url_parameter *out)
{
	const char *equals = memchr(from, '=', n);
	size_t name = equals == NULL ? n : (size_t)(equals - from);

	TRY(decode(op, from, name, &out->name));
	if (text_case_starts(out->name, "amp;"))
		out->name += strlen("amp;");
	out->value = "";
	if (equals == NULL)
		return OK;
	return decode(op, equals + 1, n - name - 1, &out->value);
}

enum err
url_query(struct op *op, const char *query, struct url_parameter *out,
	  size_t room, size_t *n)
{
	const char *p = query == NULL ? "" : query;
	size_t found = 0;

	if (strlen(p) > URL_QUERY_MAX)
		return FAIL(op, ERR_LIMIT, "a query of %zu bytes", strlen(p));
	if (room > URL_PARAMETERS_MAX)
		room = URL_PARAMETERS_MAX;
	for (;;) {
		size_t length = strcspn(p, "&");

		if (length > 0) { /* "&&" has nothing inside */
			if (found == room)
				return FAIL(op, ERR_LIMIT,
					    "more than %zu parameters", room);
			TRY(parameter_read(op, p, length, &out[found]));
			found++;
		}
		if (p[length] == '\0')
			break;
		p += length + 1;
	}
	*n = found;
	return OK;
}

const char *
url_value(const struct url_parameter *parameters, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (text_case_equal(parameters[i].name, name))
			return parameters[i].value;
	}
	return NULL;
}

const char *
url_path_behind(const char *path, unsigned n)
{
	for (; n > 0; n--) {
		path += strspn(path, "/");
		path += strcspn(path, "/");
	}
	path += strspn(path, "/");
	return *path == '\0' ? NULL : path;
}

/* The bytes of the host in an authority that begins at `host`. */
static size_t
host_length(const char *host)
{
	const char *end = *host == '[' ? strchr(host, ']') : NULL;

	return end != NULL ? (size_t)(end - host) + 1 : strcspn(host, ":/");
}

static const char *
authority(const char *url)
{
	const char *host = strstr(url, "://");

	return host == NULL ? url : host + strlen("://");
}

const char *
url_host(struct op *op, const char *url)
{
	const char *host = authority(url);

	return op_text(op, host, host_length(host));
}

unsigned
url_port(const char *url)
{
	const char *host = authority(url);
	const char *port = host + host_length(host);
	unsigned n = 0;

	if (*port != ':')
		return PORT_PRESET;
	for (port++; *port >= '0' && *port <= '9' && n <= UINT16_MAX; port++)
		n = 10 * n + (unsigned)(*port - '0');
	return n;
}
