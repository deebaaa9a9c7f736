/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "model/settings.h"
#include "photo/photo_size.h"

#define LARGEST 0
#define REFUSED 1 /* no edge is 1 */

static unsigned
size_of(const char *text, bool unlisted)
{
	struct arena *arena = arena_open(KIB);
	const struct settings settings = {
		.photo_unlisted_size_largest = unlisted,
	};
	struct op op;
	unsigned edge = 0;
	enum err err;

	op_init(&op, arena, &settings, 1000);
	err = photo_size_read(&op, text, &edge);
	arena_close(arena);
	if (err == ERR_INVALID)
		return REFUSED;
	assert_int_equal(err, OK);
	return edge;
}

static void
codes_are_read_in_any_case_and_nothing_else_is(void **state)
{
	static const struct {
		const char *text;
		unsigned edge;
	} rows[] = {
		{ "HR48x48", 48 },
		{ "HR64x64", 64 },
		{ "HR96x96", 96 },
		{ "HR120x120", 120 },
		{ "HR240x240", 240 },
		{ "HR360x360", 360 },
		{ "HR432x432", 432 },
		{ "HR504x504", 504 },
		{ "HR648x648", 648 },
		{ "hr64X64", 64 },
		{ "Hr648X648", 648 },
		{ "HR1x1", LARGEST },
		{ "HR47x47", LARGEST },
		{ "HR649x649", LARGEST },
		{ "HR128x128", LARGEST },
		{ "HR1024x1024", LARGEST },
		{ "HR4294967344x4294967344", LARGEST }, /* 2^32 + 48 */
		{ "HR18446744073709551664x18446744073709551664", LARGEST },
		{ "", REFUSED },
		{ "HR", REFUSED },
		{ "H", REFUSED },
		{ "HRx", REFUSED },
		{ "HR48", REFUSED },
		{ "HR48x", REFUSED },
		{ "HRx48", REFUSED },
		{ "HR48x4", REFUSED },
		{ "HR48x480", REFUSED },
		{ "HR48x64", REFUSED },
		{ "HR48x48 ", REFUSED },
		{ " HR48x48", REFUSED },
		{ "HR48*48", REFUSED },
		{ "HR0x0", REFUSED },
		{ "HR048x048", REFUSED },
		{ "HR-48x-48", REFUSED },
		{ "HR4.8x4.8", REFUSED },
		{ "HR1024xN", REFUSED },
		{ "48x48", REFUSED },
		{ "HUGE", REFUSED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned edge = size_of(rows[i].text, true);

		if (edge != rows[i].edge)
			fail_msg("%s: %u", rows[i].text, edge);
		/* where the site wants it so, other sizes are refused */
		edge = size_of(rows[i].text, false);
		if (edge != (rows[i].edge == LARGEST ? REFUSED : rows[i].edge))
			fail_msg("strictly, %s: %u", rows[i].text, edge);
	}
}

static void
the_table_rises_to_the_largest_edge(void **state)
{
	size_t n = 0;

	(void)state;
	for (; photo_edges[n] != 0; n++)
		assert_true(n == 0 || photo_edges[n] > photo_edges[n - 1]);
	assert_int_equal(n, 9);
	assert_int_equal(photo_edges[n - 1], PHOTO_EDGE_MAX);
	assert_int_equal(n + 1, PHOTO_VARIANTS_MAX);
}

static void
pixels_get_the_nearest_that_is_no_smaller(void **state)
{
	static const struct {
		unsigned pixels, edge;
	} rows[] = {
		{ 1, 48 },        { 48, 48 },
		{ 49, 64 },       { 80, 96 },
		{ 120, 120 },     { 121, 240 },
		{ 512, 648 },     { 648, 648 },
		{ 649, LARGEST }, { PHOTO_PIXELS_WANTED_MAX, LARGEST },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(photo_size_above(rows[i].pixels),
				 rows[i].edge);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			codes_are_read_in_any_case_and_nothing_else_is),
		cmocka_unit_test(pixels_get_the_nearest_that_is_no_smaller),
		cmocka_unit_test(the_table_rises_to_the_largest_edge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
