/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A password against its crypt(5) hash. */
#include "base/op.h"

#define PASSWORD_SETTING_MAX 192 /* bytes: CRYPT_GENSALT_OUTPUT_SIZE */

/* A setting of what password_make makes, to check against where there is no
 * hash: it takes the same time. ERR_DOWN. */
enum err password_setting(struct op *op, char out[PASSWORD_SETTING_MAX]);

/* A hash with a fresh salt. ERR_DOWN: no randomness or memory. */
enum err password_make(struct op *op, const char *password, const char **out);

/*
 * OK: it is right. ERR_AUTH: it is not. `hash` NULL: it never is, but the same
 * work is done on `setting`. ERR_DOWN: no memory; ERR_INTERNAL: not a hash.
 */
enum err password_check(struct op *op, const char *password, const char *hash,
			const char *setting);
