/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Each reads a whole file into out->raster and what else it tells of itself.
 * ERR_INVALID: damaged, cut short, or of a sort that is not taken; ERR_LIMIT:
 * too large, or made to be slow. A file that was read is whole to its end;
 * what comes behind that end is not looked at.
 */
#include "images/picture.h"

enum err from_jpeg(struct op *op, struct bytes file, struct picture *out);
enum err from_png(struct op *op, struct bytes file, struct picture *out);
enum err from_webp(struct op *op, struct bytes file, struct picture *out);

#define FROM_JPEG_SCANS_MAX                                                    \
	100 /* a progressive camera picture has about 10                       \
	     */

/* A raster of INK_RGB as JPEG, the same for the same pixels, and nothing with
 * it: no EXIF, no profile (the pixels are sRGB), no thumbnail. */
enum err to_jpeg(struct op *op, const struct raster *raster, struct bytes *out);

/*
 * A whole JPEG as it is, without metadata, profile and what stands behind its
 * end; with every byte that decoding needs (bare_jpeg.c). False: something in
 * it is out of the ordinary, and it has to be made anew from its pixels.
 */
bool bare_jpeg(struct op *op, struct bytes file, struct bytes *out);
