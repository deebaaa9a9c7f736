/* SPDX-License-Identifier: Apache-2.0 */

/* Strings of a script (RFC 5228 2.4.2, RFC 5229 3). */
#include "sieve/sieve_draft.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 4096 /* bytes of our own in one go */

void
draft_puts(struct draft *d, const char *script)
{
	buf_puts(&d->out, script);
}

void
draft_printf(struct draft *d, const char *format, ...)
{
	char text[WORDS_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_puts(&d->out, text);
}

/* A byte of a quoted string. A variable's value is not looked at once more, so
 * what begins with a dollar that comes from one is only text. */
static void
text_byte(struct draft *d, const char *at, const char *end)
{
	if (*at == '"' || *at == '\\')
		buf_putc(&d->out, '\\');
	if (*at == '$' && at + 1 < end && at[1] == '{')
		buf_puts(&d->out, DRAFT_DOLLAR);
	else
		buf_putc(&d->out, *at);
}

void
draft_text(struct draft *d, const char *text, size_t n)
{
	for (const char *at = text; at < text + n; at++)
		text_byte(d, at, text + n);
}

void
draft_glob(struct draft *d, const char *text, size_t n)
{
	for (const char *at = text; at < text + n; at++) {
		if (*at == '*' || *at == '?' || *at == '\\')
			buf_puts(&d->out, "\\\\");
		text_byte(d, at, text + n);
	}
}

void
draft_quote(struct draft *d, const char *text)
{
	buf_putc(&d->out, '"');
	draft_text(d, text, strlen(text));
	buf_putc(&d->out, '"');
}

/* One a line, for nobody's line is longer than what a server reads at once. */
void
draft_list(struct draft *d, const char *const *text, size_t n)
{
	buf_putc(&d->out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_puts(&d->out, ",\n\t");
		draft_quote(d, text[i]);
	}
	buf_putc(&d->out, ']');
}

/* ---- expressions that come often ---- */

#define RE_ATOM "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
#define RE_LABEL "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
#define RE_CTEXT "[^()\\\\]|\\\\."

void
draft_expressions(struct draft *d)
{
	draft_puts(d, "set \"d\" \"$\";\nset \"a\" ");
	draft_quote(d, "^" RE_ATOM "([.]" RE_ATOM ")*@" RE_LABEL "([.]" RE_LABEL
		       ")*$");
	/* a comment, and one in it: what is deeper is not seen */
	draft_puts(d, ";\nset \"c\" ");
	draft_quote(d, "\\((" RE_CTEXT "|\\((" RE_CTEXT ")*\\))*\\)");
	draft_puts(d, ";\nset \"q\" ");
	draft_quote(d, "\"([^\"\\\\]|\\\\.)*\"");
	draft_puts(d, ";\nset \"w\" \"([[:space:]]|${c})*\";\n");
}
