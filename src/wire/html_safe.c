/* SPDX-License-Identifier: Apache-2.0 */

/* What may be in a mail: written anew from the tokens, so that every byte of
 * it is one that a row of a table has allowed. */
#include "base/text.h"
#include "wire/html.h"
#include "wire/html_value.h"

#include <string.h>

enum value_kind { VALUE_TEXT = 1, VALUE_LINK, VALUE_PICTURE, VALUE_STYLE };

static const struct {
	const char *name;
	enum value_kind kind;
	enum html_id only; /* for that element alone; 0: for all */
} attributes[] = {
	/* clang-format off */
	{ "align",       VALUE_TEXT,    0 },
	{ "alt",         VALUE_TEXT,    HTML_IMG },
	{ "bgcolor",     VALUE_TEXT,    0 },
	{ "border",      VALUE_TEXT,    0 },
	{ "cellpadding", VALUE_TEXT,    0 },
	{ "cellspacing", VALUE_TEXT,    0 },
	{ "color",       VALUE_TEXT,    0 },
	{ "colspan",     VALUE_TEXT,    HTML_CELL },
	{ "dir",         VALUE_TEXT,    0 },
	{ "face",        VALUE_TEXT,    0 },
	{ "height",      VALUE_TEXT,    0 },
	{ "href",        VALUE_LINK,    HTML_A },
	{ "lang",        VALUE_TEXT,    0 },
	{ "rowspan",     VALUE_TEXT,    HTML_CELL },
	{ "scope",       VALUE_TEXT,    HTML_CELL },
	{ "size",        VALUE_TEXT,    0 },
	{ "span",        VALUE_TEXT,    0 },
	{ "src",         VALUE_PICTURE, HTML_IMG },
	{ "start",       VALUE_TEXT,    HTML_OL },
	{ "style",       VALUE_STYLE,   0 },
	{ "title",       VALUE_TEXT,    0 },
	{ "type",        VALUE_TEXT,    0 },
	{ "valign",      VALUE_TEXT,    0 },
	{ "value",       VALUE_TEXT,    HTML_LI },
	{ "width",       VALUE_TEXT,    0 },
	/* clang-format on */
};

struct writer {
	struct buf *out;
	size_t depth;
	const struct html_element *open[HTML_DEPTH_MAX];
};

/* ---- text ---- */

static void
put_character(struct buf *out, uint32_t code, bool attribute)
{
	switch (code) {
	case 0:
		break;
	case '&':
		buf_puts(out, "&amp;");
		break;
	case '<':
		buf_puts(out, "&lt;");
		break;
	case '>':
		buf_puts(out, "&gt;");
		break;
	case '"':
		buf_puts(out, attribute ? "&quot;" : "\"");
		break;
	case '\r':
		buf_putc(out, '\n'); /* "&#13;"; it would come back as that */
		break;
	default:
		html_put(out, code);
	}
}

static void
put_literal(struct buf *out, struct bytes text, bool attribute)
{
	while (text.n > 0)
		put_character(out, html_literal(&text), attribute);
}

static void
put_text(struct buf *out, struct bytes text)
{
	while (text.n > 0) {
		if (text.n > 1 && text.p[0] == '\r' && text.p[1] == '\n') {
			text.p++;
			text.n--;
		}
		put_character(out, html_character(&text, false), false);
	}
}

/* ---- attributes ---- */

static bool
is_kept(const struct html_element *e, const struct html_attribute *a,
	enum value_kind *kind)
{
	for (size_t i = 0; i < COUNT(attributes); i++) {
		if (strcmp(attributes[i].name, a->name) == 0) {
			*kind = attributes[i].kind;
			return attributes[i].only == HTML_OTHER ||
			       attributes[i].only == e->id;
		}
	}
	return false;
}

/* What may stay of a value; NULL: nothing. */
static const char *
value_fit(struct op *op, enum value_kind kind, struct bytes raw)
{
	const char *value = html_value(op, raw);

	switch (kind) {
	case VALUE_TEXT:
		return value;
	case VALUE_LINK:
		return html_link(op, value);
	case VALUE_PICTURE:
		return html_is_picture(value) ? value : NULL;
	case VALUE_STYLE:
		return html_style(op, value);
	}
	return NULL;
}

static void
put_attribute(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, " %s=\"", name);
	put_literal(out, bytes_of(value), true);
	buf_putc(out, '"');
}

static void
put_attributes(struct buf *out, const struct html_token *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct html_attribute *a = &t->attribute[i];
		enum value_kind kind;
		const char *value;

		if (!is_kept(t->element, a, &kind))
			continue;
		value = value_fit(out->op, kind, a->raw);
		if (value != NULL)
			put_attribute(out, a->name, value);
	}
}

/* ---- elements ---- */

/* A picture that is not in the mail itself is what stands for it. */
static bool
put_picture_text(struct buf *out, const struct html_token *t)
{
	const char *alt = NULL;

	for (size_t i = 0; i < t->n; i++) {
		const char *value = html_value(out->op, t->attribute[i].raw);

		if (strcmp(t->attribute[i].name, "src") == 0 &&
		    html_is_picture(value))
			return false;
		if (strcmp(t->attribute[i].name, "alt") == 0)
			alt = value;
	}
	if (alt != NULL)
		put_literal(out, bytes_of(alt), false);
	return true;
}

static void
put_open(struct writer *w, const struct html_token *t)
{
	const struct html_element *e = t->element;

	if (e->id == HTML_IMG && put_picture_text(w->out, t))
		return;
	if (e->id == HTML_BODY)
		return; /* there is one around all of it */
	if (!(e->traits & HTML_VOID)) {
		if (w->depth == HTML_DEPTH_MAX)
			return;
		w->open[w->depth++] = e;
	}
	buf_printf(w->out, "<%s", e->name);
	put_attributes(w->out, t);
	buf_putc(w->out, '>');
}

static void
put_close(struct writer *w, size_t to)
{
	while (w->depth > to)
		buf_printf(w->out, "</%s>", w->open[--w->depth]->name);
}

static bool
is_of_table(const struct html_element *e)
{
	return e->id == HTML_TABLE || e->id == HTML_ROW || e->id == HTML_CELL;
}

/* An end tag closes what is open inside of its element too, but nothing of a
 * cell closes the table around it. One of nothing open is dropped. */
static void
close_up_to(struct writer *w, const struct html_element *e)
{
	for (size_t i = w->depth; i > 0; i--) {
		if (w->open[i - 1] == e) {
			put_close(w, i - 1);
			return;
		}
		if (is_of_table(w->open[i - 1]) && !is_of_table(e))
			return;
	}
}

/* ---- documents ---- */

static void
put_begin(struct buf *out, const char *lang)
{
	buf_puts(out, "<!DOCTYPE html>\n<html");
	if (lang != NULL && *lang != '\0')
		put_attribute(out, "lang", lang);
	buf_puts(out, ">\n<head><meta charset=\"utf-8\"></head>\n<body");
}

/* The attributes of the first body, before anything of it is written. */
static void
put_body(struct buf *out, const char *text)
{
	struct html_reader in = { .at = text };
	struct html_token *t = op_alloc(out->op, sizeof(*t));

	do
		html_next(&in, t);
	while (t->kind != HTML_END_OF_TEXT &&
	       !(t->kind == HTML_OPEN && t->element->id == HTML_BODY));
	if (t->kind == HTML_OPEN)
		put_attributes(out, t);
	buf_puts(out, ">\n");
}

static void
put_markup(struct buf *out, const char *text)
{
	struct writer *w = op_alloc(out->op, sizeof(*w));
	struct html_token *t = op_alloc(out->op, sizeof(*t));
	struct html_reader in = { .at = text };

	w->out = out;
	for (html_next(&in, t); t->kind != HTML_END_OF_TEXT;
	     html_next(&in, t)) {
		if (t->kind == HTML_TEXT)
			put_text(out, t->text);
		else if (t->kind == HTML_OPEN)
			put_open(w, t);
		else
			close_up_to(w, t->element);
	}
	put_close(w, 0);
}

/* An empty line parts paragraphs; other lines stay lines. */
static void
put_lines(struct buf *out, const char *text)
{
	buf_puts(out, "<p>");
	while (*text != '\0') {
		size_t n = strcspn(text, "\r\n"), ends = 0;

		put_literal(out, (struct bytes){ (const uint8_t *)text, n },
			    false);
		text += n;
		while (*text == '\r' || *text == '\n') {
			ends += *text == '\n' || text[1] != '\n';
			text++;
		}
		if (*text != '\0')
			buf_puts(out, ends > 1 ? "</p>\n<p>"
				      : ends   ? "<br>\n"
					       : "");
	}
	buf_puts(out, "</p>");
}

void
html_safe(struct buf *out, const char *text, const char *lang)
{
	put_begin(out, lang);
	if (html_is(text)) {
		put_body(out, text);
		put_markup(out, text);
	} else {
		buf_puts(out, ">\n");
		put_lines(out, text);
	}
	buf_puts(out, "\n</body>\n</html>\n");
}
