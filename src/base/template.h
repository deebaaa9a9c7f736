/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Settings that stand for more than one value, filled in with a name: %u is all
 * of it, %n what is before its last @ (all, without one), %d what is behind
 * (nothing, without one), and %% one %. Any other % is itself.
 */
#include "base/buf.h"

#define TEMPLATE_MAX (4 * KIB) /* bytes of what comes out */

/* Writes a value as the place that it goes to wants it. NULL: as it is. */
typedef void template_escape(struct buf *to, struct bytes value);

/* A value as a part of a URL: every byte escaped but letters, digits, -._~ */
void template_url(struct buf *to, struct bytes value);

/* ERR_LIMIT: more than TEMPLATE_MAX. */
enum err template_fill(struct op *op, const char *pattern, const char *name,
		       template_escape *escape, const char **out);
