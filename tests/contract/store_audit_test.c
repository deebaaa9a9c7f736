/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promises of model/store.h about the audit: who did what to whose
 * mailbox.
 */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

#define DAY INT64_C(86400)
#define MANY 50 /* rows; more than a page of these tests */
#define PAGE 7

static const struct actor root = { .name = "cli:root" };

/* An op of somebody who has to answer for it. */
static struct op *
acting(struct fixture *f, const struct actor *actor)
{
	struct op *op = fixture_op(f);

	op->actor = actor;
	return op;
}

static struct audit_list
listed(struct fixture *f, struct audit_search search)
{
	struct op *op = fixture_op(f);
	struct audit_list list;

	FINE(op, store_audit_list(f->store, op, &search, 1000, &list));
	return list;
}

static struct audit_list
all(struct fixture *f)
{
	return listed(f, (struct audit_search){ 0 });
}

/* The last row is that. */
static void
told(struct fixture *f, const char *word, const char *address,
     const char *detail)
{
	struct audit_list list = all(f);
	const struct audit_row *row = &list.row[list.n - 1];

	assert_true(list.n > 0);
	assert_string_equal(store_audit_word(row->what), word);
	assert_string_equal(row->who, "cli:root");
	assert_string_equal(row->address, address);
	assert_string_equal(row->detail, detail);
}

static void
each_change_is_told_with_its_actor(void **state)
{
	struct fixture *f = *state;
	int64_t otto = fixture_mailbox(f, "otto");
	struct mailbox m = { .address = "anna@example.com",
			     .name = "",
			     .policy = AUDIENCE_ALL };
	struct op *op = acting(f, &root);
	struct store *s = f->store;
	struct photo_set set;

	FINE(op, store_mailbox_add(s, op, &m, NULL));
	told(f, "mailbox-add", "anna@example.com", "");
	op = acting(f, &root);
	FINE(op, store_alias_add(s, op, m.id, "a@example.com"));
	told(f, "alias-add", "anna@example.com", "a@example.com");
	op = acting(f, &root);
	FINE(op, store_alias_remove(s, op, m.id, "a@example.com"));
	told(f, "alias-remove", "anna@example.com", "a@example.com");
	op = acting(f, &root);
	FINE(op, store_owner_add(s, op, m.id, otto));
	told(f, "owner-add", "anna@example.com", "otto@example.com");
	op = acting(f, &root);
	FINE(op, store_owner_remove(s, op, m.id, otto));
	told(f, "owner-remove", "anna@example.com", "otto@example.com");
	op = acting(f, &root);
	m.name = "Anna";
	FINE(op, store_mailbox_change(s, op, &m));
	told(f, "mailbox-set", "anna@example.com", "");
	op = acting(f, &root);
	m.password = "$y$hash";
	FINE(op, store_mailbox_change(s, op, &m));
	told(f, "passwd", "anna@example.com", "");
	op = acting(f, &root);
	FINE(op, fixture_put(s, op, m.id, "SECRETTEXT"));
	told(f, "oof-set-for", "anna@example.com", "");
	op = acting(f, &root);
	FINE(op, store_domain_add(s, op, "b.example", "B"));
	told(f, "domain-add", "b.example", "B");
	op = acting(f, &root);
	FINE(op, store_domain_remove(s, op, "b.example"));
	told(f, "domain-remove", "b.example", "");
	op = acting(f, &root);
	op->now += 10; /* rows of one second have no order between files */
	fixture_picture(op, 1, &set);
	FINE(op, store_photo_put(s, op, m.id, &set));
	told(f, "photo-set-for", "anna@example.com", "");
	op = acting(f, &root);
	op->now += 11;
	FINE(op, store_photo_hide(s, op, m.id, true));
	told(f, "photo-hide-for", "anna@example.com", "");
	op = acting(f, &root);
	op->now += 12;
	FINE(op, store_photo_hide(s, op, m.id, false));
	told(f, "photo-unhide-for", "anna@example.com", "");
	op = acting(f, &root);
	op->now += 20;
	FINE(op, store_photo_remove(s, op, m.id));
	told(f, "photo-remove-for", "anna@example.com", "");
	op = acting(f, &root);
	op->now += 30;
	FINE(op, store_mailbox_remove(s, op, m.id));
	told(f, "mailbox-remove", "anna@example.com", "");
	assert_int_equal(all(f).n, 15);
	fixture_sound(f);
}

static void
what_nobody_has_to_answer_for_is_not_told(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct photo_set set;

	fixture_picture(op, 1, &set);
	FINE(op, fixture_put(f->store, op, id, "away"));
	FINE(op, store_photo_put(f->store, op, id, &set));
	FINE(op, store_photo_remove(f->store, op, id));
	FINE(op, store_mailbox_remove(f->store, op, id));
	assert_int_equal(all(f).n, 0);
}

static void
what_failed_or_changed_nothing_is_not_told(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct store *s = f->store;
	struct op *op = acting(f, &root);
	struct mailbox again = { .address = "anna@example.com", .name = "" };
	struct photo_set none = { 0 };

	GIVES(ERR_CONFLICT, op, store_mailbox_add(s, op, &again, NULL));
	GIVES(ERR_CONFLICT, op, store_owner_add(s, op, id, id));
	GIVES(ERR_NOT_FOUND, op, store_owner_remove(s, op, id, 99));
	GIVES(ERR_NOT_FOUND, op,
	      store_alias_remove(s, op, id, "x@example.com"));
	GIVES(ERR_CONFLICT, op, store_alias_add(s, op, id, "anna@example.com"));
	GIVES(ERR_CONFLICT, op, store_domain_remove(s, op, "example.com"));
	GIVES(ERR_NOT_FOUND, op, fixture_put(s, op, 99, "x"));
	GIVES(ERR_NOT_FOUND, op, store_mailbox_remove(s, op, 99));
	GIVES(ERR_INVALID, op, store_photo_put(s, op, id, &none));
	FINE(op, store_photo_remove(s, op, id));      /* there was none */
	FINE(op, store_photo_hide(s, op, id, false)); /* it is not */
	assert_int_equal(all(f).n, 0);
}

static void
actors_and_details_have_limits(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	char name[AUDIT_WHO_MAX + 3], detail[AUDIT_DETAIL_MAX + 3];
	const struct actor long_one = { .name = name, .detail = detail };
	struct audit_list list;
	struct op *op;

	/* one byte too much, in the middle of a letter */
	(void)memset(name, 'n', sizeof(name));
	(void)memset(detail, 'd', sizeof(detail));
	memcpy(name + AUDIT_WHO_MAX - 1, "\xc3\xa4", 3);
	memcpy(detail + AUDIT_DETAIL_MAX - 1, "\xc3\xa4", 3);
	op = acting(f, &long_one);
	FINE(op, fixture_put(f->store, op, id, "x"));
	/* and as much as there may be */
	memcpy(name + AUDIT_WHO_MAX - 2, "\xc3\xa4", 3);
	memcpy(detail + AUDIT_DETAIL_MAX - 2, "\xc3\xa4", 3);
	FINE(op, fixture_put(f->store, op, id, "x"));
	list = all(f);
	assert_int_equal(list.n, 2);
	assert_int_equal(strlen(list.row[0].who), AUDIT_WHO_MAX - 1);
	assert_int_equal(strlen(list.row[0].detail), AUDIT_DETAIL_MAX - 1);
	assert_int_equal(strlen(list.row[1].who), AUDIT_WHO_MAX);
	assert_string_equal(list.row[1].detail, detail);
	fixture_sound(f);
}

static void
a_removed_mailbox_leaves_who_did_what_when(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	int64_t other = fixture_mailbox(f, "otto");
	const struct actor actor = { .name = "cli:root", .detail = "PRIVATE" };
	struct op *op = acting(f, &actor);
	struct photo_set set;
	struct audit_list list;

	fixture_picture(op, 1, &set);
	FINE(op, fixture_put(f->store, op, id, "x"));
	FINE(op, store_photo_put(f->store, op, id, &set));
	FINE(op, fixture_put(f->store, op, other, "x"));
	FINE(op, store_mailbox_remove(f->store, op, id));
	list = listed(f, (struct audit_search){ .mailbox = id });
	assert_int_equal(list.n, 3);
	for (size_t i = 0; i < list.n; i++) {
		assert_string_equal(list.row[i].address, "anna@example.com");
		assert_string_equal(list.row[i].who, "cli:root");
		assert_string_equal(list.row[i].detail, "");
	}
	list = listed(f, (struct audit_search){ .mailbox = other });
	assert_int_equal(list.n, 1);
	assert_string_equal(list.row[0].detail, "PRIVATE");
	fixture_sound(f);
}

static void
rows_are_found_by_mailbox_actor_address_and_time(void **state)
{
	struct fixture *f = *state;
	int64_t anna = fixture_mailbox(f, "anna");
	int64_t otto = fixture_mailbox(f, "otto");
	const struct actor by_otto = { .name = "OTTO", .account = otto };
	struct op *op = acting(f, &root);
	int64_t now = op->now;
	size_t n = 0;

	FINE(op, fixture_put(f->store, op, otto, "x"));
	op = acting(f, &by_otto);
	op->now = now + 100;
	FINE(op, fixture_put(f->store, op, anna, "x"));

	n = listed(f, (struct audit_search){ .mailbox = anna }).n;
	assert_int_equal(n, 1);
	n = listed(f, (struct audit_search){ .mailbox = otto }).n;
	assert_int_equal(n, 2); /* done to him, and by him */
	n = listed(f, (struct audit_search){ .address = "anna@example.com" }).n;
	assert_int_equal(n, 1);
	n = listed(f, (struct audit_search){ .address = "who@example.com" }).n;
	assert_int_equal(n, 0);
	n = listed(f, (struct audit_search){ .since = now + 100 }).n;
	assert_int_equal(n, 1);
	n = listed(f, (struct audit_search){ .since = now + 101 }).n;
	assert_int_equal(n, 0);
}

/* Those of both files, in pages, the oldest first, none twice. */
static void
rows_are_listed_in_pages_in_the_order_of_time(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct audit_search search = { 0 };
	struct audit_list page = { .n = 1 };
	struct op *op = fixture_op(f);
	int64_t now = op->now, last = 0;
	struct photo_set set;
	size_t n = 0;

	fixture_picture(op, 1, &set);
	for (int i = 0; i < MANY; i++) {
		op = acting(f, &root);
		op->now = now + i;
		if (i % 3 == 0)
			FINE(op, store_photo_put(f->store, op, id, &set));
		else
			FINE(op, fixture_put(f->store, op, id, "x"));
	}
	while (page.n > 0) {
		op = fixture_op(f);
		FINE(op, store_audit_list(f->store, op, &search, PAGE, &page));
		assert_true(page.n <= PAGE);
		for (size_t i = 0; i < page.n; i++, n++) {
			assert_int_equal(page.row[i].at, now + (int64_t)n);
			assert_true(page.row[i].at > last);
			last = page.row[i].at;
		}
	}
	assert_int_equal(n, MANY);
}

static void
old_rows_are_forgotten(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = acting(f, &root);
	int64_t now = op->now;
	struct photo_set set;

	fixture_picture(op, 1, &set);
	FINE(op, fixture_put(f->store, op, id, "x"));
	FINE(op, store_photo_put(f->store, op, id, &set));
	op = acting(f, &root);
	op->now = now + 1;
	FINE(op, fixture_put(f->store, op, id, "x"));
	op = fixture_op(f);
	op->now = now + 3 * DAY;
	FINE(op, store_maintain(f->store, op, &(struct store_keep){ 1, 3, 1 }));
	assert_int_equal(all(f).n, 3);
	op->now = now + 3 * DAY + 1;
	FINE(op, store_maintain(f->store, op, &(struct store_keep){ 1, 3, 1 }));
	assert_int_equal(all(f).n, 1);
	op->now = now + 3 * DAY + 2;
	FINE(op, store_maintain(f->store, op, &(struct store_keep){ 1, 3, 1 }));
	assert_int_equal(all(f).n, 0);
	op = acting(f, &root);
	FINE(op, fixture_put(f->store, op, id, "x"));
	assert_int_equal(all(f).n, 1);
	fixture_sound(f);
}

static void
a_backup_has_the_audit_in_it(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = acting(f, &root);
	const char *file = fixture_path(f, "backup");
	struct photo_set set;

	fixture_picture(op, 1, &set);
	FINE(op, fixture_put(f->store, op, id, "x"));
	FINE(op, store_photo_put(f->store, op, id, &set));
	FINE(op, store_backup(f->store, op, file));
	store_close(f->store);
	f->store = NULL;
	FINE(op, store_restore(op, &f->options, file, true));
	FINE(op, store_open(op, &f->options, &f->store));
	assert_int_equal(all(f).n, 2);
}

static void
what_an_account_owns_is_listed(void **state)
{
	struct fixture *f = *state;
	int64_t room = fixture_mailbox(f, "room");
	int64_t desk = fixture_mailbox(f, "desk");
	int64_t anna = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct mailbox_list list;

	FINE(op, store_owner_add(f->store, op, room, anna));
	FINE(op, store_owner_add(f->store, op, desk, anna));
	FINE(op, store_owned_list(f->store, op, anna, &list));
	assert_int_equal(list.n, 2);
	assert_string_equal(list.mailbox[0].address, "desk@example.com");
	assert_string_equal(list.mailbox[1].address, "room@example.com");
	FINE(op, store_owned_list(f->store, op, room, &list));
	assert_int_equal(list.n, 0);
}

static void
each_word_is_listed_once(void **state)
{
	(void)state;
	assert_null(store_audit_word(0));
	assert_null(store_audit_word(AUDIT_PHOTO_UNHIDE + 1));
	assert_null(store_audit_word(UINT32_MAX));
	for (unsigned a = 1; a <= AUDIT_PHOTO_UNHIDE; a++) {
		assert_non_null(store_audit_word(a));
		for (unsigned b = 1; b < a; b++)
			assert_string_not_equal(store_audit_word(a),
						store_audit_word(b));
	}
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		WITH_STORE(each_change_is_told_with_its_actor),
		WITH_STORE(what_nobody_has_to_answer_for_is_not_told),
		WITH_STORE(what_failed_or_changed_nothing_is_not_told),
		WITH_STORE(actors_and_details_have_limits),
		WITH_STORE(a_removed_mailbox_leaves_who_did_what_when),
		WITH_STORE(rows_are_found_by_mailbox_actor_address_and_time),
		WITH_STORE(rows_are_listed_in_pages_in_the_order_of_time),
		WITH_STORE(old_rows_are_forgotten),
		WITH_STORE(a_backup_has_the_audit_in_it),
		WITH_STORE(what_an_account_owns_is_listed),
		cmocka_unit_test(each_word_is_listed_once),
		/* clang-format on */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
