/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Dovecot's authentication protocol, as its client speaks it. Major version 1,
 * which Dovecot 2.0 to 2.4 have. Each question has a connection of its own: one
 * that is kept would keep the auth process alive that Dovecot has replaced, or
 * that was told to end, with the passwords of before.
 */
#include "wire/dovecot_link.h"

/* What a client says first. client: a number that no other client has. */
struct bytes dovecot_hello(struct op *op, uint32_t client);

struct dovecot_query {
	uint32_t id; /* not 0 */
	const char *user;
	const char *password;
	const char *rip; /* the client's address; NULL: it has none */
};

/* One check by PLAIN, as a line. ERR_LIMIT: it would be too long. */
enum err dovecot_query(struct op *op, const struct dovecot_query *in,
		       struct bytes *out);

enum dovecot_word {
	DOVECOT_OTHER, /* to be passed over */
	DOVECOT_VERSION,
	DOVECOT_MECH,
	DOVECOT_DONE,
	DOVECOT_OK,
	DOVECOT_FAIL,
	DOVECOT_CONT,
};

/* A line of Dovecot's. */
struct dovecot_answer {
	enum dovecot_word word;
	const char *first; /* its first parameter; "": none */
	uint32_t id;       /* that as a number; 0: it is none */
	const char *user;  /* NULL, like all that follow: not said */
	const char *reason;
	const char *code;
	const char *master; /* who logged in as that user */
	bool temporary, disabled, expired, refused, nologin, proxied;
};

/* The line comes without its end. ERR_DOWN: it cannot be understood. */
enum err dovecot_read(struct op *op, struct bytes line,
		      struct dovecot_answer *out);

/*
 * What an answer to a check means. OK: the password is right. ERR_AUTH: it is
 * not, or the user may not log in. ERR_DOWN: Dovecot could not, or did not,
 * find out.
 */
enum err dovecot_verdict(struct op *op, const struct dovecot_answer *answer);

/*
 * Asks, and waits for the answer until the op's deadline; in->id is filled in.
 * ERR_DOWN: Dovecot is not there, too slow, or speaks another protocol.
 */
enum err dovecot_ask(struct op *op, const char *socket,
		     struct dovecot_query *in, struct dovecot_answer *out);

/* Is Dovecot there, and does it take PLAIN? ERR_DOWN. */
enum err dovecot_greet(struct op *op, const char *socket);
