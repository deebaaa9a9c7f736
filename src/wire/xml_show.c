/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/xml_show.h"

#include <string.h>

#define INDENT 2
#define DEPTH_MAX 40 /* deeper elements are indented no further */

enum last { NOTHING, OPENED, TEXT, CLOSED };

struct show {
	struct buf *buf;
	const char *margin;
	enum last last;
	unsigned depth;
};

static void
line_begin(struct show *s)
{
	unsigned depth = s->depth < DEPTH_MAX ? s->depth : DEPTH_MAX;

	if (s->last != NOTHING)
		buf_putc(s->buf, '\n');
	buf_printf(s->buf, "%s%*s", s->margin, (int)(depth * INDENT), "");
}

/* No byte that means something to a terminal. */
static void
put_safe(struct show *s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n')
			buf_printf(s->buf, "\n%s", s->margin);
		else if (p[i] == '\t' || (p[i] >= ' ' && p[i] != 0x7f))
			buf_putc(s->buf, (char)p[i]);
	}
}

/* The length of what begins with <. */
static size_t
tag_size(const uint8_t *p, size_t n)
{
	static const struct {
		const char *begin, *end;
	} kinds[] = { { "<!--", "-->" }, { "<![CDATA[", "]]>" }, { "<", ">" } };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		size_t begin = strlen(kinds[i].begin);
		const uint8_t *end;

		if (n < begin || memcmp(p, kinds[i].begin, begin) != 0)
			continue;
		end = memmem(p, n, kinds[i].end, strlen(kinds[i].end));
		return end == NULL ? n
				   : (size_t)(end - p) + strlen(kinds[i].end);
	}
	return n;
}

static void
put_tag(struct show *s, const uint8_t *p, size_t n)
{
	bool closes = n > 1 && p[1] == '/';
	bool none = n > 1 && (p[1] == '?' || p[1] == '!' || p[n - 2] == '/');

	if (closes && s->depth > 0)
		s->depth--;
	if (!closes || s->last == CLOSED || s->last == NOTHING)
		line_begin(s);
	put_safe(s, p, n);
	s->last = closes || none ? CLOSED : OPENED;
	if (s->last == OPENED)
		s->depth++;
}

static void
put_text(struct show *s, const uint8_t *p, size_t n)
{
	size_t shown = n < XML_SHOW_TEXT_MAX ? n : XML_SHOW_TEXT_MAX;

	while (shown < n && shown > 0 && (p[shown] & 0xc0) == 0x80)
		shown--; /* between two characters */
	if (s->last == CLOSED || s->last == NOTHING)
		line_begin(s);
	put_safe(s, p, shown);
	if (shown < n)
		buf_printf(s->buf, "... (%zu more bytes)", n - shown);
	s->last = TEXT;
}

static bool
is_blank(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strchr(" \t\r\n", p[i]) == NULL || p[i] == '\0')
			return false;
	}
	return true;
}

void
xml_show(struct buf *buf, struct bytes document, const char *margin,
	 size_t most)
{
	struct show s = { .buf = buf, .margin = margin };
	size_t first = buf->n, at = 0;

	while (at < document.n && buf->n - first < most) {
		const uint8_t *p = document.p + at;
		size_t left = document.n - at, n;

		if (*p == '<') {
			n = tag_size(p, left);
			put_tag(&s, p, n);
		} else {
			const uint8_t *next = memchr(p, '<', left);

			n = next == NULL ? left : (size_t)(next - p);
			if (!is_blank(p, n))
				put_text(&s, p, n);
		}
		at += n;
	}
	if (s.last != NOTHING)
		buf_putc(buf, '\n');
	if (at < document.n)
		buf_printf(buf, "%s... (%zu more bytes)\n", margin,
			   document.n - at);
}
