/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/html_token.h"

#include "base/text.h"

#include <string.h>

#define SPACE " \t\n\f\r"

/* clang-format off */
static const struct html_element elements[] = {
	/* what is let through */
	{ "a",          0, HTML_A },
	{ "abbr",       0, 0 },
	{ "address",    HTML_BLOCK, 0 },
	{ "article",    HTML_BLOCK, 0 },
	{ "aside",      HTML_BLOCK, 0 },
	{ "b",          0, 0 },
	{ "bdi",        0, 0 },
	{ "bdo",        0, 0 },
	{ "big",        0, 0 },
	{ "blockquote", HTML_SPACED, HTML_QUOTE },
	{ "body",       HTML_BLOCK, HTML_BODY },
	{ "br",         HTML_VOID, HTML_BR },
	{ "caption",    HTML_BLOCK, 0 },
	{ "center",     HTML_BLOCK, 0 },
	{ "cite",       0, 0 },
	{ "code",       0, 0 },
	{ "col",        HTML_VOID, 0 },
	{ "colgroup",   0, 0 },
	{ "dd",         HTML_BLOCK, 0 },
	{ "del",        0, 0 },
	{ "dfn",        0, 0 },
	{ "div",        HTML_BLOCK, 0 },
	{ "dl",         HTML_SPACED, 0 },
	{ "dt",         HTML_BLOCK, 0 },
	{ "em",         0, 0 },
	{ "figcaption", HTML_BLOCK, 0 },
	{ "figure",     HTML_SPACED, 0 },
	{ "font",       0, 0 },
	{ "footer",     HTML_BLOCK, 0 },
	{ "h1",         HTML_SPACED, 0 },
	{ "h2",         HTML_SPACED, 0 },
	{ "h3",         HTML_SPACED, 0 },
	{ "h4",         HTML_SPACED, 0 },
	{ "h5",         HTML_SPACED, 0 },
	{ "h6",         HTML_SPACED, 0 },
	{ "header",     HTML_BLOCK, 0 },
	{ "hr",         HTML_VOID | HTML_BLOCK, HTML_HR },
	{ "i",          0, 0 },
	{ "img",        HTML_VOID, HTML_IMG },
	{ "ins",        0, 0 },
	{ "kbd",        0, 0 },
	{ "li",         HTML_BLOCK, HTML_LI },
	{ "main",       HTML_BLOCK, 0 },
	{ "mark",       0, 0 },
	{ "nav",        HTML_BLOCK, 0 },
	{ "ol",         HTML_SPACED, HTML_OL },
	{ "p",          HTML_SPACED, HTML_P },
	{ "pre",        HTML_SPACED | HTML_PRE, 0 },
	{ "q",          0, 0 },
	{ "s",          0, 0 },
	{ "samp",       0, 0 },
	{ "section",    HTML_BLOCK, 0 },
	{ "small",      0, 0 },
	{ "span",       0, 0 },
	{ "strike",     0, 0 },
	{ "strong",     0, 0 },
	{ "sub",        0, 0 },
	{ "sup",        0, 0 },
	{ "table",      HTML_SPACED, HTML_TABLE },
	{ "tbody",      0, HTML_TABLE },
	{ "td",         0, HTML_CELL },
	{ "tfoot",      0, HTML_TABLE },
	{ "th",         0, HTML_CELL },
	{ "thead",      0, HTML_TABLE },
	{ "time",       0, 0 },
	{ "tr",         HTML_BLOCK, HTML_ROW },
	{ "tt",         0, 0 },
	{ "u",          0, 0 },
	{ "ul",         HTML_SPACED, HTML_UL },
	{ "var",        0, 0 },
	{ "wbr",        HTML_VOID, 0 },
	/* of which only what is in it is */
	{ "button",     HTML_PASSED, 0 },
	{ "fieldset",   HTML_PASSED, 0 },
	{ "form",       HTML_PASSED, 0 },
	{ "head",       HTML_PASSED, 0 },
	{ "html",       HTML_PASSED, 0 },
	{ "label",      HTML_PASSED, 0 },
	{ "meta",       HTML_PASSED, 0 },
	/* of which nothing is */
	{ "applet",     HTML_DROPPED, 0 },
	{ "audio",      HTML_DROPPED, 0 },
	{ "canvas",     HTML_DROPPED, 0 },
	{ "datalist",   HTML_DROPPED, 0 },
	{ "iframe",     HTML_DROPPED | HTML_RAW, 0 },
	{ "math",       HTML_DROPPED, 0 },
	{ "noembed",    HTML_DROPPED | HTML_RAW, 0 },
	{ "noframes",   HTML_DROPPED | HTML_RAW, 0 },
	{ "noscript",   HTML_DROPPED | HTML_RAW, 0 },
	{ "object",     HTML_DROPPED, 0 },
	{ "plaintext",  HTML_DROPPED | HTML_RAW, 0 },
	{ "script",     HTML_DROPPED | HTML_RAW, 0 },
	{ "select",     HTML_DROPPED, 0 },
	{ "style",      HTML_DROPPED | HTML_RAW, 0 },
	{ "svg",        HTML_DROPPED, 0 },
	{ "template",   HTML_DROPPED, 0 },
	{ "textarea",   HTML_DROPPED | HTML_RAW, 0 },
	{ "title",      HTML_DROPPED | HTML_RAW, 0 },
	{ "video",      HTML_DROPPED, 0 },
	{ "xmp",        HTML_DROPPED | HTML_RAW, 0 },
};
/* clang-format on */

const struct html_element *
html_element(const char *name)
{
	for (size_t i = 0; i < COUNT(elements); i++) {
		if (strcmp(elements[i].name, name) == 0)
			return &elements[i];
	}
	return NULL;
}

static bool
is_letter(char c)
{
	return text_lower(c) >= 'a' && text_lower(c) <= 'z';
}

/* The name at `at`, in lower case, up to one of `stop`; how long it is as
 * written. A longer one than any of ours becomes "". */
static size_t
name_take(const char *at, const char *stop, char out[HTML_NAME_MAX + 1])
{
	size_t n = strcspn(at, stop);

	out[0] = '\0';
	if (n > HTML_NAME_MAX)
		return n;
	for (size_t i = 0; i < n; i++)
		out[i] = text_lower(at[i]);
	out[n] = '\0';
	return n;
}

bool
html_is_tag(const char *at, bool closing)
{
	char name[HTML_NAME_MAX + 1];
	const char *from = at + 1 + closing;
	size_t n;

	if (at[0] != '<' || (closing && at[1] != '/') || !is_letter(*from))
		return false;
	n = name_take(from, SPACE "/>", name);
	return from[n] != '\0' && html_element(name) != NULL;
}

/* ---- tags ---- */

/* The value behind a =, with or without quotes. */
static const char *
value_take(const char *at, struct bytes *out)
{
	const char *end;
	char quote = *at;

	if (quote != '"' && quote != '\'') {
		*out = (struct bytes){ (const uint8_t *)at,
				       strcspn(at, SPACE ">") };
		return at + out->n;
	}
	at++;
	end = strchr(at, quote);
	if (end == NULL)
		end = at + strlen(at);
	*out = (struct bytes){ (const uint8_t *)at, (size_t)(end - at) };
	return end + (*end != '\0');
}

static const char *
attribute_take(const char *at, struct html_token *out)
{
	struct html_attribute spare = { .name = "" };
	struct html_attribute *a =
		out->n < HTML_ATTRIBUTES_MAX ? &out->attribute[out->n] : &spare;

	a->raw = (struct bytes){ (const uint8_t *)at, 0 };
	/* a = in front is part of the name, says the standard */
	if (*at == '=')
		at++;
	at += name_take(at, SPACE "/>=", a->name);
	at += strspn(at, SPACE);
	if (*at == '=')
		at = value_take(at + 1 + strspn(at + 1, SPACE), &a->raw);
	for (size_t i = 0; i < out->n; i++) {
		if (strcmp(out->attribute[i].name, a->name) == 0)
			return at; /* the first one counts */
	}
	if (a != &spare && a->name[0] != '\0')
		out->n++;
	return at;
}

/* A tag whose name begins at `at`. Behind its >; the end, when it has none. */
static const char *
tag_take(const char *at, enum html_kind kind, struct html_token *out)
{
	char name[HTML_NAME_MAX + 1];

	*out = (struct html_token){ .kind = kind };
	at += name_take(at, SPACE "/>", name);
	out->element = html_element(name);
	for (;;) {
		at += strspn(at, SPACE "/");
		if (*at == '>') {
			out->empty = at[-1] == '/';
			return at + 1;
		}
		if (*at == '\0')
			break;
		at = attribute_take(at, out);
	}
	out->element = NULL; /* what does not end is nothing */
	return at;
}

/* ---- what is no tag ---- */

static const char *
comment_skip(const char *at)
{
	const char *end;

	at += 4; /* <!-- */
	if (*at == '>')
		return at + 1;
	if (at[0] == '-' && at[1] == '>')
		return at + 2;
	for (end = strstr(at, "--"); end != NULL; end = strstr(end + 1, "--")) {
		if (end[2] == '>')
			return end + 3;
		if (end[2] == '!' && end[3] == '>')
			return end + 4;
	}
	return at + strlen(at);
}

/* <!DOCTYPE ...>, <![if ...]>, <?xml ...?>, </ > */
static const char *
declaration_skip(const char *at)
{
	const char *end = strchr(at, '>');

	return end == NULL ? at + strlen(at) : end + 1;
}

/* Behind the end tag of an element whose content is no markup. */
static const char *
raw_skip(const char *at, const char *name)
{
	size_t n = strlen(name);

	while ((at = strstr(at, "</")) != NULL) {
		at += 2;
		if (text_case_starts(at, name) &&
		    (at[n] == '\0' || strchr(SPACE "/>", at[n]) != NULL))
			return declaration_skip(at);
	}
	return NULL;
}

/* Does markup begin at this <? */
static bool
is_markup(const char *at)
{
	return at[1] == '!' || at[1] == '?' || at[1] == '/' || is_letter(at[1]);
}

static void
text_take(struct html_reader *in, struct html_token *out)
{
	const char *end = in->at;

	do
		end += 1 + strcspn(end + 1, "<");
	while (*end != '\0' && !is_markup(end));
	out->kind = HTML_TEXT;
	out->text = (struct bytes){ (const uint8_t *)in->at,
				    (size_t)(end - in->at) };
	in->at = end;
}

/* ---- what is let through ---- */

static void
drop_begin(struct html_reader *in, const struct html_element *e)
{
	if (e->traits & HTML_RAW) {
		in->at = raw_skip(in->at, e->name);
		if (in->at == NULL)
			in->at = "";
	} else {
		in->dropped = e;
		in->dropped_depth = 1;
	}
}

/* Inside of what is dropped, its own tags are counted. */
static void
drop_go_on(struct html_reader *in, const struct html_token *tag)
{
	if (tag->element != in->dropped)
		return;
	if (tag->kind == HTML_OPEN)
		in->dropped_depth++;
	else if (--in->dropped_depth == 0)
		in->dropped = NULL;
}

/* Is that tag one for the caller? */
static bool
tag_sort(struct html_reader *in, const struct html_token *tag)
{
	const struct html_element *e = tag->element;

	if (e == NULL)
		return false;
	if (e->traits & HTML_RAW) {
		if (tag->kind == HTML_OPEN)
			drop_begin(in, e);
		return false;
	}
	if (in->dropped != NULL) {
		drop_go_on(in, tag);
		return false;
	}
	if (e->traits & HTML_DROPPED) {
		if (tag->kind == HTML_OPEN && !tag->empty)
			drop_begin(in, e);
		return false;
	}
	return (e->traits & HTML_PASSED) == 0;
}

void
html_next(struct html_reader *in, struct html_token *out)
{
	while (*in->at != '\0') {
		const char *at = in->at;
		bool close = at[0] == '<' && at[1] == '/';

		if (*at != '<' || !is_markup(at)) {
			text_take(in, out);
			if (in->dropped == NULL)
				return;
		} else if (strncmp(at, "<!--", 4) == 0) {
			in->at = comment_skip(at);
		} else if (!is_letter(at[1 + close])) {
			in->at = declaration_skip(at);
		} else {
			in->at = tag_take(at + 1 + close,
					  close ? HTML_CLOSE : HTML_OPEN, out);
			if (tag_sort(in, out))
				return;
		}
	}
	*out = (struct html_token){ .kind = HTML_END_OF_TEXT };
}
