/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What lies at backends, as parts of a transaction: each change that a script
 * depends on marks the rows of the mailboxes concerned. What changes with every
 * mark stands outside the row's sum, so that one statement marks thousands.
 */
#include "model/publication.h"
#include "wing/store/core.h"

#define PUBLICATION_COLUMNS                                                    \
	"b.mailbox, b.backend, b.name, b.there, b.digest, b.since, b.reason, " \
	"b.sum"
#define PUBLICATION_COLUMNS_N 8 /* with the sum */

/* Something else is wanted of a mailbox that was ever absent; nothing while no
 * backend is configured. */
enum err publication_want(struct db *db, struct op *op, int64_t mailbox);

/* The same, and from now on it was. */
enum err publication_want_first(struct db *db, struct op *op, int64_t mailbox);

/* Of all of an organization for whom something lies anywhere, or ought to:
 * whoever else is told nothing by his script is so with other domains, too. */
enum err publication_want_inside(struct db *db, struct op *op,
				 int64_t organization);

/* Of a mailbox that answers only whom it knows, or (CONTACT_SHARED) of all that
 * do. */
enum err publication_want_known(struct db *db, struct op *op, int64_t mailbox);

/* Of one that is removed: the row stays until nothing lies anywhere. */
enum err publication_erase(struct db *db, struct op *op, int64_t mailbox);

/* In a copy of a store: what lay where the backup was made may lie nowhere
 * now, or may be another. */
enum err publication_restored(struct db *db, struct op *op);
