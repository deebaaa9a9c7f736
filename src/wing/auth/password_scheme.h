/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A password against a hash of somebody else's, as Dovecot has them: {SCHEME}
 * before the hash, perhaps with how it is written ({SHA256.HEX}); without a
 * scheme it is one of crypt(5), or of Argon2.
 */
#include "base/op.h"

/* What a check may cost, whatever the hash says. */
#define SCHEME_ROUNDS_MAX 10000000
#define SCHEME_MEMORY_MAX 262144 /* KiB */
#define SCHEME_LANES_MAX 16
#define SCHEME_BCRYPT_MAX 16   /* of its rounds, the logarithm */
#define SCHEME_YESCRYPT_MAX 15 /* crypt(5)'s D: 256 MiB */

/*
 * OK: it is right. ERR_AUTH: it is not. ERR_INTERNAL: nobody can tell, for the
 * scheme is unknown, or the hash damaged or too dear; the reason never shows
 * it. ERR_DOWN: no memory.
 */
enum err scheme_check(struct op *op, const char *password, const char *hash);
