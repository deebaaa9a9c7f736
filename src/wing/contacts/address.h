/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An address on a card as the store wants it. */
#include "base/op.h"

/* False: it is none. */
bool contacts_address(struct op *op, const char *text, const char **out);
