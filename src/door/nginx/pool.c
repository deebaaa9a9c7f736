/* SPDX-License-Identifier: Apache-2.0 */

/* An op that has to wait is run again on a thread of nginx's pools: one pool
 * for each thing to wait for, so that a slow one never starves another. */
#include "door/nginx/door.h"

#include <sys/resource.h>

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

void
pool_start(ngx_cycle_t *cycle)
{
	for (size_t i = POOL_NONE + 1; i < POOL_COUNT; i++)
		found[i] = ngx_thread_pool_get(cycle, &pools[i]);
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
	thread_be_nice(d->op->wait_for);
	op_again(d->op, true);
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
	ngx_http_finalize_request(r, door_after(d, d->err));
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

static void
pool_on_done(ngx_event_t *event)
{
	struct door *d = event->data;
	ngx_http_request_t *r = d->r;
	ngx_connection_t *c = r->connection;

	ngx_http_set_log_request(c->log, r);
	ngx_del_timer(&d->timer);
	r->main->blocked--;
	r->aio = 0;
	r->write_event_handler(r); /* nginx's own, if the client was given up */
	ngx_http_run_posted_requests(c);
}

/* NGX_DECLINED: the queue is full. */
static ngx_int_t
pool_post(struct door *d)
{
	ngx_http_request_t *r = d->r;
	ngx_thread_pool_t *pool = NULL;

	if (d->op->wait_for > POOL_NONE && d->op->wait_for < POOL_COUNT)
		pool = found[d->op->wait_for];
	if (d->task == NULL)
		d->task = ngx_thread_task_alloc(r->pool, 0);
	if (d->task == NULL || pool == NULL)
		return NGX_DECLINED;
	d->task->ctx = d;
	d->task->handler = pool_work;
	d->task->event.handler = pool_on_done;
	d->task->event.data = d;
	if (ngx_thread_task_post(pool, d->task) != NGX_OK)
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
