/* SPDX-License-Identifier: Apache-2.0 */
/* The query string of GetUserPhoto. */
#include "photo/photo_query.h"

#include "base/text.h"
#include "photo/photo_size.h"

#include <string.h>

/* Part of the query: not ended by NUL. */
struct part {
	const char *p;
	size_t n;
};

static int
hex_value(char c)
{
	c = text_lower(c);
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes one byte off the part, decoded; -1 for a broken escape. */
static int
byte_next(struct part *part)
{
	const char *p = part->p;
	size_t used = *p == '%' ? 3 : 1;
	int high;
	int low;

	if (used > part->n)
		return -1;
	part->p += used;
	part->n -= used;
	if (used == 1)
		return (unsigned char)*p;
	high = hex_value(p[1]);
	low = hex_value(p[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool
name_is(struct part name, const char *want)
{
	while (name.n > 0) {
		int c = byte_next(&name);

		if (c < 0 || *want == '\0' || text_lower((char)c) != *want)
			return false;
		want++;
	}
	return *want == '\0';
}

/* The first parameter of that name. */
static bool
parameter_find(const char *query, const char *want, struct part *out)
{
	while (*query != '\0') {
		size_t n = strcspn(query, "&");
		size_t name_n = strcspn(query, "&=");
		struct part name = { query, name_n };

		/* Microsoft's page prints the URL with a literal &amp;size= */
		if (text_case_starts(query, "amp;") && name_n > 4)
			name = (struct part){ query + 4, name_n - 4 };
		if (name_is(name, want)) {
			size_t skip = name_n < n ? name_n + 1 : n;

			*out = (struct part){ query + skip, n - skip };
			return true;
		}
		query += query[n] == '&' ? n + 1 : n;
	}
	return false;
}

static enum err
parameter_read(struct op *op, const char *query, const char *want,
	       const char **out)
{
	struct part part;
	char *text;
	size_t n = 0;

	if (!parameter_find(query, want, &part))
		return FAIL(op, ERR_INVALID, "%s is missing", want);
	text = op_alloc(op, part.n + 1);
	while (part.n > 0) {
		int c = byte_next(&part);

		if (c <= 0)
			return FAIL(op, ERR_INVALID, "%s: broken escape", want);
		text[n++] = (char)c;
	}
	*out = text;
	return OK;
}

/* Control characters of ASCII and of Latin 1, which UTF-8 begins with C2. */
static bool
has_control(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p < ' ' || *p == 0x7f)
			return true;
		if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
			return true;
	}
	return false;
}

static enum err
email_check(struct op *op, const char *email)
{
	struct bytes bytes = bytes_of(email);

	if (bytes.n > ADDRESS_MAX)
		return FAIL(op, ERR_INVALID, "email: %zu bytes", bytes.n);
	if (!text_utf8(bytes) || has_control(email))
		return FAIL(op, ERR_INVALID, "email: not clean UTF-8");
	if (strchr(email, '@') == NULL)
		return FAIL(op, ERR_INVALID, "email has no @");
	return OK;
}

enum err
photo_query_read(struct op *op, const char *query, struct photo_query *out)
{
	const char *size;

	if (query == NULL)
		query = "";
	TRY(parameter_read(op, query, "email", &out->email));
	TRY(email_check(op, out->email));
	TRY(parameter_read(op, query, "size", &size));
	return photo_size_read(op, size, &out->edge);
}
