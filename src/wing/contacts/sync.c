/* SPDX-License-Identifier: Apache-2.0 */

/* Whose contacts are asked for when: each section's people in turn. */
#include "base/log.h"
#include "base/text.h"
#include "wing/contacts/carddav.h"
#include "wing/contacts/ldap.h"
#include "wing/contacts/section.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX (CARDDAVS_MAX + DIRECTORIES_MAX)
#define ROUND_S 60           /* between two looks at who is due */
#define BUDGET_US 5000000    /* of one contacts_follow */
#define SYNC_MS 300000       /* for one person's contacts */
#define PAGE 200             /* mailboxes, sources */
#define BACK_OFF_MIN_S 60    /* after a failure, doubled by each more, ... */
#define BACK_OFF_MAX_S 21600 /* ... up to this */
#define TELL_S 3600          /* between two lines about one section */
#define DOWN_MAX 3           /* failures of a server in a row */
#define ARENA_KEEP (256 * KIB)

/* How far a section's people were gone through. */
struct round {
	char *origin; /* ours; NULL: a free place */
	char after[ADDRESS_MAX + 1];
	bool walking;
	int64_t due;
	int64_t tell_due; /* when the log hears of failures again */
	unsigned down;    /* in a row, by the server's fault */
};

struct contacts {
	struct store *store;
	struct directory *directory;
	struct dav *dav;
	struct arena *arena; /* of one person */
	struct arena *page;  /* of those who are gone through */
	int64_t tidy_due;
	struct round round[ROUNDS_MAX];
};

enum err
contacts_open(struct op *op, struct store *store, struct directory *directory,
	      struct contacts **out)
{
	struct contacts *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->dav = dav_open()) == NULL) {
		free(c);
		return FAIL(op, ERR_DOWN, "no memory for contacts");
	}
	c->store = store;
	c->directory = directory;
	c->arena = arena_open(ARENA_KEEP);
	c->page = arena_open(ARENA_KEEP);
	*out = c;
	return OK;
}

void
contacts_close(struct contacts *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < ROUNDS_MAX; i++)
		free(c->round[i].origin);
	dav_close(c->dav);
	arena_close(c->arena);
	arena_close(c->page);
	free(c);
}

/* ---- one person at one section ---- */

static enum err
ask(struct contacts *c, struct op *op, const struct contacts_section *section,
    const struct mailbox *mailbox, struct contact_done *done)
{
	const struct carddav_work carddav = {
		.store = c->store,
		.dav = c->dav,
		.section = section,
		.mailbox = section->shared ? CONTACT_SHARED : mailbox->id,
		.address = section->shared ? "" : mailbox->address,
	};
	const struct ldap_contacts_work ldap = {
		.store = c->store,
		.directory = c->directory,
		.section = section,
		.mailbox = carddav.mailbox,
		.address = carddav.address,
	};

	*done = (struct contact_done){ 0 };
	return section->carddav != NULL ? carddav_sync(&carddav, op, done)
					: ldap_contacts_sync(&ldap, op, done);
}

/*
 * Asks, and keeps how it went; *result says. It is nobody's change: the
 * section's contacts are what the section says, whoever has it asked. A failure
 * to keep it is the store's.
 */
static enum err
ask_note(struct contacts *c, const struct op *op,
	 const struct contacts_section *section, const struct mailbox *mailbox,
	 struct contacts_result *result)
{
	int64_t id = section->shared ? CONTACT_SHARED : mailbox->id;
	struct op own;
	enum err err;

	arena_reset(c->arena);
	op_init(&own, c->arena, op->settings, SYNC_MS);
	own.may_wait = true;
	*result = (struct contacts_result){
		.mailbox = section->shared ? NULL : mailbox,
		.origin = section->origin,
	};
	err = ask(c, &own, section, mailbox, &result->done);
	if (err != OK)
		result->reason =
			own.reason == NULL ? err_name(err) : own.reason;
	(void)store_contact_note(c->store, &own, id, section->origin,
				 result->reason);
	return err;
}

/* ---- everybody, now ---- */

struct everybody {
	struct contacts *c;
	struct op *op;
	contacts_told *told;
	void *arg;
	size_t *failed;
};

static void
ask_tell(const struct everybody *e, const struct contacts_section *section,
	 const struct mailbox *mailbox)
{
	struct contacts_result result;

	if (ask_note(e->c, e->op, section, mailbox, &result) != OK)
		(*e->failed)++;
	e->told(e->arg, &result);
}

/* A page of mailboxes with memory of its own, which the one before loses. */
static enum err
page_read(struct contacts *c, const struct op *op, const char *after,
	  struct mailbox_list *out)
{
	struct op page;

	arena_reset(c->page);
	op_init(&page, c->page, op->settings, SYNC_MS);
	page.may_wait = true;
	return store_mailbox_list(c->store, &page, NULL, after, PAGE, out);
}

static enum err
section_sync(const struct everybody *e, const struct contacts_section *section)
{
	struct mailbox_list page = { .n = PAGE };
	char after[ADDRESS_MAX + 1] = "";

	if (section->shared) {
		ask_tell(e, section, NULL);
		return OK;
	}
	while (page.n == PAGE) {
		TRY(page_read(e->c, e->op, after, &page));
		for (size_t i = 0; i < page.n; i++) {
			const struct mailbox *m = &page.mailbox[i];

			if (contacts_section_serves(e->op, section,
						    text_domain(m->address)))
				ask_tell(e, section, m);
			(void)snprintf(after, sizeof(after), "%s", m->address);
		}
	}
	return OK;
}

enum err
contacts_sync(struct contacts *c, struct op *op, const struct mailbox *mailbox,
	      contacts_told *told, void *arg, size_t *failed)
{
	const struct everybody e = { c, op, told, arg, failed };
	struct contacts_section_list all;

	*failed = 0;
	contacts_sections(op, &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct contacts_section *s = &all.section[i];

		if (mailbox == NULL)
			TRY(section_sync(&e, s));
		else if (contacts_section_serves(op, s,
						 text_domain(mailbox->address)))
			ask_tell(&e, s, mailbox);
	}
	return OK;
}

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
	bool due;
	enum err err;

	if (m != NULL &&
	    !contacts_section_serves(op, section, text_domain(m->address)))
		return OK;
	TRY(is_due_at(c, op, m == NULL ? CONTACT_SHARED : m->id, section,
		      &due));
	if (!due)
		return OK;
	err = ask_note(c, op, section, m, &result);
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
		TRY(page_read(c, op, r->after, &page));
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
		op_init(&own, c->page, op->settings, SYNC_MS);
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
		c->tidy_due = op->now + ROUND_S;
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
