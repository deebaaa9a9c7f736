/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebP by libwebp, which cuts out what is kept and makes it smaller while it
 * decodes. Its container is taken apart here: EXIF and the profile are wanted,
 * and a file that is cut short is refused wherever that happened.
 */
#include "images/codec.h"
#include "images/exif.h"

#include <string.h>

#include <webp/decode.h>

/* RIFF: four letters, a length, that many bytes, one more if it is odd. */
enum {
	RIFF_HEADER = 12,
	CHUNK_HEADER = 8,
	SIZE_AT = 4,
};

static uint32_t
le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static enum err
ends_early(struct op *op)
{
	return FAIL(op, ERR_INVALID, "the WebP is damaged: it ends too early");
}

/* The file as its own header bounds it. */
static enum err
find_body(struct op *op, struct bytes file, struct bytes *out)
{
	uint32_t n;

	if (file.n < RIFF_HEADER || memcmp(file.p, "RIFF", 4) != 0)
		return FAIL(op, ERR_INVALID, "the WebP is damaged: no RIFF");
	n = le32(file.p + SIZE_AT);
	if (n > file.n - CHUNK_HEADER)
		return ends_early(op);
	*out = (struct bytes){ file.p, (size_t)n + CHUNK_HEADER };
	return OK;
}

static enum err
read_chunks(struct op *op, struct bytes body, struct picture *out)
{
	size_t at = RIFF_HEADER;

	while (at + CHUNK_HEADER <= body.n) {
		const uint8_t *p = body.p + at;
		struct bytes chunk = { p + CHUNK_HEADER, le32(p + SIZE_AT) };

		at += CHUNK_HEADER;
		if (chunk.n > body.n - at)
			return ends_early(op);
		if (memcmp(p, "EXIF", 4) == 0)
			out->orientation = exif_orientation(chunk);
		else if (memcmp(p, "ICCP", 4) == 0 &&
			 chunk.n <= PICTURE_ICC_MAX)
			out->icc = chunk; /* the file lives as long as the op */
		at += chunk.n + chunk.n % 2;
	}
	return OK;
}

/* libwebp's words for what went wrong. */
static enum err
failed(struct op *op, VP8StatusCode status)
{
	switch (status) {
	case VP8_STATUS_OUT_OF_MEMORY:
		return FAIL(op, ERR_LIMIT,
			    "the picture needs more memory than is given to "
			    "one");
	case VP8_STATUS_NOT_ENOUGH_DATA:
	case VP8_STATUS_SUSPENDED:
		return ends_early(op);
	default:
		return FAIL(op, ERR_INVALID,
			    "the WebP is damaged: its data make no sense");
	}
}

static void
set_crop_and_scale(WebPDecoderConfig *config, const struct picture *picture)
{
	const struct raster_plan plan =
		raster_plan(picture->mode, picture->width, picture->height);
	const unsigned round_up = plan.block - 1;
	WebPDecoderOptions *o = &config->options;

	o->use_cropping = 1;
	o->crop_left = (int)plan.left;
	o->crop_top = (int)plan.top;
	o->crop_width = (int)plan.width;
	o->crop_height = (int)plan.height;
	o->use_scaling = plan.block > 1;
	o->scaled_width = (int)((plan.width + round_up) / plan.block);
	o->scaled_height = (int)((plan.height + round_up) / plan.block);
	config->output.colorspace = MODE_RGBA;
}

/* Into our raster, what can be seen through on white. */
static void
lay_on_white(struct op *op, const WebPDecBuffer *from, struct raster *to)
{
	enum { RGB = 3, WHITE = 255 };

	raster_init(op, to, (unsigned)from->width, (unsigned)from->height, RGB);
	for (unsigned y = 0; y < to->height; y++) {
		const uint8_t *p = from->u.RGBA.rgba +
				   (size_t)y * (size_t)from->u.RGBA.stride;
		uint8_t *q = to->pixels + (size_t)y * to->width * RGB;

		for (unsigned i = 0; i < to->width * RGB; i++) {
			const uint8_t *pixel = p + (size_t)(i / RGB) * 4;
			unsigned alpha = pixel[RGB];
			unsigned v = pixel[i % RGB] * alpha +
				     WHITE * (WHITE - alpha);

			q[i] = (uint8_t)((v + WHITE / 2) / WHITE);
		}
	}
}

static void
config_done(WebPDecoderConfig *config)
{
	WebPFreeDecBuffer(&config->output);
}

enum err
from_webp(struct op *op, struct bytes file, struct picture *out)
{
	CLEANUP(config_done) WebPDecoderConfig config = { 0 };
	struct bytes body = { 0 };
	VP8StatusCode status;

	if (!WebPInitDecoderConfig(&config))
		return FAIL(op, ERR_INTERNAL, "libwebp is of another version");
	TRY(find_body(op, file, &body));
	status = WebPGetFeatures(body.p, body.n, &config.input);
	if (status != VP8_STATUS_OK)
		return failed(op, status);
	if (config.input.has_animation)
		return FAIL(op, ERR_INVALID,
			    "animated WebP is not supported: export one "
			    "picture of it as JPEG");
	out->width = (unsigned)config.input.width;
	out->height = (unsigned)config.input.height;
	TRY(picture_check_size(op, out->width, out->height));
	TRY(read_chunks(op, body, out));
	out->ink = INK_RGB;
	set_crop_and_scale(&config, out);
	status = WebPDecode(body.p, body.n, &config);
	if (status != VP8_STATUS_OK)
		return failed(op, status);
	lay_on_white(op, &config.output, &out->raster);
	return OK;
}
