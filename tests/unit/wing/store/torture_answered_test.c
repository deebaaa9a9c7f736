/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As torture_test.c does it, with marks, answers and mails on their way: the
 * n-th call beneath SQLite fails, and the power goes while many are answered.
 * What was acknowledged is there, an answer never without its mail.
 */
#include "faulty.h"
#include "store_fixture.h"

#include "model/answered.h"
#include "model/publication.h"
#include "model/settings.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SKIP_AFTER 12 /* every n up to here, then every 13th */
#define SKIP 13
#define CUTS 6 /* times that the power goes */
#define SENDERS 8

static const struct backend_section sections[1];
static const struct settings with_backend = { .backends = sections,
					      .backends_n = 1 };
static const struct answered_limits unlimited;

static struct op *
backend_op(struct fixture *f)
{
	struct op *op = fixture_op(f);

	op->settings = &with_backend;
	return op;
}

static enum err
answer(struct store *s, struct op *op, int64_t mailbox, const char *sender,
       int64_t *id)
{
	struct answered row = { .mailbox = mailbox,
				.period = 1,
				.sender = sender,
				.to = sender,
				.message_id = "<1@example.com>",
				.via = "milter:x" };
	struct outbox_mail mail = { .from = "",
				    .to = sender,
				    .mail = bytes_of("Subject: x\r\n\r\n.") };
	enum err err = store_answered_begin(s, op, &row, &mail, &unlimited);

	if (err == OK)
		*id = row.id;
	return err;
}

/* ---- one failure ---- */

/* What became of a step. Zero: it was not come to. */
enum fate { NOT, DONE, MAYBE };

static enum fate
fate_of(struct op *op, enum err err)
{
	if (err == OK)
		return DONE;
	if (err == ERR_UNKNOWN)
		return MAYBE;
	GIVES(ERR_DOWN, op, err);
	return NOT;
}

struct history {
	int64_t anna, bert;
	int64_t zoe;    /* number of the answer to her */
	int64_t wanted; /* of what was put */
	enum fate marked, begun, taken, sent, put, removed;
};

static enum err
put(struct fixture *f, struct op *op, int64_t mailbox, int64_t *wanted)
{
	struct publication row;

	TRY(store_publication_get(f->store, op, mailbox, &row));
	*wanted = row.done = row.wanted;
	row.backend = row.user = "x";
	row.there = true;
	return store_publication_put(f->store, op, &row);
}

static void
begin(struct fixture *f, struct history *h)
{
	struct op *op;
	int64_t id;

	*h = (struct history){ .anna = fixture_mailbox(f, "anna") };
	h->bert = fixture_mailbox(f, "bert");
	op = backend_op(f);
	FINE(op, fixture_put(f->store, op, h->anna, "away"));
	FINE(op, fixture_put(f->store, op, h->bert, "away"));
	FINE(op, put(f, op, h->bert, &id));
	FINE(op, answer(f->store, op, h->bert, "zoe@x.org", &id));
}

static void
steps(struct fixture *f, struct history *h)
{
	struct op *op = backend_op(f);

	h->marked = fate_of(op, fixture_put(f->store, op, h->anna, "more"));
	h->begun = fate_of(op,
			   answer(f->store, op, h->anna, "zoe@x.org", &h->zoe));
	if (h->begun == DONE)
		h->taken = fate_of(op, store_outbox_take(f->store, op, h->zoe));
	if (h->taken == DONE)
		h->sent = fate_of(op, store_outbox_settle(f->store, op, h->zoe,
							  ANSWERED_SENT, ""));
	h->put = fate_of(op, put(f, op, h->anna, &h->wanted));
	h->removed = fate_of(op, store_mailbox_remove(f->store, op, h->bert));
}

static void
happened(enum fate fate, bool there, const char *what)
{
	if (fate != MAYBE && there != (fate == DONE))
		fail_msg("%s: %s", what, there ? "there" : "lost");
}

static bool
found(struct fixture *f, int64_t mailbox)
{
	struct op *op = backend_op(f);
	enum err err =
		store_answered_find(f->store, op, mailbox, 1, "zoe@x.org");

	if (err != ERR_NOT_FOUND)
		FINE(op, err);
	return err == OK;
}

static void
verify(struct fixture *f, const struct history *h)
{
	struct op *op = backend_op(f);
	struct answered_list list;
	struct publication row;
	unsigned state;

	FINE(op, store_publication_get(f->store, op, h->anna, &row));
	happened(h->marked, row.wanted == 2, "the mark");
	happened(h->put, row.there, "what was put");
	if (row.there)
		assert_int_equal(row.done, h->wanted);
	happened(h->begun, found(f, h->anna), "the answer");
	happened(h->removed, !found(f, h->bert), "the removal");
	op = backend_op(f);
	FINE(op, store_publication_get(f->store, op, h->bert, &row));
	happened(h->removed, row.wanted != row.done, "the mark of who is gone");
	FINE(op, store_answered_list(f->store, op, h->anna, 0, 9, &list));
	state = list.n == 0 ? 0 : list.row[list.n - 1].state;
	if (h->begun == DONE)
		happened(h->taken, state > ANSWERED_WAITING, "the taking");
	if (h->taken == DONE)
		happened(h->sent, state == ANSWERED_SENT, "the end");
	fixture_sound(f);
}

struct fault_kind {
	enum faulty_call call;
	int code;
	bool lasting;
};

/* False: no n-th call came, all is done. */
static bool
one_failure(const struct fault_kind *kind, long n)
{
	void *state = NULL;
	struct fixture *f;
	struct history h;
	struct op *op;
	int64_t id;
	bool hit;

	assert_int_equal(fixture_open(&state), 0);
	f = state;
	begin(f, &h);
	faulty_arm(kind->call, n, kind->code, kind->lasting);
	steps(f, &h);
	hit = faulty_disarm();
	op = backend_op(f); /* it goes on without being opened anew */
	FINE(op, answer(f->store, op, h.anna, "after@x.org", &id));
	verify(f, &h);
	fixture_reopen(f);
	verify(f, &h);
	if (!hit)
		assert_true(h.marked == DONE && h.sent == DONE &&
			    h.put == DONE && h.removed == DONE);
	assert_int_equal(fixture_close(&state), 0);
	return hit;
}

static void
a_failure_anywhere_leaves_whole_steps(void **state)
{
	static const struct fault_kind kinds[] = {
		{ FAULTY_WRITE, SQLITE_IOERR_WRITE, false },
		{ FAULTY_WRITE, SQLITE_FULL, true },
		{ FAULTY_SYNC, SQLITE_IOERR_FSYNC, false },
		{ FAULTY_READ, SQLITE_IOERR_READ, false },
		{ FAULTY_MALLOC, SQLITE_NOMEM, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		long n = 1;

		while (one_failure(&kinds[i], n))
			n += n < SKIP_AFTER ? 1 : SKIP;
		assert_true(n > 1);
	}
}

/* ---- the power goes ---- */

struct power_writer {
	pthread_t thread;
	struct fixture *f;
	int64_t id;
	atomic_uint begun, taken; /* acknowledged */
	atomic_bool *stop;
};

static void *
answer_numbers(void *arg)
{
	struct power_writer *w = arg;
	struct arena *arena = arena_open(4 * KIB);

	for (unsigned i = 1; !atomic_load(w->stop); i++) {
		struct op op;
		int64_t id;

		arena_reset(arena);
		op_init(&op, arena, &with_backend, 60000);
		op.may_wait = true;
		if (answer(w->f->store, &op, w->id, op_print(&op, "%u@x", i),
			   &id) != OK)
			continue;
		atomic_store(&w->begun, i);
		if (store_outbox_take(w->f->store, &op, id) == OK)
			atomic_store(&w->taken, i);
	}
	arena_close(arena);
	return NULL;
}

/* What was to be sent when the power went is never sent again. */
static void
look_after_the_cut(struct fixture *after, const struct power_writer *w,
		   const unsigned least[2])
{
	struct op *op = backend_op(after);
	struct answered_list list;

	FINE(op,
	     store_answered_list(after->store, op, w->id, 0, 100000, &list));
	assert_true(list.n >= least[0]);
	for (size_t i = 0; i < list.n; i++) {
		unsigned number = (unsigned)atoi(list.row[i].sender);

		if (number <= least[1])
			assert_int_equal(list.row[i].state, ANSWERED_UNKNOWN);
		else
			assert_in_range(list.row[i].state, ANSWERED_WAITING,
					ANSWERED_UNKNOWN);
	}
}

static void
power_cut(struct fixture *f, struct power_writer *w, unsigned seed)
{
	char dir[] = "/tmp/frontdesk-store-XXXXXX";
	struct fixture after = { .arena = f->arena, .options = f->options };
	unsigned least[SENDERS][2];
	struct op *op;
	size_t n;

	for (size_t i = 0; i < SENDERS; i++) {
		least[i][0] = atomic_load(&w[i].begun);
		least[i][1] = atomic_load(&w[i].taken);
	}
	after.options.dir = mkdtemp(dir);
	faulty_power_cut(dir, seed);
	(void)snprintf(after.dir, sizeof(after.dir), "%s", dir);
	faulty_remember(false);
	op = backend_op(&after);
	FINE(op, store_open(op, &after.options, &after.store));
	fixture_sound(&after);
	op = backend_op(&after);
	FINE(op, store_outbox_recover(after.store, op, &n));
	for (size_t i = 0; i < SENDERS; i++)
		look_after_the_cut(&after, &w[i], least[i]);
	fixture_sound(&after);
	store_close(after.store);
	fixture_remove(dir);
}

static void
one_run_until_the_power_goes(unsigned seed)
{
	static struct power_writer w[SENDERS];
	void *state = NULL;
	struct fixture *f;
	atomic_bool stop = false;

	faulty_remember(true);
	assert_int_equal(fixture_open(&state), 0);
	f = state;
	for (unsigned i = 0; i < SENDERS; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "user%u", i);
		w[i].f = f;
		w[i].stop = &stop;
		w[i].id = fixture_mailbox(f, name);
		atomic_store(&w[i].begun, 0);
		atomic_store(&w[i].taken, 0);
	}
	for (unsigned i = 0; i < SENDERS; i++)
		assert_int_equal(pthread_create(&w[i].thread, NULL,
						answer_numbers, &w[i]),
				 0);
	(void)usleep(2000 + seed * 7919 % 40000);
	power_cut(f, w, seed);
	atomic_store(&stop, true);
	for (unsigned i = 0; i < SENDERS; i++)
		assert_int_equal(pthread_join(w[i].thread, NULL), 0);
	assert_int_equal(fixture_close(&state), 0);
}

static void
a_power_cut_forgets_nobody_who_was_answered(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= CUTS; seed++)
		one_run_until_the_power_goes(seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_anywhere_leaves_whole_steps),
		cmocka_unit_test(a_power_cut_forgets_nobody_who_was_answered),
	};

	faulty_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
