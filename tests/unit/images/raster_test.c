/* SPDX-License-Identifier: Apache-2.0 */
#include "images/raster.h"

#include "unit.h"

static void
blocks_keep_at_least_the_least_edge(void **state)
{
	/* clang-format off */
	static const struct { unsigned edge, block; } rows[] = {
		{ 1, 1 }, { 647, 1 }, { 648, 1 }, { 1295, 1 }, { 1296, 2 },
		{ 1943, 2 }, { 1944, 3 }, { 8000, 12 }, { 65535, 101 },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(raster_block(rows[i].edge), rows[i].block);
	for (unsigned edge = RASTER_EDGE_MIN; edge <= 65535; edge++) {
		unsigned left = edge / raster_block(edge);

		assert_in_range(left, RASTER_EDGE_MIN, RASTER_EDGE_MAX);
	}
}

/* Each pixel tells its own place: x in the first channel, y in the second. */
static struct raster
fill(struct op *op, enum image_mode mode, unsigned width, unsigned height)
{
	uint8_t *row = op_alloc(op, (size_t)width * 2);
	const struct raster_plan plan = raster_plan(mode, width, height);
	struct raster_fill f;
	struct raster out;

	raster_fill_init(op, &f, &out, &plan, 2);
	for (unsigned y = 0; y < height; y++) {
		for (unsigned x = 0; x < width; x++) {
			row[(size_t)x * 2] = (uint8_t)x;
			row[(size_t)x * 2 + 1] = (uint8_t)y;
		}
		raster_fill_row(&f, y, row);
	}
	return out;
}

static void
the_centre_is_kept(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		unsigned width, height, edge, left, top;
	} rows[] = {
		{ "a square", 5, 5, 5, 0, 0 },
		{ "wide", 9, 5, 5, 2, 0 },
		{ "wide, one over", 10, 5, 5, 2, 0 },
		{ "tall", 5, 9, 5, 0, 2 },
		{ "one pixel", 1, 1, 1, 0, 0 },
		{ "a line", 200, 1, 1, 99, 0 },
		{ "a column", 1, 200, 1, 0, 99 },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raster s =
			fill(op, IMAGE_SQUARE, rows[i].width, rows[i].height);
		size_t last = (size_t)s.width * s.height * 2 - 2;

		CHECK_ROW(rows[i].name, s.width == rows[i].edge);
		CHECK_ROW(rows[i].name, s.pixels[0] == rows[i].left);
		CHECK_ROW(rows[i].name, s.pixels[1] == rows[i].top);
		CHECK_ROW(rows[i].name,
			  s.pixels[last] == rows[i].left + s.width - 1);
		CHECK_ROW(rows[i].name,
			  s.pixels[last + 1] == rows[i].top + s.width - 1);
	}
}

static void
blocks_are_averaged_and_rounded(void **state)
{
	/* 1297 x 1400, blocks of two: columns 0.., rows 52.. count */
	struct op *op = *state;
	unsigned width = 1297, height = 1400;
	uint8_t *row = op_alloc(op, width);
	const struct raster_plan plan =
		raster_plan(IMAGE_SQUARE, width, height);
	struct raster_fill f;
	struct raster s;

	raster_fill_init(op, &f, &s, &plan, 1);
	assert_int_equal(s.width, 648);
	assert_false(raster_fill_wants(&f, 51));
	assert_true(raster_fill_wants(&f, 52));
	assert_true(raster_fill_wants(&f, 1347));
	assert_false(raster_fill_wants(&f, 1348));
	for (unsigned y = 0; y < height; y++) {
		memset(row, y == 52 ? 10 : 255, width);
		row[0] = y == 52 ? 13 : 255;     /* 13 10 255 255 -> 133.25 */
		row[1295] = y == 1347 ? 1 : 255; /* 255 255 255 1 -> 191.5 */
		raster_fill_row(&f, y, row);
	}
	assert_int_equal(s.pixels[0], 133);
	assert_int_equal(s.pixels[1], 133); /* 132.5 rounds up */
	assert_int_equal(s.pixels[648], 255);
	assert_int_equal(s.pixels[648 * 648 - 1], 192);
}

static void
nothing_of_a_whole_picture_is_cut_off(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		unsigned width, height, out_width, out_height;
	} rows[] = {
		{ "small", 5, 3, 5, 3 },
		{ "one pixel", 1, 1, 1, 1 },
		{ "just below blocks", 1295, 7, 1295, 7 },
		{ "blocks of two, odd edges", 1297, 5, 649, 3 },
		{ "blocks of two, tall", 4, 1296, 2, 648 },
		{ "less than a block", 6480, 3, 648, 1 },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned width = rows[i].width, height = rows[i].height;
		struct raster s = fill(op, IMAGE_WHOLE, width, height);
		unsigned block = raster_plan(IMAGE_WHOLE, width, height).block;
		unsigned rest = (height - 1) % block + 1;
		size_t last = (size_t)s.width * s.height * 2 - 1;

		CHECK_ROW(rows[i].name, s.width == rows[i].out_width);
		CHECK_ROW(rows[i].name, s.height == rows[i].out_height);
		/* the last block's rows alone, rounded */
		CHECK_ROW(rows[i].name,
			  abs(s.pixels[last] * 2 -
			      (2 * (int)height - 1 - (int)rest) % 512) <= 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(blocks_keep_at_least_the_least_edge),
		UNIT_TEST(the_centre_is_kept),
		UNIT_TEST(blocks_are_averaged_and_rounded),
		UNIT_TEST(nothing_of_a_whole_picture_is_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
