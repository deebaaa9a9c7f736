/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files, from their bytes to their variants. */
#include "images/picture.h"

#include "images.h"

enum look { RGB, GREY, ALPHA, NO_BLACK };

static const unsigned looks[][4] = {
	[RGB] = { 0xc82828, 0x28a03c, 0x283cc8, 0xe6c828 },
	[GREY] = { 0x282828, 0x646464, 0xa0a0a0, 0xdcdcdc },
	[ALPHA] = { 0xe49494, 0xffffff, 0x283cc8, 0xe6c828 },
	/* what a profile shows that knows no black ink */
	[NO_BLACK] = { 0xff3333, 0x40ff60, 0x334dff, 0xffde2c },
};

struct accepted {
	const char *file;
	enum look look;
	unsigned width, height;
	int tolerance; /* of 255: what JPEG and a profile's rounding cost */
};

/* clang-format off */
static const struct accepted accepted[] = {
	{ "jpeg-baseline.jpg",        RGB,   96, 64, 4 },
	{ "jpeg-progressive.jpg",     RGB,   96, 64, 4 },
	{ "jpeg-grey.jpg",            GREY,  96, 64, 4 },
	{ "jpeg-cmyk.jpg",            RGB,   96, 64, 4 },
	{ "jpeg-cmyk-profile.jpg",    NO_BLACK, 96, 64, 6 },
	{ "jpeg-wide-profile.jpg",    RGB,   96, 64, 5 },
	{ "jpeg-broken-profile.jpg",  RGB,   96, 64, 4 },
	{ "jpeg-gossip.jpg",          RGB,   96, 64, 4 },
	{ "jpeg-turned-1.jpg",        RGB,   96, 64, 4 },
	{ "jpeg-turned-2.jpg",        RGB,   96, 64, 4 },
	{ "jpeg-turned-3.jpg",        RGB,   96, 64, 4 },
	{ "jpeg-turned-4.jpg",        RGB,   96, 64, 4 },
	{ "jpeg-turned-5.jpg",        RGB,   96, 64, 4 },
	{ "jpeg-turned-6.jpg",        RGB,   96, 64, 4 },
	{ "jpeg-turned-7.jpg",        RGB,   96, 64, 4 },
	{ "jpeg-turned-8.jpg",        RGB,   96, 64, 4 },
	{ "jpeg-large.jpg",           RGB,   900, 700, 4 },
	{ "png-rgb.png",              RGB,   96, 64, 4 },
	{ "png-interlaced.png",       RGB,   96, 64, 4 },
	{ "png-16-bit.png",           RGB,   96, 64, 4 },
	{ "png-palette.png",          RGB,   96, 64, 4 },
	{ "png-grey.png",             GREY,  96, 64, 4 },
	{ "png-alpha.png",            ALPHA, 96, 64, 4 },
	{ "png-alpha-interlaced.png", ALPHA, 96, 64, 4 },
	{ "png-wide-profile.png",     RGB,   96, 64, 5 },
	{ "png-trailing.png",         RGB,   96, 64, 4 },
	{ "webp-lossy.webp",          RGB,   96, 64, 8 },
	{ "webp-lossless.webp",       RGB,   96, 64, 4 },
	{ "webp-alpha.webp",          ALPHA, 96, 64, 4 },
	{ "webp-alpha-lossy.webp",    ALPHA, 96, 64, 8 },
	{ "webp-wide-profile.webp",   RGB,   96, 64, 5 },
	{ "webp-turned-6.webp",       RGB,   96, 64, 4 },
	{ "webp-large.webp",          RGB,   900, 700, 4 },
};

static const struct { const char *file, *why; } refused[] = {
	{ "refused.heic", "HEIC pictures are not supported: export the picture as JPEG" },
	{ "refused.avif", "AVIF" },
	{ "refused.gif", "GIF" },
	{ "refused.tiff", "TIFF" },
	{ "refused.bmp", "BMP" },
	{ "refused.svg", "SVG" },
	{ "refused.pdf", "PDF" },
	{ "refused-animated.webp", "animated WebP is not supported" },
	{ "make", "not a picture that we know" },
};
/* clang-format on */

static enum err
squares(struct op *op, struct bytes file, struct photo_set *out)
{
	return picture_variants(op, IMAGE_SQUARE, file, images_edges,
				COUNT(images_edges), out);
}

static void
every_accepted_kind_shows_what_it_should(void **state)
{
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(accepted); i++) {
		const struct accepted *a = &accepted[i];
		struct photo_set set;
		enum err err = squares(op, images_file(op, a->file), &set);

		if (err != OK)
			fail_msg("%s: %s", a->file, op->reason);
		CHECK_ROW(a->file, set.width == a->width);
		CHECK_ROW(a->file, set.height == a->height);
		CHECK_ROW(a->file, set.n == (a->height < 648 ? 2 : 9));
		for (size_t k = 0; k < set.n; k++) {
			struct raster s =
				images_decode(op, set.variant[k].jpeg);

			CHECK_ROW(a->file, s.width == images_edges[k] &&
						   s.height == s.width);
			CHECK_ROW(a->file, images_quarters(&s, looks[a->look],
							   a->tolerance));
		}
	}
}

static void
no_other_kind_is_accepted_and_the_reason_is_told(void **state)
{
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(refused); i++) {
		const char *file = refused[i].file;
		struct photo_set set;

		CHECK_ROW(file, squares(op, images_file(op, file), &set) ==
					ERR_INVALID);
		CHECK_ROW(file, strstr(op->reason, refused[i].why) != NULL);
	}
}

static void
nothing_but_the_picture_comes_out(void **state)
{
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(accepted); i++) {
		const char *file = accepted[i].file;
		struct photo_set set;

		assert_int_equal(squares(op, images_file(op, file), &set), OK);
		for (size_t k = 0; k < set.n; k++) {
			struct bytes jpeg = set.variant[k].jpeg;

			CHECK_ROW(file, images_is_bare(jpeg));
			CHECK_ROW(file,
				  memmem(jpeg.p, jpeg.n, "gossip", 6) == NULL);
		}
	}
}

static void
the_same_file_gives_the_same_bytes(void **state)
{
	struct op *op = *state;
	struct bytes file = images_file(op, "photo-1600.jpg");
	struct photo_set a, b;

	assert_int_equal(squares(op, file, &a), OK);
	assert_int_equal(squares(op, file, &b), OK);
	assert_int_equal(a.n, 9);
	for (size_t k = 0; k < a.n; k++) {
		assert_int_equal(a.variant[k].jpeg.n, b.variant[k].jpeg.n);
		assert_memory_equal(a.variant[k].jpeg.p, b.variant[k].jpeg.p,
				    a.variant[k].jpeg.n);
	}
}

/* each code that the shorter edge reaches, and the picture itself. */
static void
there_are_the_edges_that_the_picture_reaches(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		unsigned width, height;
		unsigned edges[10]; /* ended by 0 */
	} rows[] = {
		{ "one pixel", 1, 1, { 1 } },
		{ "a line", 700, 1, { 1 } },
		{ "a column", 2, 900, { 2 } },
		{ "just below the least", 47, 47, { 47 } },
		{ "the least", 48, 48, { 48 } },
		{ "just above the least", 49, 60, { 48, 49 } },
		{ "a code by its shorter edge", 200, 120, { 48, 64, 96, 120 } },
		{ "between two codes", 300, 200, { 48, 64, 96, 120, 200 } },
		{ "just below the last", 647, 800, { 48, 64, 96, 120, 240, 360, 432, 504, 647 } },
		{ "the last", 648, 648, { 48, 64, 96, 120, 240, 360, 432, 504, 648 } },
		{ "just above the last", 649, 650, { 48, 64, 96, 120, 240, 360, 432, 504, 648 } },
		{ "where blocks begin", 1296, 1300, { 48, 64, 96, 120, 240, 360, 432, 504, 648 } },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = rows[i].name;
		struct photo_set set;
		size_t n = 0;

		assert_int_equal(squares(op,
					 images_png(op, rows[i].width,
						    rows[i].height, 0x80),
					 &set),
				 OK);
		for (; rows[i].edges[n] != 0; n++) {
			struct raster s =
				images_decode(op, set.variant[n].jpeg);

			CHECK_ROW(name,
				  set.variant[n].edge == rows[i].edges[n]);
			CHECK_ROW(name, s.width == rows[i].edges[n]);
			CHECK_ROW(name,
				  images_near(&s, s.width / 2, 0, 0x808080, 2));
		}
		CHECK_ROW(name, set.n == n);
	}
}

static void
only_the_sizes_asked_for_are_made(void **state)
{
	static const unsigned asked[] = { 10, 33 };
	struct op *op = *state;
	struct photo_set set;

	assert_int_equal(picture_variants(op, IMAGE_SQUARE,
					  images_file(op, "jpeg-large.jpg"),
					  asked, COUNT(asked), &set),
			 OK);
	assert_int_equal(set.n, 2);
	assert_int_equal(set.variant[0].edge, 10);
	assert_int_equal(set.variant[1].edge, 33);
}

static void
sizes_are_refused_beyond_the_limits(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		uint64_t width, height;
		enum err err;
	} rows[] = {
		{ "no width", 0, 5, ERR_INVALID },
		{ "no height", 5, 0, ERR_INVALID },
		{ "the least", 1, 1, OK },
		{ "exactly 64 megapixels", 8000, 8000, OK },
		{ "a row more", 8000, 8001, ERR_LIMIT },
		{ "the longest edge", PICTURE_EDGE_MAX, 1, OK },
		{ "a longer edge", 1, PICTURE_EDGE_MAX + 1, ERR_LIMIT },
		{ "all that JPEG's header can say", 65535, 65535, ERR_LIMIT },
		{ "all that PNG's header can say", INT32_MAX, INT32_MAX, ERR_LIMIT },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].name,
			  picture_check_size(op, rows[i].width,
					     rows[i].height) == rows[i].err);
}

/* Every accepted file, cut anywhere: there is no half of a picture. */
static void
what_is_cut_short_is_refused(void **state)
{
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(accepted); i++) {
		struct bytes whole = images_file(op, accepted[i].file);

		/* Behind its end there is more that does not count. */
		if (strstr(accepted[i].file, "gossip") != NULL ||
		    strstr(accepted[i].file, "trailing") != NULL)
			continue;
		for (size_t k = 1; k < 24; k++) {
			size_t n = k < 4 ? whole.n - k : whole.n * k / 24;
			struct bytes cut =
				op_bytes(op, (struct bytes){ whole.p, n });
			struct photo_set set;

			CHECK_ROW(op_print(op, "%s to %zu of %zu",
					   accepted[i].file, n, whole.n),
				  squares(op, cut, &set) == ERR_INVALID);
		}
	}
}

/* A byte changed: an answer of either kind, and never a fall. */
static void
what_is_damaged_never_makes_us_fall(void **state)
{
	struct op *op = *state;
	unsigned refusals = 0;

	for (size_t i = 0; i < COUNT(accepted); i++) {
		struct bytes file = images_file(op, accepted[i].file);
		uint8_t *p = arena_alloc(op->arena, file.n);

		if (file.n > 4096)
			continue;
		memcpy(p, file.p, file.n);
		for (size_t k = 0; k < file.n; k += 5) {
			struct arena *arena = arena_open(0);
			struct photo_set set;
			struct op inner;

			op_init(&inner, arena, NULL, 1000);
			p[k] ^= (uint8_t)(1 + k % 255);
			refusals += squares(&inner, (struct bytes){ p, file.n },
					    &set) != OK;
			p[k] = file.p[k];
			arena_close(arena);
		}
	}
	assert_true(refusals > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(every_accepted_kind_shows_what_it_should),
		UNIT_TEST(no_other_kind_is_accepted_and_the_reason_is_told),
		UNIT_TEST(nothing_but_the_picture_comes_out),
		UNIT_TEST(the_same_file_gives_the_same_bytes),
		UNIT_TEST(there_are_the_edges_that_the_picture_reaches),
		UNIT_TEST(only_the_sizes_asked_for_are_made),
		UNIT_TEST(sizes_are_refused_beyond_the_limits),
		UNIT_TEST(what_is_cut_short_is_refused),
		UNIT_TEST(what_is_damaged_never_makes_us_fall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
