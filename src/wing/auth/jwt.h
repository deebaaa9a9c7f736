/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An access token: a JSON Web Token, signed, in compact form (RFC 7515, 7519).
 * What it says is looked at twice: before its signature is verified to find
 * the key, and then, from what was verified, to find out who it is. Pure.
 */
#include "base/op.h"
#include "model/settings.h"

#define JWT_MAX (8 * KIB) /* bytes */

/* What a token says of itself; not to be believed. */
struct jwt {
	const char *algorithm; /* "RS256" */
	const char *kid;       /* of the key */
	const char *issuer;
};

/* ERR_AUTH: it is no such token, or one without these, or with extensions
 * that have to be understood. */
enum err jwt_read(struct op *op, const char *token, struct jwt *out);

/* Whom a verified token is for. */
struct jwt_bearer {
	const char *user;   /* as the user claim has it; NULL: an application
			       without a user */
	const char *client; /* the application; NULL: not said */
	int64_t until;      /* the token is good before it, skew included */
};

/*
 * What the issuer wants of a token, and the time: `claims` is its verified
 * content. ERR_AUTH: it is not for us, or not now. ERR_DENIED: it lacks the
 * scope, or the role.
 */
enum err jwt_check(struct op *op, struct bytes claims,
		   const struct issuer *issuer, struct jwt_bearer *out);
