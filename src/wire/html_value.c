/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/html_value.h"

#include "base/text.h"

#include <string.h>

void
html_put(struct buf *out, uint32_t code)
{
	if (code == 0)
		return;
	if (code < 0x80) {
		buf_putc(out, (char)code);
	} else if (code < 0x800) {
		buf_putc(out, (char)(0xc0 | code >> 6));
		buf_putc(out, (char)(0x80 | (code & 0x3f)));
	} else if (code < 0x10000) {
		buf_putc(out, (char)(0xe0 | code >> 12));
		buf_putc(out, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (code & 0x3f)));
	} else {
		buf_putc(out, (char)(0xf0 | code >> 18));
		buf_putc(out, (char)(0x80 | (code >> 12 & 0x3f)));
		buf_putc(out, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (code & 0x3f)));
	}
}

const char *
html_value(struct op *op, struct bytes raw)
{
	struct buf out;

	buf_init(&out, op, raw.n + 1, HTML_VALUE_ROOM(raw.n));
	while (raw.n > 0) {
		uint32_t code = html_character(&raw, true);

		html_put(&out, code == '\n' || code == '\r' ? ' ' : code);
	}
	return buf_text(&out);
}

/* ---- links ---- */

static const char *const schemes[] = { "http://", "https://",
				       "mailto:", "tel:" };

/* Browsers pass over tabs and line ends anywhere, and spaces around it. */
const char *
html_link(struct op *op, const char *value)
{
	char *out;
	size_t n = 0;

	value += strspn(value, " \t");
	out = op_dup(op, value);
	for (; *value != '\0'; value++) {
		if (*value != '\t')
			out[n++] = *value;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	for (size_t i = 0; i < COUNT(schemes); i++) {
		if (text_case_starts(out, schemes[i]) &&
		    out[strlen(schemes[i])] != '\0')
			return out;
	}
	return NULL;
}

/* ---- pictures ---- */

static const char *const pictures[] = {
	"data:image/png;base64,",
	"data:image/jpeg;base64,",
	"data:image/gif;base64,",
	"data:image/webp;base64,",
};

bool
html_is_picture(const char *value)
{
	static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				     "pqrstuvwxyz0123456789+/=";

	for (size_t i = 0; i < COUNT(pictures); i++) {
		const char *data = value + strlen(pictures[i]);

		if (text_case_starts(value, pictures[i]))
			return *data != '\0' &&
			       data[strspn(data, base64)] == '\0';
	}
	return false;
}

/* ---- styles ---- */

/* With * behind it: with - and more behind it too. */
static const char *const properties[] = {
	"background-color",
	"border*",
	"caption-side",
	"color",
	"direction",
	"empty-cells",
	"font*",
	"height",
	"letter-spacing",
	"line-height",
	"list-style-position",
	"list-style-type",
	"margin*",
	"max-height",
	"max-width",
	"min-height",
	"min-width",
	"padding*",
	"table-layout",
	"text-align",
	"text-decoration",
	"text-indent",
	"text-transform",
	"vertical-align",
	"white-space",
	"width",
	"word-break",
	"word-spacing",
	"word-wrap",
	"background",
};

static bool
is_property(const char *name)
{
	for (size_t i = 0; i < COUNT(properties); i++) {
		size_t n = strlen(properties[i]) - 1;

		if (properties[i][n] != '*' && strcmp(name, properties[i]) == 0)
			return true;
		if (properties[i][n] == '*' &&
		    strncmp(name, properties[i], n) == 0 &&
		    (name[n] == '\0' || name[n] == '-'))
			return true;
	}
	return false;
}

/* Names of colours' functions; every other function may fetch or run. */
static const char *const functions[] = { "rgb", "rgba", "hsl", "hsla" };

static bool
is_function(const char *value, size_t open)
{
	size_t n = 0;

	while (n < open && text_lower(value[open - n - 1]) >= 'a' &&
	       text_lower(value[open - n - 1]) <= 'z')
		n++;
	for (size_t i = 0; i < COUNT(functions); i++) {
		if (strlen(functions[i]) == n &&
		    text_case_starts(value + open - n, functions[i]))
			return true;
	}
	return false;
}

static bool
is_style_value(const char *value)
{
	size_t n = strlen(value), quotes = 0, ticks = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)value[i];

		quotes += c == '"';
		ticks += c == '\'';
		if (c < ' ' || strchr("\\@{}<>&*:;", (char)c) != NULL ||
		    (c == '/' && value[i + 1] == '/') ||
		    (c == '(' && !is_function(value, i)))
			return false;
	}
	return n > 0 && quotes % 2 == 0 && ticks % 2 == 0;
}

/* One declaration. Quotes have no meaning to us: what has a semicolon in them
 * is in pieces here, and dropped for its lone quote. */
static void
style_add(struct buf *out, const char *declaration)
{
	size_t n = strcspn(declaration, ":");
	const char *name, *value;

	if (declaration[n] == '\0')
		return;
	name = text_fold(out->op,
			 text_trim(out->op, op_text(out->op, declaration, n)));
	value = text_trim(out->op, declaration + n + 1);
	if (is_property(name) && is_style_value(value))
		buf_printf(out, "%s%s: %s", out->n > 0 ? "; " : "", name,
			   value);
}

const char *
html_style(struct op *op, const char *value)
{
	struct buf out;

	buf_init(&out, op, 256, HTML_VALUE_ROOM(2 * strlen(value)));
	while (*value != '\0') {
		size_t n = strcspn(value, ";");

		style_add(&out, op_text(op, value, n));
		value += n + (value[n] == ';');
	}
	return out.n == 0 || out.over ? NULL : buf_text(&out);
}
