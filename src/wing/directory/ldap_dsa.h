/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Connections to directories' servers (a server of LDAP is a DSA). Each thread
 * keeps its own: one for questions, bound as the section says, and one on which
 * people's passwords are tried, to each server. A server that is down is passed
 * over for some seconds.
 */
#include "wing/directory/source.h"

#include <ldap.h>

#define DSA_MESSAGE_MAX (24 * MIB) /* of what one entry may have */

enum dsa_as {
	DSA_READER = 1, /* bound */
	DSA_LOGIN,      /* not bound: for one bind after the other */
};

struct dsa {
	LDAP *ld;
	int fd; /* -1: none */
	const char *uri;
	enum dsa_as as;
	bool tls;
	bool sealed;      /* by TLS, or it is this machine */
	bool dead;        /* not to be used again */
	bool heavy;       /* pictures are asked for, of whatever size */
	int64_t until_us; /* monotonic: when the server has to have answered */
	int64_t end_us;   /* when it is no longer good: its ticket's; 0: none */
	int64_t used_us;  /* when it was last */

	/* where it is kept */
	size_t section, server;
	struct dsa *next;
};

/* What is done on a connection. ERR_DOWN: the next server may be better. */
typedef enum err dsa_use(struct op *op, struct dsa *dsa, void *arg);

struct dsa_wish {
	const struct source *source;
	enum dsa_as as;
	const struct source_query
		*query; /* who is told of the steps; or NULL */
};

/*
 * Does it on the first server that is there; once more, on a new connection,
 * when a kept one turned out to be closed. ERR_DOWN: none is there.
 */
enum err dsa_run(struct op *op, const struct dsa_wish *wish, dsa_use *use,
		 void *arg);

/* ---- while it is used ---- */

/* From now on the server has the section's timeout again. */
void dsa_begin(struct op *op, struct dsa *dsa,
	       const struct directory_section *section);

/* The next message of that answer, or all of it. ERR_DOWN: it does not come;
 * the connection is dead. The caller's to free. */
enum err dsa_wait(struct op *op, struct dsa *dsa, int id, bool all,
		  LDAPMessage **out);

/* What a result means that is no success; says `what` was tried. */
enum err dsa_fail(struct op *op, struct dsa *dsa, int result, const char *what);

/* What the server said beside it; "" when nothing. */
const char *dsa_said(struct op *op, const struct dsa *dsa);

/* The result in a message, whose other parts are dropped. */
enum err dsa_outcome(struct op *op, struct dsa *dsa, LDAPMessage *message,
		     int *out);

void dsa_message_drop(LDAPMessage **message);

/* ---- opening: ldap_dsa_open.c ---- */

/* Connected, TLS where it has to be, bound where it is asked for. */
enum err dsa_open(struct op *op, const struct directory_section *section,
		  const char *uri, const struct dsa_wish *wish,
		  struct dsa **out);

/* Takes NULL. */
void dsa_close(struct dsa *dsa);

/* Tells the one who wants to know. */
void dsa_tell(const struct dsa_wish *wish, const char *what, const char *found);

/* ldapi://, a socket of this machine? */
bool dsa_is_socket(const char *uri);

/* The socket, and the handle on it; dsa->uri says where: ldap_dsa_socket.c. */
enum err dsa_connect(struct op *op, struct dsa *dsa);

/* By Kerberos, with the section's keytab: ldap_dsa_kerberos.c. */
enum err dsa_bind_kerberos(struct op *op, struct dsa *dsa,
			   const struct directory_section *section);
