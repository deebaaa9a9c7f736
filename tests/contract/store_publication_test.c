/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promises of model/store.h about what lies at backends: nobody takes an
 * older state for what is wanted now.
 */
#include "publications.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

/* ---- what is put ---- */

/* Wanted and done as the row has them, as they are put, and afterwards. */
static void
only_who_knows_what_is_wanted_may_say_it_is_done(void **state)
{
	static const struct {
		int64_t has; /* 0: there is no row */
		int64_t wanted, done;
		unsigned tries;
		enum err err;
		int64_t wanted_after, done_after;
		unsigned tries_after;
	} rows[] = {
		/* clang-format off */
		{ 1, 1, 1, 0, OK,           1, 1, 0 },
		{ 1, 1, 0, 3, OK,           1, 0, 3 },
		{ 3, 3, 3, 0, OK,           3, 3, 0 },
		{ 3, 2, 2, 7, ERR_CONFLICT, 3, 0, 0 },
		{ 3, 4, 4, 0, ERR_CONFLICT, 3, 0, 0 },
		{ 0, 0, 0, 0, OK,           0, 0, 0 },
		{ 0, 5, 4, 1, OK,           5, 4, 1 },
		{ 0, 5, 5, 0, OK,           5, 5, 0 },
		{ 1, 0, 0, 0, ERR_CONFLICT, 1, 0, 0 },
		/* clang-format on */
	};
	struct fixture *f = *state;

	for (unsigned i = 0; i < COUNT(rows); i++) {
		char name[2] = { (char)('a' + i), '\0' };
		int64_t id = fixture_mailbox(f, name);
		struct op *op = backend_op(f);
		const struct publication none = { .mailbox = id };
		struct publication in = put_of(&none, true), out;

		for (int64_t n = 0; n < rows[i].has; n++)
			FINE(op, fixture_put(f->store, op, id, "away"));
		in.wanted = rows[i].wanted;
		in.done = rows[i].done;
		in.tries = rows[i].tries;
		in.due = NOW + 99;
		GIVES(rows[i].err, op,
		      store_publication_put(f->store, op, &in));
		out = row_of(f, id);
		assert_int_equal(out.wanted, rows[i].wanted_after);
		assert_int_equal(out.done, rows[i].done_after);
		assert_int_equal(out.tries, rows[i].tries_after);
		assert_int_equal(out.due, rows[i].err == OK ? NOW + 99 : NOW);
		/* what lies there is kept in any case */
		assert_true(out.there);
		assert_string_equal(out.backend, "dovecot");
		assert_memory_equal(out.digest, in.digest, 32);
	}
	fixture_sound(f);
}

static const char *
text_of(struct op *op, size_t n)
{
	char *text = op_alloc(op, n + 1);

	memset(text, 'x', n);
	return text;
}

static void
texts_have_their_limits(void **state)
{
	struct fixture *f = *state;
	int64_t id = absent(f, "anna", AUDIENCE_ALL);
	struct op *op = backend_op(f);
	struct publication row = row_of(f, id);

	row = put_of(&row, true);
	op = backend_op(f);
	row.user = row.backend = text_of(op, PUBLICATION_TEXT_MAX);
	row.reason = text_of(op, PUBLICATION_TEXT_MAX + 1);
	FINE(op, store_publication_put(f->store, op, &row));
	assert_int_equal(strlen(row_of(f, id).reason), PUBLICATION_TEXT_MAX);
	assert_int_equal(strlen(row_of(f, id).user), PUBLICATION_TEXT_MAX);
	op = backend_op(f);
	row.user = text_of(op, PUBLICATION_TEXT_MAX + 1);
	GIVES(ERR_LIMIT, op, store_publication_put(f->store, op, &row));
	row.user = "x";
	row.backend = text_of(op, PUBLICATION_TEXT_MAX + 1);
	GIVES(ERR_LIMIT, op, store_publication_put(f->store, op, &row));
	row.backend = "x";
	row.reason = "caf\xe9"; /* as an old server says it */
	FINE(op, store_publication_put(f->store, op, &row));
	assert_string_equal(row_of(f, id).reason, "caf\xc3\xa9");
}

/* ---- mailboxes that are removed ---- */

static void
what_lies_there_outlives_its_mailbox_until_it_is_taken_away(void **state)
{
	struct fixture *f = *state;
	int64_t id = absent(f, "anna", AUDIENCE_ALL);
	struct publication row;
	struct publication_list due;
	struct op *op;

	publish(f, id, true);
	op = backend_op(f);
	FINE(op, store_mailbox_remove(f->store, op, id));
	op = backend_op(f);
	FINE(op, store_publication_due(f->store, op, 10, &due));
	assert_int_equal(due.n, 1);
	row = due.row[0];
	assert_int_equal(row.mailbox, id);
	assert_true(row.there);
	assert_string_equal(row.user, "somebody");
	fixture_sound(f);
	/* it cannot be reached */
	row.tries = 1;
	row.reason = "down";
	FINE(op, store_publication_put(f->store, op, &row));
	assert_true(row_is(f, id));
	/* it was taken away */
	row.there = false;
	row.done = row.wanted;
	FINE(op, store_publication_put(f->store, op, &row));
	assert_false(row_is(f, id));
	fixture_sound(f);
}

/* Somebody publishes, and meanwhile the mailbox goes, and with it the row. */
static void
a_script_that_comes_too_late_is_wanted_away(void **state)
{
	struct fixture *f = *state;
	int64_t id = absent(f, "anna", AUDIENCE_ALL);
	struct publication row = row_of(f, id), late = put_of(&row, true);
	struct op *op = backend_op(f);

	FINE(op, store_mailbox_remove(f->store, op, id));
	GIVES(ERR_CONFLICT, op, store_publication_put(f->store, op, &late));
	row = row_of(f, id);
	assert_true(row.there && row.wanted != row.done);
	row = put_of(&row, false);
	FINE(op, store_publication_put(f->store, op, &row));
	assert_false(row_is(f, id));
	GIVES(ERR_CONFLICT, op, store_publication_put(f->store, op, &late));
	row = row_of(f, id);
	assert_true(row.there && row.wanted != row.done && row.due == NOW);
}

static void
without_backends_a_row_goes_with_its_mailbox_unless_something_lies(void **state)
{
	struct fixture *f = *state;

	for (unsigned there = 0; there < 2; there++) {
		int64_t id = absent(f, "anna", AUDIENCE_ALL);
		struct op *op;

		publish(f, id, there == 1);
		op = fixture_op(f);
		FINE(op, store_mailbox_remove(f->store, op, id));
		assert_int_equal(row_is(f, id), there);
		if (there == 1)
			assert_int_equal(row_of(f, id).wanted, 2);
	}
	fixture_sound(f);
}

/* ---- lists ---- */

static void
what_is_due_comes_with_the_longest_waiting_first(void **state)
{
	static const struct {
		int64_t due;
		bool done;
		int place; /* -1: not among them */
	} rows[] = {
		{ NOW, false, 2 },      { NOW + 1, false, -1 },
		{ NOW - 50, false, 0 }, { NOW - 99, true, -1 },
		{ NOW - 1, false, 1 },
	};
	struct fixture *f = *state;
	int64_t id[COUNT(rows)];
	struct publication_list list;
	struct op *op;

	for (unsigned i = 0; i < COUNT(rows); i++) {
		char name[2] = { (char)('a' + i), '\0' };
		struct publication row;

		id[i] = absent(f, name, AUDIENCE_ALL);
		row = row_of(f, id[i]);
		row.done = rows[i].done ? row.wanted : 0;
		row.due = rows[i].due;
		op = backend_op(f);
		FINE(op, store_publication_put(f->store, op, &row));
	}
	op = backend_op(f);
	FINE(op, store_publication_due(f->store, op, 10, &list));
	assert_int_equal(list.n, 3);
	for (unsigned i = 0; i < COUNT(rows); i++)
		if (rows[i].place >= 0)
			assert_int_equal(list.row[rows[i].place].mailbox,
					 id[i]);
	FINE(op, store_publication_due(f->store, op, 2, &list));
	assert_int_equal(list.n, 2);
	assert_int_equal(list.row[0].mailbox, id[2]);
	/* all of them, in pages */
	FINE(op, store_publication_list(f->store, op, 0, 3, &list));
	assert_int_equal(list.n, 3);
	assert_int_equal(list.row[2].mailbox, id[2]);
	FINE(op, store_publication_list(f->store, op, id[2], 3, &list));
	assert_int_equal(list.n, 2);
	assert_int_equal(list.row[1].mailbox, id[4]);
}

static void
they_are_counted(void **state)
{
	static const struct {
		bool there, done;
		unsigned tries;
	} rows[] = {
		{ true, true, 0 },  { true, true, 0 },   { false, true, 0 },
		{ true, false, 0 }, { false, false, 0 }, { false, false, 0 },
		{ true, false, 1 },
	};
	struct fixture *f = *state;
	struct op *op = backend_op(f);
	struct publication_count count;

	FINE(op, store_publication_count(f->store, op, &count));
	assert_int_equal(count.in_force + count.waiting + count.failing, 0);
	for (unsigned i = 0; i < COUNT(rows); i++) {
		char name[2] = { (char)('a' + i), '\0' };
		int64_t id = absent(f, name, AUDIENCE_ALL);
		struct publication row = row_of(f, id);

		row = put_of(&row, rows[i].there);
		row.done -= !rows[i].done;
		row.tries = rows[i].tries;
		op = backend_op(f);
		FINE(op, store_publication_put(f->store, op, &row));
	}
	FINE(op, store_publication_count(f->store, op, &count));
	assert_int_equal(count.in_force, 2);
	assert_int_equal(count.waiting, 3);
	assert_int_equal(count.failing, 1);
}

/* ---- absences that are older than the first backend ---- */

#define OLDER 501 /* more than are made in one transaction */

static void
rows_that_are_missing_are_made(void **state)
{
	static const char many[] =
		"WITH RECURSIVE n (i) AS (SELECT 1001 UNION ALL SELECT i + 1 "
		"FROM n WHERE i < 1503) INSERT INTO mailbox SELECT i, 1, "
		"i || '@example.com', '', NULL, NULL, 0, 3, 0 FROM n;"
		"INSERT INTO oof SELECT id, id <> 1250 AND id <> 1503, 0, 0, "
		"2, 3, NULL, NULL, '', '', '', '', 0 FROM mailbox "
		"WHERE id > 1000;";
	struct fixture *f = *state;
	int64_t anna = absent(f, "anna", AUDIENCE_ALL);
	struct publication_list list;
	struct publication_count count;
	struct op *op;

	fixture_sql(f, many);
	op = backend_op(f);
	FINE(op, store_publication_want(f->store, op, 2)); /* of nobody */
	FINE(op, store_publication_count(f->store, op, &count));
	assert_int_equal(count.waiting, 1);
	FINE(op, store_publication_want(f->store, op, 0));
	FINE(op, store_publication_count(f->store, op, &count));
	assert_int_equal(count.waiting, OLDER + 1);
	FINE(op, store_publication_list(f->store, op, 0, 1000, &list));
	assert_int_equal(list.n, OLDER + 1);
	for (size_t i = 0; i < list.n; i++) {
		assert_int_equal(list.row[i].wanted,
				 list.row[i].mailbox == anna ? 2 : 1);
		assert_int_equal(list.row[i].done, 0);
		assert_int_equal(list.row[i].due, NOW);
	}
}

#define SITE 10000 /* mailboxes */

/* In one commit, whose time is told and not judged. */
static void
a_domain_marks_ten_thousand(void **state)
{
	static const char many[] =
		"WITH RECURSIVE n (i) AS (SELECT 1001 UNION ALL SELECT i + 1 "
		"FROM n WHERE i < 11000) INSERT INTO mailbox SELECT i, 1, "
		"i || '@example.com', '', NULL, NULL, 0, 3, 0 FROM n;"
		"INSERT INTO publication SELECT id, 'dovecot', address, 1, "
		"x'', 0, '', 0, 1, 1, 0, 0 FROM mailbox WHERE id > 1000;";
	struct fixture *f = *state;
	struct publication_count count;
	struct op *op;
	int64_t began;

	fixture_sql(f, many);
	op = backend_op(f);
	began = op_clock_us();
	FINE(op, store_domain_add(f->store, op, "more.example", NULL));
	print_message("%d marks in one commit: %d us\n", SITE,
		      (int)(op_clock_us() - began));
	FINE(op, store_publication_count(f->store, op, &count));
	assert_int_equal(count.waiting, SITE);
	assert_int_equal(count.in_force, 0);
	/* all of it once, though in more than one commit */
	op = backend_op(f);
	FINE(op, store_publication_want(f->store, op, 1));
	fixture_sql(f, "CREATE TABLE odd (n CHECK (n = 0));"
		       "INSERT INTO odd SELECT count(*) FROM publication "
		       "WHERE wanted <> 3; DROP TABLE odd;");
}

/* ---- many at once ---- */

#define ROUNDS 40

struct racer {
	struct fixture *f;
	int64_t id;
	atomic_bool stop;
	const char *wrong;
	unsigned puts, conflicts;
};

static void
racer_op(struct op *op, struct arena *arena)
{
	arena_reset(arena);
	op_init(op, arena, &with_backend, 60000);
	op->may_wait = true;
}

/* What it says is done was wanted when it looked, and not since. */
static void *
publish_often(void *arg)
{
	struct racer *r = arg;
	struct arena *arena = arena_open(4 * KIB);
	struct publication row;
	struct op op;

	while (!atomic_load(&r->stop) && r->wrong == NULL) {
		enum err err;

		racer_op(&op, arena);
		if (store_publication_get(r->f->store, &op, r->id, &row) != OK)
			r->wrong = "get";
		if (row.done > row.wanted)
			r->wrong = "more is done than was wanted";
		row = put_of(&row, true);
		err = store_publication_put(r->f->store, &op, &row);
		r->puts++;
		r->conflicts += err == ERR_CONFLICT;
		if (err != OK && err != ERR_CONFLICT)
			r->wrong = "put";
	}
	arena_close(arena);
	return NULL;
}

/* Two stores: as a server and a command. */
static void
no_mark_is_lost_between_two_who_write(void **state)
{
	struct fixture *f = *state;
	struct fixture other = *f;
	struct racer r = { .f = &other };
	struct op *op = backend_op(f);
	struct publication row;
	pthread_t thread;

	FINE(op, store_open(op, &f->options, &other.store));
	r.id = absent(f, "anna", AUDIENCE_ALL);
	assert_int_equal(pthread_create(&thread, NULL, publish_often, &r), 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		op = backend_op(f);
		FINE(op, fixture_put(f->store, op, r.id, "away"));
		FINE(op, store_publication_get(f->store, op, r.id, &row));
		assert_int_equal(row.wanted, i + 2);
	}
	atomic_store(&r.stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	if (r.wrong != NULL)
		fail_msg("%s", r.wrong);
	assert_true(r.puts > 0);
	publish(f, r.id, true);
	row = row_of(f, r.id);
	assert_int_equal(row.wanted, ROUNDS + 1);
	assert_int_equal(row.done, ROUNDS + 1);
	store_close(other.store);
	fixture_sound(f);
}

/* ---- damage, backup ---- */

static void
a_damaged_row_is_an_error_and_is_found(void **state)
{
	struct fixture *f = *state;
	int64_t id = absent(f, "anna", AUDIENCE_ALL);
	struct publication row;
	struct op *op;

	publish(f, id, true);
	fixture_sql(f, "UPDATE publication SET name = 'other'");
	op = backend_op(f);
	GIVES(ERR_INTERNAL, op, store_publication_get(f->store, op, id, &row));
	GIVES(ERR_INTERNAL, op, store_check(f->store, op, NULL, NULL));
	fixture_sql(f, "UPDATE publication SET name = 'somebody'");
	fixture_sound(f);
	fixture_sql(f, "UPDATE publication SET done = wanted + 1");
	op = backend_op(f);
	GIVES(ERR_INTERNAL, op, store_check(f->store, op, NULL, NULL));
}

static void
one_damaged_row_holds_up_no_other(void **state)
{
	struct fixture *f = *state;
	int64_t anna = absent(f, "anna", AUDIENCE_ALL);
	int64_t bob = absent(f, "bob", AUDIENCE_ALL);
	struct publication_list due;
	struct op *op = backend_op(f);

	fixture_sql(f, op_print(op,
				"UPDATE publication SET name = 'other' "
				"WHERE mailbox = %lld",
				(long long)anna));
	op = backend_op(f);
	FINE(op, store_publication_due(f->store, op, 9, &due));
	assert_int_equal(due.n, 1);
	assert_int_equal(due.row[0].mailbox, bob);
}

/* Where it lies is known from the backup; what lies there is not. */
static void
after_a_restore_everything_is_published_again(void **state)
{
	struct fixture *f = *state;
	int64_t id = absent(f, "anna", AUDIENCE_ALL);
	const uint8_t none[32] = { 0 };
	struct publication row;
	const char *file = fixture_path(f, "backup");
	struct op *op;

	publish(f, id, true);
	op = backend_op(f);
	FINE(op, store_backup(f->store, op, file));
	store_close(f->store);
	f->store = NULL;
	op = backend_op(f);
	FINE(op, store_restore(op, &f->options, file, true));
	fixture_reopen(f);
	row = row_of(f, id);
	assert_true(row.there);
	assert_string_equal(row.backend, "dovecot");
	assert_string_equal(row.user, "somebody");
	assert_int_equal(row.wanted, 2);
	assert_int_equal(row.done, 1);
	assert_int_equal(row.due, 0);
	assert_memory_equal(row.digest, none, sizeof(none));
	fixture_sound(f);
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		WITH_STORE(only_who_knows_what_is_wanted_may_say_it_is_done),
		WITH_STORE(texts_have_their_limits),
		WITH_STORE(what_lies_there_outlives_its_mailbox_until_it_is_taken_away),
		WITH_STORE(a_script_that_comes_too_late_is_wanted_away),
		WITH_STORE(without_backends_a_row_goes_with_its_mailbox_unless_something_lies),
		WITH_STORE(what_is_due_comes_with_the_longest_waiting_first),
		WITH_STORE(they_are_counted),
		WITH_STORE(rows_that_are_missing_are_made),
		WITH_STORE(a_domain_marks_ten_thousand),
		WITH_STORE(no_mark_is_lost_between_two_who_write),
		WITH_STORE(a_damaged_row_is_an_error_and_is_found),
		WITH_STORE(one_damaged_row_holds_up_no_other),
		WITH_STORE(after_a_restore_everything_is_published_again),
		/* clang-format on */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
