/* SPDX-License-Identifier: Apache-2.0 */
#include "base/turn.h"

#include "unit.h"

#include <stdatomic.h>
#include <unistd.h>

#define THREADS 8

struct crowd {
	struct turns turns;
	atomic_uint working, at_once, done, ended;
};

static void
op_for(struct op *op, unsigned timeout_ms)
{
	op_init(op, NULL, NULL, timeout_ms);
}

/* Whoever has the turn holds it long enough for the others to come. */
static void *
work(void *arg)
{
	struct crowd *c = arg;
	struct op op;
	enum turn turn;

	op_for(&op, 20000);
	turn = turn_begin(&c->turns, &op, 7);
	if (turn == TURN_ENDED)
		atomic_fetch_add(&c->ended, 1);
	if (turn != TURN_MINE)
		return NULL;
	if (atomic_fetch_add(&c->working, 1) != 0)
		atomic_fetch_add(&c->at_once, 1);
	(void)usleep(20000);
	atomic_fetch_sub(&c->working, 1);
	atomic_fetch_add(&c->done, 1);
	turn_end(&c->turns, 7);
	return NULL;
}

static void
the_same_work_is_done_once_at_a_time(void **state)
{
	struct crowd c = { .turns = TURNS_INIT };
	pthread_t thread[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, work, &c), 0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(c.at_once, 0);
	assert_true(c.done >= 1);
	assert_int_equal(c.done + c.ended, THREADS);
	assert_int_equal(c.turns.n, 0);
}

static void
other_work_waits_for_nobody(void **state)
{
	struct turns turns = TURNS_INIT;
	struct op op;

	(void)state;
	op_for(&op, 1);
	(void)usleep(2000);
	assert_int_equal(turn_begin(&turns, &op, 1), TURN_MINE);
	assert_int_equal(turn_begin(&turns, &op, 2), TURN_MINE);
	assert_int_equal(turn_begin(&turns, &op, 1), TURN_LATE);
	turn_end(&turns, 1);
	assert_int_equal(turn_begin(&turns, &op, 1), TURN_MINE);
	turn_end(&turns, 2);
	turn_end(&turns, 1);
	assert_int_equal(turns.n, 0);
}

static void
without_a_place_everybody_has_his_own_turn(void **state)
{
	struct turns turns = TURNS_INIT;
	struct op op;

	(void)state;
	op_for(&op, 1);
	for (int64_t key = 0; key < TURNS_MAX; key++)
		assert_int_equal(turn_begin(&turns, &op, key), TURN_MINE);
	assert_int_equal(turns.n, TURNS_MAX);
	assert_int_equal(turn_begin(&turns, &op, TURNS_MAX), TURN_MINE);
	assert_int_equal(turn_begin(&turns, &op, TURNS_MAX), TURN_MINE);
	turn_end(&turns, TURNS_MAX); /* which is not there */
	for (int64_t key = TURNS_MAX; key-- > 0;)
		turn_end(&turns, key);
	assert_int_equal(turns.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_work_is_done_once_at_a_time),
		cmocka_unit_test(other_work_waits_for_nobody),
		cmocka_unit_test(without_a_place_everybody_has_his_own_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
