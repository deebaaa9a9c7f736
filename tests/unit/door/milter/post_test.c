/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of a mail that a mail server shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "door/milter/post.h"

#include "base/text.h"

#include <string.h>

#define LONG_MAX 4000

static int
setup(void **state)
{
	*state = post_open();
	return 0;
}

static int
teardown(void **state)
{
	post_drop(*state);
	return 0;
}

/* n times the letter. */
static const char *
letters(char c, size_t n)
{
	static char text[LONG_MAX + 1];

	assert_true(n <= LONG_MAX);
	memset(text, c, n);
	text[n] = '\0';
	return text;
}

static void
a_path_is_read_with_and_without_brackets(void **state)
{
	static const struct {
		const char *path, *address;
	} rows[] = {
		{ "<ann@x.org>", "ann@x.org" },
		{ "ann@x.org", "ann@x.org" },
		{ "<>", "" },
		{ "", "" },
		{ "<", "<" },
		{ "<@a.org,@b.org:ann@x.org>", "ann@x.org" },
		{ "<@a.org>", "@a.org" },
		{ "<\"ann\"@x.org>", "ann@x.org" },
		{ "<\"a\\nn\"@x.org>", "ann@x.org" },
		{ "<@a.org:\"ann\"@x.org>", "ann@x.org" },
		{ "<\"a n\"@x.org>", "\"a n\"@x.org" },
		{ "<\"ann@y.org\"@x.org>", "\"ann@y.org\"@x.org" },
		{ "<\"ann\"n@x.org>", "\"ann\"n@x.org" },
		{ "<\"ann@x.org>", "\"ann@x.org" },
		{ "<\"ann\\>", "\"ann\\" },
		{ "<Ann@X.org>", "Ann@X.org" },
		{ "<j\xc3\xb6rg@x.org>", "j\xc3\xb6rg@x.org" },
		{ "<j\xf6rg@x.org>", "@" },
	};
	struct post *post = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		post_sender(post, rows[i].path);
		assert_string_equal(post->sender, rows[i].address);
	}
}

static void
a_path_has_an_end(void **state)
{
	struct post *post = *state;

	post_sender(post, letters('a', POST_SENDER_MAX));
	assert_int_equal(strlen(post->sender), POST_SENDER_MAX);
	post_sender(post, letters('a', POST_SENDER_MAX + 1));
	assert_string_equal(post->sender, "@");
}

static void
so_many_recipients_are_kept(void **state)
{
	struct post *post = *state;

	for (size_t i = 0; i < POST_RECIPIENTS_MAX; i++)
		post_recipient(post, op_print(&post->op, "<r%zu@x.org>", i));
	assert_int_equal(post->recipients_n, POST_RECIPIENTS_MAX);
	assert_false(post->recipients_cut);
	for (size_t i = 0; i < POST_RECIPIENTS_MAX; i++)
		assert_string_equal(post->recipient[i],
				    op_print(&post->op, "r%zu@x.org", i));
	post_recipient(post, "<one@too.many>");
	assert_int_equal(post->recipients_n, POST_RECIPIENTS_MAX);
	assert_true(post->recipients_cut);
}

static void
so_many_fields_are_kept(void **state)
{
	struct post *post = *state;

	for (size_t i = 0; i < MAIL_FIELDS_MAX; i++)
		post_field(post, "X", "y");
	assert_int_equal(post->header.n, MAIL_FIELDS_MAX);
	assert_false(post->header.cut);
	post_field(post, "X", "y");
	assert_int_equal(post->header.n, MAIL_FIELDS_MAX);
	assert_true(post->header.cut);
}

/* As many bytes as the limit has, with the ends of lines, and one more. */
static void
so_many_bytes_are_kept(void **state)
{
	struct post *post = *state;
	size_t field = LONG_MAX + sizeof("X: \r\n") - 1;
	size_t n = MAIL_HEADER_MAX / field, rest = MAIL_HEADER_MAX % field;

	for (size_t i = 0; i < n; i++)
		post_field(post, "X", letters('y', LONG_MAX));
	post_field(post, "X", letters('y', rest - 5));
	assert_int_equal(post->header.n, n + 1);
	assert_false(post->header.cut);
	post_field(post, "X", "");
	assert_int_equal(post->header.n, n + 1);
	assert_true(post->header.cut);
}

static void
a_field_of_no_name_is_none(void **state)
{
	static const char *const rows[] = { "",   "A B",      "A:",  "A\t",
					    " A", "\xc3\xa4", "\x7f" };
	struct post *post = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		post_field(post, rows[i], "x");
	post_field(post, letters('a', MAIL_NAME_MAX + 1), "x");
	assert_int_equal(post->header.n, 0);
	post_field(post, letters('a', MAIL_NAME_MAX), "x");
	post_field(post, "Subject", "a\n b\nList-Id: <x>\r\n\r\nc\xe9");
	assert_int_equal(post->header.n, 2);
	assert_string_equal(mail_find(&post->header, "subject"),
			    "a b List-Id: <x>    c\xc3\xa9");
	assert_null(mail_find(&post->header, "List-Id"));
	assert_false(post->header.cut);
}

static void
who_works_on_it_may_outlive_who_made_it(void **state)
{
	struct post *kept;

	post_sender(*state, "<ann@x.org>");
	kept = post_keep(*state);
	post_drop(*state);
	*state = post_open();
	assert_string_equal(kept->sender, "ann@x.org");
	assert_true(post_held(kept) > 0);
	post_drop(kept);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(a_path_is_read_with_and_without_brackets),
		ROW(a_path_has_an_end),
		ROW(so_many_recipients_are_kept),
		ROW(so_many_fields_are_kept),
		ROW(so_many_bytes_are_kept),
		ROW(a_field_of_no_name_is_none),
		ROW(who_works_on_it_may_outlive_who_made_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
