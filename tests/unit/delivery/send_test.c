/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox on its way, with a store that fails on command. */
#include "scripted.h"

#include "delivery/delivery_own.h"
#include "faulty.h"
#include "model/answered.h"
#include "store_fixture.h"

#include <sqlite3.h>

#define TIMEOUT_MS 20000
#define GIVE_UP_H 24

#define HELLO "S 220 hi\nC*EHLO localhost\nS 250 mx\n"
#define ENVELOPE(to)                                                           \
	"C MAIL FROM:<>\nS 250 ok\nC RCPT TO:<" to ">\nS 250 ok\n"             \
	"C DATA\nS 354 go\nC a: b\nC \nC c\n"
#define SENT "C .\nS 250 ok\n"
#define BYE "C QUIT\nS 221 bye\n"

/* ---- a site ---- */

static struct {
	struct fixture *f;
	struct scripted server;
	struct settings settings;
	struct delivery *delivery;
	int64_t mailbox;
} site;

static struct op *
site_op(void)
{
	struct op *op = fixture_op(site.f);

	op->settings = &site.settings;
	return op;
}

static void
sender_restart(void)
{
	struct op *op = site_op();

	delivery_close(site.delivery);
	FINE(op, delivery_open(op, site.f->store, &site.delivery));
}

static void
site_begin(struct fixture *f, const char *script, void (*act)(void))
{
	memset(&site, 0, sizeof(site));
	site.f = f;
	site.server.act = act;
	scripted_open(&site.server, script);
	site.settings = (struct settings){ .outbox_server = site.server.address,
					   .outbox_timeout_ms = TIMEOUT_MS,
					   .outbox_give_up_h = GIVE_UP_H };
	site.mailbox = fixture_mailbox(f, "ada");
	sender_restart();
}

static void
site_end(void)
{
	scripted_close(&site.server);
	assert_string_equal(site.server.wrong, "");
	delivery_close(site.delivery);
}

static int64_t
reply_add(const char *to)
{
	const struct answered_limits limits = { 100, 100 };
	struct op *op = site_op();
	struct answered answered = { .mailbox = site.mailbox,
				     .period = 1,
				     .sender = to,
				     .to = to,
				     .message_id = "<1@example.com>",
				     .state = ANSWERED_WAITING,
				     .at = op->now,
				     .settled = op->now,
				     .via = "milter",
				     .reason = "" };
	struct outbox_mail mail = { .mailbox = site.mailbox,
				    .from = "",
				    .to = to,
				    .mail = bytes_of("a: b\r\n\r\nc\r\n"),
				    .due = op->now,
				    .at = op->now };

	FINE(op, store_answered_begin(site.f->store, op, &answered, &mail,
				      &limits));
	return answered.id;
}

/* What became of the newest reply but `n`. */
static const struct answered *
became(size_t n)
{
	struct answered_list list;
	struct op *op = site_op();

	FINE(op, store_answered_list(site.f->store, op, site.mailbox, 0, 100,
				     &list));
	assert_true(n < list.n);
	return &list.row[n];
}

static enum err
send_now(void)
{
	return delivery_send(site.delivery, site_op());
}

static void
disk_fails(void)
{
	faulty_arm(FAULTY_WRITE, 1, SQLITE_IOERR_WRITE, true);
}

/* ---- tests ---- */

static void
replies_are_sent(void **state)
{
	site_begin(*state,
		   HELLO ENVELOPE("a@x.test") SENT ENVELOPE("b@x.test")
			   SENT BYE,
		   NULL);
	(void)reply_add("a@x.test");
	(void)reply_add("b@x.test");
	assert_int_equal(send_now(), OK);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(became(i)->state, ANSWERED_SENT);
		assert_string_equal(became(i)->reason, "250 ok");
	}
	site_end();
}

/* It went, and that could not be kept: it is, as soon as it can be. */
static void
what_became_of_it_is_kept_later(void **state)
{
	site_begin(*state, HELLO ENVELOPE("a@x.test") "C .\nA\nS 250 ok\n" BYE,
		   disk_fails);
	(void)reply_add("a@x.test");
	assert_int_not_equal(send_now(), OK);
	assert_int_equal(became(0)->state, ANSWERED_SENDING);
	assert_int_not_equal(send_now(), OK);
	assert_true(faulty_disarm());
	assert_int_equal(send_now(), OK);
	assert_int_equal(became(0)->state, ANSWERED_SENT);
	assert_string_equal(became(0)->reason, "250 ok");
	site_end();
}

/* Nothing may go whose going cannot be kept first. */
static void
nothing_is_ended_that_is_not_kept(void **state)
{
	site_begin(
		*state,
		HELLO
		"C MAIL FROM:<>\nS 250 ok\nC*RCPT\nS 250 ok\nC DATA\n"
		"A\nS 354 go\nC a: b\nC \nC c\nC (the end)\nX\n" HELLO ENVELOPE(
			"a@x.test") SENT BYE,
		disk_fails);
	(void)reply_add("a@x.test");
	assert_int_not_equal(send_now(), OK);
	assert_true(faulty_disarm());
	assert_int_equal(send_now(), OK);
	assert_int_equal(became(0)->state, ANSWERED_SENT);
	site_end();
}

static void
what_a_sender_left_is_unknown(void **state)
{
	int64_t left;
	struct op *op;

	site_begin(*state, HELLO ENVELOPE("b@x.test") SENT BYE, NULL);
	left = reply_add("a@x.test");
	(void)reply_add("b@x.test");
	op = site_op();
	FINE(op, store_outbox_take(site.f->store, op, left));
	sender_restart();
	assert_int_equal(send_now(), OK);
	assert_int_equal(became(1)->state, ANSWERED_UNKNOWN);
	assert_int_equal(became(0)->state, ANSWERED_SENT);
	site_end();
}

/* What is being sent by the sender itself is none of what another left. */
static void
it_recovers_only_once(void **state)
{
	int64_t id;
	struct op *op;

	site_begin(*state, HELLO ENVELOPE("a@x.test") SENT BYE, NULL);
	(void)reply_add("a@x.test");
	assert_int_equal(send_now(), OK);
	id = reply_add("b@x.test");
	op = site_op();
	FINE(op, store_outbox_take(site.f->store, op, id));
	assert_int_equal(send_now(), OK);
	assert_int_equal(became(0)->state, ANSWERED_SENDING);
	site_end();
}

static void
a_server_may_take_one_over_each_connection(void **state)
{
	site_begin(*state,
		   HELLO ENVELOPE("a@x.test") SENT
		   "C*MAIL\nS 421 enough\nX\n" HELLO ENVELOPE("b@x.test")
			   SENT BYE,
		   NULL);
	(void)reply_add("a@x.test");
	(void)reply_add("b@x.test");
	assert_int_equal(send_now(), OK);
	assert_int_equal(send_now(), OK);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(became(i)->state, ANSWERED_SENT);
	site_end();
}

/* Whom it does not take at once it is not asked for anybody else either. */
static void
a_server_that_takes_nothing_is_left_alone(void **state)
{
	site_begin(*state, "S 421 busy\n", NULL);
	(void)reply_add("a@x.test");
	(void)reply_add("b@x.test");
	assert_int_equal(send_now(), OK);
	assert_int_equal(send_now(), OK); /* at once: too early */
	assert_int_equal(became(0)->state, ANSWERED_WAITING);
	assert_int_equal(became(1)->state, ANSWERED_WAITING);
	assert_string_equal(became(0)->reason, "");
	assert_string_equal(became(1)->reason, "421 busy");
	assert_int_equal(site.delivery->sender.failures, 1);
	site_end();
}

static int
setup(void **state)
{
	return fixture_open(state);
}

static int
teardown(void **state)
{
	(void)faulty_disarm();
	return fixture_close(state);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(replies_are_sent),
		ROW(what_became_of_it_is_kept_later),
		ROW(nothing_is_ended_that_is_not_kept),
		ROW(what_a_sender_left_is_unknown),
		ROW(it_recovers_only_once),
		ROW(a_server_may_take_one_over_each_connection),
		ROW(a_server_that_takes_nothing_is_left_alone),
	};

	faulty_init();
	return cmocka_run_group_tests_name("delivery/send", tests, NULL, NULL);
}
