/* SPDX-License-Identifier: Apache-2.0 */

/* Which file is whose photo: by names, by maps, in folders. */
#include "cli/cli_unit.h"

#include "base/buf.h"
#include "verbs/transfer/photo_name.h"
#include "verbs/transfer/photo_plan.h"

static void
a_name_says_whose_picture_it_is(void **state)
{
	static const struct {
		const char *path;
		bool picture;
		const char *address; /* NULL: none */
	} rows[] = {
		/* clang-format off */
		{ "ada@example.com.jpg", true, "ada@example.com" },
		{ "sub/folder/ada@example.com.JPEG", true, "ada@example.com" },
		{ "Ada@Example.com.Png", true, "Ada@Example.com" },
		{ "ada@example.com.webp", true, "ada@example.com" },
		{ "a%2Fb@example.com.jpg", true, "a/b@example.com" },
		{ "a%2fb@example.com.jpg", true, "a/b@example.com" },
		{ "50%25@example.com.jpg", true, "50%@example.com" },
		{ "a%41@example.com.jpg", true, "a%41@example.com" },
		{ "a%@example.com.jpg", true, "a%@example.com" },
		{ "a.b+c@example.com.jpg", true, "a.b+c@example.com" },
		{ "j\xc3\xbcrgen@example.com.jpg", true, "j\xc3\xbcrgen@example.com" },
		{ "j\xfcrgen@example.com.jpg", true, NULL },
		{ "ada.jpg", true, NULL },
		{ "@example.com.jpg", true, NULL },
		{ "a b@example.com.jpg", true, NULL },
		{ "ada@example.com", false, "ada@example.com" },
		{ "ada@example.com.gif", false, NULL },
		{ "ada@example.com.jpg.txt", false, NULL },
		{ ".jpg", false, NULL },
		{ "x/.jpg", false, NULL },
		{ "jpg", false, NULL },
		{ "", false, NULL },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *address;
		bool is_picture = photo_name_is_picture(rows[i].path);
		enum err err = photo_name_read(*state, rows[i].path, &address);

		CHECK_ROW(rows[i].path, is_picture == rows[i].picture);
		if (!is_picture)
			continue;
		CHECK_ROW(rows[i].path,
			  err == (rows[i].address == NULL ? ERR_INVALID : OK));
		CHECK_ROW(rows[i].path,
			  err != OK || unit_same(address, rows[i].address));
	}
}

static void
an_address_has_a_name_that_leads_back_to_it(void **state)
{
	static const struct {
		const char *address, *name;
	} rows[] = {
		/* clang-format off */
		{ "ada@example.com", "ada@example.com.jpg" },
		{ "a/b@example.com", "a%2Fb@example.com.jpg" },
		{ "/etc/x@example.com", "%2Fetc%2Fx@example.com.jpg" },
		{ "a%2fb@example.com", "a%252fb@example.com.jpg" },
		{ "-rf@example.com", "-rf@example.com.jpg" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = NULL, *address = NULL;

		CHECK_ROW(rows[i].address,
			  photo_name_make(*state, rows[i].address, &name) ==
				  OK);
		CHECK_ROW(rows[i].address, unit_same(name, rows[i].name));
		CHECK_ROW(rows[i].address,
			  photo_name_read(*state, name, &address) == OK);
		CHECK_ROW(rows[i].address, unit_same(address, rows[i].address));
	}
}

static void
a_name_is_no_longer_than_files_may_have(void **state)
{
	struct op *op = *state;
	char address[300] = "";
	const char *name;

	memset(address, 'a', 255 - 4);
	assert_int_equal(photo_name_make(op, address, &name), OK);
	assert_int_equal(strlen(name), 255);
	strcat(address, "a");
	assert_int_equal(photo_name_make(op, address, &name), ERR_LIMIT);
	assert_non_null(strstr(op->reason, "photo get"));
}

/* ---- maps ---- */

/* "file=address" of each entry; "file!" where it is skipped. */
static const char *
plan_text(struct op *op, const struct photo_plan *plan)
{
	struct buf out;

	buf_init(&out, op, 0, 16 * KIB);
	for (size_t i = 0; i < plan->n; i++) {
		const struct photo_entry *e = &plan->entry[i];

		buf_printf(&out, "%s%s%s%s", i == 0 ? "" : " ", e->shown,
			   e->skipped ? "!" : "=",
			   e->address == NULL ? "" : e->address);
	}
	return buf_text(&out);
}

static const char *lying[] = { "1.jpg", "2.gif", "ada@example.com.jpg" };
static const struct walk_list files = { COUNT(lying), lying };

static void
a_map_says_whose_each_file_is(void **state)
{
	static const struct {
		const char *map, *plan;
	} rows[] = {
		/* clang-format off */
		{ "", "1.jpg! 2.gif! ada@example.com.jpg!" },
		{ "1.jpg,a@b.c", "1.jpg=a@b.c 2.gif! ada@example.com.jpg!" },
		{ "file,address\n1.jpg,a@b.c\n", "1.jpg=a@b.c 2.gif! ada@example.com.jpg!" },
		{ "Address;room;FILE\na@b.c;7;1.jpg\n", "1.jpg=a@b.c 2.gif! ada@example.com.jpg!" },
		{ "./1.jpg, a@b.c ", "1.jpg=a@b.c 2.gif! ada@example.com.jpg!" },
		{ "9.jpg,a@b.c\n1.jpg,b@b.c\n1.jpg,a@b.c", "1.jpg=a@b.c 1.jpg=b@b.c 2.gif! 9.jpg=a@b.c ada@example.com.jpg!" },
		/* clang-format on */
	};
	struct photo_plan plan;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].map, photo_plan_map(*state, rows[i].map,
						      &files, &plan) == OK);
		CHECK_ROW(rows[i].map,
			  unit_same(plan_text(*state, &plan), rows[i].plan));
	}
	photo_plan_names(*state, &files, &plan);
	assert_string_equal(
		plan_text(*state, &plan),
		"1.jpg= 2.gif! ada@example.com.jpg=ada@example.com");
	assert_non_null(strstr(plan.entry[0].reason, "no address"));
}

static void
a_map_that_nobody_understands_is_refused(void **state)
{
	static const struct {
		const char *map, *said;
	} rows[] = {
		/* clang-format off */
		{ "1.jpg\n", "line 1: it needs a file and an address" },
		{ "file,address\n1.jpg\n", "line 2: it needs" },
		{ ",a@b.c\n", "line 1: that is no name" },
		{ "\"1.jpg,a@b.c", "line 1: a quote begins" },
		/* clang-format on */
	};
	struct op *op = *state;
	struct photo_plan plan;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].map, photo_plan_map(op, rows[i].map, &files,
						      &plan) == ERR_INVALID);
		CHECK_ROW(rows[i].map,
			  strstr(op->reason, rows[i].said) != NULL);
	}
}

/* ---- folders ---- */

static void
a_walk_finds_all_files_and_follows_no_link(void **state)
{
	struct op *op = *state;
	const char *dir = unit_path(op, "walk");
	struct walk_list list;
	struct buf out;

	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(mkdir(unit_path(op, "walk/b"), 0700), 0);
	assert_int_equal(mkdir(unit_path(op, "walk/b/c"), 0700), 0);
	assert_int_equal(mkdir(unit_path(op, "walk/empty"), 0700), 0);
	unit_file(unit_path(op, "walk/z"), "", 0);
	unit_file(unit_path(op, "walk/b/c/y"), "", 0);
	unit_file(unit_path(op, "walk/.hidden"), "", 0);
	assert_int_equal(symlink("..", unit_path(op, "walk/up")), 0);
	assert_int_equal(walk_files(op, dir, &list), OK);
	buf_init(&out, op, 0, KIB);
	for (size_t i = 0; i < list.n; i++)
		buf_printf(&out, "%s ", list.path[i]);
	assert_string_equal(buf_text(&out), ".hidden b/c/y up z ");
	assert_int_equal(walk_files(op, unit_path(op, "none"), &list),
			 ERR_NOT_FOUND);
	assert_int_equal(walk_files(op, unit_path(op, "walk/z"), &list),
			 ERR_NOT_FOUND);
}

static void
a_walk_goes_so_deep(void **state)
{
	struct op *op = *state;
	const char *dir = unit_path(op, "deep"), *at = dir;
	struct walk_list list;

	for (unsigned i = 0; i <= WALK_DEPTH_MAX; i++) {
		assert_int_equal(mkdir(at, 0700), 0);
		at = op_print(op, "%s/d", at);
	}
	assert_int_equal(walk_files(op, dir, &list), OK);
	assert_int_equal(mkdir(at, 0700), 0);
	assert_int_equal(walk_files(op, dir, &list), ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_name_says_whose_picture_it_is),
		UNIT_TEST(an_address_has_a_name_that_leads_back_to_it),
		UNIT_TEST(a_name_is_no_longer_than_files_may_have),
		UNIT_TEST(a_map_says_whose_each_file_is),
		UNIT_TEST(a_map_that_nobody_understands_is_refused),
		UNIT_TEST(a_walk_finds_all_files_and_follows_no_link),
		UNIT_TEST(a_walk_goes_so_deep),
	};

	return cmocka_run_group_tests(tests, unit_folder_make,
				      unit_folder_remove);
}
