/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery/gate.h"

#include <string.h>

void
gates_init(struct gates *g)
{
	*g = (struct gates){ 0 };
	(void)pthread_mutex_init(&g->lock, NULL);
}

void
gates_done(struct gates *g)
{
	(void)pthread_mutex_destroy(&g->lock);
}

/* A section's place in the settings; after a reload another one may stand
 * there, which is left alone a few seconds at most. NULL: it is of none. */
static struct gate *
gate_of(struct gates *g, const struct op *op,
	const struct backend_section *section)
{
	const struct settings *s = op->settings;

	for (size_t i = 0; i < s->backends_n && i < BACKENDS_MAX; i++) {
		if (strcmp(s->backends[i].title, section->title) == 0)
			return &g->gate[i];
	}
	return NULL;
}

enum err
gate_pass(struct gates *g, struct op *op, const struct backend_section *section)
{
	const struct gate *gate = gate_of(g, op, section);
	int64_t until_us = 0;

	if (gate == NULL)
		return OK;
	(void)pthread_mutex_lock(&g->lock);
	if (gate->failures >= GATE_FAILURES)
		until_us = gate->until_us;
	(void)pthread_mutex_unlock(&g->lock);
	if (op_clock_us() >= until_us)
		return OK;
	return FAIL(op, ERR_DOWN, "backend \"%s\" did not answer a moment ago",
		    section->title);
}

void
gate_tell(struct gates *g, struct op *op, const struct backend_section *section,
	  enum err err)
{
	struct gate *gate = gate_of(g, op, section);

	if (gate == NULL)
		return;
	(void)pthread_mutex_lock(&g->lock);
	if (err == ERR_DOWN) {
		gate->failures += gate->failures < GATE_FAILURES;
		gate->until_us =
			op_clock_us() + GATE_PAUSE_S * INT64_C(1000000);
	} else {
		gate->failures = 0;
	}
	(void)pthread_mutex_unlock(&g->lock);
}
