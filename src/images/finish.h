/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is done to a raster once a codec has read it, in this order. */
#include "images/picture.h"

/* picture->raster becomes sRGB, three bytes a pixel (colour.c). A profile
 * that cannot be used is passed over: then the file means sRGB. */
void colour_convert(struct op *op, struct picture *picture);

/* Of RGB, as EXIF's orientation 1 to 8 wants it seen (turn.c). */
void turn_upright(struct op *op, struct raster *raster, unsigned orientation);

/* Are the file's colours sRGB already, or is it to be taken so? */
bool colour_is_srgb(const struct picture *picture);

/* `from`, of RGB, made smaller (scale.c). */
enum err scale_down(struct op *op, const struct raster *from, unsigned width,
		    unsigned height, struct raster *out);
