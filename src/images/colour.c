/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To sRGB by Little CMS. Done after the picture was made small: a profile costs
 * by the pixel, and blocks were averaged in the file's own colours, as every
 * viewer does.
 */
#include "images/finish.h"

#include <math.h>
#include <stdlib.h>

#include <lcms2.h>

#define RGB 3
#define FULL 255u

/* gAMA and cHRM that mean sRGB to everybody who writes them. */
#define SRGB_EXPONENT 0.45455
#define SRGB_NEAR 0.01
#define EXPONENT_MIN 0.1 /* beyond: no display ever had it */
#define EXPONENT_MAX 4.0

/* Colours by which a profile is known to be sRGB under another name. */
#define STEPS 6 /* of a channel, in each of the three */
#define STEP (FULL / (STEPS - 1))
#define SAMPLES (STEPS * STEPS * STEPS)
#define SAME_MAX 2 /* of 255: what rounding costs */

/* clang-format off */
static const struct picture_gamma srgb_gamma = {
	SRGB_EXPONENT, true,
	{ 0.3127, 0.3290 }, { 0.64, 0.33 }, { 0.30, 0.60 }, { 0.15, 0.06 },
};

static const struct {
	cmsColorSpaceSignature space;
	cmsUInt32Number format;
} inks[] = {
	[INK_GREY] =          { cmsSigGrayData, TYPE_GRAY_8 },
	[INK_RGB] =           { cmsSigRgbData,  TYPE_RGB_8 },
	[INK_CMYK] =          { cmsSigCmykData, TYPE_CMYK_8 },
	[INK_CMYK_INVERTED] = { cmsSigCmykData, TYPE_CMYK_8_REV },
};
/* clang-format on */

static void
profile_done(cmsHPROFILE *profile)
{
	if (*profile != NULL)
		(void)cmsCloseProfile(*profile);
}

static void
transform_done(cmsHTRANSFORM *transform)
{
	if (*transform != NULL)
		cmsDeleteTransform(*transform);
}

static bool
near(const double a[2], const double b[2])
{
	return fabs(a[0] - b[0]) < SRGB_NEAR && fabs(a[1] - b[1]) < SRGB_NEAR;
}

static bool
gamma_is_srgb(const struct picture_gamma *g)
{
	const struct picture_gamma *s = &srgb_gamma;

	return fabs(g->exponent - s->exponent) < SRGB_NEAR &&
	       near(g->white, s->white) && near(g->red, s->red) &&
	       near(g->green, s->green) && near(g->blue, s->blue);
}

static cmsCIExyY
point(const double xy[2])
{
	return (cmsCIExyY){ xy[0], xy[1], 1.0 };
}

/* A profile of what a PNG's gAMA and cHRM say; NULL: sRGB, or nonsense. */
static cmsHPROFILE
gamma_profile(struct picture_gamma g, enum ink ink)
{
	cmsToneCurve *curve, *curves[RGB];
	cmsCIExyY white;
	cmsCIExyYTRIPLE primaries;
	cmsHPROFILE profile;

	if (!g.has_primaries) {
		double exponent = g.exponent;

		g = srgb_gamma;
		g.exponent = exponent;
	}
	if (g.exponent < EXPONENT_MIN || g.exponent > EXPONENT_MAX ||
	    gamma_is_srgb(&g))
		return NULL;
	white = point(g.white);
	primaries = (cmsCIExyYTRIPLE){ point(g.red), point(g.green),
				       point(g.blue) };
	curve = cmsBuildGamma(NULL, 1.0 / g.exponent);
	for (unsigned i = 0; i < RGB; i++)
		curves[i] = curve;
	profile = ink == INK_GREY
			  ? cmsCreateGrayProfile(&white, curve)
			  : cmsCreateRGBProfile(&white, &primaries, curves);
	cmsFreeToneCurve(curve);
	return profile;
}

/* The file's own profile; NULL when it has none that fits its pixels. */
static cmsHPROFILE
own_profile(const struct picture *picture)
{
	cmsHPROFILE profile = cmsOpenProfileFromMem(
		picture->icc.p, (cmsUInt32Number)picture->icc.n);

	if (profile == NULL)
		return NULL;
	switch (cmsGetDeviceClass(profile)) {
	case cmsSigInputClass:
	case cmsSigDisplayClass:
	case cmsSigOutputClass:
	case cmsSigColorSpaceClass:
		if (cmsGetColorSpace(profile) == inks[picture->ink].space)
			return profile;
		break;
	default:
		break;
	}
	(void)cmsCloseProfile(profile);
	return NULL;
}

/* From the file's colours to sRGB; NULL: nothing says what they are. */
static cmsHTRANSFORM
transform_open(const struct picture *picture)
{
	CLEANUP(profile_done) cmsHPROFILE in = NULL;
	CLEANUP(profile_done) cmsHPROFILE out = NULL;

	if (picture->icc.p != NULL)
		in = own_profile(picture);
	else if (picture->gamma.exponent > 0)
		in = gamma_profile(picture->gamma, picture->ink);
	if (in == NULL)
		return NULL;
	out = cmsCreate_sRGBProfile();
	return cmsCreateTransform(in, inks[picture->ink].format, out,
				  TYPE_RGB_8, INTENT_RELATIVE_COLORIMETRIC,
				  cmsFLAGS_BLACKPOINTCOMPENSATION);
}

static bool
convert_by_profile(const struct picture *picture, struct raster *to)
{
	CLEANUP(transform_done)
	cmsHTRANSFORM transform = transform_open(picture);

	if (transform == NULL)
		return false;
	cmsDoTransform(transform, picture->raster.pixels, to->pixels,
		       to->width * to->height);
	return true;
}

/* Does a colour look the same when the profile is not looked at? */
static bool
is_kept(cmsHTRANSFORM transform, enum ink ink, const uint8_t colour[RGB])
{
	uint8_t seen[RGB];

	cmsDoTransform(transform, colour, seen, 1);
	for (unsigned c = 0; c < RGB; c++) {
		int wanted = colour[ink == INK_GREY ? 0 : c];

		if (abs(seen[c] - wanted) > SAME_MAX)
			return false;
	}
	return true;
}

bool
colour_is_srgb(const struct picture *picture)
{
	CLEANUP(transform_done)
	cmsHTRANSFORM transform = NULL;
	bool same = true;

	if (picture->ink != INK_GREY && picture->ink != INK_RGB)
		return false;
	transform = transform_open(picture);
	for (unsigned i = 0; transform != NULL && same && i < SAMPLES; i++) {
		const uint8_t colour[RGB] = {
			(uint8_t)(i % STEPS * STEP),
			(uint8_t)(i / STEPS % STEPS * STEP),
			(uint8_t)(i / STEPS / STEPS * STEP),
		};

		same = is_kept(transform, picture->ink, colour);
	}
	return same;
}

/* What the ink means without a profile. */
static void
convert_plainly(const struct raster *from, enum ink ink, struct raster *to)
{
	size_t n = (size_t)from->width * from->height;
	unsigned invert = ink == INK_CMYK ? FULL : 0;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = from->pixels + i * from->channels;
		uint8_t *q = to->pixels + i * RGB;

		for (unsigned c = 0; c < RGB; c++) {
			unsigned light = p[ink == INK_GREY ? 0 : c] ^ invert;

			if (ink == INK_CMYK || ink == INK_CMYK_INVERTED)
				light = (light * (p[RGB] ^ invert) + FULL / 2) /
					FULL;
			q[c] = (uint8_t)light;
		}
	}
}

void
colour_convert(struct op *op, struct picture *picture)
{
	struct raster rgb;

	raster_init(op, &rgb, picture->raster.width, picture->raster.height,
		    RGB);
	if (!convert_by_profile(picture, &rgb))
		convert_plainly(&picture->raster, picture->ink, &rgb);
	picture->raster = rgb;
}
