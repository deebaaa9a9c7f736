/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The colour profiles of the test pictures, made by Little CMS: NAME on the
 * command line, the profile on standard output. "cmyk" is no real ink: it is
 * what a printing press would never do, so that a test sees if it was used.
 */
#include <stdio.h>
#include <string.h>

#include <lcms2.h>

static cmsHPROFILE
rgb(double rx, double ry, double gx, double gy, double exponent)
{
	cmsCIExyY white = { 0.3127, 0.3290, 1 };
	cmsCIExyYTRIPLE primaries = { { rx, ry, 1 },
				      { gx, gy, 1 },
				      { 0.15, 0.06, 1 } };
	cmsToneCurve *curve = cmsBuildGamma(NULL, exponent);
	cmsToneCurve *curves[3] = { curve, curve, curve };
	cmsHPROFILE p = cmsCreateRGBProfile(&white, &primaries, curves);

	cmsFreeToneCurve(curve);
	return p;
}

/* Light of the first three inks only; black is ignored. */
static cmsInt32Number
sample(const cmsUInt16Number in[], cmsUInt16Number out[], void *cargo)
{
	cmsCIELab lab;
	double rgb_in[3];

	for (int i = 0; i < 3; i++)
		rgb_in[i] = 1.0 - in[i] / 65535.0;
	cmsDoTransform((cmsHTRANSFORM)cargo, rgb_in, &lab, 1);
	cmsFloat2LabEncoded(out, &lab);
	return 1;
}

static cmsHPROFILE
cmyk(void)
{
	cmsHPROFILE p = cmsCreateProfilePlaceholder(NULL);
	cmsHPROFILE srgb = cmsCreate_sRGBProfile();
	cmsHPROFILE lab = cmsCreateLab4Profile(NULL);
	cmsHTRANSFORM to_lab =
		cmsCreateTransform(srgb, TYPE_RGB_DBL, lab, TYPE_Lab_DBL,
				   INTENT_RELATIVE_COLORIMETRIC, 0);
	cmsPipeline *lut = cmsPipelineAlloc(NULL, 4, 3);
	cmsStage *grid = cmsStageAllocCLut16bit(NULL, 7, 4, 3, NULL);

	cmsSetProfileVersion(p, 4.3);
	cmsSetDeviceClass(p, cmsSigOutputClass);
	cmsSetColorSpace(p, cmsSigCmykData);
	cmsSetPCS(p, cmsSigLabData);
	(void)cmsStageSampleCLut16bit(grid, sample, to_lab, 0);
	(void)cmsPipelineInsertStage(lut, cmsAT_END,
				     cmsStageAllocToneCurves(NULL, 4, NULL));
	(void)cmsPipelineInsertStage(lut, cmsAT_END, grid);
	(void)cmsPipelineInsertStage(lut, cmsAT_END,
				     cmsStageAllocToneCurves(NULL, 3, NULL));
	(void)cmsWriteTag(p, cmsSigAToB0Tag, lut);
	(void)cmsLinkTag(p, cmsSigAToB1Tag, cmsSigAToB0Tag);
	cmsPipelineFree(lut);
	cmsDeleteTransform(to_lab);
	(void)cmsCloseProfile(lab);
	(void)cmsCloseProfile(srgb);
	return p;
}

int
main(int argc, char **argv)
{
	static unsigned char bytes[1 << 20];
	cmsUInt32Number n = 0;
	cmsHPROFILE p;

	if (argc != 2)
		return 2;
	if (strcmp(argv[1], "wide") == 0) /* Display P3's primaries */
		p = rgb(0.68, 0.32, 0.265, 0.69, 2.2);
	else if (strcmp(argv[1], "cmyk") == 0)
		p = cmyk();
	else
		p = cmsCreate_sRGBProfile();
	if (!cmsSaveProfileToMem(p, NULL, &n) || n > sizeof(bytes) ||
	    !cmsSaveProfileToMem(p, bytes, &n) || !cmsCloseProfile(p))
		return 1;
	return fwrite(bytes, 1, n, stdout) != n;
}
