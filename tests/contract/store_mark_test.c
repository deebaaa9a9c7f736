/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every change that a script depends on is a mark of the same commit, for whom
 * it concerns and nobody else.
 */
#include "model/publication.h"
#include "publications.h"

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
	{ "contacts that many share",      contacts_shared,   { 0, 1, -1, 0, 1 }, false },
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

/* An absence as a row of a table says. */
struct wish {
	unsigned state, audience, policy;
	int shared, own; /* how often either contacts mark it */
};

static enum err
wish_set(struct op *op, const struct oof_stored *old, void *arg,
	 struct oof_stored *out)
{
	struct oof_duration *duration = op_alloc(op, sizeof(*duration));
	const struct wish *wish = arg;

	(void)fixture_message(op, old, op_dup(op, "away"), out);
	*duration = (struct oof_duration){ .start = NOW, .end = NOW + 9 };
	out->settings.duration = duration;
	out->settings.state = wish->state;
	out->settings.audience = wish->audience;
	return OK;
}

static int64_t
wisher(struct fixture *f, const char *local, struct wish *wish)
{
	struct op *op = backend_op(f);
	struct mailbox m = {
		.address = op_print(op, "%s@example.com", local),
		.policy = wish->policy,
	};

	FINE(op, store_mailbox_add(f->store, op, &m, NULL));
	FINE(op, store_oof_put(f->store, op, m.id, wish_set, wish));
	publish(f, m.id, false);
	return m.id;
}

/* Also of whom nothing lies there yet, for he knew nobody; and of who wants to
 * answer all, and may answer whom he knows. */
static void
contacts_concern_everybody_who_answers_whom_he_knows(void **state)
{
	static struct wish wishes[] = {
		{ OOF_ENABLED, AUDIENCE_KNOWN, AUDIENCE_ALL, 1, 1 },
		{ OOF_SCHEDULED, AUDIENCE_KNOWN, AUDIENCE_ALL, 1, 1 },
		{ OOF_DISABLED, AUDIENCE_KNOWN, AUDIENCE_ALL, 0, 1 },
		{ OOF_ENABLED, AUDIENCE_ALL, AUDIENCE_KNOWN, 1, 1 },
		{ OOF_ENABLED, AUDIENCE_KNOWN, AUDIENCE_KNOWN, 1, 1 },
		{ OOF_ENABLED, AUDIENCE_ALL, AUDIENCE_ALL, 0, 0 },
		{ OOF_ENABLED, AUDIENCE_ALL, AUDIENCE_NONE, 0, 0 },
		{ OOF_ENABLED, AUDIENCE_NONE, AUDIENCE_ALL, 0, 0 },
		{ OOF_ENABLED, AUDIENCE_NONE, AUDIENCE_KNOWN, 0, 0 },
		{ OOF_ENABLED, AUDIENCE_KNOWN, AUDIENCE_NONE, 0, 0 },
	};
	struct fixture *f = *state;
	int64_t id[COUNT(wishes)];
	struct cast c = { .f = f };
	struct op *op;

	for (unsigned i = 0; i < COUNT(wishes); i++) {
		char name[2] = { (char)('a' + i), '\0' };

		id[i] = wisher(f, name, &wishes[i]);
	}
	op = backend_op(f);
	FINE(op, contacts_shared(&c, op));
	for (unsigned i = 0; i < COUNT(wishes); i++)
		assert_int_equal(row_of(f, id[i]).wanted, 1 + wishes[i].shared);
	for (unsigned i = 0; i < COUNT(wishes); i++) {
		op = backend_op(f);
		FINE(op, contact_tell(&c, op, id[i], false));
		assert_int_equal(row_of(f, id[i]).wanted,
				 1 + wishes[i].shared + wishes[i].own);
	}
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

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		WITH_STORE(each_change_marks_whom_it_concerns_and_nobody_else),
		WITH_STORE(a_site_without_backends_has_no_marks),
		WITH_STORE(contacts_concern_everybody_who_answers_whom_he_knows),
		WITH_STORE(whose_script_failed_is_marked_with_his_domain),
		WITH_STORE(a_mark_leaves_what_is_known_of_the_place),
		/* clang-format on */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
