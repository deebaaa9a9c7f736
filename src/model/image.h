/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Pictures are decoded in a jailed process of their own, never here. */
#include "model/person.h"
#include "model/photo.h"

struct image;

/*
 * socket: where a worker listens; NULL, or nobody there: a worker of our own
 * is started from `program` for each picture (NULL: ERR_DOWN instead), also
 * after a change of identity to one whom its folder bars.
 */
enum err image_open(struct op *op, const char *socket, const char *program,
		    struct image **out);
void image_close(struct image *i);

/*
 * Every variant of an uploaded picture. ERR_INVALID, ERR_LIMIT: the
 * picture's fault; the op's reason is fit to be shown to its owner. ERR_DOWN:
 * the worker's. ERR_WAIT: POOL_IMAGE. out->source is filled in too.
 */
enum err image_square(struct image *i, struct op *op, struct bytes file,
		      struct photo_set *out);

/*
 * Every variant of the best of somebody's pictures, which are in the
 * order of their ranks: of the first rank of which one can be decoded, the one
 * with the most pixels. ERR_INVALID: none can be; the rest as above.
 */
enum err image_whole(struct image *i, struct op *op,
		     const struct person_picture *of, size_t n,
		     struct photo_set *out);

/* Is a worker there? For /readyz. */
enum err image_ping(struct image *i, struct op *op);
