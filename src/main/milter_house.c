/* SPDX-License-Identifier: Apache-2.0 */

/* The house as the door of mails needs it: the store for a few threads, and
 * settings that may change under way. */
#include "model/milter.h"

#include "base/log.h"
#include "main/conf_table.h"
#include "main/generation.h"
#include "model/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_TIMEOUT_MS 10000

/* Settings live until the last op that began with them has ended. */
struct held {
	struct settings *settings;
	unsigned users; /* ops, and one for being in force */
	struct held *older;
};

struct milter_house {
	struct store *store;
	struct delivery *delivery;
	char *file, *copy;
	pthread_mutex_t lock; /* of what follows */
	struct held *held;    /* in force, and those that ops still use */
	struct generation generation;
	uint64_t seen;
	bool reload;
};

static struct held *
held_make(struct settings *settings, struct held *older)
{
	struct held *held = malloc(sizeof(*held));

	if (held == NULL)
		abort();
	*held = (struct held){ settings, 1, older };
	return held;
}

static void
held_drop(struct milter_house *h, const struct settings *settings)
{
	struct held **at = &h->held, *held;

	while ((*at)->settings != settings)
		at = &(*at)->older;
	held = *at;
	if (--held->users > 0)
		return;
	*at = held->older;
	settings_close(held->settings);
	free(held);
}

/* Bad ones change nothing. */
static void
refresh(struct milter_house *h)
{
	struct settings *old = h->held->settings, *fresh;
	struct arena *arena = arena_open(0);
	struct op op;

	h->reload = false;
	h->seen = generation_now(&h->generation, old);
	op_init(&op, arena, NULL, OPEN_TIMEOUT_MS);
	if (settings_open_copy(&op, h->file, h->copy, &fresh) == OK) {
		h->held = held_make(fresh, h->held);
		held_drop(h, old);
	} else {
		log_error("the old settings stay in force: %s", op.reason);
	}
	arena_close(arena);
}

static enum err
open_house(struct op *op, struct milter_house *h, unsigned threads)
{
	struct store_options options;
	struct settings *settings;

	TRY(settings_open_copy(op, h->file, h->copy, &settings));
	h->held = held_make(settings, NULL);
	/* Again, now that it is known where the number lies. */
	if (generation_now(&h->generation, settings) != 0)
		refresh(h);
	op->settings = settings = h->held->settings;
	options = (struct store_options){
		.dir = settings->data,
		.mailbox_cache = settings->mailbox_cache,
		.cache_readers = threads,
	};
	TRY(store_open(op, &options, &h->store));
	return delivery_open(op, h->store, &h->delivery);
}

enum err
milter_house_open(struct op *op, const char *file, const char *copy,
		  unsigned threads, struct milter_house **out)
{
	struct milter_house *h = calloc(1, sizeof(*h));
	enum err err;

	if (h == NULL || (h->file = strdup(file)) == NULL ||
	    (copy != NULL && (h->copy = strdup(copy)) == NULL))
		abort();
	(void)pthread_mutex_init(&h->lock, NULL);
	err = open_house(op, h, threads);
	if (err != OK)
		milter_house_close(h);
	else
		*out = h;
	return err;
}

void
milter_house_close(struct milter_house *h)
{
	if (h == NULL)
		return;
	delivery_close(h->delivery);
	store_close(h->store);
	if (h->held != NULL)
		held_drop(h, h->held->settings);
	generation_close(&h->generation);
	(void)pthread_mutex_destroy(&h->lock);
	free(h->file);
	free(h->copy);
	free(h);
}

struct delivery *
milter_house_delivery(struct milter_house *h)
{
	return h->delivery;
}

void
milter_house_reload(struct milter_house *h)
{
	(void)pthread_mutex_lock(&h->lock);
	h->reload = true;
	(void)pthread_mutex_unlock(&h->lock);
}

void
milter_op_begin(struct milter_house *h, struct op *op, struct arena *arena,
		unsigned timeout_ms)
{
	(void)pthread_mutex_lock(&h->lock);
	if (h->reload ||
	    generation_now(&h->generation, h->held->settings) != h->seen)
		refresh(h);
	h->held->users++;
	op_init(op, arena, h->held->settings, timeout_ms);
	(void)pthread_mutex_unlock(&h->lock);
	op->may_wait = true;
}

void
milter_op_end(struct milter_house *h, struct op *op)
{
	(void)pthread_mutex_lock(&h->lock);
	held_drop(h, op->settings);
	(void)pthread_mutex_unlock(&h->lock);
}
