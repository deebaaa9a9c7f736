/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of this wing share.
 *   auth.c         the table of schemes; who is known from a moment ago
 *   scheme.h       what a scheme is: Basic (login.c), ...
 *   password.h     what a source of passwords is, for Basic: password_x.c
 *   login.c        a name and a password: turns, then the check by its source
 *   negotiate.c    a Kerberos ticket; negotiate_name.c knows whose it is
 *   bearer.c       an access token: jwt.c reads it, jwks.c verifies it with
 *                  the keys that keys.c has
 */
#include "model/auth.h"
#include "wing/auth/flight.h"
#include "wing/auth/known.h"
#include "wing/auth/password.h"
#include "wing/auth/password_store.h"
#include "wing/auth/penalty.h"
#include "wing/auth/scheme.h"

enum login_count {
	COUNT_REMEMBERED,
	COUNT_HASHED,
	COUNT_FAILED,
	COUNT_DELAYED,
	COUNT_JOINED,
	COUNT_COUNT,
};

/* What the workers share. */
struct shared {
	uint8_t key[DIGEST_SIZE]; /* of this start of the server */
	_Atomic uint64_t count[COUNT_COUNT];
	struct known known;
	struct penalties penalties;
};

struct auth {
	struct store *store;
	struct directory *directory;
	struct shared *shared;
	struct flights *flights;
	struct keys *keys;                  /* of issuers; bearer.c */
	char setting[PASSWORD_SETTING_MAX]; /* password_store.c: for who has no
					       hash */
};

/* How far an op came: it stays in the op from one run to the next. */
struct login {
	uint8_t key[DIGEST_SIZE];    /* of what the caller sent */
	uint8_t flight[DIGEST_SIZE]; /* ... and from where */
	struct penalty_who who;
	int64_t turn_us; /* monotonic: when it may be checked */
	uint64_t since;  /* flights_take */
	struct password_found
		*found; /* password_directory.c: before the hash */
	bool exempt;
	bool begun;   /* it has its turn */
	bool counted; /* ... of its own, not another's that it joined */
};

void auth_count(struct auth *a, enum login_count count);
