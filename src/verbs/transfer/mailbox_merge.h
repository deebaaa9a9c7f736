/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A mailbox that comes from elsewhere: made, or put over one that is there. On
 * any thread. All is checked before the first change. */
#include "model/store.h"

/* dry: only checked. aliases: ended by NULL. */
enum err mailbox_merge_new(struct store *store, struct op *op,
			   struct mailbox *in, const char *const *aliases,
			   bool dry);

/* Name, zone, policy and password become those of `in`, whose id is that of the
 * one that is there; aliases that it lacks are added, none is taken away. */
enum err mailbox_merge_over(struct store *store, struct op *op,
			    const struct mailbox *in,
			    const char *const *aliases, bool dry,
			    bool *changed);
