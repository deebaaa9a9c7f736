/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Everybody of a source: each becomes a mailbox, and who is tied but was not
 * met is asked for by himself, for he may have left.
 */
#include "wing/directory/people.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 128        /* people of one transaction */
#define PAGE 500         /* ties read at once */
#define KEEP (256 * KIB) /* of memory, between two batches */
#define TOLD_MAX 20      /* people of one sweep who are told in the log */
#define GONE_FEW 20      /* of so many tied ones, all may go at once; ... */
#define GONE_SHARE 4     /* ... of more, one in so many */
#define SEEN_FIRST 1024  /* mailboxes that there is room for */

/* Mailboxes, in the order of their numbers once sorted. */
struct ids {
	int64_t *id;
	size_t n, room;
};

struct sweep {
	struct directory *d;
	const struct source *source;
	struct source_list sources;
	struct op batch; /* whose arena the people of a batch are in */
	struct person person[BATCH];
	struct person_item item[BATCH];
	size_t n;
	struct ids seen;
	struct ids gone; /* who is to be marked */
	uint64_t tied;   /* who was not gone before */
	unsigned told;
	struct directory_count *count;
};

static void
arena_drop(struct arena **arena)
{
	arena_close(*arena);
}

/* ---- numbers ---- */

static void
ids_add(struct ids *ids, int64_t id)
{
	if (ids->n == ids->room) {
		ids->room = ids->room == 0 ? SEEN_FIRST : ids->room * 2;
		ids->id = reallocarray(ids->id, ids->room, sizeof(id));
		if (ids->id == NULL)
			abort();
	}
	ids->id[ids->n++] = id;
}

static int
id_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static bool
ids_have(const struct ids *ids, int64_t id)
{
	return ids->n > 0 &&
	       bsearch(&id, ids->id, ids->n, sizeof(id), id_compare) != NULL;
}

/* ---- those who are met ---- */

static void
refuse(struct sweep *s, const struct person *person, const char *reason)
{
	s->count->refused++;
	if (s->told++ < TOLD_MAX)
		log_warning("%s: %s is left out: %s", s->source->name,
			    person->address, reason);
}

/* Of an address that another has: perhaps he has it no more. */
static void
conflict_settle(struct sweep *s, struct person_item *item)
{
	struct op *op = &s->batch;

	item->err =
		people_put(s->d, op, &s->sources, item->person, &item->mailbox);
	item->reason = op->reason;
	item->changed = item->err == OK;
}

static void
item_count(struct sweep *s, struct person_item *item)
{
	if (item->err == ERR_CONFLICT)
		conflict_settle(s, item);
	if (item->err == ERR_NOT_FOUND) /* nobody of our domains, or barred */
		return;
	if (item->err != OK) {
		refuse(s, item->person, item->reason);
		return;
	}
	ids_add(&s->seen, item->mailbox->id);
	s->count->made += item->made;
	s->count->changed += item->changed && !item->made;
}

static enum err
batch_put(struct sweep *s)
{
	struct op *op = &s->batch;

	if (s->n == 0)
		return OK;
	op->now = (int64_t)time(NULL); /* a sweep may take long */
	TRY(store_person_put_all(s->d->store, op, s->item, s->n));
	for (size_t i = 0; i < s->n; i++)
		item_count(s, &s->item[i]);
	s->n = 0;
	arena_reset(op->arena);
	op->reason = NULL;
	return OK;
}

static enum err
met(struct op *op, void *arg, const struct person *person)
{
	struct sweep *s = arg;
	struct person narrow = *person;

	s->count->seen++;
	if (people_narrow(op, s->source, &narrow) != OK)
		return OK;
	s->person[s->n] = people_copy(&s->batch, &narrow);
	s->item[s->n] = (struct person_item){ .person = &s->person[s->n] };
	if (++s->n < BATCH)
		return OK;
	if (batch_put(s) == OK)
		return OK;
	return FAIL(op, ERR_DOWN, "%s", s->batch.reason);
}

/* ---- those who are not ---- */

static bool
too_many(const struct sweep *s)
{
	return s->tied > GONE_FEW && s->gone.n > s->tied / GONE_SHARE;
}

/* He may have been left out for a reason of his own: then he stays. */
static enum err
unseen_ask(struct sweep *s, const struct person_link *link)
{
	struct op *op = &s->batch;
	const struct mailbox *m;
	struct person person;
	enum err err;

	op->reason = NULL;
	err = people_ask(s->d, op, s->source,
			 &(struct source_query){ .uid = link->uid }, &person);
	if (err == ERR_NOT_FOUND) {
		if (link->state != PERSON_GONE)
			ids_add(&s->gone, link->mailbox);
		return OK;
	}
	if (err == OK)
		err = people_put(s->d, op, &s->sources, &person, &m);
	if (err == OK)
		s->count->changed++;
	return err == ERR_DOWN ? err : OK;
}

static enum err
page_ask(struct sweep *s, int64_t *after, size_t *n)
{
	CLEANUP(arena_drop) struct arena *arena = arena_open(0);
	struct op op = s->batch;
	struct person_list list;

	op.arena = arena;
	TRY(store_person_list(s->d->store, &op, s->source->name, *after, PAGE,
			      &list));
	*n = list.n;
	for (size_t i = 0; i < list.n && !too_many(s); i++) {
		const struct person_link *link = &list.link[i];

		*after = link->mailbox;
		if (ids_have(&s->seen, link->mailbox) ||
		    link->state == PERSON_GONE)
			continue;
		arena_reset(s->batch.arena);
		TRY(unseen_ask(s, link));
	}
	return OK;
}

/* How many there are: known before anybody is asked for. */
static enum err
tied_count(struct sweep *s)
{
	CLEANUP(arena_drop) struct arena *arena = arena_open(KEEP);
	struct op op = s->batch;
	struct person_list list = { .n = PAGE };
	int64_t after = 0;

	op.arena = arena;
	while (list.n == PAGE) {
		TRY(store_person_list(s->d->store, &op, s->source->name, after,
				      PAGE, &list));
		for (size_t i = 0; i < list.n; i++) {
			s->tied += list.link[i].state != PERSON_GONE;
			after = list.link[i].mailbox;
		}
		arena_reset(arena);
	}
	return OK;
}

/*
 * A section that was set up wrong knows nobody any more, and that is not to
 * switch off a company: then nobody is marked, and somebody has to look.
 */
static enum err
unseen_settle(struct sweep *s)
{
	size_t n = PAGE;
	int64_t after = 0;

	if (s->seen.n > 0)
		qsort(s->seen.id, s->seen.n, sizeof(s->seen.id[0]), id_compare);
	TRY(tied_count(s));
	while (n == PAGE && !too_many(s))
		TRY(page_ask(s, &after, &n));
	if (too_many(s)) {
		log_error("%s: more than a quarter of its %" PRIu64
			  " people would be gone: nobody is marked; are base "
			  "and filter right?",
			  s->source->name, s->tied);
		return OK;
	}
	for (size_t i = 0; i < s->gone.n; i++) {
		arena_reset(s->batch.arena);
		TRY(store_person_state(s->d->store, &s->batch, s->gone.id[i],
				       PERSON_GONE));
		s->count->gone++;
	}
	return OK;
}

/* ---- a whole source ---- */

static enum err
swept_note(struct sweep *s, struct op *op)
{
	struct source_mark mark;

	TRY(store_source_get(s->d->store, op, s->source->name, &mark));
	mark.swept = op->now;
	return store_source_put(s->d->store, op, s->source->name, &mark);
}

static enum err
sweep_run(struct sweep *s, struct op *op)
{
	const struct source *source = s->source;
	enum err err = source->kind->walk(op, source, met, s);

	if (err == OK)
		err = batch_put(s);
	if (err == OK)
		err = unseen_settle(s);
	if (err != OK)
		return FAIL(op, err, "%s: %s", source->name,
			    op->reason != NULL        ? op->reason
			    : s->batch.reason != NULL ? s->batch.reason
						      : err_name(err));
	return swept_note(s, op);
}

static enum err
sweep_source(struct directory *d, struct op *op, const struct source *source,
	     struct directory_count *count)
{
	struct sweep *s = calloc(1, sizeof(*s));
	enum err err;

	if (s == NULL)
		return FAIL(op, ERR_DOWN, "no memory for a sweep");
	s->d = d;
	s->source = source;
	s->count = count;
	s->batch = *op;
	s->batch.arena = arena_open(KEEP);
	s->batch.person = NULL;
	s->batch.reason = NULL;
	err = sources_list(op, &s->sources);
	if (err == OK)
		err = sweep_run(s, op);
	arena_close(s->batch.arena);
	free(s->seen.id);
	free(s->gone.id);
	free(s);
	return err;
}

/* The others are swept all the same when one fails. */
enum err
directory_sweep(struct directory *d, struct op *op, const char *name,
		struct directory_count *out)
{
	struct source_list list;
	enum err worst = OK;
	bool any = name == NULL;

	*out = (struct directory_count){ 0 };
	TRY(sources_list(op, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct source *source = &list.source[i];
		enum err err;

		if (name != NULL && strcmp(name, source->name) != 0)
			continue;
		any = true;
		if (source->kind->walk == NULL)
			err = ERR_NOT_FOUND;
		else
			err = sweep_source(d, op, source, out);
		if (err == ERR_NOT_FOUND && name == NULL)
			continue; /* it cannot tell everybody */
		if (err == ERR_NOT_FOUND)
			return FAIL(op, ERR_INVALID,
				    "%s cannot tell who all its people are",
				    name);
		if (err != OK)
			worst = err;
	}
	if (!any)
		return FAIL(op, ERR_NOT_FOUND, "there is no section for %s",
			    name);
	return worst;
}
