/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/buf.h"
#include "base/text.h"
#include "wire/xml.h"

#include <pthread.h>

#define S11 "http://schemas.xmlsoap.org/soap/envelope/"
#define TYPES "http://schemas.microsoft.com/exchange/services/2006/types"
#define MESSAGES "http://schemas.microsoft.com/exchange/services/2006/messages"

/* prefix:name[attribute="value"]{text}(children), so that rows can compare */
static void
show(struct buf *out, const struct xml_node *node)
{
	const char *prefix = xml_ns_prefix(node->ns);

	buf_printf(out, "%s%s%s",
		   prefix != NULL         ? prefix
		   : node->ns == NS_OTHER ? "?"
					  : "",
		   prefix != NULL || node->ns == NS_OTHER ? ":" : "",
		   node->name);
	for (const struct xml_attribute *a = node->attributes; a != NULL;
	     a = a->next)
		buf_printf(out, "[%d:%s=\"%s\"]", a->ns, a->name, a->value);
	if (node->text[0] != '\0')
		buf_printf(out, "{%s}", node->text);
	if (node->first == NULL)
		return;
	buf_putc(out, '(');
	for (const struct xml_node *c = node->first; c != NULL; c = c->next) {
		show(out, c);
		buf_putc(out, c->next == NULL ? ')' : ' ');
	}
}

/* What a document is read as; NULL: refused. */
static const char *
read_and_show(struct op *op, struct bytes document)
{
	const struct xml_node *root;
	struct xml_fault fault;
	struct buf out;

	if (xml_parse(op, document, &root, &fault) != OK)
		return NULL;
	assert_null(fault.violation);
	buf_init(&out, op, 0, MIB);
	show(&out, root);
	assert_int_equal(buf_err(&out), OK);
	return buf_text(&out);
}

static void
documents_become_trees_with_resolved_names(void **state)
{
	static const struct {
		const char *document, *tree;
	} rows[] = {
		/* clang-format off */
		{ "<a/>", "a" },
		{ "<a></a>", "a" },
		{ "<a>text</a>", "a{text}" },
		{ "<a><b/><c>x</c></a>", "a(b c{x})" },
		{ "<a>x<b>y</b>z<c/>!</a>", "a{xz!}(b{y} c)" },
		{ "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a/>\n", "a" },
		{ "<?xml version='1.0' standalone='yes'?><a/>", "a" },
		{ "<?xml version='1.1'?><a/>", "a" }, /* read as 1.0 */
		{ "<a x='1' y=\"2\"/>", "a[1:x=\"1\"][1:y=\"2\"]" },
		{ "<a x=' 1\n2\t3 &#10;&lt;'/>", "a[1:x=\" 1 2 3 \n<\"]" },
		/* namespaces */
		{ "<x:a xmlns:x='" S11 "'/>", "s:a" },
		{ "<a xmlns='" TYPES "'><b/></a>", "t:a(t:b)" },
		{ "<a xmlns='" TYPES "'><b xmlns=''/></a>", "t:a(b)" },
		{ "<a xmlns='" TYPES "'><x:b xmlns:x='" MESSAGES "'><c/></x:b><d/></a>", "t:a(m:b(t:c) t:d)" },
		{ "<x:a xmlns:x='" TYPES "'><x:b xmlns:x='" MESSAGES "'/><x:c/></x:a>", "t:a(m:b t:c)" },
		{ "<a xmlns='" TYPES "/'/>", "?:a" },
		{ "<a xmlns='" TYPES " '/>", "?:a" },
		{ "<a xmlns='HTTP://schemas.microsoft.com/exchange/services/2006/types'/>", "?:a" },
		{ "<a xmlns='urn:x'><b/></a>", "?:a(?:b)" },
		{ "<a xmlns='http://www.w3.org/2003/05/soap-envelope'/>", "s12:a" },
		{ "<a xmlns='http://www.w3.org/2005/08/addressing'/>", "wsa:a" },
		{ "<a xmlns='http://schemas.microsoft.com/exchange/services/2006/errors'/>", "e:a" },
		{ "<a xml:lang='de'/>", "a[8:lang=\"de\"]" },
		/* an attribute without a prefix has no namespace */
		{ "<x:a xmlns:x='" TYPES "' y='1' x:y='2'/>", "t:a[1:y=\"1\"][5:y=\"2\"]" },
		{ "<a xmlns='" TYPES "' y='1'/>", "t:a[1:y=\"1\"]" },
		/* text comes whole */
		{ "<a>x&amp;y&lt;z&gt;&quot;&apos;</a>", "a{x&y<z>\"'}" },
		{ "<a>&#65;&#x42;&#x1F600;</a>", "a{AB\xf0\x9f\x98\x80}" },
		{ "<a>x<!-- c -->y<?pi z?>w</a>", "a{xyw}" },
		{ "<a><![CDATA[<b>&amp;]]></a>", "a{<b>&amp;}" },
		{ "<a>1<![CDATA[2]]>3<![CDATA[]]>4&#53;</a>", "a{12345}" },
		{ "<a><![CDATA[]]]]><![CDATA[>]]></a>", "a{]]>}" },
		{ "<a>x\r\ny\rz\n</a>", "a{x\ny\nz\n}" },
		{ "<a>x&#xD;&#xA;y&#13;</a>", "a{x\r\ny\r}" },
		{ "<a> \t </a>", "a{ \t }" },
		{ "<a>\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\x7f\xc2\x85</a>", "a{\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\x7f\xc2\x85}" },
		{ "<!-- before --><?x y?><a/><!-- behind --><?x y?>", "a" },
		{ "<\xc3\xa4 \xc3\xb6='1'/>", "\xc3\xa4[1:\xc3\xb6=\"1\"]" },
		{ "\xef\xbb\xbf<a>x</a>", "a{x}" },
		{ "\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?><a/>", "a" },
		/* what expat knows besides */
		{ "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>", "a{\xc3\xa4}" },
		{ "<?xml version='1.0' encoding='us-ascii'?><a>x</a>", "a{x}" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].document,
			  unit_same(read_and_show(*state,
						  bytes_of(rows[i].document)),
				    rows[i].tree));
}

static void
faults_say_where_and_that_it_is_the_senders(void **state)
{
	static const struct {
		const char *document;
		unsigned line, column;
	} rows[] = {
		/* clang-format off */
		{ "", 1, 1 },
		{ " ", 1, 2 },
		{ "text", 1, 1 },
		{ "<", 1, 1 },
		{ "<a", 1, 1 },
		{ "<a>", 1, 4 },
		{ "<a></b>", 1, 6 },
		{ "<a/><b/>", 1, 5 },
		{ "<a/>text", 1, 5 },
		{ "<a>\n  </b>\n</a>", 2, 5 },
		{ "<a>\n\xc3\xa4\xc3\xb6</b></a>", 2, 5 }, /* characters, not bytes */
		{ "<a b='1' b='2'/>", 1, 10 },
		{ "<a b=1/>", 1, 6 },
		{ "<a b/>", 1, 5 },
		{ "<a b='<'/>", 1, 7 },
		{ "<a>&unknown;</a>", 1, 4 },
		{ "<a>&amp</a>", 1, 8 },
		{ "<a>&#0;</a>", 1, 4 },
		{ "<a>&#x1;</a>", 1, 4 },
		{ "<a>&#xD800;</a>", 1, 4 },
		{ "<a>&#xFFFE;</a>", 1, 4 },
		{ "<a>&#x110000;</a>", 1, 4 },
		{ "<a>&#99999999999;</a>", 1, 4 },
		{ "<a>]]></a>", 1, 6 },
		{ "<a><!-- -- --></a>", 1, 11 },
		{ "<a>\x01</a>", 1, 4 },
		{ "<a>\x1b</a>", 1, 4 },
		{ "<a>\xff</a>", 1, 4 },
		{ "<a>\xc0\x80</a>", 1, 4 },
		{ "<a>\xed\xa0\x80</a>", 1, 4 },
		{ "<a>\xef\xbf\xbf</a>", 1, 4 },
		{ "<a>\xf5\x80\x80\x80</a>", 1, 4 },
		{ "<a>\xe4</a>", 1, 4 },
		{ "<a>\xc3", 1, 4 },
		{ " <?xml version='1.0'?><a/>", 1, 2 },
		/* namespaces */
		{ "<x:a/>", 1, 1 },
		{ "<a x:b='1'/>", 1, 1 },
		{ "<x:a xmlns:x=''/>", 1, 1 },
		{ "<a xmlns:xml='urn:x'/>", 1, 1 },
		{ "<a xmlns:xmlns='urn:x'/>", 1, 1 },
		{ "<a:b:c xmlns:a='urn:x'/>", 1, 5 },
		{ "<a xmlns:x='urn:1' xmlns:y='urn:1' x:b='' y:b=''/>", 1, 1 },
		/* encodings */
		{ "<?xml version='1.0' encoding='koi8-r'?><a/>", 1, 31 },
		{ "<?xml version='1.0' encoding='windows-1252'?><a/>", 1, 31 },
		{ "<?xml version='1.0' encoding='UTF-7'?><a/>", 1, 31 },
		{ "<?xml version='1.0' encoding='UTF-16'?><a/>", 1, 31 },
		{ "<?xml version='1.0' encoding='us-ascii'?><a>\xe4</a>", 1, 45 },
		/* a DTD, before anything of it counts */
		{ "<!DOCTYPE a><a/>", 1, 12 },
		{ "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", 1, 40 },
		{ "<!DOCTYPE a PUBLIC 'x' 'http://127.0.0.1/x'><a/>", 1, 44 },
		{ "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", 1, 13 },
		{ "<!DOCTYPE a [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><a>&b;</a>", 1, 13 },
		{ "<!DOCTYPE a [<!ATTLIST a b CDATA 'c'>]><a/>", 1, 13 },
		{ "\n<!DOCTYPE a [\n<!ENTITY % x SYSTEM 'x'>%x;]><a/>", 2, 13 },
		{ "<!DOCTYPE a [", 1, 13 },
		{ "<!ENTITY x 'y'><a/>", 1, 1 },
		/* clang-format on */
	};
	struct op *op = *state;
	const struct xml_node *root = NULL;
	struct xml_fault fault;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].document,
			  xml_parse(op, bytes_of(rows[i].document), &root,
				    &fault) == ERR_INVALID);
		CHECK_ROW(rows[i].document, fault.violation != NULL);
		CHECK_ROW(rows[i].document,
			  strstr(op->reason, fault.violation) != NULL);
		if (fault.line != rows[i].line ||
		    fault.column != rows[i].column)
			print_error("%u:%u %s\n", fault.line, fault.column,
				    fault.violation);
		CHECK_ROW(rows[i].document, fault.line == rows[i].line);
		CHECK_ROW(rows[i].document, fault.column == rows[i].column);
	}
	assert_null(root);
}

/* NUL ends no document early. */
static void
nul_bytes_are_refused_wherever_they_stand(void **state)
{
	char document[] = "<a b='c'>text<!-- x --></a>";
	const struct xml_node *root;
	struct xml_fault fault;

	for (size_t i = 0; i < sizeof(document) - 1; i++) {
		char kept = document[i];
		struct bytes b = { (const uint8_t *)document,
				   sizeof(document) - 1 };

		document[i] = '\0';
		assert_int_equal(xml_parse(*state, b, &root, &fault),
				 ERR_INVALID);
		document[i] = kept;
	}
}

static const char *
utf16(struct op *op, const char *ascii, bool big, size_t *n)
{
	struct buf out;

	buf_init(&out, op, 0, KIB);
	buf_add(&out, big ? "\xfe\xff" : "\xff\xfe", 2);
	for (const char *p = ascii; *p != '\0'; p++) {
		buf_putc(&out, big ? '\0' : *p);
		buf_putc(&out, big ? *p : '\0');
	}
	*n = out.n;
	return buf_text(&out);
}

static void
utf16_is_taken_with_its_mark(void **state)
{
	static const char *const documents[] = {
		"<a x='1'>text</a>",
		"<?xml version='1.0' encoding='UTF-16'?><a x='1'>text</a>",
	};

	for (size_t i = 0; i < 2 * COUNT(documents); i++) {
		size_t n;
		const char *p = utf16(*state, documents[i / 2], i % 2, &n);

		CHECK_ROW(documents[i / 2],
			  unit_same(read_and_show(
					    *state,
					    (struct bytes){ (const uint8_t *)p,
							    n }),
				    "a[1:x=\"1\"]{text}"));
	}
}

static void
start_tags_know_their_place(void **state)
{
	static const char document[] = "<?xml version='1.0'?>\n<a>\r\n\t<b/>"
				       "\xc3\xa4<c\n x='1'/>\n\n  <d/></a>";
	const struct xml_node *root, *c;
	struct xml_fault fault;

	assert_int_equal(xml_parse(*state, bytes_of(document), &root, &fault),
			 OK);
	assert_int_equal(root->line, 2);
	assert_int_equal(root->column, 1);
	c = root->first;
	assert_int_equal(c->line, 3);
	assert_int_equal(c->column, 2);
	c = c->next;
	assert_int_equal(c->line, 3);
	assert_int_equal(c->column, 7);
	c = c->next;
	assert_int_equal(c->line, 6);
	assert_int_equal(c->column, 3);
}

/* ---- limits ---- */

static void
repeat(struct buf *out, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_puts(out, text);
}

static void
build_depth(struct buf *out, size_t n)
{
	repeat(out, "<a>", n);
	repeat(out, "</a>", n);
}

static void
build_empty_depth(struct buf *out, size_t n)
{
	repeat(out, "<a>", n - 1);
	buf_puts(out, "<a/>");
	repeat(out, "</a>", n - 1);
}

static void
build_elements(struct buf *out, size_t n)
{
	buf_puts(out, "<a>");
	repeat(out, "<b/>", n - 1);
	buf_puts(out, "</a>");
}

static void
build_attributes(struct buf *out, size_t n)
{
	buf_puts(out, "<a");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, " b%zu=''", i);
	buf_puts(out, "/>");
}

static void
build_declarations(struct buf *out, size_t n)
{
	buf_puts(out, "<a");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, " xmlns:b%zu='urn:x'", i);
	buf_puts(out, "/>");
}

static void
build_mixed_attributes(struct buf *out, size_t n)
{
	buf_puts(out, "<a><b xmlns:x='urn:x'/><a xmlns:x='urn:x' x:y=''");
	for (size_t i = 2; i < n; i++)
		buf_printf(out, " b%zu=''", i);
	buf_puts(out, "/></a>");
}

static void
build_element_name(struct buf *out, size_t n)
{
	buf_puts(out, "<x:");
	repeat(out, "n", n);
	buf_puts(out, " xmlns:x='urn:long:enough:not:to:count:in:the:name'/>");
}

static void
build_attribute_name(struct buf *out, size_t n)
{
	buf_puts(out, "<a ");
	repeat(out, "n", n);
	buf_puts(out, "=''/>");
}

static void
build_uri(struct buf *out, size_t n)
{
	buf_puts(out, "<a xmlns='");
	repeat(out, "u", n);
	buf_puts(out, "'/>");
}

static void
build_tag(struct buf *out, size_t n)
{
	buf_puts(out, "<a b='");
	repeat(out, "x", n - strlen("<a b=''/>"));
	buf_puts(out, "'/>");
}

static void
build_open_tag(struct buf *out, size_t n)
{
	buf_puts(out, "<a>\n<b c='");
	repeat(out, "x", n);
}

static void
build_comment(struct buf *out, size_t n)
{
	buf_puts(out, "<a>\n<!--");
	repeat(out, "x", n);
}

static void
build_instruction(struct buf *out, size_t n)
{
	buf_puts(out, "<a>\n<?pi ");
	repeat(out, "x", n);
}

/* Not at once: expat looks at twice as much each time. */
static void
what_never_ends_is_given_up(void **state)
{
	void (*const rows[])(struct buf *, size_t) = {
		build_open_tag,
		build_comment,
		build_instruction,
	};
	const struct xml_node *root;
	struct xml_fault fault;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;

		buf_init(&b, *state, 0, 2 * MIB);
		rows[i](&b, 4 * XML_TAG_MAX);
		assert_int_equal(
			xml_parse(*state, buf_bytes(&b), &root, &fault),
			ERR_LIMIT);
		assert_int_equal(fault.line, 2);
	}
}

/* Pieces end anywhere: in a tag, a reference, a letter. */
static void
text_is_whole_wherever_a_piece_ends(void **state)
{
	static const char inside[] = "<b c='&lt;'/>\xe2\x82\xac&#x20ac;"
				     "<![CDATA[]]>\r\n<!-- - -->";
	static const char wanted[] = "\xe2\x82\xac\xe2\x82\xac\n";
	const struct xml_node *root;
	struct xml_fault fault;

	for (size_t before = 0; before < sizeof(inside); before++) {
		struct buf b, text;

		buf_init(&b, *state, 0, 2 * MIB);
		buf_init(&text, *state, 0, 2 * MIB);
		buf_puts(&b, "<a>");
		repeat(&b, "x", before);
		repeat(&text, "x", before);
		repeat(&b, inside, 900);
		repeat(&text, wanted, 900);
		buf_puts(&b, "</a>");
		assert_int_equal(
			xml_parse(*state, buf_bytes(&b), &root, &fault), OK);
		assert_string_equal(root->text, buf_text(&text));
	}
}

static void
every_limit_holds_just_over_and_not_just_under(void **state)
{
	static const struct {
		const char *row;
		void (*build)(struct buf *out, size_t n);
		size_t max;
	} rows[] = {
		{ "depth", build_depth, XML_DEPTH_MAX },
		{ "depth, empty", build_empty_depth, XML_DEPTH_MAX },
		{ "elements", build_elements, XML_ELEMENTS_MAX },
		{ "attributes", build_attributes, XML_ATTRIBUTES_MAX },
		{ "declarations", build_declarations, XML_ATTRIBUTES_MAX },
		{ "both", build_mixed_attributes, XML_ATTRIBUTES_MAX },
		{ "an element's name", build_element_name, XML_NAME_MAX },
		{ "an attribute's name", build_attribute_name, XML_NAME_MAX },
		{ "a namespace's name", build_uri, XML_URI_MAX },
		{ "a tag", build_tag, XML_TAG_MAX },
	};
	const struct xml_node *root;
	struct xml_fault fault;

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t over = 0; over < 2; over++) {
			struct buf b;

			buf_init(&b, *state, 0, 2 * MIB);
			rows[i].build(&b, rows[i].max + over);
			assert_int_equal(buf_err(&b), OK);
			CHECK_ROW(rows[i].row,
				  xml_parse(*state, buf_bytes(&b), &root,
					    &fault) == (over ? ERR_LIMIT : OK));
			CHECK_ROW(rows[i].row,
				  (fault.violation != NULL) == (over == 1));
			CHECK_ROW(rows[i].row, fault.line == over);
		}
	}
}

static void
elements_have_another_limit_where_one_is_named(void **state)
{
	const size_t most = 3 * XML_ELEMENTS_MAX;
	const struct xml_node *root;
	struct xml_fault fault;

	for (size_t over = 0; over < 2; over++) {
		struct buf b;

		buf_init(&b, *state, 0, 2 * MIB);
		build_elements(&b, most + over);
		assert_int_equal(xml_parse_many(*state, buf_bytes(&b),
						(unsigned)most, &root, &fault),
				 over ? ERR_LIMIT : OK);
	}
}

static void
more_than_expat_can_count_is_over_the_limit(void **state)
{
	struct bytes huge = { (const uint8_t *)"<a/>", (size_t)1 << 40 };
	const struct xml_node *root;
	struct xml_fault fault;

	assert_int_equal(xml_parse(*state, huge, &root, &fault), ERR_LIMIT);
}

/* ---- the kept parser ---- */

static void
nothing_of_a_document_is_left_for_the_next(void **state)
{
	static const struct {
		const char *document, *tree;
	} rows[] = {
		{ "<x:a xmlns:x='" TYPES "'/>", "t:a" },
		{ "<x:a/>", NULL },
		{ "<a xmlns='" MESSAGES "'/>", "m:a" },
		{ "<a/>", "a" },
		{ "<a><b><c>", NULL },
		{ "<a>x</a>", "a{x}" },
		{ "<!DOCTYPE a><a/>", NULL },
		{ "<a>y</a>", "a{y}" },
		{ "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>",
		  "a{\xc3\xa4}" },
		{ "<a>\xe4</a>", NULL },
		{ "<a>\xc3\xa4</a>", "a{\xc3\xa4}" },
	};

	for (size_t i = 0; i < 3 * COUNT(rows); i++) {
		size_t row = i % COUNT(rows);

		CHECK_ROW(rows[row].document,
			  unit_same(read_and_show(*state,
						  bytes_of(rows[row].document)),
				    rows[row].tree));
	}
}

static void *
parse_many(void *arg)
{
	struct arena *arena = arena_open(64 * KIB);
	int *right = arg;
	struct op op;

	op_init(&op, arena, NULL, 1000);
	for (int i = 0; i < 300; i++) {
		*right += unit_same(read_and_show(&op, bytes_of("<a>x</a>")),
				    "a{x}");
		*right += read_and_show(&op, bytes_of("<a>x</b>")) == NULL;
		arena_reset(arena);
	}
	arena_close(arena);
	return NULL;
}

static void
threads_parse_at_once(void **state)
{
	pthread_t threads[4];
	int right[4] = { 0 };

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, parse_many,
						&right[i]),
				 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(right[i], 600);
	}
}

/* ---- questions ---- */

static void
elements_and_attributes_are_found_by_prefixed_names(void **state)
{
	static const char document[] =
		"<E:Envelope xmlns:E='" S11 "' xmlns:x='" TYPES "'>"
		"<x:a Version='1' x:Version='2' xml:lang='de'/>"
		"<a xmlns='urn:other'/><a/><x:b>first</x:b><x:b>second</x:b>"
		"</E:Envelope>";
	const struct xml_node *root, *a;
	struct xml_fault fault;

	assert_int_equal(xml_parse(*state, bytes_of(document), &root, &fault),
			 OK);
	assert_true(xml_is(root, "s:Envelope"));
	assert_false(xml_is(root, "E:Envelope"));
	assert_false(xml_is(root, "Envelope"));
	assert_false(xml_is(root, "s12:Envelope"));
	assert_false(xml_is(root, "s:envelope"));
	assert_false(xml_is(root, "s:Envelop"));
	assert_false(xml_is(root, "s:Envelopes"));
	assert_false(xml_is(root, "s"));
	a = xml_child(root, "t:a");
	assert_ptr_equal(a, root->first);
	assert_string_equal(xml_attribute(a, "Version"), "1");
	assert_string_equal(xml_attribute(a, "t:Version"), "2");
	assert_string_equal(xml_attribute(a, "xml:lang"), "de");
	assert_null(xml_attribute(a, "lang"));
	assert_null(xml_attribute(a, "version"));
	/* another namespace is neither ours nor none */
	assert_ptr_equal(xml_child(root, "a"), root->first->next->next);
	assert_string_equal(xml_child(root, "t:b")->text, "first");
	assert_null(xml_child(root, "m:a"));
	assert_null(xml_child(a, "t:a"));
}

static void
each_namespace_has_one_prefix_and_one_uri(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NS_COUNT; i++) {
		const char *prefix = xml_ns_prefix((enum xml_ns)i);

		assert_int_equal(prefix == NULL, i < NS_SOAP11);
		assert_int_equal(xml_ns_uri((enum xml_ns)i) == NULL,
				 i < NS_SOAP11);
		for (unsigned j = NS_SOAP11; j < i; j++) {
			assert_string_not_equal(prefix,
						xml_ns_prefix((enum xml_ns)j));
			assert_string_not_equal(xml_ns_uri((enum xml_ns)i),
						xml_ns_uri((enum xml_ns)j));
		}
	}
	assert_string_equal(xml_ns_uri(NS_T), TYPES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(documents_become_trees_with_resolved_names),
		UNIT_TEST(faults_say_where_and_that_it_is_the_senders),
		UNIT_TEST(nul_bytes_are_refused_wherever_they_stand),
		UNIT_TEST(utf16_is_taken_with_its_mark),
		UNIT_TEST(start_tags_know_their_place),
		UNIT_TEST(what_never_ends_is_given_up),
		UNIT_TEST(text_is_whole_wherever_a_piece_ends),
		UNIT_TEST(every_limit_holds_just_over_and_not_just_under),
		UNIT_TEST(elements_have_another_limit_where_one_is_named),
		UNIT_TEST(more_than_expat_can_count_is_over_the_limit),
		UNIT_TEST(nothing_of_a_document_is_left_for_the_next),
		UNIT_TEST(threads_parse_at_once),
		UNIT_TEST(elements_and_attributes_are_found_by_prefixed_names),
		UNIT_TEST(each_namespace_has_one_prefix_and_one_uri),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
