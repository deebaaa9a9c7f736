/* SPDX-License-Identifier: Apache-2.0 */
/* Entity tags. No printf: this is on the way of every 304. */
#include "photo/photo_etag.h"

#include "base/text.h"

#include <string.h>

#define TAG_SOURCE_BYTES 8 /* of the SHA-256; 16 hex digits */

/* Quotes, hex digits, -edge, d, -epoch. */
#define TAG_ROOM (3 + 2 * TAG_SOURCE_BYTES + 2 * (1 + PHOTO_DECIMAL_MAX) + 1)
_Static_assert(TAG_ROOM <= PHOTO_TAG_MAX, "a tag fits its limit");

char *
photo_decimal(char *at, unsigned n)
{
	char digits[PHOTO_DECIMAL_MAX];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	memcpy(at, digits + i, sizeof(digits) - i);
	return at + sizeof(digits) - i;
}

const char *
photo_etag(struct op *op, const struct photo *photo, unsigned epoch)
{
	static const char hex[] = "0123456789abcdef";
	char *tag = op_alloc(op, TAG_ROOM);
	char *at = tag;

	*at++ = '"';
	for (size_t i = 0; i < TAG_SOURCE_BYTES; i++) {
		*at++ = hex[photo->source[i] >> 4];
		*at++ = hex[photo->source[i] & 15];
	}
	*at++ = '-';
	at = photo_decimal(at, photo->edge);
	if (photo->layer == PHOTO_OF_DIRECTORY) /* which is not cut */
		*at++ = 'd';
	if (epoch != 0) {
		*at++ = '-';
		at = photo_decimal(at, epoch);
	}
	*at = '"';
	return tag;
}

static const char *
skip_space(const char *p)
{
	return p + strspn(p, " \t");
}

/* One tag of the list, without W/ and quotes. Returns what is behind it. A
 * quoted tag may hold commas; one without its second quote is none. */
static const char *
tag_next(const char *p, struct bytes *out)
{
	const char *behind;
	size_t n;

	if (text_case_starts(p, "W/"))
		p += 2;
	if (*p == '"') {
		n = strcspn(++p, "\"");
		behind = p + n + (p[n] == '"');
		if (p[n] == '\0')
			n = 0;
	} else {
		n = strcspn(p, ", \t");
		behind = p + n;
	}
	*out = (struct bytes){ (const uint8_t *)p, n };
	return behind;
}

bool
photo_matches(const char *if_none_match, const char *etag)
{
	const char *p = skip_space(if_none_match);
	size_t n = strlen(etag) - 2; /* without its quotes */

	if (*p == '*' && *skip_space(p + 1) == '\0')
		return true;
	while (*p != '\0') {
		struct bytes tag;

		p = skip_space(tag_next(p, &tag));
		if (tag.n == n && (*p == ',' || *p == '\0') &&
		    memcmp(tag.p, etag + 1, n) == 0)
			return true;
		p += strcspn(p, ",");
		p += strspn(p, ", \t");
	}
	return false;
}
