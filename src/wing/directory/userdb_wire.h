/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What Dovecot's userdb socket is asked, and says: its auth-master protocol of
 * major version 1, as in wire/dovecot_link.h. Pure.
 */
#include "wire/dovecot_link.h"

/* What a client says first. */
struct bytes userdb_hello(void);

/* ERR_NOT_FOUND: a name that nobody has there: with control characters. */
enum err userdb_query(struct op *op, const char *user, struct bytes *out);

/* Everybody. */
struct bytes userdb_list(void);

enum userdb_word {
	USERDB_OTHER, /* to be passed over */
	USERDB_VERSION,
	USERDB_USER,
	USERDB_NOTFOUND,
	USERDB_FAIL,
	USERDB_LIST,
	USERDB_DONE,
};

/* A line of Dovecot's. */
struct userdb_answer {
	enum userdb_word word;
	bool ours;          /* to the one question of its connection */
	const char *first;  /* its first parameter, "": none */
	const char *user;   /* canonical, or in the list; "": none */
	const char *name;   /* the wanted field; NULL: not said */
	const char *reason; /* of a failure; NULL: not said */
	bool failed;        /* the list is not whole */
};

/* field: the one with a person's name; NULL: none. ERR_DOWN: it cannot be
 * understood. */
enum err userdb_read(struct op *op, struct bytes line, const char *field,
		     struct userdb_answer *out);
