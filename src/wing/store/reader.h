/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Each thread that reads has its own connection to each file, and its own
 * small cache, which is good while nobody has committed. When somebody has,
 * the change log says what to forget.
 */
#include "model/store.h"
#include "wing/store/cache.h"
#include "wing/store/db.h"

struct readers;

struct reader {
	struct db *db[DB_PARTS];   /* NULL: not opened yet */
	struct cache *small;       /* everything but pictures; or NULL */
	struct cache *pictures;    /* or NULL */
	int64_t version[DB_PARTS]; /* db_version that the caches are good for */
	bool stamped[DB_PARTS];    /* stamp is of no later than version */
	uint8_t stamp[DB_PARTS][DB_STAMP_SIZE];
	int64_t seq[DB_PARTS]; /* last change that they know of */
	unsigned cache_kib;    /* of pages, for each connection */
	struct readers *all;
	struct reader *next;
};

/* Kinds of rows of the change log: never renumbered, they are on the disk. */
enum change {
	CHANGE_MAILBOX = 1,     /* mailbox */
	CHANGE_ADDRESS = 2,     /* name: it leads elsewhere now */
	CHANGE_OWNER = 3,       /* mailbox, other: account */
	CHANGE_OOF = 4,         /* mailbox */
	CHANGE_PHOTO = 5,       /* mailbox */
	CHANGE_DOMAIN = 6,      /* name */
	CHANGE_CONTACT = 7,     /* mailbox */
	CHANGE_PERSON = 8,      /* mailbox */
	CHANGE_PUBLICATION = 9, /* mailbox; 0: many */
	CHANGE_ANSWERED = 10,   /* mailbox; 0: many */
};

/* path: of the files; must outlive it, as `options` must. */
enum err readers_open(struct op *op, const struct store_options *options,
		      const char *const path[DB_PARTS], struct readers **out);

/* No thread may be reading. Takes NULL. */
void readers_close(struct readers *all);

/* This thread's reader, with what it keeps of this file up to date. */
enum err reader_get(struct readers *all, struct op *op, enum db_part part,
		    struct reader **out);

/* Writes a row of the change log; part of the change's transaction. */
enum err change_add(struct db *db, struct op *op, enum change kind,
		    int64_t mailbox, int64_t other, const char *name);
