/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stb_image_resize, compiled here. Catmull-Rom keeps a face of 48 pixels
 * sharp; values are mixed as they are stored, as viewers and browsers do.
 */
#include "images/finish.h"

#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>

enum err
scale_down(struct op *op, const struct raster *from, unsigned width,
	   unsigned height, struct raster *out)
{
	raster_init(op, out, width, height, from->channels);
	if (stbir_resize_uint8_generic(
		    from->pixels, (int)from->width, (int)from->height, 0,
		    out->pixels, (int)width, (int)height, 0,
		    (int)from->channels, STBIR_ALPHA_CHANNEL_NONE, 0,
		    STBIR_EDGE_CLAMP, STBIR_FILTER_CATMULLROM,
		    STBIR_COLORSPACE_LINEAR, NULL) != 1)
		return FAIL(op, ERR_LIMIT,
			    "the picture needs more memory than is given to "
			    "one");
	return OK;
}
