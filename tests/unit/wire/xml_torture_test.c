/* SPDX-License-Identifier: Apache-2.0 */
/* Documents made to hurt, and a machine without memory. */
#include "unit.h"

#include "torture.h"

#include "base/buf.h"
#include "base/text.h"
#include "wire/xml.h"

#define HELD_MAX (64 * MIB)   /* by expat and by the tree together */
#define BODY_MAX (1792 * KIB) /* the largest body that the desk lets in */

static const char example[] =
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
	"<s:Body><a xmlns=\"urn:a\" b=\"c&amp;d\"><e>one &lt; two"
	"<![CDATA[three]]></e>\n<f xml:lang=\"de\"/></a></s:Body>"
	"</s:Envelope>";

static enum err
parse(struct op *op, struct bytes document, const struct xml_node **root)
{
	struct xml_fault fault;
	enum err err = xml_parse(op, document, root, &fault);

	/* who sent it is told what is wrong, or that nothing is */
	assert_int_equal(fault.violation != NULL,
			 err == ERR_INVALID || err == ERR_LIMIT);
	return err;
}

static void
a_parse_without_memory_is_down_and_the_next_one_works(void **state)
{
	struct op *op = *state;
	const struct xml_node *root = NULL;
	unsigned long n = 0;

	do {
		enum err err;

		torture_begin(++n);
		err = parse(op, bytes_of(example), &root);
		assert_int_equal(err, torture_bit() ? ERR_DOWN : OK);
		arena_reset(op->arena);
	} while (torture_bit());
	assert_true(n > 10); /* there was something to refuse */

	torture_begin(0);
	assert_int_equal(parse(op, bytes_of(example), &root), OK);
	root = root->first->first->first;
	assert_string_equal(root->text, "one < twothree");
}

/* The kept parser is asked for memory too, at its reset and on its way. */
static void
a_kept_parser_without_memory_is_down_as_well(void **state)
{
	struct op *op = *state;
	const struct xml_node *root = NULL;
	unsigned long n = 0;

	do {
		enum err err;

		torture_begin(0);
		assert_int_equal(parse(op, bytes_of("<a/>"), &root), OK);
		torture_begin(++n);
		err = parse(op, bytes_of(example), &root);
		assert_int_equal(err, torture_bit() ? ERR_DOWN : OK);
		arena_reset(op->arena);
	} while (torture_bit());
	assert_true(n > 2);
}

/* ---- documents made to hurt ---- */

static void
fill(struct buf *b, const char *text)
{
	while (b->n + strlen(text) <= BODY_MAX)
		buf_puts(b, text);
}

static void
deep(struct buf *b)
{
	fill(b, "<a>");
}

static void
many_attributes(struct buf *b)
{
	buf_puts(b, "<a");
	for (unsigned i = 0; b->n < BODY_MAX - 20; i++)
		buf_printf(b, " a%u=''", i);
	buf_puts(b, "/>");
}

static void
many_declarations(struct buf *b)
{
	buf_puts(b, "<a");
	for (unsigned i = 0; b->n < BODY_MAX - 40; i++)
		buf_printf(b, " xmlns:a%u='u'", i);
	buf_puts(b, "/>");
}

static void
many_declarations_in_use(struct buf *b)
{
	buf_puts(b, "<a");
	for (unsigned i = 0; b->n < BODY_MAX / 2; i++)
		buf_printf(b, " xmlns:a%u='u%u'", i, i);
	for (unsigned i = 0; b->n < BODY_MAX - 40; i++)
		buf_printf(b, " a%u:b=''", i);
	buf_puts(b, "/>");
}

static void
elements_under_the_cap(struct buf *b)
{
	buf_puts(b, "<a>");
	for (unsigned i = 0; i < 4000; i++)
		buf_printf(b, "<b%u xmlns:c%u='urn:%u' d='%u'>e</b%u>", i, i, i,
			   i, i);
	buf_puts(b, "</a>");
}

static void
long_name(struct buf *b)
{
	buf_puts(b, "<a");
	fill(b, "a");
}

static void
long_attribute_name(struct buf *b)
{
	buf_puts(b, "<a ");
	while (b->n < BODY_MAX - 10)
		buf_puts(b, "aaaaaaaa");
	buf_puts(b, "=''/>");
}

static void
long_uri(struct buf *b)
{
	buf_puts(b, "<x:a xmlns:x='");
	while (b->n < BODY_MAX - 2000)
		buf_puts(b, "aaaaaaaa");
	buf_puts(b, "'>");
	for (unsigned i = 0; i < 100; i++)
		buf_puts(b, "<x:b/>");
	buf_puts(b, "</x:a>");
}

static void
long_value(struct buf *b)
{
	buf_puts(b, "<a b='");
	while (b->n < BODY_MAX - 16)
		buf_puts(b, "&#65;");
	buf_puts(b, "'/>");
}

static void
entities(struct buf *b)
{
	buf_puts(b, "<!DOCTYPE a [<!ENTITY a0 'ha!'>");
	for (unsigned i = 1; b->n < BODY_MAX / 2; i++)
		buf_printf(b, "<!ENTITY a%u '&a%u;&a%u;'>", i, i - 1, i - 1);
	buf_puts(b, "]><a>&a99;</a>");
}

static void
unknown_entities(struct buf *b)
{
	buf_puts(b, "<a>");
	fill(b, "&a;");
}

static void
text_of_references(struct buf *b)
{
	buf_puts(b, "<a>");
	while (b->n < BODY_MAX - 16)
		buf_puts(b, "&lt;");
	buf_puts(b, "</a>");
}

static void
text_of_lines(struct buf *b)
{
	buf_puts(b, "<a>");
	while (b->n < BODY_MAX - 16)
		buf_puts(b, "\n");
	buf_puts(b, "</a>");
}

static void
text_of_sections(struct buf *b)
{
	buf_puts(b, "<a>");
	while (b->n < BODY_MAX - 32)
		buf_puts(b, "<![CDATA[x]]>");
	buf_puts(b, "</a>");
}

static void
text_between_comments(struct buf *b)
{
	buf_puts(b, "<a>");
	while (b->n < BODY_MAX - 32)
		buf_puts(b, "x<!---->");
	buf_puts(b, "</a>");
}

static void
comments_alone(struct buf *b)
{
	while (b->n < BODY_MAX - 32)
		buf_puts(b, "<!---->");
	buf_puts(b, "<a/>");
}

static void
one_comment(struct buf *b)
{
	buf_puts(b, "<a/><!--");
	fill(b, "x-");
}

static void
doctype_with_a_long_name(struct buf *b)
{
	buf_puts(b, "<!DOCTYPE ");
	while (b->n < BODY_MAX - 16)
		buf_puts(b, "a");
	buf_puts(b, "><a/>");
}

static void
open_tag(struct buf *b)
{
	buf_puts(b, "<a b='");
	fill(b, "x");
}

static void
hostile_documents_are_answered_in_little_memory(void **state)
{
	static const struct {
		const char *row;
		void (*build)(struct buf *b);
		enum err err;
	} rows[] = {
		{ "deep", deep, ERR_LIMIT },
		{ "attributes", many_attributes, ERR_LIMIT },
		{ "declarations", many_declarations, ERR_LIMIT },
		{ "both", many_declarations_in_use, ERR_LIMIT },
		{ "elements under the cap", elements_under_the_cap, OK },
		{ "a long name", long_name, ERR_LIMIT },
		{ "a long attribute name", long_attribute_name, ERR_LIMIT },
		{ "a long URI", long_uri, ERR_LIMIT },
		{ "a long value", long_value, ERR_LIMIT },
		{ "entities", entities, ERR_INVALID },
		{ "unknown entities", unknown_entities, ERR_INVALID },
		{ "text of references", text_of_references, OK },
		{ "text of lines", text_of_lines, OK },
		{ "text of sections", text_of_sections, OK },
		{ "text between comments", text_between_comments, OK },
		{ "comments alone", comments_alone, OK },
		{ "one comment", one_comment, ERR_LIMIT },
		{ "a long DOCTYPE", doctype_with_a_long_name, ERR_LIMIT },
		{ "an open tag", open_tag, ERR_LIMIT },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_open(0);
		const struct xml_node *root;
		struct op parsing;
		struct buf b;

		buf_init(&b, op, BODY_MAX, BODY_MAX);
		rows[i].build(&b);
		CHECK_ROW(rows[i].row, buf_err(&b) == OK);
		op_init(&parsing, arena, NULL, 1000);
		torture_begin(0);
		CHECK_ROW(rows[i].row,
			  parse(&parsing, buf_bytes(&b), &root) == rows[i].err);
		CHECK_ROW(rows[i].row,
			  torture.peak + arena_held(arena) <= HELD_MAX);
		/* and a large document leaves nothing behind */
		CHECK_ROW(rows[i].row, torture.held <= 256 * KIB);
		arena_close(arena);
		arena_reset(op->arena);
	}
}

static void
text_in_many_pieces_comes_whole(void **state)
{
	const struct xml_node *root;
	struct op *op = *state;
	struct buf b;

	buf_init(&b, op, BODY_MAX, BODY_MAX);
	text_between_comments(&b);
	assert_int_equal(parse(op, buf_bytes(&b), &root), OK);
	assert_int_equal(strlen(root->text), (b.n - strlen("<a></a>")) / 8);
	assert_int_equal(strspn(root->text, "x"), strlen(root->text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(
			a_parse_without_memory_is_down_and_the_next_one_works),
		UNIT_TEST(a_kept_parser_without_memory_is_down_as_well),
		UNIT_TEST(hostile_documents_are_answered_in_little_memory),
		UNIT_TEST(text_in_many_pieces_comes_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
