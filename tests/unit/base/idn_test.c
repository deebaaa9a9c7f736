/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/idn.h"
#include "base/text.h"

#include <string.h>

static void
both_spellings_are_one_form(void **state)
{
	static const struct {
		const char *text, *folded;
	} rows[] = {
		/* clang-format off */
		{ "", "" },
		{ "example.com", "example.com" },
		{ "Ann@Example.COM", "ann@example.com" },
		{ "m\xc3\xbcnchen.example", "xn--mnchen-3ya.example" },
		{ "Ann@M\xc3\xbcnchen.Example", "ann@xn--mnchen-3ya.example" },
		{ "ann@XN--MNCHEN-3YA.example", "ann@xn--mnchen-3ya.example" },
		{ "stra\xc3\x9f" "e.example", "xn--strae-oqa.example" },
		{ "strasse.example", "strasse.example" },
		{ "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.example", "xn--e1afmkfd.example" },
		/* the local part is no name of DNS */
		{ "J\xc3\xbcrgen@example.com", "j\xc3\xbcrgen@example.com" },
		{ "a@b@m\xc3\xbcnchen.example", "a@b@xn--mnchen-3ya.example" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].text, unit_same(idn_fold(op, rows[i].text),
						  rows[i].folded));
}

/* Nothing becomes ASCII that is not: no such name is anybody else's. */
static void
what_looks_alike_stays_another(void **state)
{
	static const char *const rows[] = {
		/* clang-format off */
		"\xef\xbd\x85xample.com",      /* full width e */
		"example\xe3\x80\x82" "com",   /* ideographic full stop */
		"\xe2\x84\xaa.example",        /* Kelvin sign */
		"x\xc2\xad.example",           /* soft hyphen */
		"M\xc3\x9cNCHEN.example",      /* a capital letter */
		"mu\xcc\x88nchen.example",     /* u and an accent apart */
		"\xf0\x9f\x98\x80.example",    /* a picture */
		"a\xe2\x80\x8d" "b.example",   /* zero width joiner */
		"\xcc\x80" "a.example",        /* begins with an accent */
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *folded = idn_fold(op, rows[i]);

		CHECK_ROW(rows[i], unit_same(folded, text_fold(op, rows[i])));
		CHECK_ROW(rows[i], !idn_is_name(folded));
		folded = idn_fold(op, op_print(op, "ann@%s", rows[i]));
		CHECK_ROW(rows[i], unit_same(text_domain(folded),
					     text_fold(op, rows[i])));
	}
	assert_true(idn_is_name("xn--mnchen-3ya.example"));
	assert_false(idn_is_name("-x.example"));
	assert_false(idn_is_name(""));
}

/* A label of DNS has 63 bytes; a longer one is no name. */
static void
a_name_has_the_length_of_dns(void **state)
{
	struct op *op = *state;
	char label[DOMAIN_MAX + 8];

	for (size_t n = 50; n < 70; n++) {
		const char *folded;

		memset(label, 'a', n);
		memcpy(label + n, "\xc3\xbc", 3);
		folded = idn_fold(op, label);
		/* "xn--", the letters, "-", and the digits of what was not */
		if (idn_is_name(folded))
			assert_true(strlen(folded) <= 63);
		else
			assert_string_equal(folded, label);
		assert_true(n < 68 || !idn_is_name(folded));
		assert_true(n > 52 || idn_is_name(folded));
	}
	memset(label, 'a', sizeof(label));
	memcpy(label + sizeof(label) - 3, "\xc3\xbc", 3);
	assert_string_equal(idn_fold(op, label), label);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(both_spellings_are_one_form),
		UNIT_TEST(what_looks_alike_stays_another),
		UNIT_TEST(a_name_has_the_length_of_dns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
