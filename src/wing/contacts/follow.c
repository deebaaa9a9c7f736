/* SPDX-License-Identifier: Apache-2.0 */

/* Whose contacts are due: each section's people in turn. */
#include "base/log.h"
#include "wing/contacts/sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUND_S 60        /* between two looks at who is due */
#define BUDGET_US 5000000 /* of one contacts_follow */
#define TIDY_S 3600   /* between two looks at what no section has any more */
#define TIDY_MS 60000 /* for a page of that */
#define BACK_OFF_MIN_S 60    /* after a failure, doubled by each more, ... */
#define BACK_OFF_MAX_S 21600 /* ... up to this */
#define TELL_S 3600          /* between two lines about one section */
#define DOWN_MAX 3           /* failures of a server in a row */

/* ---- who is due ---- */

static int64_t
back_off(unsigned failures)
{
	int64_t wait = BACK_OFF_MIN_S;

	for (unsigned i = 1; i < failures && wait < BACK_OFF_MAX_S; i++)
		wait *= 2;
	return wait < BACK_OFF_MAX_S ? wait : BACK_OFF_MAX_S;
}

/* A clock that was set back makes everything due. */
static bool
is_due(const struct contact_source *s, unsigned every_s, int64_t now)
{
	int64_t wait = s->failures == 0 ? every_s : back_off(s->failures);

	return now < s->tried || now - s->tried >= wait;
}

static enum err
is_due_at(struct contacts *c, struct op *op, int64_t mailbox,
	  const struct contacts_section *section, bool *out)
{
	struct contact_source_list list;

	*out = true;
	TRY(store_contact_sources(c->store, op, mailbox, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct contact_source *s = &list.source[i];

		if (strcmp(s->origin, section->origin) == 0 &&
		    s->place[0] == '\0')
			*out = is_due(s, section->every_s, op->now);
	}
	return OK;
}

static struct round *
round_of(struct contacts *c, const char *origin)
{
	struct round *vacant = NULL;

	for (size_t i = 0; i < ROUNDS_MAX; i++) {
		struct round *r = &c->round[i];

		if (r->origin != NULL && strcmp(r->origin, origin) == 0)
			return r;
		if (r->origin == NULL && vacant == NULL)
			vacant = r;
	}
	if (vacant != NULL)
		vacant->origin = strdup(origin);
	return vacant != NULL && vacant->origin != NULL ? vacant : NULL;
}

/* Places of sections that are no more are free again. */
static void
rounds_drop(struct contacts *c, const struct contacts_section_list *all)
{
	for (size_t i = 0; i < ROUNDS_MAX; i++) {
		struct round *r = &c->round[i];
		size_t k = 0;

		while (k < all->n && r->origin != NULL &&
		       strcmp(all->section[k].origin, r->origin) != 0)
			k++;
		if (r->origin == NULL || k < all->n)
			continue;
		free(r->origin);
		*r = (struct round){ 0 };
		c->tidy_due = 0;
	}
}

/* One is enough to know of: the store has all. */
static void
failure_tell(struct round *r, const struct op *op,
	     const struct contacts_result *result)
{
	if (op->now < r->tell_due)
		return;
	r->tell_due = op->now + TELL_S;
	log_warning("contacts of %s from %s: %s; see: frontdesk contacts "
		    "status",
		    result->mailbox == NULL ? "all" : result->mailbox->address,
		    result->origin, result->reason);
}

/* A server that is down is left alone for a while, with all its people. */
static void
round_judge(struct round *r, const struct op *op,
	    const struct contacts_result *result, enum err err)
{
	if (err != OK)
		failure_tell(r, op, result);
	r->down = err == ERR_DOWN ? r->down + 1 : 0;
	if (r->down < DOWN_MAX)
		return;
	r->walking = false;
	r->due = op->now + BACK_OFF_MIN_S;
}

/* One of a section's people, if it is time for him. */
static enum err
person_follow(struct contacts *c, struct op *op,
	      const struct contacts_section *section, struct round *r,
	      const struct mailbox *m)
{
	struct contacts_result result;
	struct op own = *op; /* most are not due, and there may be many */
	bool due;
	enum err err;

	arena_reset(c->arena);
	own.arena = c->arena;
	if (m != NULL &&
	    !contacts_section_serves(&own, section, text_domain(m->address)))
		return OK;
	err = is_due_at(c, &own, m == NULL ? CONTACT_SHARED : m->id, section,
			&due);
	if (err != OK)
		return FAIL(op, err, "%s", op_dup(op, own.reason));
	if (!due)
		return OK;
	err = contacts_ask(c, op, section, m, &result);
	round_judge(r, op, &result, err);
	return OK;
}

static bool
is_spent(int64_t began_us)
{
	return op_clock_us() - began_us >= BUDGET_US;
}

/* Goes on with a section's people until the time is over. */
static enum err
round_go(struct contacts *c, struct op *op,
	 const struct contacts_section *section, struct round *r,
	 int64_t began_us)
{
	struct mailbox_list page = { .n = PAGE };

	if (section->shared) {
		r->walking = false;
		return person_follow(c, op, section, r, NULL);
	}
	while (r->walking && page.n == PAGE) {
		TRY(contacts_page(c, op, r->after, &page));
		for (size_t i = 0; i < page.n && r->walking; i++) {
			if (is_spent(began_us))
				return OK;
			TRY(person_follow(c, op, section, r, &page.mailbox[i]));
			(void)snprintf(r->after, sizeof(r->after), "%s",
				       page.mailbox[i].address);
		}
	}
	r->walking = false;
	return OK;
}

/* Begins a round when it is time for one. */
static void
round_begin(struct round *r, const struct op *op)
{
	if (r->walking || op->now < r->due)
		return;
	r->walking = true;
	r->due = op->now + ROUND_S;
	r->after[0] = '\0';
}

/* ---- what no section has any more ---- */

static bool
is_wanted(struct contacts *c, struct op *op,
	  const struct contacts_section_list *all,
	  const struct contact_source *source)
{
	const struct mailbox *m;

	if (strcmp(source->origin, CONTACTS_FILE) == 0)
		return true;
	for (size_t i = 0; i < all->n; i++) {
		const struct contacts_section *s = &all->section[i];

		if (strcmp(s->origin, source->origin) != 0)
			continue;
		if (s->shared || source->mailbox == CONTACT_SHARED)
			return s->shared && source->mailbox == CONTACT_SHARED;
		return store_mailbox_get(c->store, op, source->mailbox, &m) !=
			       OK ||
		       contacts_section_serves(op, s, text_domain(m->address));
	}
	return false;
}

static enum err
tidy(struct contacts *c, struct op *op, const struct contacts_section_list *all)
{
	struct contact_source_list page = { .n = PAGE };
	int64_t after = 0;
	size_t n;

	while (page.n == PAGE) {
		struct op own;

		arena_reset(c->page);
		op_init(&own, c->page, op->settings, TIDY_MS);
		own.may_wait = true;
		TRY(store_contact_source_list(c->store, &own, after, PAGE,
					      &page));
		for (size_t i = 0; i < page.n; i++) {
			const struct contact_source *s = &page.source[i];

			after = s->seq;
			if (!is_wanted(c, &own, all, s))
				TRY(store_contact_clear(c->store, &own,
							s->mailbox, s->origin,
							s->place, &n));
		}
	}
	return OK;
}

/* ---- the clerk's ---- */

enum err
contacts_follow(struct contacts *c, struct op *op)
{
	int64_t began_us = op_clock_us();
	struct contacts_section_list all;

	contacts_sections(op, &all);
	rounds_drop(c, &all);
	if (op->now >= c->tidy_due) {
		TRY(tidy(c, op, &all));
		c->tidy_due = op->now + TIDY_S;
	}
	for (size_t i = 0; i < all.n; i++) {
		struct round *r = round_of(c, all.section[i].origin);

		if (r == NULL)
			return FAIL(op, ERR_DOWN, "no memory for contacts");
		round_begin(r, op);
		if (r->walking && !is_spent(began_us))
			TRY(round_go(c, op, &all.section[i], r, began_us));
	}
	return OK;
}
