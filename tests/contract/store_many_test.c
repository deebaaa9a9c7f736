/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many at once: threads, and processes on the same store.
 */
#include "store_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WRITERS 64
#define ROUNDS 25
#define THREADS_MAX 80

/* A thread with an op of its own. */
struct worker {
	pthread_t thread;
	struct fixture *f;
	int64_t id;
	unsigned number;
	atomic_bool *stop;
	const char *wrong; /* NULL: all went well */
	char reason[200];
	unsigned done;
};

static enum err
work_failed(struct worker *w, const struct op *op, const char *what)
{
	w->wrong = what;
	(void)snprintf(w->reason, sizeof(w->reason), "%s",
		       op->reason == NULL ? "" : op->reason);
	return ERR_INTERNAL;
}

static void
work_op(struct op *op, struct arena *arena)
{
	arena_reset(arena);
	op_init(op, arena, NULL, 60000);
	op->may_wait = true;
}

static void
start(struct worker *w, size_t n, void *(*run)(void *))
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(pthread_create(&w[i].thread, NULL, run, &w[i]),
				 0);
}

static void
finish(struct worker *w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(pthread_join(w[i].thread, NULL), 0);
		if (w[i].wrong != NULL)
			fail_msg("thread %zu: %s %s", i, w[i].wrong,
				 w[i].reason);
	}
}

/* ---- writers ---- */

static void *
put_numbers(void *arg)
{
	struct worker *w = arg;
	struct arena *arena = arena_open(4 * KIB);
	struct oof_stored got;
	struct op op;

	for (unsigned i = 0; i < ROUNDS && w->wrong == NULL; i++) {
		const char *text;

		work_op(&op, arena);
		text = op_print(&op, "%u of %u", i, w->number);
		if (fixture_put(w->f->store, &op, w->id, text) != OK)
			(void)work_failed(w, &op, "put");
		else if (store_oof_get(w->f->store, &op, w->id, &got) != OK)
			(void)work_failed(w, &op, "get");
		else if (strcmp(got.settings.internal->message, text) != 0)
			(void)work_failed(w, &op, "another text");
		else if (got.version != i + 1)
			(void)work_failed(w, &op, "another version");
	}
	arena_close(arena);
	return NULL;
}

/* Every answer is one that was put, whole, and never older than the last. */
static void *
read_numbers(void *arg)
{
	struct worker *w = arg;
	struct arena *arena = arena_open(4 * KIB);
	int64_t last = 0;
	struct oof_stored got;
	struct op op;

	while (!atomic_load(w->stop) && w->wrong == NULL) {
		const char *in;
		const char *ex;
		size_t n;

		work_op(&op, arena);
		if (store_oof_get(w->f->store, &op, w->id, &got) != OK) {
			(void)work_failed(w, &op, "get");
			break;
		}
		if (got.version < last)
			(void)work_failed(w, &op, "an older version");
		last = got.version;
		w->done++;
		if (got.version == 0)
			continue;
		in = got.settings.internal->message;
		ex = got.settings.external->message;
		n = strlen(in);
		if (strlen(ex) != n || in[0] != ex[n - 1] || in[n - 1] != ex[0])
			(void)work_failed(w, &op, "half of two");
	}
	arena_close(arena);
	return NULL;
}

static void
sixty_four_writers_with_readers_lose_and_mix_nothing(void **state)
{
	struct fixture *f = *state;
	static struct worker w[THREADS_MAX];
	atomic_bool stop = false;
	struct op *op;

	memset(w, 0, sizeof(w));
	for (unsigned i = 0; i < THREADS_MAX; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "user%u", i);
		w[i] = (struct worker){ .f = f, .number = i, .stop = &stop };
		w[i].id = i < WRITERS ? fixture_mailbox(f, name)
				      : w[i - WRITERS].id;
	}
	start(w + WRITERS, THREADS_MAX - WRITERS, read_numbers);
	start(w, WRITERS, put_numbers);
	finish(w, WRITERS);
	atomic_store(&stop, true);
	finish(w + WRITERS, THREADS_MAX - WRITERS);
	fixture_reopen(f);
	op = fixture_op(f);
	for (unsigned i = 0; i < WRITERS; i++) {
		struct oof_stored got;

		FINE(op, store_oof_get(f->store, op, w[i].id, &got));
		assert_string_equal(got.settings.internal->message,
				    op_print(op, "%u of %u", ROUNDS - 1, i));
	}
	fixture_sound(f);
}

static void *
put_same(void *arg)
{
	struct worker *w = arg;
	struct arena *arena = arena_open(4 * KIB);
	struct oof_stored got;
	struct op op;

	for (unsigned i = 0; i < ROUNDS && w->wrong == NULL; i++) {
		work_op(&op, arena);
		if (fixture_put(w->f->store, &op, w->id, "the same") != OK)
			(void)work_failed(w, &op, "put");
		else if (store_oof_get(w->f->store, &op, w->id, &got) != OK)
			(void)work_failed(w, &op, "get");
		else if (strcmp(got.settings.internal->message, "the same"))
			(void)work_failed(w, &op, "another text");
	}
	arena_close(arena);
	return NULL;
}

static void
sixteen_identical_writers_never_change_what_is_read(void **state)
{
	struct fixture *f = *state;
	struct worker w[16];
	int64_t id = fixture_mailbox(f, "anna");
	struct oof_stored got;
	struct op *op;

	for (unsigned i = 0; i < COUNT(w); i++)
		w[i] = (struct worker){ .f = f, .id = id };
	start(w, COUNT(w), put_same);
	finish(w, COUNT(w));
	op = fixture_op(f);
	FINE(op, store_oof_get(f->store, op, id, &got));
	assert_int_equal(got.version, COUNT(w) * ROUNDS); /* none was lost */
	fixture_sound(f);
}

static enum err
count_up(struct op *op, const struct oof_stored *old, void *arg,
	 struct oof_stored *out)
{
	(void)arg;
	(void)op;
	*out = *old;
	out->settings.state = OOF_DISABLED;
	out->settings.audience = AUDIENCE_NONE;
	out->period = old->period + 1;
	return OK;
}

static void *
count_up_often(void *arg)
{
	struct worker *w = arg;
	struct arena *arena = arena_open(4 * KIB);
	struct op op;

	for (unsigned i = 0; i < ROUNDS && w->wrong == NULL; i++) {
		work_op(&op, arena);
		if (store_oof_put(w->f->store, &op, w->id, count_up, NULL) !=
		    OK)
			(void)work_failed(w, &op, "put");
	}
	arena_close(arena);
	return NULL;
}

static void
nobody_comes_between_read_and_write_of_one_change(void **state)
{
	struct fixture *f = *state;
	struct worker w[16];
	int64_t id = fixture_mailbox(f, "anna");
	struct oof_stored got;
	struct op *op;

	for (unsigned i = 0; i < COUNT(w); i++)
		w[i] = (struct worker){ .f = f, .id = id };
	start(w, COUNT(w), count_up_often);
	finish(w, COUNT(w));
	op = fixture_op(f);
	FINE(op, store_oof_get(f->store, op, id, &got));
	assert_int_equal(got.period, COUNT(w) * ROUNDS);
}

static enum err
refuse_odd(struct op *op, const struct oof_stored *old, void *arg,
	   struct oof_stored *out)
{
	if (*(const unsigned *)arg % 2 != 0)
		return FAIL(op, ERR_INVALID, "odd");
	return count_up(op, old, NULL, out);
}

static void *
refuse_odd_often(void *arg)
{
	struct worker *w = arg;
	struct arena *arena = arena_open(4 * KIB);
	struct op op;

	for (unsigned i = 0; i < ROUNDS && w->wrong == NULL; i++) {
		enum err wanted = i % 2 == 0 ? OK : ERR_INVALID;

		work_op(&op, arena);
		if (store_oof_put(w->f->store, &op, w->id, refuse_odd, &i) !=
		    wanted)
			(void)work_failed(w, &op, "another result");
	}
	arena_close(arena);
	return NULL;
}

static void
one_refused_write_takes_no_other_of_its_commit_with_it(void **state)
{
	struct fixture *f = *state;
	struct worker w[16];
	struct op *op;

	for (unsigned i = 0; i < COUNT(w); i++) {
		char name[2] = { (char)('a' + i), '\0' };

		w[i] = (struct worker){ .f = f,
					.id = fixture_mailbox(f, name) };
	}
	start(w, COUNT(w), refuse_odd_often);
	finish(w, COUNT(w));
	op = fixture_op(f);
	for (unsigned i = 0; i < COUNT(w); i++) {
		struct oof_stored got;

		FINE(op, store_oof_get(f->store, op, w[i].id, &got));
		assert_int_equal(got.period, (ROUNDS + 1) / 2);
	}
}

/* ---- pictures ---- */

static void *
read_pictures(void *arg)
{
	struct worker *w = arg;
	struct arena *arena = arena_open(4 * KIB);
	int64_t last = 0;
	struct photo photo;
	struct op op;

	while (!atomic_load(w->stop) && w->wrong == NULL) {
		work_op(&op, arena);
		if (store_photo_get(w->f->store, &op, w->id, 64, true,
				    &photo) != OK)
			(void)work_failed(w, &op, "get");
		else if (fixture_seed(&photo) < 0)
			(void)work_failed(w, &op, "torn");
		else if (photo.version < last)
			(void)work_failed(w, &op, "an older version");
		else
			last = photo.version;
		w->done++;
	}
	arena_close(arena);
	return NULL;
}

static void
a_picture_being_replaced_is_read_whole_with_its_own_facts(void **state)
{
	struct fixture *f = *state;
	struct worker w[6];
	atomic_bool stop = false;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct photo_set set;

	fixture_picture(op, 0, &set);
	FINE(op, store_photo_put(f->store, op, id, &set));
	for (unsigned i = 0; i < COUNT(w); i++)
		w[i] = (struct worker){ .f = f, .id = id, .stop = &stop };
	f->options.cache_readers = 3; /* the others read from the file */
	fixture_reopen(f);
	start(w, COUNT(w), read_pictures);
	for (unsigned seed = 1; seed < 150; seed++) {
		struct photo photo;

		op = fixture_op(f);
		fixture_picture(op, seed, &set);
		FINE(op, store_photo_put(f->store, op, id, &set));
		FINE(op, store_photo_get(f->store, op, id, 0, true, &photo));
		assert_int_equal(fixture_seed(&photo), seed);
	}
	atomic_store(&stop, true);
	finish(w, COUNT(w));
	fixture_sound(f);
}

/* ---- another process ---- */

/* A child that does one thing for each byte that it is sent, and answers with
 * a byte when it is done. */
struct child {
	pid_t pid;
	int to, from;
};

typedef enum err child_task(struct store *s, struct op *op, char what);

static _Noreturn void
child_main(const struct store_options *options, child_task *task, int from,
	   int to)
{
	struct arena *arena = arena_open(0);
	struct store *s = NULL;
	struct op op;
	char what;

	work_op(&op, arena);
	if (store_open(&op, options, &s) != OK)
		_exit(2);
	while (read(from, &what, 1) == 1) {
		char result;

		work_op(&op, arena);
		result = (char)task(s, &op, what);
		if (write(to, &result, 1) != 1)
			break;
	}
	store_close(s);
	arena_close(arena);
	_exit(0);
}

/* Before the parent has opened the store: SQLite does not survive a fork. */
static void
child_start(struct child *c, const struct store_options *options,
	    child_task *task)
{
	int down[2];
	int up[2];

	assert_int_equal(pipe(down), 0);
	assert_int_equal(pipe(up), 0);
	c->pid = fork();
	assert_true(c->pid >= 0);
	if (c->pid == 0) {
		(void)close(down[1]);
		(void)close(up[0]);
		child_main(options, task, down[0], up[1]);
	}
	(void)close(down[0]);
	(void)close(up[1]);
	c->to = down[1];
	c->from = up[0];
}

static enum err
child_do(const struct child *c, char what)
{
	char result = -1;

	assert_int_equal(write(c->to, &what, 1), 1);
	assert_int_equal(read(c->from, &result, 1), 1);
	return (enum err)result;
}

static void
child_end(const struct child *c)
{
	int status;

	(void)close(c->to);
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	assert_int_equal(status, 0);
	(void)close(c->from);
}

#define ANNA 1 /* numbers rise from 1 in a new store */
#define OTTO 2

static enum err
other_process(struct store *s, struct op *op, char what)
{
	struct photo_set set;
	struct mailbox m = { .address = "new@example.com",
			     .policy = AUDIENCE_ALL };
	char text[2] = { what, '\0' };

	switch (what) {
	case 'A':
		return store_mailbox_add(s, op, &m, NULL);
	case 'D':
		return store_domain_add(s, op, "new.example", "New");
	case 'O':
		return store_owner_add(s, op, ANNA, OTTO);
	case 'P':
		fixture_picture(op, 7, &set);
		return store_photo_put(s, op, ANNA, &set);
	case 'R':
		return store_mailbox_remove(s, op, OTTO);
	default:
		return fixture_put(s, op, ANNA, text);
	}
}

static void
two_mailboxes_and_a_child(struct fixture *f, struct child *c, child_task *task)
{
	assert_int_equal(fixture_mailbox(f, "anna"), ANNA);
	assert_int_equal(fixture_mailbox(f, "otto"), OTTO);
	store_close(f->store);
	f->store = NULL;
	child_start(c, &f->options, task);
	fixture_reopen(f);
}

static void
the_next_call_sees_what_another_process_did(void **state)
{
	struct fixture *f = *state;
	struct child c;
	struct op *op;
	struct oof_stored got;
	const struct mailbox *m;
	struct domain d;
	struct photo photo;
	struct store *s;

	two_mailboxes_and_a_child(f, &c, other_process);
	s = f->store;
	op = fixture_op(f);
	for (char text = 'a'; text <= 'z'; text++) {
		FINE(op, store_oof_get(s, op, ANNA, &got));
		assert_int_equal(child_do(&c, text), OK);
		FINE(op, store_oof_get(s, op, ANNA, &got));
		assert_int_equal(got.settings.internal->message[0], text);
	}
	GIVES(ERR_NOT_FOUND, op,
	      store_mailbox_find(s, op, "new@example.com", &m));
	assert_int_equal(child_do(&c, 'A'), OK);
	FINE(op, store_mailbox_find(s, op, "new@example.com", &m));
	GIVES(ERR_NOT_FOUND, op, store_domain_find(s, op, "new.example", &d));
	assert_int_equal(child_do(&c, 'D'), OK);
	FINE(op, store_domain_find(s, op, "new.example", &d));
	GIVES(ERR_NOT_FOUND, op, store_owner_find(s, op, ANNA, OTTO));
	assert_int_equal(child_do(&c, 'O'), OK);
	FINE(op, store_owner_find(s, op, ANNA, OTTO));
	GIVES(ERR_NOT_FOUND, op, store_photo_get(s, op, ANNA, 0, true, &photo));
	assert_int_equal(child_do(&c, 'P'), OK);
	FINE(op, store_photo_get(s, op, ANNA, 0, true, &photo));
	assert_int_equal(fixture_seed(&photo), 7);
	FINE(op, store_mailbox_find(s, op, "otto@example.com", &m));
	assert_int_equal(child_do(&c, 'R'), OK);
	GIVES(ERR_NOT_FOUND, op,
	      store_mailbox_find(s, op, "otto@example.com", &m));
	GIVES(ERR_NOT_FOUND, op, store_owner_find(s, op, ANNA, OTTO));
	child_end(&c);
	fixture_sound(f);
}

/* A request asks once, and sees all as it was then, or its own writes. */
static void
an_op_with_one_view_looks_once(void **state)
{
	struct fixture *f = *state;
	struct child c;
	struct op *op;
	struct oof_stored got;

	two_mailboxes_and_a_child(f, &c, other_process);
	assert_int_equal(child_do(&c, 'a'), OK);
	op = fixture_op(f);
	FINE(op, store_oof_get(f->store, op, ANNA, &got)); /* kept now */
	op = fixture_op(f);
	op->one_view = true;
	FINE(op, store_oof_get(f->store, op, ANNA, &got));
	assert_int_equal(child_do(&c, 'b'), OK);
	FINE(op, store_oof_get(f->store, op, ANNA, &got));
	assert_string_equal(got.settings.internal->message, "a");
	FINE(op, fixture_put(f->store, op, OTTO, "x"));
	FINE(op, store_oof_get(f->store, op, ANNA, &got));
	assert_string_equal(got.settings.internal->message, "b");
	op = fixture_op(f); /* the next request */
	op->one_view = true;
	assert_int_equal(child_do(&c, 'c'), OK);
	FINE(op, store_oof_get(f->store, op, ANNA, &got));
	assert_string_equal(got.settings.internal->message, "c");
	child_end(&c);
}

static enum err
many_puts(struct store *s, struct op *op, char what)
{
	for (unsigned i = 0; i < 100; i++)
		TRY(store_oof_put(s, op, what == '1' ? ANNA : OTTO, count_up,
				  NULL));
	return OK;
}

static void
two_processes_that_write_both_get_on(void **state)
{
	struct fixture *f = *state;
	struct child c;
	struct op *op;
	struct oof_stored got;
	char what = '1';
	char result = -1;

	two_mailboxes_and_a_child(f, &c, many_puts);
	op = fixture_op(f);
	assert_int_equal(write(c.to, &what, 1), 1);
	FINE(op, many_puts(f->store, op, '1'));
	assert_int_equal(read(c.from, &result, 1), 1);
	assert_int_equal(result, OK);
	FINE(op, store_oof_get(f->store, op, ANNA, &got));
	assert_int_equal(got.period, 200);
	child_end(&c);
	fixture_sound(f);
}

static enum err
hold(struct op *op, const struct oof_stored *old, void *arg,
     struct oof_stored *out)
{
	(void)usleep(*(const useconds_t *)arg);
	return count_up(op, old, NULL, out);
}

static enum err
slow_put(struct store *s, struct op *op, char what)
{
	useconds_t us = 400000;

	(void)what;
	return store_oof_put(s, op, ANNA, hold, &us);
}

static void
a_write_gives_up_at_its_deadline_while_another_process_writes(void **state)
{
	struct fixture *f = *state;
	struct child c;
	struct op *op;
	char what = 'x';
	char result = -1;

	two_mailboxes_and_a_child(f, &c, slow_put);
	assert_int_equal(write(c.to, &what, 1), 1);
	(void)usleep(100000); /* it has the lock now */
	op = fixture_op(f);
	op->deadline_us = op_clock_us() + 60000;
	GIVES(ERR_DOWN, op, fixture_put(f->store, op, OTTO, "x"));
	assert_non_null(strstr(op->reason, "locked"));
	assert_int_equal(read(c.from, &result, 1), 1);
	assert_int_equal(result, OK);
	op = fixture_op(f);
	FINE(op, fixture_put(f->store, op, OTTO, "y"));
	child_end(&c);
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		WITH_STORE(sixty_four_writers_with_readers_lose_and_mix_nothing),
		WITH_STORE(sixteen_identical_writers_never_change_what_is_read),
		WITH_STORE(nobody_comes_between_read_and_write_of_one_change),
		WITH_STORE(one_refused_write_takes_no_other_of_its_commit_with_it),
		WITH_STORE(a_picture_being_replaced_is_read_whole_with_its_own_facts),
		WITH_STORE(the_next_call_sees_what_another_process_did),
		WITH_STORE(an_op_with_one_view_looks_once),
		WITH_STORE(two_processes_that_write_both_get_on),
		WITH_STORE(a_write_gives_up_at_its_deadline_while_another_process_writes),
		/* clang-format on */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
