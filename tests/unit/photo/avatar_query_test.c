/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "photo/avatar_query.h"

#define MD5 "0123456789abcdefFEDCBA9876543210"
#define SHA256 MD5 MD5

/* Libravatar's and Gravatar's own words, and what clients make of them. */
static void
names_and_parameters_are_read_as_others_read_them(void **state)
{
	static const struct {
		const char *name, *query;
		size_t n;
		unsigned edge;
		bool none_is_404, forced;
	} rows[] = {
		/* clang-format off */
		{ MD5,          NULL,                   16, 96, false, false },
		{ SHA256,       "",                     32, 96, false, false },
		{ MD5 ".jpg",   "s=80",                 16, 96, false, false },
		{ SHA256 ".PNG", "size=1",              32, 48, false, false },
		{ MD5,          "s=96",                 16, 96, false, false },
		{ MD5,          "s=97",                 16, 120, false, false },
		{ MD5,          "s=512",                16, 648, false, false },
		{ MD5,          "s=48&size=512",        16, 48, false, false },
		/* "Invalid input such as non-integer or out-of-range values will be ignored." */
		{ MD5,          "s=513",                16, 96, false, false },
		{ MD5,          "s=0",                  16, 96, false, false },
		{ MD5,          "s=-48",                16, 96, false, false },
		{ MD5,          "s=big",                16, 96, false, false },
		{ MD5,          "s=",                   16, 96, false, false },
		{ MD5,          "d=404",                16, 96, true,  false },
		{ MD5,          "s=48&amp;default=404", 16, 48, true,  false },
		{ MD5,          "d=mm",                 16, 96, false, false },
		{ MD5,          "d=https%3A%2F%2Felsewhere.example%2F404", 16, 96, false, false },
		{ MD5,          "d=4040",               16, 96, false, false },
		{ MD5,          "f=y",                  16, 96, false, true },
		{ MD5,          "forcedefault=Y&d=404", 16, 96, true,  true },
		{ MD5,          "f=n&r=g",              16, 96, false, false },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct avatar_query got;

		if (avatar_query_read(*state, rows[i].name, rows[i].query,
				      &got) != OK ||
		    got.digest_n != rows[i].n || got.edge != rows[i].edge ||
		    got.none_is_404 != rows[i].none_is_404 ||
		    got.forced != rows[i].forced)
			fail_msg("row %zu: %zu bytes, %u pixels", i,
				 got.digest_n, got.edge);
		assert_int_equal(got.digest[1], 0x23);
		assert_int_equal(got.digest[8], 0xfe);
		assert_int_equal(got.digest[rows[i].n - 1], 0x10);
	}
}

static void
what_is_no_digest_is_nobodys(void **state)
{
	static const char *const rows[] = {
		NULL,
		"",
		"ada@example.com",
		"0123456789abcdef",
		"0123456789abcdefFEDCBA987654321",
		MD5 "0",
		MD5 "00",
		"g123456789abcdefFEDCBA9876543210",
		"0123456789abcde\xc3\xa4"
		"EDCBA9876543210",
		SHA256 "0",
		SHA256 "00",
		MD5 ".svg",
		MD5 ".jpg.jpg",
		MD5 "/",
		MD5 "/" MD5,
		"0x23456789abcdefFEDCBA9876543210",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct avatar_query got;

		if (avatar_query_read(*state, rows[i], NULL, &got) !=
		    ERR_NOT_FOUND)
			fail_msg("row %zu: %s", i, rows[i]);
	}
}

static void
a_query_that_nobody_can_read_is_refused(void **state)
{
	struct avatar_query got;

	assert_int_equal(avatar_query_read(*state, MD5, "s=%zz", &got),
			 ERR_INVALID);
	assert_int_equal(avatar_query_read(*state, MD5, "d=%00", &got),
			 ERR_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(names_and_parameters_are_read_as_others_read_them),
		UNIT_TEST(what_is_no_digest_is_nobodys),
		UNIT_TEST(a_query_that_nobody_can_read_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
