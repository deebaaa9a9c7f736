/* SPDX-License-Identifier: Apache-2.0 */
#include "images/finish.h"

#include "images.h"

#include <lcms2.h>

/* A square of RGB whose pixels are numbered from 0. */
static struct raster
numbered(struct op *op, unsigned edge)
{
	struct raster s;

	raster_init(op, &s, edge, edge, 3);
	for (unsigned i = 0; i < edge * edge * 3; i++)
		s.pixels[i] = (uint8_t)(i / 3);
	return s;
}

static void
all_eight_orientations_are_turned_upright(void **state)
{
	/* EXIF 4.6.5: where the file's first row and first column are seen.
	 *   0 1 2
	 *   3 4 5
	 *   6 7 8  */
	/* clang-format off */
	static const struct { const char *name, *seen; unsigned orientation; } rows[] = {
		{ "0 as 1", "012345678", 0 },
		{ "1 upright", "012345678", 1 },
		{ "2 mirrored", "210543876", 2 },
		{ "3 upside down", "876543210", 3 },
		{ "4 upside down, mirrored", "678345012", 4 },
		{ "5 first row left", "036147258", 5 },
		{ "6 first row right", "630741852", 6 },
		{ "7 first row right, mirrored", "852741630", 7 },
		{ "8 first row left, from below", "258147036", 8 },
		{ "9 as 1", "012345678", 9 },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raster s = numbered(op, 3);

		turn_upright(op, &s, rows[i].orientation);
		for (unsigned k = 0; k < 27; k++)
			CHECK_ROW(rows[i].name,
				  s.pixels[k] == rows[i].seen[k / 3] - '0');
	}
}

static void
one_colour_stays_that_colour_at_every_scale(void **state)
{
	struct op *op = *state;
	struct raster s, out;

	raster_init(op, &s, 700, 700, 3);
	for (unsigned i = 0; i < 700 * 700; i++)
		memcpy(s.pixels + (size_t)i * 3, "\x01\x80\xff", 3);
	for (size_t i = 0; i < COUNT(images_edges); i++) {
		unsigned edge = images_edges[i];

		assert_int_equal(scale_down(op, &s, edge, edge, &out), OK);
		assert_int_equal(out.width, edge);
		assert_int_equal(out.height, edge);
		for (unsigned k = 0; k < edge * edge; k++)
			assert_memory_equal(out.pixels + (size_t)k * 3,
					    "\x01\x80\xff", 3);
	}
}

static void
an_edge_stays_where_it_was(void **state)
{
	struct op *op = *state;
	struct raster s, out;

	raster_init(op, &s, 96, 96, 3);
	for (unsigned i = 0; i < 96 * 96 * 3; i++)
		s.pixels[i] = i / 3 % 96 < 48 ? 0 : 255;
	assert_int_equal(scale_down(op, &s, 48, 48, &out), OK);
	for (unsigned y = 0; y < 48; y++) {
		assert_true(images_near(&out, 22, y, 0x000000, 8));
		assert_true(images_near(&out, 25, y, 0xffffff, 8));
	}
}

/* One pixel through colour_convert. */
static unsigned
convert(struct op *op, struct picture p, unsigned channels, const char *pixel)
{
	raster_init(op, &p.raster, 1, 1, channels);
	memcpy(p.raster.pixels, pixel, channels);
	colour_convert(op, &p);
	assert_int_equal(p.raster.channels, 3);
	return (unsigned)p.raster.pixels[0] << 16 |
	       (unsigned)p.raster.pixels[1] << 8 | p.raster.pixels[2];
}

static void
ink_without_a_profile_means_the_usual(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		enum ink ink;
		unsigned channels;
		const char *pixel;
		unsigned rgb;
	} rows[] = {
		{ "grey", INK_GREY, 1, "\x77", 0x777777 },
		{ "RGB", INK_RGB, 3, "\x12\x34\x56", 0x123456 },
		{ "no ink", INK_CMYK, 4, "\0\0\0\0", 0xffffff },
		{ "cyan", INK_CMYK, 4, "\xff\0\0\0", 0x00ffff },
		{ "black alone", INK_CMYK, 4, "\0\0\0\xff", 0x000000 },
		{ "half of both", INK_CMYK, 4, "\x80\0\0\x80", 0x3f7f7f },
		{ "inverted: no ink", INK_CMYK_INVERTED, 4, "\xff\xff\xff\xff", 0xffffff },
		{ "inverted: yellow", INK_CMYK_INVERTED, 4, "\xff\xff\0\xff", 0xffff00 },
		{ "inverted: black", INK_CMYK_INVERTED, 4, "\xff\xff\xff\0", 0x000000 },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct picture p = { .ink = rows[i].ink };

		CHECK_ROW(rows[i].name, convert(op, p, rows[i].channels,
						rows[i].pixel) == rows[i].rgb);
	}
}

static void
gamma_of_a_png_counts_when_it_is_no_nonsense(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		struct picture_gamma gamma;
		unsigned least, most; /* of grey 0x80 */
	} rows[] = {
		{ "not told", { .exponent = 0 }, 0x80, 0x80 },
		{ "that of sRGB", { .exponent = 0.45455 }, 0x80, 0x80 },
		{ "linear", { .exponent = 1 }, 0xba, 0xbe },
		{ "an old Mac's", { .exponent = 1 / 1.8 }, 0x8c, 0x94 },
		{ "the least", { .exponent = 0.1 }, 0x00, 0x08 },
		{ "below the least", { .exponent = 0.099 }, 0x80, 0x80 },
		{ "beyond the most", { .exponent = 4.1 }, 0x80, 0x80 },
		{ "primaries of zero", { .exponent = 1, .has_primaries = true }, 0x80, 0xff },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct picture rgb = { .ink = INK_RGB, .gamma = rows[i].gamma };
		struct picture grey = { .ink = INK_GREY,
					.gamma = rows[i].gamma };
		unsigned a = convert(op, rgb, 3, "\x80\x80\x80") & 0xff;
		unsigned b = convert(op, grey, 1, "\x80") & 0xff;

		CHECK_ROW(rows[i].name,
			  a >= rows[i].least && a <= rows[i].most);
		CHECK_ROW(rows[i].name,
			  b >= rows[i].least && b <= rows[i].most);
	}
}

static struct bytes
profile_bytes(struct op *op, cmsHPROFILE profile)
{
	cmsUInt32Number n = 0;
	uint8_t *p;

	assert_true(cmsSaveProfileToMem(profile, NULL, &n));
	p = op_alloc(op, n);
	assert_true(cmsSaveProfileToMem(profile, p, &n));
	(void)cmsCloseProfile(profile);
	return (struct bytes){ p, n };
}

static void
profiles_that_do_not_fit_are_passed_over(void **state)
{
	struct op *op = *state;
	cmsCIExyY white = { 0.3127, 0.3290, 1 };
	cmsToneCurve *linear = cmsBuildGamma(NULL, 1);
	struct bytes grey =
		profile_bytes(op, cmsCreateGrayProfile(&white, linear));
	struct bytes srgb = profile_bytes(op, cmsCreate_sRGBProfile());
	struct bytes lab = profile_bytes(op, cmsCreateLab4Profile(NULL));
	struct bytes cut = { srgb.p, srgb.n / 2 };
	struct bytes junk = { (const uint8_t *)"junk", 4 };
	struct bytes misfits[] = { grey, lab, cut, junk };

	cmsFreeToneCurve(linear);
	for (size_t i = 0; i < COUNT(misfits); i++) {
		struct picture p = { .ink = INK_RGB, .icc = misfits[i] };

		assert_int_equal(convert(op, p, 3, "\x12\x80\x56"), 0x128056);
	}
	/* The same grey profile where it fits: linear light becomes brighter.
	 */
	assert_in_range(
		convert(op, (struct picture){ .ink = INK_GREY, .icc = grey }, 1,
			"\x80") &
			0xff,
		0xba, 0xbe);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(all_eight_orientations_are_turned_upright),
		UNIT_TEST(one_colour_stays_that_colour_at_every_scale),
		UNIT_TEST(an_edge_stays_where_it_was),
		UNIT_TEST(ink_without_a_profile_means_the_usual),
		UNIT_TEST(gamma_of_a_png_counts_when_it_is_no_nonsense),
		UNIT_TEST(profiles_that_do_not_fit_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
