/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th call beneath SQLite fails, for n = 1, 2, 3 ... until all goes
 * well; and the power goes while many write. What was acknowledged is there;
 * what was refused is not; what is unknown may be either.
 */
#include "faulty.h"
#include "store_fixture.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SKIP_AFTER 40 /* every n up to here, then every 7th */
#define SKIP 7
#define CUTS 25 /* times that the power goes */
#define WRITERS 16

/* ---- one failure ---- */

/* What the store held, or tried to, in the order of the steps. */
struct history {
	int64_t anna;
	char text[32];  /* last acknowledged */
	char maybe[32]; /* unknown; "": nothing */
	int seed, maybe_seed;
	bool added, maybe_added;
};

static void
step_oof(struct fixture *f, struct history *h, const char *text)
{
	struct op *op = fixture_op(f);
	enum err err = fixture_put(f->store, op, h->anna, text);

	if (err == OK) {
		(void)snprintf(h->text, sizeof(h->text), "%s", text);
		h->maybe[0] = '\0';
	} else if (err == ERR_UNKNOWN) {
		(void)snprintf(h->maybe, sizeof(h->maybe), "%s", text);
	} else {
		GIVES(ERR_DOWN, op, err);
	}
}

static void
step_photo(struct fixture *f, struct history *h, int seed)
{
	struct op *op = fixture_op(f);
	struct photo_set set;
	enum err err;

	fixture_picture(op, (unsigned)seed, &set);
	err = store_photo_put(f->store, op, h->anna, &set);
	if (err == OK) {
		h->seed = seed;
		h->maybe_seed = -1;
	} else if (err == ERR_UNKNOWN) {
		h->maybe_seed = seed;
	} else {
		GIVES(ERR_DOWN, op, err);
	}
}

static void
step_add(struct fixture *f, struct history *h)
{
	struct op *op = fixture_op(f);
	struct mailbox m = { .address = "new@example.com",
			     .policy = AUDIENCE_ALL };
	enum err err = store_mailbox_add(f->store, op, &m, NULL);

	h->added = err == OK;
	h->maybe_added = err == ERR_UNKNOWN;
	if (err != OK && err != ERR_UNKNOWN)
		GIVES(ERR_DOWN, op, err);
}

/* Reads: right, or an error that may pass. */
static void
step_read(struct fixture *f, const struct history *h)
{
	struct op *op = fixture_op(f);
	struct oof_stored got;
	enum err err = store_oof_get(f->store, op, h->anna, &got);

	if (err != OK) {
		GIVES(ERR_DOWN, op, err);
		return;
	}
	if (strcmp(got.settings.internal->message, h->text) != 0)
		assert_string_equal(got.settings.internal->message, h->maybe);
}

static void
verify(struct fixture *f, struct history *h)
{
	struct op *op = fixture_op(f);
	struct oof_stored got;
	struct photo photo;
	const struct mailbox *m;
	enum err err;
	int seed;

	FINE(op, store_oof_get(f->store, op, h->anna, &got));
	if (strcmp(got.settings.internal->message, h->text) != 0)
		assert_string_equal(got.settings.internal->message, h->maybe);
	FINE(op, store_photo_get(f->store, op, h->anna, 0, true, &photo));
	seed = fixture_seed(&photo);
	if (seed != h->seed)
		assert_int_equal(seed, h->maybe_seed);
	err = store_mailbox_find(f->store, op, "new@example.com", &m);
	if (err != OK || !h->maybe_added)
		GIVES(h->added ? OK : ERR_NOT_FOUND, op, err);
	fixture_sound(f);
}

static void
steps(struct fixture *f, struct history *h)
{
	struct op *op;

	step_oof(f, h, "two");
	step_photo(f, h, 2);
	step_read(f, h);
	step_add(f, h);
	step_oof(f, h, "three");
	op = fixture_op(f);
	(void)store_maintain(f->store, op, &(struct store_keep){ 30, 30, 1 });
	step_oof(f, h, "four");
	step_read(f, h);
}

static void
begin(struct fixture *f, struct history *h)
{
	*h = (struct history){ .maybe_seed = -1 };
	h->anna = fixture_mailbox(f, "anna");
	step_oof(f, h, "one");
	step_photo(f, h, 1);
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
	bool hit;

	assert_int_equal(fixture_open(&state), 0);
	f = state;
	begin(f, &h);
	faulty_arm(kind->call, n, kind->code, kind->lasting);
	steps(f, &h);
	hit = faulty_disarm();
	step_oof(f, &h, "five"); /* it goes on without being opened anew */
	assert_string_equal(h.text, "five");
	verify(f, &h);
	fixture_reopen(f);
	verify(f, &h);
	assert_int_equal(fixture_close(&state), 0);
	return hit;
}

static void
each_failure(const struct fault_kind *kind)
{
	long n = 1;

	while (one_failure(kind, n))
		n += n < SKIP_AFTER ? 1 : SKIP;
	assert_true(n > 1);
}

static void
a_failing_write_loses_nothing_acknowledged(void **state)
{
	static const struct fault_kind kinds[] = {
		{ FAULTY_WRITE, SQLITE_IOERR_WRITE, false },
		{ FAULTY_WRITE, SQLITE_IOERR_WRITE, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		each_failure(&kinds[i]);
}

static void
a_full_disk_loses_nothing_acknowledged(void **state)
{
	static const struct fault_kind kinds[] = {
		{ FAULTY_WRITE, SQLITE_FULL, false },
		{ FAULTY_WRITE, SQLITE_FULL, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		each_failure(&kinds[i]);
}

static void
a_failing_sync_is_never_taken_for_success(void **state)
{
	static const struct fault_kind kinds[] = {
		{ FAULTY_SYNC, SQLITE_IOERR_FSYNC, false },
		{ FAULTY_SYNC, SQLITE_IOERR_FSYNC, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		each_failure(&kinds[i]);
}

static void
a_failing_read_open_or_map_loses_nothing(void **state)
{
	static const struct fault_kind kinds[] = {
		{ FAULTY_READ, SQLITE_IOERR_READ, false },
		{ FAULTY_READ, SQLITE_IOERR_READ, true },
		{ FAULTY_SHM, SQLITE_IOERR_SHMSIZE, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		each_failure(&kinds[i]);
}

static void
an_allocation_that_fails_loses_nothing(void **state)
{
	static const struct fault_kind kinds[] = {
		{ FAULTY_MALLOC, SQLITE_NOMEM, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		each_failure(&kinds[i]);
}

/* ---- opening and making ---- */

static bool
open_fails(const struct fault_kind *kind, long n, bool create)
{
	void *state = NULL;
	struct fixture *f;
	struct history h;
	struct op *op;
	enum err err;
	bool hit;

	assert_int_equal(fixture_open(&state), 0);
	f = state;
	begin(f, &h);
	store_close(f->store);
	f->store = NULL;
	if (create) {
		static const char *const names[] = { "frontdesk.db",
						     "frontdesk.db-mark",
						     "photos.db",
						     "photos.db-mark" };

		for (size_t i = 0; i < COUNT(names); i++)
			assert_int_equal(unlink(fixture_path(f, names[i])), 0);
	}
	f->options.create = create;
	op = fixture_op(f);
	faulty_arm(kind->call, n, kind->code, kind->lasting);
	err = store_open(op, &f->options, &f->store);
	hit = faulty_disarm();
	if (err == OK) {
		store_close(f->store);
		f->store = NULL;
		f->options.create = false;
	} else {
		GIVES(ERR_DOWN, op, err);
		/* it may have been made, and not opened */
		if (access(fixture_path(f, "frontdesk.db"), F_OK) == 0)
			f->options.create = false;
	}
	FINE(op, store_open(op, &f->options, &f->store));
	f->options.create = false;
	if (create)
		fixture_sound(f);
	else
		verify(f, &h);
	assert_int_equal(fixture_close(&state), 0);
	return hit;
}

static void
a_failure_while_opening_or_making_can_be_tried_again(void **state)
{
	static const struct fault_kind kinds[] = {
		{ FAULTY_OPEN, SQLITE_CANTOPEN, false },
		{ FAULTY_READ, SQLITE_IOERR_READ, false },
		{ FAULTY_WRITE, SQLITE_FULL, false },
		{ FAULTY_WRITE, SQLITE_IOERR_WRITE, true },
		{ FAULTY_SYNC, SQLITE_IOERR_FSYNC, false },
		{ FAULTY_SHM, SQLITE_IOERR_SHMMAP, false },
		{ FAULTY_MALLOC, SQLITE_NOMEM, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		for (unsigned create = 0; create < 2; create++) {
			long n = 1;

			while (open_fails(&kinds[i], n, create == 1))
				n += n < SKIP_AFTER ? 1 : SKIP * SKIP;
		}
}

/* ---- backup ---- */

static void
a_backup_that_fails_leaves_no_file_and_one_that_is_there_is_whole(void **state)
{
	static const struct fault_kind kinds[] = {
		{ FAULTY_WRITE, SQLITE_FULL, false },
		{ FAULTY_SYNC, SQLITE_IOERR_FSYNC, false },
		{ FAULTY_READ, SQLITE_IOERR_READ, false },
		{ FAULTY_OPEN, SQLITE_CANTOPEN, false },
	};
	struct fixture *f = *state;
	struct history h;
	char file[128];

	(void)snprintf(file, sizeof(file), "%s/backup", f->dir);
	begin(f, &h);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		bool hit = true;

		for (long n = 1; hit; n += n < SKIP_AFTER ? 1 : SKIP) {
			struct op *op = fixture_op(f);
			enum err err;

			faulty_arm(kinds[i].call, n, kinds[i].code, false);
			err = store_backup(f->store, op, file);
			hit = faulty_disarm();
			/* what cannot be read back is taken for damaged */
			if (err != OK && (err != ERR_INTERNAL ||
					  kinds[i].call != FAULTY_READ))
				GIVES(ERR_DOWN, op, err);
			assert_int_equal(access(file, F_OK) == 0, err == OK);
			assert_int_not_equal(
				access(fixture_path(f, "backup.unfinished"),
				       F_OK),
				0);
			(void)unlink(file);
			arena_reset(f->arena);
		}
	}
	verify(f, &h);
}

/* ---- the power goes ---- */

struct power_writer {
	pthread_t thread;
	struct fixture *f;
	int64_t id;
	atomic_uint acknowledged;
	atomic_bool *stop;
};

static void *
write_numbers(void *arg)
{
	struct power_writer *w = arg;
	struct arena *arena = arena_open(4 * KIB);
	struct op op;

	for (unsigned i = 1; !atomic_load(w->stop); i++) {
		char text[1200]; /* some of the rows spill over their page */

		arena_reset(arena);
		op_init(&op, arena, NULL, 60000);
		op.may_wait = true;
		(void)snprintf(text, sizeof(text), "%u %0*u", i,
			       (int)(i * 37 % 1100), 7U);
		if (fixture_put(w->f->store, &op, w->id, text) == OK)
			atomic_store(&w->acknowledged, i);
	}
	arena_close(arena);
	return NULL;
}

/* Opens what the disk would hold, and looks at it. */
static void
power_cut(struct fixture *f, struct power_writer *w, unsigned seed)
{
	char dir[] = "/tmp/frontdesk-store-XXXXXX";
	struct fixture after = { .arena = f->arena, .options = f->options };
	unsigned least[WRITERS];
	struct op *op;

	for (size_t i = 0; i < WRITERS; i++)
		least[i] = atomic_load(&w[i].acknowledged);
	after.options.dir = mkdtemp(dir);
	faulty_power_cut(dir, seed);
	(void)snprintf(after.dir, sizeof(after.dir), "%s", dir);
	faulty_remember(false);
	op = fixture_op(&after);
	FINE(op, store_open(op, &after.options, &after.store));
	for (size_t i = 0; i < WRITERS; i++) {
		struct oof_stored got;

		FINE(op, store_oof_get(after.store, op, w[i].id, &got));
		if (least[i] > 0)
			assert_true((unsigned)atoi(
					    got.settings.internal->message) >=
				    least[i]);
	}
	fixture_sound(&after);
	store_close(after.store);
	fixture_remove(dir);
}

static void
one_run_until_the_power_goes(unsigned seed)
{
	void *state = NULL;
	struct fixture *f;
	static struct power_writer w[WRITERS];
	atomic_bool stop = false;

	faulty_remember(true);
	assert_int_equal(fixture_open(&state), 0);
	f = state;
	for (unsigned i = 0; i < WRITERS; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "user%u", i);
		w[i].f = f;
		w[i].stop = &stop;
		w[i].id = fixture_mailbox(f, name);
		atomic_store(&w[i].acknowledged, 0);
	}
	for (unsigned i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&w[i].thread, NULL,
						write_numbers, &w[i]),
				 0);
	(void)usleep(2000 + seed * 7919 % 60000);
	if (seed % 3 == 0) { /* in the midst of a checkpoint, perhaps */
		struct op *op = fixture_op(f);

		(void)store_maintain(f->store, op,
				     &(struct store_keep){ 1, 1, 1 });
		(void)usleep(seed * 104729 % 3000);
	}
	power_cut(f, w, seed);
	atomic_store(&stop, true);
	for (unsigned i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_join(w[i].thread, NULL), 0);
	assert_int_equal(fixture_close(&state), 0);
}

static void
a_power_cut_loses_nothing_acknowledged(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= CUTS; seed++)
		one_run_until_the_power_goes(seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		cmocka_unit_test(a_failing_write_loses_nothing_acknowledged),
		cmocka_unit_test(a_full_disk_loses_nothing_acknowledged),
		cmocka_unit_test(a_failing_sync_is_never_taken_for_success),
		cmocka_unit_test(a_failing_read_open_or_map_loses_nothing),
		cmocka_unit_test(an_allocation_that_fails_loses_nothing),
		cmocka_unit_test(a_failure_while_opening_or_making_can_be_tried_again),
		cmocka_unit_test_setup_teardown(a_backup_that_fails_leaves_no_file_and_one_that_is_there_is_whole,
						fixture_open, fixture_close),
		cmocka_unit_test(a_power_cut_loses_nothing_acknowledged),
		/* clang-format on */
	};

	faulty_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
