/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/fold.h"

static void
names_are_folded_to_words(void **state)
{
	static const struct {
		const char *name, *folded;
	} rows[] = {
		/* clang-format off */
		{ "", "" },
		{ "Ada", "ada" },
		{ "  Ada \t LOVELACE\n", "ada lovelace" },
		{ "Lovelace, Ada", "lovelace ada" },
		{ "M\xc3\xbcller-Nagy, \xc3\x89va", "muller nagy eva" },
		{ "Mu\xcc\x88ller", "muller" },          /* an accent of its own */
		{ "\xc3\x85ngstr\xc3\xb6m", "angstrom" },
		{ "Stra\xc3\x9f" "e", "strasse" },
		{ "\xef\xbc\xa1\xef\xbd\x84\xef\xbd\x81", "ada" }, /* full width */
		{ "\xd0\x9b\xd0\xa3\xd0\xba\xd0\xb0", "\xd0\xbb\xd1\x83\xd0\xba\xd0\xb0" },
		{ "\xe5\xb1\xb1\xe7\x94\xb0 \xe5\xa4\xaa\xe9\x83\x8e", "\xe5\xb1\xb1\xe7\x94\xb0 \xe5\xa4\xaa\xe9\x83\x8e" },
		{ "O'Brien (R2)", "o brien r2" },
		{ "...", "" },
		{ "\xc2\xa0x\xe2\x80\x83y\xc2\xa0", "x y" }, /* other spaces */
		{ "a\xff", "" },                         /* no UTF-8 */
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = fold_name(*state, rows[i].name);

		CHECK_ROW(rows[i].name, strcmp(got, rows[i].folded) == 0);
		CHECK_ROW(rows[i].name,
			  strcmp(fold_name(*state, got), got) == 0);
	}
}

/* The character that grows most, as often as a name can hold it. */
static void
what_grows_is_not_cut(void **state)
{
	static const char ligature[] = "\xef\xb7\xba"; /* 18 letters, spaces */
	char name[257] = "";
	const char *got;
	size_t words = 1;

	for (size_t i = 0; i < 85; i++)
		strcat(name, ligature);
	got = fold_name(*state, name);
	for (const char *p = got; *p != '\0'; p++)
		words += *p == ' ';
	assert_int_equal(words, 85 * 3 + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(names_are_folded_to_words),
		UNIT_TEST(what_grows_is_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
