/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What stands for those who have no picture: a head and shoulders in grey. */
#include "base/bytes.h"

extern const struct bytes avatar_none; /* a JPEG of 128 pixels */
extern const char avatar_none_etag[];
