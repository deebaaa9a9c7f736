/* SPDX-License-Identifier: Apache-2.0 */
/* photo_get between a directory and a store made of one mailbox. */
#include "unit.h"

#include "model/settings.h"
#include "photo/no_directory.h"
#include "photo/photo_service.h"

#define ADA 7
#define BARE 8
#define ORGANIZATION 3
#define CHANGED 1700000000 /* Tue, 14 Nov 2023 22:13:20 GMT */
#define NOW (CHANGED + 10)
#define TAG "\"ab00000000000000-96\""
#define OLD_TAG "\"cd00000000000000-96\""
#define QUERY "email=ada@x.example&size=HR96x96"

/* What the stand-ins below are to say, and what they were asked. */
static struct {
	enum err directory, store;
	bool replaced; /* between the first look and the second */
	bool empty;
	unsigned looks;
	unsigned edge;
	int64_t id;
	bool got_jpeg;
} scene;

enum err
directory_resolve(struct directory *d, struct op *op, const char *address,
		  int64_t organization, const struct mailbox **out)
{
	static const struct mailbox ada = { .id = ADA }, bare = { .id = BARE };

	(void)d;
	assert_int_equal(organization, ORGANIZATION);
	if (scene.directory != OK)
		return FAIL(op, scene.directory, "the directory says so");
	*out = strcmp(address, "bare@x.example") == 0 ? &bare : &ada;
	if (strcmp(address, "nobody@x.example") == 0)
		return FAIL(op, ERR_NOT_FOUND, "nobody");
	return OK;
}

/* What is looked for and what is not there are one look each. */
enum err
store_photo_state(struct store *s, struct op *op, int64_t mailbox,
		  struct photo_state *out)
{
	(void)s;
	(void)op;
	*out = (struct photo_state){ .uploaded = mailbox == ADA ||
						 scene.store != OK };
	scene.looks += !out->uploaded;
	scene.id = mailbox;
	return OK;
}

enum err
store_photo_get(struct store *s, struct op *op, int64_t mailbox, unsigned edge,
		unsigned want, struct photo *out)
{
	(void)s;
	scene.looks++;
	scene.id = mailbox;
	scene.edge = edge;
	scene.got_jpeg = want & PHOTO_JPEG;
	if (scene.store != OK)
		return FAIL(op, scene.store, "the store says so");
	if (mailbox != ADA)
		return FAIL(op, ERR_NOT_FOUND, "no picture");
	*out = (struct photo){
		.version = 1, .changed = CHANGED, .source = { 0xab }, .edge = 96
	};
	if (scene.replaced && !scene.got_jpeg)
		out->source[0] = 0xcd;
	if (scene.got_jpeg && !scene.empty)
		out->jpeg = bytes_of("JPEG");
	return OK;
}

static const struct settings settings = {
	.photo_max_age_s = 300,
	.photo_unlisted_size_largest = true,
};
static const struct mailbox me = { .id = 1, .organization = ORGANIZATION };
static const struct caller caller = { .mailbox = &me };
static struct op op;
static struct response res;

static int
setup(void **state)
{
	*state = arena_open(KIB);
	op_init(&op, *state, &settings, 1000);
	op.now = NOW;
	op.caller = &caller;
	memset(&scene, 0, sizeof(scene));
	return 0;
}

static int
teardown(void **state)
{
	arena_close(*state);
	return 0;
}

static enum err
get(const char *query, const char *none_match, const char *since)
{
	const struct request req = {
		.method = METHOD_GET,
		.query = query,
		.headers = { .if_none_match = none_match,
			     .if_modified_since = since },
	};
	struct house house = { 0 };

	res = (struct response){ 0 };
	return photo_get(&house, &op, &req, &res);
}

static const char *
header(const char *name)
{
	for (size_t i = 0; i < res.headers_n; i++) {
		if (strcmp(res.headers[i].name, name) == 0)
			return res.headers[i].value;
	}
	return "none";
}

static void
a_picture_comes_with_its_tag_and_dates(void **state)
{
	(void)state;
	assert_int_equal(get(QUERY, NULL, NULL), OK);
	assert_int_equal(res.status, 200);
	assert_string_equal(res.content_type, "image/jpeg");
	assert_int_equal(res.body.n, 4);
	assert_string_equal(header("ETag"), TAG);
	assert_string_equal(header("Cache-Control"), "private, max-age=300");
	assert_string_equal(header("Expires"), "Tue, 14 Nov 2023 22:18:30 GMT");
	assert_string_equal(header("Last-Modified"),
			    "Tue, 14 Nov 2023 22:13:20 GMT");
	assert_string_equal(op.target, "ada@x.example");
	assert_int_equal(scene.looks, 1);
}

static void
an_unchanged_picture_is_told_without_its_bytes(void **state)
{
	(void)state;
	assert_int_equal(get(QUERY, TAG, NULL), OK);
	assert_int_equal(res.status, 304);
	assert_null(res.content_type);
	assert_int_equal(res.body.n, 0);
	assert_string_equal(header("ETag"), TAG);
	assert_string_equal(header("Cache-Control"), "private, max-age=300");
	assert_string_equal(header("Expires"), "Tue, 14 Nov 2023 22:18:30 GMT");
	assert_string_equal(header("Last-Modified"), "none");
	assert_int_equal(scene.looks, 1);
	assert_false(scene.got_jpeg);
}

static void
conditions_are_weighed_as_http_says(void **state)
{
	static const struct {
		const char *none_match, *since;
		int status;
	} rows[] = {
		/* clang-format off */
		{ NULL,    NULL,                             200 },
		{ TAG,     NULL,                             304 },
		{ "*",     NULL,                             304 },
		{ OLD_TAG, NULL,                             200 },
		{ "",      NULL,                             200 },
		{ NULL,    "Tue, 14 Nov 2023 22:13:20 GMT",  304 },
		{ NULL,    "Tue, 14 Nov 2023 22:13:21 GMT",  304 },
		{ NULL,    "Tue, 14 Nov 2023 22:13:19 GMT",  200 },
		{ NULL,    "Tuesday, 14-Nov-23 22:13:20 GMT", 304 },
		{ NULL,    "yesterday",                      200 },
		{ NULL,    "",                               200 },
		/* the tag alone decides when there is one */
		{ OLD_TAG, "Tue, 14 Nov 2023 22:13:20 GMT",  200 },
		{ "",      "Tue, 14 Nov 2023 22:13:20 GMT",  200 },
		{ TAG,     "Tue, 14 Nov 2000 22:13:20 GMT",  304 },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(get(QUERY, rows[i].none_match, rows[i].since),
				 OK);
		if (res.status != rows[i].status)
			fail_msg("row %zu: %d", i, res.status);
		assert_int_equal(res.body.n, res.status == 200 ? 4 : 0);
		assert_null(op.reason); /* a bad date is no failure */
	}
}

static void
a_picture_replaced_between_two_looks_is_served_whole(void **state)
{
	(void)state;
	scene.replaced = true;
	assert_int_equal(get(QUERY, "\"something-else\"", NULL), OK);
	assert_int_equal(res.status, 200);
	assert_string_equal(header("ETag"), TAG); /* of the bytes, not before */
	assert_int_equal(scene.looks, 2);
}

static void
nobody_and_nothing_take_the_same_way(void **state)
{
	static const char *const rows[] = {
		"email=bare@x.example&size=HR96x96",
		"email=nobody@x.example&size=HR96x96",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		scene.looks = 0;
		assert_int_equal(get(rows[i], NULL, NULL), ERR_NOT_FOUND);
		assert_int_equal(res.headers_n, 0);
		assert_int_equal(scene.looks, 1);
		assert_int_equal(get(rows[i], "*", NULL), ERR_NOT_FOUND);
	}
	assert_int_equal(scene.id, 0);
}

static void
what_could_not_be_found_out_is_never_not_found(void **state)
{
	static const enum err rows[] = { ERR_DOWN, ERR_INTERNAL, ERR_WAIT };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		scene.store = rows[i];
		assert_int_equal(get(QUERY, NULL, NULL), rows[i]);
		assert_int_equal(get(QUERY, TAG, NULL), rows[i]);
		assert_int_equal(
			get("email=nobody@x.example&size=HR96x96", NULL, NULL),
			rows[i]);
		scene.store = OK;
		scene.directory = rows[i];
		assert_int_equal(get(QUERY, NULL, NULL), rows[i]);
		scene.directory = OK;
	}
}

static void
an_empty_picture_is_damage_not_an_answer(void **state)
{
	(void)state;
	scene.empty = true;
	assert_int_equal(get(QUERY, NULL, NULL), ERR_INTERNAL);
}

static void
the_size_asked_for_reaches_the_store(void **state)
{
	(void)state;
	assert_int_equal(get("email=ada@x.example&size=hr648X648", NULL, NULL),
			 OK);
	assert_int_equal(scene.edge, 648);
	assert_int_equal(get("email=ada@x.example&size=HR128x128", NULL, NULL),
			 OK);
	assert_int_equal(scene.edge, 0);
}

static void
a_malformed_query_asks_nobody(void **state)
{
	(void)state;
	assert_int_equal(get("email=ada&size=HR96x96", TAG, NULL), ERR_INVALID);
	assert_int_equal(get(NULL, NULL, NULL), ERR_INVALID);
	assert_int_equal(scene.looks, 0);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(a_picture_comes_with_its_tag_and_dates),
		ROW(an_unchanged_picture_is_told_without_its_bytes),
		ROW(conditions_are_weighed_as_http_says),
		ROW(a_picture_replaced_between_two_looks_is_served_whole),
		ROW(nobody_and_nothing_take_the_same_way),
		ROW(what_could_not_be_found_out_is_never_not_found),
		ROW(an_empty_picture_is_damage_not_an_answer),
		ROW(the_size_asked_for_reaches_the_store),
		ROW(a_malformed_query_asks_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
