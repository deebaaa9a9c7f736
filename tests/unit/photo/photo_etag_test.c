/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "photo/photo_etag.h"

#include <limits.h>

static void
a_tag_is_made_of_source_edge_layer_and_epoch_alone(void **state)
{
	static const struct {
		struct photo photo;
		unsigned epoch;
		const char *tag;
	} rows[] = {
		/* clang-format off */
		{ { .source = { 0x1c, 0x9a, 0x0b, 0x7f, 0x5d, 0x3e, 0x2a, 0x44, 0xff }, .edge = 96 }, 0, "\"1c9a0b7f5d3e2a44-96\"" },
		{ { .source = { 0x1c, 0x9a, 0x0b, 0x7f, 0x5d, 0x3e, 0x2a, 0x44, 0xee }, .edge = 96,
		    .version = 9, .changed = 5 }, 0, "\"1c9a0b7f5d3e2a44-96\"" },
		{ { .source = { 0x1c, 0x9a, 0x0b, 0x7f, 0x5d, 0x3e, 0x2a, 0x44 }, .edge = 648 }, 2, "\"1c9a0b7f5d3e2a44-648-2\"" },
		{ { .layer = PHOTO_UPLOADED, .edge = 7 }, 0, "\"0000000000000000-7\"" },
		{ { .layer = PHOTO_OF_DIRECTORY, .edge = 7 }, 0, "\"0000000000000000-7d\"" },
		{ { .layer = PHOTO_OF_DIRECTORY, .edge = 7 }, 3, "\"0000000000000000-7d-3\"" },
		{ { .edge = 7 }, 0, "\"0000000000000000-7\"" },
		{ { .layer = PHOTO_OF_DIRECTORY, .source = { 255, 255, 255, 255, 255, 255, 255, 255 }, .edge = UINT_MAX }, UINT_MAX,
		  "\"ffffffffffffffff-4294967295d-4294967295\"" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *tag =
			photo_etag(*state, &rows[i].photo, rows[i].epoch);

		assert_string_equal(tag, rows[i].tag);
		assert_true(strlen(tag) - 2 <= PHOTO_TAG_MAX);
	}
}

static void
if_none_match_is_compared_weakly_and_leniently(void **state)
{
	static const char etag[] = "\"1c9a-96\"";
	static const struct {
		const char *header;
		bool matches;
	} rows[] = {
		{ "\"1c9a-96\"", true },
		{ "W/\"1c9a-96\"", true },
		{ "w/\"1c9a-96\"", true },
		{ "1c9a-96", true },
		{ "W/1c9a-96", true },
		{ "  \"1c9a-96\"\t", true },
		{ "*", true },
		{ " * ", true },
		{ "\"0\", \"1c9a-96\"", true },
		{ "\"0\",\"1c9a-96\"", true },
		{ "W/\"0000\", W/\"1c9a-96\"", true },
		{ "\"1c9a-96\", \"0\"", true },
		{ "0, 1c9a-96 , 2", true },
		{ ", ,\"1c9a-96\"", true },
		{ "\"a,b\", \"1c9a-96\"", true },
		{ "\"a\"b, \"1c9a-96\"", true },
		{ "\"\", \"1c9a-96\"", true },
		{ "", false },
		{ " ", false },
		{ ",", false },
		{ "W/", false },
		{ "\"", false },
		{ "\"\"", false },
		{ "\"0\"", false },
		{ "\"1c9a-9\"", false },
		{ "\"1c9a-964\"", false },
		{ "\"1C9A-96\"", false },
		{ "\" 1c9a-96\"", false },
		{ "\"1c9a-96", false }, /* no end, so no tag */
		{ "1c9a-96\"", false },
		{ "\"1c9a-96\"x", false },
		{ "\"0,1c9a-96,2\"", false }, /* one tag with commas */
		{ "\"0\", \"1c9a-96", false },
		{ "**", false },
		{ "\"*\"", false },
		{ "\"0\", *", false },
		{ "W/W/\"1c9a-96\"", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].header, photo_matches(rows[i].header, etag) ==
						  rows[i].matches);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_tag_is_made_of_source_edge_layer_and_epoch_alone),
		cmocka_unit_test(
			if_none_match_is_compared_weakly_and_leniently),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
