/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A server that does not answer is left alone for a while: else each mailbox of
 * its would wait for it, and those of other backends behind them.
 */
#include "model/backend.h"

#include <pthread.h>

#define GATE_FAILURES 3 /* one after another: it is closed */
#define GATE_PAUSE_S 5  /* for so long */

struct gate {
	unsigned failures;
	int64_t until_us; /* monotonic; it is closed until then */
};

struct gates {
	pthread_mutex_t lock;
	struct gate gate[BACKENDS_MAX]; /* by the section's place */
};

void gates_init(struct gates *g);
void gates_done(struct gates *g);

/* ERR_DOWN while that backend is left alone. */
enum err gate_pass(struct gates *g, struct op *op,
		   const struct backend_section *section);

/* What came of asking it. */
void gate_tell(struct gates *g, struct op *op,
	       const struct backend_section *section, enum err err);
