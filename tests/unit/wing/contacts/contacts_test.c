/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is Known, with a real store.
 */
#include "store_fixture.h"

#include "base/buf.h"
#include "model/contacts.h"

#include <string.h>

#define CARD(name, lines)                                                      \
	"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:" name "\r\n" lines "END:VCARD\r\n"
#define TEN "aaaaaaaaaa"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
/* with @, ten bytes of letters and .org: 319 bytes, and more as xn-- */
#define LONG_LOCAL HUNDRED HUNDRED HUNDRED "aaaa"
#define TWO                                                                    \
	CARD("Zo\xc3\xab", "EMAIL:Zoe@X.org\r\nEMAIL:zoe@work.example\r\n")    \
	CARD("Bob", "EMAIL:bob@x.org\r\n")

static struct contacts_import
import(struct fixture *f, int64_t mailbox, const char *text, bool replace)
{
	struct op *op = fixture_op(f);
	struct contacts_import done;

	FINE(op, contacts_import(f->store, op, mailbox, bytes_of(text), replace,
				 &done));
	return done;
}

static const struct mailbox *
box(struct fixture *f, struct op *op, int64_t id)
{
	const struct mailbox *m;

	FINE(op, store_mailbox_get(f->store, op, id, &m));
	return m;
}

/* With these settings, or (NULL) none. */
static bool
knows(struct fixture *f, int64_t id, const struct settings *settings,
      const char *address)
{
	struct op *op = fixture_op(f);
	enum err err;

	op->settings = settings;
	err = contacts_has(f->store, op, box(f, op, id), address);
	if (err != ERR_NOT_FOUND)
		FINE(op, err);
	return err == OK;
}

static bool
has_source(struct fixture *f, int64_t id, const struct settings *settings)
{
	struct op *op = fixture_op(f);
	enum err err;

	op->settings = settings;
	err = contacts_source(f->store, op, box(f, op, id));
	if (err != ERR_NOT_FOUND)
		FINE(op, err);
	return err == OK;
}

/* ---- files ---- */

static void
who_is_on_a_card_is_known(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada"),
		bob = fixture_mailbox(f, "bob");
	struct contacts_import done;

	assert_false(has_source(f, ada, NULL));
	assert_false(knows(f, ada, NULL, "zoe@x.org"));
	done = import(f, ada, TWO, false);
	assert_int_equal(done.cards, 2);
	assert_int_equal(done.addresses, 3);
	assert_int_equal(done.done.added, 3);
	assert_int_equal(done.fault_n, 0);
	assert_true(has_source(f, ada, NULL));
	assert_true(knows(f, ada, NULL, "zoe@x.org"));
	assert_true(knows(f, ada, NULL, "ZOE@Work.Example"));
	assert_false(knows(f, ada, NULL, "eve@x.org"));
	assert_false(knows(f, ada, NULL, "no address"));
	assert_false(knows(f, ada, NULL, ""));
	assert_false(has_source(f, bob, NULL));
	assert_false(knows(f, bob, NULL, "zoe@x.org"));
}

static void
the_same_file_again_changes_nothing(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	struct contacts_import done;

	(void)import(f, ada, TWO, false);
	for (int i = 0; i < 2; i++) {
		done = import(f, ada, TWO, i == 1);
		assert_int_equal(done.addresses, 3);
		assert_int_equal(done.done.added, 0);
		assert_int_equal(done.done.changed, 0);
		assert_int_equal(done.done.removed, 0);
		assert_int_equal(done.done.addresses, 3);
	}
}

static void
another_file_adds_and_replaces_when_asked(void **state)
{
	static const char one[] = CARD("Eve", "EMAIL:eve@x.org\r\n");
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	struct contacts_import done;

	(void)import(f, ada, TWO, false);
	done = import(f, ada, one, false);
	assert_int_equal(done.done.addresses, 4);
	assert_true(knows(f, ada, NULL, "zoe@x.org"));
	done = import(f, ada, one, true);
	assert_int_equal(done.done.removed, 3);
	assert_int_equal(done.done.addresses, 1);
	assert_false(knows(f, ada, NULL, "zoe@x.org"));
	assert_true(knows(f, ada, NULL, "eve@x.org"));
	/* nobody at all is a source still: of nobody */
	(void)import(f, ada, CARD("Nobody", ""), true);
	assert_false(knows(f, ada, NULL, "eve@x.org"));
	assert_true(has_source(f, ada, NULL));
}

static void
an_address_on_two_cards_is_one_contact(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	struct contacts_import done =
		import(f, ada,
		       CARD("First", "EMAIL:a@x.org\r\nEMAIL:A@X.ORG\r\n")
			       CARD("Second", "EMAIL:a@x.org\r\n"),
		       false);
	struct op *op = fixture_op(f);
	struct contact_search search = { 0 };
	struct contact_list list;

	assert_int_equal(done.addresses, 1);
	FINE(op, store_contact_list(f->store, op, ada, &search, 10, &list));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.contact[0].name, "First");
}

static void
what_is_no_address_is_told_with_its_line(void **state)
{
	static const struct {
		const char *name, *text;
		unsigned line;
		const char *why;
	} rows[] = {
		/* clang-format off */
		{ "no @", CARD("A", "EMAIL:nobody\r\n"), 4, "'nobody' is no mail address" },
		{ "a name around it", CARD("A", "EMAIL:A <a@x.org>\r\n"), 4, "no mail address" },
		{ "a domain that DNS cannot have", CARD("A", "EMAIL:a@-x-.org\r\n"), 4, "no mail address" },
		{ "a long one", CARD("A", "EMAIL:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"), 4, "no mail address" },
		{ "one that is longer in the form of DNS", CARD("A", "EMAIL:" LONG_LOCAL "@\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4.org\r\n"), 4, "no mail address" },
		{ "a broken card", "BEGIN:VCARD\r\n" CARD("B", ""), 1, "no end" },
		/* clang-format on */
	};
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct op *op = fixture_op(f);
		const char *text = op_print(op, "%s%s", rows[i].text, TWO);
		struct contacts_import done = import(f, ada, text, false);

		assert_int_equal(done.addresses, 3);
		assert_int_equal(done.fault_n, 1);
		assert_int_equal(done.told_n, 1);
		assert_int_equal(done.fault[0].line, rows[i].line);
		assert_non_null(strstr(done.fault[0].why, rows[i].why));
		assert_true(strlen(done.fault[0].why) < 120);
	}
}

static void
a_file_of_broken_cards_changes_nothing(void **state)
{
	static const char *const rows[] = {
		"", "hello", "BEGIN:VCARD\r\n",
		"BEGIN:VCARD\r\nVERSION:9\r\nEND:VCARD\r\n", "\xff\xfe"
	};
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	struct op *op = fixture_op(f);
	struct contacts_import done;

	(void)import(f, ada, TWO, false);
	for (size_t i = 0; i < COUNT(rows); i++)
		GIVES(ERR_INVALID, op,
		      contacts_import(f->store, op, ada, bytes_of(rows[i]),
				      true, &done));
	assert_true(knows(f, ada, NULL, "zoe@x.org"));
	GIVES(ERR_NOT_FOUND, op,
	      contacts_import(f->store, op, 77, bytes_of(TWO), true, &done));
}

static void
a_file_of_too_many_changes_nothing(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	struct op *op = fixture_op(f);
	struct contacts_import done;
	struct buf buf;

	buf_init(&buf, op, 0, 16 * MIB);
	for (int i = 0; i <= CONTACTS_MAX; i++)
		buf_printf(&buf, "BEGIN:VCARD\nEMAIL:a%d@x.org\nEND:VCARD\n",
			   i);
	GIVES(ERR_LIMIT, op,
	      contacts_import(f->store, op, ada, buf_bytes(&buf), false,
			      &done));
	assert_false(knows(f, ada, NULL, "a1@x.org"));
	assert_false(has_source(f, ada, NULL));
}

/* ---- what many share ---- */

static void
share(struct fixture *f, const char *origin, const char *address)
{
	const struct contact_card card = {
		.card = address,
		.tag = "",
		.name = "",
		.n = 1,
		.address = &address,
	};
	const struct contact_change change = { .mailbox = CONTACT_SHARED,
					       .origin = origin,
					       .place = "",
					       .token = "",
					       .n = 1,
					       .card = &card };
	struct op *op = fixture_op(f);
	struct contact_done done;

	FINE(op, store_contact_put(f->store, op, &change, &done));
}

/* Only where a section of the settings says that it is so. */
static void
a_shared_list_is_for_its_sections_domains(void **state)
{
	static const char *const here[] = { "Example.com", NULL };
	static const char *const there[] = { "example.org", NULL };
	static const char *const all[] = { NULL };
	static const struct {
		const char *name, *url, *user, *password_file, *contacts_base;
		const char *contacts_filter;
		const char *const *domains;
		bool known;
	} rows[] = {
		/* clang-format off */
		{ "all domains", "https://x/", "%u", NULL, NULL, NULL, all, true },
		{ "this domain", "https://x/", "%u", NULL, NULL, NULL, here, true },
		{ "another domain", "https://x/", "%u", NULL, NULL, NULL, there, false },
		{ "a reader of all", "https://x/", "reader", "/p", NULL, NULL, all, true },
		{ "by the login", "https://x/", "%n", "/p", NULL, NULL, all, false },
		{ "by the url", "https://x/%d/", "reader", NULL, NULL, NULL, all, false },
		{ "a % that is one", "https://x/%%u/", "reader", NULL, NULL, NULL, all, true },
		{ "LDAP", NULL, NULL, NULL, "ou=contacts", NULL, all, true },
		{ "LDAP, this domain", NULL, NULL, NULL, "ou=contacts", "(mail=*)", here, true },
		{ "LDAP, another", NULL, NULL, NULL, "ou=contacts", "(mail=*)", there, false },
		{ "LDAP, by the base", NULL, NULL, NULL, "ou=%n", NULL, all, false },
		{ "LDAP, by the filter", NULL, NULL, NULL, "ou=contacts", "(owner=%u)", all, false },
		{ "LDAP without contacts", NULL, NULL, NULL, NULL, NULL, all, false },
		/* clang-format on */
	};
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");

	share(f, "carddav:office", "zoe@x.org");
	share(f, "ldap:office", "zoe@x.org");
	assert_false(knows(f, ada, NULL, "zoe@x.org"));
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct carddav_section carddav = {
			.title = "office",
			.url = rows[i].url,
			.user = rows[i].user,
			.password_file = rows[i].password_file,
			.domains = rows[i].domains,
		};
		const struct directory_section ldap = {
			.title = "office",
			.contacts_base = rows[i].contacts_base,
			.contacts_filter = rows[i].contacts_filter,
			.domains = rows[i].domains,
		};
		const struct settings settings = {
			.carddavs = &carddav,
			.carddavs_n = rows[i].url != NULL,
			.directories = &ldap,
			.directories_n = rows[i].url == NULL,
		};

		if (knows(f, ada, &settings, "zoe@x.org") != rows[i].known)
			fail_msg("row \"%s\"", rows[i].name);
		if (has_source(f, ada, &settings) != rows[i].known)
			fail_msg("row \"%s\"", rows[i].name);
		assert_false(knows(f, ada, &settings, "eve@x.org"));
	}
}

/* A section that was never read is none yet. */
static void
a_place_that_does_not_answer_is_no_source(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	struct op *op = fixture_op(f);

	FINE(op, store_contact_note(f->store, op, ada, "carddav:office",
				    "no answer"));
	assert_false(has_source(f, ada, NULL));
	FINE(op, store_contact_note(f->store, op, ada, "carddav:office", NULL));
	assert_true(has_source(f, ada, NULL));
	FINE(op, store_contact_note(f->store, op, ada, "carddav:office",
				    "no answer"));
	assert_true(has_source(f, ada, NULL));
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
	const struct CMUnitTest tests[] = {
		TEST(who_is_on_a_card_is_known),
		TEST(the_same_file_again_changes_nothing),
		TEST(another_file_adds_and_replaces_when_asked),
		TEST(an_address_on_two_cards_is_one_contact),
		TEST(what_is_no_address_is_told_with_its_line),
		TEST(a_file_of_broken_cards_changes_nothing),
		TEST(a_file_of_too_many_changes_nothing),
		TEST(a_shared_list_is_for_its_sections_domains),
		TEST(a_place_that_does_not_answer_is_no_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
