/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "wing/auth/flight.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define WAITERS 8

static void
key_make(uint64_t group, uint64_t n, uint8_t out[DIGEST_SIZE])
{
	uint64_t words[4] = { group, n, 0, 1 };

	memcpy(out, words, DIGEST_SIZE);
}

static void
a_check_that_is_announced_is_joined(void **state)
{
	struct op *op = *state;
	struct flights *f = flights_open();
	struct flight_passed passed = { 0 }, right = { 7, 70 };
	uint8_t key[DIGEST_SIZE], other[DIGEST_SIZE];
	uint64_t first, second;
	int64_t turn = 0;

	key_make(1, 1, key);
	key_make(1, 2, other);
	assert_false(flights_join(f, key, &first, &turn));
	flights_announce(f, key, &first, 1234);
	assert_true(flights_join(f, key, &second, &turn));
	assert_int_equal(turn, 1234);
	assert_false(flights_join(f, other, &second, &turn));
	assert_true(flights_join(f, key, &second, &turn));

	assert_int_equal(flights_take(f, op, key, first, &passed), FLIGHT_MINE);
	assert_true(flights_join(f, key, &second, &turn));
	flights_end(f, key, FLIGHT_PASSED, &right);
	assert_int_equal(flights_take(f, op, key, second, &passed),
			 FLIGHT_PASSED);
	assert_int_equal(passed.mailbox, 7);
	assert_int_equal(passed.password_version, 70);
	flights_close(f);
}

static void
an_outcome_is_for_those_who_asked_before_it(void **state)
{
	struct op *op = *state;
	struct flights *f = flights_open();
	struct flight_passed passed = { 0 };
	uint8_t key[DIGEST_SIZE];
	uint64_t early, late;
	int64_t turn;

	key_make(1, 1, key);
	flights_announce(f, key, &early, 0);
	assert_int_equal(flights_take(f, op, key, early, &passed), FLIGHT_MINE);
	flights_end(f, key, FLIGHT_FAILED, &passed);
	/* it is over: the next begins anew, and has to be counted */
	assert_false(flights_join(f, key, &late, &turn));
	assert_int_equal(flights_take(f, op, key, early, &passed),
			 FLIGHT_FAILED);
	assert_int_equal(flights_take(f, op, key, late, &passed), FLIGHT_MINE);
	flights_end(f, key, FLIGHT_LATE, NULL);
	flights_close(f);
}

static void
who_could_not_find_out_leaves_it_to_the_next(void **state)
{
	struct op *op = *state;
	struct flights *f = flights_open();
	struct flight_passed passed = { 0 };
	uint8_t key[DIGEST_SIZE];
	uint64_t since, joined;
	int64_t turn;

	key_make(1, 1, key);
	flights_announce(f, key, &since, 0);
	assert_true(flights_join(f, key, &joined, &turn));
	assert_int_equal(flights_take(f, op, key, since, &passed), FLIGHT_MINE);
	flights_end(f, key, FLIGHT_LATE, NULL);
	assert_int_equal(flights_take(f, op, key, joined, &passed),
			 FLIGHT_MINE);
	flights_end(f, key, FLIGHT_LATE, NULL);
	flights_close(f);
}

static void
who_never_came_back_is_stood_in_for(void **state)
{
	struct op *op = *state;
	struct flights *f = flights_open();
	struct flight_passed passed;
	uint8_t key[DIGEST_SIZE];
	uint64_t gone, joined;
	int64_t turn;

	key_make(1, 1, key);
	flights_announce(f, key, &gone, 0);
	assert_true(flights_join(f, key, &joined, &turn));
	assert_int_equal(flights_take(f, op, key, joined, &passed),
			 FLIGHT_MINE);
	flights_close(f);
}

static void
the_deadline_of_an_op_ends_its_wait(void **state)
{
	struct op *op = *state, hurried = *op;
	struct flights *f = flights_open();
	struct flight_passed passed;
	uint8_t key[DIGEST_SIZE];
	uint64_t since;

	key_make(1, 1, key);
	flights_announce(f, key, &since, 0);
	assert_int_equal(flights_take(f, op, key, since, &passed), FLIGHT_MINE);
	hurried.deadline_us = op_clock_us() + 1000;
	assert_int_equal(flights_take(f, &hurried, key, since, &passed),
			 FLIGHT_LATE);
	assert_int_equal(flights_take(f, &hurried, key, since, &passed),
			 FLIGHT_LATE);
	flights_close(f);
}

static void
a_full_table_drops_the_oldest_that_nobody_works_on(void **state)
{
	struct op *op = *state;
	struct flights *f = flights_open();
	struct flight_passed passed = { 0 };
	uint8_t key[DIGEST_SIZE];
	uint64_t since;
	int64_t turn;

	/* eight places a group: one worked on, one over, six announced */
	for (uint64_t n = 0; n < 8; n++) {
		key_make(5, n, key);
		flights_announce(f, key, &since, 0);
		if (n < 2)
			assert_int_equal(
				flights_take(f, op, key, since, &passed),
				FLIGHT_MINE);
	}
	key_make(5, 1, key);
	flights_end(f, key, FLIGHT_FAILED, &passed);
	for (uint64_t n = 100; n < 102; n++) { /* the one over, then the 2nd */
		key_make(5, n, key);
		flights_announce(f, key, &since, 0);
	}
	for (uint64_t n = 0; n < 8; n++) {
		key_make(5, n, key);
		assert_int_equal(flights_join(f, key, &since, &turn),
				 n != 1 && n != 2);
	}
	/* ending one that was dropped does no harm */
	key_make(5, 2, key);
	flights_end(f, key, FLIGHT_LATE, NULL);
	flights_close(f);
}

struct waiter {
	struct flights *flights;
	const struct op *op;
	uint64_t since;
	_Atomic int *mine;
	enum flight_outcome outcome;
};

static void *
wait_for_it(void *arg)
{
	struct waiter *w = arg;
	struct flight_passed passed = { 0 };
	uint8_t key[DIGEST_SIZE];

	key_make(9, 9, key);
	w->outcome = flights_take(w->flights, w->op, key, w->since, &passed);
	if (w->outcome == FLIGHT_MINE) {
		atomic_fetch_add(w->mine, 1);
		(void)usleep(2000);
		flights_end(w->flights, key, FLIGHT_FAILED, &passed);
	}
	return NULL;
}

static void
threads_at_once_make_one_check(void **state)
{
	struct flights *f = flights_open();
	_Atomic int mine = 0;
	struct waiter w[WAITERS];
	pthread_t thread[WAITERS];
	uint8_t key[DIGEST_SIZE];
	uint64_t since;

	key_make(9, 9, key);
	flights_announce(f, key, &since, 0);
	for (size_t i = 0; i < WAITERS; i++) {
		w[i] = (struct waiter){ f, *state, since, &mine, FLIGHT_LATE };
		assert_int_equal(
			pthread_create(&thread[i], NULL, wait_for_it, &w[i]),
			0);
	}
	for (size_t i = 0; i < WAITERS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(mine, 1);
	for (size_t i = 0; i < WAITERS; i++)
		assert_true(w[i].outcome == FLIGHT_MINE ||
			    w[i].outcome == FLIGHT_FAILED);
	flights_close(f);
	flights_close(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(a_check_that_is_announced_is_joined),
		UNIT_TEST(an_outcome_is_for_those_who_asked_before_it),
		UNIT_TEST(who_could_not_find_out_leaves_it_to_the_next),
		UNIT_TEST(who_never_came_back_is_stood_in_for),
		UNIT_TEST(the_deadline_of_an_op_ends_its_wait),
		UNIT_TEST(a_full_table_drops_the_oldest_that_nobody_works_on),
		UNIT_TEST(threads_at_once_make_one_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
