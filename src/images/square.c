/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plain average of blocks of equal size: exact, fast, and good enough
 * before a better filter makes the last step of less than two.
 */
#include "images/square.h"

#include <string.h>

void
square_init(struct op *op, struct square *square, unsigned edge,
	    unsigned channels)
{
	square->edge = edge;
	square->channels = channels;
	square->pixels =
		arena_alloc_raw(op->arena, (size_t)edge * edge * channels);
}

unsigned
square_block(unsigned edge)
{
	return edge < SQUARE_EDGE_MIN ? 1 : edge / SQUARE_EDGE_MIN;
}

void
square_fill_init(struct op *op, struct square_fill *fill, struct square *to,
		 unsigned width, unsigned height, unsigned channels)
{
	unsigned shorter = width < height ? width : height;
	unsigned block = square_block(shorter);
	unsigned edge = shorter / block;

	square_init(op, to, edge, channels);
	*fill = (struct square_fill){
		.to = to,
		.left = (width - edge * block) / 2,
		.top = (height - edge * block) / 2,
		.block = block,
		.sums = op_alloc(op, sizeof(uint32_t) * edge * channels),
	};
}

bool
square_fill_wants(const struct square_fill *fill, unsigned y)
{
	return y >= fill->top && y - fill->top < fill->to->edge * fill->block;
}

/* Adds a row to the sums: for each block its pixels, channel by channel. */
static void
add(struct square_fill *fill, const uint8_t *pixel)
{
	unsigned channels = fill->to->channels;
	uint32_t *sum = fill->sums;

	for (unsigned x = 0; x < fill->to->edge; x++) {
		for (unsigned i = 0; i < fill->block; i++) {
			for (unsigned c = 0; c < channels; c++)
				sum[c] += pixel[c];
			pixel += channels;
		}
		sum += channels;
	}
}

/* The sums' averages, rounded, as row y; the sums begin anew. */
static void
settle(struct square_fill *fill, unsigned y)
{
	size_t n = (size_t)fill->to->edge * fill->to->channels;
	uint32_t area = fill->block * fill->block;
	uint8_t *to = fill->to->pixels + n * y;

	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)((fill->sums[i] + area / 2) / area);
	memset(fill->sums, 0, n * sizeof(fill->sums[0]));
}

void
square_fill_row(struct square_fill *fill, unsigned y, const uint8_t *row)
{
	size_t n = (size_t)fill->to->edge * fill->to->channels;
	const uint8_t *from = row + (size_t)fill->left * fill->to->channels;

	if (!square_fill_wants(fill, y))
		return;
	y -= fill->top;
	if (fill->block == 1) {
		memcpy(fill->to->pixels + n * y, from, n);
		return;
	}
	add(fill, from);
	if (y % fill->block == fill->block - 1)
		settle(fill, y / fill->block);
}
