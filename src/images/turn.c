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
turn_upright(struct op *op, struct raster *raster, unsigned orientation)
{
	struct raster out;
	bool swap;

	if (orientation <= PICTURE_ORIENTATION_UPRIGHT ||
	    orientation >= COUNT(turns))
		return;
	swap = turns[orientation].swap;
	raster_init(op, &out, swap ? raster->height : raster->width,
		    swap ? raster->width : raster->height, RGB);
	for (unsigned i = 0; i < out.width * out.height; i++) {
		unsigned x = i % out.width, y = i / out.width;
		unsigned column = swap ? y : x;
		unsigned row = swap ? x : y;

		if (turns[orientation].right)
			column = raster->width - 1 - column;
		if (turns[orientation].bottom)
			row = raster->height - 1 - row;
		memcpy(out.pixels + (size_t)i * RGB,
		       raster->pixels +
			       ((size_t)row * raster->width + column) * RGB,
		       RGB);
	}
	*raster = out;
}
