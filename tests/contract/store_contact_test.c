/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promises of model/store.h about contacts.
 */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

#define ORIGIN "carddav:office"

static const struct actor root = { .name = "cli:root" };

/* A card of one address. */
#define CARD(text, label)                                                      \
	(struct contact_card)                                                  \
	{                                                                      \
		.card = (text), .tag = "", .name = (label), .n = 1,            \
		.address = (const char *const[])                               \
		{                                                              \
			(text)                                                 \
		}                                                              \
	}

static struct contact_change
change_of(int64_t mailbox, const struct contact_card *card, size_t n)
{
	return (struct contact_change){ .mailbox = mailbox,
					.origin = "file",
					.place = "",
					.token = "",
					.n = n,
					.card = card };
}

static struct contact_done
put(struct fixture *f, const struct contact_change *change)
{
	struct op *op = fixture_op(f);
	struct contact_done done;

	FINE(op, store_contact_put(f->store, op, change, &done));
	return done;
}

static void
done_is(struct contact_done done, size_t added, size_t changed, size_t removed,
	size_t addresses)
{
	assert_int_equal(done.added, added);
	assert_int_equal(done.changed, changed);
	assert_int_equal(done.removed, removed);
	assert_int_equal(done.addresses, addresses);
}

static bool
has(struct fixture *f, int64_t mailbox, const char *origin, const char *address)
{
	struct op *op = fixture_op(f);
	enum err err =
		store_contact_find(f->store, op, mailbox, origin, address);

	if (err != ERR_NOT_FOUND)
		FINE(op, err);
	return err == OK;
}

/* "address name origin" of each, in lines. */
static const char *
listed(struct fixture *f, int64_t mailbox, size_t page)
{
	static char text[4096];
	struct op *op = fixture_op(f);
	struct contact_search search = { 0 };
	struct contact_list list = { .n = page };
	size_t n = 0;

	text[0] = '\0';
	while (list.n == page) {
		FINE(op, store_contact_list(f->store, op, mailbox, &search,
					    page, &list));
		for (size_t i = 0; i < list.n; i++)
			n += (size_t)snprintf(
				text + n, sizeof(text) - n, "%s %s %s\n",
				list.contact[i].address, list.contact[i].name,
				list.contact[i].origin);
	}
	return text;
}

static struct contact_source
source_of(struct fixture *f, int64_t mailbox, size_t at, size_t of)
{
	struct op *op = fixture_op(f);
	struct contact_source_list list;

	FINE(op, store_contact_sources(f->store, op, mailbox, &list));
	assert_int_equal(list.n, of);
	return of == 0 ? (struct contact_source){ 0 } : list.source[at];
}

/* ---- what is put ---- */

static void
what_is_put_is_found_and_listed(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada"),
		bob = fixture_mailbox(f, "bob");
	const struct contact_card cards[] = { CARD("zoe@x.org", "Zoe"),
					      CARD("eve@x.org", "") };
	const struct contact_change change = change_of(ada, cards, 2);

	done_is(put(f, &change), 2, 0, 0, 2);
	assert_true(has(f, ada, NULL, "zoe@x.org"));
	assert_true(has(f, ada, "file", "eve@x.org"));
	assert_false(has(f, ada, "ldap:office", "eve@x.org"));
	assert_false(has(f, ada, NULL, "ze@x.org"));
	assert_false(has(f, ada, NULL, ""));
	assert_false(has(f, bob, NULL, "zoe@x.org"));
	assert_string_equal(listed(f, ada, 10),
			    "eve@x.org  file\nzoe@x.org Zoe file\n");
	assert_string_equal(listed(f, ada, 1),
			    "eve@x.org  file\nzoe@x.org Zoe file\n");
	assert_string_equal(listed(f, bob, 10), "");
	fixture_sound(f);
}

static void
putting_the_same_again_changes_nothing(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	struct contact_card cards[] = { CARD("zoe@x.org", "Zoe"),
					CARD("eve@x.org", "Eve") };
	struct contact_change change = change_of(ada, cards, 2);

	done_is(put(f, &change), 2, 0, 0, 2);
	done_is(put(f, &change), 0, 0, 0, 2);
	change.all = true;
	done_is(put(f, &change), 0, 0, 0, 2);
	cards[0].name = "Zo\xc3\xab";
	done_is(put(f, &change), 0, 1, 0, 2);
	assert_string_equal(listed(f, ada, 10),
			    "eve@x.org Eve file\nzoe@x.org Zo\xc3\xab file\n");
	fixture_sound(f);
}

static void
all_forgets_what_is_not_named_and_a_part_does_not(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	const struct contact_card cards[] = { CARD("a@x.org", "A"),
					      CARD("b@x.org", "B"),
					      CARD("c@x.org", "C") };
	struct contact_change change = change_of(ada, cards, 3);

	done_is(put(f, &change), 3, 0, 0, 3);
	change.card = &cards[1];
	change.n = 1;
	done_is(put(f, &change), 0, 0, 0, 3);
	change.all = true;
	done_is(put(f, &change), 0, 0, 2, 1);
	assert_string_equal(listed(f, ada, 10), "b@x.org B file\n");
	change.n = 0;
	done_is(put(f, &change), 0, 0, 1, 0);
	/* it is a source still, of nobody */
	assert_int_not_equal(source_of(f, ada, 0, 1).changed, 0);
	fixture_sound(f);
}

static void
a_card_has_many_addresses_or_none_and_goes_as_a_whole(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	struct contact_card cards[] = {
		{ .card = "/1.vcf",
		  .tag = "\"1\"",
		  .name = "Zoe",
		  .n = 2,
		  .address = (const char *const[]){ "zoe@x.org", "z@y.org" } },
		{ .card = "/2.vcf", .tag = "\"2\"", .name = "Nobody" },
	};
	const char *const gone[] = { "/1.vcf", "/never.vcf" };
	struct contact_change change = change_of(ada, cards, 2);
	struct op *op = fixture_op(f);
	struct contact_card_list list;

	change.origin = ORIGIN;
	change.place = "https://x/book/";
	change.token = "t1";
	done_is(put(f, &change), 2, 0, 0, 2);
	assert_true(has(f, ada, ORIGIN, "z@y.org"));
	assert_false(has(f, ada, NULL, ""));
	assert_string_equal(source_of(f, ada, 0, 1).token, "t1");
	FINE(op, store_contact_cards(f->store, op, ada, ORIGIN, change.place,
				     &list));
	assert_int_equal(list.n, 2);
	assert_string_equal(list.card[0].card, "/1.vcf");
	assert_string_equal(list.card[1].tag, "\"2\"");

	change.n = 1;
	change.card = &cards[1];
	change.gone = gone;
	change.gone_n = 2;
	change.token = "t2";
	done_is(put(f, &change), 0, 0, 1, 0);
	assert_false(has(f, ada, NULL, "zoe@x.org"));
	assert_string_equal(source_of(f, ada, 0, 1).token, "t2");
	FINE(op, store_contact_cards(f->store, op, ada, ORIGIN, change.place,
				     &list));
	assert_int_equal(list.n, 1);
	fixture_sound(f);
}

static void
a_shared_list_is_of_no_mailbox(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	const struct contact_card card = CARD("zoe@x.org", "Zoe");
	struct contact_change change = change_of(CONTACT_SHARED, &card, 1);

	change.origin = "ldap:office";
	done_is(put(f, &change), 1, 0, 0, 1);
	assert_true(has(f, CONTACT_SHARED, "ldap:office", "zoe@x.org"));
	assert_false(has(f, CONTACT_SHARED, "ldap:other", "zoe@x.org"));
	assert_false(has(f, ada, NULL, "zoe@x.org"));
	fixture_sound(f);
}

/* ---- limits ---- */

static void
texts_have_limits(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	static char longest[CONTACT_TEXT_MAX + 2], name[CONTACT_NAME_MAX + 3];
	static const char *address[CONTACT_ADDRESSES_MAX + 1];
	struct contact_card card = CARD("zoe@x.org", "Zoe");
	const struct {
		const char *name;
		const char **text;
		size_t most;
	} rows[] = {
		{ "origin", NULL, CONTACT_ORIGIN_MAX },
		{ "place", NULL, CONTACT_TEXT_MAX },
		{ "token", NULL, CONTACT_TEXT_MAX },
		{ "card", &card.card, CONTACT_TEXT_MAX },
		{ "tag", &card.tag, CONTACT_TEXT_MAX },
	};
	struct op *op = fixture_op(f);
	struct contact_done done;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct contact_change change = change_of(ada, &card, 1);
		const char **own[] = { &change.origin, &change.place,
				       &change.token };
		const char **at = i < 3 ? own[i] : rows[i].text;
		const char *before = *at;

		memset(longest, 'x', rows[i].most + 1);
		longest[rows[i].most + 1] = '\0';
		*at = longest;
		GIVES(ERR_LIMIT, op,
		      store_contact_put(f->store, op, &change, &done));
		*at = longest + 1;
		FINE(op, store_contact_put(f->store, op, &change, &done));
		*at = before;
	}
	for (size_t i = 0; i < COUNT(address); i++)
		address[i] = op_print(op, "a%zu@x.org", i);
	card.address = address;
	card.n = COUNT(address);
	memset(name, 'n', CONTACT_NAME_MAX - 1);
	memcpy(name + CONTACT_NAME_MAX - 1, "\xc3\xa4", 3);
	card.name = name;
	struct contact_change change = change_of(ada, &card, 1);

	GIVES(ERR_LIMIT, op, store_contact_put(f->store, op, &change, &done));
	card.n--;
	FINE(op, store_contact_put(f->store, op, &change, &done));
	FINE(op, store_contact_put(f->store, op, &change, &done));
	assert_int_equal(done.changed, 0); /* cut to the same name */
	fixture_sound(f);
}

static void
a_mailbox_has_a_limit_over_all_origins(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	int64_t ada = fixture_mailbox(f, "ada");
	struct contact_card *cards =
		op_alloc(op, (CONTACTS_MAX + 1) * sizeof(*cards));
	struct contact_change change = change_of(ada, cards, CONTACTS_MAX - 1);
	const struct contact_card two[] = { CARD("x@x.org", ""),
					    CARD("y@x.org", "") };
	struct contact_done done;

	ada = fixture_mailbox(f, "eva");
	change.mailbox = ada;
	for (size_t i = 0; i < CONTACTS_MAX + 1; i++) {
		const char **address = op_alloc(op, sizeof(*address));

		*address = op_print(op, "a%zu@x.org", i);
		cards[i] = (struct contact_card){ .card = *address,
						  .tag = "",
						  .name = "",
						  .n = 1,
						  .address = address };
	}
	FINE(op, store_contact_put(f->store, op, &change, &done));
	change = change_of(ada, two, 2);
	change.origin = ORIGIN;
	GIVES(ERR_LIMIT, op, store_contact_put(f->store, op, &change, &done));
	assert_non_null(strstr(op->reason, "20001 contacts"));
	assert_false(has(f, ada, NULL, "x@x.org"));
	(void)source_of(f, ada, 0, 1); /* nothing of it is left */
	change.n = 1;
	FINE(op, store_contact_put(f->store, op, &change, &done));
	assert_true(has(f, ada, NULL, "x@x.org"));
}

static void
a_mailbox_that_is_not_there_has_no_contacts(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	const struct contact_card card = CARD("zoe@x.org", "Zoe");
	struct contact_change change = change_of(77, &card, 1);
	struct contact_done done;
	size_t n;

	GIVES(ERR_NOT_FOUND, op,
	      store_contact_put(f->store, op, &change, &done));
	GIVES(ERR_NOT_FOUND, op,
	      store_contact_note(f->store, op, 77, ORIGIN, NULL));
	FINE(op, store_contact_clear(f->store, op, 77, NULL, NULL, &n));
	assert_int_equal(n, 0);
}

/* ---- places ---- */

static void
a_source_tells_how_it_went(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	struct op *op = fixture_op(f);
	struct contact_source source;

	FINE(op, store_contact_note(f->store, op, ada, ORIGIN, "no answer"));
	FINE(op, store_contact_note(f->store, op, ada, ORIGIN, "refused"));
	source = source_of(f, ada, 0, 1);
	assert_int_equal(source.changed, 0);
	assert_int_equal(source.tried, op->now);
	assert_int_equal(source.failures, 2);
	assert_string_equal(source.reason, "refused");
	FINE(op, store_contact_note(f->store, op, ada, ORIGIN, NULL));
	source = source_of(f, ada, 0, 1);
	assert_int_equal(source.changed, op->now);
	assert_int_equal(source.failures, 0);
	assert_string_equal(source.reason, "");
	FINE(op, store_contact_note(f->store, op, ada, ORIGIN, "down"));
	source = source_of(f, ada, 0, 1);
	assert_int_not_equal(source.changed, 0);
	assert_int_equal(source.failures, 1);
	fixture_sound(f);
}

static void
clearing_takes_a_place_an_origin_or_all(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	const struct contact_card card = CARD("zoe@x.org", "Zoe");
	static const char *const places[][2] = { { "file", "" },
						 { ORIGIN, "a" },
						 { ORIGIN, "b" } };
	struct op *op = fixture_op(f);
	struct contact_source_list all;
	size_t n;

	for (size_t i = 0; i < COUNT(places); i++) {
		struct contact_change change = change_of(ada, &card, 1);

		change.origin = places[i][0];
		change.place = places[i][1];
		(void)put(f, &change);
	}
	FINE(op, store_contact_source_list(f->store, op, 0, 2, &all));
	assert_int_equal(all.n, 2);
	FINE(op, store_contact_source_list(f->store, op, all.source[1].seq, 2,
					   &all));
	assert_int_equal(all.n, 1);
	FINE(op, store_contact_clear(f->store, op, ada, ORIGIN, "a", &n));
	assert_int_equal(n, 1);
	(void)source_of(f, ada, 0, 2);
	FINE(op, store_contact_clear(f->store, op, ada, ORIGIN, NULL, &n));
	assert_int_equal(n, 1);
	assert_string_equal(listed(f, ada, 10), "zoe@x.org Zoe file\n");
	FINE(op, store_contact_clear(f->store, op, ada, NULL, NULL, &n));
	assert_int_equal(n, 1);
	(void)source_of(f, ada, 0, 0);
	fixture_sound(f);
}

/* ---- people ---- */

static void
a_removed_mailbox_leaves_no_contacts(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada"),
		bob = fixture_mailbox(f, "bob");
	const struct contact_card card = CARD("zoe-is-secret@x.org", "Zoe");
	struct contact_change change = change_of(ada, &card, 1);
	struct op *op = fixture_op(f);
	struct contact_source_list all;

	(void)put(f, &change);
	change.mailbox = bob;
	(void)put(f, &change);
	FINE(op, store_mailbox_remove(f->store, op, ada));
	assert_false(has(f, ada, NULL, "zoe-is-secret@x.org"));
	assert_true(has(f, bob, NULL, "zoe-is-secret@x.org"));
	FINE(op, store_contact_source_list(f->store, op, 0, 10, &all));
	assert_int_equal(all.n, 1);
	assert_int_equal(all.source[0].mailbox, bob);
	fixture_sound(f);
}

static void
the_audit_tells_who_changed_anothers(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	const struct contact_card card = CARD("zoe@x.org", "Zoe");
	const struct contact_change change = change_of(ada, &card, 1);
	struct op *op = fixture_op(f);
	struct audit_search search = { .mailbox = ada };
	struct contact_done done;
	struct audit_list list;
	size_t n;

	(void)put(f, &change); /* his own, or the clerk */
	op->actor = &root;
	FINE(op, store_contact_put(f->store, op, &change, &done));
	FINE(op, store_contact_clear(f->store, op, ada, "file", NULL, &n));
	FINE(op, store_contact_clear(f->store, op, ada, "file", NULL, &n));
	FINE(op, store_audit_list(f->store, op, &search, 10, &list));
	assert_int_equal(list.n, 2); /* clearing nothing is no change */
	assert_int_equal(list.row[0].what, AUDIT_CONTACTS_SET);
	assert_string_equal(list.row[0].detail, "file");
	assert_int_equal(list.row[1].what, AUDIT_CONTACTS_CLEAR);
	assert_string_equal(list.row[1].address, "ada@example.com");
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
	const struct CMUnitTest tests[] = {
		TEST(what_is_put_is_found_and_listed),
		TEST(putting_the_same_again_changes_nothing),
		TEST(all_forgets_what_is_not_named_and_a_part_does_not),
		TEST(a_card_has_many_addresses_or_none_and_goes_as_a_whole),
		TEST(a_shared_list_is_of_no_mailbox),
		TEST(texts_have_limits),
		TEST(a_mailbox_has_a_limit_over_all_origins),
		TEST(a_mailbox_that_is_not_there_has_no_contacts),
		TEST(a_source_tells_how_it_went),
		TEST(clearing_takes_a_place_an_origin_or_all),
		TEST(a_removed_mailbox_leaves_no_contacts),
		TEST(the_audit_tells_who_changed_anothers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
