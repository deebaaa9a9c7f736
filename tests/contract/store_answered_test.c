/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promises of model/store.h about whom a mailbox answered: once each
 * sender in a period, remembered as long as need be.
 */
#include "answers.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define THREADS 16

/* ---- begin ---- */

static void
an_answer_and_its_mail_are_one(void **state)
{
	static const uint8_t bytes[] = "Subject: x\r\n\r\n\0\xff.\r\n";
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");
	struct answer a = answer_of(id, "zoe@x.org");
	struct op *op = op_at(f, NOW);
	struct answered_list all;
	struct outbox_list due;

	a.mail.from = "anna@example.com";
	a.mail.mail = (struct bytes){ bytes, sizeof(bytes) };
	a.mail.utf8 = true;
	a.mail.due = NOW + 30;
	FINE(op, begin(f->store, op, &a));
	assert_true(a.row.id > 0);
	assert_int_equal(a.mail.id, a.row.id);
	assert_int_equal(a.mail.mailbox, id);
	assert_int_equal(a.row.state, ANSWERED_WAITING);
	assert_int_equal(a.row.at, NOW);
	fixture_reopen(f);
	all = list_of(f, id);
	assert_int_equal(all.n, 1);
	assert_int_equal(all.row[0].id, a.row.id);
	assert_int_equal(all.row[0].period, 1);
	assert_string_equal(all.row[0].sender, "zoe@x.org");
	assert_string_equal(all.row[0].to, "zoe@x.org");
	assert_string_equal(all.row[0].message_id, "<1@example.com>");
	assert_string_equal(all.row[0].via, "milter:office");
	assert_string_equal(all.row[0].reason, "");
	assert_true(all.row[0].internal);
	assert_int_equal(all.row[0].at, NOW);
	assert_int_equal(due_at(f, NOW + 29).n, 0);
	due = due_at(f, NOW + 30);
	assert_int_equal(due.n, 1);
	assert_int_equal(due.mail[0].id, a.row.id);
	assert_string_equal(due.mail[0].from, "anna@example.com");
	assert_string_equal(due.mail[0].to, "zoe@x.org");
	assert_true(due.mail[0].utf8);
	assert_int_equal(due.mail[0].tries, 0);
	assert_int_equal(due.mail[0].at, NOW);
	assert_int_equal(due.mail[0].mail.n, sizeof(bytes));
	assert_memory_equal(due.mail[0].mail.p, bytes, sizeof(bytes));
	fixture_sound(f);
}

/* In this order. */
static void
a_sender_is_answered_once_in_a_period(void **state)
{
	static const struct {
		unsigned who; /* 0: Anna, 1: Bert, 2: nobody */
		int64_t period;
		const char *sender;
		enum err err;
	} rows[] = {
		{ 0, 1, "zoe@x.org", OK },
		{ 0, 1, "zoe@x.org", ERR_CONFLICT },
		{ 0, 1, "eve@x.org", OK },
		{ 1, 1, "zoe@x.org", OK },
		{ 0, 2, "zoe@x.org", OK },
		{ 0, 2, "zoe@x.org", ERR_CONFLICT },
		{ 0, 1, "zoe@x.org", ERR_CONFLICT },
		{ 2, 1, "zoe@x.org", ERR_NOT_FOUND },
	};
	struct fixture *f = *state;
	int64_t id[3] = { fixture_mailbox(f, "anna"),
			  fixture_mailbox(f, "bert"), 4711 };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answer a = answer_of(id[rows[i].who], rows[i].sender);
		struct op *op = op_at(f, NOW + (int64_t)i);
		enum err found =
			store_answered_find(f->store, op, a.row.mailbox,
					    rows[i].period, rows[i].sender);

		GIVES(rows[i].err == ERR_CONFLICT ? OK : ERR_NOT_FOUND, op,
		      found);
		a.row.period = rows[i].period;
		GIVES(rows[i].err, op, begin(f->store, op, &a));
		n += rows[i].err == OK;
		assert_int_equal(list_of(f, id[0]).n + list_of(f, id[1]).n, n);
		assert_int_equal(due_at(f, NOW).n, n);
	}
	fixture_sound(f);
}

/* When others were answered, and whether one more may be. */
static void
too_many_in_a_minute_are_held_back(void **state)
{
	static const struct {
		int64_t ago[3]; /* answers of the mailbox; -1: none */
		int64_t others; /* one of another mailbox; -1: none */
		unsigned mailbox, site;
		enum err err;
	} rows[] = {
		/* clang-format off */
		{ { 0, -1, -1 },    -1, 1, 9, ERR_LIMIT },
		{ { 0, -1, -1 },    -1, 2, 9, OK },
		{ { 59, -1, -1 },   -1, 1, 9, ERR_LIMIT },
		{ { 60, -1, -1 },   -1, 1, 9, OK },
		{ { 60, 1, -1 },    -1, 2, 9, OK },
		{ { 59, 1, -1 },    -1, 2, 9, ERR_LIMIT },
		{ { 59, 30, 1 },    -1, 3, 9, ERR_LIMIT },
		{ { 60, 30, 1 },    -1, 3, 9, OK },
		{ { -1, -1, -1 },    1, 1, 9, OK },
		{ { -1, -1, -1 },    1, 1, 1, ERR_LIMIT },
		{ { -1, -1, -1 },   60, 1, 1, OK },
		{ { 30, -1, -1 },    1, 9, 2, ERR_LIMIT },
		{ { 30, -1, -1 },    1, 9, 3, OK },
		{ { 30, 20, 10 },    1, 0, 0, OK },
		{ { -3600, -1, -1 }, -1, 1, 9, OK }, /* the clock was set back */
		/* clang-format on */
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct answered_limits limits = { rows[i].mailbox,
							rows[i].site };
		struct op *op = op_at(f, NOW);
		int64_t id = fixture_mailbox(f, op_print(op, "one%zu", i));
		int64_t other = fixture_mailbox(f, op_print(op, "other%zu", i));
		int64_t now = NOW + (int64_t)i * 7200;
		struct answer a = answer_of(id, "last@x.org");
		enum err braked;

		for (unsigned n = 0; n < COUNT(rows[i].ago); n++) {
			char name[] = { (char)('a' + n), '@', 'x', '\0' };

			if (rows[i].ago[n] != -1)
				(void)answered(f, id, name,
					       now - rows[i].ago[n]);
		}
		if (rows[i].others != -1)
			(void)answered(f, other, "a@x", now - rows[i].others);
		op = op_at(f, now);
		braked = store_answered_brake(f->store, op, id, &limits);
		GIVES(rows[i].err, op, braked);
		GIVES(rows[i].err, op,
		      store_answered_begin(f->store, op, &a.row, &a.mail,
					   &limits));
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
texts_and_mails_have_their_limits(void **state)
{
	static const struct {
		size_t text, mail;
		const char *odd; /* in the place of the text */
		enum err err;
	} rows[] = {
		{ ANSWERED_TEXT_MAX, 1, NULL, OK },
		{ ANSWERED_TEXT_MAX + 1, 1, NULL, ERR_LIMIT },
		{ 1, OUTBOX_MAIL_MAX, NULL, OK },
		{ 1, OUTBOX_MAIL_MAX + 1, NULL, ERR_LIMIT },
		{ 1, 0, NULL, ERR_LIMIT },
		{ 1, 1, "a@x\r\nBcc: all@x", ERR_INVALID },
		{ 1, 1, "a\x1b[2J@x", ERR_INVALID },
		{ 1, 1, "\xff@x", ERR_INVALID },
	};
	static const size_t places[] = {
		offsetof(struct answer, row.sender),
		offsetof(struct answer, row.to),
		offsetof(struct answer, row.message_id),
		offsetof(struct answer, row.via),
		offsetof(struct answer, mail.from),
		offsetof(struct answer, mail.to),
	};
	struct fixture *f = *state;
	int64_t id = fixture_mailbox(f, "anna");

	for (size_t i = 0; i < COUNT(rows) * COUNT(places); i++) {
		size_t r = i / COUNT(places);
		struct op *op = op_at(f, NOW);
		struct answer a = answer_of(id, op_print(op, "%zu@x.org", i));
		const char *text = rows[r].odd != NULL
					   ? rows[r].odd
					   : text_of(op, rows[r].text);

		if (rows[r].text == 1 && rows[r].odd == NULL && i % 6 != 0)
			continue; /* of the mail's size: once */
		*(const char **)((char *)&a + places[i % COUNT(places)]) = text;
		a.mail.mail = (struct bytes){
			(const uint8_t *)text_of(op, rows[r].mail), rows[r].mail
		};
		GIVES(rows[r].err, op, begin(f->store, op, &a));
		arena_reset(f->arena);
	}
	fixture_sound(f);
}

/* ---- lists, and how many are remembered ---- */

static void
the_newest_come_first_page_by_page(void **state)
{
	struct fixture *f = *state;
	int64_t mailbox = fixture_mailbox(f, "anna");
	int64_t other = fixture_mailbox(f, "bert"), id[5];
	struct answered_list page;
	struct op *op = op_at(f, NOW);

	for (unsigned i = 0; i < COUNT(id); i++) {
		id[i] = answered(f, mailbox, op_print(op, "%u@x.org", i), NOW);
		(void)answered(f, other, op_print(op, "%u@x.org", i), NOW);
	}
	FINE(op, store_answered_list(f->store, op, mailbox, 0, 2, &page));
	assert_int_equal(page.n, 2);
	assert_int_equal(page.row[0].id, id[4]);
	assert_int_equal(page.row[1].id, id[3]);
	FINE(op, store_answered_list(f->store, op, mailbox, id[3], 9, &page));
	assert_int_equal(page.n, 3);
	assert_int_equal(page.row[2].id, id[0]);
	FINE(op, store_answered_list(f->store, op, mailbox, id[0], 9, &page));
	assert_int_equal(page.n, 0);
}

static struct answered_list
many_of(struct op *op, size_t n)
{
	struct answered *row = op_alloc(op, n * sizeof(*row));

	for (size_t i = 0; i < n; i++)
		row[i] = (struct answered){
			.period = 1,
			.sender = op_print(op, "%zu@x.org", i),
			.to = "x@x.org",
			.message_id = "",
			.state = ANSWERED_SENT,
			.at = NOW - DAY_S,
			.via = "",
			.reason = "",
		};
	return (struct answered_list){ n, row };
}

static void
the_oldest_make_room_for_the_newest(void **state)
{
	struct fixture *f = *state;
	int64_t mailbox = fixture_mailbox(f, "anna");
	struct op *op = op_at(f, NOW);
	struct answered_list in = many_of(op, ANSWERED_MAX + 1), out;

	GIVES(ERR_LIMIT, op,
	      store_answered_restore(f->store, op, mailbox, &in));
	in.n = ANSWERED_MAX - 1;
	FINE(op, store_answered_restore(f->store, op, mailbox, &in));
	(void)answered(f, mailbox, "a@y.org", NOW);
	assert_int_equal(list_of(f, mailbox).n, ANSWERED_MAX); /* just room */
	op = op_at(f, NOW);
	FINE(op, store_answered_find(f->store, op, mailbox, 1, "0@x.org"));
	(void)answered(f, mailbox, "b@y.org", NOW);
	out = list_of(f, mailbox);
	assert_int_equal(out.n, ANSWERED_MAX);
	assert_string_equal(out.row[0].sender, "b@y.org");
	assert_string_equal(out.row[ANSWERED_MAX - 1].sender, "1@x.org");
	op = op_at(f, NOW);
	GIVES(ERR_NOT_FOUND, op,
	      store_answered_find(f->store, op, mailbox, 1, "0@x.org"));
	/* one that is on its way is not forgotten, however old */
	fixture_sql(f, "INSERT INTO outbox SELECT id, 0, 0, mailbox, 0, '', "
		       "'', 0, 0, x'00' FROM answered WHERE state = 3");
	fixture_sql(f, "UPDATE answered SET state = 1 WHERE state = 3");
	{
		struct answer a = answer_of(mailbox, "c@y.org");

		op = op_at(f, NOW);
		GIVES(ERR_LIMIT, op, begin(f->store, op, &a));
	}
}

/* ---- as it was elsewhere ---- */

static void
answers_are_put_back_once_and_only_settled_ones(void **state)
{
	struct fixture *f = *state;
	int64_t mailbox = fixture_mailbox(f, "anna");
	struct op *op = op_at(f, NOW);
	struct answered_list in = many_of(op, 2), out;
	struct answered odd = in.row[0];
	const struct answered_list one = { 1, &odd };
	struct answer a = answer_of(mailbox, "1@x.org");

	FINE(op, begin(f->store, op, &a)); /* here it waits */
	FINE(op, store_answered_restore(f->store, op, mailbox, &in));
	FINE(op, store_answered_restore(f->store, op, mailbox, &in));
	out = list_of(f, mailbox);
	assert_int_equal(out.n, 2);
	assert_string_equal(out.row[0].sender, "0@x.org");
	assert_int_equal(out.row[0].at, NOW - DAY_S);
	assert_int_equal(out.row[0].state, ANSWERED_SENT);
	assert_int_equal(out.row[1].state, ANSWERED_WAITING);
	op = op_at(f, NOW);
	GIVES(ERR_NOT_FOUND, op,
	      store_answered_restore(f->store, op, 4711, &in));
	odd.state = ANSWERED_SENDING;
	GIVES(ERR_INVALID, op,
	      store_answered_restore(f->store, op, mailbox, &one));
	odd.state = ANSWERED_UNKNOWN + 1;
	GIVES(ERR_INVALID, op,
	      store_answered_restore(f->store, op, mailbox, &one));
	odd.state = ANSWERED_UNKNOWN;
	odd.sender = "a\nb";
	GIVES(ERR_INVALID, op,
	      store_answered_restore(f->store, op, mailbox, &one));
	odd.sender = text_of(op, ANSWERED_TEXT_MAX + 1);
	GIVES(ERR_LIMIT, op,
	      store_answered_restore(f->store, op, mailbox, &one));
	fixture_sound(f);
}

/* ---- how long they are kept ---- */

#define KEEP 30 /* days */
#define PERIOD 5

struct absence {
	unsigned state;
	int64_t period, ends, changed;
};

static void
absence_put(struct fixture *f, int64_t mailbox, const struct absence *in)
{
	struct oof_duration duration = { in->ends - DAY_S, in->ends, false,
					 false };
	struct oof_reply reply = { "x", "" };
	const struct oof_stored stored = {
		.settings = { .state = in->state,
			      .audience = AUDIENCE_ALL,
			      .duration = &duration,
			      .internal = &reply,
			      .external = &reply },
		.period = in->period,
		.changed = in->changed,
	};
	struct op *op = op_at(f, NOW);

	FINE(op, store_oof_restore(f->store, op, mailbox, &stored));
}

/* Answers of period PERIOD, so many days old, the last one first. */
static void
answers_stay_until_some_days_after_their_period(void **state)
{
#define AGO(days) (NOW - (int64_t)(days)*DAY_S)
	static const struct {
		struct absence now;
		int64_t at[2]; /* of two answers; 0: only one */
		size_t kept;
	} rows[] = {
		/* clang-format off */
		/* in force: only what is older than a script would remember */
		{ { OOF_ENABLED, PERIOD, 1, AGO(400) }, { AGO(40), AGO(366) + 1 }, 2 },
		{ { OOF_ENABLED, PERIOD, 1, AGO(400) }, { AGO(40), AGO(366) }, 2 },
		{ { OOF_ENABLED, PERIOD, 1, AGO(400) }, { AGO(40), AGO(366) - 1 }, 1 },
		{ { OOF_ENABLED, PERIOD, 1, AGO(400) }, { AGO(400), AGO(366) - 1 }, 0 },
		{ { OOF_SCHEDULED, PERIOD, NOW + 1, AGO(90) }, { AGO(80), 0 }, 1 },
		{ { OOF_SCHEDULED, PERIOD, AGO(-9), AGO(90) }, { AGO(80), 0 }, 1 },
		/* over: since it ended */
		{ { OOF_SCHEDULED, PERIOD, AGO(KEEP) + 1, AGO(90) }, { AGO(80), 0 }, 1 },
		{ { OOF_SCHEDULED, PERIOD, AGO(KEEP), AGO(90) }, { AGO(80), 0 }, 0 },
		/* off: since that was said */
		{ { OOF_DISABLED, PERIOD, 1, AGO(KEEP) + 1 }, { AGO(80), 0 }, 1 },
		{ { OOF_DISABLED, PERIOD, 1, AGO(KEEP) }, { AGO(80), AGO(90) }, 0 },
		/* another period by now: since the last answer of this one */
		{ { OOF_ENABLED, PERIOD + 1, 1, AGO(1) }, { AGO(KEEP) + 1, AGO(90) }, 2 },
		{ { OOF_ENABLED, PERIOD + 1, 1, AGO(1) }, { AGO(KEEP), AGO(90) }, 0 },
		/* clang-format on */
	};
	const struct store_keep keep = { 30, 30, KEEP };
	struct fixture *f = *state;
	int64_t id[COUNT(rows)];
	struct op *op = op_at(f, NOW);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answered row[2] = { many_of(op, 1).row[0],
					   many_of(op, 1).row[0] };
		const struct answered_list in = { rows[i].at[1] == 0 ? 1 : 2,
						  rows[i].at[1] == 0 ? &row[1]
								     : row };

		id[i] = fixture_mailbox(f, op_print(op, "u%zu", i));
		absence_put(f, id[i], &rows[i].now);
		row[0].sender = "first@x.org";
		row[0].at = rows[i].at[1];
		row[1].at = rows[i].at[0];
		row[0].period = row[1].period = PERIOD;
		op = op_at(f, NOW);
		FINE(op, store_answered_restore(f->store, op, id[i], &in));
	}
	for (unsigned twice = 0; twice < 2; twice++) {
		op = op_at(f, NOW);
		FINE(op, store_maintain(f->store, op, &keep));
		for (size_t i = 0; i < COUNT(rows); i++)
			if (list_of(f, id[i]).n != rows[i].kept)
				fail_msg("row %zu: %zu kept", i,
					 list_of(f, id[i]).n);
	}
	fixture_sound(f);
#undef AGO
}

/* More periods than are looked at together, more rows than go at once, and
 * one whose mail still waits. */
static void
many_are_forgotten_at_once(void **state)
{
	static const char many[] =
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
		"n WHERE i < 6001) INSERT INTO answered SELECT 1000000 + i, 1, "
		"i / 10, i, '', '', 0, 3, 0, 0, '', '', 0 FROM n;"
		"UPDATE answered SET period = 1 WHERE id > 1005000;";
	struct fixture *f = *state;
	int64_t mailbox = fixture_mailbox(f, "anna");
	const struct store_keep keep = { 30, 30, 1 };
	struct answered_list left;
	struct op *op;

	assert_int_equal(mailbox, 1);
	(void)answered(f, mailbox, "waits@x.org", NOW - 90 * DAY_S);
	fixture_sql(f, many);
	op = op_at(f, NOW);
	FINE(op, store_maintain(f->store, op, &keep));
	left = list_of(f, mailbox);
	assert_int_equal(left.n, 1);
	assert_string_equal(left.row[0].sender, "waits@x.org");
	fixture_sound(f);
}

/* ---- many at once ---- */

struct racer {
	pthread_t thread;
	struct store *store;
	int64_t mailbox;
	unsigned round;
	enum err err;
	char reason[200];
};

static void *
answer_same(void *arg)
{
	struct racer *r = arg;
	struct arena *arena = arena_open(4 * KIB);
	struct answer a;
	struct op op;

	op_init(&op, arena, NULL, 60000);
	op.may_wait = true;
	a = answer_of(r->mailbox, op_print(&op, "%u@x.org", r->round));
	r->err = begin(r->store, &op, &a);
	(void)snprintf(r->reason, sizeof(r->reason), "%s",
		       op.reason == NULL ? "" : op.reason);
	arena_close(arena);
	return NULL;
}

#define RACES 10

/* Half of them by another store, as another process has it. */
static void
of_sixteen_at_once_exactly_one_answers(void **state)
{
	struct fixture *f = *state;
	int64_t mailbox = fixture_mailbox(f, "anna");
	struct racer r[THREADS];
	struct store *other;
	struct op *op = op_at(f, NOW);

	FINE(op, store_open(op, &f->options, &other));
	for (unsigned round = 0; round < RACES; round++) {
		unsigned won = 0;

		for (unsigned i = 0; i < THREADS; i++) {
			r[i] = (struct racer){ .store = i % 2 == 0 ? f->store
								   : other,
					       .mailbox = mailbox,
					       .round = round };
			assert_int_equal(pthread_create(&r[i].thread, NULL,
							answer_same, &r[i]),
					 0);
		}
		for (unsigned i = 0; i < THREADS; i++) {
			assert_int_equal(pthread_join(r[i].thread, NULL), 0);
			won += r[i].err == OK;
			if (r[i].err != OK && r[i].err != ERR_CONFLICT)
				fail_msg("%s: %s", err_name(r[i].err),
					 r[i].reason);
		}
		assert_int_equal(won, 1);
	}
	store_close(other);
	assert_int_equal(list_of(f, mailbox).n, RACES);
	fixture_sound(f);
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		WITH_STORE(an_answer_and_its_mail_are_one),
		WITH_STORE(a_sender_is_answered_once_in_a_period),
		WITH_STORE(too_many_in_a_minute_are_held_back),
		WITH_STORE(texts_and_mails_have_their_limits),
		WITH_STORE(the_newest_come_first_page_by_page),
		WITH_STORE(the_oldest_make_room_for_the_newest),
		WITH_STORE(answers_are_put_back_once_and_only_settled_ones),
		WITH_STORE(answers_stay_until_some_days_after_their_period),
		WITH_STORE(many_are_forgotten_at_once),
		WITH_STORE(of_sixteen_at_once_exactly_one_answers),
		/* clang-format on */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
