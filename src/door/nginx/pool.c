/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An op that has to wait is run again on a thread of nginx's pools: one pool
 * for each thing to wait for, so that a slow one never starves another. A pool
 * serves who comes first; where strangers wait, for their passwords to be
 * checked, it is handed no more than it has threads, and base/fair.h tells who
 * is next.
 */
#include "door/nginx/door.h"

#include "base/fair.h"
#include "model/settings.h"

#include <sys/resource.h>
#include <unistd.h>

#define HASH_NICE 5       /* of 19 */
#define POOL_AGE_MS 60000 /* any time, as long as a timer is set */

static ngx_str_t pools[POOL_COUNT] = {
	/* clang-format off */
	[POOL_NONE]      = ngx_null_string,
	[POOL_WRITE]     = ngx_string("frontdesk_write"),
	[POOL_HASH]      = ngx_string("frontdesk_hash"),
	[POOL_DIRECTORY] = ngx_string("frontdesk_directory"),
	[POOL_IMAGE]     = ngx_string("frontdesk_image"),
	/* clang-format on */
};

/* nginx itself says which one is missing, with file and line. */
char *
pool_configure(ngx_conf_t *cf)
{
	for (size_t i = POOL_NONE + 1; i < POOL_COUNT; i++) {
		if (ngx_thread_pool_add(cf, &pools[i]) == NULL)
			return NGX_CONF_ERROR;
	}
	return NGX_CONF_OK;
}

static ngx_thread_pool_t *found[POOL_COUNT];

/* Those whose threads are busy, in a process. */
struct lane {
	struct fair *fair; /* NULL: as the pool does it */
	unsigned busy;     /* threads that were given an op */
};

static struct lane lanes[POOL_COUNT];

/* Without memory for it, who comes first is served first. */
void
pool_start(ngx_cycle_t *cycle)
{
	for (size_t i = POOL_NONE + 1; i < POOL_COUNT; i++)
		found[i] = ngx_thread_pool_get(cycle, &pools[i]);
	lanes[POOL_HASH].fair = fair_open();
	lanes[POOL_DIRECTORY].fair = fair_open();
}

/* As the pool was made, by serve_conf.c. */
static unsigned
lane_threads(const struct door *d)
{
	const struct settings *s = d->op->settings;
	long processors;

	if (d->pool == POOL_DIRECTORY)
		return s->directory_threads;
	if (s->hash_threads > 0)
		return s->hash_threads;
	processors = sysconf(_SC_NPROCESSORS_ONLN);
	return processors > 1 ? (unsigned)processors : 1;
}

/* Password hashes take a processor for a long time: whoever is known already
 * goes first. For good, as each pool has its threads. */
static void
thread_be_nice(enum pool pool)
{
	static __thread bool done;

	if (done || pool != POOL_HASH)
		return;
	done = true;
	(void)setpriority(PRIO_PROCESS, 0, HASH_NICE);
}

/* On a thread of the pool: touches the door and its op, never the request. */
static void
pool_work(void *data, ngx_log_t *log)
{
	struct door *d = data;

	(void)log;
	thread_be_nice(d->pool);
	op_again(d->op, true);
	d->op->on = d->pool;
	d->err = door_run(d);
}

/* The event loop's handler while a thread has the op: also called when the
 * connection becomes writable. */
static void
pool_on_result(ngx_http_request_t *r)
{
	struct door *d = door_of(r);

	if (r->aio)
		return;
	r->write_event_handler = ngx_http_request_empty_handler;
	ngx_http_finalize_request(r, d->no_thread ? door_refuse(d, ERR_DOWN)
						  : door_after(d, d->err));
}

/* A worker that is to end waits until no timer is left: without one it would
 * go while a thread has the op, and its client would get no answer. */
static void
pool_on_age(ngx_event_t *event)
{
	ngx_add_timer(event, POOL_AGE_MS);
}

static void
pool_hold_worker(struct door *d)
{
	d->timer.handler = pool_on_age;
	d->timer.data = d;
	ngx_add_timer(&d->timer, POOL_AGE_MS);
}

static void lane_next(enum pool pool);

static void
pool_on_done(ngx_event_t *event)
{
	struct door *d = event->data;
	ngx_http_request_t *r = d->r;
	ngx_connection_t *c = r->connection;

	if (!d->no_thread) {
		lanes[d->pool].busy--;
		lane_next(d->pool);
	}
	ngx_http_set_log_request(c->log, r);
	ngx_del_timer(&d->timer);
	r->main->blocked--;
	r->aio = 0;
	r->write_event_handler(r); /* nginx's own, if the client was given up */
	ngx_http_run_posted_requests(c);
}

/* A thread is free, or there is none to wait for. */
static bool
lane_give(struct door *d)
{
	if (ngx_thread_task_post(found[d->pool], d->task) != NGX_OK)
		return false;
	lanes[d->pool].busy++;
	return true;
}

/* It has waited already, so its answer comes as from a thread, in its own
 * time: others' events are being handled now. */
static void
lane_refuse(struct door *d)
{
	d->no_thread = true;
	ngx_post_event(&d->task->event, &ngx_posted_events);
}

/* A thread has become free. */
static void
lane_next(enum pool pool)
{
	struct lane *lane = &lanes[pool];
	int64_t now_us = op_clock_us();
	struct door *d;

	if (lane->fair == NULL)
		return;
	while ((d = fair_give_up(lane->fair, now_us)) != NULL)
		lane_refuse(d);
	d = fair_take(lane->fair, now_us);
	if (d != NULL && !lane_give(d))
		lane_refuse(d);
}

/* False: too many wait already, and all of them go before. */
static bool
lane_enter(struct door *d)
{
	struct lane *lane = &lanes[d->pool];
	struct door *out;

	if (lane->fair == NULL || lane->busy < lane_threads(d))
		return lane_give(d);
	out = fair_put(lane->fair, &d->op->who, op_clock_us(), d);
	if (out != NULL && out != d)
		lane_refuse(out);
	return out != d;
}

/* NGX_DECLINED: too many wait. */
static ngx_int_t
pool_post(struct door *d)
{
	ngx_http_request_t *r = d->r;

	d->pool = d->op->wait_for;
	if (d->pool <= POOL_NONE || d->pool >= POOL_COUNT)
		return NGX_DECLINED;
	if (d->task == NULL)
		d->task = ngx_thread_task_alloc(r->pool, 0);
	if (d->task == NULL || found[d->pool] == NULL)
		return NGX_DECLINED;
	d->task->ctx = d;
	d->task->handler = pool_work;
	d->task->event.handler = pool_on_done;
	d->task->event.data = d;
	d->task->event.log = r->connection->log;
	if (!lane_enter(d))
		return NGX_DECLINED;
	pool_hold_worker(d);
	r->main->blocked++;
	r->aio = 1;
	r->read_event_handler = ngx_http_block_reading;
	r->write_event_handler = pool_on_result;
	return NGX_DONE;
}

/* The caller has waited as long as he was to. */
static void
pool_on_delay(ngx_event_t *event)
{
	struct door *d = event->data;
	ngx_http_request_t *r = d->r;
	ngx_connection_t *c = r->connection;

	ngx_http_set_log_request(c->log, r);
	if (pool_post(d) == NGX_DECLINED)
		ngx_http_finalize_request(r, door_refuse(d, ERR_DOWN));
	ngx_http_run_posted_requests(c);
}

ngx_int_t
pool_run(struct door *d)
{
	if (d->op->delay_ms == 0 && pool_post(d) == NGX_DECLINED)
		return door_refuse(d, ERR_DOWN);
	d->r->main->count++;
	if (d->op->delay_ms == 0)
		return NGX_DONE;
	d->timer.handler = pool_on_delay;
	d->timer.data = d;
	d->r->read_event_handler = ngx_http_block_reading;
	d->r->write_event_handler = ngx_http_request_empty_handler;
	ngx_add_timer(&d->timer, d->op->delay_ms);
	return NGX_DONE;
}
