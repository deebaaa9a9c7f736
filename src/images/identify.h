/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What kind of file is this? Told by its first bytes, never by a name. */
#include "base/op.h"

enum picture_kind {
	PICTURE_JPEG = 1,
	PICTURE_PNG,
	PICTURE_WEBP,
};

/*
 * ERR_INVALID: a kind that is not taken (the reason says which and what to do
 * instead), no picture, or a file that is a picture and something else too.
 */
enum err identify(struct op *op, struct bytes file, enum picture_kind *out);
