/* SPDX-License-Identifier: Apache-2.0 */
#include "base/turn.h"

#include <time.h>

#define NOT_THERE TURNS_MAX

static size_t
key_find(const struct turns *turns, int64_t key)
{
	for (size_t i = 0; i < turns->n; i++) {
		if (turns->key[i] == key)
			return i;
	}
	return NOT_THERE;
}

/* False: the op's deadline has passed. */
static bool
wait_for_end(struct turns *turns, const struct op *op, int64_t key)
{
	const struct timespec until = { op->deadline_us / 1000000,
					op->deadline_us % 1000000 * 1000 };
	int why = 0;

	while (key_find(turns, key) != NOT_THERE && why == 0)
		why = pthread_cond_clockwait(&turns->ended, &turns->lock,
					     CLOCK_MONOTONIC, &until);
	return why == 0;
}

enum turn
turn_begin(struct turns *turns, const struct op *op, int64_t key)
{
	enum turn turn = TURN_MINE;

	(void)pthread_mutex_lock(&turns->lock);
	if (key_find(turns, key) != NOT_THERE)
		turn = wait_for_end(turns, op, key) ? TURN_ENDED : TURN_LATE;
	else if (turns->n < TURNS_MAX)
		turns->key[turns->n++] = key;
	(void)pthread_mutex_unlock(&turns->lock);
	return turn;
}

void
turn_end(struct turns *turns, int64_t key)
{
	size_t at;

	(void)pthread_mutex_lock(&turns->lock);
	at = key_find(turns, key);
	if (at != NOT_THERE)
		turns->key[at] = turns->key[--turns->n];
	(void)pthread_cond_broadcast(&turns->ended);
	(void)pthread_mutex_unlock(&turns->lock);
}
