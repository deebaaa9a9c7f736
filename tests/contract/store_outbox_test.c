/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promises of model/store.h about mails that are on their way: at most once
 * sent, whoever ends in between.
 */
#include "answers.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the way of a mail ---- */

enum step { BEGUN, TAKE, LATER, SENT, FAILED, UNKNOWN, RECOVER, REMOVE };

static enum err
step(struct fixture *f, int64_t mailbox, int64_t id, enum step what)
{
	struct op *op = op_at(f, NOW + 5);
	size_t n;

	switch (what) {
	case TAKE:
		return store_outbox_take(f->store, op, id);
	case LATER:
		return store_outbox_later(f->store, op, id, NOW + 90, "busy");
	case SENT:
		return store_outbox_settle(f->store, op, id, ANSWERED_SENT, "");
	case FAILED:
		return store_outbox_settle(f->store, op, id, ANSWERED_FAILED,
					   "550 caf\xe9");
	case UNKNOWN:
		return store_outbox_settle(f->store, op, id, ANSWERED_UNKNOWN,
					   "cut off");
	case RECOVER:
		return store_outbox_recover(f->store, op, &n);
	case REMOVE:
		return store_mailbox_remove(f->store, op, mailbox);
	default:
		return OK;
	}
}

static void
each_step_is_taken_from_where_it_may_be(void **state)
{
	static const struct {
		enum step before[2], then;
		enum err err;
		unsigned state; /* afterwards; 0: no row */
		size_t due;     /* mails at NOW + 90 */
	} rows[] = {
		/* clang-format off */
		{ { BEGUN, BEGUN },    TAKE,    OK,           ANSWERED_SENDING, 0 },
		{ { BEGUN, TAKE },     TAKE,    ERR_CONFLICT, ANSWERED_SENDING, 0 },
		{ { BEGUN, TAKE },     SENT,    OK,           ANSWERED_SENT,    0 },
		{ { BEGUN, TAKE },     FAILED,  OK,           ANSWERED_FAILED,  0 },
		{ { BEGUN, TAKE },     UNKNOWN, OK,           ANSWERED_UNKNOWN, 0 },
		{ { BEGUN, TAKE },     LATER,   OK,           ANSWERED_WAITING, 1 },
		{ { BEGUN, BEGUN },    LATER,   OK,           ANSWERED_WAITING, 1 },
		{ { TAKE, LATER },     TAKE,    OK,           ANSWERED_SENDING, 0 },
		{ { BEGUN, BEGUN },    FAILED,  OK,           ANSWERED_FAILED,  0 },
		{ { TAKE, SENT },      TAKE,    ERR_CONFLICT, ANSWERED_SENT,    0 },
		{ { TAKE, SENT },      LATER,   ERR_CONFLICT, ANSWERED_SENT,    0 },
		{ { TAKE, SENT },      UNKNOWN, ERR_CONFLICT, ANSWERED_SENT,    0 },
		{ { TAKE, FAILED },    SENT,    ERR_CONFLICT, ANSWERED_FAILED,  0 },
		{ { TAKE, UNKNOWN },   SENT,    ERR_CONFLICT, ANSWERED_UNKNOWN, 0 },
		{ { BEGUN, TAKE },     RECOVER, OK,           ANSWERED_UNKNOWN, 0 },
		{ { BEGUN, BEGUN },    RECOVER, OK,           ANSWERED_WAITING, 1 },
		{ { TAKE, SENT },      RECOVER, OK,           ANSWERED_SENT,    0 },
		{ { TAKE, RECOVER },   SENT,    ERR_CONFLICT, ANSWERED_UNKNOWN, 0 },
		{ { BEGUN, BEGUN },    REMOVE,  OK,           0,                0 },
		{ { TAKE, REMOVE },    SENT,    ERR_CONFLICT, 0,                0 },
		{ { TAKE, REMOVE },    LATER,   ERR_CONFLICT, 0,                0 },
		{ { BEGUN, REMOVE },   TAKE,    ERR_CONFLICT, 0,                0 },
		/* clang-format on */
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t mailbox = fixture_mailbox(f, "anna");
		int64_t id = answered(f, mailbox, "zoe@x.org", NOW);
		struct op *op = op_at(f, NOW);

		for (size_t k = 0; k < COUNT(rows[i].before); k++)
			FINE(op, step(f, mailbox, id, rows[i].before[k]));
		if (step(f, mailbox, id, rows[i].then) != rows[i].err ||
		    state_of(f, mailbox, id) != rows[i].state ||
		    due_at(f, NOW + 90).n != rows[i].due)
			fail_msg("row %zu: state %u, %zu due", i,
				 state_of(f, mailbox, id),
				 due_at(f, NOW + 90).n);
		fixture_sound(f);
		if (rows[i].state != 0)
			FINE(op, step(f, mailbox, id, REMOVE));
	}
}

static void
a_reply_that_waits_again_says_why_and_when(void **state)
{
	struct fixture *f = *state;
	int64_t mailbox = fixture_mailbox(f, "anna");
	int64_t id = answered(f, mailbox, "zoe@x.org", NOW);
	struct outbox_list due;
	struct op *op = op_at(f, NOW);
	struct answered_list all;

	FINE(op, step(f, mailbox, id, TAKE));
	FINE(op, step(f, mailbox, id, LATER));
	assert_int_equal(due_at(f, NOW + 89).n, 0);
	due = due_at(f, NOW + 90);
	assert_int_equal(due.n, 1);
	assert_int_equal(due.mail[0].tries, 1);
	assert_int_equal(due.mail[0].due, NOW + 90);
	assert_int_equal(due.mail[0].at, NOW);
	all = list_of(f, mailbox);
	assert_string_equal(all.row[0].reason, "busy");
	assert_int_equal(all.row[0].settled, NOW + 5);
	FINE(op, step(f, mailbox, id, TAKE));
	FINE(op, step(f, mailbox, id, FAILED));
	all = list_of(f, mailbox);
	assert_string_equal(all.row[0].reason, "550 caf\xc3\xa9");
	op = op_at(f, NOW);
	FINE(op, store_answered_find(f->store, op, mailbox, 1, "zoe@x.org"));
}

static void
mails_come_with_the_longest_due_first_and_are_counted(void **state)
{
	static const int64_t due[] = { NOW - 5, NOW - 9, NOW + 1, NOW };
	static const size_t order[] = { 1, 0, 3 };
	struct fixture *f = *state;
	int64_t mailbox = fixture_mailbox(f, "anna"), id[COUNT(due)];
	struct outbox_count count;
	struct outbox_list list;
	struct op *op = op_at(f, NOW);
	size_t n;

	FINE(op, store_outbox_count(f->store, op, &count));
	assert_int_equal(
		count.waiting + count.sent + count.failed + count.unknown, 0);
	assert_int_equal(count.oldest, 0);
	for (unsigned i = 0; i < COUNT(due); i++) {
		struct answer a =
			answer_of(mailbox, op_print(op, "%u@x.org", i));

		a.mail.due = due[i];
		op = op_at(f, NOW - 100 + i);
		FINE(op, begin(f->store, op, &a));
		id[i] = a.row.id;
	}
	list = due_at(f, NOW);
	assert_int_equal(list.n, COUNT(order));
	for (size_t i = 0; i < COUNT(order); i++)
		assert_int_equal(list.mail[i].id, id[order[i]]);
	op = op_at(f, NOW);
	FINE(op, store_outbox_due(f->store, op, 1, &list));
	assert_int_equal(list.n, 1);
	for (size_t i = 0; i < COUNT(due); i++)
		FINE(op, step(f, mailbox, id[i], TAKE));
	FINE(op, step(f, mailbox, id[0], SENT));
	FINE(op, step(f, mailbox, id[1], FAILED));
	op = op_at(f, NOW);
	FINE(op, store_outbox_count(f->store, op, &count));
	assert_int_equal(count.waiting, 2);
	assert_int_equal(count.oldest, NOW - 98);
	op = op_at(f, NOW);
	FINE(op, store_outbox_recover(f->store, op, &n));
	assert_int_equal(n, 2);
	FINE(op, store_outbox_count(f->store, op, &count));
	assert_int_equal(count.waiting, 0);
	assert_int_equal(count.oldest, 0);
	assert_int_equal(count.sent, 1);
	assert_int_equal(count.failed, 1);
	assert_int_equal(count.unknown, 2);
}

/* Who sends may come back when the mailbox, and all that was in it, is gone. */
static void
a_number_is_never_given_again(void **state)
{
	struct fixture *f = *state;
	int64_t last = 0;

	for (unsigned i = 0; i < 3; i++) {
		int64_t mailbox = fixture_mailbox(f, "anna");
		int64_t id = answered(f, mailbox, "zoe@x.org", NOW);
		struct op *op = op_at(f, NOW);

		assert_true(id > last);
		last = id;
		FINE(op, store_mailbox_remove(f->store, op, mailbox));
	}
	fixture_sound(f);
}

/* ---- a backup ---- */

/* It may have been sent since, or not: nobody knows. */
static void
a_restored_backup_sends_nothing_again(void **state)
{
	struct fixture *f = *state;
	int64_t mailbox = fixture_mailbox(f, "anna"), id[3];
	const char *file = fixture_path(f, "backup");
	struct op *op;

	id[0] = answered(f, mailbox, "0@x.org", NOW);
	id[1] = answered(f, mailbox, "1@x.org", NOW);
	id[2] = answered(f, mailbox, "2@x.org", NOW);
	op = op_at(f, NOW);
	FINE(op, step(f, mailbox, id[1], TAKE));
	FINE(op, step(f, mailbox, id[2], TAKE));
	FINE(op, step(f, mailbox, id[2], SENT));
	FINE(op, store_backup(f->store, op, file));
	store_close(f->store);
	f->store = NULL;
	op = op_at(f, NOW);
	FINE(op, store_restore(op, &f->options, file, true));
	fixture_reopen(f);
	assert_int_equal(due_at(f, NOW + DAY_S).n, 0);
	assert_int_equal(state_of(f, mailbox, id[0]), ANSWERED_UNKNOWN);
	assert_int_equal(state_of(f, mailbox, id[1]), ANSWERED_UNKNOWN);
	assert_int_equal(state_of(f, mailbox, id[2]), ANSWERED_SENT);
	op = op_at(f, NOW);
	FINE(op, store_answered_find(f->store, op, mailbox, 1, "0@x.org"));
	fixture_sound(f);
}

/* ---- another process ---- */

#define SENDERS 60

/* Takes all that it can, and counts. */
static size_t
take_all(struct store *s, const int64_t *id, bool forward)
{
	struct arena *arena = arena_open(4 * KIB);
	size_t n = 0;
	struct op op;

	for (size_t i = 0; i < SENDERS; i++) {
		op_init(&op, arena, NULL, 60000);
		op.may_wait = true;
		n += store_outbox_take(s, &op,
				       id[forward ? i : SENDERS - 1 - i]) == OK;
	}
	arena_close(arena);
	return n;
}

static _Noreturn void
child_main(const struct store_options *options, const int64_t *id, int to)
{
	struct arena *arena = arena_open(0);
	struct store *s;
	struct op op;
	char n;

	op_init(&op, arena, NULL, 60000);
	op.may_wait = true;
	if (store_open(&op, options, &s) != OK)
		_exit(2);
	n = (char)take_all(s, id, false);
	_exit(write(to, &n, 1) == 1 ? 0 : 3); /* as killed: nothing is closed */
}

/* A real process; then it is gone, and what it took is of unknown end. */
static void
two_processes_never_take_the_same_mail(void **state)
{
	struct fixture *f = *state;
	int64_t mailbox = fixture_mailbox(f, "anna");
	struct op *op = op_at(f, NOW);
	int64_t id[SENDERS];
	int fd[2], status;
	size_t n, recovered;
	char theirs = -1;
	pid_t pid;

	for (size_t i = 0; i < SENDERS; i++)
		id[i] = answered(f, mailbox, op_print(op, "%zu@x.org", i), NOW);
	store_close(f->store); /* SQLite does not survive a fork */
	f->store = NULL;
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child_main(&f->options, id, fd[1]);
	fixture_reopen(f);
	n = take_all(f->store, id, true);
	assert_int_equal(read(fd[0], &theirs, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(n + (size_t)theirs, SENDERS);
	(void)close(fd[0]);
	(void)close(fd[1]);
	op = op_at(f, NOW);
	FINE(op, store_outbox_recover(f->store, op, &recovered));
	assert_int_equal(recovered, SENDERS);
	assert_int_equal(due_at(f, NOW + DAY_S).n, 0);
	fixture_sound(f);
}

/* ---- erasure and damage ---- */

static bool
file_has(struct fixture *f, const char *name, const char *word)
{
	FILE *file = fopen(fixture_path(f, name), "rb");
	static char text[4 * 1024 * 1024];
	size_t n;

	if (file == NULL)
		return false;
	n = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	return memmem(text, n, word, strlen(word)) != NULL;
}

/* What lay in pages that are free now is overwritten, and the logs are cut. */
static void
a_removed_mailbox_leaves_no_sender_behind(void **state)
{
	static const char sender[] = "SecretSender@X.org";
	struct fixture *f = *state;
	int64_t mailbox = fixture_mailbox(f, "anna");
	struct op *op;

	(void)answered(f, mailbox, sender, NOW);
	assert_true(file_has(f, "frontdesk.db-wal", sender) ||
		    file_has(f, "frontdesk.db", sender));
	op = op_at(f, NOW);
	FINE(op, store_mailbox_remove(f->store, op, mailbox));
	assert_int_equal(list_of(f, mailbox).n, 0);
	assert_int_equal(due_at(f, NOW).n, 0);
	assert_false(file_has(f, "frontdesk.db-wal", sender));
	assert_false(file_has(f, "frontdesk.db", sender));
	fixture_sound(f);
}

static void
damage_is_an_error_and_is_found(void **state)
{
	static const char *const damages[] = {
		"UPDATE answered SET sender = 'x'",
		"UPDATE outbox SET mail = x'00'",
		"UPDATE answered SET state = 3",
		"DELETE FROM outbox",
		"UPDATE outbox SET mailbox = 9",
		"UPDATE change SET seq = seq - 1000",
	};
	struct fixture *f = *state;
	int64_t mailbox = fixture_mailbox(f, "anna");
	struct answered_list list;
	struct outbox_list due;
	struct op *op;

	for (size_t i = 0; i < COUNT(damages); i++) {
		const char *file = fixture_path(f, "backup");

		(void)answered(f, mailbox, "zoe@x.org", NOW);
		op = op_at(f, NOW);
		FINE(op, store_backup(f->store, op, file));
		fixture_sql(f, damages[i]);
		op = op_at(f, NOW);
		if (i == 0)
			GIVES(ERR_INTERNAL, op,
			      store_answered_list(f->store, op, mailbox, 0, 9,
						  &list));
		if (i == 1)
			GIVES(ERR_INTERNAL, op,
			      store_outbox_due(f->store, op, 9, &due));
		GIVES(ERR_INTERNAL, op, store_check(f->store, op, NULL, NULL));
		store_close(f->store);
		f->store = NULL;
		op = op_at(f, NOW);
		FINE(op, store_restore(op, &f->options, file, true));
		(void)unlink(file);
		fixture_reopen(f);
		op = op_at(f, NOW);
		FINE(op, store_mailbox_remove(f->store, op, mailbox));
		mailbox = fixture_mailbox(f, "anna");
	}
}

static void
one_damaged_mail_holds_up_no_other(void **state)
{
	struct fixture *f = *state;
	int64_t mailbox = fixture_mailbox(f, "anna");
	struct outbox_list due;
	struct op *op;

	(void)answered(f, mailbox, "zoe@x.org", NOW);
	(void)answered(f, mailbox, "ann@x.org", NOW);
	fixture_sql(f, "UPDATE outbox SET mail = x'00' WHERE id ="
		       " (SELECT min(id) FROM outbox)");
	op = op_at(f, NOW + DAY_S);
	FINE(op, store_outbox_due(f->store, op, 9, &due));
	assert_int_equal(due.n, 1);
	assert_string_equal(due.mail[0].to, "ann@x.org");
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		WITH_STORE(each_step_is_taken_from_where_it_may_be),
		WITH_STORE(a_reply_that_waits_again_says_why_and_when),
		WITH_STORE(mails_come_with_the_longest_due_first_and_are_counted),
		WITH_STORE(a_number_is_never_given_again),
		WITH_STORE(a_restored_backup_sends_nothing_again),
		WITH_STORE(two_processes_never_take_the_same_mail),
		WITH_STORE(a_removed_mailbox_leaves_no_sender_behind),
		WITH_STORE(damage_is_an_error_and_is_found),
		WITH_STORE(one_damaged_mail_holds_up_no_other),
		/* clang-format on */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
