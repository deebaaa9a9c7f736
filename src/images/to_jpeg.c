/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Baseline JPEG, which every phone and mail program shows. Small pictures keep
 * all of their colour: at 48 pixels, halved chroma is seen as blur.
 */
#include "images/codec.h"
#include "images/fault.h"

#include <stdlib.h>

#define SMALL_EDGE 120 /* pixels; to here: full colour, and finer */
#define QUALITY_SMALL 92
#define QUALITY 88

struct writing {
	struct fault fault;
	struct jpeg_compress_struct out;
	const struct raster *raster;
	unsigned char *p; /* malloc'ed by libjpeg */
	unsigned long n;
};

static enum err
write_whole(void *self)
{
	struct writing *w = self;
	bool small = w->raster->width <= SMALL_EDGE &&
		     w->raster->height <= SMALL_EDGE;
	size_t stride = (size_t)w->raster->width * w->raster->channels;

	jpeg_create_compress(&w->out);
	jpeg_mem_dest(&w->out, &w->p, &w->n);
	w->out.image_width = w->raster->width;
	w->out.image_height = w->raster->height;
	w->out.input_components = (int)w->raster->channels;
	w->out.in_color_space = JCS_RGB;
	jpeg_set_defaults(&w->out);
	jpeg_set_quality(&w->out, small ? QUALITY_SMALL : QUALITY, TRUE);
	w->out.optimize_coding = TRUE;
	if (small) {
		w->out.comp_info[0].h_samp_factor = 1;
		w->out.comp_info[0].v_samp_factor = 1;
	}
	jpeg_start_compress(&w->out, TRUE);
	while (w->out.next_scanline < w->out.image_height) {
		JSAMPROW row =
			w->raster->pixels + w->out.next_scanline * stride;

		(void)jpeg_write_scanlines(&w->out, &row, 1);
	}
	jpeg_finish_compress(&w->out);
	return OK;
}

static void
writing_done(struct writing *w)
{
	jpeg_destroy_compress(&w->out);
	free(w->p);
}

enum err
to_jpeg(struct op *op, const struct raster *raster, struct bytes *out)
{
	CLEANUP(writing_done) struct writing w = { .raster = raster };

	w.out.err = fault_init(&w.fault, op, "a JPEG could not be written");
	TRY(fault_guard(&w.fault, write_whole, &w));
	*out = op_bytes(op, (struct bytes){ w.p, w.n });
	return OK;
}
