/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/store/tidier.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define IDLE_MS 300  /* without a commit, before a small log is tidied */
#define RIPE_MAX 400 /* pages that the writer ends in a moment */
#define PASSES_MAX 4 /* each leaves what came during the one before */
#define CACHE_KIB 64 /* its connections read no pages */

struct part {
	struct db *db;
	int backlog;    /* under the lock */
	unsigned notes; /* commits told of, under the lock */
	unsigned seen;  /* as many when last looked at */
	atomic_bool ripe;
};

struct tidier {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	bool started, stopping, now;
	bool waiting; /* without a limit: has to be woken by the first note */
	struct part part[DB_PARTS];
};

/* Called with the lock, which is open meanwhile. */
static void
part_tidy(struct tidier *t, struct part *p)
{
	unsigned notes = p->notes;
	int left = 0;

	(void)pthread_mutex_unlock(&t->lock);
	for (unsigned i = 0; i < PASSES_MAX; i++) {
		left = db_tidy(p->db, false);
		if (left <= RIPE_MAX) /* or readers or others are in the way */
			break;
	}
	(void)pthread_mutex_lock(&t->lock);
	if (left == 0 && p->notes == notes)
		p->backlog = 0;
	else if (p->backlog >= TIDIER_LARGE)
		atomic_store(&p->ripe, true);
}

static bool
is_due(const struct tidier *t, struct part *p)
{
	bool idle = p->notes == p->seen;

	p->seen = p->notes;
	if (p->backlog >= TIDIER_LARGE)
		return !atomic_load(&p->ripe);
	return p->backlog > 0 && (idle || t->now);
}

static void
wait_for_notes(struct tidier *t)
{
	struct timespec until;
	bool any = false;

	for (size_t i = 0; i < DB_PARTS; i++)
		any = any || t->part[i].backlog > 0;
	t->waiting = !any;
	if (any) {
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += (long)IDLE_MS * 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		(void)pthread_cond_timedwait(&t->wake, &t->lock, &until);
	} else {
		(void)pthread_cond_wait(&t->wake, &t->lock);
	}
	t->waiting = false;
}

static void *
tidier_main(void *arg)
{
	struct tidier *t = arg;

	(void)pthread_mutex_lock(&t->lock);
	while (!t->stopping) {
		for (size_t i = 0; i < DB_PARTS; i++)
			if (is_due(t, &t->part[i]))
				part_tidy(t, &t->part[i]);
		t->now = false;
		if (!t->stopping)
			wait_for_notes(t);
	}
	(void)pthread_mutex_unlock(&t->lock);
	return NULL;
}

enum err
tidier_open(struct op *op, const char *const path[DB_PARTS],
	    struct tidier **out)
{
	struct tidier *t = calloc(1, sizeof(*t));
	pthread_condattr_t attr;

	if (t == NULL)
		return FAIL(op, ERR_DOWN, "no memory for the store's tidier");
	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&t->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	for (size_t i = 0; i < DB_PARTS; i++) {
		const struct db_options options = {
			.path = path[i],
			.write = true,
			.cache_kib = CACHE_KIB,
		};
		enum err err = db_open(op, &options, &t->part[i].db);

		if (err != OK) {
			tidier_close(t);
			return err;
		}
	}
	t->started = pthread_create(&t->thread, NULL, tidier_main, t) == 0;
	if (!t->started) {
		tidier_close(t);
		return FAIL(op, ERR_DOWN, "no thread for the store's tidier");
	}
	(void)pthread_setname_np(t->thread, "store-tidier");
	*out = t;
	return OK;
}

void
tidier_close(struct tidier *t)
{
	if (t == NULL)
		return;
	(void)pthread_mutex_lock(&t->lock);
	t->stopping = true;
	(void)pthread_cond_signal(&t->wake);
	(void)pthread_mutex_unlock(&t->lock);
	if (t->started)
		(void)pthread_join(t->thread, NULL);
	for (size_t i = 0; i < DB_PARTS; i++) {
		struct part *p = &t->part[i];

		if (p->backlog > 0)
			(void)db_tidy(p->db, false);
		db_close(p->db);
	}
	(void)pthread_cond_destroy(&t->wake);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}

void
tidier_note(struct tidier *t, enum db_part part, int backlog)
{
	struct part *p = &t->part[part];

	(void)pthread_mutex_lock(&t->lock);
	p->backlog = backlog;
	p->notes++;
	if (t->waiting || backlog >= TIDIER_LARGE)
		(void)pthread_cond_signal(&t->wake);
	(void)pthread_mutex_unlock(&t->lock);
}

bool
tidier_ripe(struct tidier *t, enum db_part part)
{
	return atomic_load(&t->part[part].ripe) &&
	       atomic_exchange(&t->part[part].ripe, false);
}

void
tidier_now(struct tidier *t)
{
	(void)pthread_mutex_lock(&t->lock);
	t->now = true;
	(void)pthread_cond_signal(&t->wake);
	(void)pthread_mutex_unlock(&t->lock);
}
