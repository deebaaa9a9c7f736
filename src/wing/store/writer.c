/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/store/writer.h"

#include "wing/store/mark.h"
#include "wing/store/tidier.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define BATCH_MAX 256    /* jobs of one commit */
#define LOCK_SLICE_MS 50 /* between looks at the jobs' deadlines */
#define CACHE_KIB 2048   /* pages kept by a writing connection */
#define ARENA_KEEP (16 * KIB)
#define SHARE_US 100    /* left to another writing process after a commit */
#define SLACK_NS 1000UL /* by which the kernel may lengthen such a sleep */

struct job {
	writer_job *run;
	void *arg;
	struct op *op;
	enum err err;
	bool taken;       /* under the lock */
	atomic_bool done; /* set before `ready` is raised */
	struct job *next;
	sem_t ready; /* of its own: whoever waits needs no lock to go on */
};

struct queue {
	struct job *first, **last;
	size_t n;
};

struct part {
	const char *path;
	struct db *db;      /* NULL: to be opened again */
	int mark;           /* see mark.h */
	struct queue queue; /* under the lock; the rest is the thread's */
	int64_t version;    /* rises when another process has committed */
};

struct writer {
	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_t thread;
	bool started, stopping;
	bool waiting; /* for work: it has to be woken */
	struct part part[DB_PARTS];
	struct tidier *tidier;
	struct arena *arena; /* of `op`, for what belongs to no job */
	struct op op;
};

/* ---- the queue ---- */

static void
queue_init(struct queue *q)
{
	*q = (struct queue){ .last = &q->first };
}

static void
queue_add(struct queue *q, struct job *job)
{
	job->next = NULL;
	*q->last = job;
	q->last = &job->next;
	q->n++;
}

static void
queue_remove(struct queue *q, struct job *job)
{
	struct job **at = &q->first;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	if (job->next == NULL)
		q->last = at;
	q->n--;
}

/* Moves up to a whole batch over. */
static void
queue_take(struct queue *from, struct queue *to)
{
	while (from->first != NULL && to->n < BATCH_MAX) {
		struct job *job = from->first;

		queue_remove(from, job);
		job->taken = true;
		queue_add(to, job);
	}
}

/* ---- a batch ---- */

/* The same end for every job that has none of its own yet. */
static void
fail_all(const struct queue *batch, enum err err, const char *reason)
{
	for (struct job *j = batch->first; j != NULL; j = j->next)
		if (j->err == OK)
			j->err = FAIL(j->op, err, "%s", reason);
}

static const char *
reason_of(const struct op *op)
{
	return op->reason != NULL ? op->reason : "the store failed";
}

static void
writer_op(struct writer *w, unsigned timeout_ms)
{
	arena_reset(w->arena);
	op_init(&w->op, w->arena, NULL, timeout_ms);
	w->op.may_wait = true;
}

static enum err
part_open(struct writer *w, struct part *part)
{
	const struct db_options options = {
		.path = part->path,
		.write = true,
		.cache_kib = CACHE_KIB,
	};

	if (part->db != NULL && db_moved(part->db))
		return FAIL(&w->op, ERR_DOWN,
			    "%s was moved or replaced while in use",
			    part->path);
	if (part->db != NULL)
		return OK;
	return db_open(&w->op, &options, &part->db);
}

static void
part_close(struct part *part)
{
	db_close(part->db);
	part->db = NULL;
}

/* Ends the jobs whose time is over while others write; the rest stays. */
static void
expire(struct queue *batch, const char *reason)
{
	for (struct job *j = batch->first; j != NULL; j = j->next)
		if (j->err == OK && op_left_ms(j->op) == 0)
			j->err = FAIL(j->op, ERR_DOWN,
				      "the store is locked: %s", reason);
}

static bool
any_left(const struct queue *batch)
{
	for (const struct job *j = batch->first; j != NULL; j = j->next)
		if (j->err == OK)
			return true;
	return false;
}

/* Begins the transaction; false: every job has its end. */
static bool
batch_begin(struct writer *w, struct part *part, struct queue *batch)
{
	while (any_left(batch)) {
		enum err err;

		writer_op(w, LOCK_SLICE_MS);
		err = part_open(w, part);
		if (err == OK)
			err = db_begin(part->db, &w->op);
		if (err == OK)
			return true;
		if (err == ERR_CONFLICT) {
			expire(batch, reason_of(&w->op));
			continue;
		}
		fail_all(batch, err, reason_of(&w->op));
	}
	return false;
}

/* Some failures (no room, no memory) take the whole transaction back, and
 * with it the jobs before this one. */
static void
fail_with(struct queue *batch, const struct job *job)
{
	fail_all(batch, ERR_DOWN, reason_of(job->op));
}

/*
 * All jobs without parts of their own, which nearly always works: a job that
 * fails has mostly changed nothing yet. False: one had, so the transaction is
 * taken back, for jobs_apart.
 */
static bool
jobs_together(struct part *part, struct queue *batch)
{
	for (struct job *j = batch->first; j != NULL; j = j->next) {
		int64_t changes = db_changes(part->db);
		enum err err;

		if (j->err != OK)
			continue;
		err = j->run(part->db, j->op, j->arg);
		if (err == OK)
			continue;
		if (db_in_transaction(part->db) &&
		    db_changes(part->db) != changes) {
			db_rollback(part->db);
			return false;
		}
		j->err = err;
		if (!db_in_transaction(part->db))
			fail_with(batch, j);
	}
	return true;
}

/* Each job as a part that can be taken back alone. */
static void
jobs_apart(struct part *part, struct queue *batch)
{
	for (struct job *j = batch->first; j != NULL; j = j->next) {
		if (j->err != OK)
			continue;
		j->err = db_part_begin(part->db, j->op);
		if (j->err == OK)
			j->err = j->run(part->db, j->op, j->arg);
		if (j->err == OK)
			j->err = db_part_keep(part->db, j->op);
		if (j->err == OK)
			continue;
		db_part_undo(part->db);
		if (!db_in_transaction(part->db))
			fail_with(batch, j);
	}
}

/* Its last change, 0 when that cannot be told: then it is not marked. */
static int64_t
batch_change(struct writer *w, struct part *part)
{
	enum db_part which = part == &w->part[DB_MAIN] ? DB_MAIN : DB_PHOTO;
	int64_t change;

	if (part->mark < 0 ||
	    mark_change(part->db, &w->op, which, &change) != OK)
		return 0;
	return change;
}

/* The mark is raised before anybody is told of the commit. */
static void
batch_commit(struct writer *w, struct part *part, struct queue *batch)
{
	int64_t change;
	enum err err;

	if (!db_in_transaction(part->db))
		return;
	writer_op(w, LOCK_SLICE_MS);
	change = batch_change(w, part);
	if (!db_in_transaction(part->db)) { /* no memory even to ask */
		fail_all(batch, ERR_DOWN, reason_of(&w->op));
		return;
	}
	err = db_commit(part->db, &w->op);
	if (err == OK) {
		mark_raise(part->mark, change);
		return;
	}
	fail_all(batch, err,
		 err == ERR_UNKNOWN ? op_print(&w->op, "the commit broke: %s",
					       reason_of(&w->op))
				    : reason_of(&w->op));
	if (err == ERR_UNKNOWN)
		part_close(part);
}

static void
batch_run(struct writer *w, struct part *part, struct queue *batch)
{
	if (!batch_begin(w, part, batch))
		return;
	if (!jobs_together(part, batch)) {
		if (!batch_begin(w, part, batch))
			return;
		jobs_apart(part, batch);
	}
	batch_commit(w, part, batch);
}

/* Others that write look for the lock now and then: when there are any, it
 * is left free for as long as one of their looks takes. */
static void
share(struct writer *w, struct part *part)
{
	int64_t version = 0;

	if (part->db == NULL)
		return;
	writer_op(w, LOCK_SLICE_MS);
	if (db_version(part->db, &w->op, &version) != OK)
		return;
	if (version != part->version)
		(void)usleep(SHARE_US);
	part->version = version;
}

/* Commits of this process; others tell their own tidier. */
static void
part_tidy(struct writer *w, enum db_part part)
{
	struct db *db = w->part[part].db;

	if (db == NULL)
		return;
	if (tidier_ripe(w->tidier, part))
		(void)db_tidy(db, db_backlog(db) >= TIDIER_HUGE);
	tidier_note(w->tidier, part, db_backlog(db));
}

/* ---- the thread ---- */

static void
finish(struct queue *batch)
{
	struct job *next;

	for (struct job *j = batch->first; j != NULL; j = next) {
		next = j->next; /* its caller may be gone right after */
		atomic_store_explicit(&j->done, true, memory_order_release);
		(void)sem_post(&j->ready);
	}
}

/* Called with the lock, which is open meanwhile. */
static void
part_work(struct writer *w, enum db_part which)
{
	struct part *part = &w->part[which];
	struct queue batch;

	if (part->queue.first == NULL)
		return;
	queue_init(&batch);
	queue_take(&part->queue, &batch);
	(void)pthread_mutex_unlock(&w->lock);
	batch_run(w, part, &batch);
	finish(&batch);
	part_tidy(w, which);
	share(w, part);
	(void)pthread_mutex_lock(&w->lock);
}

static bool
has_work(const struct writer *w)
{
	return w->part[DB_MAIN].queue.first != NULL ||
	       w->part[DB_PHOTO].queue.first != NULL;
}

static struct timespec
clock_in(unsigned ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static void *
writer_main(void *arg)
{
	struct writer *w = arg;

	(void)prctl(PR_SET_TIMERSLACK, SLACK_NS, 0, 0, 0);
	(void)pthread_mutex_lock(&w->lock);
	while (has_work(w) || !w->stopping) {
		part_work(w, DB_MAIN);
		part_work(w, DB_PHOTO);
		w->waiting = true;
		while (!has_work(w) && !w->stopping)
			(void)pthread_cond_wait(&w->work, &w->lock);
		w->waiting = false;
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- open, close, run ---- */

enum err
writer_open(struct op *op, const char *const path[DB_PARTS],
	    struct writer **out)
{
	struct writer *w = calloc(1, sizeof(*w));
	enum err err;

	if (w == NULL)
		return FAIL(op, ERR_DOWN, "no memory for the store's writer");
	w->arena = arena_open(ARENA_KEEP);
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->work, NULL);
	for (size_t i = 0; i < DB_PARTS; i++) {
		w->part[i].path = path[i];
		w->part[i].mark = -1;
		queue_init(&w->part[i].queue);
	}
	for (size_t i = 0; i < DB_PARTS; i++) {
		writer_op(w, LOCK_SLICE_MS);
		err = part_open(w, &w->part[i]);
		if (err != OK) {
			(void)FAIL(op, err, "%s", reason_of(&w->op));
			writer_close(w);
			return err;
		}
	}
	for (size_t i = 0; i < DB_PARTS; i++)
		w->part[i].mark = mark_open(op, path[i]);
	err = tidier_open(op, path, &w->tidier);
	if (err != OK) {
		writer_close(w);
		return err;
	}
	w->started = pthread_create(&w->thread, NULL, writer_main, w) == 0;
	if (w->started)
		(void)pthread_setname_np(w->thread, "store-writer");
	if (!w->started) {
		writer_close(w);
		return FAIL(op, ERR_DOWN, "no thread for the store's writer");
	}
	*out = w;
	return OK;
}

void
writer_close(struct writer *w)
{
	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->stopping = true;
	(void)pthread_cond_signal(&w->work);
	(void)pthread_mutex_unlock(&w->lock);
	if (w->started)
		(void)pthread_join(w->thread, NULL);
	tidier_close(w->tidier);
	for (size_t i = 0; i < DB_PARTS; i++)
		part_close(&w->part[i]);
	for (size_t i = 0; i < DB_PARTS; i++)
		if (w->part[i].mark >= 0)
			(void)close(w->part[i].mark);
	(void)pthread_cond_destroy(&w->work);
	(void)pthread_mutex_destroy(&w->lock);
	arena_close(w->arena);
	free(w);
}

static void
job_add(struct writer *w, struct queue *queue, struct job *job)
{
	(void)pthread_mutex_lock(&w->lock);
	queue_add(queue, job);
	if (w->waiting)
		(void)pthread_cond_signal(&w->work);
	(void)pthread_mutex_unlock(&w->lock);
}

/* Takes a job back that nobody has begun. */
static bool
job_withdraw(struct writer *w, struct queue *queue, struct job *job)
{
	bool mine;

	(void)pthread_mutex_lock(&w->lock);
	mine = !job->taken;
	if (mine)
		queue_remove(queue, job);
	(void)pthread_mutex_unlock(&w->lock);
	return mine;
}

/* A job that is not begun by its deadline is withdrawn; one that is begun has
 * to be waited for, since only its end tells what became of it. */
static void
job_wait(struct writer *w, struct queue *queue, struct job *job)
{
	const struct timespec until = clock_in(op_left_ms(job->op));
	int rc;

	do
		rc = sem_clockwait(&job->ready, CLOCK_MONOTONIC, &until);
	while (rc != 0 && errno == EINTR);
	if (rc != 0 && job_withdraw(w, queue, job)) {
		job->err = FAIL(job->op, ERR_DOWN, "the store is busy writing");
		return;
	}
	while (rc != 0)
		rc = sem_wait(&job->ready);
	assert(atomic_load_explicit(&job->done, memory_order_acquire));
}

enum err
writer_run(struct writer *w, struct op *op, enum db_part part, writer_job *run,
	   void *arg)
{
	struct job job = { .run = run, .arg = arg, .op = op };
	struct queue *queue = &w->part[part].queue;

	TRY(op_wait(op, POOL_WRITE));
	op->view = NULL; /* it is to see what it wrote */
	(void)sem_init(&job.ready, 0, 0);
	job_add(w, queue, &job);
	job_wait(w, queue, &job);
	(void)sem_destroy(&job.ready);
	return job.err;
}

void
writer_tidy(struct writer *w)
{
	tidier_now(w->tidier);
}
