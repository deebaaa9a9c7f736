/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A JSON Web Key Set (RFC 7517): public keys for RS256 and ES256, all others
 * are passed over. Never changed once read; counted, so that a thread that
 * uses it and one that forgets it need not know of each other.
 */
#include "base/op.h"

#define JWKS_MAX (256 * KIB) /* bytes of a set */
#define JWKS_KEYS_MAX 128    /* keys of ours in it */
#define JWKS_RSA_BITS_MIN 2048
#define JWKS_RSA_BITS_MAX 8192

struct jwks;

/* ERR_INVALID: it is no such set, or none of its keys is of use. */
enum err jwks_read(struct op *op, struct bytes json, struct jwks **out);

struct jwks *jwks_hold(struct jwks *set);
void jwks_drop(struct jwks *set); /* takes NULL */

size_t jwks_count(const struct jwks *set);

/*
 * Is the token signed by the key of that name? Its content, then, in the op.
 * ERR_NOT_FOUND: there is no such key for that algorithm. ERR_AUTH: it is not.
 * Thread-safe.
 */
enum err jwks_verify(const struct jwks *set, struct op *op, const char *token,
		     const char *algorithm, const char *kid,
		     struct bytes *claims);
