/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Addresses by what Gravatar and Libravatar make of them: two keys for each,
 * of its MD5 and of its SHA-256. A key leads to the mailbox, whose addresses
 * tell which of them it was.
 */
#include "wing/store/db.h"

/* Parts of a transaction that changes an address of the mailbox. */
enum err avatar_add(struct db *db, struct op *op, int64_t mailbox,
		    const char *address);
enum err avatar_forget(struct db *db, struct op *op, int64_t mailbox,
		       const char *address);
enum err avatar_erase(struct db *db, struct op *op, int64_t mailbox);

/* Is the address found by both of its keys? */
enum err avatar_is_known(struct db *db, struct op *op, int64_t mailbox,
			 const char *address, bool *out);

/* Everybody's: the step of migrate.c that has made the table. */
enum err avatar_fill(struct db *db, struct op *op);
