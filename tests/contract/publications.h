/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Mailboxes of a site with a backend, and what lies there. */
#include "store_fixture.h"

#include "model/publication.h"
#include "model/settings.h"

#include <string.h>

#define NOW INT64_C(1700000000)

static const struct backend_section sections[1];
static const struct settings with_backend = { .backends = sections,
					      .backends_n = 1 };

/* An op of a site with a backend. */
static inline struct op *
backend_op(struct fixture *f)
{
	struct op *op = fixture_op(f);

	op->settings = &with_backend;
	op->now = NOW;
	return op;
}

static inline struct publication
row_of(struct fixture *f, int64_t mailbox)
{
	struct op *op = backend_op(f);
	struct publication out;

	FINE(op, store_publication_get(f->store, op, mailbox, &out));
	return out;
}

static inline bool
row_is(struct fixture *f, int64_t mailbox)
{
	struct op *op = backend_op(f);
	struct publication out;
	enum err err = store_publication_get(f->store, op, mailbox, &out);

	if (err != ERR_NOT_FOUND)
		FINE(op, err);
	return err == OK;
}

/* What a script that was put at "dovecot" leaves behind. */
static inline struct publication
put_of(const struct publication *read, bool there)
{
	struct publication in = *read;

	in.done = in.wanted;
	in.there = there;
	in.backend = "dovecot";
	in.user = "somebody";
	in.since = NOW;
	in.reason = "";
	in.tries = 0;
	memset(in.digest, 0x5a, sizeof(in.digest));
	return in;
}

/* Everything that is wanted of it lies there. */
static inline void
publish(struct fixture *f, int64_t mailbox, bool there)
{
	struct publication row = row_of(f, mailbox);
	struct op *op = backend_op(f);

	row = put_of(&row, there);
	FINE(op, store_publication_put(f->store, op, &row));
}

static inline enum err
audience_set(struct op *op, const struct oof_stored *old, void *arg,
	     struct oof_stored *out)
{
	(void)fixture_message(op, old, op_dup(op, "away"), out);
	out->settings.audience = *(const unsigned *)arg;
	return OK;
}

/* A mailbox without a password, so that a directory may tie it. */
static inline int64_t
absent(struct fixture *f, const char *local, unsigned audience)
{
	struct op *op = backend_op(f);
	struct mailbox m = {
		.address = op_print(op, "%s@example.com", local),
		.name = local,
		.policy = AUDIENCE_ALL,
	};

	FINE(op, store_mailbox_add(f->store, op, &m, NULL));
	FINE(op, store_oof_put(f->store, op, m.id, audience_set, &audience));
	return m.id;
}
