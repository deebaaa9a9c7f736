/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is done to a square once a codec has read it, in this order. */
#include "images/picture.h"

/* picture->square becomes sRGB, three bytes a pixel (colour.c). A profile
 * that cannot be used is passed over: then the file means sRGB. */
void colour_convert(struct op *op, struct picture *picture);

/* A square of RGB, as EXIF's orientation 1 to 8 wants it seen (turn.c). */
void turn_upright(struct op *op, struct square *square, unsigned orientation);

/* `from`, an RGB square, with a smaller edge (scale.c). */
enum err scale_down(struct op *op, const struct square *from, unsigned edge,
		    struct square *out);
