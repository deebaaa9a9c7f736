/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A reader of scripts by RFC 5228's grammar (8.1, 8.2), for tests and for the
 * fuzzer: is it one, of no other words than ours, with balanced blocks? What
 * stands in its strings is counted, never understood.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define SIEVE_SCAN_DEPTH_MAX 16

struct sieve_scan {
	const char *at, *end; /* end: of the text */
	size_t strings, commands;
	size_t variables;  /* "${", but for the one that is a dollar */
	const char *wrong; /* what it stumbled over; NULL: nothing */
	const char *where;
};

/* Every command, test and tag that a script of ours has. */
static const char *const sieve_scan_words[] = {
	"require", "set",    "if",       "elsif",       "else",      "vacation",
	"allof",   "anyof",  "not",      "true",        "string",    "header",
	"address", "exists", "envelope", "currentdate", "duplicate", NULL
};
static const char *const sieve_scan_tags[] = {
	"lower",     "quotewildcard", "regex", "matches",
	"contains",  "value",         "zone",  "handle",
	"uniqueid",  "seconds",       "days",  "from",
	"addresses", "subject",       "mime",  NULL
};

static inline bool
sieve_scan_fail(struct sieve_scan *s, const char *wrong)
{
	if (s->wrong == NULL) {
		s->wrong = wrong;
		s->where = s->at;
	}
	return false;
}

static inline bool
sieve_scan_left(const struct sieve_scan *s, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(s->end - s->at) >= n && memcmp(s->at, text, n) == 0;
}

/* White space and comments, whose lines end in CRLF. */
static inline void
sieve_scan_white(struct sieve_scan *s)
{
	while (s->at < s->end) {
		if (*s->at == '#') {
			while (s->at < s->end && *s->at != '\r')
				s->at++;
		} else if (*s->at == ' ' || *s->at == '\t') {
			s->at++;
		} else if (sieve_scan_left(s, "\r\n")) {
			s->at += 2;
		} else {
			return;
		}
	}
}

static inline bool
sieve_scan_take(struct sieve_scan *s, const char *text)
{
	sieve_scan_white(s);
	if (!sieve_scan_left(s, text))
		return false;
	s->at += strlen(text);
	return true;
}

/* A word of the list: of letters, digits and _. */
static inline bool
sieve_scan_word(struct sieve_scan *s, const char *const *words)
{
	size_t n = 0;

	while (s->at + n < s->end &&
	       strchr("abcdefghijklmnopqrstuvwxyz0123456789_", s->at[n]) !=
		       NULL &&
	       s->at[n] != '\0')
		n++;
	for (; *words != NULL; words++) {
		if (strlen(*words) == n && memcmp(s->at, *words, n) == 0) {
			s->at += n;
			return true;
		}
	}
	return sieve_scan_fail(s, "a word that is none of ours");
}

static inline void
sieve_scan_count(struct sieve_scan *s, const char *from)
{
	for (; from + 1 < s->at; from++) {
		if (from[0] == '$' && from[1] == '{' &&
		    (s->at - from < 4 || memcmp(from, "${d}", 4) != 0))
			s->variables++;
	}
	s->strings++;
}

/* At a quote. */
static inline bool
sieve_scan_quoted(struct sieve_scan *s)
{
	const char *from = s->at++;

	while (s->at < s->end && *s->at != '"') {
		if (*s->at == '\\')
			s->at++;
		if (s->at < s->end &&
		    (*s->at == '\0' || (*s->at == '\n' && s->at[-1] != '\r')))
			return sieve_scan_fail(s, "no character of a string");
		s->at++;
	}
	if (s->at >= s->end)
		return sieve_scan_fail(s, "a string that does not end");
	s->at++;
	sieve_scan_count(s, from);
	return true;
}

/* Behind "text:". */
static inline bool
sieve_scan_lines(struct sieve_scan *s)
{
	const char *from = s->at;

	while (s->at < s->end && !sieve_scan_left(s, "\r\n.\r\n"))
		s->at++;
	if (s->at >= s->end)
		return sieve_scan_fail(s, "a text that does not end");
	sieve_scan_count(s, from);
	s->at += 5;
	return true;
}

/* A string, if there is one here. */
static inline bool
sieve_scan_string(struct sieve_scan *s)
{
	sieve_scan_white(s);
	if (sieve_scan_left(s, "\""))
		return sieve_scan_quoted(s);
	return sieve_scan_take(s, "text:") && sieve_scan_lines(s);
}

static inline bool
sieve_scan_list(struct sieve_scan *s)
{
	do {
		if (!sieve_scan_string(s))
			return sieve_scan_fail(s, "a list without a string");
	} while (sieve_scan_take(s, ","));
	return sieve_scan_take(s, "]") ||
	       sieve_scan_fail(s, "a list that does not end");
}

static inline bool sieve_scan_arguments(struct sieve_scan *s, int depth);

static inline bool
sieve_scan_test(struct sieve_scan *s, int depth)
{
	if (depth > SIEVE_SCAN_DEPTH_MAX)
		return sieve_scan_fail(s, "too deep");
	sieve_scan_white(s);
	return sieve_scan_word(s, sieve_scan_words) &&
	       sieve_scan_arguments(s, depth + 1);
}

/* Strings, lists, tags and numbers; then a test, or several in brackets. */
static inline bool
sieve_scan_arguments(struct sieve_scan *s, int depth)
{
	for (;;) {
		sieve_scan_white(s);
		if (s->at < s->end && *s->at >= '0' && *s->at <= '9') {
			while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
				s->at++;
		} else if (sieve_scan_take(s, ":")) {
			if (!sieve_scan_word(s, sieve_scan_tags))
				return false;
		} else if (sieve_scan_take(s, "[")) {
			if (!sieve_scan_list(s))
				return false;
		} else if (!sieve_scan_string(s)) {
			break;
		}
	}
	if (s->wrong != NULL)
		return false;
	if (sieve_scan_take(s, "(")) {
		do {
			if (!sieve_scan_test(s, depth))
				return false;
		} while (sieve_scan_take(s, ","));
		return sieve_scan_take(s, ")") ||
		       sieve_scan_fail(s, "tests that do not end");
	}
	if (s->at < s->end && *s->at >= 'a' && *s->at <= 'z')
		return sieve_scan_test(s, depth);
	return true;
}

static inline bool
sieve_scan_commands(struct sieve_scan *s, int depth)
{
	if (depth > SIEVE_SCAN_DEPTH_MAX)
		return sieve_scan_fail(s, "too deep");
	for (;;) {
		sieve_scan_white(s);
		if (s->at >= s->end || *s->at == '}')
			return true;
		if (!sieve_scan_word(s, sieve_scan_words) ||
		    !sieve_scan_arguments(s, depth))
			return false;
		s->commands++;
		if (sieve_scan_take(s, ";"))
			continue;
		if (!sieve_scan_take(s, "{"))
			return sieve_scan_fail(s, "a command without an end");
		if (!sieve_scan_commands(s, depth + 1))
			return false;
		if (!sieve_scan_take(s, "}"))
			return sieve_scan_fail(s, "a block without an end");
	}
}

/* The whole of a text. */
static inline bool
sieve_scan(struct sieve_scan *s, const void *text, size_t n)
{
	*s = (struct sieve_scan){ .at = text, .end = (const char *)text + n };
	return sieve_scan_commands(s, 0) &&
	       (s->at == s->end || sieve_scan_fail(s, "more than a script"));
}
