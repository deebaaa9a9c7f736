/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PNG by libpng, row by row; an interlaced one has to be held whole. Anything
 * becomes 8 bits of grey or RGB; what can be seen through lies on white.
 */
#include "images/codec.h"
#include "images/exif.h"

#include <stdlib.h>
#include <string.h>

#include <png.h>

#define CHUNK_MAX PICTURE_ICC_MAX /* bytes of an ancillary chunk, inflated */
#define FIXED 100000.0            /* of cHRM and gAMA: units in 1 */
#define WHITE 255

struct reading {
	png_structp png;
	png_infop info;
	struct op *op;
	struct bytes rest; /* of the file */
	struct picture *out;
	unsigned channels; /* as libpng hands them out, alpha included */
	uint8_t *rows;     /* malloc'ed: one row, or all when interlaced */
	enum err err;
};

static _Noreturn void
on_error(png_structp png, png_const_charp text)
{
	struct reading *r = png_get_error_ptr(png);

	if (r->err == OK)
		r->err = FAIL(r->op, ERR_INVALID, "the PNG is damaged: %s",
			      text);
	png_longjmp(png, 1);
}

static void
on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static void
on_read(png_structp png, png_bytep to, size_t n)
{
	struct reading *r = png_get_io_ptr(png);

	if (n > r->rest.n)
		png_error(png, "it ends too early");
	memcpy(to, r->rest.p, n);
	r->rest.p += n;
	r->rest.n -= n;
}

/* Chunks that nobody looks at are not even inflated. */
static void
skip_texts(png_structp png)
{
	static const png_byte names[] = "tEXt\0zTXt\0iTXt\0sPLT\0hIST\0"
					"pCAL\0sCAL\0tIME\0bKGD\0oFFs\0pHYs";

	png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names,
				    (int)(sizeof(names) / 5));
	png_set_chunk_malloc_max(png, CHUNK_MAX);
}

static void
read_gamma(struct reading *r)
{
	struct picture_gamma *g = &r->out->gamma;
	png_fixed_point gamma, xy[8];

	if (png_get_valid(r->png, r->info, PNG_INFO_sRGB) ||
	    !png_get_gAMA_fixed(r->png, r->info, &gamma))
		return;
	g->exponent = gamma / FIXED;
	g->has_primaries =
		png_get_cHRM_fixed(r->png, r->info, &xy[0], &xy[1], &xy[2],
				   &xy[3], &xy[4], &xy[5], &xy[6], &xy[7]) != 0;
	if (!g->has_primaries)
		return;
	for (unsigned i = 0; i < 2; i++) {
		g->white[i] = xy[i] / FIXED;
		g->red[i] = xy[2 + i] / FIXED;
		g->green[i] = xy[4 + i] / FIXED;
		g->blue[i] = xy[6 + i] / FIXED;
	}
}

static void
read_colours(struct reading *r)
{
	png_charp name;
	png_bytep icc;
	png_uint_32 n = 0;
	int method;

	if (png_get_iCCP(r->png, r->info, &name, &method, &icc, &n) != 0)
		r->out->icc = op_bytes(r->op, (struct bytes){ icc, n });
	else
		read_gamma(r);
}

static void
read_orientation(struct reading *r)
{
	png_bytep exif;
	png_uint_32 n = 0;

	if (png_get_eXIf_1(r->png, r->info, &n, &exif) != 0)
		r->out->orientation =
			exif_orientation((struct bytes){ exif, n });
}

/* Lays the row's pixels on white, in place; alpha is gone then. */
static void
lay_on_white(uint8_t *row, unsigned width, unsigned channels)
{
	unsigned inks = channels - 1;
	uint8_t *to = row;

	for (unsigned x = 0; x < width; x++) {
		const uint8_t *from = row + (size_t)x * channels;
		unsigned alpha = from[inks];

		for (unsigned c = 0; c < inks; c++) {
			unsigned v = from[c] * alpha + WHITE * (WHITE - alpha);

			*to++ = (uint8_t)((v + WHITE / 2) / WHITE);
		}
	}
}

static void
take_row(struct reading *r, struct raster_fill *fill, unsigned y, uint8_t *row)
{
	if (!raster_fill_wants(fill, y))
		return;
	if (r->channels % 2 == 0)
		lay_on_white(row, r->out->width, r->channels);
	raster_fill_row(fill, y, row);
}

/* Memory for n bytes of rows: one may need more than is given to us. */
static void
take_rows(struct reading *r, size_t n)
{
	r->rows = calloc(1, n);
	if (r->rows != NULL)
		return;
	r->err = FAIL(r->op, ERR_LIMIT,
		      "the picture needs more memory than is given to one");
	png_longjmp(r->png, 1);
}

static void
read_rows(struct reading *r, struct raster_fill *fill)
{
	take_rows(r, (size_t)r->out->width * r->channels);
	for (unsigned y = 0; y < r->out->height; y++) {
		png_read_row(r->png, r->rows, NULL);
		take_row(r, fill, y, r->rows);
	}
}

/*
 * Seven passes, each over all rows. Those that are not wanted share
 * one row, the last.
 */
static void
read_interlaced(struct reading *r, struct raster_fill *fill, int passes)
{
	size_t row_n = (size_t)r->out->width * r->channels;
	size_t kept = fill->plan.height;

	take_rows(r, row_n * (kept + 1));
	for (int pass = 0; pass < passes; pass++) {
		for (unsigned y = 0; y < r->out->height; y++) {
			bool wanted = raster_fill_wants(fill, y);
			size_t at = wanted ? y - fill->plan.top : kept;

			png_read_row(r->png, r->rows + at * row_n, NULL);
		}
	}
	for (unsigned i = 0; i < kept; i++)
		take_row(r, fill, fill->plan.top + i, r->rows + i * row_n);
}

static void
read_pixels(struct reading *r)
{
	const struct raster_plan plan =
		raster_plan(r->out->mode, r->out->width, r->out->height);
	struct raster_fill fill;
	int passes;

	png_set_expand(r->png);
	png_set_scale_16(r->png);
	passes = png_set_interlace_handling(r->png);
	png_read_update_info(r->png, r->info);
	r->channels = png_get_channels(r->png, r->info);
	r->out->ink = r->channels <= 2 ? INK_GREY : INK_RGB;
	raster_fill_init(r->op, &fill, &r->out->raster, &plan,
			 r->channels <= 2 ? 1 : 3);
	if (passes == 1)
		read_rows(r, &fill);
	else
		read_interlaced(r, &fill, passes);
	png_read_end(r->png, r->info);
}

static enum err
read_whole(struct reading *r)
{
	if (setjmp(png_jmpbuf(r->png)) != 0) /* NOLINT(cert-err52-cpp) */
		return r->err;
	skip_texts(r->png);
	png_set_read_fn(r->png, r, on_read);
	png_read_info(r->png, r->info);
	r->out->width = png_get_image_width(r->png, r->info);
	r->out->height = png_get_image_height(r->png, r->info);
	TRY(picture_check_size(r->op, r->out->width, r->out->height));
	read_colours(r);
	read_pixels(r);
	read_orientation(r);
	return OK;
}

static void
reading_done(struct reading *r)
{
	png_destroy_read_struct(&r->png, &r->info, NULL);
	free(r->rows);
}

enum err
from_png(struct op *op, struct bytes file, struct picture *out)
{
	CLEANUP(reading_done)
	struct reading r = { .op = op, .rest = file, .out = out };

	r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, on_error,
				       on_warning);
	if (r.png != NULL)
		r.info = png_create_info_struct(r.png);
	if (r.info == NULL)
		return FAIL(op, ERR_DOWN, "no memory to read a PNG");
	/* r.rows is freed by reading_done, which the analyzer does not see */
	return read_whole(&r); /* NOLINT(clang-analyzer-unix.Malloc) */
}
