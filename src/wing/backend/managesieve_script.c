/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/backend/managesieve_script.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"

#include <string.h>

#define STAMP "# frontdesk sha256="
#define STAMP_MORE "; written anew by Frontdesk: do not change it\r\n"
#define HEX_SIZE ((size_t)2 * DIGEST_SIZE)
#define BEFORE "# before="
#define REQUIRE "require \"include\";\r\n"
#define NAME_MAX_BYTES 512    /* 128 characters */
#define WRAPPER_MAX (4 * KIB) /* bytes */

_Static_assert(sizeof(STAMP) + HEX_SIZE + sizeof(STAMP_MORE) <= MS_STAMP_SIZE,
	       "MS_STAMP_SIZE holds the line");

/* ---- whose it is ---- */

/* Of the script as any server keeps it: some end lines by LF alone. */
static const char *
sum_of(struct op *op, struct bytes script)
{
	uint8_t *bare = op_alloc(op, script.n + 1), digest[DIGEST_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < script.n; i++) {
		if (script.p[i] != '\r')
			bare[n++] = script.p[i];
	}
	digest_sha256((struct bytes){ bare, n }, digest);
	return text_hex(op, (struct bytes){ digest, sizeof(digest) });
}

struct bytes
ms_stamp(struct op *op, struct bytes script)
{
	struct buf to;

	buf_init(&to, op, script.n + MS_STAMP_SIZE, script.n + MS_STAMP_SIZE);
	buf_puts(&to, STAMP);
	buf_puts(&to, sum_of(op, script));
	buf_puts(&to, STAMP_MORE);
	buf_add(&to, script.p, script.n);
	return buf_bytes(&to);
}

enum ms_owner
ms_owner(struct op *op, struct bytes all, struct bytes *script)
{
	const size_t head = sizeof(STAMP) - 1;
	const uint8_t *eol;

	*script = all;
	if (all.n < head + HEX_SIZE || memcmp(all.p, STAMP, head) != 0)
		return MS_THEIRS;
	eol = memchr(all.p, '\n', all.n);
	if (eol == NULL)
		return MS_CHANGED;
	*script = (struct bytes){ eol + 1, all.n - (size_t)(eol + 1 - all.p) };
	return memcmp(all.p + head, sum_of(op, *script), HEX_SIZE) == 0
		       ? MS_OURS
		       : MS_CHANGED;
}

bool
ms_is_name(struct bytes name)
{
	if (name.n == 0 || name.n > NAME_MAX_BYTES || !text_utf8(name))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		/* U+0080 to U+009F are C2 80 to C2 9F */
		if (name.p[i] < ' ' || name.p[i] == 0x7f ||
		    (name.p[i] == 0xc2 && name.p[i + 1] < 0xa0))
			return false;
	}
	return true;
}

/* ---- the one that runs both ---- */

static void
put_string(struct buf *to, const char *text)
{
	buf_putc(to, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_putc(to, '\\');
		buf_putc(to, *text);
	}
	buf_putc(to, '"');
}

struct bytes
ms_wrapper(struct op *op, const char *ours, const char *before, const char *run)
{
	struct buf to;

	buf_init(&to, op, KIB, WRAPPER_MAX);
	buf_printf(&to, BEFORE "%s\r\n", text_base64(op, bytes_of(before)));
	buf_printf(&to,
		   "# First the answers of an absence, then the script that "
		   "was active\r\n# before, and will be again: %s\r\n",
		   before);
	buf_puts(&to, REQUIRE "include :personal :optional ");
	put_string(&to, ours);
	buf_puts(&to, ";\r\ninclude :personal :optional ");
	put_string(&to, run);
	buf_puts(&to, ";\r\n");
	return ms_stamp(op, buf_bytes(&to));
}

struct bytes
ms_runner(struct op *op, const char *name)
{
	struct buf to;

	buf_init(&to, op, KIB, WRAPPER_MAX);
	buf_puts(&to, REQUIRE "include :personal ");
	put_string(&to, name);
	buf_puts(&to, ";\r\n");
	return buf_bytes(&to);
}

const char *
ms_wrapper_before(struct op *op, struct bytes script)
{
	const size_t head = sizeof(BEFORE) - 1;
	const uint8_t *end = memchr(script.p, '\n', script.n);
	struct bytes name;
	size_t n;

	if (end == NULL || script.n < head ||
	    memcmp(script.p, BEFORE, head) != 0)
		return NULL;
	n = (size_t)(end - script.p) - head;
	if (n > 0 && end[-1] == '\r')
		n--;
	if (text_base64_decode(op, (const char *)script.p + head, n, &name) !=
		    OK ||
	    !ms_is_name(name))
		return NULL;
	return op_text(op, (const char *)name.p, name.n);
}

/* ---- what a script does: RFC 5228 section 8, as far as it matters ---- */

enum token {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_TAG,
	TOKEN_STRING,
	TOKEN_OTHER, /* one character */
};

struct scan {
	const char *p, *end;
	const char *text; /* of the token, as it is written: in the script */
	size_t n;
};

static bool
scan_is(const struct scan *s, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(s->end - s->p) >= n && memcmp(s->p, text, n) == 0;
}

/* Behind the next `text`, or at the end. */
static void
scan_past(struct scan *s, const char *text)
{
	while (s->p < s->end && !scan_is(s, text))
		s->p++;
	if (s->p < s->end)
		s->p += strlen(text);
}

static bool
token_is(const struct scan *s, const char *word)
{
	if (s->n != strlen(word))
		return false;
	for (size_t i = 0; i < s->n; i++) {
		if (text_lower(s->text[i]) != word[i])
			return false;
	}
	return true;
}

static void
skip_nothing(struct scan *s)
{
	for (;;) {
		if (scan_is(s, "#"))
			scan_past(s, "\n");
		else if (scan_is(s, "/*"))
			scan_past(s, "*/");
		else if (scan_is(s, " ") || scan_is(s, "\t") ||
			 scan_is(s, "\r") || scan_is(s, "\n"))
			s->p++;
		else
			return;
	}
}

static enum token
take_quoted(struct scan *s)
{
	s->text = ++s->p;
	while (s->p < s->end && *s->p != '"')
		s->p += *s->p == '\\' && s->p + 1 < s->end ? 2 : 1;
	s->n = (size_t)(s->p - s->text);
	if (s->p < s->end)
		s->p++;
	return TOKEN_STRING;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

/* A word, or text: up to a line with a dot alone. */
static enum token
take_word(struct scan *s)
{
	s->text = s->p;
	while (s->p < s->end && is_word(*s->p))
		s->p++;
	s->n = (size_t)(s->p - s->text);
	if (!token_is(s, "text") || !scan_is(s, ":"))
		return TOKEN_WORD;
	scan_past(s, "\n");
	s->text = s->p;
	while (s->p < s->end && !scan_is(s, ".\r\n") && !scan_is(s, ".\n"))
		scan_past(s, "\n");
	s->n = (size_t)(s->p - s->text);
	scan_past(s, "\n");
	return TOKEN_STRING;
}

static enum token
take_token(struct scan *s)
{
	skip_nothing(s);
	if (s->p >= s->end)
		return TOKEN_END;
	if (is_word(*s->p))
		return take_word(s);
	if (*s->p == '"')
		return take_quoted(s);
	s->text = s->p++;
	s->n = 1;
	if (*s->text != ':' || s->p == s->end || !is_word(*s->p))
		return TOKEN_OTHER;
	(void)take_word(s);
	return TOKEN_TAG;
}

static void
include_add(struct op *op, const struct scan *s, struct ms_peek *out)
{
	char *name = op_alloc(op, s->n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->text[i] == '\\' && i + 1 < s->n)
			i++;
		name[n++] = s->text[i];
	}
	if (ms_is_name((struct bytes){ (const uint8_t *)name, n }))
		out->include[out->n++] = name;
}

/* include :global "a"; is of somebody else. */
static void
take_include(struct op *op, struct scan *s, struct ms_peek *out)
{
	bool own = true;
	enum token token;

	while ((token = take_token(s)) != TOKEN_END) {
		if (token == TOKEN_OTHER && token_is(s, ";"))
			return;
		if (token == TOKEN_TAG && token_is(s, "global"))
			own = false;
		if (token == TOKEN_STRING && own && out->n < MS_INCLUDES_MAX)
			include_add(op, s, out);
	}
}

/* if false { ... }: how editors keep what is switched off. */
static void
take_condition(struct scan *s)
{
	struct scan ahead = *s;
	size_t depth = 1;

	if (take_token(&ahead) != TOKEN_WORD || !token_is(&ahead, "false") ||
	    take_token(&ahead) != TOKEN_OTHER || !token_is(&ahead, "{"))
		return;
	while (depth > 0) {
		enum token token = take_token(&ahead);

		if (token == TOKEN_END)
			break;
		if (token == TOKEN_OTHER && token_is(&ahead, "{"))
			depth++;
		if (token == TOKEN_OTHER && token_is(&ahead, "}"))
			depth--;
	}
	*s = ahead;
}

void
ms_peek(struct op *op, struct bytes script, struct ms_peek *out)
{
	const char *p = (const char *)script.p;
	struct scan s = { .p = p, .end = p + script.n };
	enum token token;

	*out = (struct ms_peek){ 0 };
	while ((token = take_token(&s)) != TOKEN_END) {
		if (token != TOKEN_WORD)
			continue;
		if (token_is(&s, "vacation"))
			out->answers = true;
		else if (token_is(&s, "include"))
			take_include(op, &s, out);
		else if (token_is(&s, "if") || token_is(&s, "elsif"))
			take_condition(&s);
	}
}
