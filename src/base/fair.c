/* SPDX-License-Identifier: Apache-2.0 */

/* Who waits for the few threads of a pool, and who is next. */
#include "base/fair.h"

#include <stddef.h>
#include <stdlib.h>

#define SHARES                                                                 \
	1024 /* of which the last turn is known: others' are forgotten         \
	      */

struct waiting {
	void *what;
	unsigned rank;
	uint64_t turn;   /* whose shares are used up more is later */
	uint64_t number; /* in the order in which they came */
	int64_t since_us;
};

/* The turn behind the last one of a source or user. */
struct share {
	uint64_t who;
	uint64_t turn;
};

struct fair {
	size_t n;
	struct waiting waiting[FAIR_MAX + 1]; /* in no order */
	uint64_t turn[FAIR_RANKS];            /* of who went last */
	struct share share[FAIR_RANKS][2][SHARES];
	uint64_t came, taken;
};

struct fair *
fair_open(void)
{
	return calloc(1, sizeof(struct fair));
}

void
fair_close(struct fair *f)
{
	free(f);
}

/* ---- turns ---- */

/* Two that meet in one place forget each other: both go earlier than they
 * should, never later. */
static uint64_t
share_turn(const struct share *shares, uint64_t who, uint64_t least)
{
	const struct share *s = &shares[who % SHARES];

	return who != 0 && s->who == who && s->turn > least ? s->turn : least;
}

static void
share_use(struct share *shares, uint64_t who, uint64_t turn)
{
	if (who != 0)
		shares[who % SHARES] = (struct share){ who, turn + 1 };
}

/* As soon as the source and the user have had all that was theirs before. */
static uint64_t
turn_of(const struct fair *f, const struct fair_who *who)
{
	uint64_t turn = f->turn[who->rank];

	turn = share_turn(f->share[who->rank][0], who->source, turn);
	return share_turn(f->share[who->rank][1], who->user, turn);
}

/* ---- the order ---- */

static bool
goes_before(const struct waiting *a, const struct waiting *b, int64_t now_us)
{
	bool late = now_us - a->since_us > FAIR_PATIENCE_US;

	if (a->rank != b->rank)
		return a->rank < b->rank;
	if (a->turn != b->turn)
		return a->turn < b->turn;
	if (late != (now_us - b->since_us > FAIR_PATIENCE_US))
		return !late;
	return (a->number < b->number) != late;
}

/* The one that goes before all others, or behind them. */
static size_t
find_end(const struct fair *f, int64_t now_us, bool first)
{
	size_t found = 0;

	for (size_t i = 1; i < f->n; i++) {
		if (goes_before(&f->waiting[i], &f->waiting[found], now_us) ==
		    first)
			found = i;
	}
	return found;
}

static size_t
find_eldest(const struct fair *f)
{
	size_t found = 0;

	for (size_t i = 1; i < f->n; i++) {
		if (f->waiting[i].number < f->waiting[found].number)
			found = i;
	}
	return found;
}

/* ---- in and out ---- */

static void *
take(struct fair *f, size_t i)
{
	void *what = f->waiting[i].what;

	f->waiting[i] = f->waiting[--f->n];
	return what;
}

void *
fair_put(struct fair *f, const struct fair_who *who, int64_t now_us, void *what)
{
	uint64_t turn = turn_of(f, who);

	share_use(f->share[who->rank][0], who->source, turn);
	share_use(f->share[who->rank][1], who->user, turn);
	f->waiting[f->n++] = (struct waiting){ .what = what,
					       .rank = who->rank,
					       .turn = turn,
					       .number = ++f->came,
					       .since_us = now_us };
	return f->n > FAIR_MAX ? take(f, find_end(f, now_us, false)) : NULL;
}

void *
fair_give_up(struct fair *f, int64_t now_us)
{
	size_t i = find_eldest(f);

	if (f->n == 0 || now_us - f->waiting[i].since_us < FAIR_WAIT_MAX_US)
		return NULL;
	return take(f, i);
}

void *
fair_take(struct fair *f, int64_t now_us)
{
	size_t i;

	if (f->n == 0)
		return NULL;
	if (++f->taken % FAIR_ELDEST_EVERY == 0)
		return take(f, find_eldest(f));
	i = find_end(f, now_us, true);
	f->turn[f->waiting[i].rank] = f->waiting[i].turn;
	return take(f, i);
}
