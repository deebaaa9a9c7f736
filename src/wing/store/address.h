/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The ways to a mailbox: addresses and owners, as parts of a transaction.
 */
#include "wing/store/book.h"
#include "wing/store/core.h"

#define ADDRESS_COLUMNS "a.address, a.domain, a.mailbox, a.rank, a.sum"
#define ADDRESS_COLUMNS_N 5

/* On the disk. A given alias is one that a source outside tells of: it goes
 * when that does no more. */
enum rank { RANK_PRIMARY = 1, RANK_ALIAS = 2, RANK_GIVEN = 3 };

/* ERR_NOT_FOUND: the address is not of an accepted domain. */
enum err address_organization(struct db *db, struct op *op, const char *address,
			      int64_t *out);

/* ERR_NOT_FOUND as above; ERR_CONFLICT: it is taken, or its domain belongs to
 * another organization than the mailbox. */
enum err address_add(struct db *db, struct op *op, const struct mailbox *m,
		     const char *address, enum rank rank);

/* Another rank of one that is the mailbox's. */
enum err address_rank(struct db *db, struct op *op, int64_t mailbox,
		      const char *address, enum rank rank);

/* One that is the mailbox's; whoever is known by it has to be asked anew. */
enum err address_drop(struct db *db, struct op *op, int64_t mailbox,
		      const char *address);

/* All of a mailbox's. */
enum err address_erase(struct db *db, struct op *op, int64_t mailbox);
enum err owner_erase(struct db *db, struct op *op, int64_t mailbox);

/* A new password_version: whoever is known as the mailbox has to prove it
 * again. */
enum err mailbox_renew(struct db *db, struct op *op, int64_t id);

/* The row of a mailbox, on any connection. */
enum err mailbox_read(struct db *db, struct op *op, int64_t id,
		      const struct mailbox **out);

/* Its row and that of its absence, with a new number in m->id. */
enum err mailbox_make(struct db *db, struct op *op, struct mailbox *m);

/* Its row anew. */
enum err mailbox_write(struct db *db, struct op *op, const struct mailbox *m);

/* rows: MAILBOX_COLUMNS (store_mailbox.c). */
enum err mailbox_list_of_rows(struct op *op, const struct db_rows *rows,
			      struct mailbox_list *out);
