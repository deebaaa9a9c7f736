/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whose avatar, how large, and what if there is none. */
#include "base/digest.h"
#include "base/op.h"

#define AVATAR_PIXELS 80      /* when none are asked for */
#define AVATAR_PIXELS_MAX 512 /* Libravatar's; Gravatar has 2048 */

struct avatar_query {
	uint8_t digest[DIGEST_SIZE];
	size_t digest_n; /* bytes: of an MD5 or a SHA-256 */
	unsigned edge;   /* pixels, as photo_size_above gives them */
	bool none_is_404;
	bool forced; /* as if there were none */
};

/*
 * Pure. `name` is what stands in the path, NULL for nothing: hex digits in
 * any case, perhaps with .jpg or another picture's ending behind. A size that
 * is none is passed over, as Libravatar does. ERR_NOT_FOUND: no digest;
 * ERR_INVALID: a query that nobody can read.
 */
enum err avatar_query_read(struct op *op, const char *name, const char *query,
			   struct avatar_query *out);
