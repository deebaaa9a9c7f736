/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promises of model/store.h about what lies at backends: every change that
 * a script depends on is a mark of the same commit, and nobody takes an older
 * state for what is wanted now.
 */
#include "store_fixture.h"

#include "model/settings.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW INT64_C(1700000000)

static const struct backend_section sections[1];
static const struct settings with_backend = { .backends = sections,
					      .backends_n = 1 };

/* An op of a site with a backend. */
static struct op *
backend_op(struct fixture *f)
{
	struct op *op = fixture_op(f);

	op->settings = &with_backend;
	op->now = NOW;
	return op;
}

static struct publication
row_of(struct fixture *f, int64_t mailbox)
{
	struct op *op = backend_op(f);
	struct publication out;

	FINE(op, store_publication_get(f->store, op, mailbox, &out));
	return out;
}

static bool
row_is(struct fixture *f, int64_t mailbox)
{
	struct op *op = backend_op(f);
	struct publication out;
	enum err err = store_publication_get(f->store, op, mailbox, &out);

	if (err != ERR_NOT_FOUND)
		FINE(op, err);
	return err == OK;
}

/* What a script that was put at "dovecot" leaves behind. */
static struct publication
put_of(const struct publication *read, bool there)
{
	struct publication in = *read;

	in.done = in.wanted;
	in.there = there;
	in.backend = "dovecot";
	in.user = "somebody";
	in.since = NOW;
	in.reason = "";
	in.tries = 0;
	memset(in.digest, 0x5a, sizeof(in.digest));
	return in;
}

/* Everything that is wanted of it lies there. */
static void
publish(struct fixture *f, int64_t mailbox, bool there)
{
	struct publication row = row_of(f, mailbox);
	struct op *op = backend_op(f);

	row = put_of(&row, there);
	FINE(op, store_publication_put(f->store, op, &row));
}

static enum err
audience_set(struct op *op, const struct oof_stored *old, void *arg,
	     struct oof_stored *out)
{
	(void)fixture_message(op, old, op_dup(op, "away"), out);
	out->settings.audience = *(const unsigned *)arg;
	return OK;
}

/* A mailbox without a password, so that a directory may tie it. */
static int64_t
absent(struct fixture *f, const char *local, unsigned audience)
{
	struct op *op = backend_op(f);
	struct mailbox m = {
		.address = op_print(op, "%s@example.com", local),
		.name = local,
		.policy = AUDIENCE_ALL,
	};

	FINE(op, store_mailbox_add(f->store, op, &m, NULL));
	FINE(op, store_oof_put(f->store, op, m.id, audience_set, &audience));
	return m.id;
}

/* ---- marks ---- */

enum who { ANNA, BERT, CLEO, DORA, IDLE, WHOS };

/* Anna answers all, Bert whom he knows, Cleo was never absent, Dora is of
 * another organization, and of Idle nothing lies anywhere. */
struct cast {
	struct fixture *f;
	int64_t id[WHOS];
};

static void
cast_open(struct fixture *f, struct cast *c)
{
	struct mailbox dora = { .address = "dora@other.example",
				.policy = AUDIENCE_ALL };
	struct op *op = backend_op(f);
	unsigned audience = AUDIENCE_ALL;

	c->f = f;
	FINE(op, store_domain_add(f->store, op, "other.example", "Other"));
	FINE(op, store_mailbox_add(f->store, op, &dora, NULL));
	FINE(op, store_oof_put(f->store, op, dora.id, audience_set, &audience));
	c->id[ANNA] = absent(f, "anna", AUDIENCE_ALL);
	c->id[BERT] = absent(f, "bert", AUDIENCE_KNOWN);
	c->id[CLEO] = fixture_mailbox(f, "cleo");
	c->id[DORA] = dora.id;
	c->id[IDLE] = absent(f, "idle", AUDIENCE_KNOWN);
	op = backend_op(f);
	FINE(op, store_alias_add(f->store, op, c->id[ANNA], "a@example.com"));
	FINE(op, store_domain_add(f->store, op, "spare.example", NULL));
	for (unsigned i = 0; i < WHOS; i++)
		if (i != CLEO)
			publish(f, c->id[i], i != IDLE);
}

typedef enum err change(struct cast *c, struct op *op);

static enum err
oof_again(struct cast *c, struct op *op)
{
	return fixture_put(c->f->store, op, c->id[ANNA], "longer");
}

static enum err
oof_first(struct cast *c, struct op *op)
{
	return fixture_put(c->f->store, op, c->id[CLEO], "first");
}

static enum err
oof_refused(struct cast *c, struct op *op)
{
	enum err err = fixture_put(c->f->store, op, 4711, "nobody's");

	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err
oof_restored(struct cast *c, struct op *op)
{
	struct oof_reply reply = { "x", "" };
	const struct oof_stored in = {
		.settings = { .state = OOF_ENABLED,
			      .audience = AUDIENCE_ALL,
			      .internal = &reply,
			      .external = &reply },
		.period = 7,
	};

	return store_oof_restore(c->f->store, op, c->id[ANNA], &in);
}

static enum err
alias_more(struct cast *c, struct op *op)
{
	return store_alias_add(c->f->store, op, c->id[ANNA], "b@example.com");
}

static enum err
alias_less(struct cast *c, struct op *op)
{
	return store_alias_remove(c->f->store, op, c->id[ANNA],
				  "a@example.com");
}

static enum err
alias_taken(struct cast *c, struct op *op)
{
	enum err err = store_alias_add(c->f->store, op, c->id[ANNA],
				       "bert@example.com");

	return err == ERR_CONFLICT ? OK : err;
}

/* One member of Anna's mailbox is another. */
static enum err
anna_change(struct cast *c, struct op *op, char member)
{
	const struct mailbox *old;
	struct mailbox m;

	TRY(store_mailbox_get(c->f->store, op, c->id[ANNA], &old));
	m = *old;
	switch (member) {
	case 'n':
		m.name = "Anna B.";
		break;
	case 'z':
		m.zone = "Asia/Tokyo";
		break;
	case 'p':
		m.policy = AUDIENCE_NONE;
		break;
	default:
		m.password = "$y$secret";
		break;
	}
	return store_mailbox_change(c->f->store, op, &m);
}

static enum err
name_change(struct cast *c, struct op *op)
{
	return anna_change(c, op, 'n');
}

static enum err
zone_change(struct cast *c, struct op *op)
{
	return anna_change(c, op, 'z');
}

static enum err
policy_change(struct cast *c, struct op *op)
{
	return anna_change(c, op, 'p');
}

static enum err
password_change(struct cast *c, struct op *op)
{
	return anna_change(c, op, 's');
}

static enum err
person_tell(struct cast *c, struct op *op, const char *name, const char *alias)
{
	const char *const aliases[] = { alias, NULL };
	const struct person in = { .source = "directory:x",
				   .uid = "1",
				   .address = "anna@example.com",
				   .aliases = aliases,
				   .name = name,
				   .login = "" };
	const struct mailbox *m;

	return store_person_put(c->f->store, op, &in, &m);
}

static enum err
person_named(struct cast *c, struct op *op)
{
	return person_tell(c, op, "Anna of X", NULL);
}

static enum err
person_alias(struct cast *c, struct op *op)
{
	return person_tell(c, op, "", "anna.x@example.com");
}

static enum err
person_same(struct cast *c, struct op *op)
{
	return person_tell(c, op, "", NULL);
}

static enum err
contact_tell(struct cast *c, struct op *op, int64_t mailbox, bool two)
{
	static const char *const address[] = { "zoe@x.org", "eve@x.org" };
	const struct contact_card card = { .card = "1",
					   .tag = "",
					   .name = "",
					   .n = two ? 2 : 1,
					   .address = address };
	const struct contact_change in = { .mailbox = mailbox,
					   .origin = "file",
					   .place = "",
					   .token = "",
					   .n = 1,
					   .card = &card };
	struct contact_done done;

	return store_contact_put(c->f->store, op, &in, &done);
}

static enum err
contacts_of_known(struct cast *c, struct op *op)
{
	return contact_tell(c, op, c->id[BERT], false);
}

static enum err
contacts_again(struct cast *c, struct op *op)
{
	return contact_tell(c, op, c->id[BERT], false);
}

static enum err
contacts_more(struct cast *c, struct op *op)
{
	return contact_tell(c, op, c->id[BERT], true);
}

static enum err
contacts_of_all(struct cast *c, struct op *op)
{
	return contact_tell(c, op, c->id[ANNA], false);
}

static enum err
contacts_shared(struct cast *c, struct op *op)
{
	return contact_tell(c, op, CONTACT_SHARED, false);
}

static enum err
contacts_note(struct cast *c, struct op *op)
{
	return store_contact_note(c->f->store, op, c->id[BERT], "file", "down");
}

static enum err
contacts_clear(struct cast *c, struct op *op)
{
	size_t n;

	return store_contact_clear(c->f->store, op, c->id[BERT], NULL, NULL,
				   &n);
}

static enum err
domain_more(struct cast *c, struct op *op)
{
	return store_domain_add(c->f->store, op, "more.example", NULL);
}

static enum err
domain_less(struct cast *c, struct op *op)
{
	return store_domain_remove(c->f->store, op, "spare.example");
}

static enum err
domain_of_others(struct cast *c, struct op *op)
{
	return store_domain_add(c->f->store, op, "x.example", "Other");
}

static enum err
owner_more(struct cast *c, struct op *op)
{
	return store_owner_add(c->f->store, op, c->id[ANNA], c->id[BERT]);
}

static enum err
mailbox_more(struct cast *c, struct op *op)
{
	(void)op;
	(void)fixture_mailbox(c->f, "emil");
	return OK;
}

static enum err
wanted_inside(struct cast *c, struct op *op)
{
	return store_publication_want(c->f->store, op, 1);
}

static enum err
wanted_by_all(struct cast *c, struct op *op)
{
	return store_publication_want(c->f->store, op, 0);
}

/* marks: how many of Anna, Bert, Cleo (-1: no row), Dora, Idle; always: also
 * on a site without backends. In this order on one store. */
static const struct {
	const char *what;
	change *run;
	int marks[WHOS];
	bool always;
} changes[] = {
	/* clang-format off */
	{ "an absence is set",             oof_again,         { 1, 0, -1, 0, 0 }, false },
	{ "an absence of nobody",          oof_refused,       { 0, 0, -1, 0, 0 }, false },
	{ "an absence is brought back",    oof_restored,      { 1, 0, -1, 0, 0 }, false },
	{ "an alias more",                 alias_more,        { 1, 0, -1, 0, 0 }, false },
	{ "an alias less",                 alias_less,        { 1, 0, -1, 0, 0 }, false },
	{ "an alias that is taken",        alias_taken,       { 0, 0, -1, 0, 0 }, false },
	{ "another name",                  name_change,       { 1, 0, -1, 0, 0 }, false },
	{ "another zone",                  zone_change,       { 1, 0, -1, 0, 0 }, false },
	{ "another policy",                policy_change,     { 1, 0, -1, 0, 0 }, false },
	{ "a person's name",               person_named,      { 1, 0, -1, 0, 0 }, false },
	{ "a person's alias",              person_alias,      { 1, 0, -1, 0, 0 }, false },
	{ "the same alias again",          person_alias,      { 0, 0, -1, 0, 0 }, false },
	{ "that alias no more",            person_same,       { 1, 0, -1, 0, 0 }, false },
	{ "a password",                    password_change,   { 0, 0, -1, 0, 0 }, false },
	{ "contacts of who answers Known", contacts_of_known, { 0, 1, -1, 0, 0 }, false },
	{ "the same contacts again",       contacts_again,    { 0, 0, -1, 0, 0 }, false },
	{ "one contact more",              contacts_more,     { 0, 1, -1, 0, 0 }, false },
	{ "a source of contacts is down",  contacts_note,     { 0, 0, -1, 0, 0 }, false },
	{ "no contacts any more",          contacts_clear,    { 0, 1, -1, 0, 0 }, false },
	{ "there were none already",       contacts_clear,    { 0, 0, -1, 0, 0 }, false },
	{ "contacts of who answers all",   contacts_of_all,   { 0, 0, -1, 0, 0 }, false },
	{ "contacts that many share",      contacts_shared,   { 0, 1, -1, 0, 0 }, false },
	{ "a domain more",                 domain_more,       { 1, 1, -1, 0, 0 }, false },
	{ "a domain less",                 domain_less,       { 1, 1, -1, 0, 0 }, false },
	{ "a domain of others",            domain_of_others,  { 0, 0, -1, 1, 0 }, false },
	{ "an owner",                      owner_more,        { 0, 0, -1, 0, 0 }, false },
	{ "a mailbox more",                mailbox_more,      { 0, 0, -1, 0, 0 }, false },
	{ "all of an organization",        wanted_inside,     { 1, 1, -1, 0, 1 }, true },
	{ "all",                           wanted_by_all,     { 1, 1, -1, 1, 1 }, true },
	{ "a first absence",               oof_first,         { 0, 0, 1, 0, 0 }, false },
	/* clang-format on */
};

static void
one_change_marks(struct cast *c, size_t row, bool backends)
{
	static const struct settings none;
	int64_t before[WHOS] = { 0 };
	struct op *op;

	for (unsigned i = 0; i < WHOS; i++)
		if (row_is(c->f, c->id[i])) {
			struct publication now = row_of(c->f, c->id[i]);

			before[i] = now.wanted;
			if (now.done != now.wanted)
				publish(c->f, c->id[i], i != IDLE);
		}
	op = backend_op(c->f);
	op->now = NOW + 60;
	if (!backends)
		op->settings = row % 2 == 0 ? NULL : &none;
	FINE(op, changes[row].run(c, op));
	for (unsigned i = 0; i < WHOS; i++) {
		int marks = changes[row].marks[i];
		int64_t wanted = 0;
		struct publication now = { 0 };

		if (!backends && !changes[row].always && marks > 0)
			marks = i == CLEO ? -1 : 0;
		if (row_is(c->f, c->id[i])) {
			now = row_of(c->f, c->id[i]);
			wanted = now.wanted;
		}
		if (wanted - before[i] != (marks < 0 ? 0 : marks) ||
		    (marks < 0) != (wanted == 0))
			fail_msg("%s, %s backends: mailbox %u was marked %d "
				 "times",
				 changes[row].what,
				 backends ? "with" : "without", i,
				 (int)(wanted - before[i]));
		if (marks > 0) {
			assert_int_equal(now.due, NOW + 60);
			assert_int_equal(now.tries, 0);
			assert_int_equal(now.done, before[i]);
		}
	}
}

static void
each_change_marks_whom_it_concerns_and_nobody_else(void **state)
{
	struct cast c;

	cast_open(*state, &c);
	for (size_t i = 0; i < COUNT(changes); i++)
		one_change_marks(&c, i, true);
	fixture_sound(*state);
}

static void
a_site_without_backends_has_no_marks(void **state)
{
	struct cast c;

	cast_open(*state, &c);
	for (size_t i = 0; i < COUNT(changes); i++)
		one_change_marks(&c, i, false);
	fixture_sound(*state);
}

/* Of whom nothing lies anywhere, another domain changes nothing; unless he
 * waits for something, or there is a reason why he has nothing. */
static void
whose_script_failed_is_marked_with_his_domain(void **state)
{
	static const struct {
		bool there, done;
		const char *reason;
		int marks;
	} rows[] = {
		{ false, true, "", 0 },
		{ true, true, "", 1 },
		{ false, false, "", 1 },
		{ false, true, "too long", 1 },
	};
	struct fixture *f = *state;
	int64_t id = absent(f, "anna", AUDIENCE_ALL);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct publication row = row_of(f, id);
		struct op *op = backend_op(f);
		const char *name = op_print(op, "d%zu.example", i);

		row = put_of(&row, rows[i].there);
		row.done -= !rows[i].done;
		row.reason = rows[i].reason;
		FINE(op, store_publication_put(f->store, op, &row));
		FINE(op, store_domain_add(f->store, op, name, NULL));
		assert_int_equal(row_of(f, id).wanted - row.wanted,
				 rows[i].marks);
	}
}

static void
a_mark_leaves_what_is_known_of_the_place(void **state)
{
	struct fixture *f = *state;
	int64_t id = absent(f, "anna", AUDIENCE_ALL);
	struct publication row;
	uint8_t digest[32];
	struct op *op;

	memset(digest, 0x5a, sizeof(digest));
	publish(f, id, true);
	op = backend_op(f);
	FINE(op, fixture_put(f->store, op, id, "longer"));
	row = row_of(f, id);
	assert_true(row.there);
	assert_string_equal(row.backend, "dovecot");
	assert_string_equal(row.user, "somebody");
	assert_memory_equal(row.digest, digest, sizeof(digest));
	assert_int_equal(row.since, NOW);
	assert_int_equal(row.wanted, 2);
	assert_int_equal(row.done, 1);
}

/* ---- what is put ---- */

/* Wanted and done as the row has them, as they are put, and afterwards. */
static void
only_who_knows_what_is_wanted_may_say_it_is_done(void **state)
{
	static const struct {
		int64_t has; /* 0: there is no row */
		int64_t wanted, done;
		unsigned tries;
		enum err err;
		int64_t wanted_after, done_after;
		unsigned tries_after;
	} rows[] = {
		/* clang-format off */
		{ 1, 1, 1, 0, OK,           1, 1, 0 },
		{ 1, 1, 0, 3, OK,           1, 0, 3 },
		{ 3, 3, 3, 0, OK,           3, 3, 0 },
		{ 3, 2, 2, 7, ERR_CONFLICT, 3, 0, 0 },
		{ 3, 4, 4, 0, ERR_CONFLICT, 3, 0, 0 },
		{ 0, 0, 0, 0, OK,           0, 0, 0 },
		{ 0, 5, 4, 1, OK,           5, 4, 1 },
		{ 0, 5, 5, 0, OK,           5, 5, 0 },
		{ 1, 0, 0, 0, ERR_CONFLICT, 1, 0, 0 },
		/* clang-format on */
	};
	struct fixture *f = *state;

	for (unsigned i = 0; i < COUNT(rows); i++) {
		char name[2] = { (char)('a' + i), '\0' };
		int64_t id = fixture_mailbox(f, name);
		struct op *op = backend_op(f);
		const struct publication none = { .mailbox = id };
		struct publication in = put_of(&none, true), out;

		for (int64_t n = 0; n < rows[i].has; n++)
			FINE(op, fixture_put(f->store, op, id, "away"));
		in.wanted = rows[i].wanted;
		in.done = rows[i].done;
		in.tries = rows[i].tries;
		in.due = NOW + 99;
		GIVES(rows[i].err, op,
		      store_publication_put(f->store, op, &in));
		out = row_of(f, id);
		assert_int_equal(out.wanted, rows[i].wanted_after);
		assert_int_equal(out.done, rows[i].done_after);
		assert_int_equal(out.tries, rows[i].tries_after);
		assert_int_equal(out.due, rows[i].err == OK ? NOW + 99 : NOW);
		/* what lies there is kept in any case */
		assert_true(out.there);
		assert_string_equal(out.backend, "dovecot");
		assert_memory_equal(out.digest, in.digest, 32);
	}
	fixture_sound(f);
}

static const char *
text_of(struct op *op, size_t n)
{
	char *text = op_alloc(op, n + 1);

	memset(text, 'x', n);
	return text;
}

static void
texts_have_their_limits(void **state)
{
	struct fixture *f = *state;
	int64_t id = absent(f, "anna", AUDIENCE_ALL);
	struct op *op = backend_op(f);
	struct publication row = row_of(f, id);

	row = put_of(&row, true);
	op = backend_op(f);
	row.user = row.backend = text_of(op, PUBLICATION_TEXT_MAX);
	row.reason = text_of(op, PUBLICATION_TEXT_MAX + 1);
	FINE(op, store_publication_put(f->store, op, &row));
	assert_int_equal(strlen(row_of(f, id).reason), PUBLICATION_TEXT_MAX);
	assert_int_equal(strlen(row_of(f, id).user), PUBLICATION_TEXT_MAX);
	op = backend_op(f);
	row.user = text_of(op, PUBLICATION_TEXT_MAX + 1);
	GIVES(ERR_LIMIT, op, store_publication_put(f->store, op, &row));
	row.user = "x";
	row.backend = text_of(op, PUBLICATION_TEXT_MAX + 1);
	GIVES(ERR_LIMIT, op, store_publication_put(f->store, op, &row));
	row.backend = "x";
	row.reason = "caf\xe9"; /* as an old server says it */
	FINE(op, store_publication_put(f->store, op, &row));
	assert_string_equal(row_of(f, id).reason, "caf\xc3\xa9");
}

/* ---- mailboxes that are removed ---- */

static void
what_lies_there_outlives_its_mailbox_until_it_is_taken_away(void **state)
{
	struct fixture *f = *state;
	int64_t id = absent(f, "anna", AUDIENCE_ALL);
	struct publication row;
	struct publication_list due;
	struct op *op;

	publish(f, id, true);
	op = backend_op(f);
	FINE(op, store_mailbox_remove(f->store, op, id));
	op = backend_op(f);
	FINE(op, store_publication_due(f->store, op, 10, &due));
	assert_int_equal(due.n, 1);
	row = due.row[0];
	assert_int_equal(row.mailbox, id);
	assert_true(row.there);
	assert_string_equal(row.user, "somebody");
	fixture_sound(f);
	/* it cannot be reached */
	row.tries = 1;
	row.reason = "down";
	FINE(op, store_publication_put(f->store, op, &row));
	assert_true(row_is(f, id));
	/* it was taken away */
	row.there = false;
	row.done = row.wanted;
	FINE(op, store_publication_put(f->store, op, &row));
	assert_false(row_is(f, id));
	fixture_sound(f);
}

/* Somebody publishes, and meanwhile the mailbox goes, and with it the row. */
static void
a_script_that_comes_too_late_is_wanted_away(void **state)
{
	struct fixture *f = *state;
	int64_t id = absent(f, "anna", AUDIENCE_ALL);
	struct publication row = row_of(f, id), late = put_of(&row, true);
	struct op *op = backend_op(f);

	FINE(op, store_mailbox_remove(f->store, op, id));
	GIVES(ERR_CONFLICT, op, store_publication_put(f->store, op, &late));
	row = row_of(f, id);
	assert_true(row.there && row.wanted != row.done);
	row = put_of(&row, false);
	FINE(op, store_publication_put(f->store, op, &row));
	assert_false(row_is(f, id));
	GIVES(ERR_CONFLICT, op, store_publication_put(f->store, op, &late));
	row = row_of(f, id);
	assert_true(row.there && row.wanted != row.done && row.due == NOW);
}

static void
without_backends_a_row_goes_with_its_mailbox_unless_something_lies(void **state)
{
	struct fixture *f = *state;

	for (unsigned there = 0; there < 2; there++) {
		int64_t id = absent(f, "anna", AUDIENCE_ALL);
		struct op *op;

		publish(f, id, there == 1);
		op = fixture_op(f);
		FINE(op, store_mailbox_remove(f->store, op, id));
		assert_int_equal(row_is(f, id), there);
		if (there == 1)
			assert_int_equal(row_of(f, id).wanted, 2);
	}
	fixture_sound(f);
}

/* ---- lists ---- */

static void
what_is_due_comes_with_the_longest_waiting_first(void **state)
{
	static const struct {
		int64_t due;
		bool done;
		int place; /* -1: not among them */
	} rows[] = {
		{ NOW, false, 2 },      { NOW + 1, false, -1 },
		{ NOW - 50, false, 0 }, { NOW - 99, true, -1 },
		{ NOW - 1, false, 1 },
	};
	struct fixture *f = *state;
	int64_t id[COUNT(rows)];
	struct publication_list list;
	struct op *op;

	for (unsigned i = 0; i < COUNT(rows); i++) {
		char name[2] = { (char)('a' + i), '\0' };
		struct publication row;

		id[i] = absent(f, name, AUDIENCE_ALL);
		row = row_of(f, id[i]);
		row.done = rows[i].done ? row.wanted : 0;
		row.due = rows[i].due;
		op = backend_op(f);
		FINE(op, store_publication_put(f->store, op, &row));
	}
	op = backend_op(f);
	FINE(op, store_publication_due(f->store, op, 10, &list));
	assert_int_equal(list.n, 3);
	for (unsigned i = 0; i < COUNT(rows); i++)
		if (rows[i].place >= 0)
			assert_int_equal(list.row[rows[i].place].mailbox,
					 id[i]);
	FINE(op, store_publication_due(f->store, op, 2, &list));
	assert_int_equal(list.n, 2);
	assert_int_equal(list.row[0].mailbox, id[2]);
	/* all of them, in pages */
	FINE(op, store_publication_list(f->store, op, 0, 3, &list));
	assert_int_equal(list.n, 3);
	assert_int_equal(list.row[2].mailbox, id[2]);
	FINE(op, store_publication_list(f->store, op, id[2], 3, &list));
	assert_int_equal(list.n, 2);
	assert_int_equal(list.row[1].mailbox, id[4]);
}

static void
they_are_counted(void **state)
{
	static const struct {
		bool there, done;
		unsigned tries;
	} rows[] = {
		{ true, true, 0 },  { true, true, 0 },   { false, true, 0 },
		{ true, false, 0 }, { false, false, 0 }, { false, false, 0 },
		{ true, false, 1 },
	};
	struct fixture *f = *state;
	struct op *op = backend_op(f);
	struct publication_count count;

	FINE(op, store_publication_count(f->store, op, &count));
	assert_int_equal(count.in_force + count.waiting + count.failing, 0);
	for (unsigned i = 0; i < COUNT(rows); i++) {
		char name[2] = { (char)('a' + i), '\0' };
		int64_t id = absent(f, name, AUDIENCE_ALL);
		struct publication row = row_of(f, id);

		row = put_of(&row, rows[i].there);
		row.done -= !rows[i].done;
		row.tries = rows[i].tries;
		op = backend_op(f);
		FINE(op, store_publication_put(f->store, op, &row));
	}
	FINE(op, store_publication_count(f->store, op, &count));
	assert_int_equal(count.in_force, 2);
	assert_int_equal(count.waiting, 3);
	assert_int_equal(count.failing, 1);
}

/* ---- absences that are older than the first backend ---- */

#define OLDER 501 /* more than are made in one transaction */

static void
rows_that_are_missing_are_made(void **state)
{
	static const char many[] =
		"WITH RECURSIVE n (i) AS (SELECT 1001 UNION ALL SELECT i + 1 "
		"FROM n WHERE i < 1503) INSERT INTO mailbox SELECT i, 1, "
		"i || '@example.com', '', NULL, NULL, 0, 3, 0 FROM n;"
		"INSERT INTO oof SELECT id, id <> 1250 AND id <> 1503, 0, 0, "
		"2, 3, NULL, NULL, '', '', '', '', 0 FROM mailbox "
		"WHERE id > 1000;";
	struct fixture *f = *state;
	int64_t anna = absent(f, "anna", AUDIENCE_ALL);
	struct publication_list list;
	struct publication_count count;
	struct op *op;

	fixture_sql(f, many);
	op = backend_op(f);
	FINE(op, store_publication_want(f->store, op, 2)); /* of nobody */
	FINE(op, store_publication_count(f->store, op, &count));
	assert_int_equal(count.waiting, 1);
	FINE(op, store_publication_want(f->store, op, 0));
	FINE(op, store_publication_count(f->store, op, &count));
	assert_int_equal(count.waiting, OLDER + 1);
	FINE(op, store_publication_list(f->store, op, 0, 1000, &list));
	assert_int_equal(list.n, OLDER + 1);
	for (size_t i = 0; i < list.n; i++) {
		assert_int_equal(list.row[i].wanted,
				 list.row[i].mailbox == anna ? 2 : 1);
		assert_int_equal(list.row[i].done, 0);
		assert_int_equal(list.row[i].due, NOW);
	}
}

#define SITE 10000 /* mailboxes */

/* In one commit, whose time is told and not judged. */
static void
a_domain_marks_ten_thousand(void **state)
{
	static const char many[] =
		"WITH RECURSIVE n (i) AS (SELECT 1001 UNION ALL SELECT i + 1 "
		"FROM n WHERE i < 11000) INSERT INTO mailbox SELECT i, 1, "
		"i || '@example.com', '', NULL, NULL, 0, 3, 0 FROM n;"
		"INSERT INTO publication SELECT id, 'dovecot', address, 1, "
		"x'', 0, '', 0, 1, 1, 0, 0 FROM mailbox WHERE id > 1000;";
	struct fixture *f = *state;
	struct publication_count count;
	struct op *op;
	int64_t began;

	fixture_sql(f, many);
	op = backend_op(f);
	began = op_clock_us();
	FINE(op, store_domain_add(f->store, op, "more.example", NULL));
	print_message("%d marks in one commit: %d us\n", SITE,
		      (int)(op_clock_us() - began));
	FINE(op, store_publication_count(f->store, op, &count));
	assert_int_equal(count.waiting, SITE);
	assert_int_equal(count.in_force, 0);
}

/* ---- many at once ---- */

#define ROUNDS 40

struct racer {
	struct fixture *f;
	int64_t id;
	atomic_bool stop;
	const char *wrong;
	unsigned puts, conflicts;
};

static void
racer_op(struct op *op, struct arena *arena)
{
	arena_reset(arena);
	op_init(op, arena, &with_backend, 60000);
	op->may_wait = true;
}

/* What it says is done was wanted when it looked, and not since. */
static void *
publish_often(void *arg)
{
	struct racer *r = arg;
	struct arena *arena = arena_open(4 * KIB);
	struct publication row;
	struct op op;

	while (!atomic_load(&r->stop) && r->wrong == NULL) {
		enum err err;

		racer_op(&op, arena);
		if (store_publication_get(r->f->store, &op, r->id, &row) != OK)
			r->wrong = "get";
		if (row.done > row.wanted)
			r->wrong = "more is done than was wanted";
		row = put_of(&row, true);
		err = store_publication_put(r->f->store, &op, &row);
		r->puts++;
		r->conflicts += err == ERR_CONFLICT;
		if (err != OK && err != ERR_CONFLICT)
			r->wrong = "put";
	}
	arena_close(arena);
	return NULL;
}

/* Two stores: as a server and a command. */
static void
no_mark_is_lost_between_two_who_write(void **state)
{
	struct fixture *f = *state;
	struct fixture other = *f;
	struct racer r = { .f = &other };
	struct op *op = backend_op(f);
	struct publication row;
	pthread_t thread;

	FINE(op, store_open(op, &f->options, &other.store));
	r.id = absent(f, "anna", AUDIENCE_ALL);
	assert_int_equal(pthread_create(&thread, NULL, publish_often, &r), 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		op = backend_op(f);
		FINE(op, fixture_put(f->store, op, r.id, "away"));
		FINE(op, store_publication_get(f->store, op, r.id, &row));
		assert_int_equal(row.wanted, i + 2);
	}
	atomic_store(&r.stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	if (r.wrong != NULL)
		fail_msg("%s", r.wrong);
	assert_true(r.puts > 0);
	publish(f, r.id, true);
	row = row_of(f, r.id);
	assert_int_equal(row.wanted, ROUNDS + 1);
	assert_int_equal(row.done, ROUNDS + 1);
	store_close(other.store);
	fixture_sound(f);
}

/* ---- damage, backup ---- */

static void
a_damaged_row_is_an_error_and_is_found(void **state)
{
	struct fixture *f = *state;
	int64_t id = absent(f, "anna", AUDIENCE_ALL);
	struct publication row;
	struct op *op;

	publish(f, id, true);
	fixture_sql(f, "UPDATE publication SET name = 'other'");
	op = backend_op(f);
	GIVES(ERR_INTERNAL, op, store_publication_get(f->store, op, id, &row));
	GIVES(ERR_INTERNAL, op, store_check(f->store, op, NULL, NULL));
	fixture_sql(f, "UPDATE publication SET name = 'somebody'");
	fixture_sound(f);
	fixture_sql(f, "UPDATE publication SET done = wanted + 1");
	op = backend_op(f);
	GIVES(ERR_INTERNAL, op, store_check(f->store, op, NULL, NULL));
}

/* Where it lies is known from the backup; what lies there is not. */
static void
after_a_restore_everything_is_published_again(void **state)
{
	struct fixture *f = *state;
	int64_t id = absent(f, "anna", AUDIENCE_ALL);
	const uint8_t none[32] = { 0 };
	struct publication row;
	const char *file = fixture_path(f, "backup");
	struct op *op;

	publish(f, id, true);
	op = backend_op(f);
	FINE(op, store_backup(f->store, op, file));
	store_close(f->store);
	f->store = NULL;
	op = backend_op(f);
	FINE(op, store_restore(op, &f->options, file, true));
	fixture_reopen(f);
	row = row_of(f, id);
	assert_true(row.there);
	assert_string_equal(row.backend, "dovecot");
	assert_string_equal(row.user, "somebody");
	assert_int_equal(row.wanted, 2);
	assert_int_equal(row.done, 1);
	assert_int_equal(row.due, 0);
	assert_memory_equal(row.digest, none, sizeof(none));
	fixture_sound(f);
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		WITH_STORE(each_change_marks_whom_it_concerns_and_nobody_else),
		WITH_STORE(a_site_without_backends_has_no_marks),
		WITH_STORE(whose_script_failed_is_marked_with_his_domain),
		WITH_STORE(a_mark_leaves_what_is_known_of_the_place),
		WITH_STORE(only_who_knows_what_is_wanted_may_say_it_is_done),
		WITH_STORE(texts_have_their_limits),
		WITH_STORE(what_lies_there_outlives_its_mailbox_until_it_is_taken_away),
		WITH_STORE(a_script_that_comes_too_late_is_wanted_away),
		WITH_STORE(without_backends_a_row_goes_with_its_mailbox_unless_something_lies),
		WITH_STORE(what_is_due_comes_with_the_longest_waiting_first),
		WITH_STORE(they_are_counted),
		WITH_STORE(rows_that_are_missing_are_made),
		WITH_STORE(a_domain_marks_ten_thousand),
		WITH_STORE(no_mark_is_lost_between_two_who_write),
		WITH_STORE(a_damaged_row_is_an_error_and_is_found),
		WITH_STORE(after_a_restore_everything_is_published_again),
		/* clang-format on */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
