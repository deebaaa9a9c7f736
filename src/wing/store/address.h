/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The ways to a mailbox: addresses and owners, as parts of a transaction.
 */
#include "wing/store/book.h"
#include "wing/store/core.h"

#define ADDRESS_COLUMNS "a.address, a.domain, a.mailbox, a.rank, a.sum"
#define ADDRESS_COLUMNS_N 5

enum rank { RANK_PRIMARY = 1, RANK_ALIAS = 2 };

/* ERR_NOT_FOUND: the address is not of an accepted domain. */
enum err address_organization(struct db *db, struct op *op, const char *address,
			      int64_t *out);

/* ERR_NOT_FOUND as above; ERR_CONFLICT: it is taken, or its domain belongs to
 * another organization than the mailbox. */
enum err address_add(struct db *db, struct op *op, const struct mailbox *m,
		     const char *address, enum rank rank);

/* All of a mailbox's. */
enum err address_erase(struct db *db, struct op *op, int64_t mailbox);
enum err owner_erase(struct db *db, struct op *op, int64_t mailbox);

/* A new password_version: whoever is known as the mailbox has to prove it
 * again. */
enum err mailbox_renew(struct db *db, struct op *op, int64_t id);

/* rows: MAILBOX_COLUMNS (store_mailbox.c). */
enum err mailbox_list_of_rows(struct op *op, const struct db_rows *rows,
			      struct mailbox_list *out);
