/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Content codings of request bodies. */
#include "base/op.h"

enum coding { CODING_IDENTITY = 1, CODING_GZIP, CODING_UNKNOWN };

#define CODING_MEMBERS_MAX 64 /* gzip members in one body, RFC 1952 2.2 */

/* header: Content-Encoding as sent; NULL or "": none. */
enum coding coding_find(const char *header);

/*
 * Takes the coding off. ERR_LIMIT: more than `max` bytes come out, found out
 * with no more than that in memory; ERR_INVALID: damaged, cut, or something
 * behind its end.
 */
enum err coding_decode(struct op *op, enum coding coding, struct bytes in,
		       size_t max, struct bytes *out);
