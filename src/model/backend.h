/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A place where scripts lie that answer mails: one row of functions for each
 * kind (wing/backend/). It knows nothing of absences: it is handed texts.
 *   ERR_DOWN     it cannot be reached now; the same call may succeed later
 *   ERR_DENIED   it is there, and does not let us
 *   ERR_INVALID  it does not take this text, or cannot have this name
 *   ERR_LIMIT    the text is longer than it takes
 */
#include "model/delivery.h"
#include "model/settings.h"

/* Words of the configuration. The milter takes no scripts, for we are asked
 * about each mail: it has no row. */
#define BACKEND_SIEVE_FILE "sieve-file"   /* for Dovecot's sieve_before */
#define BACKEND_SIEVE_SQL "sieve-sql"     /* for Dovecot's dict */
#define BACKEND_MANAGESIEVE "managesieve" /* RFC 5804 */
#define BACKEND_MILTER "milter"

struct backend;

struct backend_limits {
	uint64_t size;            /* bytes; 0: unlimited or not known */
	bool included;            /* it is run by `include` in another script */
	const char *capabilities; /* what the server says of its Sieve, words
				     between spaces; NULL: nothing */
};

struct backend_ops {
	const char *name; /* BACKEND_... */
	bool prompt;      /* put while a Set waits; else by the clerk alone */

	/* For one thread. Opens nothing outside yet. */
	enum err (*open)(struct op *op, const struct backend_section *section,
			 struct backend **out);
	void (*close)(struct backend *b);

	/* The script of a user, in the place of the one before, whole or not
	 * at all; script.p NULL: there is to be none. When it is back, a mail
	 * is answered by it, also after a power cut. */
	enum err (*put)(struct backend *b, struct op *op, const char *user,
			struct bytes script);

	/* What lies there; p NULL: nothing. */
	enum err (*get)(struct backend *b, struct op *op, const char *user,
			struct bytes *out);

	/* What a script of this user has to keep to; asked before each put. */
	enum err (*limit)(struct backend *b, struct op *op, const char *user,
			  struct backend_limits *out);

	/* Calls `found` for every user of whom something of ours lies there,
	 * where that can be told; its error ends it. */
	enum err (*list)(struct backend *b, struct op *op,
			 enum err (*found)(void *arg, struct op *op,
					   const char *user),
			 void *arg);

	/* Each step on its own, with a script that does nothing. */
	enum err (*test)(struct backend *b, struct op *op, const char *user,
			 backend_tell *tell, void *arg);
};

/* The first member of each kind's own struct. */
struct backend {
	const struct backend_ops *ops;
	const struct backend_section *section;
};

/* The kinds that take scripts, NULL behind. */
extern const struct backend_ops *const backend_kinds[];
