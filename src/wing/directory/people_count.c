/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How often each source was asked, counted in memory that all workers share:
 * fixed arrays of atomics. A source has its place by its name, so that other
 * settings do not mix them up.
 */
#include "wing/directory/people.h"

#include <stdatomic.h>

enum outcome { FOUND, NOBODY, DOWN, OTHER, OUTCOMES };

struct place {
	_Atomic uint64_t source; /* of its name; 0: nobody's */
	_Atomic uint64_t n[OUTCOMES];
	_Atomic uint64_t took_us;
};

struct people_counts {
	struct place place[ASKED_SOURCES_MAX];
};

size_t
directory_shared_size(void)
{
	return sizeof(struct people_counts);
}

/* FNV-1a, the same in each process. */
static uint64_t
name_hash(const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
	return h != 0 ? h : 1;
}

/* NULL: none is free. */
static struct place *
place_of(struct people_counts *counts, const char *name)
{
	const uint64_t own = name_hash(name);

	for (size_t i = 0; i < ASKED_SOURCES_MAX; i++) {
		struct place *p = &counts->place[i];
		uint64_t there = 0;

		if (atomic_compare_exchange_strong(&p->source, &there, own) ||
		    there == own)
			return p;
	}
	return NULL;
}

static enum outcome
outcome_of(enum err err)
{
	switch (err) {
	case OK:
		return FOUND;
	case ERR_NOT_FOUND:
		return NOBODY;
	case ERR_DOWN:
		return DOWN;
	default:
		return OTHER;
	}
}

void
people_count(struct directory *d, const struct source *source, enum err err,
	     int64_t took_us)
{
	struct place *p =
		d->counts == NULL ? NULL : place_of(d->counts, source->name);

	if (p == NULL)
		return;
	atomic_fetch_add_explicit(&p->n[outcome_of(err)], 1,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&p->took_us,
				  took_us < 0 ? 0 : (uint64_t)took_us,
				  memory_order_relaxed);
}

static void
place_read(struct place *p, struct directory_stats *out)
{
	out->found = atomic_load_explicit(&p->n[FOUND], memory_order_relaxed);
	out->nobody = atomic_load_explicit(&p->n[NOBODY], memory_order_relaxed);
	out->down = atomic_load_explicit(&p->n[DOWN], memory_order_relaxed);
	out->other = atomic_load_explicit(&p->n[OTHER], memory_order_relaxed);
	out->took_us = atomic_load_explicit(&p->took_us, memory_order_relaxed);
}

enum err
directory_stats(struct directory *d, struct op *op,
		struct directory_stats_list *out)
{
	struct directory_stats *all;
	struct source_list list;

	*out = (struct directory_stats_list){ 0 };
	if (!sources_any(op))
		return OK;
	TRY(sources_list(op, &list));
	all = op_alloc(op, list.n * sizeof(*all));
	for (size_t i = 0; i < list.n; i++) {
		struct source_mark mark;
		struct place *p = NULL;

		all[i].source = list.source[i].name;
		TRY(store_source_get(d->store, op, all[i].source, &mark));
		all[i].followed = mark.followed;
		all[i].swept = mark.swept;
		all[i].sweeps = list.source[i].kind->walk != NULL;
		if (d->counts != NULL)
			p = place_of(d->counts, all[i].source);
		if (p != NULL)
			place_read(p, &all[i]);
	}
	*out = (struct directory_stats_list){ list.n, all };
	return OK;
}
