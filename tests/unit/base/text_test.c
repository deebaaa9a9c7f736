/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"

#define LABEL_63                                                               \
	"a23456789b23456789c23456789d23456789e23456789f23456789g23456789"
#define LOCAL_64 LABEL_63 "x"
/* 4 x 63 and three dots: 255 bytes */
#define DOMAIN_255 LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63

static void
utf8_is_told_from_what_only_looks_like_it(void **state)
{
	static const struct {
		const char *row;
		const char *bytes;
		bool right;
	} rows[] = {
		/* clang-format off */
		{ "nothing",                     "", true },
		{ "ASCII",                       "plain text, longer than eight bytes", true },
		{ "DEL",                         "\x7f", true },
		{ "the first of two bytes",      "\xc2\x80", true },
		{ "the last of two bytes",       "\xdf\xbf", true },
		{ "the first of three bytes",    "\xe0\xa0\x80", true },
		{ "the last before surrogates",  "\xed\x9f\xbf", true },
		{ "the first behind surrogates", "\xee\x80\x80", true },
		{ "U+FFFF, a legal code point",  "\xef\xbf\xbf", true },
		{ "the first of four bytes",     "\xf0\x90\x80\x80", true },
		{ "the last of all",             "\xf4\x8f\xbf\xbf", true },
		{ "mixed",                       "a\xc3\xa4" "b\xe2\x82\xac" "c\xf0\x9f\x98\x80" "d", true },
		{ "a tail alone",                "\x80", false },
		{ "a tail among ASCII",          "abcdefgh\xbfijklmnop", false },
		{ "two bytes for ASCII",         "\xc0\x80", false },
		{ "two bytes for /",             "\xc0\xaf", false },
		{ "two bytes for DEL",           "\xc1\xbf", false },
		{ "three bytes for less",        "\xe0\x9f\xbf", false },
		{ "the first surrogate",         "\xed\xa0\x80", false },
		{ "the last surrogate",          "\xed\xbf\xbf", false },
		{ "four bytes for less",         "\xf0\x8f\xbf\xbf", false },
		{ "above the last of all",       "\xf4\x90\x80\x80", false },
		{ "a lead beyond the last",      "\xf5\x80\x80\x80", false },
		{ "0xFE",                        "\xfe", false },
		{ "0xFF",                        "\xff", false },
		{ "cut after one of two",        "abc\xc3", false },
		{ "cut after two of three",      "abc\xe2\x82", false },
		{ "cut after three of four",     "abc\xf0\x9f\x98", false },
		{ "a tail that is none",         "\xc3(", false },
		{ "a third that is none",        "\xe2\x82(", false },
		{ "a fourth that is none",       "\xf0\x9f\x98(", false },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].row,
			  text_utf8(bytes_of(rows[i].bytes)) == rows[i].right);
}

/* Wherever it stands: the eight bytes that are looked at together too. */
static void
nul_and_a_broken_byte_are_found_at_any_place(void **state)
{
	uint8_t text[40];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++) {
		memset(text, 'x', sizeof(text));
		assert_true(text_utf8((struct bytes){ text, sizeof(text) }));
		text[i] = 0;
		assert_false(text_utf8((struct bytes){ text, sizeof(text) }));
		text[i] = 0xff;
		assert_false(text_utf8((struct bytes){ text, sizeof(text) }));
	}
}

static void
clean_text_has_no_controls_but_white_space(void **state)
{
	static const struct {
		const char *text;
		bool clean;
	} rows[] = {
		{ "", true },
		{ "Ada Lovelace", true },
		{ "tab\tand\r\nlines", true },
		{ "J\xc3\xbcrgen \xe2\x82\xac", true },
		{ "\x01", false },
		{ "a\x1b[31m", false },
		{ "\x1f", false },
		{ "\x7f", false },
		{ "\xc2\x80", false }, /* U+0080 */
		{ "\xc2\x9f", false }, /* U+009F */
		{ "\xc2\xa0", true },
		{ "\xff", false },
		{ "a\xc3", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].text,
			  text_clean(rows[i].text) == rows[i].clean);
}

static void
latin1_becomes_utf8(void **state)
{
	uint8_t all[255];
	const char *text;

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)(i + 1);
	text = text_latin1(*state, (struct bytes){ all, sizeof(all) });
	assert_int_equal(strlen(text), 127 + 2 * 128);
	assert_true(text_utf8(bytes_of(text)));
	assert_string_equal(text + 127 + 2 * 127, "\xc3\xbf");
	assert_string_equal(text_latin1(*state, bytes_of("p\xe4ss")),
			    "p\xc3\xa4ss");
	assert_string_equal(text_latin1(*state, bytes_of("")), "");
}

static void
only_ascii_is_folded(void **state)
{
	static const struct {
		const char *a, *b;
		int order;
	} rows[] = {
		{ "", "", 0 },
		{ "abc", "ABC", 0 },
		{ "abc", "ABd", -1 },
		{ "abd", "ABC", 1 },
		{ "ab", "abc", -1 },
		{ "abc", "ab", 1 },
		{ "[", "{", -1 }, /* one bit apart, as letters are */
		{ "@", "`", -1 },
		{ "\xc3\x84", "\xc3\xa4", -1 },
		{ "a", "\xc3\xa4", -1 },     /* bytes are unsigned */
		{ "K", "\xe2\x84\xaa", -1 }, /* the kelvin sign is no k */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int order = text_casecmp(rows[i].a, rows[i].b);

		CHECK_ROW(rows[i].a,
			  (order > 0) - (order < 0) == rows[i].order);
		CHECK_ROW(rows[i].a, text_case_equal(rows[i].a, rows[i].b) ==
					     (rows[i].order == 0));
	}
	assert_string_equal(text_fold(*state, "AZaz@[`{\xc3\x84"),
			    "azaz@[`{\xc3\x84");
	assert_true(text_case_starts("Basic abc", "BASIC "));
	assert_true(text_case_starts("x", ""));
	assert_false(text_case_starts("Bas", "basic"));
	assert_false(text_case_starts("", "b"));
}

static void
only_the_white_space_of_xml_is_trimmed(void **state)
{
	static const struct {
		const char *text, *trimmed;
	} rows[] = {
		{ "", "" },
		{ " \t\r\n", "" },
		{ "a", "a" },
		{ "  a b\t", "a b" },
		{ "\r\na\n", "a" },
		{ "\va\f", "\va\f" },
		{ "\xc2\xa0"
		  "a",
		  "\xc2\xa0"
		  "a" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].text,
			  unit_same(text_trim(*state, rows[i].text),
				    rows[i].trimmed) &&
				  text_is_blank(rows[i].text) ==
					  (rows[i].trimmed[0] == '\0'));
}

static void
a_head_is_whole_characters(void **state)
{
	static const struct {
		const char *text;
		size_t most;
		const char *head;
	} rows[] = {
		{ "", 0, "" },
		{ "abc", 3, "abc" },
		{ "abcd", 3, "abc" },
		{ "a\xc3\xa4", 3, "a\xc3\xa4" },
		{ "ab\xc3\xa4", 3, "ab" },
		{ "\xf0\x9f\x98\x80", 3, "" },
		{ "a\xe2\x82\xac"
		  "b",
		  4, "a\xe2\x82\xac" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].text,
			  strcmp(text_head(op, rows[i].text, rows[i].most),
				 rows[i].head) == 0);
}

static void
domains_are_labels_between_dots(void **state)
{
	static const struct {
		const char *text;
		bool right;
	} rows[] = {
		{ "example.com", true },
		{ "localhost", true },
		{ "EXAMPLE.Com", true },
		{ "a-b.c--d.1", true },
		{ "m\xc3\xbcnchen.example", true },
		{ LABEL_63 ".example", true },
		{ LOCAL_64 ".example", false }, /* a label of 64 */
		{ DOMAIN_255, true },
		{ "a" DOMAIN_255, false },
		{ "a." DOMAIN_255, false },
		{ "", false },
		{ ".", false },
		{ ".example", false },
		{ "example.", false },
		{ "exam..ple", false },
		{ "-example", false },
		{ "exa.-mple", false },
		{ "example-", false },
		{ "exam-.ple", false },
		{ "exa_mple", false },
		{ "exa mple", false },
		{ "exa@mple", false },
		{ "exa/mple", false },
		{ "[127.0.0.1]", false },
		{ "exa\x01mple", false },
		{ "exa\xc2\x80mple", false },
		{ "exa\xe2\x80\x8bmple", false }, /* a space without width */
		{ "exa\xe2\x80\xaemple", false }, /* right to left from here */
		{ "exa\xffmple", false },
		{ "exampl\xc3", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].text,
			  text_is_domain(rows[i].text) == rows[i].right);
}

static void
addresses_are_what_smtp_takes_without_quotes(void **state)
{
	static const struct {
		const char *text;
		bool right;
	} rows[] = {
		{ "ada@example.com", true },
		{ "a@b", true },
		{ "Ada.Love-lace+oof@Example.COM", true },
		{ "!#$%&'*+-/=?^_`{|}~@example.com", true },
		{ "j\xc3\xbcrgen@example.com", true },
		{ "\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b.example", true },
		{ LOCAL_64 "@example.com", true },
		{ "x" LOCAL_64 "@example.com", false },
		{ LOCAL_64 "@" DOMAIN_255, true },
		{ LOCAL_64 "@a" DOMAIN_255, false },
		{ "", false },
		{ "ada", false },
		{ "@example.com", false },
		{ "ada@", false },
		{ "a@b@example.com", false },
		{ ".ada@example.com", false },
		{ "ada.@example.com", false },
		{ "a..da@example.com", false },
		{ "a da@example.com", false },
		{ " ada@example.com", false },
		{ "ada@example.com ", false },
		{ "ada@example.com\n", false },
		{ "\"ada\"@example.com", false },
		{ "a\\da@example.com", false },
		{ "<ada@example.com>", false },
		{ "a,b@example.com", false },
		{ "a;b@example.com", false },
		{ "a:b@example.com", false },
		{ "a(b)@example.com", false },
		{ "a[b]@example.com", false },
		{ "a\x01@example.com", false },
		{ "a\x7f@example.com", false },
		{ "a\xc2\xa0@example.com", false },
		{ "a\xc2\xad@example.com", false },
		{ "a\xef\xbb\xbf@example.com", false },
		{ "a\xf3\xa0\x80\xa0@example.com", false },
		{ "a\xe3\x80\x80@example.com", false },
		{ "a\xff@example.com", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].text,
			  text_is_address(rows[i].text) == rows[i].right);
	assert_string_equal(text_domain("a@b@c"), "c");
	assert_string_equal(text_domain("a@"), "");
	assert_null(text_domain("nobody"));
}

/* The limits say what they guard. */
static void
the_longest_address_has_address_max_bytes(void **state)
{
	(void)state;
	assert_int_equal(strlen(LOCAL_64 "@" DOMAIN_255), ADDRESS_MAX);
	assert_int_equal(strlen(DOMAIN_255), DOMAIN_MAX);
}

static void
base64_has_one_spelling_for_each_value(void **state)
{
	static const struct {
		const char *text;
		const char *bytes; /* NULL: refused */
	} rows[] = {
		{ "", "" },
		{ "Zg==", "f" },
		{ "Zm8=", "fo" },
		{ "Zm9v", "foo" },
		{ "Zm9vYg==", "foob" },
		{ "Zm9vYmE=", "fooba" },
		{ "Zm9vYmFy", "foobar" },
		{ "++//", "\xfb\xef\xff" },
		{ "Z", NULL },
		{ "Zg", NULL },
		{ "Zg=", NULL },
		{ "Zg===", NULL },
		{ "====", NULL },
		{ "Z===", NULL },
		{ "=", NULL },
		{ "==", NULL },
		{ "Zh==", NULL }, /* bits that no byte takes */
		{ "Zm9=", NULL },
		{ "Zg==Zg==", NULL },
		{ "Zm8=Zm9v", NULL },
		{ "Zm=v", NULL },
		{ "Zm9v\n", NULL },
		{ " Zm9v", NULL },
		{ "Zm 9v", NULL },
		{ "Zm\n9", NULL },
		{ "Zm-v", NULL },
		{ "Zm_v", NULL },
		{ "Zm\xc3\xa4", NULL },
	};
	struct bytes out;

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum err err = text_base64_decode(*state, rows[i].text,
						  strlen(rows[i].text), &out);

		if (rows[i].bytes == NULL) {
			CHECK_ROW(rows[i].text, err == ERR_INVALID);
			continue;
		}
		CHECK_ROW(rows[i].text, err == OK);
		CHECK_ROW(rows[i].text,
			  out.n == strlen(rows[i].bytes) &&
				  memcmp(out.p, rows[i].bytes, out.n) == 0);
		CHECK_ROW(rows[i].text,
			  unit_same(text_base64(*state, out), rows[i].text));
	}
}

static void
base64url_is_the_same_without_padding(void **state)
{
	static const struct {
		const char *text, *says; /* NULL: it is refused */
	} rows[] = {
		/* clang-format off */
		{ "", "" },
		{ "Zg", "f" },
		{ "Zm8", "fo" },
		{ "Zm9v", "foo" },
		{ "w7_Dvg", "\xc3\xbf\xc3\xbe" },
		{ "Pj4-Pz8_", ">>>???" },
		{ "Pj4+Pz8_", NULL },
		{ "Pj4-Pz8/", NULL },
		{ "Zg==", NULL },
		{ "Zm8=", NULL },
		{ "Z", NULL },
		{ "Zm9vZ", NULL },
		{ "Zh", NULL },  /* bits that are not used */
		{ "Zm9", NULL },
		{ "Zm=8", NULL },
		{ "Zm 8", NULL },
		{ "Zm8\n", NULL },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes out = { NULL, 0 };
		enum err err = text_base64url_decode(
			*state, rows[i].text, strlen(rows[i].text), &out);

		CHECK_ROW(rows[i].text,
			  err == (rows[i].says == NULL ? ERR_INVALID : OK));
		if (err == OK)
			CHECK_ROW(rows[i].text,
				  unit_same((const char *)out.p, rows[i].says));
	}
	assert_int_equal(text_base64url_decode(*state, "Zm\0v", 4,
					       &(struct bytes){ NULL, 0 }),
			 ERR_INVALID);
}

static void
base64_gives_back_every_byte(void **state)
{
	uint8_t all[256];
	struct bytes out;

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)(i * 167);
	for (size_t n = 0; n <= sizeof(all); n++) {
		const char *text =
			text_base64(*state, (struct bytes){ all, n });

		assert_int_equal(
			text_base64_decode(*state, text, strlen(text), &out),
			OK);
		assert_int_equal(out.n, n);
		assert_memory_equal(out.p, all, n);
	}
	/* only n characters are looked at */
	assert_int_equal(text_base64_decode(*state, "Zm9v!!!", 4, &out), OK);
	assert_string_equal(text_hex(*state, (struct bytes){ all, 4 }),
			    "00a74ef5");
	assert_string_equal(text_hex(*state, bytes_of("")), "");
}

static void
numbers_are_whole_texts_in_range(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max;
		bool right;
		int64_t value;
	} rows[] = {
		/* clang-format off */
		{ "0", 0, 10, true, 0 },
		{ "10", 0, 10, true, 10 },
		{ "11", 0, 10, false, 0 },
		{ "-1", 0, 10, false, 0 },
		{ "-5", -5, 10, true, -5 },
		{ "-6", -5, 10, false, 0 },
		{ "007", 0, 10, true, 7 },
		{ "-0", 0, 10, true, 0 },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, false, 0 },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN },
		{ "-9223372036854775809", INT64_MIN, INT64_MAX, false, 0 },
		{ "99999999999999999999999", INT64_MIN, INT64_MAX, false, 0 },
		{ "", 0, 10, false, 0 },
		{ "-", -10, 10, false, 0 },
		{ "--1", -10, 10, false, 0 },
		{ "+1", 0, 10, false, 0 },
		{ " 1", 0, 10, false, 0 },
		{ "1 ", 0, 10, false, 0 },
		{ "1.0", 0, 10, false, 0 },
		{ "1e1", 0, 10, false, 0 },
		{ "0x1", 0, 10, false, 0 },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t value = 0;

		CHECK_ROW(rows[i].text,
			  text_number(rows[i].text, rows[i].min, rows[i].max,
				      &value) == rows[i].right);
		CHECK_ROW(rows[i].text, value == rows[i].value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(utf8_is_told_from_what_only_looks_like_it),
		UNIT_TEST(nul_and_a_broken_byte_are_found_at_any_place),
		UNIT_TEST(clean_text_has_no_controls_but_white_space),
		UNIT_TEST(latin1_becomes_utf8),
		UNIT_TEST(only_ascii_is_folded),
		UNIT_TEST(only_the_white_space_of_xml_is_trimmed),
		UNIT_TEST(a_head_is_whole_characters),
		UNIT_TEST(domains_are_labels_between_dots),
		UNIT_TEST(addresses_are_what_smtp_takes_without_quotes),
		UNIT_TEST(the_longest_address_has_address_max_bytes),
		UNIT_TEST(base64_has_one_spelling_for_each_value),
		UNIT_TEST(base64url_is_the_same_without_padding),
		UNIT_TEST(base64_gives_back_every_byte),
		UNIT_TEST(numbers_are_whole_texts_in_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
