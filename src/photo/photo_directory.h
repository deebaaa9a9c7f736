/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The picture that somebody's directory has, kept in the store beside the
 * uploaded one, and asked for again when what is known of it is too old.
 */
#include "model/house.h"

/*
 * Makes sure that *state, as the store has it, is not too old. ERR_NOT_FOUND:
 * the mailbox is of no source that has pictures. ERR_DOWN: it is too old and
 * cannot be renewed.
 */
enum err photo_directory_settle(struct house *house, struct op *op,
				int64_t mailbox, struct photo_state *state);

/*
 * What a source says of somebody's pictures, which it was asked for, becomes
 * what the store has; they are decoded only if they are not those that were
 * there. ERR_DOWN: the image worker is, and nothing was changed.
 */
enum err photo_directory_store(struct house *house, struct op *op,
			       const struct mailbox *mailbox,
			       const struct person *person);

/* The same for a directory_seen: of those who were ever asked for. */
enum err photo_directory_seen(struct house *house, struct op *op,
			      const struct mailbox *mailbox,
			      const struct person *person);
