/* SPDX-License-Identifier: Apache-2.0 */

/* What libconfuse would let pass in a configuration file, or choke on. */
#include "base/conf_scan.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

struct scan {
	char *at;
	const char *end;
	unsigned line;
	unsigned brace_line; /* of the last { still open */
	int depth;
	char last; /* of what is neither space nor comment; 'v': a word */
	bool list; /* the last { began a list, no section */
};

static char
scan_peek(const struct scan *s, size_t ahead)
{
	if ((size_t)(s->end - s->at) <= ahead)
		return '\0';
	return s->at[ahead];
}

static void
scan_step(struct scan *s)
{
	if (*s->at == '\n')
		s->line++;
	s->at++;
}

/* The rest of a line is a comment. */
static void
scan_line(struct scan *s)
{
	while (s->at < s->end && *s->at != '\n')
		*s->at++ = ' ';
}

static void
scan_blank(struct scan *s)
{
	if (*s->at == '\n')
		s->line++;
	else
		*s->at = ' ';
	s->at++;
}

static const char *
scan_comment(struct scan *s)
{
	unsigned began = s->line;

	bool star = false;

	scan_blank(s);
	scan_blank(s);
	while (s->at < s->end) {
		char c = *s->at;

		scan_blank(s);
		if (star && c == '/')
			return NULL;
		star = c == '*';
	}
	s->line = began;
	return "a comment begins here and does not end; close it with */";
}

/*
 * A string in quotes. The lexer knows more escapes, and some of them leave it
 * in a state that spoils the next file it reads: none of them is needed here.
 */
static const char *
scan_string(struct scan *s)
{
	char quote = *s->at++;

	s->last = 'v';
	for (; s->at < s->end && *s->at != '\n'; s->at++) {
		if (*s->at == quote) {
			s->at++;
			return NULL;
		}
		if (*s->at == '$' && scan_peek(s, 1) == '{')
			return "${...} is not expanded; write the value itself";
		if (*s->at != '\\')
			continue;
		if (quote != '"' || strchr("\"\\", scan_peek(s, 1)) == NULL)
			return "\\ in a value has to be written \\\\, in "
			       "double quotes";
		s->at++;
	}
	return "a value in quotes does not end on its line; close the quote";
}

static const char *
scan_brace(struct scan *s)
{
	if (*s->at == '{') {
		s->brace_line = s->line;
		s->list = s->last == '=';
		s->depth++;
	} else if (--s->depth < 0) {
		return "} closes nothing; remove it, or open its section";
	} else if (s->last == '{' && s->list) {
		return "a list without a value; give one, or remove the line";
	}
	s->last = *s->at++;
	return NULL;
}

/* A name or a value without quotes. A comment does not begin inside. */
static const char *
scan_word(struct scan *s)
{
	if (*s->at == '$' && scan_peek(s, 1) == '{')
		return "${...} is not expanded; write the value itself";
	if (strchr("()+*\\", *s->at) != NULL)
		return "a value with ( ) + * or \\ has to be in double quotes";
	s->at++;
	return NULL;
}

static const char *
scan_token(struct scan *s, bool *in_word)
{
	bool inside = *in_word;

	*in_word = false;
	switch (*s->at) {
	case '#':
		scan_line(s);
		return NULL;
	case '"':
	case '\'':
		return scan_string(s);
	case '{':
	case '}':
		return scan_brace(s);
	case '=':
	case ',':
		s->last = *s->at++;
		return NULL;
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		scan_step(s);
		return NULL;
	case '/':
		if (!inside && scan_peek(s, 1) == '/') {
			scan_line(s);
			return NULL;
		}
		if (!inside && scan_peek(s, 1) == '*')
			return scan_comment(s);
		break;
	default:
		break;
	}
	*in_word = true;
	s->last = 'v';
	return scan_word(s);
}

/* The first byte that is not clean UTF-8 text, NULL if all are. */
static const char *
scan_clean(struct scan *s)
{
	size_t n;

	for (; s->at < s->end; scan_step(s)) {
		if (((unsigned char)*s->at < ' ' && *s->at != '\t' &&
		     *s->at != '\r' && *s->at != '\n') ||
		    *s->at == 0x7f)
			return "a control character; the file has to be text";
		if ((*s->at & 0x80) == 0)
			continue;
		for (n = 1; (scan_peek(s, n) & 0xc0) == 0x80;)
			n++;
		if (!text_utf8((struct bytes){ (const uint8_t *)s->at, n }))
			return "not UTF-8; save the file as UTF-8";
		s->at += n - 1;
	}
	return NULL;
}

const char *
conf_scan(char *file, size_t n, unsigned *line)
{
	struct scan s = { .at = file, .end = file + n, .line = 1 };
	const char *wrong;
	bool in_word = false;

	wrong = scan_clean(&s);
	if (wrong == NULL) {
		s.at = file;
		s.line = 1;
	}
	while (wrong == NULL && s.at < s.end)
		wrong = scan_token(&s, &in_word);
	if (wrong == NULL && s.depth > 0) {
		s.line = s.brace_line;
		wrong = "{ is never closed; add } (is the file cut short?)";
	}
	*line = s.line;
	return wrong;
}
