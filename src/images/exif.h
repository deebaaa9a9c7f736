/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The one thing of EXIF that matters here: which side is up. */
#include "base/bytes.h"

/*
 * 1 to 8, as EXIF 4.6.5 has them; 1 when the bytes tell nothing. They may
 * begin with "Exif\0\0", as in JPEG.
 */
unsigned exif_orientation(struct bytes exif);
