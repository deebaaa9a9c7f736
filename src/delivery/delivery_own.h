/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of delivery/ share among themselves. */
#include "delivery/fate.h"
#include "delivery/gate.h"
#include "delivery/section.h"
#include "model/publication.h"
#include "oof/oof_world.h"

/* Who sends replies: one thread of the clerk's (send.c). */
struct sender {
	bool recovered;    /* what the last one was at is settled */
	unsigned failures; /* of the server, one after another */
	int64_t again_us;  /* monotonic: it is left alone until then */
	bool owes;         /* the store has not taken this yet: */
	struct fate owed;
};

struct delivery {
	struct store *store;
	int64_t swept; /* when everything was compared; 0: not yet */
	struct sender sender;
	struct gates gates;
};

/* ---- a backend (section.c) ---- */

/* For CLEANUP. */
void backend_close(struct backend **b);
enum err backend_open(struct op *op, const struct backend_section *section,
		      struct backend **out);

/* ---- one mailbox (publish.c) ---- */

enum publish_how {
	PUBLISH_PROMPT = 1, /* only where its backend does it at once */
	PUBLISH_DUE,        /* if it is due */
	PUBLISH_COMPARE,    /* and look at what lies there, due or not */
	PUBLISH_AGAIN,      /* put it, whatever seems to lie there */
};

/* What one publication did. */
struct published {
	bool put, removed;
};

/*
 * ERR_NOT_FOUND: nothing is known of that mailbox. Any other failure is kept
 * in its row, with the time of the next try.
 */
enum err publish(struct delivery *d, struct op *op, int64_t mailbox,
		 enum publish_how how, struct published *out);

/* Many at once, on a few threads; `ids` in any order. */
struct publish_count {
	size_t put, removed, failed;
};
void publish_many(struct delivery *d, struct op *op, const int64_t *ids,
		  size_t n, enum publish_how how, struct publish_count *out);

/* ---- the script of a mailbox (script.c) ---- */

struct sieve_script;

/* What it is to be, within what the backend takes (NULL: nothing is known of
 * that, which makes no difference to whether there is to be one). */
enum err script_make(struct delivery *d, struct op *op,
		     const struct mailbox *mailbox,
		     const struct backend_limits *limits,
		     struct sieve_script *out);

/* ---- everybody (follow.c) ---- */

/* Is the row about that backend (NULL: any), by where it lies or ought to? */
bool publication_concerns(struct delivery *d, struct op *op,
			  const struct publication *row, const char *title);

/* ---- the effect (effect.c) ---- */

struct buf;

/* What becomes of the external reply within the mailbox's policy;
 * contacts: it has a source of them. Pure. */
void effect_outside(const struct oof_settings *s, unsigned policy,
		    bool contacts, struct buf *out);

/* ---- the server that replies are handed to (send_server.c) ---- */

struct smtp;

/* *out is NULL after a failure. */
enum err outbox_connect(struct op *op, struct smtp **out);

/* Without sending anything. */
enum err outbox_test(struct op *op, backend_tell *tell, void *arg);
