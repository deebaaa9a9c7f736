/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The size codes of [MS-OXWSPHOTO] 3.1.5.1.1. Pure. */
#include "model/photo.h"

/*
 * Reads a size code, "HR96x96" in any case. *edge: pixels; 0: the largest
 * picture there is, for a size outside the table where the site allows that
 * . ERR_INVALID: no size code.
 */
enum err photo_size_read(struct op *op, const char *text, unsigned *edge);

/* The edge to ask the store for, to get the nearest picture that is no smaller
 * than so many pixels; where all are smaller, the largest. 0: the largest. */
#define PHOTO_PIXELS_WANTED_MAX 10000
unsigned photo_size_above(unsigned pixels);
