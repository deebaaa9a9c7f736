/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What oof_guard wants to know of a mailbox, from the store and the settings:
 * the same for everything that answers mails, or tells what it would answer. */
#include "model/store.h"
#include "oof/oof_guard.h"

/* An implementation of struct oof_asks. It remembers nothing: who delivers
 * brings its own memory. */
struct oof_world {
	struct oof_asks asks;
	struct store *store;
	const struct mailbox *mailbox;
	struct oof_stored stored;
	struct text_list aliases;
	struct oof_options options;
};

/* ERR_NOT_FOUND: the mailbox is gone. */
enum err oof_world_open(struct op *op, struct store *store,
			const struct mailbox *mailbox, struct oof_world *out);

/* An arrival of that mailbox; sender, recipient and header are the caller's to
 * fill in. Points into the world. */
void oof_world_arrival(struct oof_world *world, struct oof_arrival *out);

/* The domains that are inside: the organization's, and those that it trusts;
 * folded, each once. ERR_LIMIT: more than OOF_INSIDE_MAX. */
#define OOF_INSIDE_MAX 5000
enum err oof_world_inside(struct op *op, struct oof_world *world,
			  struct text_list *out);

/* What parts a tag from a name; "": nothing does. */
const char *oof_delimiters(const struct settings *s);
