/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The faults that the operations of `frontdesk dev` are to suffer, in order,
 * and the one that comes whenever none waits. */
#include "base/op.h"

#define DEV_QUEUE_MAX 256 /* faults that wait */

struct dev_queue {
	char *word[DEV_QUEUE_MAX]; /* malloc'ed: a ring */
	size_t first, n;
	const char *every_word; /* the caller's; NULL: none */
	int64_t every, asked;   /* each so-manieth operation */
};

/* NULL: it waits (nothing does for ""); else why not. */
const char *dev_queue_put(struct dev_queue *q, struct op *op, const char *word);

/* "503", or "10:503": each tenth operation. ERR_INVALID. */
enum err dev_queue_every(struct dev_queue *q, struct op *op, const char *word);

/* What the next operation is to suffer, in the op; "": nothing. */
const char *dev_queue_next(struct dev_queue *q, struct op *op);

void dev_queue_done(struct dev_queue *q);
