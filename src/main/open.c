/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The wings that a configuration names, bound into a house: for commands, and
 * for the workers of the web server, where ops and their memory are used again
 * and settings may change under way.
 */
#include "main/open.h"

#include "base/log.h"
#include "desk/desk.h"
#include "desk/metrics.h"
#include "main/conf_table.h"
#include "main/generation.h"
#include "main/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OP_KEEP (64 * KIB)    /* memory that an idle op holds back */
#define OPS_KEPT_MAX 32       /* idle ops of a worker */
#define REASON_MAX 1024       /* bytes of why a house cannot be opened */
#define OPEN_TIMEOUT_MS 10000 /* for opening everything */
#define SHARED_ALIGN 64       /* a cache line */

/* ---- for commands ---- */

static enum err
open_store(struct op *op, unsigned readers, struct house *out)
{
	const struct settings *s = op->settings;
	const struct store_options options = {
		.dir = s->data,
		.photo_cache_bytes = readers > 0 ? s->photo_cache_bytes : 0,
		.mailbox_cache = readers > 0 ? s->mailbox_cache : 0,
		.cache_readers = readers,
	};

	return store_open(op, &options, &out->store);
}

static enum err
open_image(struct op *op, bool alone, struct house *out)
{
	const char *socket =
		op_print(op, "%s/%s", op->settings->run, IMAGE_SOCKET);
	const char *program = NULL;

	if (alone)
		TRY(part_image(op, &program));
	return image_open(op, socket, program, &out->image);
}

static enum err
open_wings(struct op *op, unsigned which, struct house *out)
{
	if (which & OPEN_STORE) {
		TRY(open_store(op, 0, out));
		TRY(delivery_open(op, out->store, &out->delivery));
	}
	if (which & OPEN_DIRECTORY)
		TRY(directory_open(op, out->store, NULL, &out->directory));
	if (which & OPEN_IMAGE)
		TRY(open_image(op, true, out));
	return OK;
}

enum err
wings_open(struct op *op, unsigned which, struct wings *out)
{
	enum err err = open_wings(op, which, &out->house);

	if (err != OK)
		wings_close(out);
	return err;
}

void
wings_close(struct wings *w)
{
	auth_close(w->house.auth);
	image_close(w->house.image);
	delivery_close(w->house.delivery);
	directory_close(w->house.directory);
	store_close(w->house.store);
	*w = (struct wings){ 0 };
}

/* ---- memory that workers share ---- */

static size_t
aligned(size_t n)
{
	return (n + SHARED_ALIGN - 1) / SHARED_ALIGN * SHARED_ALIGN;
}

static size_t
metrics_room(void)
{
	return aligned(metrics_size());
}

static size_t
directory_room(void)
{
	return aligned(directory_shared_size());
}

size_t
house_shared_size(void)
{
	return metrics_room() + directory_room() + auth_shared_size();
}

void
house_shared_init(void *shared)
{
	metrics_init(shared, (int64_t)time(NULL));
	auth_shared_init((uint8_t *)shared + metrics_room() + directory_room());
}

/* ---- a worker's house ---- */

/* Settings live until the last op that began with them has ended. */
struct held {
	struct settings *settings;
	unsigned users; /* ops, and one for being in force */
};

/* An op with its memory, used again and again. */
struct place {
	struct op op; /* first: what the door holds */
	struct arena *arena;
	struct held *held;
	struct place *next;
};

struct desk_house {
	struct wings wings;
	struct held *held; /* in force */
	char *file, *copy; /* copy: read instead; may be NULL */
	struct generation generation;
	uint64_t generation_seen;
	struct place *idle;
	unsigned idle_n;
};

static void
held_drop(struct held *held)
{
	if (held == NULL || --held->users > 0)
		return;
	settings_close(held->settings);
	free(held);
}

static struct held *
held_make(struct settings *settings)
{
	struct held *held = malloc(sizeof(*held));

	if (held == NULL)
		abort();
	*held = (struct held){ .settings = settings, .users = 1 };
	return held;
}

static uint64_t
number_now(struct desk_house *h)
{
	return generation_now(&h->generation, h->held->settings);
}

/* Takes the settings that are to be in force now; bad ones change nothing. */
static void
settings_refresh(struct desk_house *h)
{
	struct arena *arena = arena_open(0);
	struct settings *fresh;
	struct op op;

	h->generation_seen = number_now(h);
	op_init(&op, arena, NULL, OPEN_TIMEOUT_MS);
	if (settings_open_copy(&op, h->file, h->copy, &fresh) == OK) {
		held_drop(h->held);
		h->held = held_make(fresh);
	} else {
		log_error("the old settings stay in force: %s", op.reason);
	}
	arena_close(arena);
}

static enum err
open_house(struct op *op, struct desk_house *h, uint8_t *shared)
{
	struct house *house = &h->wings.house;
	struct settings *settings;

	TRY(settings_open_copy(op, h->file, h->copy, &settings));
	h->held = held_make(settings);
	/* Where the number lies is a setting. They are read again now that it
	 * is known: it may have been raised since the first reading, and who
	 * asks for the number later than for the settings never learns. */
	if (number_now(h) != 0)
		settings_refresh(h);
	op->settings = h->held->settings;
	house->metrics = (struct metrics *)(void *)shared;
	TRY(open_store(op, 1, house));
	/* The first thread that reads gets the cache: this one. What cannot be
	 * read is each request's to tell. */
	(void)store_ping(house->store, op);
	TRY(delivery_open(op, house->store, &house->delivery));
	TRY(directory_open(op, house->store, shared + metrics_room(),
			   &house->directory));
	TRY(open_image(op, false, house));
	return auth_open(op, house->store, house->directory,
			 shared + metrics_room() + directory_room(),
			 &house->auth);
}

struct desk_house *
house_open(const char *file, const char *copy, void *shared,
	   const char **reason)
{
	static char why[REASON_MAX];
	struct desk_house *h = calloc(1, sizeof(*h));
	struct arena *arena = arena_open(0);
	struct op op;
	enum err err;

	if (h == NULL || (h->file = strdup(file)) == NULL ||
	    (copy != NULL && (h->copy = strdup(copy)) == NULL))
		abort();
	log_open("worker", LOG_LEVEL_NOTICE);
	op_init(&op, arena, NULL, OPEN_TIMEOUT_MS);
	op.may_wait = true;
	err = open_house(&op, h, shared);
	if (err != OK) {
		(void)snprintf(why, sizeof(why), "%s",
			       op.reason == NULL ? err_name(err) : op.reason);
		*reason = why;
		house_close(h);
		h = NULL;
	}
	arena_close(arena);
	return h;
}

static void
place_free(struct place *place)
{
	arena_close(place->arena);
	free(place);
}

void
house_close(struct desk_house *h)
{
	while (h->idle != NULL) {
		struct place *place = h->idle;

		h->idle = place->next;
		place_free(place);
	}
	wings_close(&h->wings);
	held_drop(h->held);
	generation_close(&h->generation);
	free(h->file);
	free(h->copy);
	free(h);
}

/* ---- ops ---- */

static struct place *
place_take(struct desk_house *h)
{
	struct place *place = h->idle;

	if (place != NULL) {
		h->idle = place->next;
		h->idle_n--;
		return place;
	}
	place = malloc(sizeof(*place));
	if (place == NULL)
		abort();
	place->arena = arena_open(OP_KEEP);
	return place;
}

struct op *
house_op(struct desk_house *h)
{
	struct place *place = place_take(h);

	if (number_now(h) != h->generation_seen)
		settings_refresh(h);
	place->held = h->held;
	place->held->users++;
	op_init(&place->op, place->arena, h->held->settings,
		h->held->settings->op_timeout_ms);
	place->op.one_view = true; /* a request: asked once, answered at once */
	return &place->op;
}

void
house_op_end(struct desk_house *h, struct op *op)
{
	struct place *place = (struct place *)(void *)op;

	held_drop(place->held);
	if (h->idle_n >= OPS_KEPT_MAX) {
		place_free(place);
		return;
	}
	arena_reset(place->arena);
	place->next = h->idle;
	h->idle = place;
	h->idle_n++;
}

/* ---- the desk's functions, for a door ---- */

enum err
house_admit(struct desk_house *h, struct op *op, const struct request *req,
	    struct response *res, size_t *body_max)
{
	return desk_admit(&h->wings.house, op, req, res, body_max);
}

enum err
house_answer(struct desk_house *h, struct op *op, const struct request *req,
	     struct response *res)
{
	return desk_answer(&h->wings.house, op, req, res);
}

void
house_refuse(struct desk_house *h, struct op *op, const struct request *req,
	     struct response *res, enum err err)
{
	desk_refuse(&h->wings.house, op, req, res, err);
}
