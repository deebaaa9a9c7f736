/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "wing/store/core.h"
#include "wing/store/tidier.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_MAX 1000 /* looks, each after 10 ms */
#define PAGES_PER_COMMIT 300

/* The files of a store that is closed, with a writer and a tidier of ours. */
struct bench {
	struct db *db;
	const char *path[DB_PARTS];
	struct tidier *tidier;
};

static void
bench_open(struct fixture *f, struct bench *b)
{
	struct op *op = fixture_op(f);
	struct db_options options = { .write = true, .cache_kib = 512 };

	store_close(f->store);
	f->store = NULL;
	for (size_t i = 0; i < DB_PARTS; i++)
		b->path[i] = files_path(op, f->dir, files_name[i]);
	options.path = b->path[DB_MAIN];
	FINE(op, db_open(op, &options, &b->db));
	FINE(op, tidier_open(op, b->path, &b->tidier));
}

static void
bench_close(struct bench *b)
{
	tidier_close(b->tidier);
	db_close(b->db);
}

/* A commit of at least so many pages. */
static void
commit(struct fixture *f, struct bench *b, unsigned pages)
{
	struct op *op = fixture_op(f);

	FINE(op, db_script(b->db, op,
			   op_print(op,
				    "CREATE TABLE IF NOT EXISTS t (a, b);"
				    "WITH RECURSIVE n (x) AS (SELECT 1 UNION "
				    "ALL SELECT x + 1 FROM n WHERE x < %u) "
				    "INSERT INTO t SELECT x, "
				    "zeroblob(4000) FROM n",
				    pages)));
}

static off_t
size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void
a_small_log_is_tidied_when_nobody_writes_or_when_asked(void **state)
{
	struct fixture *f = *state;
	struct bench b;

	bench_open(f, &b);
	for (int asked = 0; asked < 2; asked++) {
		off_t before = size_of(b.path[DB_MAIN]);
		int looks = 0;

		commit(f, &b, 10);
		tidier_note(b.tidier, DB_MAIN, db_backlog(b.db));
		if (asked == 1)
			tidier_now(b.tidier);
		while (size_of(b.path[DB_MAIN]) == before && looks++ < WAIT_MAX)
			(void)usleep(10000);
		assert_true(size_of(b.path[DB_MAIN]) > before);
	}
	bench_close(&b);
}

struct reading {
	struct fixture *f;
	const char *path;
	atomic_bool stop;
};

/* There is hardly a moment without a reader. */
static void *
read_always(void *arg)
{
	static const char sql[] = "SELECT count(*) FROM domain";
	struct reading *r = arg;
	const struct db_options options = { .path = r->path, .cache_kib = 64 };
	struct arena *arena = arena_open(KIB);
	struct db *db = NULL;
	struct op op;

	op_init(&op, arena, NULL, 60000);
	if (db_open(&op, &options, &db) == OK)
		while (!atomic_load(&r->stop)) {
			struct db_rows rows;

			arena_reset(arena);
			(void)db_run(db, &op, sql, NULL, 0, &rows);
		}
	db_close(db);
	arena_close(arena);
	return NULL;
}

static void
a_large_log_begins_anew_also_under_readers_and_writers(void **state)
{
	struct fixture *f = *state;
	pthread_t thread[2];
	struct reading reading = { .f = f };
	unsigned anew = 0;
	int last = 0;
	int most = 0;
	struct bench b;

	bench_open(f, &b);
	reading.path = b.path[DB_MAIN];
	for (size_t i = 0; i < COUNT(thread); i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, read_always, &reading),
			0);
	for (unsigned i = 0; anew < 2 && i < WAIT_MAX; i++) {
		commit(f, &b, i < 8 ? PAGES_PER_COMMIT : 1);
		if (db_backlog(b.db) < last)
			anew++;
		if (anew == 1 && db_backlog(b.db) < last)
			i = 0; /* and fill it once more */
		last = db_backlog(b.db);
		most = last > most ? last : most;
		if (tidier_ripe(b.tidier, DB_MAIN))
			(void)db_tidy(b.db, false);
		tidier_note(b.tidier, DB_MAIN, last);
		(void)usleep(2000);
	}
	atomic_store(&reading.stop, true);
	for (size_t i = 0; i < COUNT(thread); i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(anew, 2);
	assert_true(most >= TIDIER_LARGE);
	assert_true(most < TIDIER_HUGE);
	bench_close(&b);
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		WITH_STORE(a_small_log_is_tidied_when_nobody_writes_or_when_asked),
		WITH_STORE(a_large_log_begins_anew_also_under_readers_and_writers),
		/* clang-format on */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
