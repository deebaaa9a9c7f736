/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/store/writer.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH_MAX 256      /* jobs of one commit */
#define LOCK_SLICE_MS 50   /* between looks at the jobs' deadlines */
#define IDLE_MS 300        /* without work, before the log is tidied */
#define BACKLOG_LARGE 4000 /* pages of the log: tidied between commits */
#define BACKLOG_HUGE 16000 /* pages: waits for readers and other writers */
#define CACHE_KIB 2048     /* pages kept by a writing connection */
#define ARENA_KEEP (16 * KIB)
#define SHARE_US 200 /* left to another writing process after a commit */

struct job {
	writer_job *run;
	void *arg;
	struct op *op;
	enum err err;
	bool taken, done;
	struct job *next;
	pthread_cond_t ready;
};

struct queue {
	struct job *first, **last;
	size_t n;
};

struct part {
	const char *path;
	struct db *db;      /* NULL: to be opened again */
	struct queue queue; /* under the lock; the rest is the thread's */
	int64_t version;    /* rises when another process has committed */
};

struct writer {
	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_t thread;
	bool started, stopping, tidy;
	struct part part[DB_PARTS];
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

/*
 * Some failures (no room, no memory) take the whole transaction back, and
 * with it the jobs before this one.
 */
static void
job_run(struct part *part, struct queue *batch, struct job *job)
{
	bool alone = batch->n == 1; /* the transaction is its own part */
	enum err err;

	if (job->err != OK)
		return;
	err = alone ? OK : db_part_begin(part->db, job->op);
	if (err == OK)
		err = job->run(part->db, job->op, job->arg);
	if (err == OK && !alone)
		err = db_part_keep(part->db, job->op);
	if (err == OK)
		return;
	job->err = err;
	if (alone)
		db_rollback(part->db);
	else
		db_part_undo(part->db);
	if (!db_in_transaction(part->db))
		fail_all(batch, ERR_DOWN, reason_of(job->op));
}

static void
batch_run(struct writer *w, struct part *part, struct queue *batch)
{
	enum err err;

	if (!batch_begin(w, part, batch))
		return;
	for (struct job *j = batch->first;
	     j != NULL && db_in_transaction(part->db); j = j->next)
		job_run(part, batch, j);
	if (!db_in_transaction(part->db))
		return;
	writer_op(w, LOCK_SLICE_MS);
	err = db_commit(part->db, &w->op);
	if (err == OK)
		return;
	fail_all(batch, err,
		 err == ERR_UNKNOWN ? op_print(&w->op, "the commit broke: %s",
					       reason_of(&w->op))
				    : reason_of(&w->op));
	if (err == ERR_UNKNOWN)
		part_close(part);
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

static void
part_tidy(struct part *part, bool idle)
{
	int backlog = part->db == NULL ? 0 : db_backlog(part->db);

	if (backlog >= BACKLOG_LARGE || (idle && backlog > 0))
		db_tidy(part->db, backlog >= BACKLOG_HUGE);
}

/* ---- the thread ---- */

static void
finish(struct queue *batch)
{
	struct job *next;

	for (struct job *j = batch->first; j != NULL; j = next) {
		next = j->next; /* its caller may be gone right after */
		j->done = true;
		(void)pthread_cond_signal(&j->ready);
	}
}

/* Called with the lock, which is open meanwhile. */
static void
part_work(struct writer *w, struct part *part)
{
	struct queue batch;

	if (part->queue.first == NULL)
		return;
	queue_init(&batch);
	queue_take(&part->queue, &batch);
	(void)pthread_mutex_unlock(&w->lock);
	batch_run(w, part, &batch);
	(void)pthread_mutex_lock(&w->lock);
	finish(&batch);
	(void)pthread_mutex_unlock(&w->lock);
	part_tidy(part, false);
	share(w, part);
	(void)pthread_mutex_lock(&w->lock);
}

static bool
has_work(const struct writer *w)
{
	return w->part[DB_MAIN].queue.first != NULL ||
	       w->part[DB_PHOTO].queue.first != NULL;
}

static bool
has_backlog(const struct writer *w)
{
	for (size_t i = 0; i < DB_PARTS; i++)
		if (w->part[i].db != NULL && db_backlog(w->part[i].db) > 0)
			return true;
	return false;
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

/* Waits for work. When there is none for a while, the logs are tidied: once,
 * for what readers hold back then waits for the next time. */
static void
wait_for_work(struct writer *w)
{
	struct timespec until = clock_in(IDLE_MS);
	bool idle = w->tidy;

	while (!idle && !has_work(w) && !w->stopping && !w->tidy)
		if (!has_backlog(w))
			(void)pthread_cond_wait(&w->work, &w->lock);
		else
			idle = pthread_cond_timedwait(&w->work, &w->lock,
						      &until) != 0;
	if (!idle && !w->tidy)
		return;
	w->tidy = false;
	(void)pthread_mutex_unlock(&w->lock);
	for (size_t i = 0; i < DB_PARTS; i++)
		part_tidy(&w->part[i], true);
	(void)pthread_mutex_lock(&w->lock);
}

static void *
writer_main(void *arg)
{
	struct writer *w = arg;

	(void)pthread_mutex_lock(&w->lock);
	while (has_work(w) || !w->stopping) {
		part_work(w, &w->part[DB_MAIN]);
		part_work(w, &w->part[DB_PHOTO]);
		if (!has_work(w) && !w->stopping)
			wait_for_work(w);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- open, close, run ---- */

static void
cond_open(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(cond, &attr);
	(void)pthread_condattr_destroy(&attr);
}

enum err
writer_open(struct op *op, const char *const path[DB_PARTS],
	    struct writer **out)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return FAIL(op, ERR_DOWN, "no memory for the store's writer");
	w->arena = arena_open(ARENA_KEEP);
	(void)pthread_mutex_init(&w->lock, NULL);
	cond_open(&w->work);
	for (size_t i = 0; i < DB_PARTS; i++) {
		w->part[i].path = path[i];
		queue_init(&w->part[i].queue);
	}
	for (size_t i = 0; i < DB_PARTS; i++) {
		enum err err;

		writer_op(w, LOCK_SLICE_MS);
		err = part_open(w, &w->part[i]);
		if (err != OK) {
			(void)FAIL(op, err, "%s", reason_of(&w->op));
			writer_close(w);
			return err;
		}
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
	for (size_t i = 0; i < DB_PARTS; i++) {
		if (w->part[i].db != NULL)
			db_tidy(w->part[i].db, false);
		part_close(&w->part[i]);
	}
	(void)pthread_cond_destroy(&w->work);
	(void)pthread_mutex_destroy(&w->lock);
	arena_close(w->arena);
	free(w);
}

/* A job that is not begun by its deadline is withdrawn; one that is begun has
 * to be waited for, since only its end tells what became of it. */
static void
job_wait(struct writer *w, struct part *part, struct job *job)
{
	bool late = false;

	while (!job->done && !(late && !job->taken)) {
		struct timespec until = clock_in(op_left_ms(job->op));

		if (job->taken)
			(void)pthread_cond_wait(&job->ready, &w->lock);
		else
			late = pthread_cond_timedwait(&job->ready, &w->lock,
						      &until) != 0;
	}
	if (job->done)
		return;
	queue_remove(&part->queue, job);
	job->err = FAIL(job->op, ERR_DOWN, "the store is busy writing");
}

enum err
writer_run(struct writer *w, struct op *op, enum db_part part, writer_job *run,
	   void *arg)
{
	struct job job = { .run = run, .arg = arg, .op = op };

	TRY(op_wait(op, POOL_WRITE));
	op->view = NULL; /* it is to see what it wrote */
	cond_open(&job.ready);
	(void)pthread_mutex_lock(&w->lock);
	queue_add(&w->part[part].queue, &job);
	(void)pthread_cond_signal(&w->work);
	job_wait(w, &w->part[part], &job);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_cond_destroy(&job.ready);
	return job.err;
}

void
writer_tidy(struct writer *w)
{
	(void)pthread_mutex_lock(&w->lock);
	w->tidy = true;
	(void)pthread_cond_signal(&w->work);
	(void)pthread_mutex_unlock(&w->lock);
}
