/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a script at a server is, and what one of its owner's does. */
#include "unit.h"

#include "wing/backend/managesieve_script.h"

static struct bytes
joined(struct op *op, struct bytes a, const char *b)
{
	return bytes_of(op_print(op, "%.*s%s", (int)a.n, (const char *)a.p, b));
}

static void
ours_is_told_from_theirs(void **state)
{
	struct op *op = *state;
	const struct bytes script =
		bytes_of("keep;\r\n# gr\xc3\xbc\xc3\x9f\r\n");
	struct bytes ours = ms_stamp(op, script), got;
	char *lf = op_alloc(op, ours.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < ours.n; i++) {
		if (ours.p[i] != '\r')
			lf[n++] = (char)ours.p[i];
	}
	assert_true(ours.n - script.n <= MS_STAMP_SIZE);
	assert_int_equal(ms_owner(op, ours, &got), MS_OURS);
	assert_int_equal(got.n, script.n);
	assert_memory_equal(got.p, script.p, script.n);
	/* as a server keeps it that ends lines by LF alone */
	assert_int_equal(ms_owner(op, bytes_of(lf), &got), MS_OURS);
	assert_int_equal(ms_owner(op, joined(op, ours, " "), &got), MS_CHANGED);
	assert_int_equal(
		ms_owner(op, (struct bytes){ ours.p, ours.n - 3 }, &got),
		MS_CHANGED);
	assert_int_equal(ms_owner(op, (struct bytes){ ours.p, 90 }, &got),
			 MS_CHANGED);
	assert_int_equal(ms_owner(op, (struct bytes){ ours.p, 40 }, &got),
			 MS_THEIRS);
	assert_int_equal(ms_owner(op, script, &got), MS_THEIRS);
	assert_int_equal(ms_owner(op, joined(op, bytes_of("\r\n"), lf), &got),
			 MS_THEIRS);
	assert_int_equal(ms_owner(op, bytes_of(""), &got), MS_THEIRS);
}

static void
nothing_can_be_ours(void **state)
{
	struct bytes got;

	assert_int_equal(ms_owner(*state, ms_stamp(*state, bytes_of("")), &got),
			 MS_OURS);
	assert_int_equal(got.n, 0);
}

static void
what_was_active_before_is_remembered_in_the_wrapper(void **state)
{
	static const struct {
		const char *name;
		const char *line; /* of the script */
	} rows[] = {
		/* clang-format off */
		{ "main", "include :personal :optional \"main\";\r\n" },
		{ "b\xc3\xbcro 1", "include :personal :optional \"b\xc3\xbcro 1\";\r\n" },
		{ "a\"; discard; \\", "include :personal :optional \"a\\\"; discard; \\\\\";\r\n" },
		{ "${x} */ text:", "include :personal :optional \"${x} */ text:\";\r\n" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes all =
			ms_wrapper(op, "frontdesk", rows[i].name, rows[i].name);
		const char *text = op_text(op, (const char *)all.p, all.n);
		struct bytes script;

		CHECK_ROW(rows[i].name, ms_owner(op, all, &script) == MS_OURS);
		CHECK_ROW(rows[i].name, unit_same(ms_wrapper_before(op, script),
						  rows[i].name));
		CHECK_ROW(rows[i].name, strstr(text, rows[i].line) != NULL);
		CHECK_ROW(rows[i].name,
			  strstr(text, "include :personal :optional "
				       "\"frontdesk\";\r\ninclude") != NULL);
	}
}

static void
a_wrapper_that_does_not_say_what_was_active_is_none(void **state)
{
	static const char *const rows[] = {
		"",
		"# before=",
		"# before=\r\n",
		"# before=bWFpbg\r\n",
		"# before=AA==\r\n",
		"# before=DQo=\r\n",
		" # before=bWFpbg==\r\n",
		"keep;\r\n",
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i],
			  ms_wrapper_before(*state, bytes_of(rows[i])) == NULL);
	assert_string_equal(
		ms_wrapper_before(*state, bytes_of("# before=bWFpbg==\n")),
		"main");
}

static void
a_name_is_text_without_control_characters(void **state)
{
	char most[514];

	(void)state;
	memset(most, 'x', sizeof(most));
	assert_true(ms_is_name(bytes_of("b\xc3\xbcro \"1\"")));
	assert_false(ms_is_name(bytes_of("")));
	assert_false(ms_is_name(bytes_of("a\nb")));
	assert_false(ms_is_name(bytes_of("a\x7f")));
	assert_false(ms_is_name(bytes_of("\xc2\x80")));
	assert_false(ms_is_name(bytes_of("\xc2\x9f")));
	assert_true(ms_is_name(bytes_of("\xc2\xa0")));
	assert_false(ms_is_name(bytes_of("\xff")));
	assert_true(ms_is_name((struct bytes){ (uint8_t *)most, 512 }));
	assert_false(ms_is_name((struct bytes){ (uint8_t *)most, 513 }));
}

static void
what_a_script_does_is_seen(void **state)
{
	static const struct {
		const char *script;
		bool answers;
		const char *include[3];
	} rows[] = {
		/* clang-format off */
		{ "", false, { NULL } },
		{ "keep;", false, { NULL } },
		{ "require \"vacation\"; keep;", false, { NULL } },
		{ "require [\"vacation\"]; vacation \"gone\";", true, { NULL } },
		{ "if true { VACATION :days 1 \"gone\"; }", true, { NULL } },
		{ "# vacation \"gone\";\r\nkeep;", false, { NULL } },
		{ "# a\nvacation \"gone\";", true, { NULL } },
		{ "/* vacation \"gone\"; */ keep;", false, { NULL } },
		{ "/* */ vacation \"gone\"; /*", true, { NULL } },
		{ "fileinto \"vacation\";", false, { NULL } },
		{ "fileinto \"a\\\"\"; vacation \"\";", true, { NULL } },
		{ "fileinto \"a\\\\\"; vacation \"\";", true, { NULL } },
		{ "reject text:\r\nvacation \"gone\";\r\n..\r\n.\r\nkeep;", false, { NULL } },
		{ "reject text: # so\nfar\n.\nvacation \"gone\";", true, { NULL } },
		{ "reject text:\nno end; vacation", false, { NULL } },
		{ "if false { vacation \"gone\"; }", false, { NULL } },
		{ "if false # anyof (true)\r\n{ if true { keep; } vacation \"gone\"; } keep;", false, { NULL } },
		{ "if false { keep; } vacation \"gone\";", true, { NULL } },
		{ "if false { keep; } else { vacation \"gone\"; }", true, { NULL } },
		{ "if true { keep; } elsif false { vacation \"gone\"; }", false, { NULL } },
		{ "if not false { vacation \"gone\"; }", true, { NULL } },
		{ "if false { \"}\" vacation", false, { NULL } },
		{ "addvacation; x:vacation; vacation2;", false, { NULL } },
		{ "include \"a\";", false, { "a" } },
		{ "include :personal :once :optional \"a\"; Include \"b c\";", false, { "a", "b c" } },
		{ "include :global \"a\"; include :personal \"b\";", false, { "b" } },
		{ "include \"a\\\"b\";", false, { "a\"b" } },
		{ "include \";\"; include \"b\";", false, { ";", "b" } },
		{ "if header \"a\" \"include\" { include text:\nx\n.\n; }", false, { NULL } },
		{ "include", false, { NULL } },
		{ "include \"a", false, { "a" } },
		{ "\xff\xfe vacation", true, { NULL } },
		{ "\"", false, { NULL } },
		{ "\"\\", false, { NULL } },
		{ ":", false, { NULL } },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ms_peek got;
		size_t n = 0;

		while (n < COUNT(rows[i].include) && rows[i].include[n] != NULL)
			n++;
		ms_peek(*state, bytes_of(rows[i].script), &got);
		CHECK_ROW(rows[i].script, got.answers == rows[i].answers);
		CHECK_ROW(rows[i].script, got.n == n);
		for (size_t k = 0; k < n; k++)
			CHECK_ROW(
				rows[i].script,
				unit_same(got.include[k], rows[i].include[k]));
	}
}

static void
no_more_includes_are_seen_than_there_is_room_for(void **state)
{
	struct op *op = *state;
	const char *script = "";
	struct ms_peek got;

	for (int i = 0; i <= MS_INCLUDES_MAX; i++) {
		script = op_print(op, "%sinclude \"s%d\";\n", script, i);
		ms_peek(op, bytes_of(script), &got);
		assert_int_equal(got.n,
				 i < MS_INCLUDES_MAX ? i + 1 : MS_INCLUDES_MAX);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(ours_is_told_from_theirs),
		UNIT_TEST(nothing_can_be_ours),
		UNIT_TEST(what_was_active_before_is_remembered_in_the_wrapper),
		UNIT_TEST(a_wrapper_that_does_not_say_what_was_active_is_none),
		UNIT_TEST(a_name_is_text_without_control_characters),
		UNIT_TEST(what_a_script_does_is_seen),
		UNIT_TEST(no_more_includes_are_seen_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
