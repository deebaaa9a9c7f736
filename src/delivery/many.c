/* SPDX-License-Identifier: Apache-2.0 */

/* Many mailboxes at once: each waits for disks and servers most of the time, so
 * a few threads share them, and their commits. */
#include "base/log.h"
#include "delivery/delivery_own.h"

#include <inttypes.h>
#include <pthread.h>

#define THREADS_MAX 8
#define ALONE_MAX 2          /* so few are done by the caller's thread */
#define ONE_TIMEOUT_MS 60000 /* for one mailbox */

/* What the threads share. */
struct batch {
	struct delivery *d;
	const struct op *op; /* whose settings and clock count */
	enum publish_how how;
	const int64_t *ids;
	size_t n;
	pthread_mutex_t lock; /* of what follows */
	size_t next;
	struct publish_count count;
};

static bool
take(struct batch *b, int64_t *out)
{
	bool more;

	(void)pthread_mutex_lock(&b->lock);
	more = b->next < b->n;
	if (more)
		*out = b->ids[b->next++];
	(void)pthread_mutex_unlock(&b->lock);
	return more;
}

static void
tell(struct batch *b, const struct published *did, bool failed)
{
	(void)pthread_mutex_lock(&b->lock);
	b->count.put += did->put;
	b->count.removed += did->removed;
	b->count.failed += failed;
	(void)pthread_mutex_unlock(&b->lock);
}

static void
one(struct batch *b, struct op *op, int64_t mailbox)
{
	struct published did = { 0 };
	enum err err = publish(b->d, op, mailbox, b->how, &did);
	bool failed = err != OK && err != ERR_NOT_FOUND;

	if (failed)
		log_debug("publishing mailbox %" PRId64 ": %s", mailbox,
			  op->reason == NULL ? err_name(err) : op->reason);
	tell(b, &did, failed);
}

static void *
work(void *arg)
{
	struct batch *b = arg;
	struct arena *arena = arena_open(0);
	int64_t mailbox;

	while (take(b, &mailbox)) {
		struct op op;

		arena_reset(arena);
		op_init(&op, arena, b->op->settings, ONE_TIMEOUT_MS);
		op.may_wait = true;
		op.now = b->op->now;
		one(b, &op, mailbox);
	}
	arena_close(arena);
	return NULL;
}

void
publish_many(struct delivery *d, struct op *op, const int64_t *ids, size_t n,
	     enum publish_how how, struct publish_count *out)
{
	struct batch b = { .d = d, .op = op, .how = how, .ids = ids, .n = n };
	pthread_t thread[THREADS_MAX];
	size_t threads = 0;

	(void)pthread_mutex_init(&b.lock, NULL);
	while (n > ALONE_MAX && threads < THREADS_MAX && threads < n &&
	       pthread_create(&thread[threads], NULL, work, &b) == 0)
		threads++;
	(void)work(&b);
	while (threads > 0)
		(void)pthread_join(thread[--threads], NULL);
	(void)pthread_mutex_destroy(&b.lock);
	out->put += b.count.put;
	out->removed += b.count.removed;
	out->failed += b.count.failed;
}
