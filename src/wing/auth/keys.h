/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The keys of issuers, as a process knows them: from the file that is set, or
 * from the one in which the clerk keeps what it fetched (keys_fetch.c). A file
 * is read again when it has changed.
 */
#include "model/auth.h"
#include "wing/auth/jwks.h"

struct keys;

struct keys *keys_open(void); /* NULL: no memory */
void keys_close(struct keys *k);

/*
 * The set that counts now; jwks_drop it. A file that has become unreadable
 * leaves the one before in force. ERR_DOWN: there is none.
 */
enum err keys_get(struct keys *k, struct op *op, const struct issuer *issuer,
		  struct jwks **out);

/* The issuer has signed with a key that is not known: the clerk may look
 * earlier. May be called for every token. */
void keys_ask(struct op *op, const struct issuer *issuer);

/* Are they fetched, and not just read? */
bool keys_are_remote(const struct issuer *issuer);

/* ---- files of what is fetched ---- */

#define KEYS_FOLDER "keys"   /* in the data folder */
#define KEYS_FETCHED "json"  /* what came last */
#define KEYS_WANTED "wanted" /* when a worker asked for more */
#define KEYS_FAILED "failed" /* "NUMBER REASON": failures one after another */

const char *keys_path(struct op *op, const struct issuer *issuer,
		      const char *kind);

/* The file that the keys are read from. */
const char *keys_file(struct op *op, const struct issuer *issuer);

/* All of a small file; nothing changed is kept of it. ERR_NOT_FOUND: there is
 * none. ERR_LIMIT: it has more than `most` bytes. ERR_DOWN. */
enum err keys_file_read(struct op *op, const char *path, size_t most,
			struct bytes *out);
