/* SPDX-License-Identifier: Apache-2.0 */
/*
 * large WIDTH HEIGHT FROM TO: a JPEG of that size, as a camera would make it:
 * the picture FROM enlarged, with fresh grain.
 */
#include <stdio.h> /* jpeglib.h needs it first */

#include <jpeglib.h>
#include <stdint.h>
#include <stdlib.h>

#define QUALITY 90
#define GRAIN 9 /* levels */

struct image {
	unsigned width, height;
	uint8_t *rgb;
};

static struct image
load(const char *path)
{
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr errors;
	struct image image;
	FILE *f = fopen(path, "rb");

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	d.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&d);
	jpeg_stdio_src(&d, f);
	jpeg_read_header(&d, TRUE);
	d.out_color_space = JCS_RGB;
	jpeg_start_decompress(&d);
	image = (struct image){ .width = d.output_width,
				.height = d.output_height };
	image.rgb = calloc((size_t)image.width * image.height, 3);
	while (image.rgb != NULL && d.output_scanline < d.output_height) {
		JSAMPROW row =
			image.rgb + (size_t)d.output_scanline * image.width * 3;

		jpeg_read_scanlines(&d, &row, 1);
	}
	jpeg_destroy_decompress(&d);
	fclose(f);
	return image;
}

static void
fill_row(const struct image *from, unsigned y, unsigned width, unsigned height,
	 uint8_t *out)
{
	static uint32_t state = 1;
	const uint8_t *row = from->rgb + (size_t)(y * from->height / height) *
						 from->width * 3;

	for (unsigned x = 0; x < width; x++)
		for (unsigned c = 0; c < 3; c++) {
			int v = row[x * from->width / width * 3 + c];

			state = state * 1664525 + 1013904223;
			v += (int)(state >> 24) % GRAIN - GRAIN / 2;
			*out++ = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
		}
}

static void
save(const struct image *from, unsigned width, unsigned height, uint8_t *line,
     FILE *f)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;

	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_stdio_dest(&c, f);
	c.image_width = width;
	c.image_height = height;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, QUALITY, TRUE);
	jpeg_start_compress(&c, TRUE);
	for (unsigned y = 0; y < c.image_height; y++) {
		fill_row(from, y, width, height, line);
		jpeg_write_scanlines(&c, &line, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
}

int
main(int argc, char **argv)
{
	struct image from;
	unsigned width;
	unsigned height;
	uint8_t *line;
	FILE *f;
	int status = 1;

	if (argc != 5) {
		fprintf(stderr, "usage: large WIDTH HEIGHT FROM TO\n");
		return 2;
	}
	width = (unsigned)strtoul(argv[1], NULL, 10);
	height = (unsigned)strtoul(argv[2], NULL, 10);
	from = load(argv[3]);
	line = calloc(width, 3);
	f = fopen(argv[4], "wb");
	if (from.rgb != NULL && line != NULL && f != NULL) {
		save(&from, width, height, line, f);
		status = 0;
	}
	if ((f != NULL && fclose(f) != 0) || status != 0) {
		perror(argv[4]);
		status = 1;
	}
	free(line);
	free(from.rgb);
	return status;
}
