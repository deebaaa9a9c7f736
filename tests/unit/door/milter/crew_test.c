/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few threads that ask the store: who waits for them, and how long. What
 * they do stops at a gate that the test opens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "door/milter/crew.h"

#include <time.h>

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open;
	unsigned looked, decided, begun;
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER,
	   .changed = PTHREAD_COND_INITIALIZER };

void
milter_op_begin(struct milter_house *h, struct op *op, struct arena *arena,
		unsigned timeout_ms)
{
	(void)h;
	op_init(op, arena, NULL, timeout_ms);
}

void
milter_op_end(struct milter_house *h, struct op *op)
{
	(void)h, (void)op;
}

static void
pass(unsigned *count)
{
	(void)pthread_mutex_lock(&gate.lock);
	gate.begun++;
	(void)pthread_cond_broadcast(&gate.changed);
	while (!gate.open)
		(void)pthread_cond_wait(&gate.changed, &gate.lock);
	++*count;
	(void)pthread_cond_broadcast(&gate.changed);
	(void)pthread_mutex_unlock(&gate.lock);
}

static void
look(struct milter_house *house, struct op *op, struct post *post)
{
	(void)house, (void)op;
	pass(&gate.looked);
	post->wanted = true;
}

static void
decide(struct milter_house *house, struct op *op, struct post *post)
{
	(void)house, (void)op, (void)post;
	pass(&gate.decided);
}

static void
gate_set(bool open)
{
	(void)pthread_mutex_lock(&gate.lock);
	gate.open = open;
	(void)pthread_cond_broadcast(&gate.changed);
	(void)pthread_mutex_unlock(&gate.lock);
}

static void
wait_for(const unsigned *count, unsigned n)
{
	(void)pthread_mutex_lock(&gate.lock);
	while (*count < n)
		(void)pthread_cond_wait(&gate.changed, &gate.lock);
	(void)pthread_mutex_unlock(&gate.lock);
}

/* A crew is never freed: who serves a connection may still call it. */
static void *crews[8];

static int
setup(void **state)
{
	static size_t crews_n;

	static crew_work *const work[POST_WORKS] = {
		[POST_LOOK] = look,
		[POST_DECIDE] = decide,
	};
	struct arena *arena = arena_open(0);
	struct op op;

	op_init(&op, arena, NULL, 0);
	gate.looked = gate.decided = gate.begun = 0;
	gate_set(true);
	assert_int_equal(
		crew_open(&op, NULL, work, (struct crew **)(void *)state), OK);
	crews[crews_n++] = *state;
	arena_close(arena);
	return 0;
}

/* One of each, handed over by a thread of its own, for it waits. */
struct mail_thread {
	struct crew *crew;
	pthread_t thread;
	enum post_work what;
	enum crew_did did;
};

static void *
caller_main(void *arg)
{
	struct mail_thread *c = arg;
	struct post *post = post_open();

	c->did = crew_do(c->crew, post, c->what);
	post_drop(post);
	return NULL;
}

static void
call(struct mail_thread *c, struct crew *crew, enum post_work what)
{
	*c = (struct mail_thread){ .crew = crew, .what = what };
	assert_int_equal(pthread_create(&c->thread, NULL, caller_main, c), 0);
}

static enum crew_did
said(struct mail_thread *c)
{
	(void)pthread_join(c->thread, NULL);
	return c->did;
}

static void
what_is_handed_over_is_done(void **state)
{
	struct crew *crew = *state;
	struct post *post = post_open();
	size_t left;

	assert_int_equal(crew_do(crew, post, POST_LOOK), CREW_DONE);
	assert_true(post->wanted);
	assert_int_equal(crew_do(crew, post, POST_DECIDE), CREW_DONE);
	assert_int_equal(gate.decided, 1);
	post_drop(post);
	assert_true(crew_close(crew, 10000, &left));
	assert_int_equal(left, 0);
}

/* More than there are threads, none of which gets on. */
static void
nobody_waits_for_ever_and_what_was_decided_later_is_done(void **state)
{
	struct mail_thread callers[CREW_THREADS + 1], look_too;
	const struct timespec stuck = { .tv_nsec = (CREW_STUCK_MS + 50) *
						   1000000L };
	struct crew *crew = *state;
	size_t left;

	gate_set(false);
	for (size_t i = 0; i < COUNT(callers); i++)
		call(&callers[i], crew, POST_DECIDE);
	wait_for(&gate.begun, CREW_THREADS);
	(void)nanosleep(&stuck, NULL);
	call(&look_too, crew, POST_LOOK);
	assert_int_equal(said(&look_too), CREW_LATER);
	for (size_t i = 0; i < COUNT(callers); i++)
		assert_int_equal(said(&callers[i]), CREW_LATER);
	assert_int_equal(gate.decided, 0);
	gate_set(true);
	wait_for(&gate.decided, COUNT(callers));
	assert_true(crew_close(crew, 10000, &left));
	assert_int_equal(left, 0);
	assert_int_equal(gate.looked, 0); /* nobody would have read it */
}

static void
so_many_wait_and_no_more(void **state)
{
	const struct timespec stuck = { .tv_nsec = (CREW_STUCK_MS + 50) *
						   1000000L };
	struct mail_thread callers[CREW_THREADS];
	struct crew *crew = *state;
	struct post *post;
	size_t left;

	gate_set(false);
	for (size_t i = 0; i < COUNT(callers); i++)
		call(&callers[i], crew, POST_DECIDE);
	wait_for(&gate.begun, CREW_THREADS);
	(void)nanosleep(&stuck, NULL);
	for (size_t i = 0; i < CREW_QUEUE_MAX; i++) {
		post = post_open();
		assert_int_equal(crew_do(crew, post, POST_DECIDE), CREW_LATER);
		post_drop(post);
	}
	post = post_open();
	assert_int_equal(crew_do(crew, post, POST_DECIDE), CREW_REFUSED);
	post_drop(post);
	for (size_t i = 0; i < COUNT(callers); i++)
		(void)said(&callers[i]);
	gate_set(true);
	wait_for(&gate.decided, CREW_THREADS + CREW_QUEUE_MAX);
	assert_true(crew_close(crew, 10000, &left));
}

static void
it_gives_up_what_does_not_end_and_says_how_much(void **state)
{
	struct mail_thread callers[CREW_THREADS + 3];
	struct crew *crew = *state;
	struct post *post = post_open();
	size_t left;

	gate_set(false);
	for (size_t i = 0; i < COUNT(callers); i++)
		call(&callers[i], crew, POST_DECIDE);
	wait_for(&gate.begun, CREW_THREADS);
	for (size_t i = 0; i < COUNT(callers); i++)
		assert_int_equal(said(&callers[i]), CREW_LATER);
	assert_false(crew_close(crew, 10, &left));
	assert_int_equal(left, COUNT(callers));
	assert_int_equal(crew_do(crew, post, POST_DECIDE), CREW_ENDING);
	post_drop(post);
	gate_set(true); /* its threads end by themselves */
	wait_for(&gate.decided, CREW_THREADS);
}

#define ROW(test) cmocka_unit_test_setup(test, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(what_is_handed_over_is_done),
		ROW(nobody_waits_for_ever_and_what_was_decided_later_is_done),
		ROW(so_many_wait_and_no_more),
		ROW(it_gives_up_what_does_not_end_and_says_how_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
