/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A conversation with a ManageSieve server, for one user after another: RFC
 * 5804. ERR_DOWN, ERR_DENIED, ERR_INVALID and ERR_LIMIT as in model/backend.h,
 * ERR_NOT_FOUND where it says NONEXISTENT. The reason names the server.
 */
#include "model/backend.h"
#include "wing/backend/managesieve_line.h"

#define MS_SIEVE_MAX (4 * KIB)   /* bytes of the names of extensions */
#define MS_SCRIPT_MAX (17 * MIB) /* no script is longer */

struct line_link;

struct ms_link {
	const struct backend_section *section;
	struct line_link *line; /* NULL: there is none */
	char *user;             /* who has signed in; NULL: nobody */
	struct {
		bool starttls, plain, unauthenticate;
		bool dovecot; /* it is Pigeonhole */
		char sieve[MS_SIEVE_MAX];
	} can;
};

/* Opens nothing yet. */
void ms_link_init(struct ms_link *l, const struct backend_section *section);
void ms_link_done(struct ms_link *l);

/* Step by step. A failure of any leaves no connection. */
enum err ms_link_connect(struct op *op, struct ms_link *l);
enum err ms_link_secure(struct op *op, struct ms_link *l);
enum err ms_link_sign_in(struct op *op, struct ms_link *l, const char *user);

/* All of them, or nothing where this user has signed in and the server is
 * still there. What it can is asked anew. */
enum err ms_link_for(struct op *op, struct ms_link *l, const char *user);

/* Can it run scripts with this extension? */
bool ms_link_can(const struct ms_link *l, const char *extension);

struct ms_ask {
	const char *what;   /* for the reason: "PUTSCRIPT frontdesk" */
	struct bytes bytes; /* the command, with its end */
	enum err no;        /* what a NO without a code that we know means */
	/* Called for each line of data; NULL: none are expected. */
	enum err (*found)(void *arg, struct op *op, const struct ms_line *line);
	void *arg;
	struct ms_line *said; /* the OK; NULL: nobody wants to know */
};

/* One command. A NO leaves the connection as it is. */
enum err ms_ask(struct op *op, struct ms_link *l, const struct ms_ask *ask);
