/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mail that came, with a real store.
 */
#include "store_fixture.h"

#include "model/answered.h"
#include "model/delivery.h"
#include "wire/mail.h"

#include <string.h>

static const char *const other_domain[] = { "other.example", NULL };
static const struct backend_section milter[] = {
	{ .title = "office", .kind = "milter" },
};
static const struct backend_section elsewhere[] = {
	{ .title = "files", .kind = "sieve-file" },
	{ .title = "others", .kind = "milter", .domains = other_domain },
};
static struct settings settings;

static void
begin(void)
{
	settings = (struct settings){
		.backends = milter,
		.backends_n = COUNT(milter),
		.reply_delimiter = "+-",
		.reply_mailbox_per_minute = 10,
		.reply_site_per_minute = 100,
		.milter_delay_s = 30,
	};
}

static struct op *
fresh(struct fixture *f)
{
	struct op *op = fixture_op(f);

	op->settings = &settings;
	return op;
}

static struct delivery *
delivery_of(struct fixture *f)
{
	struct delivery *d;

	FINE(fresh(f), delivery_open(&f->op, f->store, &d));
	return d;
}

static enum err
wants(struct fixture *f, const char *recipient, int64_t *mailbox)
{
	struct delivery *d = delivery_of(f);
	enum err err = delivery_wants(d, fresh(f), recipient, mailbox);

	delivery_close(d);
	return err;
}

static enum err
comes(struct fixture *f, const char *sender, const char *recipient,
      const char *header, struct arrival_result *out)
{
	struct delivery *d = delivery_of(f);
	struct op *op = fresh(f);
	struct mail_header read;
	const struct arrival in = { .sender = sender,
				    .recipient = recipient,
				    .header = &read };
	enum err err;

	mail_read(op, bytes_of(header), &read);
	err = delivery_mail(d, op, &in, out);
	delivery_close(d);
	return err;
}

/* How many replies wait, due when asked for. */
static struct outbox_list
outbox(struct fixture *f, int64_t later_s)
{
	struct op *op = fresh(f);
	struct outbox_list list;

	op->now += later_s;
	FINE(op, store_outbox_due(f->store, op, 100, &list));
	return list;
}

/* ada, absent, with an alias; bob, who is here. */
static int64_t
people(struct fixture *f)
{
	int64_t ada = fixture_mailbox(f, "ada");

	begin();
	(void)fixture_mailbox(f, "bob");
	FINE(fresh(f),
	     store_alias_add(f->store, &f->op, ada, "countess@example.com"));
	FINE(fresh(f), fixture_put(f->store, &f->op, ada, "away"));
	return ada;
}

static void
a_recipient_is_wanted_by_any_of_his_addresses(void **state)
{
	static const struct {
		const char *recipient;
		enum err err;
	} rows[] = {
		{ "ada@example.com", OK },
		{ "Ada@EXAMPLE.com", OK },
		{ "countess@example.com", OK },
		{ "ada+shop@example.com", OK },
		{ "countess-x+y@example.com", OK },
		{ "+ada@example.com", ERR_NOT_FOUND },
		{ "ada=x@example.com", ERR_NOT_FOUND },
		{ "bob@example.com", ERR_NOT_FOUND },
		{ "nobody@example.com", ERR_NOT_FOUND },
		{ "ada@example.org", ERR_NOT_FOUND },
		{ "", ERR_NOT_FOUND },
		{ "@", ERR_NOT_FOUND },
		{ "ada", ERR_NOT_FOUND },
	};
	struct fixture *f = *state;
	int64_t ada = people(f), found;

	for (size_t i = 0; i < COUNT(rows); i++) {
		found = 0;
		GIVES(rows[i].err, &f->op, wants(f, rows[i].recipient, &found));
		assert_int_equal(found, rows[i].err == OK ? ada : 0);
	}
	settings.reply_delimiter = "none";
	GIVES(ERR_NOT_FOUND, &f->op, wants(f, "ada+x@example.com", &found));
}

static void
only_a_milters_mailboxes_are_wanted(void **state)
{
	struct fixture *f = *state;
	int64_t found;
	struct arrival_result r;

	(void)people(f);
	settings.backends_n = 0;
	GIVES(ERR_NOT_FOUND, &f->op, wants(f, "ada@example.com", &found));
	settings.backends = elsewhere;
	settings.backends_n = COUNT(elsewhere);
	GIVES(ERR_NOT_FOUND, &f->op, wants(f, "ada@example.com", &found));
	GIVES(ERR_NOT_FOUND, &f->op,
	      comes(f, "x@y.org", "ada@example.com", "To: ada@example.com\n",
		    &r));
	assert_int_equal(outbox(f, 1000).n, 0);
}

static void
a_reply_lies_in_the_outbox_with_its_record(void **state)
{
	struct fixture *f = *state;
	int64_t ada = people(f);
	struct oof_stored stored;
	struct answered_list list;
	struct arrival_result r;
	struct outbox_list out;

	FINE(&f->op, comes(f, "Ann@X.org", "ada@example.com",
			   "To: ada@example.com\nMessage-ID: <m@x.org>\n", &r));
	assert_true(r.replies);
	assert_false(r.internal);
	assert_string_equal(r.address, "ada@example.com");
	assert_string_equal(r.rule, "E-21");
	assert_int_equal(outbox(f, 25).n, 0); /* milter.delay_s */
	out = outbox(f, 31);
	assert_int_equal(out.n, 1);
	assert_string_equal(out.mail->to, "Ann@X.org");
	assert_string_equal(out.mail->from, "");
	assert_non_null(memmem(out.mail->mail.p, out.mail->mail.n,
			       "In-Reply-To: <m@x.org>\r\n", 24));
	FINE(fresh(f), store_oof_get(f->store, &f->op, ada, &stored));
	FINE(fresh(f),
	     store_answered_list(f->store, &f->op, ada, 0, 10, &list));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.row->sender, "ann@x.org");
	assert_string_equal(list.row->via, "office");
	assert_int_equal(list.row->period, stored.period);
	assert_int_equal(list.row->state, ANSWERED_WAITING);
	assert_non_null(memmem(out.mail->mail.p, out.mail->mail.n,
			       list.row->message_id,
			       strlen(list.row->message_id)));
}

static void
a_sender_is_answered_once_in_an_absence(void **state)
{
	static const char to[] = "To: ada@example.com\n";
	struct fixture *f = *state;
	struct arrival_result r;

	(void)people(f);
	FINE(&f->op, comes(f, "ann@x.org", "ada@example.com", to, &r));
	assert_true(r.replies);
	FINE(&f->op, comes(f, "ANN@x.org", "countess@example.com", to, &r));
	assert_false(r.replies);
	assert_string_equal(r.rule, "E-2");
	assert_int_equal(outbox(f, 1000).n, 1);
}

static void
the_brake_holds_at_its_number(void **state)
{
	static const char *const senders[] = { "a@x.org", "b@x.org",
					       "c@x.org" };
	struct fixture *f = *state;
	struct arrival_result r;

	(void)people(f);
	settings.reply_mailbox_per_minute = 2;
	for (size_t i = 0; i < COUNT(senders); i++) {
		FINE(&f->op, comes(f, senders[i], "ada@example.com",
				   "To: ada@example.com\n", &r));
		assert_int_equal(r.replies, i < 2);
	}
	assert_string_equal(r.rule, "E-17");
	assert_int_equal(outbox(f, 1000).n, 2);
}

static void
a_reply_may_come_from_the_recipient(void **state)
{
	struct fixture *f = *state;
	struct arrival_result r;

	(void)people(f);
	settings.reply_from_recipient = true;
	FINE(&f->op, comes(f, "ann@x.org", "countess+x@example.com",
			   "To: countess+x@example.com\n", &r));
	assert_true(r.replies);
	assert_string_equal(outbox(f, 1000).mail->from,
			    "countess+x@example.com");
}

#define ROW(test)                                                              \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(a_recipient_is_wanted_by_any_of_his_addresses),
		ROW(only_a_milters_mailboxes_are_wanted),
		ROW(a_reply_lies_in_the_outbox_with_its_record),
		ROW(a_sender_is_answered_once_in_an_absence),
		ROW(the_brake_holds_at_its_number),
		ROW(a_reply_may_come_from_the_recipient),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
