/* SPDX-License-Identifier: Apache-2.0 */

/* Character references of HTML: by number and by name. */
#include "wire/html_value.h"

#include <string.h>

#define REFERENCE_MAX 10 /* bytes of a name, or digits of a number */
#define UNKNOWN 0xfffd   /* the standard's "replacement character" */
#define LATIN_FIRST 0xa0 /* names up to LATIN_LAST may stand without ; */
#define LATIN_LAST 0xff

static const struct {
	char name[REFERENCE_MAX];
	uint16_t code;
} names[] = {
/* clang-format off */
#include "wire/html_entity.def"
	/* clang-format on */
};

/* What 0x80 to 0x9f mean in numbers: windows-1252, as the standard has it. */
static const uint16_t windows[32] = {
	0x20ac,  UNKNOWN, 0x201a, 0x0192, 0x201e, 0x2026,  0x2020, 0x2021,
	0x02c6,  0x2030,  0x0160, 0x2039, 0x0152, UNKNOWN, 0x017d, UNKNOWN,
	UNKNOWN, 0x2018,  0x2019, 0x201c, 0x201d, 0x2022,  0x2013, 0x2014,
	0x02dc,  0x2122,  0x0161, 0x203a, 0x0153, UNKNOWN, 0x017e, 0x0178,
};

/* Nothing that a mail may not carry, or that is no character. */
static uint32_t
code_fit(uint32_t code)
{
	if (code == '\t' || code == '\n' || code == '\r')
		return code;
	if (code < ' ' || code == 0x7f)
		return 0;
	if (code >= 0x80 && code < 0xa0)
		return windows[code - 0x80];
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ||
	    (code & 0xfffe) == 0xfffe)
		return UNKNOWN;
	return code;
}

/* -1: no digit of that base. */
static int
digit(uint8_t c, unsigned base)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return base == 16 && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind "&#". How many bytes it has; 0: it is no number. */
static size_t
number_read(struct bytes in, uint32_t *out)
{
	unsigned base = in.n > 0 && (in.p[0] | 0x20) == 'x' ? 16 : 10;
	size_t first = base == 16, n = first;

	*out = 0;
	for (; n < in.n && digit(in.p[n], base) >= 0; n++) {
		if (*out <= 0x10ffff)
			*out = *out * base + (uint32_t)digit(in.p[n], base);
	}
	if (n == first)
		return 0;
	*out = code_fit(*out);
	return n + (n < in.n && in.p[n] == ';');
}

static bool
is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') ||
	       ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* The names of old, which browsers know without their semicolon too. */
static bool
is_bare(uint32_t code)
{
	return (code >= LATIN_FIRST && code <= LATIN_LAST) || code == '&' ||
	       code == '<' || code == '>' || code == '"';
}

/* Behind "&", as above. In an attribute a=1&copy=2 is no reference. */
static size_t
name_read(struct bytes in, bool attribute, uint32_t *out)
{
	size_t n = 0;
	bool ended;

	while (n < in.n && n < REFERENCE_MAX && is_alnum(in.p[n]))
		n++;
	ended = n < in.n && in.p[n] == ';';
	if (n == 0 || n == REFERENCE_MAX ||
	    (attribute && n < in.n && in.p[n] == '='))
		return 0;
	for (size_t i = 0; i < COUNT(names); i++) {
		if (strlen(names[i].name) != n ||
		    memcmp(names[i].name, in.p, n) != 0)
			continue;
		*out = names[i].code;
		return ended || is_bare(*out) ? n + ended : 0;
	}
	return 0;
}

/* The text is UTF-8: of a lead byte its tail follows. */
static uint32_t
utf8_take(struct bytes *rest)
{
	uint8_t c = rest->p[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	uint32_t code = n == 1 ? c : c & (0xffU >> (n + 1));

	if (n > rest->n)
		n = rest->n;
	for (size_t i = 1; i < n; i++)
		code = code << 6 | (rest->p[i] & 0x3f);
	rest->p += n;
	rest->n -= n;
	return code;
}

uint32_t
html_literal(struct bytes *rest)
{
	uint32_t code = utf8_take(rest);

	return code >= 0x80 && code < 0xa0 ? 0 : code_fit(code);
}

uint32_t
html_character(struct bytes *rest, bool attribute)
{
	struct bytes in = { rest->p + 1, rest->n - 1 };
	uint32_t code = 0;
	size_t n = 0;

	if (rest->p[0] == '&' && in.n > 0 && in.p[0] == '#') {
		n = number_read((struct bytes){ in.p + 1, in.n - 1 }, &code);
		n += n > 0;
	} else if (rest->p[0] == '&') {
		n = name_read(in, attribute, &code);
	}
	if (n > 0) {
		rest->p += n + 1;
		rest->n -= n + 1;
		return code;
	}
	return html_literal(rest);
}
