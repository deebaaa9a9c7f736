/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/directory/people_asked.h"

#include "base/digest.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAYS 4 /* places that one "nobody" can be in */

struct nobody {
	struct asked_key key;
	int64_t since_us; /* monotonic; 0: an empty place */
};

struct state {
	uint64_t source;  /* 0: an empty place */
	bool down, tried; /* tried: somebody sees if it still is */
	int64_t until_us;
};

struct flight {
	struct asked_key key;
	bool used;
};

struct asked {
	uint8_t secret[DIGEST_SIZE]; /* so that nobody can choose his place */
	pthread_mutex_t lock;
	pthread_cond_t ended;
	size_t next; /* of the states: which gives way */
	size_t flights;
	struct state state[ASKED_SOURCES_MAX];
	struct flight flight[ASKED_FLIGHTS_MAX];
	struct nobody nobody[ASKED_NOBODY_MAX];
};

struct asked *
asked_open(void)
{
	struct asked *a = calloc(1, sizeof(*a));
	pthread_condattr_t attr;

	if (a == NULL)
		return NULL;
	digest_random(a->secret, sizeof(a->secret));
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&a->ended, &attr);
	(void)pthread_condattr_destroy(&attr);
	return a;
}

void
asked_close(struct asked *a)
{
	if (a == NULL)
		return;
	(void)pthread_cond_destroy(&a->ended);
	(void)pthread_mutex_destroy(&a->lock);
	free(a);
}

static void
mutex_unlock(pthread_mutex_t *const *lock)
{
	(void)pthread_mutex_unlock(*lock);
}

#define LOCKED(a)                                                              \
	CLEANUP(mutex_unlock) pthread_mutex_t *lock = &(a)->lock;              \
	(void)pthread_mutex_lock(lock)

/* ---- keys ---- */

static uint64_t
word_of(const struct asked *a, const char *text)
{
	uint8_t digest[DIGEST_SIZE];
	uint64_t word;

	digest_hmac(a->secret, bytes_of(text), digest);
	memcpy(&word, digest, sizeof(word));
	return word != 0 ? word : 1;
}

struct asked_key
asked_key(const struct asked *a, const char *source, char how, const char *whom)
{
	struct asked_key key = { word_of(a, source), word_of(a, whom) };

	key.whom = key.whom * 2 + (how == 'u');
	return key;
}

static bool
key_same(struct asked_key a, struct asked_key b)
{
	return a.source == b.source && a.whom == b.whom;
}

/* ---- nobody ---- */

static struct nobody *
nobody_group(struct asked *a, struct asked_key key)
{
	const uint64_t h = (key.source ^ key.whom) >> 8; /* see asked_key */

	return &a->nobody[h % (ASKED_NOBODY_MAX / WAYS) * WAYS];
}

static bool
nobody_is_fresh(const struct nobody *n)
{
	return n->since_us != 0 &&
	       op_clock_us() - n->since_us < ASKED_NOBODY_US;
}

bool
asked_is_nobody(struct asked *a, struct asked_key key)
{
	LOCKED(a);
	const struct nobody *group = nobody_group(a, key);

	for (size_t i = 0; i < WAYS; i++) {
		if (key_same(group[i].key, key) && nobody_is_fresh(&group[i]))
			return true;
	}
	return false;
}

static void
nobody_note(struct asked *a, struct asked_key key)
{
	struct nobody *group = nobody_group(a, key), *oldest = group;

	for (size_t i = 0; i < WAYS; i++) {
		if (key_same(group[i].key, key)) {
			oldest = &group[i];
			break;
		}
		if (group[i].since_us < oldest->since_us)
			oldest = &group[i];
	}
	*oldest = (struct nobody){ key, op_clock_us() };
}

/* ---- down ---- */

/* NULL: nothing bad is known of it. */
static struct state *
state_find(struct asked *a, uint64_t source)
{
	for (size_t i = 0; i < ASKED_SOURCES_MAX; i++) {
		if (a->state[i].source == source)
			return &a->state[i];
	}
	return NULL;
}

static bool
state_is_down(const struct state *s)
{
	return s != NULL && s->down &&
	       (s->tried || op_clock_us() < s->until_us);
}

bool
asked_is_down(struct asked *a, struct asked_key key)
{
	LOCKED(a);

	return state_is_down(state_find(a, key.source));
}

bool
asked_was_down(struct asked *a, struct asked_key key)
{
	LOCKED(a);
	const struct state *s = state_find(a, key.source);

	return s != NULL && s->down;
}

static void
state_note(struct asked *a, uint64_t source, enum err err)
{
	struct state *s = state_find(a, source);

	if (s == NULL && err != ERR_DOWN)
		return;
	if (s == NULL)
		s = &a->state[a->next++ % ASKED_SOURCES_MAX];
	if (err == ERR_UNKNOWN) {
		s->tried = false;
		return;
	}
	*s = (struct state){ .source = source,
			     .down = err == ERR_DOWN,
			     .until_us = op_clock_us() + ASKED_DOWN_US };
}

/* ---- questions under way ---- */

static struct flight *
flight_find(struct asked *a, struct asked_key key)
{
	for (size_t i = 0; a->flights > 0 && i < ASKED_FLIGHTS_MAX; i++) {
		if (a->flight[i].used && key_same(a->flight[i].key, key))
			return &a->flight[i];
	}
	return NULL;
}

/* One that finds no place is asked all the same. */
static void
flight_add(struct asked *a, struct asked_key key)
{
	for (size_t i = 0; i < ASKED_FLIGHTS_MAX; i++) {
		if (!a->flight[i].used) {
			a->flight[i] = (struct flight){ key, true };
			a->flights++;
			return;
		}
	}
}

static void
flight_drop(struct asked *a, struct asked_key key)
{
	struct flight *f = flight_find(a, key);

	if (f == NULL)
		return;
	f->used = false;
	a->flights--;
}

/* False: the op's deadline has passed. */
static bool
flight_wait(struct asked *a, const struct op *op, struct asked_key key)
{
	const struct timespec until = { op->deadline_us / 1000000,
					op->deadline_us % 1000000 * 1000 };

	while (flight_find(a, key) != NULL) {
		if (op_left_ms(op) == 0 ||
		    pthread_cond_timedwait(&a->ended, &a->lock, &until) != 0)
			return false;
	}
	return true;
}

enum ask
asked_begin(struct asked *a, const struct op *op, struct asked_key key)
{
	LOCKED(a);
	struct state *s;

	if (flight_find(a, key) != NULL)
		return flight_wait(a, op, key) ? ASK_ENDED : ASK_LATE;
	s = state_find(a, key.source);
	if (state_is_down(s))
		return ASK_DOWN;
	if (s != NULL && s->down)
		s->tried = true; /* by this one alone */
	flight_add(a, key);
	return ASK_MINE;
}

void
asked_end(struct asked *a, struct asked_key key, enum err err)
{
	LOCKED(a);

	flight_drop(a, key);
	state_note(a, key.source, err);
	if (err == ERR_NOT_FOUND)
		nobody_note(a, key);
	(void)pthread_cond_broadcast(&a->ended);
}
