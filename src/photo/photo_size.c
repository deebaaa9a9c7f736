/* SPDX-License-Identifier: Apache-2.0 */
/* The nine sizes, and what their codes look like. */
#include "photo/photo_size.h"

#include "base/text.h"
#include "model/settings.h"

#include <string.h>

const unsigned photo_edges[] = { 48, 64, 96, 120, 240, 360, 432, 504, 648, 0 };

#define LISTED_DIGITS_MAX 3 /* of the largest edge above */

/* How many digits stand between HR and x, when the text is HR<n>x<n>; else
 * 0. <n> does not begin with 0. */
static size_t
digits_of(const char *text)
{
	size_t n;

	if (!text_case_starts(text, "HR"))
		return 0;
	text += 2;
	n = strspn(text, "0123456789");
	if (n == 0 || text[0] == '0' || text_lower(text[n]) != 'x')
		return 0;
	return strncmp(text, text + n + 1, n) == 0 && text[2 * n + 1] == '\0'
		       ? n
		       : 0;
}

/* The listed edge that these digits name, or 0. */
static unsigned
edge_listed(const char *digits, size_t n)
{
	unsigned value = 0;

	if (n > LISTED_DIGITS_MAX)
		return 0;
	for (size_t i = 0; i < n; i++)
		value = value * 10 + (unsigned)(digits[i] - '0');
	for (const unsigned *e = photo_edges; *e != 0; e++) {
		if (*e == value)
			return value;
	}
	return 0;
}

enum err
photo_size_read(struct op *op, const char *text, unsigned *edge)
{
	size_t n = digits_of(text);

	if (n == 0)
		return FAIL(op, ERR_INVALID, "size is no HR<n>x<n>");
	*edge = edge_listed(text + 2, n);
	if (*edge == 0 && !op->settings->photo_unlisted_size_largest)
		return FAIL(op, ERR_INVALID, "size is none of the nine");
	return OK;
}

/*
 * The store gives the largest up to an edge. Between two of the nine there is
 * at most one more, the picture's own size, and none above that: so the largest
 * up to the next of the nine is the smallest that will do, if there is any.
 */
unsigned
photo_size_above(unsigned pixels)
{
	const unsigned *edge = photo_edges;

	while (*edge != 0 && *edge < pixels)
		edge++;
	return *edge;
}
