/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may happen to files and disks. What is read is what was stored, or an
 * error that says why; never something else, and never "there is none".
 */
#include "store_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#define MAILBOXES 30
#define PICTURES 4
#define FLIPS 250       /* of one file, besides its header */
#define HEADER_SIZE 100 /* bytes, of which each is flipped */
#define BACKUP_FLIPS 40
#define NOBODY 65534

static const char *const files[] = { "frontdesk.db", "photos.db" };

/* ---- damage ---- */

static const char *
text_of(struct op *op, unsigned i)
{
	return op_print(op, "message %u %0*u", i, (int)(i * 40), i);
}

static void
fill(struct fixture *f)
{
	for (unsigned i = 0; i < MAILBOXES; i++) {
		char name[16];
		int64_t id;
		struct op *op;
		struct photo_set set;

		(void)snprintf(name, sizeof(name), "user%u", i);
		id = fixture_mailbox(f, name);
		op = fixture_op(f);
		FINE(op, fixture_put(f->store, op, id, text_of(op, i)));
		fixture_picture(op, i, &set);
		if (i < PICTURES)
			FINE(op, store_photo_put(f->store, op, id, &set));
	}
}

/* An answer that is not the right one must be damage that is named, or a
 * failure that may pass. */
static void
honest(enum err err, const char *what, size_t offset)
{
	if (err != ERR_INTERNAL && err != ERR_DOWN)
		fail_msg("%s gives \"%s\" after a flip at %zu", what,
			 err_name(err), offset);
}

static void
mailbox_right_or_error(struct store *s, struct op *op, unsigned i, size_t at)
{
	const char *address = op_print(op, "user%u@example.com", i);
	const struct mailbox *m = NULL;
	struct oof_stored got;
	struct photo photo;
	enum err err = store_mailbox_find(s, op, address, &m);

	if (err != OK) {
		honest(err, address, at);
		return;
	}
	assert_string_equal(m->address, address);
	assert_int_equal(m->id, i + 1);
	assert_string_equal(m->password, "$y$hash");
	err = store_oof_get(s, op, m->id, &got);
	if (err != OK)
		honest(err, "oof", at);
	else
		assert_string_equal(got.settings.internal->message,
				    text_of(op, i));
	if (i >= PICTURES)
		return;
	err = store_photo_get(s, op, m->id, 64, true, &photo);
	if (err != OK)
		honest(err, "photo", at);
	else
		assert_int_equal(fixture_seed(&photo), i);
}

/* True when the damage was noticed. */
static bool
all_right_or_error(struct fixture *f, size_t at)
{
	struct op *op = fixture_op(f);
	struct store *s = NULL;
	enum err err;

	arena_reset(f->arena);
	err = store_open(op, &f->options, &s);
	if (err != OK) {
		if (err != ERR_INVALID) /* "of another program, or damaged" */
			honest(err, "open", at);
		return true;
	}
	for (unsigned i = 0; i < MAILBOXES; i++)
		mailbox_right_or_error(s, op, i, at);
	err = store_check(s, op, NULL, NULL);
	if (err != OK)
		honest(err, "check", at);
	store_close(s);
	return err != OK;
}

static void
flip(int fd, off_t at, uint8_t mask)
{
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= mask;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static void
a_flipped_byte_anywhere_is_never_served(void **state)
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff, 0x20 };
	struct fixture *f = *state;
	size_t unnoticed = 0;

	fill(f);
	store_close(f->store);
	f->store = NULL;
	for (size_t i = 0; i < COUNT(files); i++) {
		int fd = open(fixture_path(f, files[i]), O_RDWR);
		off_t size = lseek(fd, 0, SEEK_END);

		assert_true(size > 20 * 1024);
		for (size_t n = 0; n < HEADER_SIZE + FLIPS; n++) {
			size_t at = n < HEADER_SIZE
					    ? n
					    : (n * 2654435761U) % (size_t)size;
			uint8_t mask = masks[n % COUNT(masks)];

			flip(fd, (off_t)at, mask);
			unnoticed += !all_right_or_error(f, at);
			flip(fd, (off_t)at, mask);
		}
		assert_int_equal(close(fd), 0);
	}
	assert_int_equal(unnoticed, 0); /* the check finds each of them */
	assert_false(all_right_or_error(f, 0));
}

static void
a_file_that_shrank_is_damage(void **state)
{
	static const off_t sizes[] = { 0, 1, 99, 100, 4095, 4096, 8192, 20480 };
	struct fixture *f = *state;
	char *kept = NULL;

	fill(f);
	store_close(f->store);
	f->store = NULL;
	for (size_t i = 0; i < COUNT(files); i++) {
		int fd = open(fixture_path(f, files[i]), O_RDWR);
		off_t size = lseek(fd, 0, SEEK_END);

		kept = realloc(kept, (size_t)size);
		assert_int_equal(pread(fd, kept, (size_t)size, 0), size);
		for (size_t n = 0; n < COUNT(sizes); n++) {
			assert_int_equal(ftruncate(fd, sizes[n]), 0);
			assert_true(all_right_or_error(f, (size_t)sizes[n]));
			assert_int_equal(lseek(fd, 0, SEEK_END), sizes[n]);
		}
		assert_int_equal(pwrite(fd, kept, (size_t)size, 0), size);
		assert_int_equal(close(fd), 0);
	}
	free(kept);
	assert_false(all_right_or_error(f, 0));
}

/* ---- files that are not ours, or not all there ---- */

static void
refused(struct fixture *f, enum err wanted, const char *word)
{
	struct op *op = fixture_op(f);
	struct store *s = NULL;

	GIVES(wanted, op, store_open(op, &f->options, &s));
	if (strstr(op->reason, word) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", op->reason, word);
}

static void
a_missing_file_is_told_and_not_made_anew(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	f->store = NULL;
	for (size_t i = 0; i < COUNT(files); i++) {
		const char *path = fixture_path(f, files[i]);
		const char *away = fixture_path(f, "away");

		assert_int_equal(rename(path, away), 0);
		f->options.create = false;
		refused(f, ERR_INTERNAL, files[i]);
		f->options.create = true;
		refused(f, ERR_CONFLICT, "holds a store already");
		f->options.create = false;
		assert_int_not_equal(access(path, F_OK), 0);
		assert_int_equal(rename(away, path), 0);
	}
	fixture_reopen(f);
}

static void
a_file_of_another_program_is_refused_and_left_alone(void **state)
{
	struct fixture *f = *state;
	const char *path = fixture_path(f, files[0]);
	struct stat before, after;
	sqlite3 *lite;

	store_close(f->store);
	f->store = NULL;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sqlite3_open(path, &lite), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(lite, "CREATE TABLE t (a)", NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_close(lite), SQLITE_OK);
	assert_int_equal(stat(path, &before), 0);
	refused(f, ERR_INVALID, "another program");
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(stat(path, &before), 0);
	refused(f, ERR_INTERNAL, "empty");
	f->options.create = true;
	refused(f, ERR_CONFLICT, "already");
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void
files_of_two_stores_do_not_go_together(void **state)
{
	struct fixture *f = *state;
	void *other_state = NULL;
	struct fixture *other;

	assert_int_equal(fixture_open(&other_state), 0);
	other = other_state;
	store_close(f->store);
	f->store = NULL;
	store_close(other->store);
	other->store = NULL;
	assert_int_equal(rename(fixture_path(other, files[1]),
				fixture_path(f, files[1])),
			 0);
	refused(f, ERR_INTERNAL, "different stores");
	assert_int_equal(fixture_close(&other_state), 0);
}

static void
a_newer_store_is_refused_by_name(void **state)
{
	struct fixture *f = *state;
	sqlite3 *lite;

	store_close(f->store);
	f->store = NULL;
	assert_int_equal(sqlite3_open_v2(fixture_path(f, files[1]), &lite,
					 SQLITE_OPEN_READWRITE, "frontdesk"),
			 SQLITE_OK);
	assert_int_equal(sqlite3_exec(lite, "PRAGMA user_version = 77", NULL,
				      NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_close(lite), SQLITE_OK);
	refused(f, ERR_INVALID, "schema 77");
	f->options.migrate = true;
	refused(f, ERR_INVALID, "schema 77");
}

static void
files_that_are_taken_away_are_missed(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	const char *path = fixture_path(f, files[0]);
	const char *away = fixture_path(f, "away");
	struct oof_stored got;

	FINE(op, fixture_put(f->store, op, id, "one"));
	assert_int_equal(rename(path, away), 0);
	GIVES(ERR_DOWN, op, store_ping(f->store, op));
	GIVES(ERR_DOWN, op, fixture_put(f->store, op, id, "two"));
	assert_int_equal(rename(away, path), 0);
	FINE(op, store_ping(f->store, op));
	FINE(op, fixture_put(f->store, op, id, "three"));
	FINE(op, store_oof_get(f->store, op, id, &got));
	assert_string_equal(got.settings.internal->message, "three");
}

/* ---- backups ---- */

static void
a_damaged_backup_restores_nothing(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	const char *path = fixture_path(f, "backup");
	off_t size;
	int fd;

	fill(f);
	FINE(op, store_backup(f->store, op, path));
	store_close(f->store);
	f->store = NULL;
	fd = open(path, O_RDWR);
	size = lseek(fd, 0, SEEK_END);
	for (unsigned i = 0; i < BACKUP_FLIPS; i++) {
		off_t at = i * 2654435761U % size;
		enum err err;

		flip(fd, at, 0x10);
		arena_reset(f->arena);
		op = fixture_op(f);
		err = store_restore(op, &f->options, path, true);
		if (err != ERR_INTERNAL && err != ERR_INVALID)
			fail_msg("flip at %jd: %s", (intmax_t)at,
				 err_name(err));
		flip(fd, at, 0x10);
	}
	assert_int_equal(close(fd), 0);
	assert_int_not_equal(
		access(fixture_path(f, "frontdesk.db.replaced-1"), F_OK), 0);
	assert_false(all_right_or_error(f, 0));
}

/* ---- no room, no right to write: in a child, which they hold for ---- */

static void
limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Writes until there is no room; the number that was acknowledged last. */
static unsigned
write_until_full(struct fixture *f)
{
	static char filler[20000];
	unsigned last = 0;

	memset(filler, 'x', sizeof(filler) - 1);
	for (unsigned i = 1; i < 2000; i++) {
		struct op *op = fixture_op(f);
		enum err err = fixture_put(f->store, op, 1 + i % 2,
					   op_print(op, "%u %s", i, filler));

		if (err != OK) {
			GIVES(ERR_DOWN, op, err);
			assert_non_null(op->reason);
			return last;
		}
		last = i;
		arena_reset(f->arena);
	}
	fail_msg("the limit was never reached");
	return 0;
}

static void
number_is(struct fixture *f, unsigned number)
{
	struct op *op = fixture_op(f);
	struct oof_stored got;

	FINE(op, store_oof_get(f->store, op, 1 + number % 2, &got));
	assert_int_equal(atoi(got.settings.internal->message), number);
}

static void
full_disk_child(struct fixture *f)
{
	unsigned last;
	struct op *op;
	struct photo_set set;

	(void)signal(SIGXFSZ, SIG_IGN);
	fixture_reopen(f);
	(void)fixture_mailbox(f, "a");
	(void)fixture_mailbox(f, "b");
	for (unsigned round = 1; round <= 3; round++) {
		limit_files(round * MIB);
		last = write_until_full(f);
		number_is(f, last);
		op = fixture_op(f);
		FINE(op, store_ping(f->store, op));
		(void)usleep(400000); /* the log may be tidied meanwhile */
		number_is(f, last);
	}
	limit_files(RLIM_INFINITY);
	op = fixture_op(f);
	FINE(op, fixture_put(f->store, op, 1, "42")); /* without opening anew */
	fixture_picture(op, 3, &set);
	FINE(op, store_photo_put(f->store, op, 1, &set));
	number_is(f, last % 2 == 1 ? last : 42);
	fixture_sound(f);
	fixture_reopen(f);
	fixture_sound(f);
}

/* As somebody who may read the files and no more. */
static void
read_only_child(struct fixture *f)
{
	struct op *op;
	enum err err;

	for (size_t i = 0; i < COUNT(files); i++)
		assert_int_equal(chmod(fixture_path(f, files[i]), 0444), 0);
	assert_int_equal(chmod(f->dir, 0555), 0);
	if (geteuid() == 0) {
		assert_int_equal(setgid(NOBODY), 0);
		assert_int_equal(setuid(NOBODY), 0);
	}
	op = fixture_op(f);
	err = store_open(op, &f->options, &f->store);
	if (err == OK) { /* then it reads, and refuses to write */
		const struct mailbox *m;

		FINE(op, store_mailbox_find(f->store, op, "a@example.com", &m));
		GIVES(ERR_DOWN, op, fixture_put(f->store, op, m->id, "x"));
	}
	if (err != OK)
		GIVES(ERR_DOWN, op, err);
	assert_non_null(op->reason);
}

/* Runs it in a child, for what cannot be taken back. */
static void
in_child(struct fixture *f, void (*run)(struct fixture *))
{
	int status = -1;
	pid_t pid;

	store_close(f->store);
	f->store = NULL;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)alarm(120);
		run(f);
		store_close(f->store);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
a_full_disk_refuses_writes_reads_on_and_recovers(void **state)
{
	in_child(*state, full_disk_child);
}

static void
read_only_files_are_refused_with_a_reason(void **state)
{
	struct fixture *f = *state;

	(void)fixture_mailbox(f, "a");
	in_child(f, read_only_child);
	assert_int_equal(chmod(f->dir, 0755), 0);
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		WITH_STORE(a_flipped_byte_anywhere_is_never_served),
		WITH_STORE(a_file_that_shrank_is_damage),
		WITH_STORE(a_missing_file_is_told_and_not_made_anew),
		WITH_STORE(a_file_of_another_program_is_refused_and_left_alone),
		WITH_STORE(files_of_two_stores_do_not_go_together),
		WITH_STORE(a_newer_store_is_refused_by_name),
		WITH_STORE(files_that_are_taken_away_are_missed),
		WITH_STORE(a_damaged_backup_restores_nothing),
		WITH_STORE(a_full_disk_refuses_writes_reads_on_and_recovers),
		WITH_STORE(read_only_files_are_refused_with_a_reason),
		/* clang-format on */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
