/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the contract does not show: what is kept in memory, and what is
 * forgotten; rows that do not go together.
 */
#include "store_fixture.h"

#include "wing/store/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEWS_MAX 1000 /* as in reader.c */

static struct reader *
reader_of(struct fixture *f)
{
	struct op *op = fixture_op(f);
	struct reader *r = NULL;

	FINE(op, reader_get(f->store->readers, op, DB_MAIN, &r));
	return r;
}

static bool
kept(struct fixture *f, enum cache_kind kind, int64_t a)
{
	return cache_find(reader_of(f)->small, (struct cache_key){ kind, a, 0 })
		       .p != NULL;
}

static void
read_both(struct fixture *f, int64_t a, int64_t b)
{
	struct op *op = fixture_op(f);
	struct oof_stored got;
	const struct mailbox *m;

	FINE(op, store_oof_get(f->store, op, a, &got));
	FINE(op, store_oof_get(f->store, op, b, &got));
	FINE(op, store_mailbox_get(f->store, op, a, &m));
	FINE(op, store_mailbox_get(f->store, op, b, &m));
	GIVES(ERR_NOT_FOUND, op,
	      store_mailbox_find(f->store, op, "none@example.com", &m));
}

static void
a_change_is_forgotten_and_nothing_else(void **state)
{
	struct fixture *f = *state;
	int64_t a = fixture_mailbox(f, "a");
	int64_t b = fixture_mailbox(f, "b");
	struct op *op;

	read_both(f, a, b);
	op = fixture_op(f);
	FINE(op, fixture_put(f->store, op, a, "x"));
	assert_false(kept(f, CACHE_OOF, a));
	assert_true(kept(f, CACHE_OOF, b));
	assert_true(kept(f, CACHE_MAILBOX, a));
	assert_true(kept(f, CACHE_ADDRESS, cache_hash("none@example.com")));
	op = fixture_op(f);
	FINE(op, store_alias_add(f->store, op, a, "none@example.com"));
	assert_false(kept(f, CACHE_ADDRESS, cache_hash("none@example.com")));
	assert_true(kept(f, CACHE_MAILBOX, a));
}

/* Writes so many rows of the log as one commit. */
static enum err
many_changes(struct db *db, struct op *op, void *arg)
{
	for (unsigned i = 0; i < *(const unsigned *)arg; i++)
		TRY(change_add(db, op, CHANGE_OOF, 12345, 0, ""));
	return OK;
}

static void
with_too_many_changes_or_unknown_ones_all_is_forgotten(void **state)
{
	static const struct {
		unsigned changes;
		bool keeps;
	} rows[] = { { NEWS_MAX - 2, true }, { NEWS_MAX - 1, false } };
	struct fixture *f = *state;
	int64_t a = fixture_mailbox(f, "a");
	int64_t b = fixture_mailbox(f, "b");
	struct op *op;

	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned n = rows[i].changes;

		read_both(f, a, b);
		op = fixture_op(f);
		FINE(op, writer_run(f->store->writer, op, DB_MAIN, many_changes,
				    &n));
		assert_int_equal(kept(f, CACHE_OOF, a), rows[i].keeps);
	}
}

static enum err
later_kind(struct db *db, struct op *op, void *arg)
{
	(void)arg;
	return change_add(db, op, (enum change)99, 1, 2, "x");
}

static void
a_change_of_a_later_program_forgets_all(void **state)
{
	struct fixture *f = *state;
	int64_t a = fixture_mailbox(f, "a");
	int64_t b = fixture_mailbox(f, "b");
	struct op *op;

	read_both(f, a, b);
	op = fixture_op(f);
	FINE(op, writer_run(f->store->writer, op, DB_MAIN, later_kind, NULL));
	assert_false(kept(f, CACHE_OOF, a));
	assert_false(kept(f, CACHE_MAILBOX, b));
}

static void
a_log_trimmed_past_what_is_known_forgets_all(void **state)
{
	struct fixture *f = *state;
	int64_t a = fixture_mailbox(f, "a");
	int64_t b = fixture_mailbox(f, "b");
	unsigned n = 10;
	struct op *op;

	read_both(f, a, b);
	op = fixture_op(f);
	FINE(op, writer_run(f->store->writer, op, DB_MAIN, many_changes, &n));
	op->now += 10 * 86400;
	op->may_wait = true;
	{
		/* on another thread nothing is read meanwhile */
		static const char sql[] =
			"DELETE FROM change "
			"WHERE seq < (SELECT max(seq) FROM change)";
		const struct db_options options = {
			.path = f->store->path[DB_MAIN],
			.write = true,
			.cache_kib = 512,
		};
		struct db *db = NULL;
		struct db_rows rows;

		FINE(op, db_open(op, &options, &db));
		FINE(op, db_run(db, op, sql, NULL, 0, &rows));
		db_close(db);
	}
	assert_false(kept(f, CACHE_OOF, a));
	read_both(f, a, b);
	assert_true(kept(f, CACHE_OOF, a)); /* and it is kept again */
}

static void
only_the_first_readers_keep_anything(void **state)
{
	struct fixture *f = *state;

	f->options.cache_readers = 0;
	fixture_reopen(f);
	assert_null(reader_of(f)->small);
	f->options.cache_readers = 1;
	fixture_reopen(f);
	assert_non_null(reader_of(f)->small);
	f->options.mailbox_cache = 0;
	fixture_reopen(f);
	assert_null(reader_of(f)->small);
}

static void
what_is_kept_has_a_limit(void **state)
{
	struct fixture *f = *state;
	struct op *op;
	char name[32];

	f->options.mailbox_cache = 16;
	fixture_reopen(f);
	for (unsigned i = 0; i < 100; i++) {
		const struct mailbox *m;
		struct oof_stored got;
		int64_t id;

		op = fixture_op(f);
		(void)snprintf(name, sizeof(name), "user%u", i);
		id = fixture_mailbox(f, name);
		FINE(op, store_mailbox_get(f->store, op, id, &m));
		FINE(op, store_oof_get(f->store, op, id, &got));
		assert_true(cache_held(reader_of(f)->small) <= 16 * KIB);
	}
	for (unsigned i = 0; i < 1000; i++) { /* unknown ones neither */
		const struct mailbox *m;

		op = fixture_op(f);
		GIVES(ERR_NOT_FOUND, op,
		      store_mailbox_find(f->store, op,
					 op_print(op, "x%u@example.com", i),
					 &m));
		assert_true(cache_held(reader_of(f)->small) <= 16 * KIB);
	}
}

/* ---- rows that do not go together ---- */

static enum err
run_sql(struct db *db, struct op *op, void *arg)
{
	return db_script(db, op, arg);
}

static void
first_finding(void *arg, const char *text)
{
	const char **out = arg;

	if (*out == NULL)
		*out = strdup(text);
}

struct mischief {
	enum db_part part;
	const char *sql;
	const char *told; /* some of the finding */
};

static const struct mischief mischiefs[] = {
	/* clang-format off */
	{ DB_MAIN, "DELETE FROM oof WHERE mailbox = 1", "no oof row" },
	{ DB_MAIN, "UPDATE oof SET internal = 'other' WHERE mailbox = 1", "damaged: oof of 1" },
	{ DB_MAIN, "UPDATE mailbox SET name = 'other' WHERE id = 2", "damaged: mailbox of 2" },
	{ DB_MAIN, "UPDATE address SET mailbox = 1 WHERE address = 'b@example.com'", "damaged: a row of address" },
	{ DB_MAIN, "DELETE FROM address WHERE address = 'b@example.com'", "its own address" },
	{ DB_MAIN, "DELETE FROM change WHERE seq = 2", "gaps" },
	{ DB_MAIN, "UPDATE store SET mailboxes = 1", "not used up" },
	{ DB_MAIN, "PRAGMA defer_foreign_keys = ON; DELETE FROM domain", NULL },
	{ DB_PHOTO, "UPDATE photo SET source = zeroblob(32) WHERE mailbox = 1", "damaged: photo of 1" },
	{ DB_PHOTO, "DELETE FROM photo WHERE mailbox = 1", "no picture that it belongs to" },
	{ DB_PHOTO, "DELETE FROM photo_variant WHERE slot = 1024 + 64", "the variants that it names" },
	{ DB_PHOTO, "UPDATE photo_variant SET jpeg = zeroblob(9) WHERE slot = 1024 + 64", "damaged: photo_variant" },
	/* clang-format on */
};

static void
the_check_finds(const struct mischief *m)
{
	void *state = NULL;
	struct fixture *f;
	const char *told = NULL;
	struct photo_set set;
	struct op *op;
	enum err err;

	assert_int_equal(fixture_open(&state), 0);
	f = state;
	(void)fixture_mailbox(f, "a");
	(void)fixture_mailbox(f, "b");
	op = fixture_op(f);
	fixture_picture(op, 1, &set);
	FINE(op, store_photo_put(f->store, op, 1, &set));
	FINE(op, fixture_put(f->store, op, 1, "x"));
	err = writer_run(f->store->writer, op, m->part, run_sql,
			 op_dup(op, m->sql));
	if (m->told == NULL) { /* the database itself does not let it through */
		GIVES(ERR_CONFLICT, op, err);
	} else {
		FINE(op, err);
		GIVES(ERR_INTERNAL, op,
		      store_check(f->store, op, first_finding, &told));
		if (strstr(told, m->told) == NULL)
			fail_msg("%s: \"%s\"", m->sql, told);
		GIVES(ERR_INTERNAL, op,
		      store_backup(f->store, op, fixture_path(f, "backup")));
	}
	free((void *)(uintptr_t)told);
	assert_int_equal(fixture_close(&state), 0);
}

static void
rows_that_do_not_go_together_are_found_and_not_backed_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(mischiefs); i++)
		the_check_finds(&mischiefs[i]);
}

static void
damaged_rows_are_errors_when_read(void **state)
{
	struct fixture *f = *state;
	int64_t a = fixture_mailbox(f, "a");
	struct op *op = fixture_op(f);
	struct photo_set set;
	struct photo photo;
	struct oof_stored got;
	const struct mailbox *m;
	static char wrong[] = "UPDATE oof SET internal = 'y';"
			      "UPDATE mailbox SET name = 'y'";
	static char photos[] = "UPDATE photo_variant SET jpeg = zeroblob(9)";
	static char gone[] = "DELETE FROM photo_variant";

	fixture_picture(op, 1, &set);
	FINE(op, store_photo_put(f->store, op, a, &set));
	FINE(op, fixture_put(f->store, op, a, "x"));
	FINE(op, writer_run(f->store->writer, op, DB_MAIN, run_sql, wrong));
	FINE(op, writer_run(f->store->writer, op, DB_PHOTO, run_sql, photos));
	fixture_reopen(f); /* the log of changes does not tell of these */
	op = fixture_op(f);
	GIVES(ERR_INTERNAL, op, store_oof_get(f->store, op, a, &got));
	assert_non_null(strstr(op->reason, "damaged"));
	GIVES(ERR_INTERNAL, op, fixture_put(f->store, op, a, "z"));
	GIVES(ERR_INTERNAL, op, store_mailbox_get(f->store, op, a, &m));
	GIVES(ERR_INTERNAL, op,
	      store_mailbox_find(f->store, op, "a@example.com", &m));
	GIVES(ERR_INTERNAL, op,
	      store_photo_get(f->store, op, a, 64, true, &photo));
	FINE(op, store_photo_get(f->store, op, a, 64, false, &photo));
	FINE(op, writer_run(f->store->writer, op, DB_PHOTO, run_sql, gone));
	GIVES(ERR_INTERNAL, op,
	      store_photo_get(f->store, op, a, 64, true, &photo));
}

/* ---- pictures without a mailbox ---- */

static void
noted(void *arg, const char *text)
{
	if (strncmp(text, "note:", 5) == 0)
		++*(unsigned *)arg;
}

static void
pictures_whose_mailbox_is_gone_are_noted_hidden_and_reaped(void **state)
{
	struct fixture *f = *state;
	int64_t a = fixture_mailbox(f, "a");
	int64_t b = fixture_mailbox(f, "b");
	static char removal[] = "DELETE FROM oof WHERE mailbox = 1;"
				"DELETE FROM avatar WHERE mailbox = 1;"
				"DELETE FROM book WHERE mailbox = 1;"
				"DELETE FROM address WHERE mailbox = 1;"
				"DELETE FROM mailbox WHERE id = 1";
	struct op *op = fixture_op(f);
	struct photo_list list;
	struct photo_set set;
	struct photo photo;
	unsigned notes = 0;

	fixture_picture(op, 1, &set);
	FINE(op, store_photo_put(f->store, op, a, &set));
	FINE(op, store_photo_put(f->store, op, b, &set));
	FINE(op, writer_run(f->store->writer, op, DB_MAIN, run_sql, removal));
	FINE(op, store_check(f->store, op, noted, &notes));
	assert_int_equal(notes, 1);
	fixture_reopen(f); /* the log of changes does not tell of it */
	op = fixture_op(f);
	FINE(op, store_photo_list(f->store, op, 0, 10, &list));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.item[0].mailbox->id, b);
	FINE(op, store_maintain(f->store, op, &(struct store_keep){ 1, 1, 1 }));
	GIVES(ERR_NOT_FOUND, op,
	      store_photo_get(f->store, op, a, 0, true, &photo));
	FINE(op, store_photo_get(f->store, op, b, 0, true, &photo));
	notes = 0;
	FINE(op, store_check(f->store, op, noted, &notes));
	assert_int_equal(notes, 0);
}

static int64_t
changes(struct fixture *f)
{
	static const char sql[] = "SELECT count(*) FROM change";
	struct op *op = fixture_op(f);
	struct db_rows rows;

	FINE(op, db_run(reader_of(f)->db[DB_MAIN], op, sql, NULL, 0, &rows));
	return rows.value[0].number;
}

static void
old_changes_are_trimmed_and_the_last_one_stays(void **state)
{
	struct fixture *f = *state;
	unsigned n = 12000;
	struct op *op = fixture_op(f);

	FINE(op, writer_run(f->store->writer, op, DB_MAIN, many_changes, &n));
	FINE(op, store_maintain(f->store, op, &(struct store_keep){ 1, 1, 1 }));
	assert_true(changes(f) >= 12000);
	op = fixture_op(f);
	op->now += 86400 + 1;
	FINE(op, store_maintain(f->store, op, &(struct store_keep){ 1, 1, 1 }));
	assert_int_equal(changes(f), 1);
	(void)fixture_mailbox(f, "a");
	fixture_sound(f); /* numbers went on without a gap */
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		WITH_STORE(a_change_is_forgotten_and_nothing_else),
		WITH_STORE(with_too_many_changes_or_unknown_ones_all_is_forgotten),
		WITH_STORE(a_change_of_a_later_program_forgets_all),
		WITH_STORE(a_log_trimmed_past_what_is_known_forgets_all),
		WITH_STORE(only_the_first_readers_keep_anything),
		WITH_STORE(what_is_kept_has_a_limit),
		cmocka_unit_test(rows_that_do_not_go_together_are_found_and_not_backed_up),
		WITH_STORE(damaged_rows_are_errors_when_read),
		WITH_STORE(pictures_whose_mailbox_is_gone_are_noted_hidden_and_reaped),
		WITH_STORE(old_changes_are_trimmed_and_the_last_one_stays),
		/* clang-format on */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
