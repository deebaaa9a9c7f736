/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The door: a request of nginx becomes one of ours, is run inline or on a
 * pool, and its answer becomes one of nginx. Everything here but pool_work
 * happens on the worker's one event thread.
 *
 * Functions that return ngx_int_t return what a content handler does. NGX_DONE
 * means: it goes on later, and whoever goes on holds a count of the request.
 */
#include "model/house.h"

/* nginx's types and macros take texts for writable: it is compiled with
 * -Wno-write-strings. */
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <ngx_thread_pool.h>

#include <string.h>

extern ngx_module_t ngx_http_frontdesk_module;

/* What the directives said of a location. */
struct place {
	ngx_flag_t bare; /* nginx's own error answers are empty */
	bool serves;     /* `frontdesk` stands here */
	enum listener listener;
	bool proxied; /* behind a proxy that tells if there was TLS */
};

enum door_step {
	STEP_ADMIT,  /* before the body is read */
	STEP_ANSWER, /* with the body */
};

struct door {
	ngx_http_request_t *r;
	struct desk_house *house;
	struct op *op;
	struct request req;
	struct response res;
	enum door_step step;
	bool sent;    /* the answer is ours, not nginx's */
	bool refused; /* the answer is there; it waits for the body's end */

	/* body.c */
	size_t body_max;
	uint8_t *body; /* malloc'ed, when it did not come in one piece */
	size_t body_n, body_room;
	size_t dropped;        /* bytes over the limit that we read */
	bool no_room;          /* this worker has too many bodies at once */
	ngx_msec_t body_until; /* of the whole body, not of one read */

	/* pool.c */
	ngx_thread_task_t *task;
	enum pool pool; /* whose thread has the op, or is to have it */
	bool no_thread; /* ... which will not be: too many wait */
	enum err err;   /* of the run on the pool */
	ngx_event_t timer;
};

/* nginx's types lack the const that its functions keep. */
static inline u_char *
door_unconst(const void *p)
{
	u_char *out;

	memcpy(&out, &p, sizeof(out));
	return out;
}

/* ---- module.c ---- */

/* The worker's house; NULL while it cannot be opened (tried once a second). */
struct desk_house *module_house(void);

/* ---- drain.c ---- */

/* Of a worker under our own supervisor. */
void drain_start(ngx_cycle_t *cycle);

/* ---- door.c ---- */

/* The content handler. */
ngx_int_t door_on_request(ngx_http_request_t *r);

/* One run of the present step, on whatever thread. */
enum err door_run(struct door *d);

/* Goes on behind a run of the present step. */
ngx_int_t door_after(struct door *d, enum err err);

/* The body is there: the next step. */
ngx_int_t door_answer(struct door *d);

/* Answers that it cannot be done: ERR_LIMIT, ERR_DOWN, ... */
ngx_int_t door_refuse(struct door *d, enum err err);

/* The client is too slow: it loses its connection. */
void door_give_up(struct door *d);

/* The door of a request; NULL when it never came to us. */
struct door *door_of(ngx_http_request_t *r);

/* ---- request.c ---- */

/* Fills in d->req. NGX_HTTP_BAD_REQUEST, NGX_HTTP_CLOSE: not fit to be read. */
ngx_int_t request_read(struct door *d);

/* ---- body.c ---- */

/* Reads the body, at most d->body_max bytes, then goes on by door_answer. */
ngx_int_t body_read(struct door *d);

/* Gives the body's memory back. */
void body_free(struct door *d);

/* ---- pool.c ---- */

/* `frontdesk` was met: nginx has to have our pools. */
char *pool_configure(ngx_conf_t *cf);

/* In a worker: finds them. */
void pool_start(ngx_cycle_t *cycle);

/* Runs the present step on op->wait_for's pool, after op->delay_ms. */
ngx_int_t pool_run(struct door *d);

/* ---- send.c ---- */

/* Sends d->res. Calls for what is left of the request's body to be dropped. */
ngx_int_t send_answer(struct door *d);

/* The filter that empties nginx's own error answers. */
ngx_int_t send_configure(ngx_conf_t *cf);

/* ---- variables.c ---- */

/* What the desk found out about a request. */
enum fact {
	FACT_CALLER,
	FACT_ACTING_FOR,
	FACT_OPERATION,
	FACT_TARGET,
	FACT_RESULT,
	FACT_REASON,
	FACT_US, /* microseconds since it came */
};

/* $frontdesk_caller and its kin. */
ngx_int_t variables_configure(ngx_conf_t *cf);

/* In one line; NULL: there is nothing to tell. */
const char *fact_text(struct door *d, enum fact fact);

/* The path as it was decided on: without the query, which names mailboxes, in
 * ASCII, however broken the request was, and short enough for a line that goes
 * into a pipe in one piece. */
ngx_str_t path_text(ngx_http_request_t *r);

/* ---- line.c ---- */

/* Gets $frontdesk_line. */
ngx_int_t line_get(ngx_http_request_t *r, ngx_http_variable_value_t *v,
		   uintptr_t data);
