/* SPDX-License-Identifier: Apache-2.0 */

/* What the clerk does. */
#include "serve/clerk.h"

#include "base/log.h"
#include "model/contacts.h"
#include "photo/photo_copies.h"
#include "photo/photo_directory.h"

#include <inttypes.h>

#define HOUR_S 3600
#define DAY_S 86400
#define KEYS_S 5          /* so that a new issuer's users need not wait long */
#define FOLLOW_S 1        /* each source has its own poll_s */
#define COPIES_S 1        /* each copy has its own time */
#define SWEEP_S 15        /* between two looks if one is due */
#define SWEEP_AGAIN_S 300 /* after one that failed */
#define PUBLISH_S 1       /* each mailbox has its own time */
#define COMPARE_S 5       /* settings are others, or a day has passed */
#define SEND_S 1          /* each reply has its own time */
#define CONTACTS_S 2      /* it stops after some seconds, and goes on */

static enum err
job_maintain(struct op *op, struct wings *wings)
{
	const struct store_keep keep = {
		.changes = op->settings->change_log_days,
		.audit = op->settings->audit_days,
		.answers = op->settings->answer_days,
	};

	return store_maintain(wings->house.store, op, &keep);
}

/* Each issuer is on its own; a failure is told when it happens, and the next
 * try is due later and later. */
static enum err
job_keys(struct op *op, struct wings *wings)
{
	const struct settings *s = op->settings;

	(void)wings;
	for (size_t i = 0; i < s->issuers_n; i++) {
		if (auth_keys_refresh(op, &s->issuers[i]) != OK)
			log_error("the keys of issuer \"%s\": %s",
				  s->issuers[i].title, op->reason);
	}
	return OK;
}

/* ---- people whom sources outside know ---- */

static void
picture_seen(struct op *op, void *arg, const struct mailbox *mailbox,
	     const struct person *person)
{
	struct wings *wings = arg;

	if (photo_directory_seen(&wings->house, op, mailbox, person) != OK)
		log_warning("the picture of %s: %s", mailbox->address,
			    op->reason);
}

static enum err
job_follow(struct op *op, struct wings *wings)
{
	return directory_follow(wings->house.directory, op, picture_seen,
				wings);
}

static enum err
job_copies(struct op *op, struct wings *wings)
{
	return photo_copies_run(&wings->house, op);
}

static void
sweep_tell(const char *source, const struct directory_count *n, int64_t took_s)
{
	log_notice("%s was gone through in %" PRId64 " s: %" PRIu64
		   " people, %" PRIu64 " new, %" PRIu64 " changed, %" PRIu64
		   " gone, %" PRIu64 " left out",
		   source, took_s, n->seen, n->made, n->changed, n->gone,
		   n->refused);
}

static enum err
sweep(struct op *op, struct wings *wings, const char *source)
{
	int64_t began_us = op_clock_us();
	struct directory_count count;

	op->reason = NULL;
	TRY(directory_sweep(wings->house.directory, op, source, &count));
	if (count.made + count.changed + count.gone + count.refused > 0)
		sweep_tell(source, &count,
			   (op_clock_us() - began_us) / 1000000);
	return OK;
}

/* Each source when the clerk starts, when its section is new, and daily. One
 * that fails is left alone for a while, for the others' sake too. */
static enum err
job_sweep(struct op *op, struct wings *wings)
{
	static int64_t started, again; /* this thread's alone */
	struct directory_stats_list list;

	if (started == 0)
		started = op->now;
	if (op->now < again)
		return OK;
	TRY(directory_stats(wings->house.directory, op, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct directory_stats *s = &list.stats[i];

		if (!s->sweeps ||
		    (s->swept >= started && op->now - s->swept < DAY_S))
			continue;
		if (sweep(op, wings, s->source) == OK)
			continue;
		log_error("%s", op->reason);
		again = op->now + SWEEP_AGAIN_S;
	}
	return OK;
}

/* ---- their contacts ---- */

static enum err
job_contacts(struct op *op, struct wings *wings)
{
	static struct contacts *contacts; /* this thread's alone */

	if (contacts == NULL)
		TRY(contacts_open(op, wings->house.store,
				  wings->house.directory, &contacts));
	return contacts_follow(contacts, op);
}

/* ---- what takes effect elsewhere ---- */

static enum err
job_publish(struct op *op, struct wings *wings)
{
	return delivery_follow(wings->house.delivery, op);
}

static enum err
job_compare(struct op *op, struct wings *wings)
{
	return delivery_sweep(wings->house.delivery, op);
}

static enum err
job_send(struct op *op, struct wings *wings)
{
	return delivery_send(wings->house.delivery, op);
}

const struct job clerk_jobs[] = {
	{ "the store's maintenance", HOUR_S, job_maintain },
	{ "fetching issuers' keys", KEYS_S, job_keys },
	{ "following the directories", FOLLOW_S, job_follow },
	{ "copying photos into directories", COPIES_S, job_copies },
	{ "going through the directories", SWEEP_S, job_sweep },
	{ "reading contacts", CONTACTS_S, job_contacts },
	{ "publishing absences", PUBLISH_S, job_publish },
	{ "comparing what is published", COMPARE_S, job_compare },
	{ "sending replies", SEND_S, job_send },
};

const size_t clerk_jobs_n = COUNT(clerk_jobs);

_Static_assert(COUNT(clerk_jobs) <= CLERK_JOBS_MAX, "a thread for each");
