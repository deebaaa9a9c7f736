/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose contacts are due, with a real store and a server that is not there.
 */
#include "store_fixture.h"

#include "model/contacts.h"

#include <stdio.h>
#include <string.h>

#define HOUR 3600
#define NOWHERE "http://127.0.0.1:1/" /* nobody may listen there but root */

static const char *const all[] = { NULL };
static const char *const there[] = { "example.org", NULL };

/* A section that everybody of these domains is looked for at. */
static const struct settings *
settings_of(struct op *op, const char *title, const char *url,
	    const char *const *domains)
{
	struct carddav_section *section = op_alloc(op, sizeof(*section));
	struct settings *settings = op_alloc(op, sizeof(*settings));

	*section = (struct carddav_section){ .title = title,
					     .url = url,
					     .user = "%u",
					     .domains = domains,
					     .every_s = HOUR };
	settings->carddavs = section;
	settings->carddavs_n = 1;
	return settings;
}

/* The place of a mailbox's contacts; failures of -1: none is known. */
static int
failures(struct fixture *f, int64_t mailbox)
{
	struct op *op = fixture_op(f);
	struct contact_source_list list;

	FINE(op, store_contact_sources(f->store, op, mailbox, &list));
	return list.n == 0 ? -1 : (int)list.source[0].failures;
}

/* One run of the clerk's, so many seconds later than the op began. */
static void
follow(struct fixture *f, struct contacts *c, const struct settings *settings,
       int64_t later)
{
	struct op *op = fixture_op(f);

	op->settings = settings;
	op->now += later;
	FINE(op, contacts_follow(c, op));
}

static struct contacts *
opened(struct fixture *f)
{
	struct op *op = fixture_op(f);
	struct contacts *c;

	FINE(op, contacts_open(op, f->store, NULL, &c));
	return c;
}

/* What is kept is of the time when it is asked: always now. */
static void
what_fails_is_due_again_later_and_later(void **state)
{
	static const struct {
		int64_t later;
		int failures;
	} rows[] = { { 0, 1 },   { 55, 1 },  { 65, 2 }, { 115, 2 },
		     { 125, 3 }, { 180, 3 }, { 245, 4 } };
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	struct contacts *c = opened(f);
	const struct settings *s =
		settings_of(fixture_op(f), "office", NOWHERE "%u/", all);

	assert_int_equal(failures(f, ada), -1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		follow(f, c, s, rows[i].later);
		assert_int_equal(failures(f, ada), rows[i].failures);
	}
	contacts_close(c);
}

static void
a_server_that_is_down_is_left_alone_with_all_its_people(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };
	struct fixture *f = *state;
	int64_t id[COUNT(names)];
	struct contacts *c = opened(f);
	const struct settings *s =
		settings_of(fixture_op(f), "office", NOWHERE "%u/", all);

	for (size_t i = 0; i < COUNT(names); i++)
		id[i] = fixture_mailbox(f, names[i]);
	follow(f, c, s, 0);
	assert_int_equal(failures(f, id[2]), 1);
	assert_int_equal(failures(f, id[3]), -1);
	follow(f, c, s, 30);
	assert_int_equal(failures(f, id[3]), -1);
	contacts_close(c);
}

static void
sections_that_are_no_more_take_their_contacts_along(void **state)
{
	static const struct {
		const char *name, *title, *url;
		const char *const *domains;
		bool stays;
	} rows[] = {
		/* clang-format off */
		{ "the same", "office", NOWHERE "%u/", all, true },
		{ "another title", "home", NOWHERE "%u/", all, false },
		{ "other domains", "office", NOWHERE "%u/", there, false },
		{ "for all now", "office", NOWHERE, all, false },
		/* clang-format on */
	};
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");

	for (size_t i = 0; i < COUNT(rows); i++) {
		static const char *const zoe = "zoe@x.org";
		const struct contact_card card = { .card = zoe,
						   .tag = "",
						   .name = "",
						   .n = 1,
						   .address = &zoe };
		struct contact_change change = { .mailbox = ada,
						 .origin = "carddav:office",
						 .place = "https://x/",
						 .token = "",
						 .n = 1,
						 .card = &card };
		struct contacts *c = opened(f);
		struct op *op = fixture_op(f);
		struct contact_done done;
		const struct settings *s;

		FINE(op, store_contact_put(f->store, op, &change, &done));
		change.origin = CONTACTS_FILE;
		FINE(op, store_contact_put(f->store, op, &change, &done));
		s = settings_of(op, rows[i].title, rows[i].url,
				rows[i].domains);
		follow(f, c, s, 0);
		op = fixture_op(f);
		if ((store_contact_find(f->store, op, ada, "carddav:office",
					zoe) == OK) != rows[i].stays)
			fail_msg("row \"%s\"", rows[i].name);
		FINE(op,
		     store_contact_find(f->store, op, ada, CONTACTS_FILE, zoe));
		contacts_close(c);
	}
	fixture_sound(f);
}

/* ---- asked by somebody ---- */

struct heard {
	size_t n;
	const struct mailbox *mailbox;
	char reason[512];
};

static void
hear(void *arg, const struct contacts_result *result)
{
	struct heard *h = arg;

	h->n++;
	h->mailbox = result->mailbox;
	(void)snprintf(h->reason, sizeof(h->reason), "%s",
		       result->reason == NULL ? "" : result->reason);
}

static void
who_asks_is_told_of_each(void **state)
{
	static const struct {
		const char *name, *url;
		const char *const *domains;
		bool one; /* mailbox is named */
		size_t n;
	} rows[] = {
		/* clang-format off */
		{ "everybody", NOWHERE "%u/", all, false, 2 },
		{ "one", NOWHERE "%u/", all, true, 1 },
		{ "nobody there", NOWHERE "%u/", there, false, 0 },
		{ "one, not there", NOWHERE "%u/", there, true, 0 },
		{ "for all", NOWHERE, all, false, 1 },
		{ "one, for all", NOWHERE, all, true, 1 },
		/* clang-format on */
	};
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");

	(void)fixture_mailbox(f, "bob");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct contacts *c = opened(f);
		struct op *op = fixture_op(f);
		const struct mailbox *m = NULL;
		struct heard heard = { 0 };
		size_t failed;

		op->settings =
			settings_of(op, "office", rows[i].url, rows[i].domains);
		if (rows[i].one)
			FINE(op, store_mailbox_get(f->store, op, ada, &m));
		FINE(op, contacts_sync(c, op, m, hear, &heard, &failed));
		if (heard.n != rows[i].n || failed != rows[i].n ||
		    (heard.n > 0 && heard.reason[0] == '\0'))
			fail_msg("row \"%s\"", rows[i].name);
		contacts_close(c);
	}
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
	const struct CMUnitTest tests[] = {
		TEST(what_fails_is_due_again_later_and_later),
		TEST(a_server_that_is_down_is_left_alone_with_all_its_people),
		TEST(sections_that_are_no_more_take_their_contacts_along),
		TEST(who_asks_is_told_of_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
