/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plain average of blocks of equal size: exact, fast, and good enough
 * before a better filter makes the last step of less than two.
 */
#include "images/raster.h"

#include <assert.h>
#include <string.h>

unsigned
raster_edge(enum image_mode mode, unsigned width, unsigned height)
{
	return (width < height) == (mode == IMAGE_SQUARE) ? width : height;
}

unsigned
raster_block(unsigned edge)
{
	return edge < RASTER_EDGE_MIN ? 1 : edge / RASTER_EDGE_MIN;
}

struct raster_plan
raster_plan(enum image_mode mode, unsigned width, unsigned height)
{
	unsigned edge = raster_edge(mode, width, height);
	unsigned block = raster_block(edge);

	if (mode == IMAGE_WHOLE)
		return (struct raster_plan){ .width = width,
					     .height = height,
					     .block = block };
	edge -= edge % block; /* whole blocks only: there is enough */
	return (struct raster_plan){
		.left = (width - edge) / 2,
		.top = (height - edge) / 2,
		.width = edge,
		.height = edge,
		.block = block,
	};
}

void
raster_init(struct op *op, struct raster *raster, unsigned width,
	    unsigned height, unsigned channels)
{
	raster->width = width;
	raster->height = height;
	raster->channels = channels;
	raster->pixels =
		arena_alloc_raw(op->arena, (size_t)width * height * channels);
}

static unsigned
blocks(unsigned n, unsigned block)
{
	return (n + block - 1) / block;
}

void
raster_fill_init(struct op *op, struct raster_fill *fill, struct raster *to,
		 const struct raster_plan *plan, unsigned channels)
{
	raster_init(op, to, blocks(plan->width, plan->block),
		    blocks(plan->height, plan->block), channels);
	*fill = (struct raster_fill){
		.to = to,
		.plan = *plan,
		.sums = op_alloc(op, sizeof(uint32_t) * to->width * channels),
	};
}

bool
raster_fill_wants(const struct raster_fill *fill, unsigned y)
{
	return y >= fill->plan.top && y - fill->plan.top < fill->plan.height;
}

/* How many pixels block i of a row or a column of n has. */
static unsigned
block_length(unsigned n, unsigned block, unsigned i)
{
	return n - i * block < block ? n - i * block : block;
}

/* Adds a row to the sums: for each block its pixels, channel by channel. */
static void
add(struct raster_fill *fill, const uint8_t *pixel)
{
	unsigned channels = fill->to->channels;
	uint32_t *sum = fill->sums;

	for (unsigned x = 0; x < fill->to->width; x++, sum += channels) {
		unsigned n =
			block_length(fill->plan.width, fill->plan.block, x);

		for (unsigned i = 0; i < n; i++, pixel += channels) {
			for (unsigned c = 0; c < channels; c++)
				sum[c] += pixel[c];
		}
	}
}

/* The sums' averages, rounded, as row y; the sums begin anew. */
static void
settle(struct raster_fill *fill, unsigned y)
{
	const struct raster_plan *plan = &fill->plan;
	unsigned channels = fill->to->channels;
	size_t n = (size_t)fill->to->width * channels;
	uint8_t *to = fill->to->pixels + n * y;
	unsigned rows = block_length(plan->height, plan->block, y);

	for (size_t i = 0; i < n; i++) {
		uint32_t area = rows * block_length(plan->width, plan->block,
						    (unsigned)(i / channels));

		assert(area > 0); /* each block has pixels */
		to[i] = (uint8_t)((fill->sums[i] + area / 2) / area);
	}
	memset(fill->sums, 0, n * sizeof(fill->sums[0]));
}

void
raster_fill_row(struct raster_fill *fill, unsigned y, const uint8_t *row)
{
	const struct raster_plan *plan = &fill->plan;
	size_t n = (size_t)fill->to->width * fill->to->channels;
	const uint8_t *from = row + (size_t)plan->left * fill->to->channels;

	if (!raster_fill_wants(fill, y))
		return;
	y -= plan->top;
	if (plan->block == 1) {
		memcpy(fill->to->pixels + n * y, from, n);
		return;
	}
	add(fill, from);
	if (y % plan->block == plan->block - 1 || y == plan->height - 1)
		settle(fill, y / plan->block);
}
