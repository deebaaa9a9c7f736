/* SPDX-License-Identifier: Apache-2.0 */
#include "base/template.h"

#include <string.h>

#define HINT 256 /* bytes */

static bool
is_unreserved(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

void
template_url(struct buf *to, struct bytes value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (is_unreserved(value.p[i]))
			buf_putc(to, (char)value.p[i]);
		else
			buf_printf(to, "%%%02X", value.p[i]);
	}
}

/* What a letter behind % stands for; p NULL: nothing. */
static struct bytes
value_of(char letter, const char *name)
{
	const char *at = strrchr(name, '@');

	switch (letter) {
	case 'u':
		return bytes_of(name);
	case 'n':
		return at == NULL ? bytes_of(name)
				  : (struct bytes){ (const uint8_t *)name,
						    (size_t)(at - name) };
	case 'd':
		return bytes_of(at == NULL ? "" : at + 1);
	default:
		return (struct bytes){ NULL, 0 };
	}
}

enum err
template_fill(struct op *op, const char *pattern, const char *name,
	      template_escape *escape, const char **out)
{
	struct buf buf;

	buf_init(&buf, op, HINT, TEMPLATE_MAX);
	for (const char *p = pattern; *p != '\0'; p++) {
		struct bytes value = { NULL, 0 };

		if (*p == '%')
			value = value_of(p[1], name);
		if (value.p == NULL)
			buf_putc(&buf, *p);
		else if (escape == NULL)
			buf_add(&buf, value.p, value.n);
		else
			escape(&buf, value);
		p += value.p != NULL || (*p == '%' && p[1] == '%');
	}
	*out = buf_text(&buf);
	return buf_err(&buf);
}
