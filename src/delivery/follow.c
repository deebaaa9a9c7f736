/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The clerk's part: what is due, and now and then everything: a script that
 * somebody else has changed or lost, one of nobody, settings that are others.
 */
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "delivery/delivery_own.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 256            /* mailboxes at a time */
#define FOLLOW_S 10         /* then other work has its turn */
#define SWEEP_EVERY_S 86400 /* everything is compared that often */
#define MARK "delivery"     /* of store_source_get: which settings were swept */
#define USERS_MAX 1000000   /* of one backend, when it is looked through */

/* ---- what is due ---- */

enum err
delivery_follow(struct delivery *d, struct op *op)
{
	int64_t until_us = op_clock_us() + FOLLOW_S * INT64_C(1000000);
	struct publication_list list = { .n = PAGE };
	struct publish_count count = { 0 };
	int64_t ids[PAGE];

	while (list.n == PAGE && op_clock_us() < until_us) {
		TRY(store_publication_due(d->store, op, PAGE, &list));
		for (size_t i = 0; i < list.n; i++)
			ids[i] = list.row[i].mailbox;
		publish_many(d, op, ids, list.n, PUBLISH_DUE, &count);
	}
	if (count.put + count.removed + count.failed > 0)
		log_notice("scripts: %zu put, %zu taken away, %zu failed",
			   count.put, count.removed, count.failed);
	return OK;
}

/* ---- everybody ---- */

/* Names under which something is to lie at a backend. */
struct users {
	const char **name;
	size_t n, room;
};

static void
users_add(struct op *op, struct users *users, const char *name)
{
	if (users->n == users->room) {
		size_t room = users->room == 0 ? PAGE : 2 * users->room;
		const char **more = op_alloc(op, room * sizeof(*more));

		if (users->n > 0)
			memcpy(more, users->name, users->n * sizeof(*more));
		users->name = more;
		users->room = room;
	}
	users->name[users->n++] = op_dup(op, name);
}

static int
compare(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

bool
publication_concerns(struct delivery *d, struct op *op,
		     const struct publication *row, const char *title)
{
	const char *colon = strchr(row->backend, ':');
	const struct backend_section *section;
	const struct mailbox *mailbox;

	if (title == NULL || (colon != NULL && strcmp(colon + 1, title) == 0))
		return true;
	if (store_mailbox_get(d->store, op, row->mailbox, &mailbox) != OK)
		return false;
	section = section_of(op, mailbox);
	return section != NULL && strcmp(section->title, title) == 0;
}

/* All rows of a backend (NULL: of all), page by page, in memory of each page's
 * own. */
static enum err
everybody(struct delivery *d, struct op *op, const char *title,
	  enum publish_how how, struct publish_count *count, size_t *looked)
{
	struct publication_list list = { .n = PAGE };
	struct arena *arena = arena_open(0);
	int64_t after = 0, ids[PAGE];
	enum err err = OK;
	size_t n;

	while (err == OK && list.n == PAGE) {
		struct op page;

		arena_reset(arena);
		op_init(&page, arena, op->settings, op_left_ms(op));
		page.may_wait = true;
		err = store_publication_list(d->store, &page, after, PAGE,
					     &list);
		if (err != OK) {
			(void)FAIL(op, err, "%s", page.reason);
			break;
		}
		n = 0;
		for (size_t i = 0; i < list.n; i++) {
			after = list.row[i].mailbox;
			if (publication_concerns(d, &page, &list.row[i], title))
				ids[n++] = after;
		}
		publish_many(d, &page, ids, n, how, count);
		*looked += n;
	}
	arena_close(arena);
	return err;
}

/* ---- what is of nobody ---- */

struct orphans {
	struct users all;   /* of this backend, sorted */
	struct users found; /* that are not among them */
};

static enum err
on_found(void *arg, struct op *op, const char *user)
{
	struct orphans *o = arg;

	if (o->found.n == USERS_MAX)
		return FAIL(op, ERR_LIMIT, "more than %d scripts of nobody",
			    USERS_MAX);
	if (o->all.n == 0 || bsearch(&user, o->all.name, o->all.n, sizeof(user),
				     compare) == NULL)
		users_add(op, &o->found, user);
	return OK;
}

static enum err
users_read(struct delivery *d, struct op *op,
	   const struct backend_section *section, struct users *out)
{
	struct publication_list list = { .n = PAGE };
	int64_t after = 0;

	while (list.n == PAGE) {
		TRY(store_publication_list(d->store, op, after, PAGE, &list));
		for (size_t i = 0; i < list.n; i++) {
			after = list.row[i].mailbox;
			if (section_is_at(section, list.row[i].backend))
				users_add(op, out, list.row[i].user);
		}
	}
	if (out->n > 0)
		qsort(out->name, out->n, sizeof(*out->name), compare);
	return OK;
}

/*
 * Which ones lie there is asked first, who is somebody afterwards: whoever is
 * published meanwhile is so in the second list, and not taken for nobody.
 */
static enum err
orphans_remove(struct delivery *d, struct op *op,
	       const struct backend_section *section,
	       struct publish_count *count)
{
	CLEANUP(backend_close) struct backend *b = NULL;
	struct orphans o = { 0 };
	struct users lying = { 0 };

	TRY(backend_open(op, section, &b));
	TRY(b->ops->list(b, op, on_found, &o));
	lying = o.found;
	o.found = (struct users){ 0 };
	TRY(users_read(d, op, section, &o.all));
	for (size_t i = 0; i < lying.n; i++)
		TRY(on_found(&o, op, lying.name[i]));
	for (size_t i = 0; i < o.found.n; i++) {
		TRY(b->ops->put(b, op, o.found.name[i], (struct bytes){ 0 }));
		count->removed++;
	}
	return OK;
}

static void
orphans_remove_all(struct delivery *d, struct op *op, const char *title,
		   struct publish_count *count)
{
	const struct settings *s = op->settings;

	for (size_t i = 0; i < s->backends_n; i++) {
		const struct backend_section *b = &s->backends[i];

		if (section_is_milter(b) ||
		    (title != NULL && strcmp(title, b->title) != 0))
			continue;
		if (orphans_remove(d, op, b, count) == OK)
			continue;
		count->failed++;
		log_warning("backend \"%s\": %s", b->title,
			    op->reason == NULL ? "failed" : op->reason);
	}
}

/* ---- when ---- */

/* Are these the settings of the last sweep? */
static enum err
is_marked(struct delivery *d, struct op *op, const char *sum, bool *out)
{
	struct source_mark mark;

	TRY(store_source_get(d->store, op, MARK, &mark));
	*out = strcmp(mark.mark, sum) == 0;
	return OK;
}

enum err
delivery_sweep(struct delivery *d, struct op *op)
{
	const struct bytes sum = { op->settings->replies_sum,
				   sizeof(op->settings->replies_sum) };
	const struct source_mark mark = { .mark = text_hex(op, sum),
					  .swept = op->now };
	struct publish_count count = { 0 };
	size_t looked = 0;
	bool marked;

	TRY(is_marked(d, op, mark.mark, &marked));
	if (marked && d->swept != 0 && op->now - d->swept < SWEEP_EVERY_S)
		return OK;
	if (!marked)
		TRY(store_publication_want(d->store, op, 0));
	TRY(everybody(d, op, NULL, PUBLISH_COMPARE, &count, &looked));
	orphans_remove_all(d, op, NULL, &count);
	TRY(store_source_put(d->store, op, MARK, &mark));
	d->swept = op->now;
	if (count.put + count.removed + count.failed > 0)
		log_notice("all %zu scripts were compared: %zu put, %zu taken "
			   "away, %zu failed",
			   looked, count.put, count.removed, count.failed);
	return OK;
}

/* The row of one that was absent before there was a backend is missing. */
static enum err
rows_make(struct delivery *d, struct op *op, const struct mailbox *mailbox)
{
	struct publication row;
	enum err err;

	if (mailbox == NULL)
		return store_publication_want(d->store, op, 0);
	err = store_publication_get(d->store, op, mailbox->id, &row);
	if (err != ERR_NOT_FOUND)
		return err;
	return store_publication_want(d->store, op, mailbox->organization);
}

enum err
delivery_resync(struct delivery *d, struct op *op, const char *title,
		const struct mailbox *mailbox, struct resync_count *out)
{
	struct publish_count count = { 0 };

	*out = (struct resync_count){ 0 };
	if (title != NULL && section_titled(op->settings, title) == NULL)
		return FAIL(op, ERR_NOT_FOUND,
			    "there is no section backend \"%s\"", title);
	TRY(rows_make(d, op, mailbox));
	if (mailbox != NULL) {
		publish_many(d, op, &mailbox->id, 1, PUBLISH_AGAIN, &count);
		out->looked = 1;
	} else {
		TRY(everybody(d, op, title, PUBLISH_AGAIN, &count,
			      &out->looked));
		orphans_remove_all(d, op, title, &count);
	}
	out->put = count.put;
	out->removed = count.removed;
	out->failed = count.failed;
	return OK;
}
