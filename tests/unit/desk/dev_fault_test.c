/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"
#include "desk/dev_fault.h"

#include <string.h>

static void
a_word_is_a_fault(void **state)
{
	static const struct {
		const char *word;
		enum dev_kind kind;
		int status;
		unsigned delay_ms;
	} rows[] = {
		/* clang-format off */
		{ "", DEV_NONE, 0, 0 },
		{ "cut", DEV_CUT, 0, 0 },
		{ "ErrorServerBusy", DEV_CODE, 0, 0 },
		{ "ErrorOfTomorrow2", DEV_CODE, 0, 0 },
		{ "401", DEV_STATUS, 401, 0 },
		{ "503", DEV_STATUS, 503, 0 },
		{ "delay:0", DEV_DELAY, 0, 0 },
		{ "delay:2", DEV_DELAY, 0, 2000 },
		{ "delay:2.5", DEV_DELAY, 0, 2500 },
		{ "delay:0.05", DEV_DELAY, 0, 50 },
		{ "delay:0.125", DEV_DELAY, 0, 125 },
		{ "delay:600", DEV_DELAY, 0, 600000 },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dev_fault f;

		CHECK_ROW(rows[i].word,
			  dev_fault_read(op, rows[i].word, &f) == OK);
		CHECK_ROW(rows[i].word, f.kind == rows[i].kind);
		CHECK_ROW(rows[i].word, f.status == rows[i].status);
		CHECK_ROW(rows[i].word, f.delay_ms == rows[i].delay_ms);
		CHECK_ROW(rows[i].word, unit_same(f.word, rows[i].word));
	}
}

static void
any_other_word_is_refused(void **state)
{
	static const char *const rows[] = {
		"Error",        "error",       "ErrorServer Busy",
		"Error<a>",     "NoError",     "200",
		"999",          "-401",        "401x",
		"delay:",       "delay:x",     "delay:-1",
		"delay:601",    "delay:600.1", "delay:1.",
		"delay:1.2345", "delay:.5",    "delay:1.x",
		"cutx",         " cut",
	};
	struct op *op = *state;
	struct dev_fault f;
	char word[DEV_WORD_MAX + 2];

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i],
			  dev_fault_read(op, rows[i], &f) == ERR_INVALID);
	memset(word, 'a', sizeof(word));
	memcpy(word, "Error", 5);
	word[DEV_WORD_MAX] = '\0';
	assert_int_equal(dev_fault_read(op, word, &f), OK);
	word[DEV_WORD_MAX] = 'a';
	word[DEV_WORD_MAX + 1] = '\0';
	assert_int_equal(dev_fault_read(op, word, &f), ERR_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_word_is_a_fault),
		UNIT_TEST(any_other_word_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
