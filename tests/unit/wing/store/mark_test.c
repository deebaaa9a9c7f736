/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "wing/store/core.h"
#include "wing/store/mark.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FRAME 4120 /* bytes of the log's frame with its header */
#define NUMBER_MAX ((INT64_C(1) << 48) - 1)

static const char *const files[] = {
	"frontdesk.db", "frontdesk.db-wal", "frontdesk.db-mark",
	"photos.db",    "photos.db-wal",    "photos.db-mark",
};

static void
copy_file(const char *from, const char *to)
{
	static uint8_t bytes[MIB];
	int in = open(from, O_RDONLY), out;
	ssize_t n;

	(void)unlink(to);
	if (in < 0)
		return;
	n = read(in, bytes, sizeof(bytes));
	assert_true(n >= 0 && (size_t)n < sizeof(bytes));
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(out, bytes, (size_t)n), n);
	(void)close(in);
	(void)close(out);
}

/* What a killed process leaves: the files as they are, in the folder `name`. */
static const char *
leave(struct fixture *f, const char *name)
{
	const char *to = fixture_path(f, name);

	assert_true(mkdir(to, 0700) == 0 || access(to, F_OK) == 0);
	for (size_t i = 0; i < COUNT(files); i++)
		copy_file(fixture_path(f, files[i]),
			  op_print(&f->op, "%s/%s", to, files[i]));
	return to;
}

static void
discard(struct fixture *f, const char *name)
{
	fixture_remove(fixture_path(f, name));
}

static enum err
open_left(struct fixture *f, const char *dir)
{
	struct op *op = fixture_op(f);
	struct store_options options = f->options;
	struct store *store = NULL;
	enum err err;

	options.dir = dir;
	err = store_open(op, &options, &store);
	store_close(store);
	return err;
}

/* Two changes of each file: one that is moved out of the log, one in it. */
static void
write_both(struct fixture *f, const char *text)
{
	int64_t id = fixture_mailbox(f, text);
	struct op *op = fixture_op(f);
	struct photo_set picture;

	fixture_picture(op, 1, &picture);
	FINE(op, store_photo_put(f->store, op, id, &picture));
	fixture_reopen(f);
	op = fixture_op(f);
	FINE(op, fixture_put(f->store, op, id, text));
	FINE(op, store_photo_put(f->store, op, id, &picture));
}

enum harm { NOTHING, REMOVED, EMPTIED, LAST_FRAME, HALF };

static void
harm(const char *path, enum harm how)
{
	struct stat st;
	uint8_t byte;
	off_t at;
	int fd = open(path, O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	at = st.st_size - FRAME / 2;
	switch (how) {
	case NOTHING:
		break;
	case REMOVED:
		assert_int_equal(unlink(path), 0);
		break;
	case EMPTIED:
		assert_int_equal(ftruncate(fd, 0), 0);
		break;
	case HALF:
		assert_int_equal(ftruncate(fd, st.st_size - FRAME), 0);
		break;
	case LAST_FRAME:
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 0x40;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		break;
	}
	(void)close(fd);
}

/* Of each file; without its mark, as after a power cut, it passes. */
static void
a_log_that_lost_acknowledged_changes_is_told(void **state)
{
	static const struct {
		const char *says;
		enum harm how;
		bool marked;
		enum err gives;
	} rows[] = {
		{ "as it was left", NOTHING, true, OK },
		{ "removed", REMOVED, true, ERR_INTERNAL },
		{ "emptied", EMPTIED, true, ERR_INTERNAL },
		{ "cut", HALF, true, ERR_INTERNAL },
		{ "its last frame damaged", LAST_FRAME, true, ERR_INTERNAL },
		{ "removed, without mark", REMOVED, false, OK },
		{ "damaged, without mark", LAST_FRAME, false, OK },
	};
	struct fixture *f = *state;

	write_both(f, "anna");
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		const char *db = files[i % 2 * 3];
		const char *dir = leave(f, "left");
		enum err err;

		harm(op_print(&f->op, "%s/%s-wal", dir, db), rows[i / 2].how);
		if (!rows[i / 2].marked)
			assert_int_equal(
				unlink(op_print(&f->op, "%s/%s-mark", dir, db)),
				0);
		err = open_left(f, dir);
		if (err != rows[i / 2].gives)
			fail_msg("%s, %s: %s (%s)", db, rows[i / 2].says,
				 err_name(err), f->op.reason);
		if (err != OK)
			assert_non_null(strstr(f->op.reason,
					       "lacks acknowledged changes"));
		if (err != OK)
			assert_non_null(strstr(f->op.reason, db));
		discard(f, "left");
	}
}

/* A store that was closed has no log; one that is written on goes on. */
static void
a_sound_store_is_never_refused(void **state)
{
	struct fixture *f = *state;

	write_both(f, "anna");
	for (unsigned i = 0; i < 5; i++) {
		struct op *op;

		fixture_reopen(f);
		op = fixture_op(f);
		FINE(op, fixture_put(f->store, op, 1, "more"));
		op = fixture_op(f);
		FINE(op, open_left(f, f->dir)); /* beside the open one */
		FINE(op, open_left(f, leave(f, "left")));
		discard(f, "left");
	}
}

static void
an_older_mark_passes_and_is_raised(void **state)
{
	struct fixture *f = *state;
	const char *mark = fixture_path(f, "frontdesk.db-mark");
	const char *db = op_dup(fixture_op(f), fixture_path(f, files[0]));
	int64_t before, after;
	struct op *op;

	write_both(f, "anna");
	op = fixture_op(f);
	before = mark_read(op, db);
	assert_true(before > 0);
	copy_file(mark, fixture_path(f, "old"));
	FINE(op, fixture_put(f->store, op, 1, "again"));
	after = mark_read(op, db);
	assert_int_equal(after, before + 1);
	copy_file(fixture_path(f, "old"), mark);
	fixture_reopen(f);
	op = fixture_op(f);
	FINE(op, fixture_put(f->store, op, 1, "once more"));
	assert_int_equal(mark_read(op, db), after + 1);
}

/* What is damaged tells nothing, and the next commit mends it. */
static void
a_damaged_mark_is_none(void **state)
{
	struct fixture *f = *state;
	const char *db = fixture_path(f, files[0]);
	const char *path = fixture_path(f, "frontdesk.db-mark");
	struct op *op = fixture_op(f);
	int64_t good = mark_read(op, db);
	int fd = open(path, O_RDWR);

	assert_true(good > 0);
	for (unsigned bit = 0; bit < 64; bit++) {
		uint8_t byte;

		assert_int_equal(pread(fd, &byte, 1, bit / 8), 1);
		byte ^= (uint8_t)(1U << bit % 8);
		assert_int_equal(pwrite(fd, &byte, 1, bit / 8), 1);
		if (mark_read(op, db) != 0)
			fail_msg("bit %u is not noticed", bit);
		byte ^= (uint8_t)(1U << bit % 8);
		assert_int_equal(pwrite(fd, &byte, 1, bit / 8), 1);
	}
	assert_int_equal(mark_read(op, db), good);
	for (off_t size = 7; size >= 0; size -= 7) {
		assert_int_equal(ftruncate(fd, size), 0);
		assert_int_equal(mark_read(op, db), 0);
	}
	(void)fixture_mailbox(f, "berta");
	assert_true(mark_read(fixture_op(f), db) > good);
	(void)close(fd);
}

static void
a_mark_is_only_raised(void **state)
{
	static const struct {
		int64_t put, is;
	} rows[] = {
		{ 5, 5 },
		{ 4, 5 },
		{ 0, 5 },
		{ -1, 5 },
		{ 6, 6 },
		{ NUMBER_MAX + 1, 6 },
		{ NUMBER_MAX, NUMBER_MAX },
		{ 7, NUMBER_MAX },
	};
	struct fixture *f = *state;
	const char *db = fixture_path(f, "other");
	struct op *op = fixture_op(f);
	int fd = mark_open(op, db);

	assert_true(fd >= 0);
	assert_int_equal(mark_read(op, db), 0);
	mark_raise(-1, 3);
	for (size_t i = 0; i < COUNT(rows); i++) {
		mark_raise(fd, rows[i].put);
		assert_int_equal(mark_read(op, db), rows[i].is);
	}
	(void)close(fd);
	assert_int_equal(mark_open(op, fixture_path(f, "no/such")), -1);
}

/* Its mark is of what was put aside. */
static void
a_restored_store_has_no_mark_of_the_one_before(void **state)
{
	struct fixture *f = *state;
	const char *backup = fixture_path(f, "backup");
	struct op *op = fixture_op(f);

	FINE(op, store_backup(f->store, op, backup));
	write_both(f, "anna");
	store_close(f->store);
	f->store = NULL;
	op = fixture_op(f);
	FINE(op, store_restore(op, &f->options, backup, true));
	FINE(op, store_open(op, &f->options, &f->store));
	fixture_sound(f);
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(a_log_that_lost_acknowledged_changes_is_told),
		WITH_STORE(a_sound_store_is_never_refused),
		WITH_STORE(an_older_mark_passes_and_is_raised),
		WITH_STORE(a_damaged_mark_is_none),
		WITH_STORE(a_mark_is_only_raised),
		WITH_STORE(a_restored_store_has_no_mark_of_the_one_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
