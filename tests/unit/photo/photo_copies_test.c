/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of pictures on their way into a directory, and out of it. */
#include "unit.h"

#include "base/digest.h"
#include "photo/photo_copies.h"

#define ADA 7
#define GONE 8
#define NOW 1700000000
#define VERSION 5

/* The picture in two sizes, the row, and what the directory says and gets. */
static struct {
	struct write_back row;
	size_t large, small; /* bytes of the variants */
	int64_t version;
	enum err write, keep;
	unsigned writes, kept;
	struct bytes wrote;
	size_t ours_n;
	size_t known_before; /* digests in the store when it is sent */
} scene;

static uint8_t pixels[PHOTO_COPY_MAX + 1];

enum err
store_mailbox_get(struct store *s, struct op *op, int64_t id,
		  const struct mailbox **out)
{
	static const struct mailbox ada = { .id = ADA, .address = "ada@x" };

	(void)s;
	*out = &ada;
	return id == ADA ? OK : FAIL(op, ERR_NOT_FOUND, "nobody");
}

/* 648 and 48 pixels. */
enum err
store_photo_get(struct store *s, struct op *op, int64_t mailbox, unsigned edge,
		unsigned want, struct photo *out)
{
	bool large = edge == 0 || edge >= 648;

	(void)s;
	(void)op;
	assert_int_equal(mailbox, ADA);
	assert_int_equal(want, PHOTO_JPEG);
	*out = (struct photo){
		.version = scene.version,
		.edge = large ? 648 : 48,
		.jpeg = { pixels, large ? scene.large : scene.small },
	};
	return OK;
}

enum err
store_write_back_list(struct store *s, struct op *op, size_t most,
		      struct write_back_list *out)
{
	(void)s;
	(void)op;
	assert_true(most > 0);
	*out = (struct write_back_list){ 1, &scene.row };
	return OK;
}

enum err
store_write_back_put(struct store *s, struct op *op,
		     const struct write_back *in)
{
	(void)s;
	scene.kept++;
	if (scene.keep != OK)
		return FAIL(op, scene.keep, "the store says so");
	scene.row = *in;
	return OK;
}

enum err
directory_picture_write(struct directory *d, struct op *op,
			const struct mailbox *mailbox,
			const struct picture_write *in)
{
	(void)d;
	assert_int_equal(mailbox->id, ADA);
	scene.writes++;
	scene.wrote = in->jpeg;
	scene.ours_n = in->ours_n;
	scene.known_before = scene.row.digests_n;
	return scene.write == OK
		       ? OK
		       : FAIL(op, scene.write, "the directory says so");
}

static struct op op;
static struct house house;

static int
setup(void **state)
{
	*state = arena_open(KIB);
	op_init(&op, *state, NULL, 1000);
	op.now = NOW;
	op.may_wait = true;
	memset(&scene, 0, sizeof(scene));
	scene.version = VERSION;
	scene.large = 100;
	scene.small = 10;
	scene.row = (struct write_back){ .mailbox = ADA,
					 .version = VERSION,
					 .wanted = WRITE_BACK_COPY,
					 .reason = "" };
	return 0;
}

static int
teardown(void **state)
{
	arena_close(*state);
	return 0;
}

static void
the_largest_that_fits_is_copied(void **state)
{
	/* clang-format off */
	static const struct { size_t large, small, wrote; } rows[] = {
		{ PHOTO_COPY_MAX, 10, PHOTO_COPY_MAX },
		{ PHOTO_COPY_MAX + 1, 10, 10 },
		{ PHOTO_COPY_MAX + 1, PHOTO_COPY_MAX, PHOTO_COPY_MAX },
		{ PHOTO_COPY_MAX + 1, PHOTO_COPY_MAX + 1, 0 },
	};
	/* clang-format on */

	(void)teardown(state);
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t digest[DIGEST_SIZE];

		(void)setup(state);
		scene.large = rows[i].large;
		scene.small = rows[i].small;
		assert_int_equal(photo_copies_run(&house, &op), OK);
		assert_int_equal(scene.wrote.n, rows[i].wrote);
		if (rows[i].wrote == 0) {
			assert_int_equal(scene.row.wanted, WRITE_BACK_COPY);
			(void)teardown(state);
			continue;
		}
		digest_sha256(scene.wrote, digest);
		assert_int_equal(scene.known_before, 1);
		assert_int_equal(scene.row.wanted, WRITE_BACK_NOTHING);
		assert_int_equal(scene.row.digests_n, 1);
		assert_memory_equal(scene.row.digest[0], digest,
				    sizeof(digest));
		(void)teardown(state);
	}
	(void)setup(state);
}

static void
what_fails_is_told_and_due_later_and_later(void **state)
{
	static const int64_t waits[] = { 30,  60,   120,  240, 480,
					 960, 1920, 3600, 3600 };

	(void)state;
	scene.write = ERR_DOWN;
	for (size_t i = 0; i < COUNT(waits); i++) {
		assert_int_equal(photo_copies_run(&house, &op), OK);
		assert_int_equal(scene.row.wanted, WRITE_BACK_COPY);
		assert_int_equal(scene.row.tries, i + 1);
		assert_int_equal(scene.row.due, NOW + waits[i]);
		assert_string_equal(scene.row.reason, "the directory says so");
		assert_int_equal(scene.row.digests_n, 1); /* it may be there */
	}
	scene.write = OK;
	assert_int_equal(photo_copies_run(&house, &op), OK);
	assert_int_equal(scene.row.wanted, WRITE_BACK_NOTHING);
	assert_string_equal(scene.row.reason, "");
}

/* Each picture leaves what may have arrived; the oldest is let go at last. */
static void
all_that_may_be_there_is_known(void **state)
{
	(void)state;
	scene.write = ERR_DOWN;
	for (size_t i = 1; i <= WRITE_BACK_DIGESTS_MAX + 1; i++) {
		scene.large = i;
		assert_int_equal(photo_copies_run(&house, &op), OK);
		assert_int_equal(scene.row.digests_n,
				 i < WRITE_BACK_DIGESTS_MAX
					 ? i
					 : WRITE_BACK_DIGESTS_MAX);
	}
	scene.write = OK;
	scene.row.wanted = WRITE_BACK_ERASE;
	assert_int_equal(photo_copies_run(&house, &op), OK);
	assert_null(scene.wrote.p);
	assert_int_equal(scene.ours_n, WRITE_BACK_DIGESTS_MAX);
	assert_int_equal(scene.row.digests_n, 0);
	assert_int_equal(scene.row.wanted, WRITE_BACK_NOTHING);
}

static void
what_is_no_longer_wanted_is_not_sent(void **state)
{
	(void)state;
	scene.version = VERSION + 1; /* another picture by now */
	assert_int_equal(photo_copies_run(&house, &op), OK);
	assert_int_equal(scene.writes + scene.kept, 0);
	scene.version = VERSION;
	scene.keep = ERR_CONFLICT; /* removed just now */
	assert_int_equal(photo_copies_run(&house, &op), OK);
	assert_int_equal(scene.writes, 0);
	scene.keep = ERR_DOWN;
	scene.row.wanted = WRITE_BACK_ERASE;
	assert_int_equal(photo_copies_run(&house, &op), ERR_DOWN);
	scene.keep = OK;
	scene.row.mailbox = GONE;
	assert_int_equal(photo_copies_run(&house, &op), OK);
	assert_int_equal(scene.row.wanted, WRITE_BACK_NOTHING);
	assert_int_equal(scene.row.digests_n, 0);
}

static void
a_source_that_takes_none_any_more_is_forgotten(void **state)
{
	(void)state;
	scene.write = ERR_NOT_FOUND;
	assert_int_equal(photo_copies_run(&house, &op), OK);
	assert_int_equal(scene.row.wanted, WRITE_BACK_NOTHING);
	assert_int_equal(scene.row.digests_n, 0);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(the_largest_that_fits_is_copied),
		ROW(what_fails_is_told_and_due_later_and_later),
		ROW(all_that_may_be_there_is_known),
		ROW(what_is_no_longer_wanted_is_not_sent),
		ROW(a_source_that_takes_none_any_more_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
