/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The address book: by what a colleague may look for somebody. Each mailbox
 * has an entry for each address and, of its name, for each word and what
 * follows it; they are found by their beginnings, within an organization.
 */
#include "wing/store/db.h"

struct mailbox;

#define BOOK_WORDS_MAX 8   /* of one name */
#define BOOK_ENTRY_MAX 512 /* bytes; what is longer is cut */

/* The entries of a mailbox anew: whenever its name or an address changes. */
enum err book_write(struct db *db, struct op *op, const struct mailbox *m);

enum err book_erase(struct db *db, struct op *op, int64_t mailbox);

/* That of one address. */
enum err book_forget(struct db *db, struct op *op, int64_t mailbox,
		     const char *address);

/* Everybody's: the step of migrate.c that has made the table. */
enum err book_fill(struct db *db, struct op *op);
