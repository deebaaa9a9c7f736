/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "wing/store/core.h"

#include <stdio.h>
#include <string.h>

static struct db *
open_main(struct fixture *f, bool write)
{
	struct op *op = fixture_op(f);
	const struct db_options options = {
		.path = fixture_path(f, "frontdesk.db"),
		.write = write,
		.cache_kib = 512,
	};
	struct db *db = NULL;

	FINE(op, db_open(op, &options, &db));
	return db;
}

static void
values_of_every_type_come_back(void **state)
{
	static const char sql[] = "SELECT $2, $1, $4, $3";
	static const uint8_t blob[] = { 0, 1, 255 };
	struct fixture *f = *state;
	struct db *db = open_main(f, false);
	struct op *op = fixture_op(f);
	const struct db_value args[] = {
		db_int(INT64_MIN), db_text("\xc3\xa4"),
		db_blob((struct bytes){ blob, sizeof(blob) }), db_text(NULL)
	};
	struct db_rows rows;

	for (int i = 0; i < 2; i++) { /* prepared, then found again */
		FINE(op, db_run(db, op, sql, args, COUNT(args), &rows));
		assert_int_equal(rows.n, 1);
		assert_int_equal(rows.columns, 4);
		assert_string_equal(db_as_text(&rows.value[0]), "\xc3\xa4");
		assert_int_equal(rows.value[1].number, INT64_MIN);
		assert_int_equal(rows.value[2].type, DB_NULL);
		assert_null(db_as_text(&rows.value[2]));
		assert_int_equal(rows.value[3].bytes.n, sizeof(blob));
		assert_memory_equal(rows.value[3].bytes.p, blob, sizeof(blob));
	}
	db_close(db);
}

static void
many_rows_keep_their_order(void **state)
{
	static const char sql[] =
		"WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 "
		"FROM n WHERE x < 1000) SELECT x, 'row ' || x FROM n";
	struct fixture *f = *state;
	struct db *db = open_main(f, false);
	struct op *op = fixture_op(f);
	struct db_rows rows;

	FINE(op, db_run(db, op, sql, NULL, 0, &rows));
	assert_int_equal(rows.n, 1000);
	for (size_t i = 0; i < rows.n; i++) {
		assert_int_equal(db_row(&rows, i)[0].number, i + 1);
		assert_string_equal(db_as_text(&db_row(&rows, i)[1]),
				    op_print(op, "row %zu", i + 1));
	}
	db_close(db);
}

static void
a_reader_does_not_write(void **state)
{
	static const char sql[] = "DELETE FROM change";
	struct fixture *f = *state;
	struct db *db = open_main(f, false);
	struct op *op = fixture_op(f);
	struct db_rows rows;

	GIVES(ERR_DOWN, op, db_run(db, op, sql, NULL, 0, &rows));
	db_close(db);
}

static void
a_broken_constraint_is_a_conflict_and_bad_sql_our_mistake(void **state)
{
	static const char twice[] = "INSERT INTO organization VALUES (1, 'x')";
	static const char wrong[] = "SELECT nothing FROM nowhere";
	static const char foreign[] =
		"INSERT INTO oof VALUES (999,0,0,0,0,0,0,0,'','','','',0)";
	struct fixture *f = *state;
	struct db *db = open_main(f, true);
	struct op *op = fixture_op(f);
	struct db_rows rows;

	GIVES(ERR_CONFLICT, op, db_run(db, op, twice, NULL, 0, &rows));
	GIVES(ERR_CONFLICT, op, db_run(db, op, foreign, NULL, 0, &rows));
	GIVES(ERR_INTERNAL, op, db_run(db, op, wrong, NULL, 0, &rows));
	db_close(db);
}

static int64_t
organizations(struct db *db, struct op *op)
{
	static const char sql[] = "SELECT count(*) FROM organization";
	struct db_rows rows;

	FINE(op, db_run(db, op, sql, NULL, 0, &rows));
	return rows.value[0].number;
}

static void
a_part_of_a_transaction_is_taken_back_alone(void **state)
{
	static const char add[] = "INSERT INTO organization (name) VALUES ($1)";
	const struct db_value names[] = { db_text("a"), db_text("b"),
					  db_text("c") };
	struct fixture *f = *state;
	struct db *db = open_main(f, true);
	struct op *op = fixture_op(f);
	struct db_rows rows;

	FINE(op, db_begin(db, op));
	for (size_t i = 0; i < COUNT(names); i++) {
		FINE(op, db_part_begin(db, op));
		FINE(op, db_run(db, op, add, &names[i], 1, &rows));
		if (i == 1)
			db_part_undo(db);
		else
			FINE(op, db_part_keep(db, op));
	}
	assert_true(db_in_transaction(db));
	FINE(op, db_commit(db, op));
	assert_false(db_in_transaction(db));
	assert_int_equal(organizations(db, op), 3);
	FINE(op, db_begin(db, op));
	FINE(op, db_run(db, op, add, &names[1], 1, &rows));
	db_rollback(db);
	assert_int_equal(organizations(db, op), 3);
	db_close(db);
}

static void
a_second_writer_gives_up_at_its_deadline(void **state)
{
	struct fixture *f = *state;
	struct db *one = open_main(f, true);
	struct db *two = NULL;
	struct op *op = fixture_op(f);
	const struct db_options options = {
		.path = fixture_path(f, "frontdesk.db"),
		.write = true,
		.cache_kib = 512,
	};

	FINE(op, db_open(op, &options, &two));
	FINE(op, db_begin(one, op));
	op->deadline_us = op_clock_us() + 20000;
	GIVES(ERR_CONFLICT, op, db_begin(two, op));
	db_rollback(one);
	op = fixture_op(f);
	FINE(op, db_begin(two, op));
	db_rollback(two);
	db_close(two);
	db_close(one);
}

static void
the_version_changes_with_anothers_commit_only(void **state)
{
	struct fixture *f = *state;
	struct db *one = open_main(f, true);
	struct db *two = open_main(f, true);
	struct op *op = fixture_op(f);
	int64_t before, after;

	FINE(op, db_version(one, op, &before));
	FINE(op, db_script(one, op,
			   "INSERT INTO organization (name) "
			   "VALUES ('a')"));
	FINE(op, db_version(one, op, &after));
	assert_int_equal(before, after);
	FINE(op, db_script(two, op,
			   "INSERT INTO organization (name) "
			   "VALUES ('b')"));
	FINE(op, db_version(one, op, &after));
	assert_int_not_equal(before, after);
	db_close(one);
	db_close(two);
}

/* The same before and after; false when it cannot be told. */
static bool
stamp_stays(struct db *db, struct op *op, struct db *other, const char *script)
{
	uint8_t before[DB_STAMP_SIZE], after[DB_STAMP_SIZE];

	assert_true(db_stamp(db, before));
	FINE(op, db_script(other, op, script));
	assert_true(db_stamp(db, after));
	return memcmp(before, after, sizeof(after)) == 0;
}

static void
the_stamp_changes_with_every_commit_and_with_no_read(void **state)
{
	static const struct {
		const char *row, *script;
		bool stays;
	} rows[] = {
		/* clang-format off */
		{ "a read",         "SELECT * FROM organization", true },
		{ "an insert",      "INSERT INTO organization (name) VALUES ('a')", false },
		{ "taken back",     "BEGIN IMMEDIATE; INSERT INTO organization (name) VALUES ('b'); ROLLBACK", true },
		{ "the same value", "UPDATE organization SET name = 'c' WHERE name = 'a'", false },
		{ "and back",       "UPDATE organization SET name = 'a' WHERE name = 'c'", false },
		{ "a transaction",  "BEGIN IMMEDIATE; INSERT INTO organization (name) VALUES ('d'); COMMIT", false },
		{ "a removal",      "DELETE FROM organization WHERE name = 'd'", false },
		{ "tidying",        "PRAGMA wal_checkpoint(PASSIVE)", true },
		{ "a new log",      "PRAGMA wal_checkpoint(TRUNCATE)", false }, /* does no harm */
		{ "after that",     "INSERT INTO organization (name) VALUES ('e')", false },
		/* clang-format on */
	};
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct db *reader, *writer;
	uint8_t stamp[DB_STAMP_SIZE];
	int64_t version;

	store_close(f->store); /* its writer tidies, too */
	f->store = NULL;
	reader = open_main(f, false);
	writer = open_main(f, true);
	FINE(op, db_version(reader, op, &version));
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool stays = stamp_stays(reader, op, writer, rows[i].script);

		if (stays != rows[i].stays)
			fail_msg("%s: the stamp %s", rows[i].row,
				 stays ? "stays" : "changes");
	}
	db_close(writer);
	assert_true(db_stamp(reader, stamp));
	db_close(reader);
}

static void
the_log_is_tidied_also_under_readers(void **state)
{
	struct fixture *f = *state;
	struct db *writer;
	struct db *reader;
	struct op *op = fixture_op(f);

	store_close(f->store); /* its writer tidies, too */
	f->store = NULL;
	writer = open_main(f, true);
	reader = open_main(f, false);
	(void)db_tidy(writer, true);
	for (unsigned i = 0; i < 50; i++)
		FINE(op, db_script(writer, op,
				   op_print(op,
					    "INSERT INTO organization (name) "
					    "VALUES ('x%u')",
					    i)));
	assert_true(db_backlog(writer) > 50);
	FINE(op, db_script(reader, op, "BEGIN; SELECT * FROM organization"));
	FINE(op, db_script(writer, op,
			   "INSERT INTO organization (name) VALUES ('y')"));
	(void)db_tidy(writer, false);
	assert_true(db_backlog(writer) > 0); /* one frame is held back */
	(void)db_tidy(writer, true); /* gives up on the reader after a moment */
	assert_true(db_backlog(writer) > 0);
	FINE(op, db_script(reader, op, "COMMIT"));
	(void)db_tidy(writer, true);
	assert_int_equal(db_backlog(writer), 0);
	FINE(op, db_script(writer, op,
			   "INSERT INTO organization (name) VALUES ('z')"));
	assert_true(db_backlog(writer) < 10);
	db_close(reader);
	db_close(writer);
}

static void
a_header_tells_what_a_file_is(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct db_header header;
	const char *path = fixture_path(f, "other");
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	FINE(op, db_header(op, path, &header));
	assert_int_equal(header.size, 0);
	assert_false(header.database);
	for (int i = 0; i < 30; i++)
		assert_true(fputs("some other text ", out) >= 0);
	assert_int_equal(fclose(out), 0);
	FINE(op, db_header(op, path, &header));
	assert_int_equal(header.size, 480);
	assert_false(header.database);
	FINE(op, db_header(op, fixture_path(f, "photos.db"), &header));
	assert_true(header.ours);
	GIVES(ERR_DOWN, op, db_header(op, fixture_path(f, "none"), &header));
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		WITH_STORE(values_of_every_type_come_back),
		WITH_STORE(many_rows_keep_their_order),
		WITH_STORE(a_reader_does_not_write),
		WITH_STORE(a_broken_constraint_is_a_conflict_and_bad_sql_our_mistake),
		WITH_STORE(a_part_of_a_transaction_is_taken_back_alone),
		WITH_STORE(a_second_writer_gives_up_at_its_deadline),
		WITH_STORE(the_version_changes_with_anothers_commit_only),
		WITH_STORE(the_stamp_changes_with_every_commit_and_with_no_read),
		WITH_STORE(the_log_is_tidied_also_under_readers),
		WITH_STORE(a_header_tells_what_a_file_is),
		/* clang-format on */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
