/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One picture on its way from a file to squares of JPEG: a codec reads it
 * (from_*.c), colour.c makes it sRGB, turn.c puts it upright, scale.c makes it
 * smaller, to_jpeg.c writes it. All of it is the op's memory.
 */
#include "images/square.h"
#include "model/photo.h"

#define PICTURE_EDGE_MAX 65535        /* pixels: what JPEG can hold */
#define PICTURE_ICC_MAX (4 * MIB)     /* a larger profile is not looked at */
#define PICTURE_ORIENTATION_UPRIGHT 1 /* EXIF 4.6.5, tag 0x0112: 1 to 8 */

/* What one pixel of `square` is made of. */
enum ink {
	INK_GREY,
	INK_RGB,
	INK_CMYK,          /* 255: full ink */
	INK_CMYK_INVERTED, /* 0: full ink, as Adobe's programs write it */
};

/* What a PNG says of its colours when it carries no profile. */
struct picture_gamma {
	double exponent; /* of the encoding, 1/2.2; 0: not told */
	bool has_primaries;
	double white[2], red[2], green[2], blue[2]; /* x, y */
};

struct picture {
	unsigned width, height; /* of the file, before its orientation */
	unsigned orientation;   /* 1 to 8 */
	enum ink ink;
	struct bytes icc; /* no p: none */
	struct picture_gamma gamma;
	struct square square; /* the centre, made smaller while reading */
};

/*
 * Makes a square of each edge that the picture's shorter edge reaches, and
 * one of the picture's own size when it does not reach the last.
 * ERR_INVALID, ERR_LIMIT: the picture's fault; the reason is for its owner.
 */
enum err picture_squares(struct op *op, struct bytes file,
			 const unsigned *edges, size_t n,
			 struct photo_set *out);

/* May a picture of this size be decoded? To be asked before decoding. */
enum err picture_check_size(struct op *op, uint64_t width, uint64_t height);
