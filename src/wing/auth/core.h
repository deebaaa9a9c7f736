/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of this wing share. */
#include "model/auth.h"
#include "wing/auth/flight.h"
#include "wing/auth/known.h"
#include "wing/auth/password_store.h"
#include "wing/auth/penalty.h"

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
	char setting[PASSWORD_SETTING_MAX]; /* for who has no hash */
};

/* How far an op came: it stays in the op from one run to the next. */
struct login {
	uint8_t key[DIGEST_SIZE];    /* of what the caller sent */
	uint8_t flight[DIGEST_SIZE]; /* ... and from where */
	struct penalty_who who;
	int64_t turn_us; /* monotonic: when it may be checked */
	uint64_t since;  /* flights_take */
	bool exempt;
	bool begun;   /* it has its turn */
	bool counted; /* ... of its own, not another's that it joined */
};

void auth_count(struct auth *a, enum login_count count);

/* Nobody: the schemes that work go into `res`. ERR_AUTH. */
enum err auth_challenge(struct op *op, struct response *res,
			const char *reason);

/* Sets op->caller. */
enum err auth_caller(struct op *op, const struct mailbox *mailbox,
		     const char *login, bool remembered);

/*
 * A name and a password, from whoever is not known already. It is checked on a
 * pool, where those who guess come when it is their turn. As auth_check.
 */
enum err login_basic(struct auth *a, struct op *op, const struct request *req,
		     struct response *res, struct login *login);
