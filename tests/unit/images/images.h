/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Pictures for tests: those of tests/pictures/, and some made on the spot. */
#include "unit.h"

#include "images/raster.h"

#include <stdio.h>

#include <jpeglib.h>
#include <png.h>

static const unsigned images_edges[] = { 48,  64,  96,  120, 240,
					 360, 432, 504, 648 };

/* A file of tests/pictures/. */
static inline struct bytes
images_file(struct op *op, const char *name)
{
	FILE *f = fopen(op_print(op, "%s/%s", PICTURES, name), "rb");
	uint8_t *p;
	long n = 0;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0)
		fail_msg("%s cannot be read", name);
	rewind(f);
	p = op_alloc(op, (size_t)n);
	assert_int_equal(fread(p, 1, (size_t)n, f), n);
	(void)fclose(f);
	return (struct bytes){ p, (size_t)n };
}

/* The pixels of a JPEG, as libjpeg sees them without any help of ours. */
static inline struct raster
images_decode(struct op *op, struct bytes jpeg)
{
	struct jpeg_decompress_struct in;
	struct jpeg_error_mgr mgr;
	struct raster out = { .channels = 3 };

	in.err = jpeg_std_error(&mgr);
	jpeg_create_decompress(&in);
	jpeg_mem_src(&in, jpeg.p, jpeg.n);
	(void)jpeg_read_header(&in, TRUE);
	in.out_color_space = JCS_RGB;
	(void)jpeg_start_decompress(&in);
	out.width = in.image_width;
	out.height = in.image_height;
	out.pixels = op_alloc(op, (size_t)out.width * out.height * 3);
	while (in.output_scanline < in.output_height) {
		JSAMPROW row =
			out.pixels + (size_t)in.output_scanline * out.width * 3;

		(void)jpeg_read_scanlines(&in, &row, 1);
	}
	(void)jpeg_finish_decompress(&in);
	assert_int_equal(mgr.num_warnings, 0);
	jpeg_destroy_decompress(&in);
	return out;
}

/* Is the pixel within `tolerance` of this colour, 0xrrggbb? */
static inline bool
images_near(const struct raster *s, unsigned x, unsigned y, unsigned colour,
	    int tolerance)
{
	const uint8_t *p = s->pixels + ((size_t)y * s->width + x) * 3;

	for (unsigned c = 0; c < 3; c++) {
		int wanted = (int)(colour >> (16 - 8 * c) & 0xff);

		if (abs(p[c] - wanted) > tolerance)
			return false;
	}
	return true;
}

/* Are the middles of the four quarters of these colours, row by row? */
static inline bool
images_quarters(const struct raster *s, const unsigned colours[4],
		int tolerance)
{
	bool good = true;

	for (unsigned i = 0; i < 4; i++) {
		unsigned x = s->width * (1 + 2 * (i % 2)) / 4;
		unsigned y = s->height * (1 + 2 * (i / 2)) / 4;
		const uint8_t *p = s->pixels + ((size_t)y * s->width + x) * 3;

		if (images_near(s, x, y, colours[i], tolerance))
			continue;
		print_error("quarter %u: %02x%02x%02x, not %06x\n", i, p[0],
			    p[1], p[2], colours[i]);
		good = false;
	}
	return good;
}

/*
 * Does the JPEG hold what shows the picture and nothing else: no APPn but
 * JFIF's, no comment, no byte behind its end?
 */
static inline bool
images_is_bare(struct bytes jpeg)
{
	size_t at = 2;

	while (at + 4 <= jpeg.n) {
		unsigned marker = jpeg.p[at + 1];
		size_t n = (size_t)jpeg.p[at + 2] << 8 | jpeg.p[at + 3];

		if (jpeg.p[at] != 0xff)
			return false;
		at += 2 + n;
		if (marker == 0xda)
			break;
		if (marker == 0xe0 && n == 16)
			continue;
		if (marker != 0xdb && marker != 0xc0 && marker != 0xc4)
			return false;
	}
	while (at + 2 <= jpeg.n && (jpeg.p[at] != 0xff || jpeg.p[at + 1] == 0))
		at++;
	return at + 2 == jpeg.n && jpeg.p[at + 1] == 0xd9;
}

/* A PNG of one colour. */
static inline struct bytes
images_png(struct op *op, unsigned width, unsigned height, uint8_t grey)
{
	png_image image = { .version = PNG_IMAGE_VERSION,
			    .width = width,
			    .height = height,
			    .format = PNG_FORMAT_GRAY };
	uint8_t *pixels = op_alloc(op, (size_t)width * height);
	png_alloc_size_t n = PNG_IMAGE_PNG_SIZE_MAX(image);
	uint8_t *p;

	memset(pixels, grey, (size_t)width * height);
	p = op_alloc(op, n);
	assert_true(
		png_image_write_to_memory(&image, p, &n, 0, pixels, 0, NULL));
	return (struct bytes){ p, n };
}
