/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promises of model/store.h about people whom another system knows.
 */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

#define SOURCE "directory:office"
#define MANY 300 /* more than a batch has */

static const char *const none[] = { NULL };

static struct person
person(const char *uid, const char *address, const char *const *aliases)
{
	return (struct person){
		.source = SOURCE,
		.uid = uid,
		.address = address,
		.aliases = aliases,
		.name = "Ada Lovelace",
		.login = "cn=ada,dc=example,dc=com",
	};
}

static const struct mailbox *
put(struct fixture *f, struct person in)
{
	struct op *op = fixture_op(f);
	const struct mailbox *m = NULL;

	FINE(op, store_person_put(f->store, op, &in, &m));
	fixture_sound(f);
	return m;
}

static void
refused(struct fixture *f, struct person in, enum err wanted)
{
	struct op *op = fixture_op(f);
	const struct mailbox *m;

	GIVES(wanted, op, store_person_put(f->store, op, &in, &m));
	assert_non_null(op->reason);
	fixture_sound(f);
}

/* Who is found by an address; 0: nobody. */
static int64_t
found(struct fixture *f, const char *address)
{
	struct op *op = fixture_op(f);
	const struct mailbox *m;
	enum err err = store_mailbox_find(f->store, op, address, &m);

	if (err == ERR_NOT_FOUND)
		return 0;
	FINE(op, err);
	return m->id;
}

static int64_t
version(struct fixture *f, int64_t id)
{
	struct op *op = fixture_op(f);
	const struct mailbox *m;

	FINE(op, store_mailbox_get(f->store, op, id, &m));
	return m->password_version;
}

static struct person_link
tie(struct fixture *f, int64_t id)
{
	struct op *op = fixture_op(f);
	struct person_link link = { 0 };

	FINE(op, store_person_get(f->store, op, id, &link));
	return link;
}

static size_t
aliases(struct fixture *f, int64_t id)
{
	struct op *op = fixture_op(f);
	struct text_list list;

	FINE(op, store_alias_list(f->store, op, id, &list));
	return list.n;
}

/* ---- first sight ---- */

static void
who_is_seen_first_becomes_a_mailbox(void **state)
{
	static const char *const names[] = { "countess@example.com",
					     "ada@corp.local",
					     "countess@example.com", NULL };
	struct fixture *f = *state;
	const struct mailbox *m =
		put(f, person("u1", "ada@example.com", names));
	struct mailbox_list book;
	struct person_link link, again;
	struct oof_stored oof;
	struct op *op;

	assert_string_equal(m->address, "ada@example.com");
	assert_string_equal(m->name, "Ada Lovelace");
	assert_null(m->password);
	assert_int_equal(m->policy, AUDIENCE_ALL);
	assert_int_equal(found(f, "ada@example.com"), m->id);
	assert_int_equal(found(f, "countess@example.com"), m->id);
	assert_int_equal(found(f, "ada@corp.local"), 0);
	assert_int_equal(aliases(f, m->id), 1);
	link = tie(f, m->id);
	assert_string_equal(link.source, SOURCE);
	assert_string_equal(link.uid, "u1");
	assert_string_equal(link.login, "cn=ada,dc=example,dc=com");
	assert_int_equal(link.state, PERSON_ACTIVE);
	op = fixture_op(f);
	FINE(op, store_person_find(f->store, op, SOURCE, "u1", &again));
	assert_int_equal(again.mailbox, m->id);
	FINE(op,
	     store_book_find(f->store, op, m->organization, "love", 9, &book));
	assert_int_equal(book.n, 1);
	FINE(op, store_oof_get(f->store, op, m->id, &oof));
}

static void
nobody_is_tied_who_was_never_seen(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "ada");
	struct op *op = fixture_op(f);
	struct person_link link;

	for (int twice = 0; twice < 2; twice++) /* read, then remembered */
		GIVES(ERR_NOT_FOUND, op,
		      store_person_get(f->store, op, id, &link));
	GIVES(ERR_NOT_FOUND, op,
	      store_person_find(f->store, op, SOURCE, "u1", &link));
	GIVES(ERR_NOT_FOUND, op,
	      store_person_state(f->store, op, id, PERSON_GONE));
}

static void
a_primary_address_elsewhere_gives_way_to_one_here(void **state)
{
	static const char *const names[] = { "x@corp.local", "b@example.com",
					     "a@example.com", NULL };
	static const char *const turned[] = { "a@example.com", "b@example.com",
					      NULL };
	struct fixture *f = *state;
	const struct mailbox *m = put(f, person("u1", "ada@corp.local", names));

	assert_string_equal(m->address, "b@example.com");
	assert_int_equal(found(f, "a@example.com"), m->id);
	/* Another order is no rename. */
	m = put(f, person("u1", "ada@corp.local", turned));
	assert_string_equal(m->address, "b@example.com");
	/* Nobody of ours */
	refused(f, person("u2", "bob@corp.local", none), ERR_NOT_FOUND);
}

static void
who_is_barred_at_first_sight_becomes_no_mailbox(void **state)
{
	struct fixture *f = *state;
	struct person in = person("u1", "ada@example.com", none);

	in.disabled = true;
	refused(f, in, ERR_NOT_FOUND);
	assert_int_equal(found(f, "ada@example.com"), 0);
}

static void
what_a_source_says_has_limits(void **state)
{
	static char text[PERSON_LOGIN_MAX + 2];
	static const struct {
		size_t uid, login;
		enum err wanted;
	} rows[] = {
		{ 0, 10, ERR_INVALID },
		{ PERSON_UID_MAX + 1, 10, ERR_INVALID },
		{ 1, PERSON_LOGIN_MAX + 1, ERR_INVALID },
		{ PERSON_UID_MAX, PERSON_LOGIN_MAX, OK },
	};
	struct fixture *f = *state;

	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct op *op = fixture_op(f);
		struct person in = person("", "ada@example.com", none);
		const struct mailbox *m;

		in.uid = op_text(op, text, rows[i].uid);
		in.login = op_text(op, text, rows[i].login);
		GIVES(rows[i].wanted, op,
		      store_person_put(f->store, op, &in, &m));
	}
	/* A name that is too long is cut. */
	struct person in = person("u2", "bob@example.com", none);

	in.name = text;
	assert_int_equal(strlen(put(f, in)->name), PERSON_NAME_MAX);
}

/* ---- later sights ---- */

static void
a_renamed_person_keeps_mailbox_and_absence(void **state)
{
	static const char *const old[] = { "ada@example.com", NULL };
	struct fixture *f = *state;
	int64_t id = put(f, person("u1", "ada@example.com", none))->id;
	int64_t before = version(f, id);
	const struct mailbox *m;
	struct oof_stored oof;
	struct person renamed;
	struct op *op = fixture_op(f);

	FINE(op, fixture_put(f->store, op, id, "away"));
	renamed = person("u1", "king@example.com", none);
	renamed.name = "Ada King";
	m = put(f, renamed);
	assert_int_equal(m->id, id);
	assert_string_equal(m->name, "Ada King");
	assert_int_equal(found(f, "king@example.com"), id);
	assert_int_equal(found(f, "ada@example.com"), 0);
	assert_true(version(f, id) > before); /* known by the old name */
	op = fixture_op(f);
	FINE(op, store_oof_get(f->store, op, id, &oof));
	assert_string_equal(oof.settings.internal->message, "away");
	/* back, and the name in between stays as an alias: and forth */
	before = version(f, id);
	m = put(f, person("u1", "countess@example.com",
			  (const char *const[]){ "king@example.com", NULL }));
	assert_int_equal(found(f, "king@example.com"), id);
	assert_int_equal(version(f, id), before);
	m = put(f, person("u1", "king@example.com", old));
	assert_string_equal(m->address, "king@example.com");
	assert_int_equal(found(f, "countess@example.com"), 0);
	assert_int_equal(found(f, "ada@example.com"), id);
	assert_int_equal(aliases(f, id), 1);
}

static void
an_alias_that_goes_there_goes_here_but_not_our_own(void **state)
{
	static const char *const two[] = { "b@example.com", "c@example.com",
					   NULL };
	static const char *const one[] = { "c@example.com", NULL };
	struct fixture *f = *state;
	int64_t id = put(f, person("u1", "ada@example.com", two))->id;
	int64_t before = version(f, id);
	struct op *op = fixture_op(f);

	FINE(op, store_alias_add(f->store, op, id, "ours@example.com"));
	(void)put(f, person("u1", "ada@example.com", one));
	assert_int_equal(found(f, "b@example.com"), 0);
	assert_int_equal(found(f, "c@example.com"), id);
	assert_int_equal(found(f, "ours@example.com"), id);
	assert_true(version(f, id) > before);
}

static void
who_has_not_changed_is_only_noted(void **state)
{
	static const char *const two[] = { "b@example.com", "b@corp.local",
					   NULL };
	struct fixture *f = *state;
	struct person in = person("u1", "ada@example.com", two);
	int64_t id = put(f, in)->id, before = version(f, id);
	struct op *op = fixture_op(f);
	struct person_item item = { .person = &in };
	const struct mailbox *m;

	op->now = 1000;
	FINE(op, store_person_put(f->store, op, &in, &m));
	assert_int_equal(version(f, id), before);
	assert_int_equal(tie(f, id).checked, 1000);
	/* ... and of many at once not even that */
	op = fixture_op(f);
	op->now = 2000;
	FINE(op, store_person_put_all(f->store, op, &item, 1));
	assert_int_equal(item.err, OK);
	assert_false(item.made || item.changed);
	assert_int_equal(tie(f, id).checked, 1000);
	in.login = "cn=ada,ou=moved";
	FINE(op, store_person_put_all(f->store, op, &item, 1));
	assert_true(item.changed);
	assert_string_equal(tie(f, id).login, "cn=ada,ou=moved");
	/* a name that it says no more is kept */
	in.name = "";
	assert_string_equal(put(f, in)->name, "Ada Lovelace");
}

static void
who_is_barred_or_gone_is_not_known_any_more(void **state)
{
	struct fixture *f = *state;
	struct person in = person("u1", "ada@example.com", none);
	int64_t id = put(f, in)->id, before = version(f, id);
	struct op *op = fixture_op(f);

	in.disabled = true;
	(void)put(f, in);
	assert_int_equal(tie(f, id).state, PERSON_DISABLED);
	assert_true(version(f, id) > before);
	before = version(f, id);
	(void)put(f, in); /* still */
	assert_int_equal(version(f, id), before);
	in.disabled = false;
	(void)put(f, in);
	assert_int_equal(tie(f, id).state, PERSON_ACTIVE);
	FINE(op, store_person_state(f->store, op, id, PERSON_GONE));
	assert_int_equal(tie(f, id).state, PERSON_GONE);
	assert_true(version(f, id) > before);
	before = version(f, id);
	op = fixture_op(f);
	op->now = 77;
	FINE(op, store_person_state(f->store, op, id, PERSON_GONE));
	assert_int_equal(version(f, id), before);
	assert_int_equal(tie(f, id).checked, 77);
	(void)put(f, in); /* there again */
	assert_int_equal(tie(f, id).state, PERSON_ACTIVE);
}

/* ---- others ---- */

static void
a_mailbox_of_our_own_is_tied_and_keeps_what_it_has(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "ada");
	struct mailbox own = { .id = id, .name = "", .policy = AUDIENCE_ALL };
	struct op *op = fixture_op(f);
	const struct mailbox *m;
	struct oof_stored oof;

	FINE(op, fixture_put(f->store, op, id, "away"));
	refused(f, person("u1", "ada@example.com", none), ERR_CONFLICT);
	FINE(op, store_mailbox_change(f->store, op, &own)); /* no password */
	m = put(f, person("u1", "ada@example.com", none));
	assert_int_equal(m->id, id);
	assert_int_equal(m->password_version, version(f, id));
	assert_string_equal(m->name, "Ada Lovelace");
	op = fixture_op(f);
	FINE(op, store_oof_get(f->store, op, id, &oof));
	assert_string_equal(oof.settings.internal->message, "away");
}

/* Its primary address is of a domain that is not ours. */
static void
nobody_is_tied_to_a_mailbox_in_use(void **state)
{
	static const char *const info[] = { "info@example.com", NULL };
	static const char *const bob[] = { "bob@example.com", NULL };
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	int64_t used = fixture_mailbox(f, "info");
	int64_t ada = fixture_mailbox(f, "ada");
	int64_t free = fixture_mailbox(f, "bob");
	struct mailbox own = { .id = free, .name = "", .policy = AUDIENCE_ALL };

	refused(f, person("u1", "eve@corp.example", info), ERR_CONFLICT);
	refused(f, person("u1", "info@example.com", none), ERR_CONFLICT);
	assert_int_equal(found(f, "info@example.com"), used);
	FINE(op, store_mailbox_change(f->store, op, &own)); /* no password */
	FINE(op, store_owner_add(f->store, op, free, ada));
	refused(f, person("u2", "bob@corp.example", bob), ERR_CONFLICT);
	op = fixture_op(f);
	FINE(op, store_owner_remove(f->store, op, free, ada));
	assert_int_equal(put(f, person("u2", "bob@corp.example", bob))->id,
			 free);
}

static void
what_is_anothers_stays_anothers(void **state)
{
	static const char *const taken[] = { "bob@example.com",
					     "free@example.com", NULL };
	struct fixture *f = *state;
	int64_t bob = fixture_mailbox(f, "bob");
	struct op *op = fixture_op(f);
	int64_t ada;

	FINE(op, store_alias_add(f->store, op, bob, "boss@example.com"));
	ada = put(f, person("u1", "ada@example.com", taken))->id;
	assert_int_equal(found(f, "bob@example.com"), bob);
	assert_int_equal(found(f, "free@example.com"), ada);
	/* an alias of another, an address of one who is tied, a new one */
	refused(f, person("u2", "boss@example.com", none), ERR_CONFLICT);
	refused(f, person("u3", "ada@example.com", none), ERR_CONFLICT);
	refused(f, person("u1", "boss@example.com", none), ERR_CONFLICT);
	refused(f, person("u1", "bob@example.com", none), ERR_CONFLICT);
	assert_int_equal(found(f, "ada@example.com"), ada);
	/* another source that has the same number for somebody */
	struct person other = person("u1", "eve@example.com", none);

	other.source = "sql:mail";
	assert_int_not_equal(put(f, other)->id, ada);
}

static void
the_mailbox_of_who_is_gone_is_his_who_has_the_address_now(void **state)
{
	struct fixture *f = *state;
	int64_t id = put(f, person("u1", "ada@example.com", none))->id;
	struct op *op = fixture_op(f);
	struct mailbox own = { .id = id, .name = "", .policy = AUDIENCE_ALL };
	struct person_link link;
	int64_t shared = fixture_mailbox(f, "shared");
	int64_t before;

	own.password = "$y$hash";
	FINE(op, store_mailbox_change(f->store, op, &own));
	FINE(op, store_owner_add(f->store, op, shared, id));
	FINE(op, store_person_state(f->store, op, id, PERSON_GONE));
	before = version(f, id);
	assert_int_equal(put(f, person("u2", "ada@example.com", none))->id, id);
	assert_null(put(f, person("u2", "ada@example.com", none))->password);
	op = fixture_op(f);
	GIVES(ERR_NOT_FOUND, op, store_owner_find(f->store, op, shared, id));
	assert_string_equal(tie(f, id).uid, "u2");
	assert_int_equal(tie(f, id).state, PERSON_ACTIVE);
	assert_true(version(f, id) > before);
	op = fixture_op(f);
	GIVES(ERR_NOT_FOUND, op,
	      store_person_find(f->store, op, SOURCE, "u1", &link));
}

static void
nobody_goes_through_the_wall_between_organizations(void **state)
{
	static const char *const other[] = { "ada@b.example", NULL };
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	const struct mailbox *m;

	FINE(op, store_domain_add(f->store, op, "b.example", "B"));
	m = put(f, person("u1", "ada@example.com", other));
	assert_int_equal(found(f, "ada@b.example"), 0);
	refused(f, person("u1", "ada@b.example", none), ERR_CONFLICT);
	assert_int_equal(found(f, "ada@example.com"), m->id);
}

static void
who_was_removed_comes_back_as_a_new_mailbox(void **state)
{
	struct fixture *f = *state;
	int64_t id = put(f, person("u1", "ada@example.com", none))->id;
	struct op *op = fixture_op(f);
	struct person_link link;

	FINE(op, store_mailbox_remove(f->store, op, id));
	GIVES(ERR_NOT_FOUND, op, store_person_get(f->store, op, id, &link));
	GIVES(ERR_NOT_FOUND, op,
	      store_person_find(f->store, op, SOURCE, "u1", &link));
	fixture_sound(f);
	assert_true(put(f, person("u1", "ada@example.com", none))->id > id);
}

/* ---- many ---- */

static void
many_are_put_at_once_and_one_that_cannot_be_spoils_none(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct person *in = op_alloc(op, MANY * sizeof(*in));
	struct person_item *item = op_alloc(op, MANY * sizeof(*item));
	struct person_list list;
	size_t seen = 0;
	int64_t after = 0;

	for (unsigned i = 0; i < MANY; i++) {
		in[i] = person(op_print(op, "u%u", i),
			       op_print(op, "p%u@%s", i,
					i == 7 ? "corp.local" : "example.com"),
			       none);
		item[i].person = &in[i];
	}
	in[9].address = "p8@example.com";
	FINE(op, store_person_put_all(f->store, op, item, MANY));
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(item[i].err, i == 7   ? ERR_NOT_FOUND
					      : i == 9 ? ERR_CONFLICT
						       : OK);
		assert_int_equal(item[i].made, item[i].err == OK);
		assert_int_equal(item[i].reason != NULL, item[i].err != OK);
	}
	do {
		op = fixture_op(f);
		FINE(op, store_person_list(f->store, op, SOURCE, after, 100,
					   &list));
		for (size_t i = 0; i < list.n; i++) {
			assert_true(list.link[i].mailbox > after);
			after = list.link[i].mailbox;
		}
		seen += list.n;
	} while (list.n == 100);
	assert_int_equal(seen, MANY - 2);
	FINE(op, store_person_list(f->store, op, "sql:mail", 0, 100, &list));
	assert_int_equal(list.n, 0);
	FINE(op, store_person_list(f->store, op, NULL, 0, 10, &list));
	assert_int_equal(list.n, 10);
	fixture_sound(f);
}

static void
what_another_process_has_learned_is_known_here(void **state)
{
	struct fixture *f = *state;
	struct person in = person("u1", "ada@example.com", none);
	int64_t id = put(f, in)->id;
	struct op *op = fixture_op(f);
	struct store *other = NULL;

	FINE(op, store_open(op, &f->options, &other));
	assert_int_equal(tie(f, id).state, PERSON_ACTIVE); /* remembered */
	FINE(op, store_person_state(other, op, id, PERSON_GONE));
	assert_int_equal(tie(f, id).state, PERSON_GONE);
	FINE(op, store_mailbox_remove(other, op, id));
	op = fixture_op(f);
	GIVES(ERR_NOT_FOUND, op,
	      store_person_get(f->store, op, id, &(struct person_link){ 0 }));
	store_close(other);
}

static void
how_far_a_source_was_followed_is_kept(void **state)
{
	static const struct source_mark one = { "uSNChanged=17", 100, 0 };
	static const struct source_mark two = { "", 200, 300 };
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct source_mark got;

	FINE(op, store_source_get(f->store, op, SOURCE, &got));
	assert_string_equal(got.mark, "");
	assert_int_equal(got.followed, 0);
	FINE(op, store_source_put(f->store, op, SOURCE, &one));
	FINE(op, store_source_get(f->store, op, SOURCE, &got));
	assert_string_equal(got.mark, "uSNChanged=17");
	assert_int_equal(got.followed, 100);
	FINE(op, store_source_put(f->store, op, SOURCE, &two));
	FINE(op, store_source_get(f->store, op, SOURCE, &got));
	assert_string_equal(got.mark, "");
	assert_int_equal(got.swept, 300);
	FINE(op, store_source_get(f->store, op, "sql:mail", &got));
	assert_int_equal(got.swept, 0);
	fixture_sound(f);
}

static void
a_backup_has_the_people_too(void **state)
{
	struct fixture *f = *state;
	int64_t id = put(f, person("u1", "ada@example.com", none))->id;
	struct op *op = fixture_op(f);
	const char *file = fixture_path(f, "copy");

	FINE(op, store_backup(f->store, op, file));
	FINE(op, store_mailbox_remove(f->store, op, id));
	store_close(f->store);
	f->store = NULL;
	FINE(op, store_restore(op, &f->options, file, true));
	FINE(op, store_open(op, &f->options, &f->store));
	assert_string_equal(tie(f, id).uid, "u1");
	fixture_sound(f);
}

static void
on_a_thread_that_may_not_wait_they_say_so(void **state)
{
	struct fixture *f = *state;
	struct person in = person("u1", "ada@example.com", none);
	struct person_item item = { .person = &in };
	struct op *op = fixture_op(f);
	struct source_mark mark = { "x", 0, 0 };
	const struct mailbox *m;

	op->may_wait = false;
	GIVES(ERR_WAIT, op, store_person_put(f->store, op, &in, &m));
	GIVES(ERR_WAIT, op, store_person_put_all(f->store, op, &item, 1));
	GIVES(ERR_WAIT, op, store_person_state(f->store, op, 1, PERSON_GONE));
	GIVES(ERR_WAIT, op, store_source_put(f->store, op, SOURCE, &mark));
}

int
main(void)
{
#define WITH_STORE(f)                                                          \
	cmocka_unit_test_setup_teardown(f, fixture_open, fixture_close)
	const struct CMUnitTest tests[] = {
		WITH_STORE(who_is_seen_first_becomes_a_mailbox),
		WITH_STORE(nobody_is_tied_who_was_never_seen),
		WITH_STORE(a_primary_address_elsewhere_gives_way_to_one_here),
		WITH_STORE(who_is_barred_at_first_sight_becomes_no_mailbox),
		WITH_STORE(what_a_source_says_has_limits),
		WITH_STORE(a_renamed_person_keeps_mailbox_and_absence),
		WITH_STORE(an_alias_that_goes_there_goes_here_but_not_our_own),
		WITH_STORE(who_has_not_changed_is_only_noted),
		WITH_STORE(who_is_barred_or_gone_is_not_known_any_more),
		WITH_STORE(a_mailbox_of_our_own_is_tied_and_keeps_what_it_has),
		WITH_STORE(nobody_is_tied_to_a_mailbox_in_use),
		WITH_STORE(what_is_anothers_stays_anothers),
		WITH_STORE(
			the_mailbox_of_who_is_gone_is_his_who_has_the_address_now),
		WITH_STORE(nobody_goes_through_the_wall_between_organizations),
		WITH_STORE(who_was_removed_comes_back_as_a_new_mailbox),
		WITH_STORE(
			many_are_put_at_once_and_one_that_cannot_be_spoils_none),
		WITH_STORE(what_another_process_has_learned_is_known_here),
		WITH_STORE(how_far_a_source_was_followed_is_kept),
		WITH_STORE(a_backup_has_the_people_too),
		WITH_STORE(on_a_thread_that_may_not_wait_they_say_so),
	};
#undef WITH_STORE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
