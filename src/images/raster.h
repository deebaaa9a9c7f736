/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is kept of a picture that comes row by row: its centre square, or all
 * of it. Blocks of pixels are averaged into one, so that a picture of any size
 * leaves no more than RASTER_EDGE_MAX along the edge that counts.
 */
#include "base/op.h"
#include "model/image_wire.h"

#define RASTER_EDGE_MIN 648 /* pixels kept at least, when there are so many */
#define RASTER_EDGE_MAX (2 * RASTER_EDGE_MIN - 1)

struct raster {
	unsigned width, height;
	unsigned channels; /* bytes of a pixel */
	uint8_t *pixels;   /* width * height * channels */
};

/* Which part of a picture is kept, and how it is made smaller. */
struct raster_plan {
	unsigned left, top;     /* the first column and row that count */
	unsigned width, height; /* how many do */
	unsigned block;         /* pixels averaged: block x block; less at the
				   right and lower end of a whole picture */
};

/* A raster being filled. */
struct raster_fill {
	struct raster *to;
	struct raster_plan plan;
	uint32_t *sums; /* of the row of blocks now being added up */
};

/* The edge that counts: a square's, or the longer one of a whole picture. */
unsigned raster_edge(enum image_mode mode, unsigned width, unsigned height);

struct raster_plan raster_plan(enum image_mode mode, unsigned width,
			       unsigned height);

/* A raster without content. */
void raster_init(struct op *op, struct raster *raster, unsigned width,
		 unsigned height, unsigned channels);

/* How many of `edge` pixels are averaged into one. */
unsigned raster_block(unsigned edge);

/* Rows of the picture that the plan is of will come. */
void raster_fill_init(struct op *op, struct raster_fill *fill,
		      struct raster *to, const struct raster_plan *plan,
		      unsigned channels);

/* Is row y one that counts? The others need not be given. */
bool raster_fill_wants(const struct raster_fill *fill, unsigned y);

/* Rows come from top to bottom. */
void raster_fill_row(struct raster_fill *fill, unsigned y, const uint8_t *row);
