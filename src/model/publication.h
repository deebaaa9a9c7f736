/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What lies at backends: scripts that answer mails; kept by the store, with its
 * errors (model/store.h). */
#include "model/store.h"

#define PUBLICATION_TEXT_MAX 1024 /* bytes of a user, a title, a reason */

/*
 * Of a mailbox that was ever absent; written with every change that its script
 * depends on (absence, name, zone, policy, aliases, contacts, domains), in the
 * same commit, while op->settings has a backend section. It stays when the
 * mailbox is removed, until nothing lies anywhere.
 */
struct publication {
	int64_t mailbox;
	int64_t wanted, done; /* numbers of states; equal: nothing to do */
	int64_t due;          /* when to try, if there is something to do */
	unsigned tries;       /* in vain, one after another */
	const char *backend;  /* title of the section where something lies, or
				 lay last; "": nowhere */
	const char *user;     /* under which name */
	bool there;           /* something lies there: ... */
	uint8_t digest[32];   /* ... of which this is the SHA-256 */
	int64_t since;        /* when `done` came into force; 0: never */
	const char *reason;   /* why it is not done yet, or what is left out */
};

/* ERR_NOT_FOUND: never absent, or never with a backend. */
enum err store_publication_get(struct store *s, struct op *op, int64_t mailbox,
			       struct publication *out);

struct publication_list {
	size_t n;
	const struct publication *row;
};

/* Those that are due by the op's clock, the longest waiting first; damage as
 * in store_outbox_due. */
enum err store_publication_due(struct store *s, struct op *op, size_t most,
			       struct publication_list *out);
/* All, in the order of mailbox ids, behind `after`. */
enum err store_publication_list(struct store *s, struct op *op, int64_t after,
				size_t most, struct publication_list *out);

/*
 * How far it came; in->wanted is the one that was read, and makes the row if
 * there is none. Nothing there, all done, and no such mailbox: the row goes.
 * ERR_CONFLICT: something else is wanted by now (where something lies, and the
 * reason, is kept all the same).
 */
enum err store_publication_put(struct store *s, struct op *op,
			       const struct publication *in);

/* Something else is wanted of all that were ever stored (organization 0), or
 * of one organization's. Makes the rows that are missing. In several
 * transactions: whoever is stopped in between calls it again. */
enum err store_publication_want(struct store *s, struct op *op,
				int64_t organization);

struct publication_count {
	uint64_t in_force; /* what is wanted lies there */
	uint64_t waiting;  /* something else is wanted, and not tried yet */
	uint64_t failing;  /* ... and tried in vain */
};
enum err store_publication_count(struct store *s, struct op *op,
				 struct publication_count *out);
