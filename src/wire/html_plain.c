/* SPDX-License-Identifier: Apache-2.0 */

/* What a reader without HTML sees. */
#include "base/text.h"
#include "wire/html.h"
#include "wire/html_value.h"

#include <string.h>

#define PREFIX_MAX 16   /* bytes in front of a line, however deep it is */
#define NUMBER_MAX 9999 /* of an item; a list that counts on shows no more */
#define RULE "----------"

/* A list, a quotation or a pre, inside of which we are. */
struct level {
	const struct html_element *element;
	unsigned number; /* of an OL's next item */
};

struct plain {
	struct buf *out;
	size_t depth; /* may exceed HTML_DEPTH_MAX: deeper ones have no level */
	struct level level[HTML_DEPTH_MAX];
	unsigned pre;
	unsigned breaks;  /* line ends to come before the next text */
	bool begun;       /* something was written */
	bool in_line;     /* something stands in this line */
	bool space;       /* white space to come */
	bool cell;        /* a cell has begun, and has nothing in it yet */
	bool cells;       /* its row has one already */
	bool item;        /* a list's item has begun, likewise */
	const char *link; /* where the A leads that we are in; NULL: none */
	size_t link_at;   /* where its text begins in `out` */
};

/* ---- lines ---- */

static void
break_ask(struct plain *p, unsigned n)
{
	if (n == 0 || p->cell || p->item)
		return; /* a cell and an item begin with what is in them */
	p->space = false;
	if (p->breaks < n)
		p->breaks = n;
}

static void
put_prefix(struct plain *p)
{
	size_t n = 0,
	       levels = p->depth < HTML_DEPTH_MAX ? p->depth : HTML_DEPTH_MAX;
	bool item = p->item;

	for (size_t i = 0; i < levels && n < PREFIX_MAX; i++) {
		enum html_id id = p->level[i].element->id;

		/* the innermost list's mark stands where its indent would */
		if (item && i + 1 == levels && id != HTML_QUOTE)
			break;
		if (id == HTML_QUOTE || id == HTML_UL || id == HTML_OL) {
			buf_puts(p->out, id == HTML_QUOTE ? "> " : "  ");
			n += 2;
		}
	}
}

static void
put_mark(struct plain *p)
{
	struct level *l = p->depth > 0 && p->depth <= HTML_DEPTH_MAX
				  ? &p->level[p->depth - 1]
				  : NULL;

	if (l != NULL && l->element->id == HTML_OL && l->number <= NUMBER_MAX)
		buf_printf(p->out, "%u. ", l->number++);
	else
		buf_puts(p->out, "- ");
}

/* What is due before something is written. */
static void
line_begin(struct plain *p)
{
	if (p->breaks > 0 && p->begun) {
		for (unsigned i = 0; i < p->breaks; i++)
			buf_putc(p->out, '\n');
		p->in_line = false;
	}
	p->breaks = 0;
	if (!p->in_line) {
		put_prefix(p);
		p->space = false;
	}
	if (p->item)
		put_mark(p);
	else if (p->space)
		buf_putc(p->out, ' ');
	p->space = p->item = p->cell = false;
	p->begun = p->in_line = true;
}

static void
put_code(struct plain *p, uint32_t code)
{
	if (code == 0 || code == '\r')
		return;
	if (code == '\n' && p->pre > 0) {
		p->cell = p->item = false;
		if (p->breaks < 2)
			p->breaks++;
		return;
	}
	if ((code == ' ' || code == '\t' || code == '\n') && p->pre == 0) {
		p->space = p->in_line && p->breaks == 0;
		return;
	}
	line_begin(p);
	html_put(p->out, code == 0xa0 ? ' ' : code);
}

static void
put_text(struct plain *p, struct bytes text)
{
	while (text.n > 0)
		put_code(p, html_character(&text, false));
}

static void
put_word(struct plain *p, const char *text)
{
	line_begin(p);
	buf_puts(p->out, text);
}

/* ---- links and pictures ---- */

static const char *
attribute_of(struct op *op, const struct html_token *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->attribute[i].name, name) == 0)
			return html_value(op, t->attribute[i].raw);
	}
	return NULL;
}

static void
link_open(struct plain *p, const struct html_token *t)
{
	const char *href = attribute_of(p->out->op, t, "href");

	p->link = href == NULL ? NULL : html_link(p->out->op, href);
	p->link_at = p->out->n;
}

/* The address behind the text, unless the text is the address. */
static void
link_close(struct plain *p)
{
	const char *link = p->link, *text, *bare;

	p->link = NULL;
	if (link == NULL || p->out->over)
		return;
	bare = text_case_starts(link, "mailto:") ? link + 7
	       : text_case_starts(link, "tel:")  ? link + 4
						 : link;
	text = text_trim(p->out->op, op_text(p->out->op, p->out->p + p->link_at,
					     p->out->n - p->link_at));
	if (strstr(text, bare) != NULL)
		return;
	if (*text != '\0')
		p->space = true;
	line_begin(p);
	buf_printf(p->out, *text == '\0' ? "%s" : "(%s)", bare);
}

static void
picture(struct plain *p, const struct html_token *t)
{
	const char *alt = attribute_of(p->out->op, t, "alt");

	if (alt == NULL || text_is_blank(alt))
		return;
	line_begin(p);
	buf_printf(p->out, "[%s]", alt);
}

/* ---- elements ---- */

static void
level_open(struct plain *p, const struct html_element *e)
{
	if (p->depth < HTML_DEPTH_MAX)
		p->level[p->depth] =
			(struct level){ .element = e, .number = 1 };
	p->depth++;
	p->pre += (e->traits & HTML_PRE) != 0;
}

static void
level_close(struct plain *p, const struct html_element *e)
{
	size_t i = p->depth;

	if (i > HTML_DEPTH_MAX) {
		p->depth--;
		return;
	}
	while (i > 0 && p->level[i - 1].element != e)
		i--;
	for (; i > 0 && p->depth >= i; p->depth--) {
		if (p->level[p->depth - 1].element->traits & HTML_PRE)
			p->pre--;
	}
}

static bool
has_level(const struct html_element *e)
{
	return e->id == HTML_UL || e->id == HTML_OL || e->id == HTML_QUOTE ||
	       (e->traits & HTML_PRE) != 0;
}

/* Cells of a row stand in one line, and whatever lines a cell has in it. */
static void
cell_open(struct plain *p)
{
	if (p->cells) {
		p->breaks = 0;
		p->item = false;
		p->space = true;
		put_word(p, "|");
		p->space = true;
	}
	p->cells = p->cell = true;
}

static unsigned
breaks_of(const struct html_element *e)
{
	return e->traits & HTML_SPACED ? 2 : e->traits & HTML_BLOCK ? 1 : 0;
}

static void
put_open(struct plain *p, const struct html_token *t)
{
	const struct html_element *e = t->element;

	/* a list in a list begins no paragraph, and a row no line of a cell */
	if (e->id == HTML_ROW)
		p->cell = p->cells = false;
	if (e->id == HTML_LI)
		p->item = false;
	break_ask(p, p->depth > 0 && has_level(e) && e->id != HTML_QUOTE
			     ? 1
			     : breaks_of(e));
	if (has_level(e))
		level_open(p, e);
	switch (e->id) {
	case HTML_A:
		link_open(p, t);
		break;
	case HTML_BR:
		p->cell = p->item = p->space = false;
		if (p->breaks < 2)
			p->breaks++;
		break;
	case HTML_HR:
		put_word(p, RULE);
		break_ask(p, 1);
		break;
	case HTML_IMG:
		picture(p, t);
		break;
	case HTML_LI:
		p->item = true;
		break;
	case HTML_CELL:
		cell_open(p);
		break;
	default:
		break;
	}
}

static void
put_close(struct plain *p, const struct html_element *e)
{
	if (e->id == HTML_A)
		link_close(p);
	if (e->id == HTML_ROW || e->id == HTML_TABLE)
		p->cell = p->cells = false;
	if (e->id == HTML_LI && p->item)
		p->item = false; /* there was nothing in it */
	if (has_level(e))
		level_close(p, e);
	if (!(e->traits & HTML_VOID))
		break_ask(p, p->depth > 0 && has_level(e) ? 1 : breaks_of(e));
}

static void
put_markup(struct buf *out, const char *text)
{
	struct plain *p = op_alloc(out->op, sizeof(*p));
	struct html_token *t = op_alloc(out->op, sizeof(*t));
	struct html_reader in = { .at = text };

	p->out = out;
	for (html_next(&in, t); t->kind != HTML_END_OF_TEXT;
	     html_next(&in, t)) {
		if (t->kind == HTML_TEXT)
			put_text(p, t->text);
		else if (t->kind == HTML_OPEN)
			put_open(p, t);
		else
			put_close(p, t->element);
	}
	if (p->begun)
		buf_putc(out, '\n');
}

/* Line ends as LF, and one at the end. */
static void
put_lines(struct buf *out, const char *text)
{
	struct bytes rest = bytes_of(text);
	bool ended = true;

	while (rest.n > 0) {
		uint32_t code = html_literal(&rest);

		if (code == '\r' && rest.n > 0 && *rest.p == '\n')
			continue;
		html_put(out, code == '\r' ? '\n' : code);
		ended = code == '\n' || code == '\r';
	}
	if (!ended)
		buf_putc(out, '\n');
}

void
html_plain(struct buf *out, const char *text)
{
	if (html_is(text))
		put_markup(out, text);
	else
		put_lines(out, text);
}

/* ---- what it is ---- */

/* A known tag at its start, or an end tag or a <br> anywhere: "if a <b then" is
 * a plain text. */
bool
html_is(const char *text)
{
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	text += strspn(text, " \t\r\n\f");
	if (text_case_starts(text, "<!doctype") ||
	    text_case_starts(text, "<!--") || text_case_starts(text, "<?xml") ||
	    html_is_tag(text, false))
		return true;
	for (; (text = strchr(text, '<')) != NULL; text++) {
		if (html_is_tag(text, true) ||
		    (text_case_starts(text, "<br") && html_is_tag(text, false)))
			return true;
	}
	return false;
}

/* Spaces of all kinds, and what takes no room. */
static bool
is_unseen(uint32_t code)
{
	return code <= ' ' || code == 0xa0 || code == 0xad || code == 0xfeff ||
	       code == 0x2028 || code == 0x2029 || code == 0x202f ||
	       code == 0x2060 || code == 0x3000 ||
	       (code >= 0x2000 && code <= 0x200f);
}

static bool
is_unseen_text(struct bytes text, bool markup)
{
	while (text.n > 0) {
		if (!is_unseen(markup ? html_character(&text, false)
				      : html_literal(&text)))
			return false;
	}
	return true;
}

bool
html_is_empty(const char *text)
{
	struct html_reader in = { .at = text };
	struct html_token t = { .kind = HTML_TEXT };

	if (!html_is(text))
		return is_unseen_text(bytes_of(text), false);
	while (t.kind != HTML_END_OF_TEXT) {
		html_next(&in, &t);
		if (t.kind == HTML_TEXT && !is_unseen_text(t.text, true))
			return false;
		if (t.kind == HTML_OPEN && t.element->id == HTML_IMG)
			return false;
	}
	return true;
}
