/* SPDX-License-Identifier: Apache-2.0 */

/* Password checks under way in this process. */
#include "wing/auth/flight.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FLIGHT_WAYS 8 /* places that one check can be in */
#define FLIGHT_GROUPS (FLIGHTS_MAX / FLIGHT_WAYS)
/* An op that announced a check may never come back, for its client is gone:
 * afterwards somebody else has to begin anew, and is counted for it. */
#define FLIGHT_AGE_MAX_US INT64_C(60000000)

enum state { STATE_FREE, STATE_ANNOUNCED, STATE_TAKEN, STATE_ENDED };

struct flight {
	uint8_t key[DIGEST_SIZE];
	enum state state;
	enum flight_outcome outcome; /* once it has ended */
	struct flight_passed passed;
	uint64_t changed; /* flights.clock then */
	int64_t changed_us;
	int64_t turn_us;
};

struct flights {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	uint64_t clock; /* ticks with each change */
	struct flight flight[FLIGHTS_MAX];
};

struct flights *
flights_open(void)
{
	struct flights *f = calloc(1, sizeof(*f));
	pthread_condattr_t attr;

	if (f == NULL)
		return NULL;
	(void)pthread_mutex_init(&f->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&f->ended, &attr);
	(void)pthread_condattr_destroy(&attr);
	return f;
}

void
flights_close(struct flights *f)
{
	if (f == NULL)
		return;
	(void)pthread_cond_destroy(&f->ended);
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
}

static struct flight *
group_of(struct flights *f, const uint8_t key[DIGEST_SIZE])
{
	uint64_t first;

	memcpy(&first, key, sizeof(first));
	return &f->flight[first % FLIGHT_GROUPS * FLIGHT_WAYS];
}

static struct flight *
flight_find(struct flights *f, const uint8_t key[DIGEST_SIZE])
{
	struct flight *group = group_of(f, key);

	for (size_t i = 0; i < FLIGHT_WAYS; i++) {
		if (group[i].state != STATE_FREE &&
		    memcmp(group[i].key, key, DIGEST_SIZE) == 0)
			return &group[i];
	}
	return NULL;
}

/* Is a in less need of its place than b? Checks being made stay longest. */
static bool
flight_may_go(const struct flight *a, const struct flight *b)
{
	static const int need[] = { [STATE_FREE] = 0,
				    [STATE_ENDED] = 1,
				    [STATE_ANNOUNCED] = 2,
				    [STATE_TAKEN] = 3 };

	if (need[a->state] != need[b->state])
		return need[a->state] < need[b->state];
	return a->changed < b->changed;
}

/* The flight of a key, in a new state; a new one takes another's place. */
static struct flight *
flight_set(struct flights *f, const uint8_t key[DIGEST_SIZE], enum state state)
{
	struct flight *found = flight_find(f, key);
	struct flight *group = group_of(f, key);

	if (found == NULL) {
		found = group;
		for (size_t i = 1; i < FLIGHT_WAYS; i++) {
			if (flight_may_go(&group[i], found))
				found = &group[i];
		}
		*found = (struct flight){ 0 };
		memcpy(found->key, key, DIGEST_SIZE);
	}
	found->state = state;
	found->changed = ++f->clock;
	found->changed_us = op_clock_us();
	return found;
}

static bool
flight_is_under_way(const struct flight *flight)
{
	return flight != NULL &&
	       (flight->state == STATE_ANNOUNCED ||
		flight->state == STATE_TAKEN) &&
	       op_clock_us() - flight->changed_us < FLIGHT_AGE_MAX_US;
}

bool
flights_join(struct flights *f, const uint8_t key[DIGEST_SIZE], uint64_t *since,
	     int64_t *turn_us)
{
	const struct flight *flight;
	bool joined;

	(void)pthread_mutex_lock(&f->lock);
	flight = flight_find(f, key);
	joined = flight_is_under_way(flight);
	if (joined)
		*turn_us = flight->turn_us;
	*since = f->clock;
	(void)pthread_mutex_unlock(&f->lock);
	return joined;
}

void
flights_announce(struct flights *f, const uint8_t key[DIGEST_SIZE],
		 uint64_t *since, int64_t turn_us)
{
	(void)pthread_mutex_lock(&f->lock);
	flight_set(f, key, STATE_ANNOUNCED)->turn_us = turn_us;
	*since = f->clock;
	(void)pthread_cond_broadcast(&f->ended);
	(void)pthread_mutex_unlock(&f->lock);
}

/* Waits for any check to end; false: the op's deadline has passed. */
static bool
flights_wait(struct flights *f, const struct op *op)
{
	struct timespec until = { op->deadline_us / 1000000,
				  op->deadline_us % 1000000 * 1000 };

	return op_left_ms(op) > 0 &&
	       pthread_cond_timedwait(&f->ended, &f->lock, &until) == 0;
}

enum flight_outcome
flights_take(struct flights *f, const struct op *op,
	     const uint8_t key[DIGEST_SIZE], uint64_t since,
	     struct flight_passed *out)
{
	enum flight_outcome outcome = FLIGHT_MINE;
	const struct flight *flight;

	(void)pthread_mutex_lock(&f->lock);
	for (;;) {
		flight = flight_find(f, key);
		if (flight == NULL || flight->state != STATE_TAKEN)
			break;
		if (!flights_wait(f, op)) {
			outcome = FLIGHT_LATE;
			break;
		}
	}
	if (flight != NULL && flight->state == STATE_ENDED &&
	    flight->changed > since) {
		outcome = flight->outcome;
		*out = flight->passed;
	}
	if (outcome == FLIGHT_MINE)
		(void)flight_set(f, key, STATE_TAKEN);
	(void)pthread_mutex_unlock(&f->lock);
	return outcome;
}

void
flights_end(struct flights *f, const uint8_t key[DIGEST_SIZE],
	    enum flight_outcome outcome, const struct flight_passed *passed)
{
	struct flight *flight;

	(void)pthread_mutex_lock(&f->lock);
	if (outcome == FLIGHT_PASSED || outcome == FLIGHT_FAILED) {
		flight = flight_set(f, key, STATE_ENDED);
		flight->outcome = outcome;
		flight->passed = *passed;
	} else {
		flight = flight_find(f, key);
		if (flight != NULL)
			flight->state = STATE_FREE;
	}
	(void)pthread_cond_broadcast(&f->ended);
	(void)pthread_mutex_unlock(&f->lock);
}
