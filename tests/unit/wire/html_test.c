/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"
#include "wire/html.h"
#include "wire/html_token.h"

#define LARGEST 128000 /* bytes of a reply */

static const char *
safe_of(struct op *op, const char *text)
{
	size_t n = strlen(text);
	struct buf out;

	buf_init(&out, op, n, HTML_SAFE_MAX(n));
	html_safe(&out, text, "");
	assert_int_equal(buf_err(&out), OK);
	return buf_text(&out);
}

static const char *
plain_of(struct op *op, const char *text)
{
	size_t n = strlen(text);
	struct buf out;

	buf_init(&out, op, n, HTML_PLAIN_MAX(n));
	html_plain(&out, text);
	assert_int_equal(buf_err(&out), OK);
	return buf_text(&out);
}

/* Of a document what is inside of its body. */
static const char *
body_of(struct op *op, const char *text)
{
	const char *safe = safe_of(op, text);
	const char *from = strstr(safe, "<body>\n"), *to;

	assert_non_null(from);
	from += strlen("<body>\n");
	to = strstr(from, "\n</body>\n</html>\n");
	assert_non_null(to);
	return op_text(op, from, (size_t)(to - from));
}

static void
only_what_is_listed_is_let_through(void **state)
{
	static const struct {
		const char *html, *safe;
	} rows[] = {
		/* clang-format off */
		{ "<p>a <b>b</b></p>", "<p>a <b>b</b></p>" },
		{ "<P>a<BR/>b</P >", "<p>a<br>b</p>" },
		{ "<p>a", "<p>a</p>" },
		{ "<p>a</div></p>", "<p>a</p>" },
		{ "<b><i>a</b>c</i>", "<b><i>a</i></b>c" },
		{ "<p>1 < 2 & 3 > 2 \"q\"</p>", "<p>1 &lt; 2 &amp; 3 &gt; 2 \"q\"</p>" },
		{ "<p>&lt;script&gt;</p>", "<p>&lt;script&gt;</p>" },
		{ "<p>&amp;lt;</p>", "<p>&amp;lt;</p>" },
		/* scripts, and what else runs */
		{ "<p>a<script>alert(1)</script>b</p>", "<p>ab</p>" },
		{ "<p>a<SCRIPT SRC=x></SCRIPT >b</p>", "<p>ab</p>" },
		{ "<p>a<script>'</scripty>'</script>b</p>", "<p>ab</p>" },
		{ "<p>a<script>never ended <b>", "<p>a</p>" },
		{ "<p onclick=x ONLOAD='y' onx>a</p>", "<p>a</p>" },
		{ "<p/onclick=x>a</p>", "<p>a</p>" },
		{ "<p><svg><script>x</script><p>y</svg>z</p>", "<p>z</p>" },
		{ "<p><svg onload=x />z</p>", "<p>z</p>" },
		{ "<p><math><mi>x</mi></math>z</p>", "<p>z</p>" },
		{ "<p><object><object>x</object>y</object>z</p>", "<p>z</p>" },
		{ "<p><iframe src=x>y</iframe><embed src=x>z</p>", "<p>z</p>" },
		{ "<p><noscript><p title=\"</noscript><img src=x onerror=y>\">z</p>", "<p>\"&gt;z</p>" },
		{ "<p><template><img src=x></template>z</p>", "<p>z</p>" },
		{ "<p><scr<script>x</script>ipt>y</p>", "<p>xipt&gt;y</p>" }, /* an element called scr<script */
		/* styles, forms, and what is fetched */
		{ "<style>p{}</style><link rel=stylesheet href=x><base href=x><meta http-equiv=refresh content=0><p>z</p>", "<p>z</p>" },
		{ "<form action=x><input name=y><button>go</button><select><option>o</select><textarea>t</textarea></form><p>z</p>", "go<p>z</p>" },
		{ "<p><img src=http://x/y.png alt='a <b>'>z</p>", "<p>a &lt;b&gt;z</p>" },
		{ "<p><img src=\"data:image/png;base64,AAAA\" alt=a width=5 onerror=x></p>", "<p><img src=\"data:image/png;base64,AAAA\" alt=\"a\" width=\"5\"></p>" },
		{ "<p><img src=\"data:image/svg+xml;base64,AAAA\"></p>", "<p></p>" },
		{ "<p><img src=\"data:image/png;base64,AA\" onx=\"\"></p>", "<p><img src=\"data:image/png;base64,AA\"></p>" },
		{ "<p><img src=\"data:text/html;base64,AAAA\"><img src=cid:x><img src></p>", "<p></p>" },
		{ "<table background=http://x bgcolor=red><tr><td>z</td></tr></table>", "<table bgcolor=\"red\"><tr><td>z</td></tr></table>" },
		{ "<table><tr><td></table>z</td></tr></table>", "<table><tr><td></td></tr></table>z" },
		{ "<table><tr><td></div>z</td></tr></table>", "<table><tr><td>z</td></tr></table>" },
		/* what is no element of ours */
		{ "<p><o:p>&nbsp;</o:p><custom x=y>z</custom></p>", "<p>\xc2\xa0z</p>" },
		{ "<p><!-- <b>x</b> -->z<!-->y<!--->x<!-- a --!>w</p>", "<p>zyxw</p>" },
		{ "<p><![if !mso]>a<![endif]><?xml x?>b</></ >c</p>", "<p>abc</p>" },
		{ "<p>a<!-- never ended", "<p>a</p>" },
		{ "<p>a<b", "<p>a</p>" },
		{ "<p>a<b title=\"x", "<p>a</p>" },
		{ "<p title=a title=b>z</p>", "<p title=\"a\">z</p>" },
		{ "<p title='\"><script>x</script>'>z</p>", "<p title=\"&quot;&gt;&lt;script&gt;x&lt;/script&gt;\">z</p>" },
		{ "<p title=`a`onclick=x>z</p>", "<p title=\"`a`onclick=x\">z</p>" },
		{ "<p =title=x>z</p>", "<p title=\"x\">z</p>" },
		{ "<p id=a class=b name=c>z</p>", "<p>z</p>" },
		{ "<plaintext>z", "" },
		{ "<xmp><b>x</xmp><p>z</p>", "<p>z</p>" },
		{ "<title>t</title><p>z</p>", "<p>z</p>" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *body = body_of(op, rows[i].html);

		if (!unit_same(body, rows[i].safe))
			print_error("got %s\n", body);
		CHECK_ROW(rows[i].html, unit_same(body, rows[i].safe));
	}
}

static void
links_lead_to_four_schemes_and_nowhere_else(void **state)
{
	static const struct {
		const char *href, *kept; /* NULL: nothing */
	} rows[] = {
		/* clang-format off */
		{ "http://x.org/", "http://x.org/" }, { "HTTPS://x.org/?a=1&b=2", "HTTPS://x.org/?a=1&amp;b=2" },
		{ "mailto:a@x.org", "mailto:a@x.org" }, { "tel:+491234", "tel:+491234" },
		{ " https://x.org ", "https://x.org" }, { "ht\ttps://x.org", "https://x.org" },
		{ "https://x.org/?a=1&copy=2", "https://x.org/?a=1&amp;copy=2" }, { "https&#58;//x.org", "https://x.org" },
		{ "javascript:alert(1)", NULL }, { "JaVaScRiPt:x", NULL }, { "java\tscript:x", NULL },
		{ "java&#x0A;script:x", NULL }, { "&#106;avascript:x", NULL }, { "&#x6a;avascript&colon;x", NULL },
		{ " &#1; javascript:x", NULL }, { "vbscript:x", NULL }, { "data:text/html,x", NULL },
		{ "file:///etc/passwd", NULL }, { "//x.org/", NULL }, { "/x", NULL }, { "#x", NULL }, { "x", NULL },
		{ "", NULL }, { "http:x", NULL }, { "http://", NULL }, { "mailto:", NULL }, { "ftp://x.org", NULL },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *html =
			op_print(op, "<a href=\"%s\">z</a>", rows[i].href);
		const char *want =
			rows[i].kept == NULL
				? "<a>z</a>"
				: op_print(op, "<a href=\"%s\">z</a>",
					   rows[i].kept);

		CHECK_ROW(rows[i].href, unit_same(body_of(op, html), want));
	}
}

static void
styles_fetch_nothing(void **state)
{
	static const struct {
		const char *style, *kept;
	} rows[] = {
		/* clang-format off */
		{ "color: red", "color: red" }, { "COLOR:#fff;margin-left:3px", "color: #fff; margin-left: 3px" },
		{ "color:rgb(1, 2, 3)", "color: rgb(1, 2, 3)" }, { "font-family:&quot;Segoe UI&quot;,Arial", "font-family: &quot;Segoe UI&quot;,Arial" },
		{ "font: 12px/1.2 Arial", "font: 12px/1.2 Arial" }, { "border-top: 1px solid", "border-top: 1px solid" },
		{ "background: url(http://x)", NULL }, { "background-color: red; background: URL (x)", "background-color: red" },
		{ "background: u\\72l(x)", NULL }, { "width: expression(alert(1))", NULL }, { "color: xrgb(1)", NULL },
		{ "behavior: url(x)", NULL }, { "-moz-binding: url(x)", NULL }, { "position: fixed", NULL }, { "display: none", NULL },
		{ "color: red; /* */ width: 1px", "color: red" }, { "color: image-set(\"x\" 1x)", NULL },
		{ "font-family: \"a;b:url(x)", NULL }, { "@import 'x'", NULL }, { "color: red}", NULL }, { "fontx: red", NULL },
		{ "color", NULL }, { "color:", NULL }, { ";;", NULL }, { "", NULL }, { "mso-list: x", NULL },
		{ "color: red; color: &#40;", "color: red" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char quote = strchr(rows[i].style, '"') == NULL ? '"' : '\'';
		const char *html = op_print(op, "<p style=%c%s%c>z</p>", quote,
					    rows[i].style, quote);
		const char *want =
			rows[i].kept == NULL
				? "<p>z</p>"
				: op_print(op, "<p style=\"%s\">z</p>",
					   rows[i].kept);

		CHECK_ROW(rows[i].style, unit_same(body_of(op, html), want));
	}
}

static void
references_are_the_characters_they_name(void **state)
{
	static const struct {
		const char *html, *plain;
	} rows[] = {
		/* clang-format off */
		{ "&uuml;&Uuml;&euro;&hellip;", "\xc3\xbc\xc3\x9c\xe2\x82\xac\xe2\x80\xa6" },
		{ "&#252;&#xFC;&#Xfc", "\xc3\xbc\xc3\xbc\xc3\xbc" }, { "&copy &uuml.", "\xc2\xa9 \xc3\xbc." },
		{ "&hellip x", "&hellip x" }, { "&nosuch; &; & &#; &#x;", "&nosuch; &; & &#; &#x;" },
		{ "&#128;&#150;", "\xe2\x82\xac\xe2\x80\x93" }, { "a&#0;&#1;&#x7f;b", "ab" },
		{ "&#xd800;&#x110000;&#99999999999;", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "&#x1f600;", "\xf0\x9f\x98\x80" }, { "&amp;amp;", "&amp;" }, { "&apos;&quot;", "'\"" },
		{ "costs $5 and ${1}.", "costs $5 and ${1}." },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].html,
			  unit_same(plain_of(op, op_print(op, "<p>%s</p>",
							  rows[i].html)),
				    op_print(op, "%s\n", rows[i].plain)));
}

static void
plain_text_is_readable(void **state)
{
	static const struct {
		const char *html, *plain;
	} rows[] = {
		/* clang-format off */
		{ "<p>a</p><p>b</p>", "a\n\nb\n" }, { "<div>a</div><div>b</div>", "a\nb\n" }, { "<p>a<br>b</p>", "a\nb\n" },
		{ "<p> a \r\n  b\t<b>c</b> d</p>", "a b c d\n" }, { "<p>a <b>b</b></p>", "a b\n" }, { "<p>a<b>b</b>c</p>", "abc\n" },
		{ "<h1>a</h1>b", "a\n\nb\n" }, { "<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\n \n\nb\n" },
		{ "<ul><li>a</li><li>b</ul>c", "- a\n- b\n\nc\n" }, { "<ol><li>a<li>b</ol>", "1. a\n2. b\n" },
		{ "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c\n" }, { "<ul><li></li><li>b</li></ul>", "- b\n" },
		{ "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a | b\nc | d\n" },
		{ "<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>", "a | b\n" }, { "<table><tr><th>a<td>b</table>", "a | b\n" },
		{ "<a href=http://x.org/>here</a>", "here (http://x.org/)\n" }, { "<a href=http://x.org/>http://x.org/</a>", "http://x.org/\n" },
		{ "<a href=mailto:a@x.org>a@x.org</a>", "a@x.org\n" }, { "<a href=mailto:a@x.org>Ada</a>.", "Ada (a@x.org).\n" },
		{ "<a href=tel:+49>+49</a>", "+49\n" }, { "<a href=javascript:x>here</a>", "here\n" }, { "<a href=http://x></a>", "http://x\n" },
		{ "<blockquote>a<br>b</blockquote>c", "> a\n> b\n\nc\n" }, { "<pre>a\n  b</pre>", "a\n  b\n" }, { "a<hr>b</p>", "a\n----------\nb\n" },
		{ "<p><img src=x alt=logo> a</p>", "[logo] a\n" }, { "<p><img src=x alt=' '>a</p>", "a\n" }, { "<p></p>", "" },
		{ "<script>x</script><style>y</style><p>a</p>", "a\n" },
		/* a plain text stays as it is */
		{ "a\r\nb\rc\n\nd", "a\nb\nc\n\nd\n" }, { "if a <b and c> d", "if a <b and c> d\n" }, { "x &amp; y", "x &amp; y\n" },
		{ "a\x01" "b", "ab\n" }, { "", "" }, { "a\n", "a\n" }, { "<3", "<3\n" }, { "a < b", "a < b\n" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = plain_of(op, rows[i].html);

		if (!unit_same(got, rows[i].plain))
			print_error("got %s\n", got);
		CHECK_ROW(rows[i].html, unit_same(got, rows[i].plain));
	}
}

static void
html_is_told_from_plain_text(void **state)
{
	static const struct {
		const char *text;
		bool html, empty;
	} rows[] = {
		/* clang-format off */
		{ "<html><body>x</body></html>", true, false }, { "  \r\n<DIV>x", true, false }, { "\xef\xbb\xbf<p>x", true, false },
		{ "<!DOCTYPE html><p>", true, true }, { "<!-- x -->", true, true }, { "<?xml version='1.0'?><p>", true, true },
		{ "x<br>y", true, false }, { "x <b>y</b>", true, false }, { "x<br/>", true, false },
		{ "x", false, false }, { "", false, true }, { "x <b y", false, false }, { "x <b> y", false, false },
		{ "a</nosuch>b", false, false }, { "<nosuch>", false, false }, { "mail <bob@x.org>", false, false }, { "<bob@x.org>", false, false },
		{ "\xc2\xa0\xe2\x80\x8b", false, true }, { "</p", false, false }, { "<br", false, false },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].text, html_is(rows[i].text) == rows[i].html);
		CHECK_ROW(rows[i].text,
			  html_is_empty(rows[i].text) == rows[i].empty);
	}
	(void)state;
}

static void
a_document_says_its_language_and_keeps_its_body(void **state)
{
	struct op *op = *state;
	struct buf out;

	buf_init(&out, op, 0, 4096);
	html_safe(&out, "<body style=\"color:red\" onload=x bgcolor=blue><p>a",
		  "de");
	assert_string_equal(buf_text(&out),
			    "<!DOCTYPE html>\n<html lang=\"de\">\n"
			    "<head><meta charset=\"utf-8\"></head>\n"
			    "<body style=\"color: red\" bgcolor=\"blue\">\n"
			    "<p>a</p>\n</body>\n</html>\n");
	assert_string_equal(body_of(op, "a <b\r\nc\n\n\nd & e"),
			    "<p>a &lt;b<br>\nc</p>\n<p>d &amp; e</p>");
}

/* Depth and attributes have an end; their text comes through. */
static void
limits_drop_elements_and_never_text(void **state)
{
	struct op *op = *state;
	struct buf in;

	for (size_t n = HTML_DEPTH_MAX; n <= HTML_DEPTH_MAX + 1; n++) {
		const char *body, *at;
		size_t open = 0;

		buf_init(&in, op, 0, LARGEST);
		for (size_t i = 0; i < n; i++)
			buf_puts(&in, "<div>");
		buf_puts(&in, "text");
		body = body_of(op, buf_text(&in));
		for (at = body; (at = strstr(at, "<div>")) != NULL; at++)
			open++;
		assert_int_equal(open, HTML_DEPTH_MAX);
		assert_non_null(strstr(body, "text</div>"));
		assert_string_equal(plain_of(op, buf_text(&in)), "text\n");
	}
	buf_init(&in, op, 0, LARGEST);
	buf_puts(&in, "<p");
	for (int i = 0; i < HTML_ATTRIBUTES_MAX - 1; i++)
		buf_printf(&in, " x%d=y", i);
	assert_non_null(
		strstr(body_of(op, op_print(op, "%s title=z>a", buf_text(&in))),
		       "title=\"z\""));
	buf_puts(&in, " one=more");
	assert_string_equal(
		body_of(op, op_print(op, "%s title=z>a", buf_text(&in))),
		"<p>a</p>");
}

/* The worst that 128,000 bytes can be: it ends, within its room. */
static void
hostile_texts_stay_within_their_room(void **state)
{
	static const struct {
		const char *start, *again, *end;
	} rows[] = {
		/* clang-format off */
		{ "", "<div>", "" }, { "", "<b></i>", "" }, { "", "<ul><li>x", "" }, { "<p>", "<", "" }, { "<p>", "&", "" },
		{ "<p>", "&a", "" }, { "<p ", "a ", ">" }, { "<p title='", "\"", "'>" }, { "<p>", "<hr>", "" },
		{ "<blockquote><blockquote><blockquote><blockquote><blockquote><blockquote><blockquote><blockquote><blockquote>", "<br>x", "" },
		{ "", "<a href=http://x>", "" }, { "", "<a href=http://x></a>", "" }, { "<p style='", "color:red;", "'>" },
		{ "<p>", "<td>", "" }, { "<p>", "<script>", "" }, { "<p>", "<svg>", "" }, { "<p>", "</", "" }, { "", "\n\n", "" },
		{ "<p>", "<img alt=x>", "" }, { "<p>", "<p title=>", "" }, { "<pre>", "\n", "" }, { "", "\"", "" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_open(0);
		struct op op;
		struct buf in;

		op_init(&op, arena, NULL, 60 * 1000);
		buf_init(&in, &op, LARGEST + 1, LARGEST + 1);
		buf_puts(&in, rows[i].start);
		while (in.n + strlen(rows[i].again) + strlen(rows[i].end) <=
		       LARGEST)
			buf_puts(&in, rows[i].again);
		buf_puts(&in, rows[i].end);
		(void)plain_of(&op, buf_text(&in));
		(void)safe_of(&op, buf_text(&in));
		CHECK_ROW(rows[i].again, arena_held(arena) < 32 * MIB);
		arena_close(arena);
	}
	(void)state;
}

/* What was made safe is safe to its own eyes, to the letter. */
static void
safe_text_is_left_as_it_is(void **state)
{
	static const char *const rows[] = {
		"<p>a<b>c</p>d",
		"<ul><li>x<li>y</ul>",
		"<div bgcolor=red><p title='\"&'>&lt;&nbsp;</p>",
		"<a href='https://x?a&b'>y</a>",
		"plain < text\n\nmore",
		"<pre>\r\n a\r b</pre>",
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *once = body_of(op, op_print(op, "<p>%s", rows[i]));

		CHECK_ROW(rows[i], unit_same(body_of(op, once), once));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(only_what_is_listed_is_let_through),
		UNIT_TEST(links_lead_to_four_schemes_and_nowhere_else),
		UNIT_TEST(styles_fetch_nothing),
		UNIT_TEST(references_are_the_characters_they_name),
		UNIT_TEST(plain_text_is_readable),
		UNIT_TEST(html_is_told_from_plain_text),
		UNIT_TEST(a_document_says_its_language_and_keeps_its_body),
		UNIT_TEST(limits_drop_elements_and_never_text),
		UNIT_TEST(hostile_texts_stay_within_their_room),
		UNIT_TEST(safe_text_is_left_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
