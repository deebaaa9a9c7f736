/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Answers and their mails, for the tests of both. */
#include "model/answered.h"
#include "store_fixture.h"

#define NOW INT64_C(1700000000)
#define DAY_S 86400

static const struct answered_limits unlimited;

static inline struct op *
op_at(struct fixture *f, int64_t now)
{
	struct op *op = fixture_op(f);

	op->now = now;
	return op;
}

/* An answer of the first period and its mail. */
struct answer {
	struct answered row;
	struct outbox_mail mail;
};

static inline struct answer
answer_of(int64_t mailbox, const char *sender)
{
	return (struct answer){
		.row = { .mailbox = mailbox,
			 .period = 1,
			 .sender = sender,
			 .to = sender,
			 .message_id = "<1@example.com>",
			 .internal = true,
			 .via = "milter:office" },
		.mail = { .from = "",
			  .to = sender,
			  .mail = bytes_of("Subject: away\r\n\r\n."),
			  .due = NOW },
	};
}

static inline enum err
begin(struct store *s, struct op *op, struct answer *a)
{
	return store_answered_begin(s, op, &a->row, &a->mail, &unlimited);
}

static inline int64_t
answered(struct fixture *f, int64_t mailbox, const char *sender, int64_t now)
{
	struct answer a = answer_of(mailbox, sender);
	struct op *op = op_at(f, now);

	FINE(op, begin(f->store, op, &a));
	return a.row.id;
}

static inline struct answered_list
list_of(struct fixture *f, int64_t mailbox)
{
	struct op *op = op_at(f, NOW);
	struct answered_list out;

	FINE(op, store_answered_list(f->store, op, mailbox, 0, 100000, &out));
	return out;
}

static inline struct outbox_list
due_at(struct fixture *f, int64_t now)
{
	struct op *op = op_at(f, now);
	struct outbox_list out;

	FINE(op, store_outbox_due(f->store, op, 100, &out));
	return out;
}

static inline unsigned
state_of(struct fixture *f, int64_t mailbox, int64_t id)
{
	struct answered_list all = list_of(f, mailbox);

	for (size_t i = 0; i < all.n; i++)
		if (all.row[i].id == id)
			return all.row[i].state;
	return 0;
}
