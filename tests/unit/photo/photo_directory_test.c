/* SPDX-License-Identifier: Apache-2.0 */
/* Which picture is shown, and when a directory is asked for it. */
#include "unit.h"

#include "base/digest.h"
#include "model/settings.h"
#include "photo/photo_directory.h"
#include "photo/photo_find.h"

#define ADA 7
#define NOW 1700000000
#define REFRESH 900
#define STALE 86400

/* What the stand-ins have, are to say, and were asked. */
static struct {
	struct photo_state state;
	unsigned layers; /* that store_photo_get has: 1 uploaded, 2 directory */
	enum err age, ask, decode, tell;
	struct person person;
	struct person_picture picture[2];
	unsigned asked, decoded, told;
	struct photo_told last;
} scene;

enum err
directory_resolve(struct directory *d, struct op *op, const char *address,
		  int64_t organization, const struct mailbox **out)
{
	static const struct mailbox ada = { .id = ADA };

	(void)d;
	(void)address;
	(void)organization;
	assert_int_equal(op->want, PERSON_WANT_PICTURES);
	*out = &ada;
	return OK;
}

enum err
store_mailbox_get(struct store *s, struct op *op, int64_t id,
		  const struct mailbox **out)
{
	static const struct mailbox ada = { .id = ADA, .address = "ada@x" };

	(void)s;
	(void)op;
	assert_int_equal(id, ADA);
	*out = &ada;
	return OK;
}

enum err
store_photo_state(struct store *s, struct op *op, int64_t mailbox,
		  struct photo_state *out)
{
	(void)s;
	(void)op;
	*out = mailbox == ADA ? scene.state : (struct photo_state){ 0 };
	return OK;
}

enum err
store_photo_get(struct store *s, struct op *op, int64_t mailbox, unsigned edge,
		unsigned want, struct photo *out)
{
	unsigned layer =
		want & PHOTO_DIRECTORY ? PHOTO_OF_DIRECTORY : PHOTO_UPLOADED;

	(void)s;
	assert_int_equal(mailbox, ADA);
	if ((scene.layers & layer) == 0)
		return FAIL(op, ERR_NOT_FOUND, "no such layer");
	*out = (struct photo){ .layer = layer, .edge = edge };
	if (want & PHOTO_JPEG)
		out->jpeg = bytes_of("JPEG");
	return OK;
}

enum err
directory_picture_age(struct directory *d, struct op *op,
		      const struct mailbox *mailbox, struct directory_age *out)
{
	(void)d;
	if (mailbox->id != ADA || scene.age != OK)
		return FAIL(op, ERR_NOT_FOUND, "a mailbox of our own");
	*out = (struct directory_age){ REFRESH, STALE };
	return OK;
}

enum err
directory_pictures(struct directory *d, struct op *op,
		   const struct mailbox *mailbox, const struct person **out)
{
	(void)d;
	(void)mailbox;
	scene.asked++;
	TRY(op_wait(op, POOL_DIRECTORY));
	if (scene.ask != OK)
		return FAIL(op, scene.ask, "the directory says so");
	scene.person.picture = scene.picture;
	*out = &scene.person;
	return OK;
}

enum err
image_whole(struct image *i, struct op *op, const struct person_picture *of,
	    size_t n, struct photo_set *out)
{
	(void)i;
	(void)of;
	(void)out;
	assert_int_equal(n, scene.person.pictures_n);
	scene.decoded++;
	return scene.decode == OK
		       ? OK
		       : FAIL(op, scene.decode, "the worker says so");
}

/* As the store does it. */
enum err
store_photo_told(struct store *s, struct op *op, int64_t mailbox,
		 const struct photo_told *in)
{
	(void)s;
	assert_int_equal(mailbox, ADA);
	scene.told++;
	scene.last = *in;
	if (scene.tell != OK)
		return FAIL(op, scene.tell, "the store says so");
	scene.state.found = in->found;
	scene.state.checked = op->now;
	memcpy(scene.state.digest, in->digest, sizeof(in->digest));
	if (in->found == PHOTO_FOUND)
		scene.layers |= PHOTO_OF_DIRECTORY;
	else
		scene.layers &= ~(unsigned)PHOTO_OF_DIRECTORY;
	return OK;
}

static struct settings settings;
static const struct mailbox me = { .id = 1 };
static const struct caller caller = { .mailbox = &me };
static struct op op;
static struct house house;

static int
setup(void **state)
{
	*state = arena_open(KIB);
	op_init(&op, *state, &settings, 1000);
	op.now = NOW;
	op.caller = &caller;
	op.may_wait = true;
	memset(&scene, 0, sizeof(scene));
	settings = (struct settings){ 0 };
	scene.person.pictures_n = 1;
	scene.picture[0].bytes = bytes_of("a picture");
	scene.picture[1].bytes = bytes_of("another");
	return 0;
}

static int
teardown(void **state)
{
	arena_close(*state);
	return 0;
}

static enum err
find(unsigned edge, struct photo *out)
{
	int64_t id;

	assert_int_equal(photo_owner_find(&house, &op, "ada@x", &id), OK);
	return photo_find(&house, &op, id, edge, true, out);
}

static void
the_uploaded_one_comes_before_the_directorys(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		bool hidden, hr48;
		unsigned layers, edge;
		enum err err;
		unsigned shown;
	} rows[] = {
		{ "both", false, false, 3, 96, OK, PHOTO_UPLOADED },
		{ "uploaded alone", false, false, 1, 96, OK, PHOTO_UPLOADED },
		{ "the directory's alone", false, false, 2, 96, OK, PHOTO_OF_DIRECTORY },
		{ "the directory's alone, largest", false, false, 2, 0, OK, PHOTO_OF_DIRECTORY },
		{ "neither", false, false, 0, 96, ERR_NOT_FOUND, 0 },
		{ "both, hidden", true, false, 3, 96, ERR_NOT_FOUND, 0 },
		{ "the directory's, hidden", true, false, 2, 96, ERR_NOT_FOUND, 0 },
		{ "48 as another", false, false, 3, 48, OK, PHOTO_UPLOADED },
		{ "48 of the directory", false, true, 3, 48, OK, PHOTO_OF_DIRECTORY },
		{ "48 of the directory, which has none", false, true, 1, 48, OK, PHOTO_UPLOADED },
		{ "64, where 48 is the directory's", false, true, 3, 64, OK, PHOTO_UPLOADED },
		{ "48 of the directory, hidden", true, true, 3, 48, ERR_NOT_FOUND, 0 },
	};
	/* clang-format on */

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct photo photo = { 0 };

		settings.photo_hr48_from_directory = rows[i].hr48;
		scene.layers = rows[i].layers;
		scene.state = (struct photo_state){
			.hidden = rows[i].hidden,
			.uploaded = rows[i].layers & PHOTO_UPLOADED,
			.found = rows[i].layers & PHOTO_OF_DIRECTORY
					 ? PHOTO_FOUND
					 : PHOTO_NONE,
			.checked = NOW,
		};
		CHECK_ROW(rows[i].name,
			  find(rows[i].edge, &photo) == rows[i].err);
		CHECK_ROW(rows[i].name,
			  rows[i].err != OK || photo.layer == rows[i].shown);
	}
	assert_int_equal(scene.asked, 0);
	(void)state;
}

static void
the_directory_is_asked_when_what_is_known_is_old(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		unsigned found;   /* what is known, ... */
		int64_t age;      /* ... since so many seconds */
		enum err ask;     /* what the directory says */
		unsigned pictures;
		enum err decode;
		enum err err;
		unsigned asked, then; /* enum photo_found */
	} rows[] = {
		{ "never asked", PHOTO_NOT_ASKED, 0, OK, 1, OK, OK, 1, PHOTO_FOUND },
		{ "fresh", PHOTO_FOUND, REFRESH - 1, OK, 1, OK, OK, 0, PHOTO_FOUND },
		{ "just old", PHOTO_FOUND, REFRESH, OK, 1, OK, OK, 1, PHOTO_FOUND },
		{ "from the future", PHOTO_FOUND, -1, OK, 1, OK, OK, 1, PHOTO_FOUND },
		{ "none, fresh", PHOTO_NONE, REFRESH - 1, OK, 1, OK, ERR_NOT_FOUND, 0, PHOTO_NONE },
		{ "none, old, one by now", PHOTO_NONE, REFRESH, OK, 1, OK, OK, 1, PHOTO_FOUND },
		{ "one, old, none by now", PHOTO_FOUND, REFRESH, OK, 0, OK, ERR_NOT_FOUND, 1, PHOTO_NONE },
		{ "noise", PHOTO_NOT_ASKED, 0, OK, 1, ERR_INVALID, ERR_NOT_FOUND, 1, PHOTO_UNDECODABLE },
		{ "noise, fresh", PHOTO_UNDECODABLE, 1, OK, 1, OK, ERR_NOT_FOUND, 0, PHOTO_UNDECODABLE },
		{ "down, and one is known", PHOTO_FOUND, STALE - 1, ERR_DOWN, 1, OK, OK, 1, PHOTO_FOUND },
		{ "down, for too long", PHOTO_FOUND, STALE, ERR_DOWN, 1, OK, ERR_DOWN, 1, PHOTO_FOUND },
		{ "down, and none is known", PHOTO_NONE, STALE - 1, ERR_DOWN, 1, OK, ERR_NOT_FOUND, 1, PHOTO_NONE },
		{ "down, and none for too long", PHOTO_NONE, STALE, ERR_DOWN, 1, OK, ERR_DOWN, 1, PHOTO_NONE },
		{ "down, never asked", PHOTO_NOT_ASKED, 0, ERR_DOWN, 1, OK, ERR_DOWN, 1, PHOTO_NOT_ASKED },
		{ "senseless, never asked", PHOTO_NOT_ASKED, 0, ERR_INVALID, 1, OK, ERR_DOWN, 1, PHOTO_NOT_ASKED },
		{ "two of that name", PHOTO_NOT_ASKED, 0, ERR_CONFLICT, 1, OK, ERR_DOWN, 1, PHOTO_NOT_ASKED },
		{ "gone", PHOTO_FOUND, REFRESH, ERR_NOT_FOUND, 1, OK, ERR_NOT_FOUND, 1, PHOTO_FOUND },
		{ "no image worker, and one is known", PHOTO_FOUND, REFRESH, OK, 1, ERR_DOWN, OK, 1, PHOTO_FOUND },
		{ "no image worker, never asked", PHOTO_NOT_ASKED, 0, OK, 1, ERR_DOWN, ERR_DOWN, 1, PHOTO_NOT_ASKED },
	};
	/* clang-format on */

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct photo photo;

		scene.layers = rows[i].found == PHOTO_FOUND ? 2 : 0;
		scene.state = (struct photo_state){
			.found = rows[i].found,
			.checked = NOW - rows[i].age,
		};
		scene.ask = rows[i].ask;
		scene.decode = rows[i].decode;
		scene.person.pictures_n = rows[i].pictures;
		scene.asked = 0;
		CHECK_ROW(rows[i].name, find(96, &photo) == rows[i].err);
		CHECK_ROW(rows[i].name, scene.asked == rows[i].asked);
		CHECK_ROW(rows[i].name, scene.state.found == rows[i].then);
	}
	(void)state;
}

static void
what_has_not_changed_is_not_decoded_again(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		const char *values[2];
		unsigned rank; /* of the second */
		size_t n;
		unsigned decoded;
	} rows[] = {
		{ "for the first time", { "one", "two" }, 0, 2, 1 },
		{ "the same", { "one", "two" }, 0, 2, 0 },
		{ "in another order", { "two", "one" }, 0, 2, 0 },
		{ "one is another", { "two", "six" }, 0, 2, 1 },
		{ "in another attribute", { "two", "six" }, 1, 2, 1 },
		{ "one is gone", { "two", "six" }, 0, 1, 1 },
		{ "none any more", { "two", "six" }, 0, 0, 0 },
		{ "none still", { "two", "six" }, 0, 0, 0 },
		{ "that one again", { "two", "six" }, 0, 1, 1 },
	};
	/* clang-format on */

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct photo photo;

		for (size_t k = 0; k < 2; k++)
			scene.picture[k] = (struct person_picture){
				k == 1 ? rows[i].rank : 0,
				bytes_of(rows[i].values[k])
			};
		scene.person.pictures_n = rows[i].n;
		scene.decoded = scene.told = 0;
		CHECK_ROW(rows[i].name,
			  find(96, &photo) ==
				  (rows[i].n > 0 ? OK : ERR_NOT_FOUND));
		CHECK_ROW(rows[i].name, scene.decoded == rows[i].decoded);
		CHECK_ROW(rows[i].name, scene.told == 1);
		CHECK_ROW(rows[i].name,
			  (scene.last.set != NULL) == (rows[i].decoded == 1));
		op.now += REFRESH;
	}
	(void)state;
}

static void
who_serves_connections_never_waits(void **state)
{
	struct photo photo;

	op.may_wait = false;
	assert_int_equal(find(96, &photo), ERR_WAIT);
	assert_int_equal(op.wait_for, POOL_DIRECTORY);
	assert_int_equal(scene.decoded + scene.told, 0);
	settings.photo_hr48_from_directory = true;
	scene.state.uploaded = true;
	scene.layers = PHOTO_UPLOADED;
	assert_int_equal(find(48, &photo), ERR_WAIT);
	assert_int_equal(find(64, &photo), OK);
	(void)state;
}

static void
an_upload_stands_in_for_a_directory_that_is_down(void **state)
{
	struct photo photo;

	settings.photo_hr48_from_directory = true;
	scene.state.uploaded = true;
	scene.layers = PHOTO_UPLOADED;
	scene.ask = ERR_DOWN;
	assert_int_equal(find(48, &photo), OK);
	assert_int_equal(photo.layer, PHOTO_UPLOADED);
	(void)state;
}

static void
mailboxes_of_no_source_have_what_was_uploaded(void **state)
{
	struct photo photo;

	scene.age = ERR_NOT_FOUND;
	scene.state.found = PHOTO_FOUND; /* of a section that was taken out */
	scene.layers = PHOTO_OF_DIRECTORY;
	assert_int_equal(find(96, &photo), ERR_NOT_FOUND);
	assert_int_equal(
		photo_find(&house, &op, PHOTO_NOBODY, 96, true, &photo),
		ERR_NOT_FOUND);
	assert_string_equal(op.reason, "no such mailbox for this caller");
	assert_int_equal(scene.asked, 0);
	(void)state;
}

static void
a_change_that_is_seen_counts_for_those_who_were_asked_for(void **state)
{
	static const struct mailbox ada = { .id = ADA };

	scene.person.picture = scene.picture;
	assert_int_equal(photo_directory_seen(&house, &op, &ada, &scene.person),
			 OK);
	assert_int_equal(scene.told, 0);
	scene.state.found = PHOTO_NONE;
	assert_int_equal(photo_directory_seen(&house, &op, &ada, &scene.person),
			 OK);
	assert_int_equal(scene.told, 1);
	assert_int_equal(scene.state.found, PHOTO_FOUND);
	scene.tell = ERR_CONFLICT; /* a later one was stored: no failure */
	assert_int_equal(photo_directory_seen(&house, &op, &ada, &scene.person),
			 OK);
	scene.tell = ERR_DOWN;
	assert_int_equal(photo_directory_seen(&house, &op, &ada, &scene.person),
			 ERR_DOWN);
	(void)state;
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(the_uploaded_one_comes_before_the_directorys),
		ROW(the_directory_is_asked_when_what_is_known_is_old),
		ROW(what_has_not_changed_is_not_decoded_again),
		ROW(who_serves_connections_never_waits),
		ROW(an_upload_stands_in_for_a_directory_that_is_down),
		ROW(mailboxes_of_no_source_have_what_was_uploaded),
		ROW(a_change_that_is_seen_counts_for_those_who_were_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
