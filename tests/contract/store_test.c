/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promises of model/store.h, one after the other. Whoever implements it
 * passes this; now that is SQLite.
 */
#include "store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- open ---- */

static void
a_missing_store_is_not_found_and_not_made(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct store_options o = f->options;
	struct store *s;

	o.dir = "/tmp/frontdesk-no-such-folder";
	GIVES(ERR_NOT_FOUND, op, store_open(op, &o, &s));
	assert_non_null(strstr(op->reason, "frontdesk init"));
	assert_int_not_equal(access(o.dir, F_OK), 0);
}

static void
a_store_is_not_made_over_another(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct store_options o = f->options;
	struct store *s;

	(void)fixture_mailbox(f, "anna");
	o.create = true;
	GIVES(ERR_CONFLICT, op, store_open(op, &o, &s));
	fixture_sound(f);
}

static void
the_files_are_for_their_owner_only(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "frontdesk.db", "photos.db",
					     "frontdesk.db-wal",
					     "frontdesk.db-shm" };
	struct stat st;

	(void)fixture_mailbox(f, "anna");
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(stat(fixture_path(f, names[i]), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

static void
what_was_stored_is_there_after_opening_again(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct oof_stored got;
	struct op *op = fixture_op(f);

	FINE(op, fixture_put(f->store, op, id, "away"));
	fixture_reopen(f);
	op = fixture_op(f);
	FINE(op, store_oof_get(f->store, op, id, &got));
	assert_string_equal(got.settings.internal->message, "away");
	FINE(op, store_ping(f->store, op));
}

static void
a_write_on_a_thread_that_may_not_wait_says_wait(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct photo_set set;
	struct op *op = fixture_op(f);
	struct mailbox m = { .id = id, .address = "x@example.com" };
	struct store *s = f->store;

	fixture_picture(op, 1, &set);
	op->may_wait = false;
	GIVES(ERR_WAIT, op, fixture_put(s, op, id, "x"));
	assert_int_equal(op->wait_for, POOL_WRITE);
	GIVES(ERR_WAIT, op, store_photo_put(s, op, id, &set));
	GIVES(ERR_WAIT, op, store_photo_remove(s, op, id));
	GIVES(ERR_WAIT, op, store_mailbox_add(s, op, &m, NULL));
	GIVES(ERR_WAIT, op, store_mailbox_change(s, op, &m));
	GIVES(ERR_WAIT, op, store_mailbox_remove(s, op, id));
	GIVES(ERR_WAIT, op, store_alias_add(s, op, id, "y@example.com"));
	GIVES(ERR_WAIT, op, store_domain_add(s, op, "example.org", NULL));
	GIVES(ERR_WAIT, op,
	      store_maintain(s, op, &(struct store_keep){ 1, 1, 1 }));
}

/* ---- domains ---- */

static void
a_domain_belongs_to_the_default_organization_or_a_named_one(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct domain one, two, three;

	FINE(op, store_domain_add(f->store, op, "b.example", "B"));
	FINE(op, store_domain_add(f->store, op, "c.example", "B"));
	FINE(op, store_domain_find(f->store, op, "example.com", &one));
	FINE(op, store_domain_find(f->store, op, "b.example", &two));
	FINE(op, store_domain_find(f->store, op, "c.example", &three));
	assert_string_equal(one.organization_name, "");
	assert_string_equal(two.organization_name, "B");
	assert_int_equal(two.organization, three.organization);
	assert_int_not_equal(one.organization, two.organization);
	/* the second time from memory */
	FINE(op, store_domain_find(f->store, op, "b.example", &two));
	assert_string_equal(two.name, "b.example");
	assert_string_equal(two.organization_name, "B");
}

static void
domains_are_listed_in_order(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct domain_list list;

	FINE(op, store_domain_add(f->store, op, "b.example", "B"));
	FINE(op, store_domain_add(f->store, op, "a.example", ""));
	FINE(op, store_domain_list(f->store, op, &list));
	assert_int_equal(list.n, 3);
	assert_string_equal(list.domain[0].name, "a.example");
	assert_string_equal(list.domain[1].name, "b.example");
	assert_string_equal(list.domain[2].name, "example.com");
}

static void
a_domain_is_added_once_and_removed_only_when_unused(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct store *s = f->store;
	struct domain d;

	GIVES(ERR_CONFLICT, op, store_domain_add(s, op, "example.com", NULL));
	GIVES(ERR_CONFLICT, op, store_domain_add(s, op, "example.com", "B"));
	GIVES(ERR_CONFLICT, op, store_domain_remove(s, op, "example.com"));
	GIVES(ERR_NOT_FOUND, op, store_domain_remove(s, op, "none.example"));
	FINE(op, store_mailbox_remove(s, op, id));
	FINE(op, store_domain_remove(s, op, "example.com"));
	GIVES(ERR_NOT_FOUND, op, store_domain_find(s, op, "example.com", &d));
	FINE(op, store_domain_add(s, op, "example.com", NULL));
	FINE(op, store_domain_find(s, op, "example.com", &d));
	fixture_sound(f);
}

/* As people mean them who leave a part out of their login. */
static void
domains_are_found_by_their_first_label(void **state)
{
	static const char *const names[] = { "b.example", "b.other",
					     "b-c.example", "bb.example", "b" };
	static const struct {
		const char *label; /* NULL: of any */
		size_t most, n;
		const char *first;
	} rows[] = {
		{ NULL, 2, 2, "b" },
		{ NULL, 9, 6, "b" },
		{ "b", 9, 2, "b.example" },
		{ "b", 1, 1, "b.example" },
		{ "bb", 9, 1, "bb.example" },
		{ "b.example", 9, 0, NULL },
		{ "", 9, 0, NULL },
		{ "example", 9, 1, "example.com" },
		{ "%", 9, 0, NULL },
		{ "b'", 9, 0, NULL },
	};
	struct fixture *f = *state;
	struct op *op = fixture_op(f);

	for (size_t i = 0; i < COUNT(names); i++)
		FINE(op, store_domain_add(f->store, op, names[i], NULL));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct domain_list list;

		FINE(op, store_domain_begin(f->store, op, rows[i].label,
					    rows[i].most, &list));
		assert_int_equal(list.n, rows[i].n);
		if (rows[i].first != NULL)
			assert_string_equal(list.domain[0].name, rows[i].first);
	}
}

/* ---- mailboxes ---- */

static void
a_mailbox_is_found_by_every_address_with_all_that_it_has(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	static const char *const aliases[] = { "a@example.com",
					       "anna.b@example.com", NULL };
	static const char *const ways[] = { "anna@example.com", "a@example.com",
					    "anna.b@example.com" };
	struct mailbox in = {
		.address = "anna@example.com",
		.name = "Anna \xc3\x84",
		.zone = "Europe/Berlin",
		.password = "$y$secret",
		.policy = AUDIENCE_KNOWN,
	};
	const struct mailbox *m;

	FINE(op, store_mailbox_add(f->store, op, &in, aliases));
	for (size_t i = 0; i < 2 * COUNT(ways); i++) { /* file, then memory */
		const char *way = ways[i % COUNT(ways)];

		FINE(op, store_mailbox_find(f->store, op, way, &m));
		assert_int_equal(m->id, in.id);
		assert_int_equal(m->organization, in.organization);
		assert_string_equal(m->address, "anna@example.com");
		assert_string_equal(m->name, "Anna \xc3\x84");
		assert_string_equal(m->zone, "Europe/Berlin");
		assert_string_equal(m->password, "$y$secret");
		assert_int_equal(m->policy, AUDIENCE_KNOWN);
	}
	FINE(op, store_mailbox_get(f->store, op, in.id, &m));
	assert_string_equal(m->address, "anna@example.com");
}

static void
a_mailbox_without_zone_and_password_has_null(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct mailbox in = { .address = "room@example.com",
			      .policy = AUDIENCE_NONE };
	const struct mailbox *m;

	FINE(op, store_mailbox_add(f->store, op, &in, NULL));
	for (int i = 0; i < 2; i++) {
		FINE(op, store_mailbox_get(f->store, op, in.id, &m));
		assert_null(m->zone);
		assert_null(m->password);
		assert_string_equal(m->name, "");
	}
}

static void
an_unknown_address_is_not_found_until_it_is_added(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	const struct mailbox *m;

	for (int i = 0; i < 2; i++)
		GIVES(ERR_NOT_FOUND, op,
		      store_mailbox_find(f->store, op, "anna@example.com", &m));
	(void)fixture_mailbox(f, "anna");
	op = fixture_op(f);
	FINE(op, store_mailbox_find(f->store, op, "anna@example.com", &m));
	GIVES(ERR_NOT_FOUND, op, store_mailbox_get(f->store, op, 999, &m));
}

static void
an_address_is_taken_once(void **state)
{
	struct fixture *f = *state;
	static const char *const aliases[] = { "b@example.com", NULL };
	static const char *const twice[] = { "c@example.com",
					     "anna@example.com", NULL };
	struct mailbox m = { .address = "anna@example.com",
			     .policy = AUDIENCE_ALL };
	struct mailbox other = { .address = "b@example.com",
				 .policy = AUDIENCE_ALL };
	struct mailbox third = { .address = "d@example.com",
				 .policy = AUDIENCE_ALL };
	struct op *op = fixture_op(f);
	struct store *s = f->store;
	const struct mailbox *found;

	FINE(op, store_mailbox_add(s, op, &m, aliases));
	GIVES(ERR_CONFLICT, op, store_mailbox_add(s, op, &other, NULL));
	GIVES(ERR_CONFLICT, op, store_mailbox_add(s, op, &m, NULL));
	GIVES(ERR_CONFLICT, op, store_mailbox_add(s, op, &third, twice));
	/* nothing of the refused one is left */
	GIVES(ERR_NOT_FOUND, op,
	      store_mailbox_find(s, op, "c@example.com", &found));
	GIVES(ERR_NOT_FOUND, op,
	      store_mailbox_find(s, op, "d@example.com", &found));
	fixture_sound(f);
}

static void
an_address_outside_the_accepted_domains_is_refused(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	static const char *const aliases[] = { "anna@none.example", NULL };
	struct mailbox m = { .address = "anna@none.example",
			     .policy = AUDIENCE_ALL };
	struct mailbox n = { .address = "anna@example.com",
			     .policy = AUDIENCE_ALL };

	GIVES(ERR_NOT_FOUND, op, store_mailbox_add(f->store, op, &m, NULL));
	GIVES(ERR_NOT_FOUND, op, store_mailbox_add(f->store, op, &n, aliases));
}

static void
nothing_crosses_the_wall_between_organizations(void **state)
{
	struct fixture *f = *state;
	int64_t anna = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct store *s = f->store;
	static const char *const aliases[] = { "x@example.com", NULL };
	struct mailbox other = { .address = "otto@b.example",
				 .policy = AUDIENCE_ALL };

	FINE(op, store_domain_add(s, op, "b.example", "B"));
	GIVES(ERR_CONFLICT, op, store_mailbox_add(s, op, &other, aliases));
	FINE(op, store_mailbox_add(s, op, &other, NULL));
	GIVES(ERR_CONFLICT, op, store_alias_add(s, op, anna, "a@b.example"));
	GIVES(ERR_CONFLICT, op, store_owner_add(s, op, anna, other.id));
}

static void
a_changed_mailbox_keeps_address_and_counts_passwords(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	const struct mailbox *m;
	struct mailbox in;
	int64_t version;

	FINE(op, store_mailbox_get(f->store, op, id, &m));
	version = m->password_version;
	in = *m;
	in.name = "New";
	in.zone = "UTC";
	in.policy = AUDIENCE_NONE;
	FINE(op, store_mailbox_change(f->store, op, &in));
	FINE(op, store_mailbox_find(f->store, op, "anna@example.com", &m));
	assert_string_equal(m->name, "New");
	assert_string_equal(m->zone, "UTC");
	assert_int_equal(m->policy, AUDIENCE_NONE);
	assert_int_equal(m->password_version, version);
	in.password = "$y$other";
	FINE(op, store_mailbox_change(f->store, op, &in));
	FINE(op, store_mailbox_get(f->store, op, id, &m));
	assert_string_equal(m->password, "$y$other");
	assert_true(m->password_version > version);
	in.id = 999;
	GIVES(ERR_NOT_FOUND, op, store_mailbox_change(f->store, op, &in));
}

static void
mailboxes_are_listed_in_pages_by_address(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct mailbox other = { .address = "bea@b.example",
				 .policy = AUDIENCE_ALL };
	static const char *const aliases[] = { "aa@b.example", NULL };
	struct mailbox_list list;
	struct store *s = f->store;

	(void)fixture_mailbox(f, "carl");
	(void)fixture_mailbox(f, "anna");
	op = fixture_op(f);
	FINE(op, store_domain_add(s, op, "b.example", NULL));
	FINE(op, store_mailbox_add(s, op, &other, aliases));
	FINE(op, store_mailbox_list(s, op, NULL, "", 2, &list));
	assert_int_equal(list.n, 2);
	assert_string_equal(list.mailbox[0].address, "anna@example.com");
	assert_string_equal(list.mailbox[1].address, "bea@b.example");
	FINE(op, store_mailbox_list(s, op, NULL, "bea@b.example", 2, &list));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.mailbox[0].address, "carl@example.com");
	FINE(op, store_mailbox_list(s, op, "b.example", "", SIZE_MAX, &list));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.mailbox[0].address, "bea@b.example");
	FINE(op, store_mailbox_list(s, op, "none.example", "", 9, &list));
	assert_int_equal(list.n, 0);
}

static void
a_removed_mailbox_leaves_nothing_and_its_number_is_not_used_again(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	int64_t boss = fixture_mailbox(f, "boss");
	struct op *op = fixture_op(f);
	struct store *s = f->store;
	struct photo_set set;
	struct photo photo;
	struct oof_stored stored;
	struct oof_list absences;
	struct photo_list photos;
	const struct mailbox *m;

	fixture_picture(op, 3, &set);
	FINE(op, store_alias_add(s, op, id, "a@example.com"));
	FINE(op, store_owner_add(s, op, boss, id));
	FINE(op, store_owner_add(s, op, id, boss));
	FINE(op, fixture_put(s, op, id, "SECRETTEXT"));
	FINE(op, store_photo_put(s, op, id, &set));
	/* all of it is in this thread's memory now */
	FINE(op, store_oof_get(s, op, id, &stored));
	FINE(op, store_photo_get(s, op, id, 0, true, &photo));
	FINE(op, store_owner_find(s, op, boss, id));
	FINE(op, store_mailbox_find(s, op, "a@example.com", &m));

	FINE(op, store_mailbox_remove(s, op, id));
	GIVES(ERR_NOT_FOUND, op, store_mailbox_get(s, op, id, &m));
	GIVES(ERR_NOT_FOUND, op,
	      store_mailbox_find(s, op, "anna@example.com", &m));
	GIVES(ERR_NOT_FOUND, op,
	      store_mailbox_find(s, op, "a@example.com", &m));
	GIVES(ERR_NOT_FOUND, op, store_owner_find(s, op, boss, id));
	GIVES(ERR_NOT_FOUND, op, store_owner_find(s, op, id, boss));
	GIVES(ERR_NOT_FOUND, op, store_oof_get(s, op, id, &stored));
	GIVES(ERR_NOT_FOUND, op, store_photo_get(s, op, id, 0, true, &photo));
	GIVES(ERR_NOT_FOUND, op, fixture_put(s, op, id, "x"));
	GIVES(ERR_NOT_FOUND, op, store_photo_put(s, op, id, &set));
	GIVES(ERR_NOT_FOUND, op, store_mailbox_remove(s, op, id));
	FINE(op, store_oof_list(s, op, 0, 10, &absences));
	assert_int_equal(absences.n, 0);
	FINE(op, store_photo_list(s, op, 0, 10, &photos));
	assert_int_equal(photos.n, 0);
	assert_true(fixture_mailbox(f, "anna") > boss);
	fixture_sound(f);
}

static bool
file_has(const char *path, const char *text)
{
	static char buf[4 * 1024 * 1024];
	FILE *file = fopen(path, "rb");
	size_t n;

	if (file == NULL)
		return false;
	n = fread(buf, 1, sizeof(buf), file);
	(void)fclose(file);
	return memmem(buf, n, text, strlen(text)) != NULL;
}

static void
a_removed_text_is_not_in_the_files_any_more(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);

	FINE(op, fixture_put(f->store, op, id, "SECRETTEXT"));
	fixture_reopen(f);
	assert_true(file_has(fixture_path(f, "frontdesk.db"), "SECRETTEXT"));
	op = fixture_op(f);
	FINE(op, store_mailbox_remove(f->store, op, id));
	fixture_reopen(f); /* the log goes into the file, and ends */
	assert_false(file_has(fixture_path(f, "frontdesk.db"), "SECRETTEXT"));
	assert_false(
		file_has(fixture_path(f, "frontdesk.db-wal"), "SECRETTEXT"));
}

/* ---- aliases and owners ---- */

static void
aliases_are_added_listed_and_removed(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	int64_t otto = fixture_mailbox(f, "otto");
	struct op *op = fixture_op(f);
	struct store *s = f->store;
	struct text_list list;
	const struct mailbox *m;
	int64_t version;

	FINE(op, store_alias_add(s, op, id, "b@example.com"));
	FINE(op, store_alias_add(s, op, id, "a@example.com"));
	GIVES(ERR_CONFLICT, op, store_alias_add(s, op, id, "a@example.com"));
	GIVES(ERR_CONFLICT, op,
	      store_alias_add(s, op, otto, "anna@example.com"));
	GIVES(ERR_NOT_FOUND, op, store_alias_add(s, op, 99, "z@example.com"));
	FINE(op, store_alias_list(s, op, id, &list));
	assert_int_equal(list.n, 2);
	assert_string_equal(list.text[0], "a@example.com");
	assert_string_equal(list.text[1], "b@example.com");
	FINE(op, store_mailbox_find(s, op, "a@example.com", &m));
	version = m->password_version;
	GIVES(ERR_NOT_FOUND, op,
	      store_alias_remove(s, op, otto, "a@example.com"));
	GIVES(ERR_NOT_FOUND, op,
	      store_alias_remove(s, op, id, "anna@example.com"));
	FINE(op, store_mailbox_get(s, op, id, &m));
	assert_int_equal(m->password_version, version);
	FINE(op, store_alias_remove(s, op, id, "a@example.com"));
	GIVES(ERR_NOT_FOUND, op,
	      store_mailbox_find(s, op, "a@example.com", &m));
	FINE(op, store_mailbox_get(s, op, id, &m));
	assert_int_equal(m->password_version, version + 1);
	FINE(op, store_alias_add(s, op, otto, "a@example.com"));
	FINE(op, store_mailbox_find(s, op, "a@example.com", &m));
	assert_int_equal(m->id, otto);
}

static void
owners_are_added_found_listed_and_removed(void **state)
{
	struct fixture *f = *state;
	int64_t room = fixture_mailbox(f, "room");
	int64_t otto = fixture_mailbox(f, "otto");
	int64_t anna = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct store *s = f->store;
	struct mailbox_list list;

	GIVES(ERR_NOT_FOUND, op, store_owner_find(s, op, room, anna));
	FINE(op, store_owner_add(s, op, room, otto));
	FINE(op, store_owner_add(s, op, room, anna));
	FINE(op, store_owner_find(s, op, room, anna));
	GIVES(ERR_NOT_FOUND, op, store_owner_find(s, op, anna, room));
	GIVES(ERR_CONFLICT, op, store_owner_add(s, op, room, anna));
	GIVES(ERR_NOT_FOUND, op, store_owner_add(s, op, room, 99));
	GIVES(ERR_CONFLICT, op, store_owner_add(s, op, room, room));
	FINE(op, store_owner_list(s, op, room, &list));
	assert_int_equal(list.n, 2);
	assert_string_equal(list.mailbox[0].address, "anna@example.com");
	FINE(op, store_owner_remove(s, op, room, anna));
	GIVES(ERR_NOT_FOUND, op, store_owner_remove(s, op, room, anna));
	GIVES(ERR_NOT_FOUND, op, store_owner_find(s, op, room, anna));
	FINE(op, store_owner_find(s, op, room, otto));
}

/* ---- absences ---- */

static void
an_absence_never_stored_is_all_zero(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	static const struct oof_stored none;
	struct oof_stored got;

	for (int i = 0; i < 2; i++) {
		memset(&got, 1, sizeof(got));
		FINE(op, store_oof_get(f->store, op, id, &got));
		assert_memory_equal(&got, &none, sizeof(got));
	}
	GIVES(ERR_NOT_FOUND, op, store_oof_get(f->store, op, 999, &got));
}

struct whole {
	struct oof_settings settings;
	int64_t period;
};

static enum err
set_whole(struct op *op, const struct oof_stored *old, void *arg,
	  struct oof_stored *out)
{
	const struct whole *w = arg;

	(void)op;
	*out = *old;
	out->settings = w->settings;
	out->period = w->period;
	out->version = 77; /* the store counts, not we */
	return OK;
}

static void
every_part_of_an_absence_comes_back_as_it_was(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct oof_duration d = { .start = -5, .end = INT64_C(253402300799) };
	struct oof_reply in = { "a\r\n\t<&>\xf0\x9f\x98\x80", "de-AT" };
	struct oof_reply ex = { "", NULL };
	struct whole w = {
		.settings = { OOF_SCHEDULED, AUDIENCE_KNOWN, &d, &in, &ex },
		.period = 42,
	};
	struct oof_stored got;

	FINE(op, store_oof_put(f->store, op, id, set_whole, &w));
	for (int i = 0; i < 2; i++) { /* file, then memory */
		FINE(op, store_oof_get(f->store, op, id, &got));
		assert_int_equal(got.settings.state, OOF_SCHEDULED);
		assert_int_equal(got.settings.audience, AUDIENCE_KNOWN);
		assert_int_equal(got.settings.duration->start, d.start);
		assert_int_equal(got.settings.duration->end, d.end);
		assert_string_equal(got.settings.internal->message, in.message);
		assert_string_equal(got.settings.internal->lang, "de-AT");
		assert_string_equal(got.settings.external->message, "");
		assert_string_equal(got.settings.external->lang, "");
		assert_int_equal(got.period, 42);
		assert_int_equal(got.version, 1);
		assert_int_equal(got.changed, op->now);
	}
	w.settings.duration = NULL;
	w.settings.internal = NULL;
	FINE(op, store_oof_put(f->store, op, id, set_whole, &w));
	FINE(op, store_oof_get(f->store, op, id, &got));
	assert_null(got.settings.duration);
	assert_string_equal(got.settings.internal->message, "");
	assert_int_equal(got.version, 2);
}

static void
the_largest_texts_are_kept(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	char *text = op_alloc(op, OOF_MESSAGE_MAX + 1);
	struct oof_stored got;

	memset(text, 'x', OOF_MESSAGE_MAX);
	text[0] = 'a';
	FINE(op, fixture_put(f->store, op, id, text));
	for (int i = 0; i < 2; i++) {
		FINE(op, store_oof_get(f->store, op, id, &got));
		assert_string_equal(got.settings.internal->message, text);
		assert_int_equal(strlen(got.settings.external->message),
				 OOF_MESSAGE_MAX);
		assert_int_equal(
			got.settings.external->message[OOF_MESSAGE_MAX - 1],
			'a');
	}
}

static enum err
refuse(struct op *op, const struct oof_stored *old, void *arg,
       struct oof_stored *out)
{
	(void)old;
	(void)out;
	return FAIL(op, *(enum err *)arg, "not today");
}

static void
a_change_that_fails_leaves_the_row_and_hands_its_error_on(void **state)
{
	static enum err each[] = { ERR_INVALID, ERR_LIMIT, ERR_CONFLICT,
				   ERR_DENIED, ERR_INTERNAL };
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct oof_stored got;

	FINE(op, fixture_put(f->store, op, id, "first"));
	for (size_t i = 0; i < COUNT(each); i++) {
		GIVES(each[i], op,
		      store_oof_put(f->store, op, id, refuse, &each[i]));
		assert_string_equal(op->reason, "not today");
	}
	FINE(op, store_oof_get(f->store, op, id, &got));
	assert_string_equal(got.settings.internal->message, "first");
	assert_int_equal(got.version, 1);
}

static void
what_was_read_does_not_change_with_the_store(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct oof_stored first, again, second;

	FINE(op, fixture_put(f->store, op, id, "first"));
	FINE(op, store_oof_get(f->store, op, id, &first));
	FINE(op, store_oof_get(f->store, op, id, &again)); /* from memory */
	FINE(op, fixture_put(f->store, op, id, "second"));
	FINE(op, store_oof_get(f->store, op, id, &second));
	assert_string_equal(first.settings.internal->message, "first");
	assert_string_equal(again.settings.internal->message, "first");
	assert_string_equal(second.settings.internal->message, "second");
	assert_string_equal(second.settings.external->message, "dnoces");
}

static void
stored_absences_are_listed_in_pages(void **state)
{
	struct fixture *f = *state;
	int64_t id[4];
	struct op *op;
	struct oof_list list;

	for (unsigned i = 0; i < COUNT(id); i++) {
		char name[2] = { (char)('a' + i), '\0' };

		id[i] = fixture_mailbox(f, name);
		op = fixture_op(f);
		if (i != 1)
			FINE(op, store_oof_put(f->store, op, id[i],
					       fixture_message, name));
	}
	op = fixture_op(f);
	FINE(op, store_oof_list(f->store, op, 0, 2, &list));
	assert_int_equal(list.n, 2);
	assert_int_equal(list.item[0].mailbox->id, id[0]);
	assert_string_equal(list.item[1].mailbox->address, "c@example.com");
	assert_string_equal(list.item[1].stored.settings.internal->message,
			    "c");
	FINE(op, store_oof_list(f->store, op, id[2], 2, &list));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.item[0].mailbox->id, id[3]);
}

/* ---- pictures ---- */

static void
the_best_variant_is_chosen(void **state)
{
	static const struct {
		unsigned wanted, got;
	} rows[] = { { 0, 96 },  { 1, 48 },   { 47, 48 },        { 48, 48 },
		     { 63, 48 }, { 64, 64 },  { 95, 64 },        { 96, 96 },
		     { 97, 96 }, { 648, 96 }, { UINT32_MAX, 96 } };
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct photo_set set;
	struct photo photo;

	fixture_picture(op, 5, &set);
	FINE(op, store_photo_put(f->store, op, id, &set));
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		const unsigned wanted = rows[i % COUNT(rows)].wanted;

		FINE(op,
		     store_photo_get(f->store, op, id, wanted, true, &photo));
		assert_int_equal(photo.edge, rows[i % COUNT(rows)].got);
		assert_int_equal(fixture_seed(&photo), 5);
		assert_int_equal(photo.changed, op->now);
		FINE(op,
		     store_photo_get(f->store, op, id, wanted, false, &photo));
		assert_int_equal(photo.edge, rows[i % COUNT(rows)].got);
		assert_null(photo.jpeg.p);
		assert_memory_equal(photo.source, set.source, 32);
	}
}

static void
a_replaced_picture_has_a_later_version_and_nothing_of_the_old(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct photo_set set;
	struct photo old, new;

	fixture_picture(op, 5, &set);
	FINE(op, store_photo_put(f->store, op, id, &set));
	FINE(op, store_photo_get(f->store, op, id, 96, true, &old));
	fixture_picture(op, 6, &set);
	set.n = 1; /* 48 only */
	FINE(op, store_photo_put(f->store, op, id, &set));
	FINE(op, store_photo_get(f->store, op, id, 96, true, &new));
	assert_int_equal(new.edge, 48);
	assert_int_equal(fixture_seed(&new), 6);
	assert_true(new.version > old.version);
	assert_int_equal(fixture_seed(&old), 5);
	FINE(op, store_photo_remove(f->store, op, id));
	GIVES(ERR_NOT_FOUND, op,
	      store_photo_get(f->store, op, id, 96, false, &new));
	FINE(op, store_photo_remove(f->store, op, id)); /* there was none */
	old = new;
	FINE(op, store_photo_put(f->store, op, id, &set));
	FINE(op, store_photo_get(f->store, op, id, 0, true, &new));
	assert_true(new.version > old.version);
	fixture_sound(f);
}

static void
a_set_of_variants_has_limits(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct photo_set set;
	uint8_t byte = 1;

	fixture_picture(op, 5, &set);
	set.n = 0;
	GIVES(ERR_INVALID, op, store_photo_put(f->store, op, id, &set));
	set.n = PHOTO_VARIANTS_MAX + 1;
	GIVES(ERR_INVALID, op, store_photo_put(f->store, op, id, &set));
	set.n = 2;
	set.variant[1].edge = set.variant[0].edge;
	GIVES(ERR_INVALID, op, store_photo_put(f->store, op, id, &set));
	set.variant[1].edge = PHOTO_EDGE_MAX + 1;
	GIVES(ERR_INVALID, op, store_photo_put(f->store, op, id, &set));
	for (set.n = 0; set.n < PHOTO_VARIANTS_MAX; set.n++)
		set.variant[set.n] =
			(struct photo_variant){ PHOTO_EDGE_MAX -
							PHOTO_VARIANTS_MAX + 1 +
							(unsigned)set.n,
						{ &byte, 1 } };
	FINE(op, store_photo_put(f->store, op, id, &set));
	fixture_sound(f);
}

static void
pictures_are_listed_in_pages(void **state)
{
	struct fixture *f = *state;
	int64_t a = fixture_mailbox(f, "a");
	int64_t b = fixture_mailbox(f, "b");
	int64_t c = fixture_mailbox(f, "c");
	struct op *op = fixture_op(f);
	struct photo_list list;
	struct photo_set set;

	fixture_picture(op, 5, &set);
	FINE(op, store_photo_put(f->store, op, a, &set));
	FINE(op, store_photo_put(f->store, op, c, &set));
	FINE(op, store_photo_list(f->store, op, 0, SIZE_MAX, &list));
	assert_int_equal(list.n, 2);
	assert_string_equal(list.item[0].mailbox->address, "a@example.com");
	assert_int_equal(list.item[0].width, 640);
	assert_int_equal(list.item[0].height, 480);
	assert_int_equal(list.item[0].bytes, set.variant[0].jpeg.n +
						     set.variant[1].jpeg.n +
						     set.variant[2].jpeg.n);
	FINE(op, store_photo_list(f->store, op, b, 1, &list));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.item[0].mailbox->id, c);
}

/* ---- backups ---- */

static void
a_backup_holds_everything_and_restores_elsewhere(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	const char *file = fixture_path(f, "backup");
	char dir[] = "/tmp/frontdesk-store-XXXXXX";
	struct store_options o = f->options;
	struct photo_set set;
	struct photo photo;
	struct oof_stored got;
	struct store *s;
	struct stat st;

	fixture_picture(op, 9, &set);
	FINE(op, store_photo_put(f->store, op, id, &set));
	FINE(op, fixture_put(f->store, op, id, "away"));
	FINE(op, store_backup(f->store, op, file));
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	GIVES(ERR_CONFLICT, op, store_backup(f->store, op, file));

	o.dir = mkdtemp(dir);
	FINE(op, store_restore(op, &o, file, false));
	FINE(op, store_open(op, &o, &s));
	FINE(op, store_oof_get(s, op, id, &got));
	assert_string_equal(got.settings.internal->message, "away");
	FINE(op, store_photo_get(s, op, id, 0, true, &photo));
	assert_int_equal(fixture_seed(&photo), 9);
	FINE(op, store_check(s, op, NULL, NULL));
	store_close(s);
	GIVES(ERR_CONFLICT, op, store_restore(op, &o, file, false));
	fixture_remove(dir);
}

static void
a_restore_that_replaces_keeps_the_old_files(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	const char *file = fixture_path(f, "backup");
	struct oof_stored got;

	FINE(op, fixture_put(f->store, op, id, "one"));
	FINE(op, store_backup(f->store, op, file));
	FINE(op, fixture_put(f->store, op, id, "two"));
	store_close(f->store);
	f->store = NULL;
	for (int i = 0; i < 2; i++)
		FINE(op, store_restore(op, &f->options, file, true));
	FINE(op, store_open(op, &f->options, &f->store));
	FINE(op, store_oof_get(f->store, op, id, &got));
	assert_string_equal(got.settings.internal->message, "one");
	assert_true(
		file_has(fixture_path(f, "frontdesk.db.replaced-1"), "two"));
	assert_int_equal(access(fixture_path(f, "photos.db.replaced-2"), F_OK),
			 0);
	assert_true(fixture_mailbox(f, "new") > id);
	fixture_sound(f);
}

static void
only_a_whole_backup_is_restored(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	const char *file = fixture_path(f, "backup");
	struct store_options o = f->options;
	FILE *out;

	GIVES(ERR_NOT_FOUND, op, store_restore(op, &o, file, true));
	GIVES(ERR_INVALID, op,
	      store_restore(op, &o, fixture_path(f, "photos.db"), true));
	out = fopen(file, "w");
	assert_non_null(out);
	assert_true(fputs("not a backup", out) >= 0);
	assert_int_equal(fclose(out), 0);
	GIVES(ERR_INVALID, op, store_restore(op, &o, file, true));
	assert_int_equal(unlink(file), 0);
	FINE(op, store_backup(f->store, op, file));
	assert_int_equal(truncate(file, 40 * 1024), 0);
	GIVES(ERR_INTERNAL, op, store_restore(op, &o, file, true));
	fixture_sound(f);
}

/* ---- background work ---- */

static void
a_trimmed_log_only_costs_memory(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct op *op = fixture_op(f);
	struct oof_stored got;

	FINE(op, store_oof_get(f->store, op, id, &got));
	FINE(op, fixture_put(f->store, op, id, "one"));
	op->now += 3 * 86400;
	FINE(op, store_maintain(f->store, op, &(struct store_keep){ 1, 1, 1 }));
	FINE(op, store_oof_get(f->store, op, id, &got));
	assert_string_equal(got.settings.internal->message, "one");
	op = fixture_op(f);
	FINE(op, fixture_put(f->store, op, id, "two"));
	FINE(op, store_oof_get(f->store, op, id, &got));
	assert_string_equal(got.settings.internal->message, "two");
	fixture_sound(f);
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		WITH_STORE(a_missing_store_is_not_found_and_not_made),
		WITH_STORE(a_store_is_not_made_over_another),
		WITH_STORE(the_files_are_for_their_owner_only),
		WITH_STORE(what_was_stored_is_there_after_opening_again),
		WITH_STORE(a_write_on_a_thread_that_may_not_wait_says_wait),
		WITH_STORE(a_domain_belongs_to_the_default_organization_or_a_named_one),
		WITH_STORE(domains_are_listed_in_order),
		WITH_STORE(a_domain_is_added_once_and_removed_only_when_unused),
		WITH_STORE(domains_are_found_by_their_first_label),
		WITH_STORE(a_mailbox_is_found_by_every_address_with_all_that_it_has),
		WITH_STORE(a_mailbox_without_zone_and_password_has_null),
		WITH_STORE(an_unknown_address_is_not_found_until_it_is_added),
		WITH_STORE(an_address_is_taken_once),
		WITH_STORE(an_address_outside_the_accepted_domains_is_refused),
		WITH_STORE(nothing_crosses_the_wall_between_organizations),
		WITH_STORE(a_changed_mailbox_keeps_address_and_counts_passwords),
		WITH_STORE(mailboxes_are_listed_in_pages_by_address),
		WITH_STORE(a_removed_mailbox_leaves_nothing_and_its_number_is_not_used_again),
		WITH_STORE(a_removed_text_is_not_in_the_files_any_more),
		WITH_STORE(aliases_are_added_listed_and_removed),
		WITH_STORE(owners_are_added_found_listed_and_removed),
		WITH_STORE(an_absence_never_stored_is_all_zero),
		WITH_STORE(every_part_of_an_absence_comes_back_as_it_was),
		WITH_STORE(the_largest_texts_are_kept),
		WITH_STORE(a_change_that_fails_leaves_the_row_and_hands_its_error_on),
		WITH_STORE(what_was_read_does_not_change_with_the_store),
		WITH_STORE(stored_absences_are_listed_in_pages),
		WITH_STORE(the_best_variant_is_chosen),
		WITH_STORE(a_replaced_picture_has_a_later_version_and_nothing_of_the_old),
		WITH_STORE(a_set_of_variants_has_limits),
		WITH_STORE(pictures_are_listed_in_pages),
		WITH_STORE(a_backup_holds_everything_and_restores_elsewhere),
		WITH_STORE(a_restore_that_replaces_keeps_the_old_files),
		WITH_STORE(only_a_whole_backup_is_restored),
		WITH_STORE(a_trimmed_log_only_costs_memory),
		/* clang-format on */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
