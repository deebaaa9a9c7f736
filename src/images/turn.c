/* SPDX-License-Identifier: Apache-2.0 */
/* The eight orientations of EXIF 4.6.5, tag 0x0112. */
#include "images/finish.h"

#include <string.h>

#define RGB 3

/*
 * Where the pixel that is seen at x, y comes from: from row x of column y
 * when `swap`, counted from the other end when `right` and `bottom`.
 */
static const struct {
	bool swap, right, bottom;
} turns[] = {
	/* clang-format off */
	[1] = { false, false, false },
	[2] = { false, true,  false },
	[3] = { false, true,  true },
	[4] = { false, false, true },
	[5] = { true,  false, false },
	[6] = { true,  false, true },
	[7] = { true,  true,  true },
	[8] = { true,  true,  false },
	/* clang-format on */
};

void
turn_upright(struct op *op, struct square *square, unsigned orientation)
{
	unsigned edge = square->edge;
	struct square out;

	if (orientation <= PICTURE_ORIENTATION_UPRIGHT ||
	    orientation >= COUNT(turns))
		return;
	square_init(op, &out, edge, RGB);
	for (unsigned i = 0; i < edge * edge; i++) {
		unsigned x = i % edge, y = i / edge;
		unsigned column = turns[orientation].swap ? y : x;
		unsigned row = turns[orientation].swap ? x : y;

		if (turns[orientation].right)
			column = edge - 1 - column;
		if (turns[orientation].bottom)
			row = edge - 1 - row;
		memcpy(out.pixels + (size_t)i * RGB,
		       square->pixels + ((size_t)row * edge + column) * RGB,
		       RGB);
	}
	*square = out;
}
