/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "verbs/setup/found.h"

#define HEAD "# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf\n"

static void
settings_are_found_in_their_blocks(void **state)
{
	static const char said[] =
		HEAD "# Pigeonhole version 0.5.19 (4eae2f79)\n"
		     "protocols = \" imap lmtp\"\n"
		     "passdb {\n  driver = pam\n}\n"
		     "passdb {\n  driver = passwd-file\n  master = yes\n}\n"
		     "service dict {\n  unix_listener dict {\n"
		     "    mode = 0660\n  }\n}\n"
		     "namespace inbox {\n  mailbox \"Sent Messages\" {\n"
		     "    special_use = \\Sent\n  }\n}\n"
		     "plugin {\n  sieve = a\n}\nplugin {\n  sieve = b\n}\n"
		     "doveconf: Warning: something\n";
	static const struct {
		const char *block, *key, *value;
	} rows[] = {
		/* clang-format off */
		{ "", "protocols", "imap lmtp" },
		{ "passdb", "driver", "passwd-file" },
		{ "service dict/unix_listener dict", "mode", "0660" },
		{ "namespace inbox/mailbox Sent Messages", "special_use", "\\Sent" },
		{ "plugin", "sieve", "b" },
		{ "", "sieve", NULL },
		{ "plugin", "protocols", NULL },
		/* clang-format on */
	};
	struct found f;

	assert_int_equal(found_dovecot(*state, bytes_of(said), &f), OK);
	assert_string_equal(f.version, "2.3.19.1");
	assert_string_equal(f.sieve, "0.5.19");
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].key,
			  unit_same(found_get(&f, rows[i].block, rows[i].key),
				    rows[i].value));
	assert_int_not_equal(f.setting[1].number, f.setting[2].number);
}

static void
what_is_no_configuration_is_refused(void **state)
{
	static const struct {
		const char *name, *said;
		enum err err;
	} rows[] = {
		/* clang-format off */
		{ "nothing", "", ERR_INVALID },
		{ "no version", "protocols = imap\n", ERR_INVALID },
		{ "a brace too many", HEAD "a = b\n}\n", ERR_INVALID },
		{ "only a version", HEAD, OK },
		{ "no line end", HEAD "a = b", OK },
		{ "eight deep", HEAD "a {\nb {\nc {\nd {\ne {\nf {\ng {\nh {\n", OK },
		{ "nine deep", HEAD "a {\nb {\nc {\nd {\ne {\nf {\ng {\nh {\ni {\n", ERR_LIMIT },
		/* clang-format on */
	};
	struct found f;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].name,
			  found_dovecot(*state, bytes_of(rows[i].said), &f) ==
				  rows[i].err);
}

/* A line that a terminal would obey, or that is no text, is none. */
static void
what_is_no_text_is_passed_over(void **state)
{
	static const char said[] = HEAD "a = \x1b[31m\nb = \xff\nc = d\n";
	struct found f;

	assert_int_equal(found_dovecot(*state, bytes_of(said), &f), OK);
	assert_int_equal(f.n, 1);
	assert_string_equal(f.setting[0].key, "c");
}

static void
settings_have_a_limit(void **state)
{
	struct op *op = *state;
	struct found f = { 0 };
	char *said = op_alloc(op, 4 * ((size_t)FOUND_MAX + 1) + 1);

	for (size_t i = 0; i <= FOUND_MAX; i++)
		memcpy(said + 4 * i, "a=b\n", 4);
	assert_int_equal(found_postfix(op,
				       (struct bytes){ (uint8_t *)said,
						       4 * (size_t)FOUND_MAX },
				       &f),
			 OK);
	assert_int_equal(f.n, FOUND_MAX);
	assert_int_equal(found_postfix(op, bytes_of("a=b\n"), &f), ERR_LIMIT);
}

static void
words_of_a_list_are_whole(void **state)
{
	static const struct {
		const char *list, *word;
		bool is;
	} rows[] = {
		{ "imap lmtp", "lmtp", true }, { "imap, lmtp", "imap", true },
		{ " lmtp ", "lmtp", true },    { "imap lmtps", "lmtp", false },
		{ "xlmtp", "lmtp", false },    { "", "lmtp", false },
		{ NULL, "lmtp", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].list == NULL ? "none" : rows[i].list,
			  found_word(rows[i].list, rows[i].word) == rows[i].is);
}

static void
versions_have_two_numbers(void **state)
{
	static const struct {
		const char *text;
		unsigned major, minor; /* 0: it is none */
	} rows[] = {
		{ "2.3.19.1", 2, 3 }, { "2.4.1-4", 2, 4 }, { "3.7.11", 3, 7 },
		{ "2", 0, 0 },        { "2.", 0, 0 },      { ".3", 0, 0 },
		{ "two.3", 0, 0 },    { "1000.1", 0, 0 },  { "", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned major = 0, minor = 0;

		CHECK_ROW(rows[i].text,
			  found_version(rows[i].text, &major, &minor) ==
				  (rows[i].major != 0));
		CHECK_ROW(rows[i].text,
			  major == rows[i].major && minor == rows[i].minor);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(settings_are_found_in_their_blocks),
		UNIT_TEST(what_is_no_configuration_is_refused),
		UNIT_TEST(what_is_no_text_is_passed_over),
		UNIT_TEST(settings_have_a_limit),
		cmocka_unit_test(words_of_a_list_are_whole),
		cmocka_unit_test(versions_have_two_numbers),
	};

	return cmocka_run_group_tests_name("verbs/setup/found", tests, NULL,
					   NULL);
}
