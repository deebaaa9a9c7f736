/* SPDX-License-Identifier: Apache-2.0 */
/* avatar_get between a store of three digests and a directory. */
#include "unit.h"

#include "model/settings.h"
#include "photo/avatar.h"
#include "photo/avatar_none.h"
#include "photo/no_directory.h"

#define ADA 7
#define CHANGED 1700000000
#define TAG "\"ab00000000000000-96\""

/* First byte of the digest: who it is. */
#define OF(x) "/avatar/" x "000000000000000000000000000000"
#define OF_ADA OF("01")      /* with a picture */
#define OF_BARE OF("02")     /* without one */
#define OF_PRIVATE OF("03")  /* of a domain that is not named */
#define OF_DISABLED OF("04") /* barred by his source */
#define OF_NOBODY OF("05")

static struct {
	enum err avatar, directory, photo; /* when something else fails */
	unsigned looks;                    /* for a picture */
	int64_t id;
} scene;

enum err
store_avatar_find(struct store *s, struct op *op, struct bytes digest,
		  const char **out)
{
	static const char *const addresses[] = {
		"",
		"ada@xn--mnchen-3ya.example",
		"bare@xn--mnchen-3ya.example",
		"ada@private.example",
		"gone@xn--mnchen-3ya.example",
	};

	(void)s;
	assert_int_equal(digest.n, 16);
	if (scene.avatar != OK)
		return FAIL(op, scene.avatar, "the store says so");
	if (digest.p[0] >= COUNT(addresses))
		return FAIL(op, ERR_NOT_FOUND, "nobody");
	*out = addresses[digest.p[0]];
	return OK;
}

enum err
directory_resolve(struct directory *d, struct op *op, const char *address,
		  int64_t organization, const struct mailbox **out)
{
	static const struct mailbox ada = { .id = ADA }, bare = { .id = 8 };

	(void)d;
	assert_int_equal(organization, 0); /* nobody is asking */
	assert_null(strstr(address, "private"));
	if (scene.directory != OK)
		return FAIL(op, scene.directory, "the directory says so");
	if (address[0] == 'g')
		return FAIL(op, ERR_NOT_FOUND, "disabled");
	*out = address[0] == 'a' ? &ada : &bare;
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
						 scene.photo != OK };
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
	if (scene.photo != OK)
		return FAIL(op, scene.photo, "the store says so");
	if (mailbox != ADA)
		return FAIL(op, ERR_NOT_FOUND, "no picture");
	*out = (struct photo){
		.version = 1,
		.changed = CHANGED,
		.source = { 0xab },
		.edge = edge,
	};
	if (want & PHOTO_JPEG)
		out->jpeg = bytes_of("JPEG");
	return OK;
}

static const char *const domains[] = { "other.example",
				       "M\xc3\xbcnchen.example", NULL };
static const struct settings settings = {
	.photo_max_age_s = 300,
	.avatar_domains = domains,
};
static struct op op;
static struct response res;

static int
setup(void **state)
{
	*state = arena_open(KIB);
	op_init(&op, *state, &settings, 1000);
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
get(const char *path, const char *query, const char *none_match)
{
	const struct request req = {
		.method = METHOD_GET,
		.path = path,
		.query = query,
		.headers = { .if_none_match = none_match },
	};
	struct house house = { 0 };

	res = (struct response){ 0 };
	return avatar_get(&house, &op, &req, &res);
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
a_picture_is_for_everybody_to_keep(void **state)
{
	(void)state;
	assert_int_equal(get(OF_ADA, "s=80&d=404", NULL), OK);
	assert_int_equal(res.status, 200);
	assert_string_equal(res.content_type, "image/jpeg");
	assert_int_equal(res.body.n, 4);
	assert_string_equal(header("ETag"), TAG);
	assert_string_equal(header("Cache-Control"), "public, max-age=300");
	assert_string_equal(op.target, "ada@xn--mnchen-3ya.example");
	assert_int_equal(get(OF_ADA, "s=80", TAG), OK);
	assert_int_equal(res.status, 304);
	assert_string_equal(header("Cache-Control"), "public, max-age=300");
}

/* What bars the way to a picture cannot be told, nor whether there is
 * somebody; and it takes one look, as one who has none does. */
static void
those_without_a_picture_look_like_nobody(void **state)
{
	static const char *const paths[] = { OF_BARE, OF_PRIVATE, OF_DISABLED,
					     OF_NOBODY };

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		scene.looks = 0;
		assert_int_equal(get(paths[i], "d=404", TAG), OK);
		assert_int_equal(res.status, 404);
		assert_int_equal(res.body.n, 0);
		assert_int_equal(res.headers_n, 1);
		assert_string_equal(header("Cache-Control"),
				    "public, max-age=300");
		assert_int_equal(scene.looks, 1);
		assert_int_equal(get(paths[i], NULL, NULL), OK);
		assert_int_equal(res.status, 200);
		assert_ptr_equal(res.body.p, avatar_none.p);
	}
}

static void
another_sites_picture_is_never_named(void **state)
{
	static const char *const rows[] = {
		NULL,
		"d=",
		"d=mm",
		"d=identicon",
		"d=blank",
		"d=https%3A%2F%2Fevil.example%2Fx.jpg",
		"d=//evil.example",
		"d=%2Flogin",
		"f=y&d=https://evil.example/",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(get(OF_NOBODY, rows[i], NULL), OK);
		assert_int_equal(res.status, 200);
		assert_string_equal(header("ETag"), avatar_none_etag);
		assert_string_equal(header("Location"), "none");
		assert_ptr_equal(res.body.p, avatar_none.p);
	}
	assert_int_equal(get(OF_NOBODY, NULL, avatar_none_etag), OK);
	assert_int_equal(res.status, 304);
	assert_int_equal(res.body.n, 0);
}

static void
a_forced_preset_looks_for_nobody(void **state)
{
	(void)state;
	assert_int_equal(get(OF_ADA, "f=y", NULL), OK);
	assert_ptr_equal(res.body.p, avatar_none.p);
	assert_int_equal(get(OF_ADA, "f=y&d=404", NULL), OK);
	assert_int_equal(res.status, 404);
	assert_int_equal(scene.looks, 0);
}

/* "Could not look" is never "none". */
static void
a_failure_is_no_missing_picture(void **state)
{
	(void)state;
	scene.avatar = ERR_DOWN;
	assert_int_equal(get(OF_ADA, NULL, NULL), ERR_DOWN);
	scene.avatar = OK;
	scene.directory = ERR_WAIT;
	assert_int_equal(get(OF_ADA, NULL, NULL), ERR_WAIT);
	scene.directory = OK;
	scene.photo = ERR_INTERNAL;
	assert_int_equal(get(OF_ADA, "d=404", NULL), ERR_INTERNAL);
	assert_int_equal(get("/avatar/ada", NULL, NULL), ERR_NOT_FOUND);
	assert_int_equal(get(OF_ADA, "s=%zz", NULL), ERR_INVALID);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(a_picture_is_for_everybody_to_keep),
		ROW(those_without_a_picture_look_like_nobody),
		ROW(another_sites_picture_is_never_named),
		ROW(a_forced_preset_looks_for_nobody),
		ROW(a_failure_is_no_missing_picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
