/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With schemas of later programs: today's steps, and steps that only these
 * tests know.
 */
#include "store_fixture.h"

#include "wing/store/core.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STEPS_MAX 16

/* Today's steps and one more. */
static struct schema
later(struct schema_step step)
{
	static struct schema_step steps[STEPS_MAX];

	assert_true(schema_now.n < STEPS_MAX);
	memcpy(steps, schema_now.step, schema_now.n * sizeof(steps[0]));
	steps[schema_now.n] = step;
	return (struct schema){ schema_now.n + 1, steps };
}

static const struct schema_step good = {
	{ "ALTER TABLE organization ADD COLUMN note TEXT NOT NULL DEFAULT '';"
	  "UPDATE organization SET note = 'migrated';",
	  NULL },
	NULL
};

static const struct schema_step broken = {
	{ "ALTER TABLE organization ADD COLUMN note TEXT NOT NULL DEFAULT '';"
	  "UPDATE nonsense SET note = 'migrated';",
	  NULL },
	NULL
};

static void
close_store(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
}

/* The backup that was made before, or NULL. */
static const char *
backup_of(struct fixture *f)
{
	static char path[512];
	DIR *d = opendir(f->dir);
	const struct dirent *e;

	path[0] = '\0';
	while ((e = readdir(d)) != NULL)
		if (strstr(e->d_name, ".backup") != NULL)
			(void)snprintf(path, sizeof(path), "%s/%s", f->dir,
				       e->d_name);
	(void)closedir(d);
	return path[0] == '\0' ? NULL : path;
}

static int64_t
schema_of(struct fixture *f, const char *name)
{
	struct op *op = fixture_op(f);
	const struct db_options options = { .path = fixture_path(f, name),
					    .cache_kib = 512 };
	struct db *db = NULL;
	int64_t at = -1;

	FINE(op, db_open(op, &options, &db));
	FINE(op, db_schema(db, op, &at));
	db_close(db);
	return at;
}

static void
an_older_store_is_not_migrated_unasked(void **state)
{
	struct fixture *f = *state;
	const struct schema schema = later(good);
	struct op *op = fixture_op(f);

	close_store(f);
	GIVES(ERR_INVALID, op,
	      store_open_as(op, &f->options, &schema, &f->store));
	assert_non_null(strstr(op->reason, "frontdesk migrate"));
	assert_null(backup_of(f));
	assert_int_equal(schema_of(f, "frontdesk.db"), schema_now.n);
	fixture_reopen(f);
}

static void
an_older_store_is_migrated_after_a_backup_that_restores(void **state)
{
	struct fixture *f = *state;
	const struct schema schema = later(good);
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct store_migration done;
	struct oof_stored got;

	FINE(op, fixture_put(f->store, op, id, "away"));
	close_store(f);
	f->options.migrate = true;
	f->options.migration = &done;
	FINE(op, store_open_as(op, &f->options, &schema, &f->store));
	assert_int_equal(done.from, schema_now.n);
	assert_int_equal(done.to, schema.n);
	assert_string_equal(done.backup, backup_of(f));
	close_store(f);
	FINE(op, store_open_as(op, &f->options, &schema, &f->store));
	assert_int_equal(done.from, schema.n);
	assert_int_equal(done.to, schema.n);
	assert_null(done.backup);
	f->options.migration = NULL;
	FINE(op, store_oof_get(f->store, op, id, &got));
	assert_string_equal(got.settings.internal->message, "away");
	close_store(f);
	assert_int_equal(schema_of(f, "frontdesk.db"), schema.n);
	assert_int_equal(schema_of(f, "photos.db"), schema.n);

	/* today's program refuses it, and takes the backup */
	op = fixture_op(f);
	GIVES(ERR_INVALID, op, store_open(op, &f->options, &f->store));
	assert_non_null(backup_of(f));
	FINE(op, store_restore(op, &f->options, backup_of(f), true));
	FINE(op, store_open(op, &f->options, &f->store));
	FINE(op, store_oof_get(f->store, op, id, &got));
	assert_string_equal(got.settings.internal->message, "away");
	fixture_sound(f);
}

static void
a_step_that_fails_leaves_the_store_as_it_was(void **state)
{
	struct fixture *f = *state;
	const struct schema schema = later(broken);
	struct op *op = fixture_op(f);
	struct store *s;

	close_store(f);
	f->options.migrate = true;
	GIVES(ERR_INTERNAL, op, store_open_as(op, &f->options, &schema, &s));
	assert_int_equal(schema_of(f, "frontdesk.db"), schema_now.n);
	fixture_reopen(f);
	fixture_sound(f);
}

/* After a crash in between, one file may be ahead of the other. */
static void
each_file_is_brought_up_from_where_it_is(void **state)
{
	struct fixture *f = *state;
	const struct schema schema = later(good);
	const struct db_options options = {
		.path = fixture_path(f, "frontdesk.db"),
		.write = true,
		.cache_kib = 512,
	};
	struct op *op = fixture_op(f);
	struct db *db = NULL;

	close_store(f);
	FINE(op, db_open(op, &options, &db));
	FINE(op, migrate_up(db, op, DB_MAIN, &schema));
	FINE(op, migrate_up(db, op, DB_MAIN, &schema)); /* nothing to do */
	GIVES(ERR_INVALID, op, migrate_up(db, op, DB_MAIN, &schema_now));
	db_close(db);
	f->options.migrate = true;
	FINE(op, store_open_as(op, &f->options, &schema, &f->store));
	close_store(f);
	assert_int_equal(schema_of(f, "photos.db"), schema.n);
}

static void
a_new_store_has_the_newest_schema(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(schema_of(f, "frontdesk.db"), schema_now.n);
	assert_int_equal(schema_of(f, "photos.db"), schema_now.n);
}

/* As the second schema left it. */
static const char before_book[] =
	"DROP TABLE avatar; DROP TABLE book;"
	"DROP TABLE contact; DROP TABLE contact_source;"
	"DROP TABLE person; DROP TABLE source_mark;"
	"DROP TABLE outbox; DROP TABLE answered; DROP TABLE publication;"
	"DROP INDEX domain_organization; PRAGMA user_version = 2";
static const char before_book_photos[] =
	"DROP TABLE directory_photo; DROP TABLE directory_photo_variant;"
	"DROP TABLE photo_state; DROP TABLE photo_write_back;"
	"PRAGMA user_version = 2";

static void
older(struct fixture *f, const char *name, const char *sql)
{
	const struct db_options options = { .path = fixture_path(f, name),
					    .write = true,
					    .cache_kib = 512 };
	struct op *op = fixture_op(f);
	struct db *db = NULL;

	FINE(op, db_open(op, &options, &db));
	FINE(op, db_script(db, op, sql));
	db_close(db);
}

static void
who_was_there_before_the_address_book_is_in_it(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct mailbox m = { .address = "anna@example.com",
			     .name = "Anna M\xc3\xbcller",
			     .policy = AUDIENCE_ALL };
	const char *const aliases[] = { "boss@example.com", NULL };
	static const char *const starts[] = { "anna", "MULL", "boss@",
					      "anna m" };
	struct mailbox_list list;

	FINE(op, store_mailbox_add(f->store, op, &m, aliases));
	close_store(f);
	older(f, "frontdesk.db", before_book);
	older(f, "photos.db", before_book_photos);
	f->options.migrate = true;
	op = fixture_op(f);
	FINE(op, store_open(op, &f->options, &f->store));
	for (size_t i = 0; i < COUNT(starts); i++) {
		FINE(op,
		     store_book_find(f->store, op, 1, starts[i], 10, &list));
		assert_int_equal(list.n, 1);
		assert_int_equal(list.mailbox[0].id, m.id);
	}
	fixture_sound(f); /* each is found by his digests, too */
}

/* More than are read at a time, and one that ends a page. */
static void
the_address_book_is_filled_page_by_page(void **state)
{
	static const char many[] =
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
		"n "
		"WHERE i < 1000) INSERT INTO mailbox SELECT i, 1, i || '@x.y', "
		"'Name ' || i, NULL, NULL, 0, 3, 0 FROM n;"
		"DELETE FROM mailbox WHERE id % 7 = 0;"
		"INSERT INTO domain VALUES ('x.y', 1);"
		"INSERT INTO address SELECT address, 'x.y', id, 1, 0 FROM "
		"mailbox;"
		"DROP TABLE avatar; DROP TABLE book;"
		"DROP TABLE contact; DROP TABLE contact_source;"
		"DROP TABLE person; DROP TABLE source_mark;"
		"DROP TABLE outbox; DROP TABLE answered; "
		"DROP TABLE publication;"
		"DROP INDEX domain_organization; PRAGMA user_version = 2";
	static const char count[] =
		"SELECT count(*), count(DISTINCT mailbox) FROM book";
	static const char avatars[] =
		"SELECT count(*), count(DISTINCT mailbox) FROM avatar";
	struct fixture *f = *state;
	const struct db_options options = {
		.path = fixture_path(f, "frontdesk.db"),
		.write = true,
		.cache_kib = 512,
	};
	struct op *op = fixture_op(f);
	struct db *db = NULL;
	struct db_rows rows;

	close_store(f);
	older(f, "frontdesk.db", many);
	FINE(op, db_open(op, &options, &db));
	FINE(op, migrate_up(db, op, DB_MAIN, &schema_now));
	FINE(op, db_run(db, op, count, NULL, 0, &rows));
	/* an address, a name, and the second word of that */
	assert_int_equal(rows.value[0].number, 3 * (1000 - 1000 / 7));
	assert_int_equal(rows.value[1].number, 1000 - 1000 / 7);
	FINE(op, db_run(db, op, avatars, NULL, 0, &rows));
	assert_int_equal(rows.value[0].number, 2 * (1000 - 1000 / 7));
	assert_int_equal(rows.value[1].number, 1000 - 1000 / 7);
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		cmocka_unit_test_setup_teardown(an_older_store_is_not_migrated_unasked, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(an_older_store_is_migrated_after_a_backup_that_restores, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(a_step_that_fails_leaves_the_store_as_it_was, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(each_file_is_brought_up_from_where_it_is, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(a_new_store_has_the_newest_schema, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(who_was_there_before_the_address_book_is_in_it, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(the_address_book_is_filled_page_by_page, fixture_open, fixture_close),
		/* clang-format on */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
