/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "wing/store/core.h"
#include "wing/store/log_check.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMITS 12
#define FRAME 4120 /* bytes of a frame with its header */
#define HEAD 32

/* A log of some commits, as a killed process leaves it: a copy, beside. */
struct left {
	char path[256]; /* of the database */
	char log[256];
	int fd;
	off_t size;
};

static void
leave(struct fixture *f, struct left *out)
{
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	static uint8_t bytes[1024 * 1024];
	int from;

	/* the log begins anew, so that all of its frames are of these */
	fixture_reopen(f);
	op = fixture_op(f);
	for (unsigned i = 0; i < COMMITS; i++)
		FINE(op, fixture_put(f->store, op, id, "text"));
	(void)snprintf(out->path, sizeof(out->path), "%s/copy", f->dir);
	(void)snprintf(out->log, sizeof(out->log), "%s/copy-wal", f->dir);
	from = open(fixture_path(f, "frontdesk.db-wal"), O_RDONLY);
	assert_true(from >= 0);
	out->size = read(from, bytes, sizeof(bytes));
	(void)close(from);
	assert_true(out->size >= HEAD + COMMITS * 2 * FRAME);
	out->fd = open(out->log, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(out->fd, bytes, (size_t)out->size), out->size);
}

static void
flip(const struct left *left, off_t at)
{
	uint8_t byte;

	assert_int_equal(pread(left->fd, &byte, 1, at), 1);
	byte ^= 0x40;
	assert_int_equal(pwrite(left->fd, &byte, 1, at), 1);
}

static void
a_sound_log_passes_and_so_does_none(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct left left;

	FINE(op, log_check(op, fixture_path(f, "nothing")));
	leave(f, &left);
	op = fixture_op(f);
	FINE(op, log_check(op, left.path));
	FINE(op, log_check(op, fixture_path(f, "frontdesk.db")));
	(void)close(left.fd);
}

/* Each part of a frame's header, and of its page; not of the last commits. */
static void
damage_before_whole_commits_is_told(void **state)
{
	static const off_t places[] = {
		0, 3, 4, 8, 12, 16, 20, 24, 2000, 4119
	};
	struct fixture *f = *state;
	struct left left;
	struct op *op;

	leave(f, &left);
	for (off_t frame = 0; frame < COMMITS; frame++)
		for (size_t i = 0; i < COUNT(places); i++) {
			off_t at = HEAD + frame * FRAME + places[i];

			op = fixture_op(f);
			flip(&left, at);
			if (log_check(op, left.path) != ERR_INTERNAL)
				fail_msg("not told at %jd", (intmax_t)at);
			flip(&left, at);
		}
	for (off_t at = 0; at < HEAD; at++) {
		op = fixture_op(f);
		flip(&left, at);
		if (log_check(op, left.path) != ERR_INTERNAL)
			fail_msg("not told at %jd", (intmax_t)at);
		flip(&left, at);
	}
	op = fixture_op(f);
	FINE(op, log_check(op, left.path));
	(void)close(left.fd);
}

/* What a crash leaves: any length, any loss in the last commit. */
static void
a_torn_end_is_no_damage(void **state)
{
	struct fixture *f = *state;
	struct left left;
	struct op *op;

	leave(f, &left);
	flip(&left, HEAD + (left.size - HEAD) / FRAME * FRAME - 100);
	op = fixture_op(f);
	FINE(op, log_check(op, left.path));
	for (off_t size = left.size; size > 0; size -= 1111) {
		assert_int_equal(ftruncate(left.fd, size), 0);
		FINE(op, log_check(op, left.path));
	}
	(void)close(left.fd);
}

/* Frames of the time before the log began anew lie behind its end. */
static void
old_frames_behind_the_end_are_no_damage(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	const struct db_options options = {
		.path = fixture_path(f, "frontdesk.db"),
		.write = true,
		.cache_kib = 512,
	};
	struct db *db = NULL;

	for (unsigned i = 0; i < COMMITS; i++)
		FINE(op, fixture_put(f->store, op, id, "text"));
	FINE(op, db_open(op, &options, &db));
	assert_int_equal(db_tidy(db, true), 0);
	db_close(db);
	FINE(op, fixture_put(f->store, op, id, "new"));
	FINE(op, log_check(op, options.path));
}

static void
a_store_with_such_a_log_is_not_opened(void **state)
{
	struct fixture *f = *state;
	struct left left;
	struct op *op;

	leave(f, &left);
	store_close(f->store);
	f->store = NULL;
	flip(&left, HEAD + 100);
	assert_int_equal(rename(left.log, fixture_path(f, "frontdesk.db-wal")),
			 0);
	op = fixture_op(f);
	GIVES(ERR_INTERNAL, op, store_open(op, &f->options, &f->store));
	assert_non_null(strstr(op->reason, "frontdesk.db-wal"));
	(void)close(left.fd);
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(a_sound_log_passes_and_so_does_none),
		WITH_STORE(damage_before_whole_commits_is_told),
		WITH_STORE(a_torn_end_is_no_damage),
		WITH_STORE(old_frames_behind_the_end_are_no_damage),
		WITH_STORE(a_store_with_such_a_log_is_not_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
