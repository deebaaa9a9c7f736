/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills a store for the bench: fill DIR FIRST COUNT HASH makes the mailboxes
 * bench<FIRST>@example.com ... with one crypt(5) hash for all, on 64 threads,
 * so that commits are shared. Each one has an absence of about 1 KiB.
 */
#include "base/op.h"
#include "model/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 64
#define ARENA_KEEP (64 * KIB)
#define TIMEOUT_MS 60000
#define TEXT_BYTES 500 /* of each reply */

struct job {
	struct store *store;
	const char *hash;
	atomic_long next;
	long end;
	atomic_int failed;
};

static char text[TEXT_BYTES + 1];

static enum err
absent(struct op *op, const struct oof_stored *old, void *arg,
       struct oof_stored *out)
{
	struct oof_reply *reply = op_alloc(op, sizeof(*reply));

	(void)arg;
	*out = *old;
	reply->message = text;
	reply->lang = "";
	out->settings = (struct oof_settings){
		.state = OOF_ENABLED,
		.audience = AUDIENCE_ALL,
		.internal = reply,
		.external = reply,
	};
	out->changed = op->now;
	return OK;
}

static enum err
fill_one(struct job *job, struct op *op, long n)
{
	static const char *const none[] = { NULL };
	struct mailbox mailbox = {
		.address = op_print(op, "bench%ld@example.com", n),
		.name = op_print(op, "Bench %ld", n),
		.password = job->hash,
		.policy = AUDIENCE_ALL,
	};

	TRY(store_mailbox_add(job->store, op, &mailbox, none));
	return store_oof_put(job->store, op, mailbox.id, absent, NULL);
}

static void *
fill_some(void *arg)
{
	struct job *job = arg;
	struct arena *arena = arena_open(ARENA_KEEP);
	struct op op;

	for (;;) {
		long n = atomic_fetch_add(&job->next, 1);

		if (n >= job->end || atomic_load(&job->failed) != 0)
			break;
		op_init(&op, arena, NULL, TIMEOUT_MS);
		op.may_wait = true;
		if (fill_one(job, &op, n) != OK) {
			fprintf(stderr, "fill: %s\n", op.reason);
			atomic_store(&job->failed, 1);
		}
		arena_reset(arena);
	}
	arena_close(arena);
	return NULL;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_open(ARENA_KEEP);
	struct job job = { 0 };
	struct op op;
	pthread_t thread[THREADS];

	if (argc != 5) {
		fprintf(stderr, "usage: fill DIR FIRST COUNT HASH\n");
		return 2;
	}
	memset(text, 'x', TEXT_BYTES);
	op_init(&op, arena, NULL, TIMEOUT_MS);
	op.may_wait = true;
	if (store_open(&op, &(struct store_options){ .dir = argv[1] },
		       &job.store) != OK) {
		fprintf(stderr, "fill: %s\n", op.reason);
		return 1;
	}
	job.hash = argv[4];
	atomic_init(&job.next, strtol(argv[2], NULL, 10));
	job.end = strtol(argv[2], NULL, 10) + strtol(argv[3], NULL, 10);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, fill_some, &job);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	store_close(job.store);
	arena_close(arena);
	return atomic_load(&job.failed);
}
