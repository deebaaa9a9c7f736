/* SPDX-License-Identifier: Apache-2.0 */
/* A TIFF header and its first directory: TIFF 6.0, section 2. */
#include "images/exif.h"

#include <stdbool.h>
#include <string.h>

enum {
	HEADER = 8,  /* bytes: order, 42, offset of the directory */
	ENTRY = 12,  /* bytes: tag, type, count, value */
	UPRIGHT = 1, /* nothing to turn */
	LAST = 8,
	TAG_ORIENTATION = 0x0112,
	TYPE_SHORT = 3,
};

/* Reads 2 or 4 bytes; 0 outside of them. */
static uint32_t
number(struct bytes b, bool little, size_t at, unsigned n)
{
	uint32_t v = 0;

	if (at > b.n || b.n - at < n)
		return 0;
	for (unsigned i = 0; i < n; i++)
		v = v << 8 | b.p[at + (little ? n - 1 - i : i)];
	return v;
}

/* The value of the orientation's entry; 0 when there is none. */
static uint32_t
entry_find(struct bytes b, bool little)
{
	size_t at = number(b, little, 4, 4);
	uint32_t n = number(b, little, at, 2);

	for (uint32_t i = 0; i < n && at < b.n; i++) {
		size_t entry = at + 2 + (size_t)i * ENTRY;

		if (number(b, little, entry, 2) == TAG_ORIENTATION &&
		    number(b, little, entry + 2, 2) == TYPE_SHORT)
			return number(b, little, entry + 8, 2);
	}
	return 0;
}

unsigned
exif_orientation(struct bytes exif)
{
	static const char start[] = "Exif\0"; /* and the NUL of its own */
	struct bytes b = exif;
	uint32_t value;
	bool little;

	if (b.n >= sizeof(start) && memcmp(b.p, start, sizeof(start)) == 0) {
		b.p += sizeof(start);
		b.n -= sizeof(start);
	}
	if (b.n < HEADER)
		return UPRIGHT;
	little = memcmp(b.p, "II", 2) == 0;
	if (!little && memcmp(b.p, "MM", 2) != 0)
		return UPRIGHT;
	value = entry_find(b, little);
	return value >= UPRIGHT && value <= LAST ? value : UPRIGHT;
}
