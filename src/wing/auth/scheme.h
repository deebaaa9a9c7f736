/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A way to log in. To add one: a file with its struct auth_scheme, and its row
 * in auth.c. It is found by the first word of the Authorization header.
 */
#include "model/auth.h"

struct login;

struct auth_scheme {
	const char *name;       /* "Basic": in both headers */
	size_t credentials_max; /* bytes of the Authorization header's value */

	/* What one process keeps for it, in a->... ; both may be NULL. It may
	 * not depend on settings, which can change while the process lives. */
	enum err (*open)(struct auth *a, struct op *op);
	void (*close)(struct auth *a);

	/* Does it work with the present settings? If not it is offered to
	 * nobody. NULL: always. */
	bool (*works)(const struct auth *a, const struct op *op);

	/* The parameters of its challenge. NULL: it has none. */
	const char *(*parameters)(const struct auth *a, struct op *op);

	/* For how many seconds, as settings are now, a success is good for the
	 * same header again (auth_remember). NULL: never, as of what may be
	 * sent but once. */
	int64_t (*remember_s)(const struct op *op);

	/* Who is it? As auth_check, of which it is the last step: OK by
	 * auth_caller, ERR_AUTH by auth_challenge. */
	enum err (*check)(struct auth *a, struct op *op,
			  const struct request *req, struct response *res,
			  struct login *login);
};

extern const struct auth_scheme basic_scheme; /* login.c */
extern const struct auth_scheme negotiate_scheme;
extern const struct auth_scheme bearer_scheme;

/* What stands behind the scheme's name. Spaces around it are no part of it. */
const char *auth_credentials(struct op *op, const struct request *req);

/*
 * Nobody: the schemes that work go into `res`, Basic first. ERR_AUTH, with the
 * reason for the log.
 */
enum err auth_challenge(struct auth *a, struct op *op, struct response *res,
			const char *reason);

/* The same, where a scheme has other parameters than usual, like Bearer's
 * error="invalid_token"; with NULL it is not offered at all. */
enum err auth_challenge_of(struct auth *a, struct op *op, struct response *res,
			   const struct auth_scheme *scheme,
			   const char *parameters, const char *reason);

/* Sets op->caller. */
enum err auth_caller(struct op *op, const struct mailbox *mailbox,
		     const char *login, bool remembered);

/* The header that `login` came with is this mailbox's for so many seconds: all
 * workers know it, until the mailbox's password_version changes. */
void auth_remember(struct auth *a, const struct op *op,
		   const struct login *login, const struct mailbox *mailbox,
		   int64_t life_s);
