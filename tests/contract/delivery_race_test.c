/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promises of model/delivery.h: what waits for whom, and who is last.
 */
#include "delivery_site.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define THREADS 8
#define ROUNDS 25

/* ---- what a Set does not wait for ---- */

/* Nobody listens there. */
static void
section_far(struct site *s)
{
	s->section[1].kind = BACKEND_MANAGESIEVE;
	s->section[1].server = "127.0.0.1:1";
	s->section[1].script = "frontdesk";
	s->section[1].master = "boss";
	s->section[1].timeout_ms = 1000;
}

/* A script lies at another server still: to take it away is the clerk's. */
static void
a_set_waits_for_no_server(void **state)
{
	struct publication row;
	struct site s;
	struct op *op;
	int64_t ada;

	site_open(*state, &s);
	section_far(&s);
	s.settings.backends_n = 2;
	ada = fixture_mailbox(*state, "ada");
	site_store(&s, ada, "I am away.");
	op = site_op(&s);
	FINE(op, store_publication_get(s.f->store, op, ada, &row));
	row.backend = "managesieve:other";
	row.user = "ada@example.com";
	row.there = true;
	FINE(op, store_publication_put(s.f->store, op, &row));
	delivery_publish(s.delivery, site_op(&s), ada);
	op = site_op(&s);
	FINE(op, store_publication_get(s.f->store, op, ada, &row));
	assert_int_equal(row.tries, 0);
	FINE(op, delivery_follow(s.delivery, op));
	FINE(op, store_publication_get(s.f->store, op, ada, &row));
	assert_int_equal(row.tries, 1);
	site_close(&s);
}

/* Somebody is at that mailbox, until it is closed. */
static int
hold(struct fixture *f, int64_t mailbox)
{
	struct flock lock = { .l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_start = mailbox,
			      .l_len = 1 };
	int fd = open(fixture_path(f, "publish.lock"), O_RDWR | O_CREAT, 0600);

	assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
	return fd;
}

/* Nor for the clerk, who may be at a slow one with that mailbox. */
static void
a_set_that_is_the_clerks_waits_for_nobody(void **state)
{
	static const char *const domains[] = { "example.com", NULL };
	struct site s;
	int64_t ada, began_us;
	int fd;

	site_open(*state, &s);
	section_far(&s);
	s.section[1].domains = domains;
	s.settings.backends_n = 2;
	ada = fixture_mailbox(*state, "ada");
	fd = hold(*state, ada);
	site_store(&s, ada, "I am away.");
	began_us = op_clock_us();
	delivery_publish(s.delivery, site_op(&s), ada);
	assert_true(op_clock_us() - began_us < 1000000);
	assert_int_equal(close(fd), 0);
	site_close(&s);
}

/* ---- many at once ---- */

struct racer {
	struct site *s;
	int64_t mailbox;
	unsigned number;
};

static void *
race(void *arg)
{
	const struct racer *r = arg;
	struct arena *arena = arena_open(0);

	for (unsigned i = 0; i < ROUNDS; i++) {
		char text[64];
		struct wish wish = { text, AUDIENCE_ALL, false };
		struct op op;

		(void)snprintf(text, sizeof(text), "text %u of %u", i,
			       r->number);
		arena_reset(arena);
		op_init(&op, arena, &r->s->settings, 60000);
		op.may_wait = op.one_view = true; /* as a request has it */
		if (store_oof_put(r->s->f->store, &op, r->mailbox, site_change,
				  &wish) == OK)
			delivery_publish(r->s->delivery, &op, r->mailbox);
	}
	arena_close(arena);
	return NULL;
}

/* Each thread keeps what it has read, as those that serve requests do. */
static void
cached(struct fixture *f)
{
	f->options.mailbox_cache = 100;
	f->options.cache_readers = 2 * THREADS;
	fixture_reopen(f);
}

/* Whoever is last in the store is last in the folder. */
static void
what_lies_there_is_what_was_stored_last(void **state)
{
	struct racer racer[THREADS];
	pthread_t thread[THREADS];
	const char *now;
	struct site s;
	int64_t ada;

	cached(*state);
	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	for (unsigned i = 0; i < THREADS; i++) {
		racer[i] = (struct racer){ &s, ada, i };
		assert_int_equal(
			pthread_create(&thread[i], NULL, race, &racer[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		(void)pthread_join(thread[i], NULL);
	FINE(site_op(&s), delivery_follow(s.delivery, site_op(&s)));
	site_effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	now = site_script(&s, 0, "ada@example.com");
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	assert_string_equal(site_script(&s, 0, "ada@example.com"), now);
	site_close(&s);
}

#define WAITS_US 200000 /* so long somebody is held up */

static void *
publish_late(void *arg)
{
	const struct racer *r = arg;
	struct arena *arena = arena_open(0);
	struct wish wish = { "I am away.", AUDIENCE_ALL, false };
	struct op op;

	op_init(&op, arena, &r->s->settings, 60000);
	op.may_wait = op.one_view = true;
	if (store_oof_put(r->s->f->store, &op, r->mailbox, site_change,
			  &wish) == OK)
		delivery_publish(r->s->delivery, &op, r->mailbox);
	arena_close(arena);
	return NULL;
}

/* Who had to wait puts what is stored by then, not what he saw before. */
static void
who_waited_puts_what_is_stored_by_then(void **state)
{
	struct racer racer = { .number = 0 };
	const struct mailbox *found;
	struct mailbox renamed;
	pthread_t thread;
	struct site s;
	struct op *op;
	int fd;

	cached(*state);
	site_open(*state, &s);
	racer.s = &s;
	racer.mailbox = fixture_mailbox(*state, "ada");
	fd = hold(*state, racer.mailbox);
	assert_int_equal(pthread_create(&thread, NULL, publish_late, &racer),
			 0);
	(void)usleep(WAITS_US);
	op = site_op(&s);
	FINE(op, store_mailbox_get(s.f->store, op, racer.mailbox, &found));
	renamed = *found;
	renamed.name = "Countess";
	FINE(op, store_mailbox_change(s.f->store, op, &renamed));
	assert_int_equal(close(fd), 0);
	(void)pthread_join(thread, NULL);
	site_effect_is(&s, racer.mailbox, EFFECT_IN_FORCE, NULL);
	assert_non_null(
		strstr(site_script(&s, 0, "ada@example.com"), "Countess"));
	site_close(&s);
}

/* Whatever sweeps, looks through the folder while others are published. */
struct sweeper {
	struct site *s;
	bool ends;
};

static void *
sweep(void *arg)
{
	struct sweeper *w = arg;
	struct arena *arena = arena_open(0);
	struct op op;

	for (int64_t i = 1; !__atomic_load_n(&w->ends, __ATOMIC_RELAXED); i++) {
		arena_reset(arena);
		op_init(&op, arena, &w->s->settings, 60000);
		op.may_wait = true;
		op.now += i * 86400;
		(void)delivery_sweep(w->s->delivery, &op);
	}
	arena_close(arena);
	return NULL;
}

#define NEW_ONES 150

static void
who_is_new_is_not_taken_for_nobody(void **state)
{
	struct sweeper w = { .ends = false };
	pthread_t thread;
	size_t gone = 0;
	struct site s;

	site_open(*state, &s);
	w.s = &s;
	assert_int_equal(pthread_create(&thread, NULL, sweep, &w), 0);
	for (unsigned i = 0; i < NEW_ONES; i++) {
		const char *name = op_print(&s.f->op, "new%u", i);
		int64_t mailbox = fixture_mailbox(*state, name);
		const char *user = op_print(&s.f->op, "%s@example.com", name);

		site_set(&s, mailbox, "I am away.");
		for (unsigned k = 0; k < 5; k++) {
			gone += !site_has(&s, user);
			(void)usleep(500);
		}
	}
	__atomic_store_n(&w.ends, true, __ATOMIC_RELAXED);
	(void)pthread_join(thread, NULL);
	assert_int_equal(gone, 0);
	site_close(&s);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_set_waits_for_no_server),
		TEST(a_set_that_is_the_clerks_waits_for_nobody),
		TEST(what_lies_there_is_what_was_stored_last),
		TEST(who_waited_puts_what_is_stored_by_then),
		TEST(who_is_new_is_not_taken_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
