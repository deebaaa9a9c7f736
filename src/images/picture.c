/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to squares: the steps, and what is refused before the first. */
#include "images/picture.h"

#include "images/codec.h"
#include "images/finish.h"
#include "images/identify.h"

#include <assert.h>
#include <inttypes.h>

static_assert(PHOTO_EDGE_MAX <= SQUARE_EDGE_MIN,
	      "what reading leaves is enough for every variant");

enum err
picture_check_size(struct op *op, uint64_t width, uint64_t height)
{
	if (width == 0 || height == 0)
		return FAIL(op, ERR_INVALID, "the picture has no pixels");
	if (width > PICTURE_EDGE_MAX || height > PICTURE_EDGE_MAX ||
	    width * height > PHOTO_PIXELS_MAX)
		return FAIL(op, ERR_LIMIT,
			    "the picture has %" PRIu64 " x %" PRIu64
			    " pixels; at most %d megapixels and %d along an "
			    "edge are taken",
			    width, height, PHOTO_PIXELS_MAX / (1000 * 1000),
			    PICTURE_EDGE_MAX);
	return OK;
}

static enum err
read_file(struct op *op, struct bytes file, struct picture *out)
{
	enum picture_kind kind;

	TRY(identify(op, file, &kind));
	switch (kind) {
	case PICTURE_JPEG:
		return from_jpeg(op, file, out);
	case PICTURE_PNG:
		return from_png(op, file, out);
	case PICTURE_WEBP:
		return from_webp(op, file, out);
	}
	return FAIL(op, ERR_INTERNAL, "no codec for kind %d", (int)kind);
}

/* A smaller one is made from the smallest larger one that is at least twice
 * as large: nothing is filtered often enough to blur. */
static const struct square *
choose_source(const struct square *made, size_t n, unsigned edge)
{
	size_t i = n;

	while (i > 0 && made[i - 1].edge < 2 * edge)
		i--;
	return &made[i > 0 ? i - 1 : 0];
}

/* The edges to make, falling; PHOTO_VARIANTS_MAX holds them all. */
static size_t
choose_edges(unsigned shorter, const unsigned *edges, size_t n,
	     unsigned out[PHOTO_VARIANTS_MAX])
{
	size_t m = 0;

	if (shorter < edges[n - 1])
		out[m++] = shorter;
	while (n-- > 0) {
		if (edges[n] <= shorter && (m == 0 || edges[n] != out[m - 1]) &&
		    m < PHOTO_VARIANTS_MAX)
			out[m++] = edges[n];
	}
	return m;
}

static enum err
make_variants(struct op *op, const struct picture *picture,
	      const unsigned *edges, size_t n, struct photo_set *out)
{
	struct square made[PHOTO_VARIANTS_MAX + 1]; /* falling */
	size_t made_n = 0;

	made[made_n++] = picture->square;
	out->n = n;
	for (size_t i = 0; i < n; i++) {
		struct photo_variant *v = &out->variant[n - 1 - i];
		const struct square *from =
			choose_source(made, made_n, edges[i]);

		if (from->edge == edges[i])
			made[made_n] = *from;
		else
			TRY(scale_down(op, from, edges[i], &made[made_n]));
		v->edge = edges[i];
		TRY(to_jpeg(op, &made[made_n], &v->jpeg));
		made_n++;
	}
	return OK;
}

enum err
picture_squares(struct op *op, struct bytes file, const unsigned *edges,
		size_t n, struct photo_set *out)
{
	struct picture picture = { .orientation = PICTURE_ORIENTATION_UPRIGHT };
	unsigned wanted[PHOTO_VARIANTS_MAX];
	unsigned shorter;
	bool lies;

	assert(n > 0 && edges[n - 1] <= PHOTO_EDGE_MAX);
	TRY(read_file(op, file, &picture));
	colour_convert(op, &picture);
	turn_upright(op, &picture.square, picture.orientation);
	shorter =
		picture.width < picture.height ? picture.width : picture.height;
	n = choose_edges(shorter, edges, n, wanted);
	lies = picture.orientation > 4; /* 5 to 8: a quarter turn */
	*out = (struct photo_set){
		.width = lies ? picture.height : picture.width,
		.height = lies ? picture.width : picture.height,
	};
	return make_variants(op, &picture, wanted, n, out);
}
