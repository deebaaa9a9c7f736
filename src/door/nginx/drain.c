/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A worker that is to end closes connections between two requests at once, but
 * waits for those that never had one: a browser opens such ahead of need. We
 * close these too, after a moment in which a first request may still come.
 */
#include "door/nginx/door.h"

#define DRAIN_LOOK_MS 1000

static void
drain_close(ngx_connection_t *c)
{
	if (c->fd == (ngx_socket_t)-1 || !c->reusable)
		return;
	c->close = 1;
	c->read->handler(c->read);
}

static void
drain_look(ngx_event_t *event)
{
	ngx_cycle_t *cycle = event->data;

	for (ngx_uint_t i = 0; ngx_exiting && i < cycle->connection_n; i++)
		drain_close(&cycle->connections[i]);
	ngx_add_timer(event, DRAIN_LOOK_MS);
}

void
drain_start(ngx_cycle_t *cycle)
{
	static ngx_event_t timer;

	timer.handler = drain_look;
	timer.data = cycle;
	timer.log = cycle->log;
	timer.cancelable = 1;
	ngx_add_timer(&timer, DRAIN_LOOK_MS);
}
