/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whom a mailbox answered, and the mails that are on their way: two rows of one
 * number, which is that of the change and so never given again.
 */
#include "model/answered.h"
#include "wing/store/core.h"

#define ANSWERED_COLUMNS                                                       \
	"w.id, w.mailbox, w.period, w.sender, w.recipient, w.message_id, "     \
	"w.internal, w.state, w.at, w.settled, w.via, w.reason, w.sum"
#define ANSWERED_COLUMNS_N 13

/* Time and number of tries stand outside the sum, which would want the whole
 * mail to be read. */
#define OUTBOX_COLUMNS                                                         \
	"x.id, x.mailbox, x.sender, x.recipient, x.utf8, x.mail, x.at, x.sum"
#define OUTBOX_COLUMNS_N 8

/* Verifies the sum. */
enum err answered_of_row(struct op *op, const struct db_value *row,
			 struct answered *out);

/* On any connection. ERR_NOT_FOUND: there is none. */
enum err answered_read(struct db *db, struct op *op, int64_t id,
		       struct answered *out);
enum err answered_insert(struct db *db, struct op *op,
			 const struct answered *in);

/* Its state, since now, and why. */
enum err answered_update(struct db *db, struct op *op, struct answered *in,
			 enum answered_state state, const char *reason);

enum err outbox_insert(struct db *db, struct op *op,
		       const struct outbox_mail *in);

/* All of a mailbox that is removed. */
enum err answered_erase(struct db *db, struct op *op, int64_t mailbox);

/* In a copy of a store: what waited when the backup was made was probably sent
 * since. */
enum err answered_restored(struct db *db, struct op *op);

/* Those that need not be remembered any more. */
enum err answered_forget(struct store *s, struct op *op, unsigned keep_days);
