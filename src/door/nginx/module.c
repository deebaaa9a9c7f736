/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The nginx module: directives, the memory that workers share, and a house in
 * each worker. The only names that leave this library are the last three.
 */
#include "door/nginx/door.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Set by `frontdesk serve`, to the copy of the settings that it has accepted:
 * the worker reads that, and dies with its master. A site's own nginx, which
 * may be upgraded in flight, does not have it. */
#define SUPERVISED "FRONTDESK_SUPERVISED"

/* Of a slab beside our block: its own header and one page table. */
#define ZONE_SLACK (64 * KIB)

/* bytes from which memory is the system's own and goes back to it when freed.
 * Without a number malloc learns that large pieces are usual, and keeps what a
 * few photos took for good. */
#define MEMORY_LARGE ((int)MIB)

struct module_conf {
	ngx_str_t file; /* NUL-terminated; len 0: no directive was met */
	ngx_shm_zone_t *zone;
};

static struct desk_house *house;
static const struct module_conf *conf; /* of this worker */
static time_t tried;

/* ---- configuration ---- */

/* Keeps what is there across a reload. */
static ngx_int_t
zone_init(ngx_shm_zone_t *zone, void *old)
{
	ngx_slab_pool_t *slab = (ngx_slab_pool_t *)(void *)zone->shm.addr;

	if (old != NULL) {
		zone->data = old;
		return NGX_OK;
	}
	if (zone->shm.exists) {
		zone->data = slab->data;
		return NGX_OK;
	}
	zone->data = ngx_slab_calloc(slab, house_shared_size());
	if (zone->data == NULL)
		return NGX_ERROR;
	slab->data = zone->data;
	house_shared_init(zone->data);
	return NGX_OK;
}

static bool
str_equal(const ngx_str_t *a, const ngx_str_t *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* The first directive; others must name the same file. */
static char *
conf_start(ngx_conf_t *cf, struct module_conf *mc, ngx_str_t *file)
{
	static ngx_str_t name = ngx_string("frontdesk");

	if (ngx_conf_full_name(cf->cycle, file, 1) != NGX_OK)
		return NGX_CONF_ERROR;
	if (mc->file.len > 0 && !str_equal(&mc->file, file))
		return "names another file than before: one nginx serves "
		       "one configuration of Frontdesk";
	if (mc->file.len > 0)
		return NGX_CONF_OK;
	mc->file = *file;
	mc->zone = ngx_shared_memory_add(cf, &name,
					 house_shared_size() + ZONE_SLACK,
					 &ngx_http_frontdesk_module);
	if (mc->zone == NULL)
		return NGX_CONF_ERROR;
	mc->zone->init = zone_init;
	return pool_configure(cf);
}

static bool
word_is(const ngx_str_t *word, const char *text)
{
	return word->len == strlen(text) &&
	       memcmp(word->data, text, word->len) == 0;
}

/* frontdesk FILE [back] [proxied]; */
static char *
conf_frontdesk(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
	struct place *place = data;
	struct module_conf *mc = ngx_http_conf_get_module_main_conf(
		cf, ngx_http_frontdesk_module);
	ngx_http_core_loc_conf_t *core =
		ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
	ngx_str_t *word = cf->args->elts;

	(void)cmd;
	if (place->serves)
		return "is duplicate";
	place->serves = true;
	place->bare = 1;
	place->listener = LISTENER_FRONT;
	for (ngx_uint_t i = 2; i < cf->args->nelts; i++) {
		if (word_is(&word[i], "back"))
			place->listener = LISTENER_BACK;
		else if (word_is(&word[i], "proxied"))
			place->proxied = true;
		else
			return "takes a file, then \"back\" or \"proxied\"";
	}
	core->handler = door_on_request;
	return conf_start(cf, mc, &word[1]);
}

static ngx_command_t commands[] = {
	{ ngx_string("frontdesk"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE123,
	  conf_frontdesk, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },
	/* nginx's own error answers have an empty body, here and below */
	{ ngx_string("frontdesk_bare_errors"),
	  NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF |
		  NGX_CONF_FLAG,
	  ngx_conf_set_flag_slot, NGX_HTTP_LOC_CONF_OFFSET,
	  offsetof(struct place, bare), NULL },
	ngx_null_command,
};

static void *
main_create(ngx_conf_t *cf)
{
	return ngx_pcalloc(cf->pool, sizeof(struct module_conf));
}

static void *
place_create(ngx_conf_t *cf)
{
	struct place *place = ngx_pcalloc(cf->pool, sizeof(*place));

	if (place != NULL)
		place->bare = NGX_CONF_UNSET;
	return place;
}

/* The body's limit is the desk's, told after 404 and 401: nginx's is off. */
static char *
place_merge(ngx_conf_t *cf, void *parent, void *child)
{
	const struct place *outer = parent;
	struct place *inner = child;
	ngx_http_core_loc_conf_t *core =
		ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

	ngx_conf_merge_value(inner->bare, outer->bare, 0);
	if (inner->serves)
		core->client_max_body_size = 0;
	return NGX_CONF_OK;
}

/* ---- the worker ---- */

struct desk_house *
module_house(void)
{
	const char *reason = "";

	if (house != NULL || conf == NULL || tried == ngx_time())
		return house;
	tried = ngx_time();
	house = house_open((const char *)conf->file.data, getenv(SUPERVISED),
			   conf->zone->data, &reason);
	if (house == NULL)
		ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
			      "frontdesk: cannot serve: %s", reason);
	return house;
}

/* After nginx took the identity of its user, which had undone this. */
static void
worker_bind_to_master(void)
{
	if (getenv(SUPERVISED) == NULL)
		return;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != ngx_parent)
		_exit(2);
}

static ngx_int_t
worker_init(ngx_cycle_t *cycle)
{
	const struct module_conf *mc = ngx_http_cycle_get_module_main_conf(
		cycle, ngx_http_frontdesk_module);

	if (mc == NULL || mc->file.len == 0)
		return NGX_OK;
	worker_bind_to_master();
	if (ngx_process != NGX_PROCESS_WORKER &&
	    ngx_process != NGX_PROCESS_SINGLE)
		return NGX_OK;
	signal(SIGXFSZ, SIG_IGN); /* a full disk is an error, not an end */
	(void)mallopt(M_MMAP_THRESHOLD, MEMORY_LARGE);
	(void)mallopt(M_TRIM_THRESHOLD, 2 * MEMORY_LARGE);
	conf = mc;
	pool_start(cycle);
	if (getenv(SUPERVISED) != NULL)
		drain_start(cycle);
	module_house();
	return NGX_OK;
}

static void
worker_exit(ngx_cycle_t *cycle)
{
	(void)cycle;
	conf = NULL;
	if (house != NULL)
		house_close(house);
	house = NULL;
}

static ngx_http_module_t context = {
	.preconfiguration = variables_configure,
	.postconfiguration = send_configure,
	.create_main_conf = main_create,
	.create_loc_conf = place_create,
	.merge_loc_conf = place_merge,
};

ngx_module_t ngx_http_frontdesk_module = {
	NGX_MODULE_V1,
	.ctx = &context,
	.commands = commands,
	.type = NGX_HTTP_MODULE,
	.init_process = worker_init,
	.exit_process = worker_exit,
};

/* ---- what nginx looks for in a module's file ---- */

#define EXPORTED __attribute__((visibility("default")))

extern ngx_module_t *ngx_modules[];
extern char *ngx_module_names[];
extern char *ngx_module_order[];

EXPORTED ngx_module_t *ngx_modules[] = { &ngx_http_frontdesk_module, NULL };
EXPORTED char *ngx_module_names[] = { "ngx_http_frontdesk_module", NULL };

/* Our filter comes behind those that change bodies. */
EXPORTED char *ngx_module_order[] = {
	"ngx_http_frontdesk_module",
	"ngx_http_copy_filter_module",
	NULL,
};
