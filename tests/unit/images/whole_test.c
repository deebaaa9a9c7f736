/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures that are never cut, and JPEG data that is passed on. */
#include "images/codec.h"
#include "images/identify.h"

#include "images.h"

static enum err
whole(struct op *op, struct bytes file, struct photo_set *out)
{
	return picture_variants(op, IMAGE_WHOLE, file, images_edges,
				COUNT(images_edges), out);
}

static const struct photo_variant *
largest(const struct photo_set *set)
{
	return &set->variant[set->n - 1];
}

static bool
same(struct bytes a, struct bytes b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* ---- sizes ---- */

static void
the_aspect_is_kept_and_nothing_is_enlarged(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		unsigned width, height;
		unsigned variants[11][2]; /* ended by 0 */
	} rows[] = {
		{ "one pixel", 1, 1, { { 1, 1 } } },
		{ "a line", 700, 1, { { 48, 1 }, { 64, 1 }, { 96, 1 }, { 120, 1 }, { 240, 1 }, { 360, 1 }, { 432, 1 }, { 504, 1 }, { 648, 1 } } },
		{ "just below the least", 47, 20, { { 47, 20 } } },
		{ "the least", 48, 20, { { 48, 20 } } },
		{ "just above the least", 20, 49, { { 20, 48 }, { 20, 49 } } },
		{ "a code by its longer edge", 96, 64, { { 48, 32 }, { 64, 43 }, { 96, 64 } } },
		{ "between two codes", 100, 50, { { 48, 24 }, { 64, 32 }, { 96, 48 }, { 100, 50 } } },
		{ "just below the last", 300, 647, { { 22, 48 }, { 30, 64 }, { 45, 96 }, { 56, 120 }, { 111, 240 }, { 167, 360 }, { 200, 432 }, { 234, 504 }, { 300, 647 } } },
		{ "the last", 648, 324, { { 48, 24 }, { 64, 32 }, { 96, 48 }, { 120, 60 }, { 240, 120 }, { 360, 180 }, { 432, 216 }, { 504, 252 }, { 648, 324 } } },
		{ "larger", 649, 325, { { 48, 24 }, { 64, 32 }, { 96, 48 }, { 120, 60 }, { 240, 120 }, { 360, 180 }, { 432, 216 }, { 504, 252 }, { 648, 324 } } },
		{ "where blocks begin", 1301, 3, { { 48, 1 }, { 64, 1 }, { 96, 1 }, { 120, 1 }, { 240, 1 }, { 360, 1 }, { 432, 1 }, { 504, 1 }, { 648, 1 } } },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = rows[i].name;
		struct bytes file =
			images_png(op, rows[i].width, rows[i].height, 0x80);
		struct photo_set set;
		size_t n = 0;

		assert_int_equal(whole(op, file, &set), OK);
		CHECK_ROW(name, set.width == rows[i].width);
		CHECK_ROW(name, set.height == rows[i].height);
		for (; rows[i].variants[n][0] != 0; n++) {
			const unsigned *wanted = rows[i].variants[n];
			struct raster s =
				images_decode(op, set.variant[n].jpeg);

			CHECK_ROW(name, s.width == wanted[0]);
			CHECK_ROW(name, s.height == wanted[1]);
			CHECK_ROW(name, set.variant[n].edge ==
						raster_edge(IMAGE_WHOLE,
							    s.width, s.height));
			CHECK_ROW(name,
				  images_near(&s, s.width / 2, 0, 0x808080, 2));
		}
		CHECK_ROW(name, set.n == n);
	}
}

/* ---- a JPEG's own data ---- */

enum own {
	SAME,     /* byte by byte */
	STRIPPED, /* pixel by pixel */
	RECODED,
};

static void
its_own_data_is_passed_on_where_everybody_can_show_it(void **state)
{
	/* clang-format off */
	static const struct {
		const char *file;
		enum own own;
		unsigned width, height; /* of the largest */
	} rows[] = {
		{ "jpeg-baseline.jpg",       SAME,     96, 64 },
		{ "jpeg-progressive.jpg",    SAME,     96, 64 },
		{ "jpeg-grey.jpg",           SAME,     96, 64 },
		{ "jpeg-gossip.jpg",         STRIPPED, 96, 64 },
		{ "jpeg-broken-profile.jpg", STRIPPED, 96, 64 },
		{ "jpeg-turned-1.jpg",       STRIPPED, 96, 64 },
		{ "jpeg-turned-2.jpg",       RECODED,  96, 64 },
		{ "jpeg-turned-6.jpg",       RECODED,  96, 64 },
		{ "jpeg-turned-8.jpg",       RECODED,  96, 64 },
		{ "jpeg-wide-profile.jpg",   RECODED,  96, 64 },
		{ "jpeg-cmyk.jpg",           RECODED,  96, 64 },
		{ "jpeg-cmyk-profile.jpg",   RECODED,  96, 64 },
		{ "jpeg-large.jpg",          RECODED,  648, 504 },
		{ "png-rgb.png",             RECODED,  96, 64 },
		{ "png-interlaced.png",      RECODED,  96, 64 },
		{ "webp-lossy.webp",         RECODED,  96, 64 },
		{ "webp-turned-6.webp",      RECODED,  96, 64 },
		{ "webp-large.webp",         RECODED,  648, 504 },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = rows[i].file;
		struct bytes file = images_file(op, name), own;
		struct photo_set set;
		struct raster seen, meant;

		if (whole(op, file, &set) != OK)
			fail_msg("%s: %s", name, op->reason);
		own = largest(&set)->jpeg;
		seen = images_decode(op, own);
		CHECK_ROW(name, seen.width == rows[i].width);
		CHECK_ROW(name, seen.height == rows[i].height);
		CHECK_ROW(name, memmem(own.p, own.n, "gossip", 6) == NULL);
		CHECK_ROW(name, memmem(own.p, own.n, "Exif", 4) == NULL);
		CHECK_ROW(name, same(own, file) == (rows[i].own == SAME));
		if (rows[i].own == RECODED) {
			CHECK_ROW(name, images_is_bare(own));
			continue;
		}
		meant = images_decode(op, file);
		CHECK_ROW(name,
			  memcmp(seen.pixels, meant.pixels,
				 (size_t)seen.width * seen.height * 3) == 0);
	}
}

/* What is shown is upright, all of it, in every size. */
static void
every_size_shows_the_whole_picture(void **state)
{
	static const unsigned colours[4] = { 0xc82828, 0x28a03c, 0x283cc8,
					     0xe6c828 };
	static const char *const files[] = {
		"jpeg-baseline.jpg",  "jpeg-turned-3.jpg",
		"jpeg-turned-5.jpg",  "jpeg-turned-7.jpg",
		"jpeg-large.jpg",     "png-rgb.png",
		"png-interlaced.png", "png-16-bit.png",
		"webp-lossless.webp", "webp-large.webp",
		"webp-turned-6.webp", "jpeg-cmyk.jpg",
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(files); i++) {
		struct photo_set set;

		assert_int_equal(whole(op, images_file(op, files[i]), &set),
				 OK);
		for (size_t k = 0; k < set.n; k++) {
			struct raster s =
				images_decode(op, set.variant[k].jpeg);

			CHECK_ROW(files[i], images_quarters(&s, colours, 12));
			CHECK_ROW(files[i], s.width > s.height);
		}
	}
}

/* ---- segments ---- */

/* Puts bytes into a file. */
static struct bytes
insert(struct op *op, struct bytes file, size_t at, struct bytes what)
{
	uint8_t *p = op_alloc(op, file.n + what.n);

	memcpy(p, file.p, at);
	memcpy(p + at, what.p, what.n);
	memcpy(p + at + what.n, file.p + at, file.n - at);
	return (struct bytes){ p, file.n + what.n };
}

/* A row's own bytes, which may hold NULs. */
#define ROW(text)                                                              \
	{                                                                      \
		(const uint8_t *)(text), sizeof(text) - 1                      \
	}
#define BEHIND_SOI 2
#define BEHIND_JFIF 20
#define AT_END SIZE_MAX /* before EOI */
#define BEHIND_END SIZE_MAX - 1

static void
segments_are_kept_or_left_out_or_not_understood(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		size_t at;
		struct bytes what;
		enum own own;
	} rows[] = {
		{ "a comment", BEHIND_JFIF, ROW("\xff\xfe\0\x06gos!"), STRIPPED },
		{ "an empty comment", BEHIND_JFIF, ROW("\xff\xfe\0\x02"), STRIPPED },
		{ "an empty EXIF", BEHIND_JFIF, ROW("\xff\xe1\0\x08" "Exif\0\0"), STRIPPED },
		{ "the last of the applications", BEHIND_JFIF, ROW("\xff\xef\0\x02"), STRIPPED },
		{ "one before JFIF", BEHIND_SOI, ROW("\xff\xe2\0\x02"), STRIPPED },
		{ "Adobe's, which decides on colour", BEHIND_JFIF, ROW("\xff\xee\0\x0e" "Adobe\0d\0\0\0\0\1"), SAME },
		{ "Adobe's with something behind", BEHIND_JFIF, ROW("\xff\xee\0\x10" "Adobe\0d\0\0\0\0\1hi"), STRIPPED },
		{ "two of Adobe's", BEHIND_JFIF, ROW("\xff\xee\0\x0e" "Adobe\0d\0\0\0\0\1" "\xff\xee\0\x0e" "Adobe\0d\0\0\0\0\1"), RECODED },
		{ "two of JFIF's", BEHIND_JFIF, ROW("\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"), RECODED },
		{ "JFIF's extension", BEHIND_JFIF, ROW("\xff\xe0\0\x08JFXX\0\x10"), STRIPPED },
		{ "filling before a marker", BEHIND_JFIF, ROW("\xff\xff\xff"), SAME },
		{ "a restart interval of none", BEHIND_JFIF, ROW("\xff\xdd\0\4\0\0"), SAME },
		{ "bytes between segments", BEHIND_JFIF, ROW("gossip"), RECODED },
		{ "bytes at the end of the scan", AT_END, ROW("gossipgossipgossipgossip"), RECODED },
		{ "bytes behind the end", BEHIND_END, ROW("gossip"), STRIPPED },
	};
	/* clang-format on */
	struct op *op = *state;
	struct bytes plain = images_file(op, "jpeg-baseline.jpg");

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = rows[i].name;
		size_t at = rows[i].at == AT_END       ? plain.n - 2
			    : rows[i].at == BEHIND_END ? plain.n
						       : rows[i].at;
		struct bytes file = insert(op, plain, at, rows[i].what), own;
		struct photo_set set;

		if (whole(op, file, &set) != OK)
			fail_msg("%s: %s", name, op->reason);
		own = largest(&set)->jpeg;
		CHECK_ROW(name, same(own, file) == (rows[i].own == SAME));
		CHECK_ROW(name, memmem(own.p, own.n, "gos", 3) == NULL);
		CHECK_ROW(name, images_decode(op, own).width == 96);
		if (rows[i].own == STRIPPED && rows[i].what.p[1] != 0xee)
			CHECK_ROW(name, same(own, plain));
	}
}

/* A thumbnail in JFIF's own segment goes, the segment stays. */
static void
jfifs_own_thumbnail_goes(void **state)
{
	struct op *op = *state;
	struct bytes plain = images_file(op, "jpeg-baseline.jpg"), own;
	struct bytes file = insert(op, plain, BEHIND_JFIF, bytes_of("\1\2\3"));
	uint8_t *p = (uint8_t *)(uintptr_t)file.p;

	assert_int_equal(p[5], 16);
	p[5] += 3;
	p[18] = p[19] = 1; /* one pixel by one */
	assert_true(bare_jpeg(op, file, &own));
	assert_true(same(own, plain));
}

static void
what_is_no_whole_jpeg_is_not_taken_apart(void **state)
{
	struct op *op = *state;
	struct bytes plain = images_file(op, "jpeg-baseline.jpg"), own;

	assert_true(bare_jpeg(op, plain, &own));
	for (size_t n = 0; n < plain.n; n++) {
		struct bytes cut = op_bytes(op, (struct bytes){ plain.p, n });

		if (bare_jpeg(op, cut, &own))
			fail_msg("the first %zu bytes are taken", n);
	}
	for (unsigned marker = 0; marker < 0x100; marker++) {
		static const uint8_t kept[] = { 0xdb, 0xdd, 0xfe };
		uint8_t segment[] = { 0xff, (uint8_t)marker, 0, 4, 0, 0 };
		bool known =
			marker >= 0xc0 && (marker <= 0xc2 || marker == 0xc4);
		struct bytes file =
			insert(op, plain, BEHIND_JFIF,
			       (struct bytes){ segment, sizeof(segment) });

		for (size_t i = 0; i < sizeof(kept); i++)
			known = known || marker == kept[i];
		known = known || (marker >= 0xe0 && marker <= 0xef);
		known = known || marker == 0xd9 || marker == 0xda;
		if (marker != 0xff && bare_jpeg(op, file, &own) != known)
			fail_msg("marker %02x", marker);
	}
}

/* The largest data that is passed on, and one more. */
static void
data_that_is_too_long_is_made_anew(void **state)
{
	struct op *op = *state;
	struct bytes plain = images_file(op, "jpeg-baseline.jpg");

	for (size_t over = 0; over < 2; over++) {
		size_t n = IMAGE_WIRE_JPEG_MAX + over - plain.n;
		uint8_t *filling = op_alloc(op, n);
		struct photo_set set;
		struct bytes file;

		memset(filling, 0xff, n);
		file = insert(op, plain, BEHIND_JFIF,
			      (struct bytes){ filling, n });
		assert_int_equal(whole(op, file, &set), OK);
		assert_int_equal(same(largest(&set)->jpeg, file), over == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_aspect_is_kept_and_nothing_is_enlarged),
		UNIT_TEST(
			its_own_data_is_passed_on_where_everybody_can_show_it),
		UNIT_TEST(every_size_shows_the_whole_picture),
		UNIT_TEST(segments_are_kept_or_left_out_or_not_understood),
		UNIT_TEST(jfifs_own_thumbnail_goes),
		UNIT_TEST(what_is_no_whole_jpeg_is_not_taken_apart),
		UNIT_TEST(data_that_is_too_long_is_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
