/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whose picture, and how large: the query of [MS-OXWSPHOTO] 3.1.5.1.1. */
#include "base/op.h"

struct photo_query {
	const char *email; /* as sent, decoded; holds an @ */
	unsigned edge;     /* pixels; 0: the largest there is */
};

/*
 * Pure. `query` is raw, NULL for none. Names of parameters in any case, the
 * first of a name counts, others are ignored; + stays +, for no address holds
 * a space. ERR_INVALID: not what 3.1.5.1.1 asks for, answered 400.
 */
enum err photo_query_read(struct op *op, const char *query,
			  struct photo_query *out);

/*
 * The same of /photo/ADDRESS?size=N; address NULL: there is none in the path.
 * The size may be left out, be a code as above, or a number of pixels, which
 * means the nearest picture that is no smaller. ERR_INVALID: 400.
 */
enum err photo_path_read(struct op *op, const char *address, const char *query,
			 struct photo_query *out);
