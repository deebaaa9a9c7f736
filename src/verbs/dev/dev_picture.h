/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A picture of nobody, for who has none at hand. */
#include "base/op.h"

/* A PNG of a head and shoulders, drawn. */
enum err dev_picture(struct op *op, struct bytes *out);
