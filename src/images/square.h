/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The centre square of a picture that comes row by row: rows and columns
 * outside are dropped, and blocks of pixels averaged into one, so that a
 * picture of any size leaves less than SQUARE_EDGE_MAX x SQUARE_EDGE_MAX.
 */
#include "base/op.h"

#define SQUARE_EDGE_MIN 648 /* pixels kept at least, when there are so many */
#define SQUARE_EDGE_MAX (2 * SQUARE_EDGE_MIN - 1)
#define SQUARE_CHANNELS_MAX 4

struct square {
	unsigned edge;
	unsigned channels; /* bytes of a pixel */
	uint8_t *pixels;   /* edge * edge * channels */
};

/* A square being filled. */
struct square_fill {
	struct square *to;
	unsigned left, top; /* the first column and row that count */
	unsigned block;     /* pixels averaged: block x block */
	uint32_t *sums;     /* of the row of blocks now being added up */
};

/* A square without content. */
void square_init(struct op *op, struct square *square, unsigned edge,
		 unsigned channels);

/* How many of `edge` pixels are averaged into one. */
unsigned square_block(unsigned edge);

/* Rows of `width` pixels will come, `height` of them. */
void square_fill_init(struct op *op, struct square_fill *fill,
		      struct square *to, unsigned width, unsigned height,
		      unsigned channels);

/* Is row y one that counts? The others need not be given. */
bool square_fill_wants(const struct square_fill *fill, unsigned y);

/* Rows come from top to bottom. */
void square_fill_row(struct square_fill *fill, unsigned y, const uint8_t *row);
