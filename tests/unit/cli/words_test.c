/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "cli/words.h"
#include "model/oof.h"

static void
an_audience_is_one_of_three_words(void **state)
{
	static const struct {
		const char *text;
		enum err err;
		unsigned audience;
	} rows[] = {
		{ "none", OK, AUDIENCE_NONE }, { "known", OK, AUDIENCE_KNOWN },
		{ "all", OK, AUDIENCE_ALL },   { "ALL", OK, AUDIENCE_ALL },
		{ "", ERR_INVALID, 0 },        { "some", ERR_INVALID, 0 },
		{ "all ", ERR_INVALID, 0 },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned audience = 0;

		CHECK_ROW(rows[i].text,
			  words_audience(op, "audience", rows[i].text,
					 &audience) == rows[i].err);
		CHECK_ROW(rows[i].text, audience == rows[i].audience);
	}
	assert_string_equal(op->reason,
			    "--audience 'all ': it is none, known or all");
	assert_string_equal(words_audience_name(AUDIENCE_KNOWN), "known");
	assert_null(words_audience_name(0));
	assert_null(words_audience_name(AUDIENCE_ALL + 1));
}

static void
a_state_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(words_state_name(0), "disabled");
	assert_string_equal(words_state_name(OOF_DISABLED), "disabled");
	assert_string_equal(words_state_name(OOF_ENABLED), "enabled");
	assert_string_equal(words_state_name(OOF_SCHEDULED), "scheduled");
	assert_null(words_state_name(OOF_SCHEDULED + 1));
}

static void
a_text_is_what_xml_can_carry(void **state)
{
	static const struct {
		const char *name, *text;
		enum err err;
	} rows[] = {
		/* clang-format off */
		{ "empty", "", OK },
		{ "plain", "a\tb\r\nc", OK },
		{ "letters", "Zoë 山田 \xf0\x9f\x8c\xb4", OK },
		{ "as long as may be", "1234567890", OK },
		{ "one too long", "12345678901", ERR_LIMIT },
		{ "Latin-1", "Zo\xeb", ERR_INVALID },
		{ "a control", "a\x01", ERR_INVALID },
		{ "escape", "\x1b[2J", ERR_INVALID },
		{ "U+FFFE", "\xef\xbf\xbe", ERR_INVALID },
		{ "U+FFFF", "a\xef\xbf\xbf", ERR_INVALID },
		{ "U+FFFD", "\xef\xbf\xbd", OK },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].name,
			  words_text(*state, "name", rows[i].text,
				     i == 2 ? 20 : 10) == rows[i].err);
}

static void
a_zone_is_one_of_the_database(void **state)
{
	struct op *op = *state;

	assert_int_equal(words_zone(op, "tz", "Europe/Berlin"), OK);
	assert_int_equal(words_zone(op, "tz", "UTC"), OK);
	assert_int_equal(words_zone(op, "tz", "Nowhere/Town"), ERR_INVALID);
	assert_non_null(strstr(op->reason, "--tz 'Nowhere/Town'"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(an_audience_is_one_of_three_words),
		UNIT_TEST(a_state_has_a_name),
		UNIT_TEST(a_text_is_what_xml_can_carry),
		UNIT_TEST(a_zone_is_one_of_the_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
