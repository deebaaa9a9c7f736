/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the image wing and the image worker say to each other over a Unix
 * socket: one request and one answer, then the end. Both are on one machine,
 * so numbers are in its own order. Neither side trusts a number of the other.
 */
#include "model/photo.h"

/* "FDI2": programs of another version refuse each other. */
#define IMAGE_WIRE_MAGIC UINT32_C(0x32494446)

#define IMAGE_WIRE_REASON_MAX 200         /* bytes */
#define IMAGE_WIRE_JPEG_MAX (3 * MIB / 2) /* of one variant: 648 x 648 x 3 */

enum image_mode {
	IMAGE_SQUARE = 1, /* the centre, R-14 */
	IMAGE_WHOLE = 2,  /* all of it, R-15 */
};

struct image_wire_request {
	uint32_t magic;
	uint32_t mode;                      /* enum image_mode */
	uint32_t edges_n;                   /* at most PHOTO_VARIANTS_MAX - 1 */
	uint32_t edges[PHOTO_VARIANTS_MAX]; /* rising, to PHOTO_EDGE_MAX */
	uint64_t file_n;                    /* 1 to PHOTO_FILE_MAX; follows */
};

/* Followed by the reason when err is not OK; else by a row for each variant
 * and then the bytes of each. */
struct image_wire_answer {
	uint32_t magic;
	uint32_t err; /* enum err */
	uint32_t reason_n;
	uint32_t variants_n;
	uint32_t width, height; /* of the source, after its orientation */
};

struct image_wire_variant {
	uint32_t edge;
	uint32_t n;
};
