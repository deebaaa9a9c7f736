/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/buf.h"
#include "base/text.h"
#include "wire/xml.h"

static const char *
written(struct op *op, void (*write)(struct buf *, const char *),
	const char *text)
{
	struct buf b;

	buf_init(&b, op, 0, 8 * MIB);
	write(&b, text);
	assert_int_equal(buf_err(&b), OK);
	return buf_text(&b);
}

static void
only_what_must_be_is_escaped(void **state)
{
	static const struct {
		const char *text, *content, *value;
	} rows[] = {
		/* clang-format off */
		{ "", "", "" },
		{ "plain", "plain", "plain" },
		{ "a&b<c>d", "a&amp;b&lt;c&gt;d", "a&amp;b&lt;c&gt;d" },
		{ "]]>", "]]&gt;", "]]&gt;" },
		{ "\"'", "\"'", "&quot;'" },
		{ "&amp;", "&amp;amp;", "&amp;amp;" },
		{ "&&&", "&amp;&amp;&amp;", "&amp;&amp;&amp;" },
		{ "a\tb\nc\r\nd", "a\tb\nc&#xD;\nd", "a&#x9;b&#xA;c&#xD;&#xA;d" },
		{ "\x01\x08\x0b\x0c\x0e\x1f", "", "" },
		{ "a\x01" "b", "ab", "ab" },
		{ "\x7f\xc2\x80", "\x7f\xc2\x80", "\x7f\xc2\x80" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		  "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xef\xbf\xbd\xef\xbf\xbe\xef\xbf\xbf!", "\xef\xbf\xbd!", "\xef\xbf\xbd!" },
		{ "\xef\xbb\xbf", "\xef\xbb\xbf", "\xef\xbb\xbf" },
		{ "\xef\xbc\xa1<", "\xef\xbc\xa1&lt;", "\xef\xbc\xa1&lt;" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(
			rows[i].text,
			unit_same(written(*state, xml_write_text, rows[i].text),
				  rows[i].content));
		CHECK_ROW(rows[i].text,
			  unit_same(written(*state, xml_write_value,
					    rows[i].text),
				    rows[i].value));
	}
}

/* Writes a text into a document as content, and a value that has room in its
 * tag; the text must come back as `expected`. */
static void
check_text(struct op *op, const char *value, const char *text,
	   const struct xml_node **root, const char *expected)
{
	struct xml_fault fault;
	struct buf b;

	buf_init(&b, op, 0, 16 * MIB);
	buf_puts(&b, "<a v=\"");
	xml_write_value(&b, value);
	buf_puts(&b, "\">");
	xml_write_text(&b, text);
	buf_puts(&b, "</a>");
	assert_int_equal(buf_err(&b), OK);
	assert_int_equal(xml_parse(op, buf_bytes(&b), root, &fault), OK);
	assert_string_equal((*root)->text, expected);
}

static void
check_round_trip(struct op *op, const char *text, const char *expected)
{
	const struct xml_node *root;

	check_text(op, text, text, &root, expected);
	assert_string_equal(xml_attribute(root, "v"), expected);
}

static size_t
utf8_put(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* XML 1.0, production 2 */
static bool
is_char(uint32_t c)
{
	return c == 9 || c == 10 || c == 13 || (c >= 0x20 && c <= 0xd7ff) ||
	       (c >= 0xe000 && c <= 0xfffd) || c >= 0x10000;
}

static void
every_character_comes_back_or_is_dropped(void **state)
{
	enum { PIECE = 0x1000 }; /* a value has room in a tag */
	struct op *op = *state;
	char *text = malloc(4 * PIECE + 1), *legal = malloc(4 * PIECE + 1);

	assert_true(text != NULL && legal != NULL);
	for (uint32_t from = 0; from < 0x110000; from += PIECE) {
		size_t n = 0, legal_n = 0;

		for (uint32_t c = from == 0 ? 1 : from; c < from + PIECE; c++) {
			if (c >= 0xd800 && c <= 0xdfff)
				continue; /* no text has surrogates */
			n += utf8_put(text + n, c);
			if (is_char(c))
				legal_n += utf8_put(legal + legal_n, c);
		}
		text[n] = legal[legal_n] = '\0';
		assert_true(text_utf8(bytes_of(text)));
		check_round_trip(op, text, legal);
		arena_reset(op->arena);
	}
	free(text);
	free(legal);
}

static uint32_t
random_next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

/* Texts of the characters that matter, in any order: the same ones each
 * time. */
static void
any_mixture_comes_back(void **state)
{
	static const char *const pieces[] = {
		"&",
		"<",
		">",
		"\"",
		"'",
		"\r",
		"\n",
		"\t",
		" ",
		"]]>",
		"a",
		"<![CDATA[",
		"&amp;",
		"&#13;",
		"<!--",
		"-->",
		"<?",
		"?>",
		"\xc3\xa4",
		"\xef\xbc\x81",
		"\xf0\x9f\x98\x80",
		"longer text",
	};
	struct op *op = *state;
	uint32_t seed = 1;

	for (int round = 0; round < 3000; round++) {
		size_t n = random_next(&seed) % 30;
		struct buf b;

		buf_init(&b, op, 0, KIB);
		for (size_t i = 0; i < n; i++)
			buf_puts(&b,
				 pieces[random_next(&seed) % COUNT(pieces)]);
		check_round_trip(op, buf_text(&b), buf_text(&b));
		arena_reset(op->arena);
	}
}

/* The longest reply of all, of what takes most room. */
static void
a_reply_of_quotes_comes_back(void **state)
{
	enum { N = 128000 };
	char *text = op_alloc(*state, N + 1);
	const struct xml_node *root;

	memset(text, '"', N);
	check_text(*state, "", text, &root, text);
	memset(text, '&', N);
	check_text(*state, "", text, &root, text);
}

static void
the_limit_of_a_buffer_is_kept(void **state)
{
	struct buf b;

	buf_init(&b, *state, 0, 5);
	xml_write_text(&b, "&");
	assert_int_equal(buf_err(&b), OK);
	buf_init(&b, *state, 0, 4);
	xml_write_text(&b, "&and nothing behind it");
	assert_int_equal(buf_err(&b), ERR_LIMIT);
	assert_string_equal(buf_text(&b), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(only_what_must_be_is_escaped),
		UNIT_TEST(every_character_comes_back_or_is_dropped),
		UNIT_TEST(any_mixture_comes_back),
		UNIT_TEST(a_reply_of_quotes_comes_back),
		UNIT_TEST(the_limit_of_a_buffer_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
