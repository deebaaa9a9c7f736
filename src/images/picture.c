/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to its variants: the steps, and what is refused before the first.
 */
#include "images/picture.h"

#include "images/codec.h"
#include "images/finish.h"
#include "images/identify.h"

#include <assert.h>
#include <inttypes.h>

static_assert(PHOTO_EDGE_MAX <= RASTER_EDGE_MIN,
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

/* The edge that a variant is named by. */
static unsigned
edge_of(const struct raster *raster)
{
	return raster_edge(IMAGE_WHOLE, raster->width, raster->height);
}

/* A smaller one is made from the smallest larger one that is at least twice
 * as large: nothing is filtered often enough to blur. */
static const struct raster *
choose_source(const struct raster *made, size_t n, unsigned edge)
{
	size_t i = n;

	while (i > 0 && edge_of(&made[i - 1]) < 2 * edge)
		i--;
	return &made[i > 0 ? i - 1 : 0];
}

/* The edges to make, falling; PHOTO_VARIANTS_MAX holds them all. */
static size_t
choose_edges(unsigned most, const unsigned *edges, size_t n,
	     unsigned out[PHOTO_VARIANTS_MAX])
{
	size_t m = 0;

	if (most < edges[n - 1])
		out[m++] = most;
	while (n-- > 0) {
		if (edges[n] <= most && (m == 0 || edges[n] != out[m - 1]) &&
		    m < PHOTO_VARIANTS_MAX)
			out[m++] = edges[n];
	}
	return m;
}

/* The other edge of a whole picture whose longer one becomes `edge`. */
static unsigned
shorter_of(const struct photo_set *set, unsigned edge)
{
	uint64_t longer = raster_edge(IMAGE_WHOLE, set->width, set->height);
	uint64_t shorter = raster_edge(IMAGE_SQUARE, set->width, set->height);
	uint64_t n = (edge * shorter + longer / 2) / longer;

	return n == 0 ? 1 : (unsigned)n;
}

static enum err
make_variant(struct op *op, const struct raster *from,
	     const struct photo_set *set, enum image_mode mode, unsigned edge,
	     struct raster *out)
{
	unsigned other = mode == IMAGE_SQUARE ? edge : shorter_of(set, edge);
	unsigned width = set->width >= set->height ? edge : other;
	unsigned height = set->width >= set->height ? other : edge;

	*out = *from;
	if (from->width == width && from->height == height)
		return OK;
	return scale_down(op, from, width, height, out);
}

static enum err
make_variants(struct op *op, const struct picture *picture,
	      const unsigned *edges, size_t n, struct photo_set *out)
{
	struct raster made[PHOTO_VARIANTS_MAX + 1]; /* falling */
	size_t made_n = 0;

	made[made_n++] = picture->raster;
	out->n = n;
	for (size_t i = 0; i < n; i++) {
		struct photo_variant *v = &out->variant[n - 1 - i];

		TRY(make_variant(op, choose_source(made, made_n, edges[i]), out,
				 picture->mode, edges[i], &made[made_n]));
		v->edge = edges[i];
		TRY(to_jpeg(op, &made[made_n], &v->jpeg));
		made_n++;
	}
	return OK;
}

/* Its own data instead of what was made of them, where that shows the same to
 * everybody, and is no longer than a picture of that size may be. */
static void
take_own(struct op *op, const struct picture *picture, struct bytes file,
	 struct photo_set *set)
{
	struct photo_variant *largest = &set->variant[set->n - 1];
	struct bytes own;

	if (picture->mode == IMAGE_WHOLE && picture->is_plain_jpeg &&
	    picture->orientation == PICTURE_ORIENTATION_UPRIGHT &&
	    largest->edge ==
		    raster_edge(IMAGE_WHOLE, set->width, set->height) &&
	    colour_is_srgb(picture) && bare_jpeg(op, file, &own) &&
	    own.n <= IMAGE_WIRE_JPEG_MAX)
		largest->jpeg = own;
}

enum err
picture_variants(struct op *op, enum image_mode mode, struct bytes file,
		 const unsigned *edges, size_t n, struct photo_set *out)
{
	struct picture picture = { .mode = mode,
				   .orientation = PICTURE_ORIENTATION_UPRIGHT };
	unsigned wanted[PHOTO_VARIANTS_MAX];
	bool lies;

	assert(n > 0 && edges[n - 1] <= PHOTO_EDGE_MAX);
	TRY(read_file(op, file, &picture));
	colour_convert(op, &picture);
	turn_upright(op, &picture.raster, picture.orientation);
	n = choose_edges(raster_edge(mode, picture.width, picture.height),
			 edges, n, wanted);
	lies = picture.orientation > 4; /* 5 to 8: a quarter turn */
	*out = (struct photo_set){
		.width = lies ? picture.height : picture.width,
		.height = lies ? picture.width : picture.height,
	};
	TRY(make_variants(op, &picture, wanted, n, out));
	take_own(op, &picture, file, out);
	return OK;
}
