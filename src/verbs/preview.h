/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What goes out by an absence, for who changes one: before and after, as a
 * sender reads it, in the times of its owner. A text that stays is the trap:
 * it may be of last year, and so its date is told.
 */
#include "model/mailbox.h"

#include <jansson.h>

struct preview {
	const struct mailbox *mailbox;
	const struct oof_stored *before, *after;
	/* Are the texts new ones, given with this change? */
	bool internal_given, external_given;
};

/* For --json. */
json_t *preview_json(struct op *op, const struct preview *p);

/* For people: lines, each ended by LF, with nothing in them that a terminal
 * would obey. */
const char *preview_text(struct op *op, const struct preview *p);
