/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Pictures, as [MS-OXWSPHOTO] serves them: squares of JPEG. */
#include "base/op.h"

#define PHOTO_EDGE_MAX 648    /* pixels: the largest of the nine codes */
#define PHOTO_VARIANTS_MAX 10 /* nine codes and the picture's own size */
#define PHOTO_TAG_MAX 64      /* bytes of an entity tag without quotes, B.2 */
#define PHOTO_FILE_MAX (64 * MIB)
#define PHOTO_PIXELS_MAX 64000000

/* The nine edges of 3.1.5.1.1, rising, ended by 0. */
extern const unsigned photo_edges[];

struct photo_variant {
	unsigned edge;     /* pixels */
	struct bytes jpeg; /* no metadata but an sRGB or no profile */
};

/* All variants of one picture, largest last: made once, stored together. */
struct photo_set {
	unsigned width, height; /* of the source, after its orientation */
	uint8_t source[32];     /* SHA-256 of the uploaded bytes */
	size_t n;
	struct photo_variant variant[PHOTO_VARIANTS_MAX];
};

/* One variant, as found. */
struct photo {
	int64_t version;    /* rises with each replacement */
	int64_t changed;    /* when it was uploaded */
	uint8_t source[32]; /* SHA-256: the base of every entity tag */
	unsigned edge;
	struct bytes jpeg; /* NULL p when only the facts were asked for */
};
