/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Do nginx and our module fit together? */
#include "base/op.h"

/* OK: this nginx loads this module. ERR_INVALID: it does not, and the reason
 * has what it says about it. */
enum err check_module(struct op *op, const char *nginx, const char *module,
		      const char *prefix);
