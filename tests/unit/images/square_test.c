/* SPDX-License-Identifier: Apache-2.0 */
#include "images/square.h"

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
		assert_int_equal(square_block(rows[i].edge), rows[i].block);
	for (unsigned edge = SQUARE_EDGE_MIN; edge <= 65535; edge++) {
		unsigned left = edge / square_block(edge);

		assert_in_range(left, SQUARE_EDGE_MIN, SQUARE_EDGE_MAX);
	}
}

/* Each pixel tells its own place: x in the first channel, y in the second. */
static struct square
fill(struct op *op, unsigned width, unsigned height)
{
	uint8_t *row = op_alloc(op, (size_t)width * 2);
	struct square_fill f;
	struct square out;

	square_fill_init(op, &f, &out, width, height, 2);
	for (unsigned y = 0; y < height; y++) {
		for (unsigned x = 0; x < width; x++) {
			row[(size_t)x * 2] = (uint8_t)x;
			row[(size_t)x * 2 + 1] = (uint8_t)y;
		}
		square_fill_row(&f, y, row);
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
		struct square s = fill(op, rows[i].width, rows[i].height);
		size_t last = (size_t)s.edge * s.edge * 2 - 2;

		CHECK_ROW(rows[i].name, s.edge == rows[i].edge);
		CHECK_ROW(rows[i].name, s.pixels[0] == rows[i].left);
		CHECK_ROW(rows[i].name, s.pixels[1] == rows[i].top);
		CHECK_ROW(rows[i].name,
			  s.pixels[last] == rows[i].left + s.edge - 1);
		CHECK_ROW(rows[i].name,
			  s.pixels[last + 1] == rows[i].top + s.edge - 1);
	}
}

static void
blocks_are_averaged_and_rounded(void **state)
{
	/* 1297 x 1400, blocks of two: columns 0.., rows 52.. count */
	struct op *op = *state;
	unsigned width = 1297, height = 1400;
	uint8_t *row = op_alloc(op, width);
	struct square_fill f;
	struct square s;

	square_fill_init(op, &f, &s, width, height, 1);
	assert_int_equal(s.edge, 648);
	assert_false(square_fill_wants(&f, 51));
	assert_true(square_fill_wants(&f, 52));
	assert_true(square_fill_wants(&f, 1347));
	assert_false(square_fill_wants(&f, 1348));
	for (unsigned y = 0; y < height; y++) {
		memset(row, y == 52 ? 10 : 255, width);
		row[0] = y == 52 ? 13 : 255;     /* 13 10 255 255 -> 133.25 */
		row[1295] = y == 1347 ? 1 : 255; /* 255 255 255 1 -> 191.5 */
		square_fill_row(&f, y, row);
	}
	assert_int_equal(s.pixels[0], 133);
	assert_int_equal(s.pixels[1], 133); /* 132.5 rounds up */
	assert_int_equal(s.pixels[648], 255);
	assert_int_equal(s.pixels[648 * 648 - 1], 192);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(blocks_keep_at_least_the_least_edge),
		UNIT_TEST(the_centre_is_kept),
		UNIT_TEST(blocks_are_averaged_and_rounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
