/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Passwords with which we sign in elsewhere: each lies in a file of its own. */
#include "base/op.h"

#define SECRET_MAX 1023 /* bytes */

/* The first line of a file, without its end. ERR_DENIED: it cannot be read, is
 * empty, or has more than SECRET_MAX. */
enum err secret_read(struct op *op, const char *path, const char **out);
