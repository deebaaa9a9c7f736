/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/buf.h"
#include "base/text.h"
#include "wing/contacts/dav.h"
#include "wing/contacts/dav_wire.h"
#include "wire/xml.h"

#define MULTI                                                                  \
	"<d:multistatus xmlns:d=\"DAV:\" "                                     \
	"xmlns:c=\"urn:ietf:params:xml:ns:carddav\">"
#define END "</d:multistatus>"
#define HREF(path) "<d:href>" path "</d:href>"
#define PROP(status, what)                                                     \
	"<d:propstat><d:prop>" what "</d:prop><d:status>" status               \
	"</d:status></d:propstat>"
#define FOUND(what) PROP("HTTP/1.1 200 OK", what)

/* A resource in one line. */
static const char *
shown(struct op *op, const struct dav_answer *a)
{
	struct buf buf;

	buf_init(&buf, op, 0, MIB);
	for (size_t i = 0; i < a->n; i++) {
		const struct dav_response *r = &a->response[i];

		buf_printf(&buf, "%s %u%s%s", r->href, r->status,
			   r->collection ? " collection" : "",
			   r->addressbook ? " book" : "");
		if (r->tag != NULL)
			buf_printf(&buf, " tag=%s", r->tag);
		if (r->token != NULL)
			buf_printf(&buf, " token=%s", r->token);
		if (r->principal != NULL)
			buf_printf(&buf, " principal=%s", r->principal);
		for (size_t k = 0; k < r->home_n; k++)
			buf_printf(&buf, " home=%s", r->home[k]);
		if (r->card != NULL)
			buf_printf(&buf, " card=%s", r->card);
		buf_puts(&buf, ";");
	}
	if (a->token != NULL)
		buf_printf(&buf, "token=%s", a->token);
	return buf_text(&buf);
}

static void
answers_are_read(void **state)
{
	static const struct {
		const char *name, *text, *wanted;
	} rows[] = {
		/* clang-format off */
		{ "nothing", MULTI END, "" },
		{ "an address book", MULTI "<d:response>" HREF("/a/") FOUND("<d:resourcetype><d:collection/><c:addressbook/></d:resourcetype><d:sync-token>t1</d:sync-token>") "</d:response>" END,
		  "/a/ 200 collection book token=t1;" },
		{ "a calendar", MULTI "<d:response>" HREF("/a/") FOUND("<d:resourcetype><d:collection/><x:calendar xmlns:x=\"urn:ietf:params:xml:ns:caldav\"/></d:resourcetype>") "</d:response>" END,
		  "/a/ 200 collection;" },
		{ "a principal and homes", MULTI "<d:response>" HREF(" /a/\n") FOUND("<d:current-user-principal>" HREF("/p/") "</d:current-user-principal><c:addressbook-home-set>" HREF("/h/") HREF("/i/") "</c:addressbook-home-set>") "</d:response>" END,
		  "/a/ 200 principal=/p/ home=/h/ home=/i/;" },
		{ "nobody signed in", MULTI "<d:response>" HREF("/a/") FOUND("<d:current-user-principal><d:unauthenticated/></d:current-user-principal>") "</d:response>" END,
		  "/a/ 200;" },
		{ "a tag that is not there", MULTI "<d:response>" HREF("/a") PROP("HTTP/1.1 404 Not Found", "<d:getetag>x</d:getetag>") "</d:response>" END,
		  "/a 200;" },
		{ "of two kinds", MULTI "<d:response>" HREF("/a") PROP("HTTP/1.1 404 Not Found", "<d:sync-token/>") FOUND("<d:getetag>\"1\"</d:getetag>") "</d:response>" END,
		  "/a 200 tag=\"1\";" },
		{ "gone", MULTI "<d:response>" HREF("/a") "<d:status>HTTP/1.1 404 Not Found</d:status></d:response>" END, "/a 404;" },
		{ "a status that is none", MULTI "<d:response>" HREF("/a") "<d:status>gone</d:status></d:response>" END, "/a 0;" },
		{ "a card", MULTI "<d:response>" HREF("/a") FOUND("<c:address-data>BEGIN:VCARD&#13;\nX:&lt;&#228;&gt;</c:address-data>") "</d:response>" END,
		  "/a 200 card=BEGIN:VCARD\r\nX:<\xc3\xa4>;" },
		{ "a token", MULTI "<d:response>" HREF("/a") "</d:response><d:sync-token> t2 </d:sync-token>" END, "/a 200;token=t2" },
		{ "without an href", MULTI "<d:response>" FOUND("<d:getetag>1</d:getetag>") "</d:response><d:response>" HREF("/b") "</d:response>" END, "/b 200;" },
		{ "other prefixes", "<multistatus xmlns=\"DAV:\"><response><href>/a</href></response></multistatus>", "/a 200;" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dav_answer answer;
		const char *got;

		CHECK_ROW(rows[i].name, dav_read(*state, bytes_of(rows[i].text),
						 &answer) == OK);
		got = shown(*state, &answer);
		if (strcmp(got, rows[i].wanted) != 0)
			print_error("got: %s\n", got);
		CHECK_ROW(rows[i].name, strcmp(got, rows[i].wanted) == 0);
	}
}

static void
what_is_no_answer_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"hello",
		"<a/>",
		"<multistatus/>",
		MULTI,
		"<!DOCTYPE d:multistatus>" MULTI END,
		"<d:multistatus xmlns:d=\"DAV\"/>",
	};
	struct dav_answer answer;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i], dav_read(*state, bytes_of(rows[i]),
					    &answer) == ERR_INVALID);
}

static void
an_answer_has_so_many_resources(void **state)
{
	struct op *op = *state;
	struct dav_answer answer;

	for (size_t over = 0; over < 2; over++) {
		struct buf buf;

		buf_init(&buf, op, 0, DAV_ANSWER_MAX);
		buf_puts(&buf, MULTI);
		for (size_t i = 0; i < DAV_RESPONSES_MAX + over; i++)
			buf_puts(&buf,
				 "<d:response>" HREF("/a") "</d:response>");
		buf_puts(&buf, END);
		assert_int_equal(dav_read(op, buf_bytes(&buf), &answer),
				 over ? ERR_LIMIT : OK);
	}
}

static void
homes_have_a_number(void **state)
{
	struct op *op = *state;
	struct dav_answer answer;
	struct buf buf;

	buf_init(&buf, op, 0, MIB);
	buf_puts(&buf, MULTI "<d:response>" HREF("/a"));
	buf_puts(&buf, "<d:propstat><d:prop><c:addressbook-home-set>");
	for (size_t i = 0; i < DAV_HOMES_MAX + 1; i++)
		buf_puts(&buf, HREF("/h"));
	buf_puts(&buf, "</c:addressbook-home-set></d:prop></d:propstat>"
		       "</d:response>" END);
	assert_int_equal(dav_read(op, buf_bytes(&buf), &answer), OK);
	assert_int_equal(answer.response[0].home_n, DAV_HOMES_MAX);
}

static void
an_old_token_is_known_by_its_error(void **state)
{
	static const struct {
		const char *text;
		bool old;
	} rows[] = {
		/* clang-format off */
		{ "<d:error xmlns:d=\"DAV:\"><d:valid-sync-token/></d:error>", true },
		{ "<error xmlns=\"DAV:\"><valid-sync-token/></error>", true },
		{ "<error xmlns=\"DAV:\"><need-privileges/></error>", false },
		{ "<error><valid-sync-token/></error>", false },
		{ "no", false }, { "", false },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].text,
			  dav_is_old_token(*state, bytes_of(rows[i].text)) ==
				  rows[i].old);
}

/* Whatever is in a token or a name, it is text there. */
static void
what_is_asked_is_well_formed(void **state)
{
	static const char *const href[] = { "/a&b<c>\"d\".vcf", "/e" };
	struct op *op = *state;
	const struct bytes bodies[] = {
		dav_find_body(),
		dav_tags_body(),
		dav_sync_body(op, "t&<]]>\"'"),
		dav_cards_body(op, href, COUNT(href)),
	};
	const struct xml_node *root;
	struct xml_fault fault;

	for (size_t i = 0; i < COUNT(bodies); i++)
		assert_int_equal(xml_parse(op, bodies[i], &root, &fault), OK);
	assert_string_equal(xml_child(root, "d:href")->text, href[0]);
	assert_int_equal(xml_parse(op, bodies[2], &root, &fault), OK);
	assert_string_equal(xml_child(root, "d:sync-token")->text, "t&<]]>\"'");
}

static void
an_href_leads_nowhere_but_to_its_server(void **state)
{
	static const char base[] = "https://dav.example.com:8443/a/b/";
	static const struct {
		const char *href, *wanted; /* NULL: nowhere */
	} rows[] = {
		/* clang-format off */
		{ "/c/", "https://dav.example.com:8443/c/" },
		{ "d.vcf", "https://dav.example.com:8443/a/b/d.vcf" },
		{ "../c", "https://dav.example.com:8443/a/c" },
		{ "https://dav.example.com:8443/x", "https://dav.example.com:8443/x" },
		{ "https://DAV.example.com:8443/x", "https://DAV.example.com:8443/x" },
		{ "https://ada:pw@dav.example.com:8443/x#y", "https://dav.example.com:8443/x" },
		{ "/a%40b/", "https://dav.example.com:8443/a%40b/" },
		{ "/\xc3\xa4 b", "https://dav.example.com:8443/%c3%a4%20b" },
		{ "https://dav.example.com/x", NULL },
		{ "http://dav.example.com:8443/x", NULL },
		{ "https://dav.example.org:8443/x", NULL },
		{ "https://dav.example.com:8443@example.org/x", NULL },
		{ "//example.org/x", NULL },
		{ "file:///etc/passwd", NULL },
		{ "", NULL },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = dav_resolve(*state, base, rows[i].href);

		if (!unit_same(got, rows[i].wanted))
			print_error("got: %s\n", got == NULL ? "-" : got);
		CHECK_ROW(rows[i].href, unit_same(got, rows[i].wanted));
	}
	assert_string_equal(dav_path("https://x.org/a/b?c"), "/a/b?c");
	assert_string_equal(dav_path("https://x.org"), "/");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(answers_are_read),
		UNIT_TEST(what_is_no_answer_is_refused),
		UNIT_TEST(an_answer_has_so_many_resources),
		UNIT_TEST(homes_have_a_number),
		UNIT_TEST(an_old_token_is_known_by_its_error),
		UNIT_TEST(what_is_asked_is_well_formed),
		UNIT_TEST(an_href_leads_nowhere_but_to_its_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
