/* SPDX-License-Identifier: Apache-2.0 */
#include "door/milter/crew.h"

#include <stdlib.h>
#include <time.h>

#define KEEP (64 * KIB) /* memory that an idle thread holds back */

struct member {
	struct crew *crew;
	pthread_t thread;
	int64_t since_us; /* when its work began; 0: it has none */
};

struct crew {
	struct milter_house *house;
	crew_work *work[POST_WORKS];
	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t queued, idle;
	struct post_task *first, **last;
	size_t n, bytes; /* in the queue */
	size_t working;  /* members that live */
	bool ending;
	struct member member[CREW_THREADS];
};

static const struct {
	unsigned wait_ms, timeout_ms;
} works[POST_WORKS] = {
	[POST_LOOK] = { CREW_LOOK_WAIT_MS, CREW_LOOK_WAIT_MS },
	[POST_DECIDE] = { CREW_DECIDE_WAIT_MS, CREW_DECIDE_TIMEOUT_MS },
};

/* ---- the queue; with the lock ---- */

static void
put(struct crew *crew, struct post_task *task)
{
	task->next = NULL;
	*crew->last = task;
	crew->last = &task->next;
	crew->n++;
	crew->bytes += task->bytes;
	(void)pthread_cond_signal(&crew->queued);
}

static struct post_task *
take(struct crew *crew)
{
	struct post_task *task = crew->first;

	if (task == NULL)
		return NULL;
	crew->first = task->next;
	if (crew->first == NULL)
		crew->last = &crew->first;
	crew->n--;
	crew->bytes -= task->bytes;
	return task;
}

/* Has no thread got free for a while? Then the store is slow, and whoever
 * waited for it would do so in vain. */
static bool
is_stuck(const struct crew *crew, int64_t now_us)
{
	for (size_t i = 0; i < CREW_THREADS; i++) {
		const struct member *m = &crew->member[i];

		if (m->since_us == 0 ||
		    now_us - m->since_us < CREW_STUCK_MS * INT64_C(1000))
			return false;
	}
	return true;
}

/* ---- the threads ---- */

static void
task_run(struct crew *crew, struct post_task *task, struct arena *arena)
{
	struct op op;

	milter_op_begin(crew->house, &op, arena, works[task->what].timeout_ms);
	crew->work[task->what](crew->house, &op, task->post);
	milter_op_end(crew->house, &op);
	arena_reset(arena);
}

/* The lock is held, and given up meanwhile. */
static void
task_do(struct member *m, struct post_task *task, struct arena *arena)
{
	struct crew *crew = m->crew;
	struct post *post = task->post;
	int64_t now_us = op_clock_us();

	m->since_us = now_us;
	(void)pthread_mutex_unlock(&crew->lock);
	if (task->until_us == 0 || now_us < task->until_us)
		task_run(crew, task, arena);
	(void)pthread_mutex_lock(&crew->lock);
	m->since_us = 0;
	task->done = true;
	(void)pthread_cond_signal(&post->changed);
	post_drop(post);
}

static void *
member_main(void *arg)
{
	struct member *m = arg;
	struct crew *crew = m->crew;
	struct arena *arena = arena_open(KEEP);
	struct post_task *task;

	(void)pthread_mutex_lock(&crew->lock);
	for (;;) {
		task = take(crew);
		if (task != NULL)
			task_do(m, task, arena);
		else if (crew->ending)
			break;
		else
			(void)pthread_cond_wait(&crew->queued, &crew->lock);
	}
	crew->working--;
	(void)pthread_cond_signal(&crew->idle);
	(void)pthread_mutex_unlock(&crew->lock);
	arena_close(arena);
	return NULL;
}

/* ---- open and close ---- */

static struct timespec
time_of(int64_t us)
{
	return (struct timespec){ .tv_sec = (time_t)(us / 1000000),
				  .tv_nsec = (long)(us % 1000000) * 1000 };
}

static enum err
members_start(struct op *op, struct crew *crew)
{
	for (size_t i = 0; i < CREW_THREADS; i++) {
		struct member *m = &crew->member[i];

		m->crew = crew;
		if (pthread_create(&m->thread, NULL, member_main, m) != 0)
			return FAIL(op, ERR_DOWN, "no thread for the milter");
		crew->working++;
	}
	return OK;
}

enum err
crew_open(struct op *op, struct milter_house *house,
	  crew_work *const work[POST_WORKS], struct crew **out)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	pthread_condattr_t attr;

	if (crew == NULL)
		abort();
	crew->house = house;
	for (size_t i = 0; i < POST_WORKS; i++)
		crew->work[i] = work[i];
	crew->last = &crew->first;
	(void)pthread_mutex_init(&crew->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&crew->queued, &attr);
	(void)pthread_cond_init(&crew->idle, &attr);
	(void)pthread_condattr_destroy(&attr);
	*out = crew;
	return members_start(op, crew); /* a failure ends the process */
}

bool
crew_close(struct crew *crew, unsigned drain_ms, size_t *left)
{
	struct timespec until =
		time_of(op_clock_us() + drain_ms * INT64_C(1000));
	struct post_task *task;
	bool ended;
	int rc = 0;

	*left = 0;
	(void)pthread_mutex_lock(&crew->lock);
	crew->ending = true;
	(void)pthread_cond_broadcast(&crew->queued);
	while (crew->working > 0 && rc == 0)
		rc = pthread_cond_timedwait(&crew->idle, &crew->lock, &until);
	while ((task = take(crew)) != NULL) {
		*left += task->what == POST_DECIDE;
		post_drop(task->post);
	}
	ended = crew->working == 0;
	for (size_t i = 0; i < CREW_THREADS; i++)
		*left += crew->member[i].since_us != 0;
	(void)pthread_mutex_unlock(&crew->lock);
	for (size_t i = 0; ended && i < CREW_THREADS; i++)
		(void)pthread_join(crew->member[i].thread, NULL);
	return ended;
}

/* ---- handing over ---- */

/* With the lock: until it is done, at most wait_ms. */
static bool
task_wait(struct crew *crew, struct post_task *task, int64_t until_us)
{
	struct timespec until = time_of(until_us);
	int rc = 0;

	while (!task->done && rc == 0)
		rc = pthread_cond_timedwait(&task->post->changed, &crew->lock,
					    &until);
	return task->done;
}

static enum crew_did
hand_over(struct crew *crew, struct post_task *task, int64_t now_us)
{
	unsigned wait_ms = works[task->what].wait_ms;
	int64_t until_us = now_us + wait_ms * INT64_C(1000);
	bool stuck = is_stuck(crew, now_us);

	if (crew->ending)
		return CREW_ENDING;
	if (stuck && task->what == POST_LOOK)
		return CREW_LATER; /* nobody would read what it finds */
	if (crew->n >= CREW_QUEUE_MAX ||
	    crew->bytes + task->bytes > CREW_QUEUE_BYTES_MAX)
		return CREW_REFUSED;
	if (task->what == POST_LOOK)
		task->until_us = until_us;
	(void)post_keep(task->post);
	put(crew, task);
	return !stuck && task_wait(crew, task, until_us) ? CREW_DONE
							 : CREW_LATER;
}

enum crew_did
crew_do(struct crew *crew, struct post *post, enum post_work what)
{
	struct post_task *task = &post->task[what];
	enum crew_did did;

	task->bytes = what == POST_DECIDE ? post_held(post) : 0;
	(void)pthread_mutex_lock(&crew->lock);
	did = hand_over(crew, task, op_clock_us());
	(void)pthread_mutex_unlock(&crew->lock);
	return did;
}
