/* SPDX-License-Identifier: Apache-2.0 */
/* Who was asked a moment ago, who does not answer, and who asks together. */
#include "unit.h"

#include "wing/directory/people_asked.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define THREADS 16
#define SHORT_MS 50

static struct asked *asked;

static int
setup(void **state)
{
	asked = asked_open();
	return asked == NULL ? -1 : unit_setup(state);
}

static int
teardown(void **state)
{
	asked_close(asked);
	return unit_teardown(state);
}

static struct asked_key
key(const char *whom)
{
	return asked_key(asked, "directory:office", 'a', whom);
}

static void
keys_differ_by_source_kind_and_whom(void **state)
{
	const struct asked_key a = key("ada@x.example");
	const struct asked_key same = key("ada@x.example");
	const struct asked_key others[] = {
		key("bob@x.example"),
		asked_key(asked, "directory:other", 'a', "ada@x.example"),
		asked_key(asked, "directory:office", 'u', "ada@x.example"),
	};

	(void)state;
	assert_memory_equal(&a, &same, sizeof(a));
	for (size_t i = 0; i < COUNT(others); i++)
		assert_memory_not_equal(&a, &others[i], sizeof(a));
}

static void
nobody_is_remembered_and_somebody_is_not(void **state)
{
	struct op *op = *state;

	assert_false(asked_is_nobody(asked, key("ada")));
	assert_int_equal(asked_begin(asked, op, key("ada")), ASK_MINE);
	asked_end(asked, key("ada"), ERR_NOT_FOUND);
	assert_true(asked_is_nobody(asked, key("ada")));
	assert_int_equal(asked_begin(asked, op, key("bob")), ASK_MINE);
	asked_end(asked, key("bob"), OK);
	assert_false(asked_is_nobody(asked, key("bob")));
	assert_false(asked_is_nobody(
		asked, asked_key(asked, "directory:office", 'u', "ada")));
}

/* However many there are: the memory is what it is, and the last are known. */
static void
more_nobodies_than_there_is_room_for_push_out_the_oldest(void **state)
{
	unsigned known = 0;
	char name[32];

	(void)state;
	for (unsigned i = 0; i < 2 * ASKED_NOBODY_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		asked_end(asked, key(name), ERR_NOT_FOUND);
		assert_true(asked_is_nobody(asked, key(name)));
	}
	for (unsigned i = 0; i < 2 * ASKED_NOBODY_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		known += asked_is_nobody(asked, key(name));
	}
	assert_true(known <= ASKED_NOBODY_MAX);
	assert_true(known > ASKED_NOBODY_MAX / 2);
}

static void
a_source_that_is_down_is_left_alone(void **state)
{
	struct op *op = *state;
	const struct asked_key other = asked_key(asked, "sql:mail", 'a', "ada");

	assert_int_equal(asked_begin(asked, op, key("ada")), ASK_MINE);
	assert_false(asked_is_down(asked, key("bob")));
	asked_end(asked, key("ada"), ERR_DOWN);
	assert_true(asked_is_down(asked, key("bob")));
	assert_true(asked_was_down(asked, key("bob")));
	assert_int_equal(asked_begin(asked, op, key("bob")), ASK_DOWN);
	assert_false(asked_is_down(asked, other));
	assert_int_equal(asked_begin(asked, op, other), ASK_MINE);
	asked_end(asked, other, OK);
	/* Somebody was answered after all. */
	asked_end(asked, key("carl"), OK);
	assert_false(asked_is_down(asked, key("bob")));
	assert_false(asked_was_down(asked, key("bob")));
	/* What was not asked says nothing. */
	asked_end(asked, key("ada"), ERR_DOWN);
	asked_end(asked, key("carl"), ERR_UNKNOWN);
	assert_true(asked_is_down(asked, key("bob")));
}

static void
more_sources_than_there_is_room_for_are_forgotten_one_by_one(void **state)
{
	char name[32];

	(void)state;
	for (unsigned i = 0; i < 2 * ASKED_SOURCES_MAX; i++) {
		struct asked_key k;

		(void)snprintf(name, sizeof(name), "sql:%u", i);
		k = asked_key(asked, name, 'a', "ada");
		asked_end(asked, k, ERR_DOWN);
		assert_true(asked_is_down(asked, k));
	}
}

struct together {
	pthread_t thread;
	enum ask got;
};

static atomic_uint mine, ended;

static void *
ask_together(void *arg)
{
	struct together *t = arg;
	struct arena *arena = arena_open(0);
	struct op op;

	op_init(&op, arena, NULL, 60000);
	t->got = asked_begin(asked, &op, key("ada"));
	if (t->got == ASK_MINE) {
		atomic_fetch_add(&mine, 1);
		(void)usleep(100000); /* the others come meanwhile */
		asked_end(asked, key("ada"), OK);
	} else {
		atomic_fetch_add(&ended, t->got == ASK_ENDED);
	}
	arena_close(arena);
	return NULL;
}

/* Each of them either asks, or waits for one who does. */
static void
those_who_ask_the_same_wait_for_the_first(void **state)
{
	struct together all[THREADS];
	struct op *op = *state;

	atomic_store(&mine, 0);
	atomic_store(&ended, 0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&all[i].thread, NULL,
						ask_together, &all[i]),
				 0);
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(all[i].thread, NULL);
	assert_int_equal(atomic_load(&mine) + atomic_load(&ended), THREADS);
	assert_int_equal(asked_begin(asked, op, key("ada")), ASK_MINE);
}

static void
nobody_waits_longer_than_his_deadline(void **state)
{
	struct op *op = *state;
	struct op brief;

	op_init(&brief, op->arena, NULL, SHORT_MS);
	assert_int_equal(asked_begin(asked, op, key("ada")), ASK_MINE);
	assert_int_equal(asked_begin(asked, &brief, key("ada")), ASK_LATE);
	assert_int_equal(op_left_ms(&brief), 0);
	asked_end(asked, key("ada"), OK);
	assert_int_equal(asked_begin(asked, op, key("ada")), ASK_MINE);
}

static void
without_room_for_a_question_it_is_asked_all_the_same(void **state)
{
	struct op *op = *state;
	char name[32];

	for (unsigned i = 0; i < ASKED_FLIGHTS_MAX + 2; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		assert_int_equal(asked_begin(asked, op, key(name)), ASK_MINE);
	}
	for (unsigned i = 0; i < ASKED_FLIGHTS_MAX + 2; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		asked_end(asked, key(name), OK);
	}
	assert_int_equal(asked_begin(asked, op, key("n0")), ASK_MINE);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(keys_differ_by_source_kind_and_whom),
		ROW(nobody_is_remembered_and_somebody_is_not),
		ROW(more_nobodies_than_there_is_room_for_push_out_the_oldest),
		ROW(a_source_that_is_down_is_left_alone),
		ROW(more_sources_than_there_is_room_for_are_forgotten_one_by_one),
		ROW(those_who_ask_the_same_wait_for_the_first),
		ROW(nobody_waits_longer_than_his_deadline),
		ROW(without_room_for_a_question_it_is_asked_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
