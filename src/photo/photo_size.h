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
