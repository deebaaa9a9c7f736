/* SPDX-License-Identifier: Apache-2.0 */
/* Who guesses is slowed; who does not is not. Time is an argument. */
#include "unit.h"

#include "wing/auth/penalty.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)
#define START (1000 * SECOND)
#define WORKERS 4
#define ROUNDS 20000

static struct penalties *
penalties_make(void)
{
	struct penalties *p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	penalty_init(p);
	return p;
}

static void
penalties_drop(struct penalties *p)
{
	(void)munmap(p, sizeof(*p));
}

/* A user of a source; source 0 is one that is not watched. */
static struct penalty_who
who(uint64_t source, uint64_t user)
{
	return (struct penalty_who){
		.pair = { user * UINT64_C(0x9e3779b97f4a7c15) + source,
			  source + 1 },
		.source = { source, source },
		.user = { user, user },
	};
}

/* Begins an attempt; how long it has to wait, or -1: it was refused. */
static int64_t
begin(struct penalties *p, uint64_t source, uint64_t user, int64_t now)
{
	struct penalty_who w = who(source, user);
	int64_t wait;

	return penalty_begin(p, &w, now, &wait) == OK ? wait : -1;
}

static void
failed(struct penalties *p, uint64_t source, uint64_t user, int64_t now)
{
	struct penalty_who w = who(source, user);

	penalty_failed(p, &w, now);
}

static void
passed(struct penalties *p, uint64_t source, uint64_t user, int64_t now)
{
	struct penalty_who w = who(source, user);

	penalty_passed(p, &w, now);
}

/* One attempt from its begin to its failure; when it was made. */
static int64_t
guess(struct penalties *p, uint64_t source, uint64_t user, int64_t now)
{
	int64_t wait = begin(p, source, user, now);

	assert_true(wait >= 0);
	failed(p, source, user, now + wait);
	return now + wait;
}

static void
a_few_attempts_are_free_then_each_takes_longer(void **state)
{
	static const int64_t waits[] = { 1, 2, 4, 8 };
	struct penalties *p = penalties_make();
	int64_t now = START;

	(void)state;
	for (int i = 0; i < PAIR_FREE; i++)
		assert_int_equal(begin(p, 1, 1, now), 0);
	for (size_t i = 0; i < COUNT(waits); i++) {
		assert_int_equal(begin(p, 1, 1, now), waits[i] * SECOND);
		now += waits[i] * SECOND;
	}
	/* the next turn is too far ahead, until time has passed */
	assert_int_equal(begin(p, 1, 1, now), -1);
	now += (PAIR_INTERVAL_MAX_S - PENALTY_WAIT_MAX_S) * SECOND;
	assert_int_equal(begin(p, 1, 1, now - 1), -1);
	assert_int_equal(begin(p, 1, 1, now), PENALTY_WAIT_MAX_S * SECOND);
	penalties_drop(p);
}

static void
many_at_once_gain_nothing(void **state)
{
	struct penalties *p = penalties_make();
	int given = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		given += begin(p, 1, 1, START) >= 0;
	assert_int_equal(given, PAIR_FREE + 3); /* at 1, 3 and 7 s */
	penalties_drop(p);
}

static void
who_was_refused_is_told_when_to_come_back(void **state)
{
	struct penalties *p = penalties_make();
	struct penalty_who w = who(1, 1);
	int64_t wait = 0, now = START;

	(void)state;
	while (penalty_begin(p, &w, now, &wait) == OK)
		continue;
	assert_true(wait > PENALTY_WAIT_MAX_S * SECOND);
	now += wait;
	assert_int_equal(penalty_begin(p, &w, now, &wait), OK);
	assert_int_equal(wait, 0);
	penalties_drop(p);
}

static void
nobody_else_waits(void **state)
{
	struct penalties *p = penalties_make();

	(void)state;
	while (begin(p, 1, 1, START) >= 0)
		failed(p, 1, 1, START);
	assert_int_equal(begin(p, 2, 1, START), 0); /* the user elsewhere */
	assert_int_equal(begin(p, 1, 2, START), 0); /* his neighbour */
	assert_int_equal(begin(p, 1, 1, START), -1);
	penalties_drop(p);
}

static void
the_right_password_clears_the_count(void **state)
{
	struct penalties *p = penalties_make();

	(void)state;
	for (int i = 0; i < PAIR_FREE + 2; i++)
		assert_true(begin(p, 1, 1, START) >= 0);
	passed(p, 1, 1, START);
	for (int i = 0; i < PAIR_FREE; i++)
		assert_int_equal(begin(p, 1, 1, START), 0);
	assert_int_equal(begin(p, 1, 1, START), SECOND);
	penalties_drop(p);
}

static void
an_attempt_without_an_outcome_does_not_count(void **state)
{
	struct penalties *p = penalties_make();
	struct penalty_who w = who(1, 1);

	(void)state;
	for (int i = 0; i < 5 * PAIR_FREE; i++) {
		assert_int_equal(begin(p, 1, 1, START), 0);
		penalty_unknown(p, &w, START);
	}
	penalties_drop(p);
}

static void
attempts_are_forgotten_with_time(void **state)
{
	struct penalties *p = penalties_make();
	int64_t later = START + PAIR_FORGET_S * SECOND;

	(void)state;
	for (int i = 0; i < PAIR_FREE; i++)
		assert_int_equal(begin(p, 1, 1, START), 0);
	assert_int_equal(begin(p, 1, 1, later), 0); /* one was forgotten */
	assert_int_equal(begin(p, 1, 1, later), SECOND);
	/* however many there were, all are after a while */
	for (int64_t t = 0; t < 10000; t++)
		(void)begin(p, 1, 1, later + t * SECOND);
	later += (10000 + PAIR_COUNT_MAX * PAIR_FORGET_S) * SECOND;
	for (int i = 0; i < PAIR_FREE; i++)
		assert_int_equal(begin(p, 1, 1, later), 0);
	penalties_drop(p);
}

static void
guessing_over_many_users_slows_the_source(void **state)
{
	struct penalties *p = penalties_make();
	int64_t now = START, before;

	(void)state;
	for (uint64_t user = 0; user <= SOURCE_FREE; user++)
		assert_int_equal(guess(p, 1, user, START), START);
	for (uint64_t user = 100; user < 200; user++) {
		before = now;
		now = guess(p, 1, user, now);
		assert_true(now - before >= (user == 100 ? 0 : SECOND));
	}
	assert_true(now - START >= 100 * 4 * SECOND);
	assert_int_equal(begin(p, 2, 500, now), 0); /* another source */
	penalties_drop(p);
}

static void
one_user_however_wrong_does_not_slow_his_source(void **state)
{
	struct penalties *p = penalties_make();
	int64_t now = START;

	(void)state;
	for (int i = 0; i < 200; i++, now += 20 * SECOND)
		(void)guess(p, 1, 1, now);
	assert_int_equal(begin(p, 1, 2, now), 0);
	penalties_drop(p);
}

static void
who_succeeded_there_before_does_not_wait_for_his_source(void **state)
{
	struct penalties *p = penalties_make();
	int64_t later = START + (PAIR_GOOD_S - 1) * SECOND;

	(void)state;
	assert_int_equal(begin(p, 1, 777, START), 0);
	passed(p, 1, 777, START);
	for (uint64_t user = 0; user < 200; user++)
		failed(p, 1, user, later);
	assert_true(begin(p, 1, 888, later) == 0); /* the first turn */
	assert_true(begin(p, 1, 889, later) > 0);
	assert_int_equal(begin(p, 1, 777, later), 0);
	assert_true(begin(p, 1, 777, later + 2 * SECOND) != 0); /* forgotten */
	penalties_drop(p);
}

static void
an_office_is_not_slowed_by_its_typos(void **state)
{
	struct penalties *p = penalties_make();
	int64_t now = START;

	(void)state;
	/* 200 people come within ten minutes; one in four mistypes once */
	for (uint64_t user = 0; user < 200; user++, now += 3 * SECOND) {
		assert_int_equal(begin(p, 1, user, now), 0);
		if (user % 4 == 0) {
			failed(p, 1, user, now);
			assert_int_equal(begin(p, 1, user, now + SECOND), 0);
		}
		passed(p, 1, user, now + SECOND);
	}
	/* ... all at once, the next day, when some have a stale password */
	now += 24 * 3600 * SECOND;
	for (uint64_t user = 0; user < 200; user++)
		assert_int_equal(begin(p, 1, user, now), 0);
	for (uint64_t user = 0; user < 40; user++)
		failed(p, 1, user, now);
	for (uint64_t user = 1000; user < 1050; user++)
		assert_int_equal(begin(p, 1, user, now), 0); /* visitors */
	penalties_drop(p);
}

static void
a_turn_that_came_is_refused_when_the_source_is_slowed_meanwhile(void **state)
{
	struct penalties *p = penalties_make();
	struct penalty_who early = who(1, 5000), good = who(1, 6000);
	int64_t wait;

	(void)state;
	passed(p, 1, 6000, START);
	assert_int_equal(penalty_begin(p, &early, START, &wait), OK);
	assert_int_equal(penalty_turn(p, &early, START, &wait), OK);
	for (uint64_t user = 0; user < 100; user++)
		failed(p, 1, user, START);
	assert_int_equal(penalty_turn(p, &early, START, &wait), ERR_LIMIT);
	assert_true(wait > 0);
	assert_int_equal(penalty_turn(p, &good, START, &wait), OK);
	/* who waited for the source's turn has it */
	assert_int_equal(penalty_begin(p, &early, START, &wait), OK);
	assert_true(wait > 0 && early.waited);
	assert_int_equal(penalty_turn(p, &early, START + wait, &wait), OK);
	penalties_drop(p);
}

static void
a_source_without_an_address_is_not_slowed_as_a_whole(void **state)
{
	struct penalties *p = penalties_make();

	(void)state;
	for (uint64_t user = 0; user < 500; user++)
		assert_int_equal(guess(p, 0, user, START), START);
	penalties_drop(p);
}

static void
a_source_recovers(void **state)
{
	struct penalties *p = penalties_make();
	int64_t later = START + SOURCE_COUNT_MAX * SOURCE_FORGET_S * SECOND;

	(void)state;
	for (uint64_t user = 0; user < 5000; user++)
		failed(p, 1, user, START);
	assert_int_equal(begin(p, 1, 9000, START), 0);
	assert_true(begin(p, 1, 9001, START) > 0);
	assert_int_equal(begin(p, 1, 9002, later), 0);
	assert_int_equal(begin(p, 1, 9003, later), 0);
	penalties_drop(p);
}

static void
a_full_table_forgets_who_was_not_seen_for_longest(void **state)
{
	struct penalties *p = penalties_make();
	struct penalty_who w[PENALTY_WAYS + 1];
	int64_t wait;

	(void)state;
	for (size_t i = 0; i < COUNT(w); i++) {
		w[i] = (struct penalty_who){ .pair = { 5, i + 1 } };
		for (int n = 0; n < PAIR_FREE; n++)
			assert_int_equal(
				penalty_begin(p, &w[i],
					      START + (int64_t)i * SECOND,
					      &wait),
				OK);
	}
	for (size_t i = 1; i < COUNT(w); i++) {
		assert_int_equal(
			penalty_begin(p, &w[i], START + 9 * SECOND, &wait), OK);
	}
	assert_int_equal(
		penalty_begin(p, &w[PENALTY_WAYS], START + 9 * SECOND, &wait),
		OK);
	assert_true(wait > 0);
	assert_int_equal(penalty_begin(p, &w[0], START + 10 * SECOND, &wait),
			 OK);
	assert_int_equal(wait, 0);
	penalties_drop(p);
}

/* A worker that dies in the middle, with every lock of a table. */
static void
die_with_locks(pthread_mutex_t *locks)
{
	for (size_t i = 0; i < PENALTY_STRIPES; i++)
		(void)pthread_mutex_lock(&locks[i]);
	(void)kill(getpid(), SIGKILL);
}

static void
worker(struct penalties *p, uint64_t n)
{
	for (uint64_t i = 0; i < ROUNDS; i++) {
		uint64_t user = i % 50, source = 1 + i % 3;

		if (begin(p, source, user, START + (int64_t)i) < 0)
			continue;
		if ((i + n) % 7 == 0)
			passed(p, source, user, START + (int64_t)i);
		else
			failed(p, source, user, START + (int64_t)i);
	}
}

static void
wait_for(pid_t pid, bool killed)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WIFSIGNALED(status), killed);
	if (!killed)
		assert_int_equal(WEXITSTATUS(status), 0);
}

static void
workers_outlive_one_that_is_killed_with_a_lock(void **state)
{
	struct penalties *p = penalties_make();
	pthread_mutex_t *locks[] = { p->pairs.lock, p->sources.lock,
				     p->users.lock };
	pid_t pid[WORKERS], dead[COUNT(locks)];
	int given = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(dead); i++) {
		dead[i] = fork();
		if (dead[i] == 0)
			die_with_locks(locks[i]);
		wait_for(dead[i], true);
	}
	for (uint64_t i = 0; i < WORKERS; i++) {
		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (pid[i] == 0) {
			do
				worker(p, i);
			while (i == 0); /* until it is killed */
			_exit(0);
		}
	}
	(void)usleep(1000);
	assert_int_equal(kill(pid[0], SIGKILL), 0);
	wait_for(pid[0], true);
	for (size_t i = 1; i < WORKERS; i++)
		wait_for(pid[i], false);
	/* and it still counts */
	for (int i = 0; i < 100; i++)
		given += begin(p, 99, 99, START) >= 0;
	assert_int_equal(given, PAIR_FREE + 3);
	penalties_drop(p);
}

static void
workers_at_once_give_no_turn_twice(void **state)
{
	struct penalties *p = penalties_make();
	_Atomic int *given = mmap(NULL, sizeof(*given), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid[WORKERS];

	(void)state;
	assert_ptr_not_equal(given, MAP_FAILED);
	for (size_t i = 0; i < WORKERS; i++) {
		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (pid[i] != 0)
			continue;
		for (int n = 0; n < 5000; n++)
			*given += begin(p, 1, 1, START) >= 0;
		_exit(0);
	}
	for (size_t i = 0; i < WORKERS; i++)
		wait_for(pid[i], false);
	assert_int_equal(*given, PAIR_FREE + 3);
	(void)munmap((void *)(uintptr_t)given, sizeof(*given));
	penalties_drop(p);
}

static enum penalty_rank
rank(struct penalties *p, uint64_t source, uint64_t user, int64_t now)
{
	struct penalty_who w = who(source, user);

	(void)begin(p, source, user, now);
	return penalty_rank(p, &w, now);
}

static void
who_has_not_guessed_goes_first(void **state)
{
	struct penalties *p = penalties_make();
	int64_t now = START;

	(void)state;
	assert_int_equal(rank(p, 1, 1, now), RANK_NEW);
	passed(p, 1, 1, now);
	assert_int_equal(rank(p, 1, 1, now), RANK_KNOWN);
	/* a colleague's typing errors are outweighed by those who succeed */
	(void)guess(p, 1, 2, now);
	assert_int_equal(rank(p, 1, 3, now), RANK_NEW);
	(void)guess(p, 1, 4, now);
	assert_int_equal(rank(p, 1, 5, now), RANK_GUESSES);
	assert_int_equal(rank(p, 1, 1, now), RANK_KNOWN);
	/* who has failed here himself; elsewhere that counts for less */
	assert_int_equal(rank(p, 0, 9, now), RANK_NEW);
	assert_int_equal(rank(p, 0, 9, now), RANK_GUESSES);
	assert_int_equal(rank(p, 7, 2, now), RANK_ELSE);
	/* a source that is not watched has no bad name */
	for (uint64_t user = 20; user < 40; user++)
		(void)guess(p, 0, user, now);
	assert_int_equal(rank(p, 0, 40, now), RANK_NEW);
	penalties_drop(p);
}

static void
a_known_user_who_fails_again_and_again_goes_last(void **state)
{
	struct penalties *p = penalties_make();
	struct penalty_who w = who(1, 1);
	int64_t now = START;

	(void)state;
	passed(p, 1, 1, now);
	for (int i = 0; i < PAIR_FREE; i++)
		(void)begin(p, 1, 1, now);
	assert_int_equal(penalty_rank(p, &w, now), RANK_KNOWN);
	(void)begin(p, 1, 1, now);
	assert_int_equal(penalty_rank(p, &w, now), RANK_GUESSES);
	passed(p, 1, 1, now);
	assert_int_equal(penalty_rank(p, &w, now), RANK_KNOWN);
	penalties_drop(p);
}

static void
what_failed_elsewhere_is_forgotten(void **state)
{
	struct penalties *p = penalties_make();
	int64_t now = START;

	(void)state;
	for (uint64_t source = 1; source <= 2 * USER_COUNT_MAX; source++)
		(void)guess(p, source, 1, now);
	now += USER_FORGET_S * SECOND;
	assert_int_equal(rank(p, 101, 1, now), RANK_ELSE);
	now += (USER_COUNT_MAX - 1) * USER_FORGET_S * SECOND - 1;
	assert_int_equal(rank(p, 102, 1, now), RANK_ELSE);
	assert_int_equal(rank(p, 103, 1, now + 1), RANK_NEW);
	penalties_drop(p);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_not_guessed_goes_first),
		cmocka_unit_test(
			a_known_user_who_fails_again_and_again_goes_last),
		cmocka_unit_test(what_failed_elsewhere_is_forgotten),
		cmocka_unit_test(
			a_few_attempts_are_free_then_each_takes_longer),
		cmocka_unit_test(many_at_once_gain_nothing),
		cmocka_unit_test(who_was_refused_is_told_when_to_come_back),
		cmocka_unit_test(nobody_else_waits),
		cmocka_unit_test(the_right_password_clears_the_count),
		cmocka_unit_test(an_attempt_without_an_outcome_does_not_count),
		cmocka_unit_test(attempts_are_forgotten_with_time),
		cmocka_unit_test(guessing_over_many_users_slows_the_source),
		cmocka_unit_test(
			one_user_however_wrong_does_not_slow_his_source),
		cmocka_unit_test(
			who_succeeded_there_before_does_not_wait_for_his_source),
		cmocka_unit_test(an_office_is_not_slowed_by_its_typos),
		cmocka_unit_test(
			a_turn_that_came_is_refused_when_the_source_is_slowed_meanwhile),
		cmocka_unit_test(
			a_source_without_an_address_is_not_slowed_as_a_whole),
		cmocka_unit_test(a_source_recovers),
		cmocka_unit_test(
			a_full_table_forgets_who_was_not_seen_for_longest),
		cmocka_unit_test(
			workers_outlive_one_that_is_killed_with_a_lock),
		cmocka_unit_test(workers_at_once_give_no_turn_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
