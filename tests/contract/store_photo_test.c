/* SPDX-License-Identifier: Apache-2.0 */
/* The two layers of pictures, what is hidden, and copies on their way. */
#include "store_fixture.h"

#include <string.h>

#define ANNA_SEED 5
#define OFFICE_SEED 9

/* The uploaded picture of a seed. */
static void
upload(struct fixture *f, int64_t id, unsigned seed, bool write_back)
{
	struct op *op = fixture_op(f);
	struct photo_set set;

	fixture_picture(op, seed, &set);
	set.write_back = write_back;
	FINE(op, store_photo_put(f->store, op, id, &set));
}

/* The directory says that it has the picture of a seed; 0: nothing. */
static void
tell(struct fixture *f, int64_t id, unsigned seed, int64_t later)
{
	struct op *op = fixture_op(f);
	struct photo_told told = { .found = PHOTO_NONE };
	struct photo_set set;

	op->now += later;
	memset(told.digest, (int)seed, sizeof(told.digest));
	if (seed != 0) {
		fixture_picture(op, seed, &set);
		told.found = PHOTO_FOUND;
		told.set = &set;
	}
	FINE(op, store_photo_told(f->store, op, id, &told));
}

/* The seed of a layer's picture; 0: there is none. */
static int
seed_of(struct fixture *f, int64_t id, unsigned layer)
{
	struct op *op = fixture_op(f);
	struct photo facts, photo;
	enum err err = store_photo_get(f->store, op, id, 64, layer, &facts);

	if (err == ERR_NOT_FOUND) {
		GIVES(err, op,
		      store_photo_get(f->store, op, id, 64, layer | PHOTO_JPEG,
				      &photo));
		return 0;
	}
	FINE(op, err);
	FINE(op,
	     store_photo_get(f->store, op, id, 64, layer | PHOTO_JPEG, &photo));
	assert_int_equal(photo.version, facts.version);
	assert_int_equal(photo.edge, 64);
	return fixture_seed(&photo);
}

static struct photo_state
state_of(struct fixture *f, int64_t id)
{
	struct op *op = fixture_op(f);
	struct photo_state state;

	FINE(op, store_photo_state(f->store, op, id, &state));
	return state;
}

/* ---- layers ---- */

static void
both_layers_are_kept_and_neither_touches_the_other(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		unsigned upload, tell; /* seeds; 0: none, 99: not called */
		int uploaded, directory; /* then */
	} rows[] = {
		{ "the directory's comes first", 99, 9, 0, 9 },
		{ "an uploaded one joins it", 5, 99, 5, 9 },
		{ "the directory's changes", 99, 8, 5, 8 },
		{ "the directory says the same again", 99, 8, 5, 8 },
		{ "the uploaded one changes", 6, 99, 6, 8 },
		{ "the directory has none any more", 99, 0, 6, 0 },
		{ "the directory has one again", 99, 7, 6, 7 },
		{ "the uploaded one is removed", 0, 99, 0, 7 },
		{ "the directory has none", 99, 0, 0, 0 },
	};
	/* clang-format on */
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	int64_t other = fixture_mailbox(f, "bert");

	upload(f, other, 1, false);
	tell(f, other, 2, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct op *op = fixture_op(f);

		if (rows[i].upload == 0)
			FINE(op, store_photo_remove(f->store, op, id));
		else if (rows[i].upload != 99)
			upload(f, id, rows[i].upload, false);
		if (rows[i].tell != 99)
			tell(f, id, rows[i].tell, (int64_t)i);
		if (seed_of(f, id, PHOTO_FACTS) != rows[i].uploaded ||
		    seed_of(f, id, PHOTO_DIRECTORY) != rows[i].directory)
			fail_msg("%s", rows[i].name);
		assert_int_equal(state_of(f, id).uploaded,
				 rows[i].uploaded != 0);
		fixture_sound(f);
	}
	assert_int_equal(seed_of(f, other, PHOTO_FACTS), 1);
	assert_int_equal(seed_of(f, other, PHOTO_DIRECTORY), 2);
}

static void
what_the_directory_said_is_kept_with_its_time(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct photo_told same = { .found = PHOTO_FOUND };
	struct photo_told bad = { .found = PHOTO_UNDECODABLE };
	struct photo_state known = state_of(f, id);
	struct photo before, after;
	int64_t now;

	assert_int_equal(known.found, PHOTO_NOT_ASKED);
	assert_int_equal(known.checked, 0);
	tell(f, id, OFFICE_SEED, 0);
	FINE(op,
	     store_photo_get(f->store, op, id, 0, PHOTO_DIRECTORY, &before));
	op = fixture_op(f);
	op->now += 50;
	now = op->now;
	memset(same.digest, OFFICE_SEED, sizeof(same.digest));
	FINE(op, store_photo_told(f->store, op, id, &same));
	known = state_of(f, id);
	assert_int_equal(known.found, PHOTO_FOUND);
	assert_int_equal(known.checked, now);
	FINE(op, store_photo_get(f->store, op, id, 0, PHOTO_DIRECTORY, &after));
	assert_int_equal(after.version, before.version);
	assert_int_equal(after.changed, before.changed);
	/* the same picture among other values: as good as the same */
	tell(f, id, OFFICE_SEED, 60);
	FINE(op, store_photo_get(f->store, op, id, 0, PHOTO_DIRECTORY, &after));
	assert_int_equal(after.changed, before.changed);

	op = fixture_op(f);
	same.digest[0]++;
	GIVES(ERR_CONFLICT, op, store_photo_told(f->store, op, id, &same));
	FINE(op, store_photo_told(f->store, op, id, &bad));
	assert_int_equal(state_of(f, id).found, PHOTO_UNDECODABLE);
	assert_int_equal(seed_of(f, id, PHOTO_DIRECTORY), 0);
	GIVES(ERR_NOT_FOUND, op, store_photo_told(f->store, op, 99, &bad));
	fixture_sound(f);
}

static void
a_picture_of_a_directory_has_the_limits_of_any(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct photo_set set;
	struct photo_told told = { .found = PHOTO_FOUND, .set = &set };

	fixture_picture(op, OFFICE_SEED, &set);
	set.variant[2].edge = PHOTO_EDGE_MAX + 1;
	GIVES(ERR_INVALID, op, store_photo_told(f->store, op, id, &told));
	set.variant[2].edge = PHOTO_EDGE_MAX;
	FINE(op, store_photo_told(f->store, op, id, &told));
	op->may_wait = false;
	GIVES(ERR_WAIT, op, store_photo_told(f->store, op, id, &told));
	GIVES(ERR_WAIT, op, store_photo_hide(f->store, op, id, true));
	assert_int_equal(op->wait_for, POOL_WRITE);
}

static void
all_of_it_goes_with_the_mailbox_and_survives_a_start(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op;

	tell(f, id, OFFICE_SEED, 0);
	upload(f, id, ANNA_SEED, true);
	op = fixture_op(f);
	FINE(op, store_photo_hide(f->store, op, id, true));
	fixture_reopen(f);
	assert_true(state_of(f, id).hidden);
	assert_int_equal(seed_of(f, id, PHOTO_FACTS), ANNA_SEED);
	assert_int_equal(seed_of(f, id, PHOTO_DIRECTORY), OFFICE_SEED);
	op = fixture_op(f);
	FINE(op, store_mailbox_remove(f->store, op, id));
	assert_int_equal(seed_of(f, id, PHOTO_FACTS), 0);
	assert_int_equal(seed_of(f, id, PHOTO_DIRECTORY), 0);
	assert_false(state_of(f, id).hidden);
	fixture_sound(f);
}

static void
a_backup_has_both_layers(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	const char *file = fixture_path(f, "backup");

	tell(f, id, OFFICE_SEED, 0);
	upload(f, id, ANNA_SEED, true);
	FINE(op, store_photo_hide(f->store, op, id, true));
	FINE(op, store_backup(f->store, op, file));
	upload(f, id, 6, false);
	tell(f, id, 0, 1);
	store_close(f->store);
	f->store = NULL;
	FINE(op, store_restore(op, &f->options, file, true));
	FINE(op, store_open(op, &f->options, &f->store));
	assert_int_equal(seed_of(f, id, PHOTO_FACTS), ANNA_SEED);
	assert_int_equal(seed_of(f, id, PHOTO_DIRECTORY), OFFICE_SEED);
	assert_true(state_of(f, id).hidden);
	fixture_sound(f);
}

/* ---- hidden ---- */

static void
hidden_stays_until_it_is_ended_or_a_picture_comes(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);

	FINE(op, store_photo_hide(f->store, op, id, true));
	assert_true(state_of(f, id).hidden);
	tell(f, id, OFFICE_SEED, 0);
	assert_true(state_of(f, id).hidden);
	FINE(op, store_photo_remove(f->store, op, id));
	assert_true(state_of(f, id).hidden);
	FINE(op, store_photo_hide(f->store, op, id, false));
	assert_false(state_of(f, id).hidden);
	assert_int_equal(state_of(f, id).found, PHOTO_FOUND);
	FINE(op, store_photo_hide(f->store, op, id, true));
	upload(f, id, ANNA_SEED, false);
	assert_false(state_of(f, id).hidden);
	FINE(op, store_photo_hide(f->store, op, id, true));
	assert_int_equal(seed_of(f, id, PHOTO_FACTS), ANNA_SEED);
	GIVES(ERR_NOT_FOUND, op, store_photo_hide(f->store, op, 99, true));
	fixture_sound(f);
}

static void
lists_tell_what_is_shown(void **state)
{
	struct fixture *f = *state;
	int64_t id[5];
	struct photo_list list;
	struct op *op;

	for (unsigned i = 0; i < COUNT(id); i++)
		id[i] = fixture_mailbox(f,
					(const char[]){ (char)('a' + i), 0 });
	upload(f, id[0], 1, false);
	tell(f, id[0], 2, 0);
	tell(f, id[1], 3, 0);
	tell(f, id[2], 0, 0); /* none: not in the list */
	op = fixture_op(f);
	FINE(op, store_photo_hide(f->store, op, id[3], true));
	upload(f, id[4], 4, false);
	FINE(op, store_photo_hide(f->store, op, id[4], true));
	FINE(op, store_photo_list_all(f->store, op, 0, SIZE_MAX, &list));
	assert_int_equal(list.n, 4);
	assert_int_equal(list.item[0].layer, PHOTO_UPLOADED);
	assert_int_equal(list.item[1].layer, PHOTO_OF_DIRECTORY);
	assert_int_equal(list.item[1].width, 640);
	assert_int_equal(list.item[2].layer, 0);
	assert_true(list.item[2].hidden);
	assert_int_equal(list.item[3].layer, PHOTO_UPLOADED);
	assert_true(list.item[3].hidden);
	FINE(op, store_photo_list_all(f->store, op, id[0], 2, &list));
	assert_int_equal(list.n, 2);
	assert_int_equal(list.item[1].mailbox->id, id[3]);
	FINE(op, store_photo_list(f->store, op, 0, 10, &list));
	assert_int_equal(list.n, 2);
	assert_int_equal(list.item[1].mailbox->id, id[4]);
}

/* ---- copies in a directory ---- */

static struct write_back
copy_of(struct fixture *f, int64_t id)
{
	struct op *op = fixture_op(f);
	struct write_back row;

	FINE(op, store_write_back_get(f->store, op, id, &row));
	return row;
}

static void
a_copy_is_wanted_with_the_picture_and_done_later(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct write_back_list due;
	struct write_back row;

	upload(f, id, ANNA_SEED, false);
	GIVES(ERR_NOT_FOUND, op, store_write_back_get(f->store, op, id, &row));
	upload(f, id, ANNA_SEED, true);
	FINE(op, store_write_back_list(f->store, op, 10, &due));
	assert_int_equal(due.n, 1);
	row = due.row[0];
	assert_int_equal(row.wanted, WRITE_BACK_COPY);
	row.digests_n = 1; /* on its way */
	memset(row.digest[0], 0x77, sizeof(row.digest[0]));
	row.due = op->now + 60;
	row.reason = "the directory is down";
	row.tries = 1;
	FINE(op, store_write_back_put(f->store, op, &row));
	FINE(op, store_write_back_list(f->store, op, 10, &due));
	assert_int_equal(due.n, 0);
	op->now += 60;
	FINE(op, store_write_back_list(f->store, op, 10, &due));
	assert_int_equal(due.n, 1);
	assert_string_equal(due.row[0].reason, "the directory is down");
	row.wanted = WRITE_BACK_NOTHING;
	FINE(op, store_write_back_put(f->store, op, &row));
	assert_int_equal(copy_of(f, id).digests_n, 1);
	upload(f, id, 6, true);
	GIVES(ERR_CONFLICT, op, store_write_back_put(f->store, op, &row));
	assert_int_equal(copy_of(f, id).digests_n, 1);
	fixture_sound(f);
}

static void
a_removed_picture_does_not_come_back_as_its_copy(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op;
	struct write_back row;

	upload(f, id, ANNA_SEED, true);
	row = copy_of(f, id);
	row.wanted = WRITE_BACK_NOTHING;
	row.digests_n = 1;
	memset(row.digest[0], OFFICE_SEED, sizeof(row.digest[0]));
	op = fixture_op(f);
	FINE(op, store_write_back_put(f->store, op, &row));
	tell(f, id, OFFICE_SEED, 0); /* the copy, as the directory has it */
	assert_int_equal(seed_of(f, id, PHOTO_DIRECTORY), OFFICE_SEED);
	FINE(op, store_photo_remove(f->store, op, id));
	assert_int_equal(copy_of(f, id).wanted, WRITE_BACK_ERASE);
	assert_int_equal(seed_of(f, id, PHOTO_DIRECTORY), 0);
	assert_int_equal(state_of(f, id).found, PHOTO_NONE);
	tell(f, id, OFFICE_SEED, 1); /* it is still there */
	assert_int_equal(state_of(f, id).found, PHOTO_NONE);
	tell(f, id, 3, 2); /* somebody else's is another matter */
	assert_int_equal(seed_of(f, id, PHOTO_DIRECTORY), 3);
	row = copy_of(f, id);
	row.wanted = WRITE_BACK_NOTHING;
	row.digests_n = 0;
	FINE(op, store_write_back_put(f->store, op, &row));
	GIVES(ERR_NOT_FOUND, op, store_write_back_get(f->store, op, id, &row));
	fixture_sound(f);
}

static void
what_was_never_begun_is_not_erased(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op;
	struct write_back row;

	upload(f, id, ANNA_SEED, true);
	op = fixture_op(f);
	FINE(op, store_photo_remove(f->store, op, id));
	GIVES(ERR_NOT_FOUND, op, store_write_back_get(f->store, op, id, &row));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_layers_are_kept_and_neither_touches_the_other),
		TEST(what_the_directory_said_is_kept_with_its_time),
		TEST(a_picture_of_a_directory_has_the_limits_of_any),
		TEST(all_of_it_goes_with_the_mailbox_and_survives_a_start),
		TEST(a_backup_has_both_layers),
		TEST(hidden_stays_until_it_is_ended_or_a_picture_comes),
		TEST(lists_tell_what_is_shown),
		TEST(a_copy_is_wanted_with_the_picture_and_done_later),
		TEST(a_removed_picture_does_not_come_back_as_its_copy),
		TEST(what_was_never_begun_is_not_erased),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
