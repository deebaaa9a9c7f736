/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/transfer/bulk.h"
#include "base/text.h"
#include "cli/out.h"
#include "verbs/transfer/bulk_bar.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 200           /* between two looks at what is done */
#define THREAD_KEEP (4 * MIB) /* memory that a thread holds back */

const char *
bulk_word(enum bulk_result result)
{
	static const char *const words[BULK_RESULTS] = {
		[BULK_LEFT] = "left",
		[BULK_ADDED] = "added",
		[BULK_SET] = "set",
		[BULK_UPDATED] = "updated",
		[BULK_UNCHANGED] = "unchanged",
		[BULK_SKIPPED] = "skipped",
		[BULK_FAILED] = "failed",
	};

	return words[result];
}

/* ---- signals ---- */

/* Written by a handler, read by all threads. */
static atomic_int stopped;

static void
on_signal(int number)
{
	stopped = number;
}

bool
bulk_stopped(void)
{
	return stopped != 0;
}

/* A second one has its usual effect: it ends us at once. */
static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

struct bulk_watch {
	struct sigaction old[COUNT(signals)];
};

static void
watch_begin(struct bulk_watch *watch)
{
	struct sigaction now = { .sa_handler = on_signal,
				 .sa_flags = (int)SA_RESETHAND };

	for (size_t i = 0; i < COUNT(signals); i++)
		(void)sigaction(signals[i], &now, &watch->old[i]);
}

static void
watch_end(const struct bulk_watch *watch)
{
	for (size_t i = 0; i < COUNT(signals); i++)
		(void)sigaction(signals[i], &watch->old[i], NULL);
}

/* ---- a few at once ---- */

struct bulk_gate {
	sem_t free;
};

struct bulk_gate *
bulk_gate_open(unsigned places)
{
	struct bulk_gate *gate = malloc(sizeof(*gate));

	if (gate == NULL || sem_init(&gate->free, 0, places) != 0)
		abort();
	return gate;
}

void
bulk_gate_close(struct bulk_gate *gate)
{
	if (gate != NULL)
		(void)sem_destroy(&gate->free);
	free(gate);
}

void
bulk_gate_enter(struct bulk_gate *gate)
{
	while (sem_wait(&gate->free) != 0)
		;
}

void
bulk_gate_leave(struct bulk_gate *gate)
{
	(void)sem_post(&gate->free);
}

/* ---- the threads ---- */

struct bulk_crew {
	pthread_mutex_t lock;
	pthread_cond_t news; /* something is done, or a thread has ended */
	pthread_cond_t open; /* something is done: a wall may have fallen */
	size_t next;         /* what nobody has taken yet */
	size_t done;         /* of those before it */
	unsigned at_work;    /* threads */
	pthread_t thread[BULK_THREADS_MAX];
	unsigned threads_n;
	size_t told;
};

/* With the lock, once there is one. */
static const char *
reason_keep(struct bulk *b, struct op *op)
{
	return arena_text(b->keep, text_head(op, op->reason, BULK_REASON_MAX));
}

/* What fails after somebody wanted the end may have failed because of it, as
 * Ctrl-C on a terminal reaches the decoders, too: it counts as not begun. */
static enum bulk_result
item_do(struct bulk *b, struct op *op, size_t i)
{
	enum bulk_result result = BULK_FAILED;
	enum err err = b->plan->work(b, op, i, &result);

	if (err == OK)
		return result;
	if (op->reason == NULL)
		op->reason = err_name(err);
	return bulk_stopped() ? BULK_LEFT : BULK_FAILED;
}

/* With the lock. */
static void
item_finish(struct bulk *b, size_t i)
{
	b->item[i].done = true;
	b->crew->done++;
	(void)pthread_cond_signal(&b->crew->news);
	if (b->walls_n > 0)
		(void)pthread_cond_broadcast(&b->crew->open);
}

static bool
is_wall(const struct bulk *b, size_t i)
{
	for (size_t w = 0; w < b->walls_n; w++)
		if (b->wall[w] == i)
			return true;
	return false;
}

/* With the lock, which is open while it waits. */
static bool
item_take(struct bulk *b, size_t *out)
{
	struct bulk_crew *crew = b->crew;

	for (;;) {
		if (crew->next == b->n || bulk_stopped())
			return false;
		if (is_wall(b, crew->next) && crew->done < crew->next) {
			(void)pthread_cond_wait(&crew->open, &crew->lock);
		} else if (b->item[crew->next].settled) {
			item_finish(b, crew->next++);
		} else {
			*out = crew->next++;
			return true;
		}
	}
}

static void *
thread_main(void *arg)
{
	struct bulk *b = arg;
	struct bulk_crew *crew = b->crew;
	struct arena *arena = arena_open(THREAD_KEEP);
	enum bulk_result result;
	struct op op;
	size_t i;

	(void)pthread_mutex_lock(&crew->lock);
	while (item_take(b, &i)) {
		(void)pthread_mutex_unlock(&crew->lock);
		op_init(&op, arena, b->c->settings, BULK_ITEM_MS);
		op.may_wait = true;
		op.actor = b->c->op.actor;
		result = item_do(b, &op, i);
		(void)pthread_mutex_lock(&crew->lock);
		b->item[i].result = result;
		if ((result == BULK_FAILED || result == BULK_SKIPPED) &&
		    op.reason != NULL)
			b->item[i].reason = reason_keep(b, &op);
		arena_reset(arena);
		item_finish(b, i);
	}
	crew->at_work--;
	(void)pthread_cond_signal(&crew->news);
	(void)pthread_mutex_unlock(&crew->lock);
	arena_close(arena);
	return NULL;
}

/* Signals are for the thread that tells. */
static void
crew_start(struct bulk *b)
{
	struct bulk_crew *crew = b->crew;
	sigset_t all, old;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	(void)pthread_mutex_lock(&crew->lock);
	while (crew->threads_n < b->threads &&
	       pthread_create(&crew->thread[crew->threads_n], NULL, thread_main,
			      b) == 0) {
		crew->threads_n++;
		crew->at_work++;
	}
	(void)pthread_mutex_unlock(&crew->lock);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (crew->threads_n == 0)
		abort(); /* a machine without memory */
}

/* ---- telling ---- */

static void
item_tell(struct bulk *b, size_t i)
{
	const struct bulk_item *item = &b->item[i];
	bool well = item->result != BULK_SKIPPED && item->result != BULK_FAILED;
	json_t *row;

	if (well && !b->dry && (b->told == NULL || !b->plan->every))
		return;
	row = b->plan->row(b, i);
	(void)json_object_set_new(row, "result",
				  out_text(bulk_word(item->result)));
	(void)json_object_set_new(row, "reason", out_text(item->reason));
	if (b->told != NULL)
		(void)json_array_append_new(b->told, row);
	else
		out_row(b->c->out, row);
}

/* Those in order that are done: until the first that is not. With the lock. */
static void
items_tell(struct bulk *b)
{
	struct bulk_crew *crew = b->crew;

	while (crew->told < b->n && b->item[crew->told].done &&
	       b->item[crew->told].result != BULK_LEFT) {
		size_t i = crew->told++;

		(void)pthread_mutex_unlock(&crew->lock);
		b->count[b->item[i].result]++;
		item_tell(b, i);
		if (b->plan->passed != NULL)
			b->plan->passed(b, i);
		(void)pthread_mutex_lock(&crew->lock);
	}
}

static void
crew_wait(struct bulk_crew *crew)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LOOK_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	(void)pthread_cond_clockwait(&crew->news, &crew->lock, CLOCK_MONOTONIC,
				     &until);
}

static void
crew_tell(struct bulk *b)
{
	struct bulk_crew *crew = b->crew;
	struct bulk_bar bar;

	bulk_bar_begin(&bar, b->n, STDERR_FILENO);
	(void)pthread_mutex_lock(&crew->lock);
	while (crew->at_work > 0) {
		crew_wait(crew);
		if (bulk_bar_shown(&bar))
			bulk_bar_hide(&bar); /* rows have no bar in them */
		items_tell(b);
		bulk_bar_show(&bar, crew->told, b->count[BULK_FAILED]);
	}
	bulk_bar_hide(&bar);
	items_tell(b);
	(void)pthread_mutex_unlock(&crew->lock);
}

/* What was done out of order behind the first that is left. */
static void
rest_tell(struct bulk *b)
{
	for (size_t i = b->crew->told; i < b->n; i++) {
		if (b->item[i].result != BULK_LEFT && b->item[i].done)
			item_tell(b, i);
		b->count[b->item[i].done ? b->item[i].result : BULK_LEFT]++;
	}
}

void
bulk_init(struct bulk *b, struct cli *c, const struct bulk_plan *plan, size_t n)
{
	*b = (struct bulk){ .c = c, .plan = plan, .n = n, .threads = 1 };
	b->item = op_alloc(&c->op, (n + 1) * sizeof(*b->item));
	b->keep = arena_open(0);
}

void
bulk_settle(struct bulk *b, size_t i, enum bulk_result result,
	    const char *reason)
{
	b->item[i].result = result;
	b->item[i].reason = reason;
	b->item[i].settled = true;
}

bool
bulk_run(struct bulk *b)
{
	struct bulk_crew crew = { 0 };
	struct bulk_watch watch;

	if (b->threads > BULK_THREADS_MAX)
		b->threads = BULK_THREADS_MAX;
	b->crew = &crew;
	(void)pthread_mutex_init(&crew.lock, NULL);
	(void)pthread_cond_init(&crew.news, NULL);
	(void)pthread_cond_init(&crew.open, NULL);
	if (out_is_json(b->c->out))
		b->told = json_array();
	else
		out_list(b->c->out, b->plan->columns);
	stopped = 0;
	watch_begin(&watch);
	crew_start(b);
	crew_tell(b);
	for (unsigned i = 0; i < crew.threads_n; i++)
		(void)pthread_join(crew.thread[i], NULL);
	watch_end(&watch);
	rest_tell(b);
	(void)pthread_cond_destroy(&crew.open);
	(void)pthread_cond_destroy(&crew.news);
	(void)pthread_mutex_destroy(&crew.lock);
	b->crew = NULL;
	return b->count[BULK_LEFT] == 0;
}

/* ---- the end ---- */

static const char *
summary_text(struct bulk *b, const char *advice)
{
	const char *text = op_print(&b->c->op, "%s%s:", b->plan->what,
				    b->dry ? ", nothing was changed" : "");

	for (const enum bulk_result *r = b->plan->results; *r != BULK_LEFT; r++)
		text = op_print(&b->c->op, "%s%s %zu %s", text,
				r == b->plan->results ? "" : ",", b->count[*r],
				bulk_word(*r));
	if (b->count[BULK_LEFT] > 0)
		text = op_print(&b->c->op, "%s, %zu left", text,
				b->count[BULK_LEFT]);
	if (advice != NULL)
		text = op_print(&b->c->op, "%s; %s", text, advice);
	return text;
}

static void
summary_json(struct bulk *b)
{
	json_t *all = json_object();

	(void)json_object_set_new(all, "dry_run", json_boolean(b->dry));
	for (const enum bulk_result *r = b->plan->results; *r != BULK_LEFT; r++)
		(void)json_object_set_new(
			all, bulk_word(*r),
			json_integer((json_int_t)b->count[*r]));
	(void)json_object_set_new(
		all, "left", json_integer((json_int_t)b->count[BULK_LEFT]));
	(void)json_object_set_new(all, b->plan->rows, b->told);
	b->told = NULL;
	out_json(b->c->out, all);
}

enum err
bulk_end(struct bulk *b, const char *advice)
{
	bool whole = b->count[BULK_FAILED] == 0 && b->count[BULK_LEFT] == 0;
	const char *summary = summary_text(b, advice);
	bool some = false;

	for (enum bulk_result r = BULK_ADDED; r < BULK_SKIPPED; r++)
		some = some || b->count[r] > 0;
	if (b->told != NULL)
		summary_json(b);
	else if (whole)
		bulk_bar_line(STDERR_FILENO, summary);
	arena_close(b->keep);
	b->keep = NULL;
	if (whole)
		return OK;
	b->c->exit =
		some || b->count[BULK_LEFT] > 0 ? EXIT_PARTLY : EXIT_FAILED;
	return FAIL(&b->c->op, ERR_INVALID, "%s", summary);
}

unsigned
bulk_processors(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n < BULK_JOBS_MAX ? (unsigned)n : BULK_JOBS_MAX;
}

enum err
bulk_jobs(struct cli *c, unsigned *out)
{
	const char *text = cli_option(c, "jobs");
	int64_t jobs = bulk_processors();

	if (text != NULL && !text_number(text, 1, BULK_JOBS_MAX, &jobs))
		return FAIL(&c->op, ERR_INVALID,
			    "--jobs '%s': give a number from 1 to %d", text,
			    BULK_JOBS_MAX);
	*out = (unsigned)jobs;
	return OK;
}
