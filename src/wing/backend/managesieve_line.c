/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/backend/managesieve_line.h"

#include "base/buf.h"
#include "base/text.h"

#include <string.h>

#define CODE_MAX 64          /* bytes */
#define TEXT_MAX 500         /* bytes of what is for people */
#define LITERAL_DIGITS_MAX 9 /* no literal has more bytes than these count */

struct cursor {
	struct op *op;
	const uint8_t *p, *end;
	size_t missing; /* bytes of a literal that ends behind what there is */
};

static enum err
strange(struct op *op, const char *what)
{
	return FAIL(op, ERR_DOWN, "that is not ManageSieve: %s", what);
}

/* ---- words ---- */

static int
next(const struct cursor *c)
{
	return c->p < c->end ? *c->p : -1;
}

static bool
is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '/' || c == '-' || c == '_';
}

static struct bytes
kept(struct op *op, const void *from, size_t n)
{
	return (struct bytes){ (const uint8_t *)op_text(op, from, n), n };
}

static enum err
take_quoted(struct cursor *c, struct bytes *out)
{
	size_t room = (size_t)(c->end - c->p), n = 0;
	const uint8_t *eol = memchr(c->p, '\n', room);
	char *to = op_alloc(c->op,
			    (eol == NULL ? room : (size_t)(eol - c->p)) + 1);

	for (c->p++; next(c) != '"'; c->p++) {
		if (next(c) == '\\')
			c->p++;
		if (next(c) <= 0 || next(c) == '\n')
			return strange(c->op, "a string without an end");
		to[n++] = (char)*c->p;
	}
	c->p++;
	*out = (struct bytes){ (const uint8_t *)to, n };
	return OK;
}

/* {123} at the end of a line, and so many bytes behind it. */
static enum err
take_literal(struct cursor *c, struct bytes *out)
{
	size_t n = 0, digits = 0, there;

	for (c->p++; next(c) >= '0' && next(c) <= '9'; c->p++, digits++) {
		if (digits == LITERAL_DIGITS_MAX)
			return strange(c->op, "a string beyond measure");
		n = 10 * n + (size_t)(*c->p - '0');
	}
	if (next(c) == '+')
		c->p++;
	if (digits == 0 || next(c) != '}')
		return strange(c->op, "a string of no length");
	c->p++;
	if (next(c) != '\n')
		return strange(c->op, "a string behind its line");
	c->p++;
	there = (size_t)(c->end - c->p);
	if (there <= n) { /* its line goes on behind it */
		c->missing = n - there;
		return OK;
	}
	*out = kept(c->op, c->p, n);
	c->p += n;
	return OK;
}

static enum err
take_string(struct cursor *c, struct bytes *out)
{
	return next(c) == '"' ? take_quoted(c, out) : take_literal(c, out);
}

static bool
is_string(const struct cursor *c)
{
	return next(c) == '"' || next(c) == '{';
}

static struct bytes
take_atom(struct cursor *c)
{
	const uint8_t *start = c->p;

	while (is_letter(next(c)))
		c->p++;
	return kept(c->op, start, (size_t)(c->p - start));
}

static void
skip_blanks(struct cursor *c)
{
	while (next(c) == ' ')
		c->p++;
}

/* ---- answers ---- */

/* On one line, clean and short: it becomes part of a reason. */
static const char *
for_people(struct op *op, struct bytes text)
{
	char *to;

	if (!text_utf8(text))
		return "what is not UTF-8";
	to = op_text(op, (const char *)text.p, text.n);
	for (size_t i = 0; i < text.n; i++) {
		if ((unsigned char)to[i] < ' ' || to[i] == 0x7f)
			to[i] = ' ';
	}
	return text_head(op, text_trim(op, to), TEXT_MAX);
}

/* ( CODE and, for some, a string or more ) */
static enum err
take_code(struct cursor *c, struct ms_line *out)
{
	struct bytes word;
	char *code;

	c->p++;
	word = take_atom(c);
	if (word.n == 0 || word.n > CODE_MAX)
		return strange(c->op, "an answer's code");
	code = op_text(c->op, (const char *)word.p, word.n);
	for (char *p = code; *p != '\0'; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	}
	out->code = code;
	for (;;) {
		skip_blanks(c);
		if (next(c) == ')')
			break;
		if (is_string(c)) {
			TRY(take_string(c, &word));
			if (c->missing != MS_WHOLE)
				return OK;
			if (out->code_text == NULL)
				out->code_text = for_people(c->op, word);
		} else if (take_atom(c).n == 0) {
			return strange(c->op, "an answer's code");
		}
	}
	c->p++;
	return OK;
}

static enum err
take_answer(struct cursor *c, struct ms_line *out)
{
	static const struct {
		const char *word;
		enum ms_kind kind;
	} rows[] = { { "OK", MS_OK }, { "NO", MS_NO }, { "BYE", MS_BYE } };
	struct bytes word = take_atom(c);

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (text_case_equal((const char *)word.p, rows[i].word))
			out->kind = rows[i].kind;
	}
	if (out->kind == 0)
		return strange(c->op, "an answer that is not OK, NO or BYE");
	skip_blanks(c);
	if (next(c) == '(')
		TRY(take_code(c, out));
	if (c->missing != MS_WHOLE)
		return OK;
	skip_blanks(c);
	if (!is_string(c))
		return OK;
	TRY(take_string(c, &word));
	if (c->missing == MS_WHOLE)
		out->text = for_people(c->op, word);
	return OK;
}

static enum err
take_data(struct cursor *c, struct ms_line *out)
{
	out->kind = MS_DATA;
	while (next(c) != '\n' && next(c) >= 0) {
		if (out->n == MS_WORDS_MAX)
			return strange(c->op, "a line of many words");
		if (is_string(c))
			TRY(take_string(c, &out->word[out->n]));
		else
			out->word[out->n] = take_atom(c);
		if (c->missing != MS_WHOLE)
			return OK;
		if (out->word[out->n].n == 0 && next(c) != '\n' &&
		    next(c) != ' ')
			return strange(c->op, "an odd word");
		out->n++;
		skip_blanks(c);
	}
	return OK;
}

enum err
ms_line_read(struct op *op, struct bytes all, struct ms_line *out,
	     size_t *missing)
{
	struct cursor c = { op, all.p, all.p + all.n, MS_WHOLE };

	*out = (struct ms_line){ 0 };
	if (is_string(&c))
		TRY(take_data(&c, out));
	else
		TRY(take_answer(&c, out));
	*missing = c.missing;
	if (c.missing == MS_WHOLE && (next(&c) != '\n' || c.p + 1 != c.end))
		return strange(op, "more than an answer");
	return OK;
}

void
ms_string(struct buf *to, struct bytes text)
{
	bool quoted = text.n <= MS_QUOTED_MAX && text_utf8(text) &&
		      memchr(text.p, '\r', text.n) == NULL &&
		      memchr(text.p, '\n', text.n) == NULL;

	if (!quoted) {
		buf_printf(to, "{%zu+}\r\n", text.n);
		buf_add(to, text.p, text.n);
		return;
	}
	buf_putc(to, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_putc(to, '\\');
		buf_putc(to, (char)text.p[i]);
	}
	buf_putc(to, '"');
}
