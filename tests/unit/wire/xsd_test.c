/* SPDX-License-Identifier: Apache-2.0 */
/* The table reader and writer, on tables of its own. */
#include "message.h"

#include "base/buf.h"
#include "base/text.h"
#include "wire/xsd.h"

#define T_URI "http://schemas.microsoft.com/exchange/services/2006/types"
#define M_URI "http://schemas.microsoft.com/exchange/services/2006/messages"

struct inner {
	const char *text, *lang;
};

struct outer {
	const char *text, *token, *class;
	int64_t when;
	bool unzoned;
	unsigned colour;
	int number;
	bool constant;
	struct inner in;
	struct inner *behind;
};

struct pick {
	const char *a, *b;
};

struct word {
	const char *text, *key;
	struct bytes bytes;
	unsigned yes;
};
struct pack {
	struct word *word;
	size_t word_n;
};

/* clang-format off */
static const struct xsd_word colour_words[] = {
	{ "Red", 1 }, { "Green", 2 }, { NULL, 0 },
};
static const struct xsd_words colours = { "t:Colour", colour_words };

#define T struct inner
static const struct xsd_field inner_fields[] = {
	XSD_TEXT    ("t:Text",    OPTIONAL, T, text),
	XSD_LANGUAGE("@xml:lang", OPTIONAL, T, lang),
	XSD_END,
};
static XSD_TYPE_WITH(inner, "t:Inner", inner_fields, .open = true);
#undef T

#define T struct outer
static const struct xsd_field outer_fields[] = {
	XSD_TEXT  ("t:Text",   OPTIONAL, T, text),
	XSD_TOKEN ("t:Token",  OPTIONAL, T, token),
	XSD_TIME  ("t:When",   REQUIRED, T, when, unzoned),
	XSD_ENUM  ("t:Colour", OPTIONAL, T, colour, colours),
	XSD_INT   ("t:Number", OPTIONAL, T, number),
	XSD_CONST ("t:Zero",   OPTIONAL, T, constant, "xs:int", "0"),
	XSD_INSIDE("t:In",     OPTIONAL, T, in, inner),
	XSD_BEHIND("m:Behind", OPTIONAL, T, behind, inner),
	XSD_TEXT  ("@Class",   REQUIRED, T, class),
	XSD_END,
};
static XSD_TYPE(outer, "t:Outer", outer_fields);
#undef T

#define T struct pick
static const struct xsd_field pick_fields[] = {
	XSD_TEXT("t:A", OPTIONAL, T, a),
	XSD_TEXT("t:B", OPTIONAL, T, b),
	XSD_END,
};
static XSD_TYPE_WITH(pick, "t:Pick", pick_fields, .choice = true);
static const struct xsd_type lax_type = {
	.name = "t:Lax",
	.fields = pick_fields,
	.size = sizeof(struct pick),
	.lax = true,
};
#undef T

#define T struct word
static const struct xsd_field word_fields[] = {
	XSD_TEXT(XSD_OWN, OPTIONAL, T, text),
	XSD_TEXT("@Key",  OPTIONAL, T, key),
	XSD_END,
};
static XSD_TYPE(word, "t:Word", word_fields);
static const struct xsd_field plain_fields[] = {
	XSD_TEXT(XSD_OWN, OPTIONAL, T, text),
	XSD_END,
};
static const struct xsd_type plain_type = {
	.fields = plain_fields,
	.size = sizeof(struct word),
};
static const struct xsd_field data_fields[] = {
	XSD_BYTES("t:Data", OPTIONAL, T, bytes),
	XSD_ENUM ("t:Yes",  OPTIONAL, T, yes, xsd_booleans),
	XSD_END,
};
static const struct xsd_type data_type = {
	.name = "t:Data",
	.fields = data_fields,
	.size = sizeof(struct word),
};
#undef T

#define WORDS_MAX 5
#define T struct pack
static const struct xsd_field pack_fields[] = {
	XSD_LIST   ("t:Word",  OPTIONAL, T, word, word, WORDS_MAX),
	XSD_LIST_BY("t:Plain", OPTIONAL, T, word, word, WORDS_MAX, plain_type),
	XSD_END,
};
static XSD_TYPE_WITH(pack, "t:Pack", pack_fields, .several = true);
static const struct xsd_field one_fields[] = {
	XSD_LIST("t:Word", REQUIRED, T, word, word, WORDS_MAX),
	XSD_END,
};
static const struct xsd_type one_type = {
	.name = "t:One",
	.fields = one_fields,
	.size = sizeof(struct pack),
};
#undef T
/* clang-format on */

#define WHEN "<When>2026-11-22T00:00:00Z</When>"
#define WHEN_AT INT64_C(1795305600)

/* Reads what stands inside of <Outer Class="c">; *violation NULL: it is read.
 */
static struct outer
read_outer(struct op *op, const char *inside, const char **violation)
{
	struct outer out = { 0 };
	struct xml_fault fault = { 0 };
	const char *document = op_print(op,
					"<Outer Class='c' xmlns='" T_URI
					"' xmlns:m='" M_URI "'>%s</Outer>",
					inside);
	enum err err =
		xsd_read(op, &outer_type, message_tree(op, bytes_of(document)),
			 &out, &fault);

	assert_int_equal(err, fault.violation == NULL ? OK : ERR_INVALID);
	*violation = fault.violation;
	return out;
}

static void
every_kind_is_read(void **state)
{
	struct op *op = *state;
	const char *violation;
	struct outer o = read_outer(
		op,
		"<m:Behind xml:lang='de-DE'><Text> b </Text></m:Behind>"
		"<Zero>0</Zero><Number> -12 </Number><Colour>Green</Colour>"
		"<In><Later><A/></Later><Text>x<![CDATA[<y>]]></Text></In>"
		"<Token>\n t \t</Token> \r\n <Text>\n t \t</Text>" WHEN,
		&violation);

	assert_null(violation);
	assert_string_equal(o.text, "\n t \t");
	assert_string_equal(o.token, "t");
	assert_string_equal(o.class, "c");
	assert_int_equal(o.when, WHEN_AT);
	assert_false(o.unzoned);
	assert_int_equal(o.colour, 2);
	assert_int_equal(o.number, -12);
	assert_true(o.constant);
	assert_string_equal(o.in.text, "x<y>");
	assert_null(o.in.lang);
	assert_string_equal(o.behind->text, " b ");
	assert_string_equal(o.behind->lang, "de-DE");
}

static void
what_is_absent_stays_zero(void **state)
{
	const char *violation;
	struct outer o = read_outer(*state, WHEN, &violation);

	assert_null(violation);
	assert_null(o.text);
	assert_int_equal(o.colour, 0);
	assert_null(o.behind);
	assert_false(o.constant);
}

static void
a_time_tells_whether_it_had_a_zone(void **state)
{
	const char *violation;
	struct outer o = read_outer(*state, "<When>2026-11-22T00:00:00</When>",
				    &violation);

	assert_null(violation);
	assert_true(o.unzoned);
	assert_int_equal(o.when, WHEN_AT);
}

static void
everything_wrong_is_told(void **state)
{
	static const struct {
		const char *inside, *violation;
	} rows[] = {
		/* clang-format off */
		{ "", "The element 'Outer' lacks the child element 'When'." },
		{ WHEN WHEN, "The element 'When' comes twice." },
		{ WHEN "<Odd/>", "The element 'Odd' is not expected here." },
		{ WHEN "<m:Text/>", "The element 'Text' is not expected here." },
		{ WHEN "<Text xmlns=''/>", "The element 'Text' is not expected here." },
		{ WHEN "<Behind/>", "The element 'Behind' is not expected here." },
		{ WHEN "x", "The element 'Outer' cannot contain text." },
		{ WHEN "<In>x</In>", "The element 'In' cannot contain text." },
		{ WHEN "<In><m:Later/></In>", "The element 'Later' is not expected here." },
		{ WHEN "<In><Text/><Text/></In>", "The element 'Text' comes twice." },
		{ WHEN "<Text>a<b/>c</Text>", "The element 'Text' cannot contain child elements." },
		{ WHEN "<Colour>red</Colour>", "The 'Colour' element has the invalid value 'red'." },
		{ WHEN "<Colour> Red</Colour>", "The 'Colour' element has the invalid value ' Red'." },
		{ WHEN "<Colour/>", "The 'Colour' element has the invalid value ''." },
		{ WHEN "<Number>1.5</Number>", "The 'Number' element has the invalid value '1.5'." },
		{ WHEN "<Number>2147483648</Number>", "The 'Number' element has the invalid value '2147483648'." },
		{ WHEN "<Zero>1</Zero>", "The 'Zero' element has the invalid value '1'." },
		{ "<When>soon</When>", "The 'When' element has the invalid value 'soon'." },
		{ "<When/>", "The 'When' element has the invalid value ''." },
		{ WHEN "<In xml:lang='en_US'/>", "The 'xml:lang' attribute has the invalid value 'en_US'." },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *violation;

		(void)read_outer(*state, rows[i].inside, &violation);
		if (!unit_same(violation, rows[i].violation))
			print_error("%s\n", violation);
		CHECK_ROW(rows[i].inside,
			  unit_same(violation, rows[i].violation));
	}
}

static void
a_violation_says_where(void **state)
{
	struct op *op = *state;
	struct outer out = { 0 };
	struct xml_fault fault = { 0 };
	const char *document =
		"<Outer Class='c' xmlns='" T_URI "'>\n  " WHEN "\n"
		"   <Colour>Blue</Colour></Outer>";

	assert_int_equal(xsd_read(op, &outer_type,
				  message_tree(op, bytes_of(document)), &out,
				  &fault),
			 ERR_INVALID);
	assert_int_equal(fault.line, 3);
	assert_int_equal(fault.column, 4);
	assert_string_equal(op->reason, "3:4: The 'Colour' element has the "
					"invalid value 'Blue'.");
}

static void
a_long_wrong_value_is_cut_between_characters(void **state)
{
	struct op *op = *state;
	char value[301] = "";
	const char *violation;

	for (size_t i = 0; i < 150; i++)
		strcat(value, i == 0 ? "ab" : "\xc3\xa4");
	(void)read_outer(op, op_print(op, WHEN "<Colour>x%s</Colour>", value),
			 &violation);
	assert_true(strlen(violation) < 160);
	assert_true(text_utf8(bytes_of(violation)));
	assert_non_null(strstr(violation, "\xc3\xa4...'"));
}

static void
a_required_attribute_must_be_there(void **state)
{
	struct op *op = *state;
	struct outer out = { 0 };
	struct xml_fault fault = { 0 };
	const char *document = "<Outer xmlns='" T_URI "'>" WHEN "</Outer>";

	assert_int_equal(xsd_read(op, &outer_type,
				  message_tree(op, bytes_of(document)), &out,
				  &fault),
			 ERR_INVALID);
	assert_string_equal(fault.violation,
			    "The element 'Outer' lacks the attribute 'Class'.");
}

static void
a_choice_takes_exactly_one(void **state)
{
	static const struct {
		const char *inside;
		bool right;
	} rows[] = {
		{ "<A>x</A>", true },
		{ "<B/>", true },
		{ "", false },
		{ "<A/><B/>", false },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pick out = { 0 };
		struct xml_fault fault = { 0 };
		const char *document = op_print(
			op, "<P xmlns='" T_URI "'>%s</P>", rows[i].inside);

		CHECK_ROW(rows[i].inside,
			  (xsd_read(op, &pick_type,
				    message_tree(op, bytes_of(document)), &out,
				    &fault) == OK) == rows[i].right);
	}
}

static void
another_servers_answer_may_hold_anything(void **state)
{
	static const struct {
		const char *inside;
		bool read;
	} rows[] = {
		{ "<A>a</A><m:New xmlns:m='" M_URI "'>1</m:New>", true },
		{ "<New><New/></New><A>a</A><o xmlns='urn:o'/>", true },
		{ "<New/><New/><A>a</A>", true },
		{ "<A>a</A><A>a</A>", false },
		{ "<A>a<New/></A>", false },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *document = op_print(
			op, "<Lax xmlns='" T_URI "'>%s</Lax>", rows[i].inside);
		struct pick out = { 0 };
		struct xml_fault fault = { 0 };
		enum err err = xsd_read(op, &lax_type,
					message_tree(op, bytes_of(document)),
					&out, &fault);

		CHECK_ROW(rows[i].inside, (err == OK) == rows[i].read);
		CHECK_ROW(rows[i].inside,
			  !rows[i].read || unit_same(out.a, "a"));
	}
}

/* What is wrong with an element of that content; NULL: it is read. */
static const char *
read_into(struct op *op, const struct xsd_type *type, const char *inside,
	  void *out)
{
	const char *document =
		op_print(op, "<X xmlns='" T_URI "'>%s</X>", inside);
	struct xml_fault fault = { 0 };

	(void)xsd_read(op, type, message_tree(op, bytes_of(document)), out,
		       &fault);
	return fault.violation;
}

static void
a_list_keeps_the_order_of_its_rows(void **state)
{
	static const char *const wanted[] = { "1", "2", "3", "4", "5" };
	struct pack out = { 0 };

	assert_null(read_into(*state, &pack_type,
			      "<Word Key='a'>1</Word><Plain>2</Plain>"
			      "<Plain>3</Plain><Word>4</Word><Plain>5</Plain>",
			      &out));
	assert_int_equal(out.word_n, COUNT(wanted));
	for (size_t i = 0; i < COUNT(wanted); i++)
		assert_string_equal(out.word[i].text, wanted[i]);
	assert_string_equal(out.word[0].key, "a");
	assert_null(out.word[3].key);
}

static void
lists_have_their_limits(void **state)
{
	static const struct {
		const struct xsd_type *type;
		const char *inside, *violation;
	} rows[] = {
		/* clang-format off */
		{ &pack_type, "", "The element 'X' is empty." },
		{ &pack_type, "<Plain/>", NULL },
		{ &pack_type, "<Plain/><Word/><Word/><Word/><Plain/>", NULL },
		{ &pack_type, "<Plain/><Word/><Word/><Word/><Plain/><Word/>", "The element 'Word' comes more than 5 times." },
		{ &pack_type, "<Plain>a<b/></Plain>", "The element 'Plain' cannot contain child elements." },
		{ &pack_type, "<Other/>", "The element 'Other' is not expected here." },
		{ &one_type, "<Word/>", NULL },
		{ &one_type, "", "The element 'X' lacks the child element 'Word'." },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pack out = { 0 };

		CHECK_ROW(rows[i].inside,
			  unit_same(read_into(*state, rows[i].type,
					      rows[i].inside, &out),
				    rows[i].violation));
	}
}

static void
bytes_and_booleans_are_read_in_every_spelling(void **state)
{
	static const struct {
		const char *inside;
		bool right;
		const char *bytes;
		unsigned yes;
	} rows[] = {
		/* clang-format off */
		{ "<Data>AGE=</Data>", true, "\0a", 0 },
		{ "<Data>\n A\tG\r\nE = </Data>", true, "\0a", 0 },
		{ "<Data/>", true, "", 0 },
		{ "<Data>AGE</Data>", false, NULL, 0 },
		{ "<Data>AGE=AGE=</Data>", false, NULL, 0 },
		{ "<Data>AG.=</Data>", false, NULL, 0 },
		{ "<Yes>true</Yes>", true, NULL, XSD_TRUE },
		{ "<Yes>1</Yes>", true, NULL, XSD_TRUE },
		{ "<Yes>false</Yes>", true, NULL, XSD_FALSE },
		{ "<Yes>0</Yes>", true, NULL, XSD_FALSE },
		{ "<Yes>yes</Yes>", false, NULL, 0 },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct word out = { 0 };
		bool right = read_into(*state, &data_type, rows[i].inside,
				       &out) == NULL;

		CHECK_ROW(rows[i].inside, right == rows[i].right);
		CHECK_ROW(rows[i].inside, out.yes == rows[i].yes || !right);
		if (!right || rows[i].bytes == NULL)
			continue;
		CHECK_ROW(rows[i].inside, out.bytes.p != NULL);
		CHECK_ROW(rows[i].inside,
			  memcmp(out.bytes.p, rows[i].bytes, out.bytes.n) == 0);
	}
}

static void
language_tags_are_those_of_rfc_3066(void **state)
{
	static const struct {
		const char *tag;
		bool right;
	} rows[] = {
		/* clang-format off */
		{ "", true }, { "de", true }, { "de-DE", true }, { "zh-Hant-TW", true },
		{ "x-klingon", true }, { "abcdefgh", true }, { "abcdefghi", false },
		{ "de-abcdefgh", true }, { "de-abcdefghi", false }, { "de-1996", true },
		{ "1de", false }, { "d1", false }, { "de_DE", false }, { "-de", false },
		{ "de-", false }, { "de--DE", false }, { " de", false }, { "d\xc3\xa9", false },
		/* 64 bytes, and 65 */
		{ "abcdefgh-abcdefgh-abcdefgh-abcdefgh-abcdefgh-abcdefgh-abcdefgh-a", true },
		{ "abcdefgh-abcdefgh-abcdefgh-abcdefgh-abcdefgh-abcdefgh-abcdefgh-ab", false },
		/* clang-format on */
	};
	struct op *op = *state;

	assert_int_equal(strlen(rows[COUNT(rows) - 2].tag), XSD_LANGUAGE_MAX);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *violation;

		(void)read_outer(
			op,
			op_print(op, WHEN "<In xml:lang='%s'/>", rows[i].tag),
			&violation);
		CHECK_ROW(rows[i].tag, (violation == NULL) == rows[i].right);
	}
}

static const char *
written(struct op *op, enum xsd_style style, const char *name,
	const struct xsd_type *type, const void *in)
{
	struct buf buf;

	buf_init(&buf, op, 0, MIB);
	xsd_write(&buf, style, name, type, in);
	assert_int_equal(buf_err(&buf), OK);
	return buf_text(&buf);
}

static void
both_styles_are_written_in_one_line(void **state)
{
	struct inner behind = { .text = "" };
	const struct outer o = {
		.text = "a<b>&\"",
		.class = "\"&\n",
		.when = WHEN_AT,
		.colour = 1,
		.number = -2147483647 - 1,
		.constant = true,
		.in = { .text = "i", .lang = "fr" },
		.behind = &behind,
	};

	assert_string_equal(
		written(*state, XSD_DEFAULT, "t:Outer", &outer_type, &o),
		"<Outer xmlns=\"" T_URI "\" Class=\"&quot;&amp;&#xA;\">"
		"<Text>a&lt;b&gt;&amp;\"</Text>"
		"<When>2026-11-22T00:00:00Z</When><Colour>Red</Colour>"
		"<Number>-2147483648</Number><Zero>0</Zero>"
		"<In xml:lang=\"fr\"><Text>i</Text></In>"
		"<Behind xmlns=\"" M_URI "\"><Text xmlns=\"" T_URI
		"\"></Text></Behind></Outer>");
	assert_string_equal(
		written(*state, XSD_PREFIXED, "t:Outer", &outer_type, &o),
		"<t:Outer xmlns:t=\"" T_URI "\" Class=\"&quot;&amp;&#xA;\">"
		"<t:Text>a&lt;b&gt;&amp;\"</t:Text>"
		"<t:When>2026-11-22T00:00:00Z</t:When><t:Colour>Red</t:Colour>"
		"<t:Number>-2147483648</t:Number><t:Zero>0</t:Zero>"
		"<t:In xml:lang=\"fr\"><t:Text>i</t:Text></t:In>"
		"<m:Behind xmlns:m=\"" M_URI "\"><t:Text></t:Text></m:Behind>"
		"</t:Outer>");
}

static void
zero_is_not_sent(void **state)
{
	const struct outer o = { .class = "",
				 .when = WHEN_AT,
				 .in = { .lang = "" } };

	assert_string_equal(
		written(*state, XSD_DEFAULT, "t:Outer", &outer_type, &o),
		"<Outer xmlns=\"" T_URI "\" Class=\"\">" WHEN
		"<In></In></Outer>");
}

static void
lists_and_bytes_are_written(void **state)
{
	struct word words[] = { { .text = "a<", .key = "k" }, { .key = "l" } };
	const struct pack pack = { words, COUNT(words) };
	const struct pack none = { 0 };
	struct word data = { .bytes = { (const uint8_t *)"\0a", 2 },
			     .yes = XSD_FALSE };

	assert_string_equal(
		written(*state, XSD_DEFAULT, "t:P", &one_type, &pack),
		"<P xmlns=\"" T_URI "\"><Word Key=\"k\">a&lt;"
		"</Word><Word Key=\"l\"></Word></P>");
	assert_string_equal(
		written(*state, XSD_DEFAULT, "t:P", &one_type, &none),
		"<P xmlns=\"" T_URI "\"></P>");
	assert_string_equal(
		written(*state, XSD_DEFAULT, "t:P", &data_type, &data),
		"<P xmlns=\"" T_URI "\"><Data>AGE=</Data>"
		"<Yes>false</Yes></P>");
	data = (struct word){ .bytes = { (const uint8_t *)"", 0 } };
	assert_string_equal(
		written(*state, XSD_DEFAULT, "t:P", &data_type, &data),
		"<P xmlns=\"" T_URI "\"><Data></Data></P>");
}

/* Bytes that do not fit leave nothing half written behind the limit. */
static void
bytes_over_the_limit_are_not_written(void **state)
{
	const struct word data = { .bytes = { (const uint8_t *)"abc", 3 } };

	for (size_t limit = 0; limit < 200; limit++) {
		struct buf buf;

		buf_init(&buf, *state, 0, limit);
		xsd_write(&buf, XSD_DEFAULT, "t:P", &data_type, &data);
		assert_true(buf.n <= limit);
		if (buf_err(&buf) == OK)
			assert_non_null(strstr(buf_text(&buf), ">YWJj<"));
	}
}

/* A text made of every kind of character, by a number. */
static const char *
random_text(struct op *op, uint32_t *seed)
{
	static const char *const pieces[] = {
		"a",
		" ",
		"\n",
		"\t",
		"\r",
		"\r\n",
		"&",
		"<",
		">",
		"\"",
		"'",
		"]]>",
		"<!--",
		"&amp;",
		"&#13;",
		"\xc3\xa4",
		"\xe2\x80\xa8",
		"\xef\xbb\xbf",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbd",
		"\xf0\x9f\x8f\x96",
		"\xf4\x8f\xbf\xbf",
		"\xc2\x80",
		"\xc2\x85",
		"\x7f",
	};
	struct buf buf;

	buf_init(&buf, op, 0, MIB);
	for (;;) {
		*seed = *seed * 1664525 + 1013904223;
		if ((*seed >> 28) == 0)
			return buf_text(&buf);
		buf_puts(&buf, pieces[(*seed >> 16) % COUNT(pieces)]);
	}
}

static void
what_is_written_is_read_as_it_was(void **state)
{
	struct op *op = *state;
	uint32_t seed = 7;

	for (unsigned i = 0; i < 2000; i++) {
		struct inner behind = { .text = random_text(op, &seed),
					.lang = "en" };
		struct outer in = {
			.text = random_text(op, &seed),
			.class = random_text(op, &seed),
			.when = (int64_t)seed * 50 - WHEN_AT,
			.colour = 1 + seed % 2,
			.number = (int)(seed / 2),
			.constant = seed % 3 == 0,
			.in = behind,
			.behind = &behind,
		};
		struct outer out = { 0 };
		struct xml_fault fault = { 0 };
		enum xsd_style style = seed % 2 ? XSD_DEFAULT : XSD_PREFIXED;
		struct bytes text = bytes_of(
			written(op, style, "t:Outer", &outer_type, &in));

		assert_int_equal(xsd_read(op, &outer_type,
					  message_tree(op, text), &out, &fault),
				 OK);
		assert_string_equal(out.text, in.text);
		assert_string_equal(out.class, in.class);
		assert_int_equal(out.when, in.when);
		assert_int_equal(out.colour, in.colour);
		assert_int_equal(out.number, in.number);
		assert_int_equal(out.constant, in.constant);
		assert_string_equal(out.behind->text, behind.text);
		assert_string_equal(out.in.lang, "en");
	}
}

static void
the_same_tables_make_a_schema(void **state)
{
	static const struct xsd_words *const words[] = { &colours, NULL };
	static const struct xsd_type *const types[] = { &inner_type, &pick_type,
							&word_type,  &pack_type,
							&one_type,   &data_type,
							NULL };
	static const struct xsd_global globals[] = { { "t:Outer", &outer_type },
						     { NULL, NULL } };
	static const struct xsd_schema schema = {
		.ns = NS_T,
		.name = "x",
		.head = "",
		.words = words,
		.types = types,
		.globals = globals,
	};
	static const char *const parts[] = {
		/* clang-format off */
		"targetNamespace=\"" T_URI "\"",
		"<xs:simpleType name=\"Colour\">",
		"<xs:enumeration value=\"Green\"/>",
		"<xs:element minOccurs=\"0\" maxOccurs=\"1\" name=\"Text\" type=\"xs:string\"/>",
		"<xs:choice maxOccurs=\"5\">",
		"<xs:element name=\"Plain\" type=\"xs:string\"/>",
		"<xs:element minOccurs=\"1\" maxOccurs=\"5\" name=\"Word\" type=\"t:Word\"/>",
		"<xs:element minOccurs=\"0\" maxOccurs=\"1\" name=\"Data\" type=\"xs:base64Binary\"/>",
		"<xs:element minOccurs=\"0\" maxOccurs=\"1\" name=\"Yes\" type=\"xs:boolean\"/>",
		"<xs:simpleContent>\n      <xs:extension base=\"xs:string\">\n"
		"        <xs:attribute name=\"Key\" type=\"xs:string\"",
		"<xs:anyAttribute namespace=\"http://www.w3.org/XML/1998/namespace\"",
		"<xs:choice>", "<xs:element name=\"A\" type=\"xs:string\"/>",
		"<xs:element name=\"Outer\" type=\"t:Outer\"/>",
		/* clang-format on */
	};
	struct op *op = *state;
	struct buf buf;

	buf_init(&buf, op, 0, MIB);
	xsd_schema_write(&buf, &schema);
	(void)message_tree(op, buf_bytes(&buf));
	for (size_t i = 0; i < COUNT(parts); i++)
		CHECK_ROW(parts[i], strstr(buf_text(&buf), parts[i]) != NULL);
}

/* ---- which tables a document has ---- */

struct holder {
	struct outer here;   /* m:Here, of a named type of t */
	struct inner *there; /* t:There: refers to the other document */
	unsigned colour;
};

/* clang-format off */
static const struct xsd_word shade_words[] = {
	{ "Red", 1 }, { "Green", 2 }, { "Dark", 3 }, { NULL, 0 },
};
static const struct xsd_words shades = { "t:Colour", shade_words };

#define T struct holder
static const struct xsd_field holder_fields[] = {
	XSD_INSIDE("m:Here",   OPTIONAL, T, here, outer),
	XSD_BEHIND("t:There",  OPTIONAL, T, there, inner),
	XSD_ENUM  ("@Colour",  OPTIONAL, T, colour, shades),
	XSD_END,
};
static XSD_TYPE(holder, "m:Holder", holder_fields);
#undef T
/* clang-format on */

static void
a_schema_has_what_its_messages_reach(void **state)
{
	static const struct xsd_global roots[] = {
		{ "m:First", &holder_type },
		{ "m:Second", &holder_type },
		{ "t:Head", &pick_type },
	};
	struct xsd_schema m = { .ns = NS_M }, t = { .ns = NS_T };

	xsd_collect(*state, roots, COUNT(roots), &m);
	xsd_collect(*state, roots, COUNT(roots), &t);
	assert_ptr_equal(m.types[0], &holder_type);
	assert_null(m.types[1]);
	assert_null(m.words[0]);
	assert_string_equal(m.globals[0].name, "m:First");
	assert_string_equal(m.globals[1].name, "m:Behind"); /* in t:Outer */
	assert_string_equal(m.globals[2].name, "m:Second");
	assert_null(m.globals[3].name);

	assert_ptr_equal(t.types[0], &inner_type); /* before who holds it */
	assert_ptr_equal(t.types[1], &outer_type);
	assert_ptr_equal(t.types[2], &pick_type);
	assert_null(t.types[3]);
	assert_ptr_equal(t.words[0], &shades); /* the longer of two */
	assert_null(t.words[1]);
	assert_string_equal(t.globals[0].name, "t:There");
	assert_string_equal(t.globals[1].name, "t:Head");
	assert_null(t.globals[2].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(every_kind_is_read),
		UNIT_TEST(what_is_absent_stays_zero),
		UNIT_TEST(a_time_tells_whether_it_had_a_zone),
		UNIT_TEST(everything_wrong_is_told),
		UNIT_TEST(a_violation_says_where),
		UNIT_TEST(a_long_wrong_value_is_cut_between_characters),
		UNIT_TEST(a_required_attribute_must_be_there),
		UNIT_TEST(a_choice_takes_exactly_one),
		UNIT_TEST(another_servers_answer_may_hold_anything),
		UNIT_TEST(a_list_keeps_the_order_of_its_rows),
		UNIT_TEST(lists_have_their_limits),
		UNIT_TEST(bytes_and_booleans_are_read_in_every_spelling),
		UNIT_TEST(lists_and_bytes_are_written),
		UNIT_TEST(bytes_over_the_limit_are_not_written),
		UNIT_TEST(language_tags_are_those_of_rfc_3066),
		UNIT_TEST(both_styles_are_written_in_one_line),
		UNIT_TEST(zero_is_not_sent),
		UNIT_TEST(what_is_written_is_read_as_it_was),
		UNIT_TEST(the_same_tables_make_a_schema),
		UNIT_TEST(a_schema_has_what_its_messages_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
