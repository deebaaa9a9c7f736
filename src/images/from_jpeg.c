/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JPEG by libjpeg-turbo. The inverse transform makes the picture smaller by 2,
 * 4 or 8 while it is decoded (those three are fast), so a picture of 12
 * megapixels never exists at full size. Every row is read, also those that
 * are not wanted: only so it is known that the file is whole.
 */
#include "images/codec.h"
#include "images/exif.h"
#include "images/fault.h"

#include <stdlib.h>
#include <string.h>

#define SEGMENT_MAX 65533 /* bytes in a segment, ISO/IEC 10918-1 B.1.1.4 */
#define SCALE_WHOLE 8     /* of n/8, libjpeg's way to write a scale */

struct reading {
	struct fault fault;
	struct jpeg_progress_mgr progress;
	struct jpeg_decompress_struct in;
	struct op *op;
	struct bytes file;
	struct picture *out;
};

/*
 * Called often while scans are read. A progressive file may have any number
 * of scans, each of which touches the whole picture and needs few bytes.
 */
static void
on_progress(j_common_ptr common)
{
	struct fault *fault = (struct fault *)common->err;
	const struct jpeg_decompress_struct *in =
		(const struct jpeg_decompress_struct *)(const void *)common;

	if (in->input_scan_number > FROM_JPEG_SCANS_MAX)
		fault_escape(fault, FAIL(fault->op, ERR_LIMIT,
					 "the JPEG has more than %d scans",
					 FROM_JPEG_SCANS_MAX));
}

/* How the pixels are to be handed out: three forms are enough for all. */
static enum err
choose_ink(struct reading *r)
{
	switch (r->in.jpeg_color_space) {
	case JCS_GRAYSCALE:
		r->in.out_color_space = JCS_GRAYSCALE;
		r->out->ink = INK_GREY;
		return OK;
	case JCS_YCbCr:
	case JCS_RGB:
		r->in.out_color_space = JCS_RGB;
		r->out->ink = INK_RGB;
		return OK;
	case JCS_CMYK:
	case JCS_YCCK:
		r->in.out_color_space = JCS_CMYK;
		r->out->ink =
			r->in.saw_Adobe_marker ? INK_CMYK_INVERTED : INK_CMYK;
		return OK;
	default:
		return FAIL(r->op, ERR_INVALID,
			    "a JPEG of %d colour components is not supported",
			    r->in.num_components);
	}
}

/* The smallest of 1/8, 2/8, 4/8, 8/8 that leaves enough. */
static unsigned
choose_scale(unsigned edge)
{
	unsigned scale = 1;

	while (scale < SCALE_WHOLE &&
	       edge * scale / SCALE_WHOLE < RASTER_EDGE_MIN)
		scale *= 2;
	return scale;
}

static void
read_segments(struct reading *r)
{
	JOCTET *icc = NULL;
	unsigned n = 0;

	for (jpeg_saved_marker_ptr m = r->in.marker_list; m != NULL;
	     m = m->next) {
		if (m->marker == JPEG_APP0 + 1 && m->data_length > 6 &&
		    memcmp(m->data, "Exif\0", 6) == 0) {
			r->out->orientation = exif_orientation(
				(struct bytes){ m->data, m->data_length });
			break;
		}
	}
	if (jpeg_read_icc_profile(&r->in, &icc, &n) && n <= PICTURE_ICC_MAX)
		r->out->icc = op_bytes(r->op, (struct bytes){ icc, n });
	free(icc);
}

static enum err
read_head(struct reading *r)
{
	jpeg_create_decompress(&r->in);
	r->in.progress = &r->progress;
	r->progress.progress_monitor = on_progress;
	jpeg_mem_src(&r->in, r->file.p, r->file.n);
	jpeg_save_markers(&r->in, JPEG_APP0 + 1, SEGMENT_MAX);
	jpeg_save_markers(&r->in, JPEG_APP0 + 2, SEGMENT_MAX);
	(void)jpeg_read_header(&r->in, TRUE);
	r->out->width = r->in.image_width;
	r->out->height = r->in.image_height;
	TRY(picture_check_size(r->op, r->out->width, r->out->height));
	read_segments(r);
	return choose_ink(r);
}

static void
read_rows(struct reading *r)
{
	const enum image_mode mode = r->out->mode;
	struct raster_plan plan;
	struct raster_fill fill;
	JSAMPROW row;

	r->in.scale_num =
		choose_scale(raster_edge(mode, r->out->width, r->out->height));
	r->in.scale_denom = SCALE_WHOLE;
	(void)jpeg_start_decompress(&r->in);
	plan = raster_plan(mode, r->in.output_width, r->in.output_height);
	raster_fill_init(r->op, &fill, &r->out->raster, &plan,
			 (unsigned)r->in.output_components);
	row = op_alloc(r->op, (size_t)r->in.output_width *
				      (unsigned)r->in.output_components);
	while (r->in.output_scanline < r->in.output_height) {
		unsigned y = r->in.output_scanline;

		(void)jpeg_read_scanlines(&r->in, &row, 1);
		raster_fill_row(&fill, y, row);
	}
	(void)jpeg_finish_decompress(&r->in);
}

/* Arithmetic coding is a JPEG's right, but no browser knows it. */
static enum err
read_whole(void *self)
{
	struct reading *r = self;

	TRY(read_head(r));
	read_rows(r);
	r->out->is_plain_jpeg = !r->in.arith_code && !r->fault.odd;
	return OK;
}

static void
reading_done(struct reading *r)
{
	jpeg_destroy_decompress(&r->in);
}

enum err
from_jpeg(struct op *op, struct bytes file, struct picture *out)
{
	CLEANUP(reading_done)
	struct reading r = { .op = op, .file = file, .out = out };

	r.in.err = fault_init(&r.fault, op, "the JPEG is damaged");
	return fault_guard(&r.fault, read_whole, &r);
}
