/* SPDX-License-Identifier: Apache-2.0 */

/* Quotes and comments are passed over as the database itself would, so that
 * what looks like a value's name in one of them is none. */
#include "wing/directory/sql_text.h"

#include "base/buf.h"
#include "base/text.h"

#include <string.h>

#define TEXT_MAX (16 * KIB) /* bytes of a query as it is sent */

static const struct sql_dialect dialects[] = {
	{ .driver = "sqlite" },
	{
		.driver = "postgresql",
		.dollar = true,
		.dollar_quotes = true,
		.nested_comments = true,
	},
	{ .driver = "mysql", .backslash = true, .hash = true },
};

static const char *const names[SQL_VALUE_COUNT] = {
	[SQL_ADDRESS] = "address", [SQL_LOCAL] = "local",
	[SQL_DOMAIN] = "domain",   [SQL_UID] = "uid",
	[SQL_AFTER] = "after",
};

const struct sql_dialect *
sql_dialect(const char *driver)
{
	for (size_t i = 0; i < COUNT(dialects); i++) {
		if (strcmp(dialects[i].driver, driver) == 0)
			return &dialects[i];
	}
	return NULL;
}

/* ---- what is passed over: each gives its end, NULL when it has none ---- */

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

static bool
is_of_word(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '$';
}

/* A doubled quote inside is two strings beside each other, which ends in the
 * same place. */
static const char *
quote_end(const char *p, bool backslash)
{
	char quote = *p++;

	for (; *p != '\0'; p++) {
		if (*p == quote)
			return p + 1;
		if (*p == '\\' && backslash && *++p == '\0')
			return NULL;
	}
	return NULL;
}

static const char *
line_end(const char *p)
{
	return p + strcspn(p, "\n");
}

static const char *
comment_end(const char *p, bool nested)
{
	unsigned depth = 1;

	for (p += 2; *p != '\0'; p++) {
		if (nested && p[0] == '/' && p[1] == '*') {
			depth++;
			p++;
		} else if (p[0] == '*' && p[1] == '/') {
			p++;
			if (--depth == 0)
				return p + 1;
		}
	}
	return NULL;
}

/* $tag$ ... $tag$; *p itself when that is no such quote. */
static const char *
dollar_end(struct op *op, const char *p)
{
	size_t n = 1;
	const char *found;

	while (is_letter(p[n]) || (n > 1 && p[n] >= '0' && p[n] <= '9'))
		n++;
	if (p[n] != '$')
		return p;
	n++;
	found = strstr(p + n, op_text(op, p, n));
	return found == NULL ? NULL : found + n;
}

/* Quotes and comments; p itself: none begins there. */
static const char *
passed_over(struct op *op, const char *p, const struct sql_dialect *d,
	    bool escaped)
{
	if (*p == '\'' || *p == '"' || *p == '`')
		return quote_end(p, d->backslash || escaped);
	if (p[0] == '-' && p[1] == '-')
		return line_end(p);
	if (*p == '#' && d->hash)
		return line_end(p);
	if (p[0] == '/' && p[1] == '*')
		return comment_end(p, d->nested_comments);
	if (*p == '$' && d->dollar_quotes)
		return dollar_end(op, p);
	return p;
}

/* ---- the whole ---- */

/* What is read: where, and what has become of it. */
struct reading {
	struct op *op;
	const struct sql_dialect *dialect;
	struct sql_text *out;
	struct buf buf;
	const char *p;
};

/* ":name": its value in its place. */
static enum err
value_take(struct reading *r)
{
	const char *name = r->p + 1;
	size_t n = 0;

	while (is_of_word(name[n]))
		n++;
	for (size_t i = 0; i < COUNT(names); i++) {
		if (strlen(names[i]) != n || memcmp(names[i], name, n) != 0)
			continue;
		if (r->out->n == SQL_PLACES_MAX)
			return FAIL(r->op, ERR_INVALID,
				    "has more than %d values", SQL_PLACES_MAX);
		r->out->value[r->out->n++] = (enum sql_value)i;
		if (r->dialect->dollar)
			buf_printf(&r->buf, "$%zu", r->out->n);
		else
			buf_putc(&r->buf, '?');
		r->p = name + n;
		return OK;
	}
	return FAIL(r->op, ERR_INVALID,
		    "names :%s; there are :address, :local, :domain, :uid and "
		    ":after",
		    op_text(r->op, name, n));
}

/* One word, value, quote, comment or character. */
static enum err
piece_take(struct reading *r)
{
	const struct sql_dialect *d = r->dialect;
	const char *p = r->p;
	bool escaped =
		d->dollar_quotes && (*p == 'E' || *p == 'e') && p[1] == '\'';
	const char *end = passed_over(r->op, p + escaped, d, escaped);

	if (end == NULL)
		return FAIL(r->op, ERR_INVALID,
			    "has a quote or a comment that does not end");
	if (end == p + escaped) {
		end = p + 1;
		while (is_letter(*p) && is_of_word(*end))
			end++;
	}
	if (*p == ':' && is_letter(p[1]))
		return value_take(r);
	if (p[0] == ':' && p[1] == ':') /* a cast */
		end = p + 2;
	if (*p == '?' && !d->dollar)
		return FAIL(r->op, ERR_INVALID,
			    "has a ?; name its values, like :address");
	if (*p == ';' && !text_is_blank(p + 1))
		return FAIL(r->op, ERR_INVALID, "has more than one statement");
	buf_add(&r->buf, p, (size_t)(end - p));
	r->p = end;
	return OK;
}

enum err
sql_text_read(struct op *op, const char *query,
	      const struct sql_dialect *dialect, struct sql_text *out)
{
	struct reading r = {
		.op = op, .dialect = dialect, .out = out, .p = query
	};

	*out = (struct sql_text){ .n = 0 };
	buf_init(&r.buf, op, strlen(query) + KIB, TEXT_MAX);
	while (*r.p != '\0')
		TRY(piece_take(&r));
	out->text = buf_text(&r.buf);
	return buf_err(&r.buf) == OK ? OK
				     : FAIL(op, ERR_INVALID, "is too long");
}

bool
sql_text_has(const struct sql_text *text, enum sql_value value)
{
	for (size_t i = 0; i < text->n; i++) {
		if (text->value[i] == value)
			return true;
	}
	return false;
}
