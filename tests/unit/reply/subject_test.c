/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"
#include "reply/subject.h"

static void
templates_have_one_slot_and_one_line(void **state)
{
	static const struct {
		const char *text;
		bool template, own;
	} rows[] = {
		/* clang-format off */
		{ "Away: %s", true, true }, { "%s", true, true }, { "de=Abwesend: %s", true, true }, { "zh-Hant=%s", true, true },
		{ "Away", false, false }, { "%s %s", false, false }, { "%d", false, false }, { "100 %: %s", false, false },
		{ "%s 100 %", false, false }, { "%%s", false, false }, { "", false, false }, { "a\n%s", false, false }, { "a\t%s", false, false },
		{ "a b=%s", true, true }, { "de=", false, false }, { "de=x", false, false },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].text, subject_is_template(rows[i].text) ==
						rows[i].template);
		CHECK_ROW(rows[i].text,
			  subject_is_own(rows[i].text) == rows[i].own);
	}
	for (int n = SUBJECT_TEMPLATE_MAX; n <= SUBJECT_TEMPLATE_MAX + 1; n++)
		assert_true(subject_is_template(
				    op_print(op, "%0*d%%s", n - 2, 0)) ==
			    (n == SUBJECT_TEMPLATE_MAX));
}

static void
the_nearest_language_counts_and_the_site_before_us(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const some[] = { "de=D %s", "de-AT=A %s", "xx=X %s",
					    NULL };
	static const char *const all[] = { "de=D %s", "E %s", NULL };
	static const struct {
		const char *const *own;
		const char *lang, *template;
	} rows[] = {
		/* clang-format off */
		{ NULL, NULL,      "Automatic reply: %s" },
		{ none, "",        "Automatic reply: %s" },
		{ none, "en-GB",   "Automatic reply: %s" },
		{ none, "tlh",     "Automatic reply: %s" },
		{ none, "de",      "Automatische Antwort: %s" },
		{ none, "DE-ch",   "Automatische Antwort: %s" },
		{ none, "de-Latn-CH", "Automatische Antwort: %s" },
		{ none, "d",       "Automatic reply: %s" },
		{ none, "fr",      "R\xc3\xa9ponse automatique\xc2\xa0: %s" },
		{ none, "zh",      "\xe8\x87\xaa\xe5\x8a\xa8\xe7\xad\x94\xe5\xa4\x8d: %s" },
		{ none, "zh-TW",   "\xe8\x87\xaa\xe5\x8b\x95\xe5\x9b\x9e\xe8\xa6\x86: %s" },
		{ none, "zh-Hant-HK", "\xe8\x87\xaa\xe5\x8b\x95\xe5\x9b\x9e\xe8\xa6\x86: %s" },
		{ some, "de",      "D %s" }, { some, "de-AT", "A %s" }, { some, "de-CH", "D %s" },
		{ some, "xx-YY",   "X %s" }, { some, "nl", "Automatisch antwoord: %s" }, { some, "", "Automatic reply: %s" },
		{ all,  "de",      "D %s" }, { all, "nl", "E %s" }, { all, NULL, "E %s" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = subject_template(rows[i].own, rows[i].lang);

		CHECK_ROW(rows[i].template, unit_same(got, rows[i].template));
		CHECK_ROW(rows[i].template, subject_is_template(got));
	}
}

static void
the_original_subject_is_cut_at_a_character(void **state)
{
	struct op *op = *state;
	char *umlauts = op_alloc(op, 2 * SUBJECT_MAX + 1);
	const char *got;

	assert_string_equal(subject_fill(op, "Away: %s", "x"), "Away: x");
	assert_string_equal(subject_fill(op, "Away: %s", ""), "Away");
	assert_string_equal(subject_fill(op, "Weg : %s", ""), "Weg");
	assert_string_equal(subject_fill(op, "Loin\xc2\xa0: %s", ""), "Loin");
	assert_string_equal(subject_fill(op, "%s (away)", ""), " (away)");
	assert_string_equal(subject_fill(op, "[%s]", "%s ${1}"), "[%s ${1}]");
	for (size_t i = 0; i < SUBJECT_MAX; i++)
		memcpy(umlauts + 2 * i, "\xc3\xbc", 2);
	for (int odd = 0; odd < 2; odd++) {
		got = subject_fill(op, odd ? "abc%s" : "ab%s", umlauts);
		assert_int_equal(strlen(got), SUBJECT_MAX - odd);
		assert_true(text_utf8(bytes_of(got)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(templates_have_one_slot_and_one_line),
		UNIT_TEST(the_nearest_language_counts_and_the_site_before_us),
		UNIT_TEST(the_original_subject_is_cut_at_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
