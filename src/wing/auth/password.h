/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who knows whether a password is right: the setting login.passwords names one.
 * To add one: a file password_x.c with its struct password_source, its row in
 * password.c, and its word in the setting's row.
 */
#include "model/auth.h"

struct password_source {
	const char *name; /* in the setting */
	enum pool pool;   /* on whose threads `check` waits */

	/* What one process keeps for it, in a->... ; both may be NULL. */
	enum err (*open)(struct auth *a, struct op *op);
	void (*close)(struct auth *a);

	/* For how many seconds a success is remembered at most. Whatever it
	 * says, a changed password_version of the mailbox ends it. */
	int64_t (*remember_s)(const struct op *op);

	/*
	 * Is it this user's? `name` is as it was sent, `mailbox` is who that
	 * is; NULL: nobody, which must take as long as a wrong password. OK;
	 * ERR_AUTH: no, and op->reason says why; ERR_DOWN, ERR_INTERNAL: nobody
	 * could find out, and it counts for no failure.
	 */
	enum err (*check)(struct auth *a, struct op *op, const char *name,
			  const char *password, const struct mailbox *mailbox);
};

/* The one that is set. */
const struct password_source *password_source(const struct op *op);

/* All of them, for this process. */
enum err password_sources_open(struct auth *a, struct op *op);
void password_sources_close(struct auth *a);

/* What remembers for as long as login.remember_other_s says. */
int64_t password_remember_other_s(const struct op *op);

extern const struct password_source password_store; /* our own hashes */
