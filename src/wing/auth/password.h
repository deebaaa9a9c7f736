/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who knows whether a password is right: the setting login.passwords names one.
 * To add one: a file password_x.c with its struct password_source, its row in
 * password.c, and its word in the setting's row.
 */
#include "model/auth.h"

/* A name and a password, to be checked. */
struct password_attempt {
	const char *name; /* as it was sent */
	const char *password;
	const struct source *source;   /* whence */
	const struct mailbox *mailbox; /* who that name is; NULL: nobody. A
					  source that knows better changes it */
	const char *canonical;         /* the name that the source has for him,
					  where it is another; else NULL */
};

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
	 * Is it this user's? Nobody's must take as long as a wrong password.
	 * OK: it is right, and try->mailbox is whose; NULL: of somebody who has
	 * none. ERR_AUTH: no, and op->reason says why. ERR_DOWN, ERR_INTERNAL:
	 * nobody could find out, and it counts for no failure.
	 */
	enum err (*check)(struct auth *a, struct op *op,
			  struct password_attempt *try);

	/* Is it there? For who administers it. NULL: always. */
	enum err (*ping)(struct op *op);
};

/* The one that is set. */
const struct password_source *password_source(const struct op *op);

/* All of them, for this process. */
enum err password_sources_open(struct auth *a, struct op *op);
void password_sources_close(struct auth *a);

/* What remembers for as long as login.remember_other_s says. */
int64_t password_remember_other_s(const struct op *op);

extern const struct password_source password_store;     /* our own hashes */
extern const struct password_source password_dovecot;   /* Dovecot's socket */
extern const struct password_source password_directory; /* whose he is */
