/* SPDX-License-Identifier: Apache-2.0 */

/* Sends a mail to the site, as anybody might, and follows what the milter
 * writes down of it, until its reply was handed in. */
#include "base/clock.h"
#include "base/text.h"
#include "model/answered.h"
#include "verbs/setup/trial.h"
#include "wire/smtp.h"

#include <poll.h>
#include <string.h>

#define SMTP_DEFAULT "127.0.0.1:25"
#define SMTP_MS 30000
#define DECIDE_MS                                                              \
	30000           /* for the milter's decision, once the mail was taken  \
			 */
#define SETTLE_MS 60000 /* for the reply, once it is due */
#define REPLY_MS 60000  /* until it comes to the sink, once it was handed in */
#define LOOK_MS 100     /* between two looks at the store */
#define LOOK_ROWS 20    /* of the newest answers */

static enum err
stop(struct trial *t, const char *check, const char *subject,
     const char *detail, const char *remedy)
{
	trial_row(t, check, PLAN_FAILED, subject, detail, remedy);
	return FAIL(t->s->plan.op, ERR_DOWN, "%s: %s", check, detail);
}

/* ---- the mail ---- */

/* Once in a period: who was answered is not answered again. */
static enum err
is_new(struct trial *t)
{
	struct op *op = t->s->plan.op;
	enum err err = store_answered_find(
		t->s->c->wings.house.store, op, t->mailbox->id,
		t->world.stored.period, t->answer.sender);

	if (err == OK)
		return stop(t, "memory", t->sender,
			    "he was answered in this absence already",
			    "name another address with --sink, as "
			    "you+2@example.com");
	if (err != ERR_NOT_FOUND)
		return err;
	trial_row(t, "memory", PLAN_FINE, t->sender,
		  "he was not answered yet in this absence", NULL);
	return OK;
}

static enum err
mail_send(struct trial *t, const char *server)
{
	struct op *op = t->s->plan.op;
	const struct smtp_place place = { .server = server,
					  .timeout_ms = SMTP_MS,
					  .name = "localhost" };
	const struct smtp_mail mail = { .from = t->sender,
					.to = t->mailbox->address,
					.mail = bytes_of(t->mail) };
	CLEANUP(smtp_close) struct smtp *smtp = NULL;
	struct smtp_result result = { 0 };

	if (smtp_open(op, &place, &smtp) != OK)
		return stop(t, "mail", server, op->reason,
			    "name where mail comes in with --smtp");
	smtp_begin(op, smtp, &mail, &result);
	if (result.class == SMTP_GOOD)
		smtp_end(op, smtp, &result);
	if (result.class != SMTP_GOOD)
		return stop(t, "mail", server,
			    op_print(op, "it was not taken: %s", result.reason),
			    "the log of Postfix says more");
	smtp_quit(op, &smtp);
	trial_row(t, "mail", PLAN_FINE, server,
		  op_print(op,
			   "it was taken, and comes into the mailbox: \"%s\"",
			   t->subject),
		  NULL);
	return OK;
}

/* ---- what becomes of it ---- */

/* The answer to our sender that is newer than `after`; ERR_NOT_FOUND. It lives
 * until the next look. */
static enum err
answer_find(struct trial *t, int64_t after, struct answered *out)
{
	struct op *op = cli_page(t->s->c);
	struct answered_list list;

	if (store_answered_list(t->s->c->wings.house.store, op, t->mailbox->id,
				0, LOOK_ROWS, &list) != OK)
		return FAIL(t->s->plan.op, ERR_DOWN, "%s", op->reason);
	for (size_t i = 0; i < list.n; i++) {
		if (list.row[i].id > after &&
		    strcmp(list.row[i].sender, t->answer.sender) == 0) {
			*out = list.row[i];
			return OK;
		}
	}
	return ERR_NOT_FOUND;
}

static enum err
newest(struct trial *t, int64_t *out)
{
	struct op *op = cli_page(t->s->c);
	struct answered_list list;

	if (store_answered_list(t->s->c->wings.house.store, op, t->mailbox->id,
				0, 1, &list) != OK)
		return FAIL(t->s->plan.op, ERR_DOWN, "%s", op->reason);
	*out = list.n == 0 ? 0 : list.row[0].id;
	return OK;
}

static bool
is_settled(const struct answered *a)
{
	return a->state != ANSWERED_WAITING && a->state != ANSWERED_SENDING;
}

/* Until there is an answer, or (with settled) its end. */
static enum err
answer_wait(struct trial *t, int64_t after, bool settled, unsigned ms,
	    struct answered *out)
{
	int64_t until_us = op_clock_us() + ms * INT64_C(1000);

	for (;;) {
		enum err err = answer_find(t, after, out);

		if (err != ERR_NOT_FOUND && err != OK)
			return err;
		if (err == OK && (!settled || is_settled(out)))
			return OK;
		if (op_clock_us() >= until_us)
			return ERR_NOT_FOUND;
		(void)poll(NULL, 0, LOOK_MS);
	}
}

static enum err
decision_follow(struct trial *t, int64_t after)
{
	struct op *op = t->s->plan.op;
	struct answered answer;
	enum err err = answer_wait(t, after, false, DECIDE_MS, &answer);

	if (err == ERR_NOT_FOUND)
		return stop(t, "milter", t->mailbox->address,
			    "it has not answered the mail",
			    "does Postfix ask it there? See frontdesk setup "
			    "postfix, and the milter's lines in the log");
	TRY(err);
	trial_row(t, "milter", PLAN_FINE, t->mailbox->address,
		  op_print(op,
			   "the %s text goes to %s, %u seconds after the mail",
			   answer.internal ? "internal" : "external", answer.to,
			   op->settings->milter_delay_s),
		  NULL);
	return OK;
}

static enum err
outbox_follow(struct trial *t, int64_t after)
{
	struct op *op = t->s->plan.op;
	const char *server = op->settings->outbox_server;
	struct answered answer;
	enum err err = answer_wait(
		t, after, true, SETTLE_MS + op->settings->milter_delay_s * 1000,
		&answer);

	if (err == ERR_NOT_FOUND && answer_find(t, after, &answer) == OK)
		return stop(t, "outbox", server,
			    *answer.reason == '\0'
				    ? "the reply was not handed in yet"
				    : op_dup(op, answer.reason),
			    "does frontdesk serve run? It tries again");
	TRY(err);
	if (answer.state != ANSWERED_SENT)
		return stop(t, "outbox", server,
			    op_print(op, "the reply %s: %s",
				     answer.state == ANSWERED_FAILED
					     ? "was not taken"
					     : "may have been taken, and is "
					       "not sent again",
				     answer.reason),
			    "the log of that server says more");
	trial_row(t, "outbox", PLAN_FINE, server,
		  op_print(op, "the reply was handed in at %s",
			   clock_xml(op, answer.settled)),
		  NULL);
	return OK;
}

static enum err
sink_follow(struct trial *t, struct sink *sink)
{
	struct sink_mail reply;

	if (sink == NULL) {
		trial_row(t, "reply", PLAN_SKIPPED, t->sender,
			  "it is on its way: look there", NULL);
		return OK;
	}
	if (sink_take(sink, t->s->plan.op, REPLY_MS, &reply) != OK)
		return stop(t, "reply", t->sender, "none came to --sink-listen",
			    "is the sink's domain routed there?");
	return trial_reply(t, &reply);
}

static enum err
follow(struct trial *t, struct sink *sink)
{
	const char *server = cli_option(t->s->c, "smtp");
	int64_t before;

	TRY(trial_begin(t, t->sender));
	if (!section_is_milter(t->section))
		return stop(t, "milter", t->mailbox->address,
			    "a script answers for it",
			    "see: frontdesk setup dovecot --test");
	TRY(is_new(t));
	TRY(newest(t, &before));
	TRY(mail_send(t, server == NULL ? SMTP_DEFAULT : server));
	TRY(decision_follow(t, before));
	TRY(outbox_follow(t, before));
	return sink_follow(t, sink);
}

enum err
setup_postfix_try(struct setup *s, const char *address)
{
	struct trial t = { .s = s,
			   .address = address,
			   .sender = cli_option(s->c, "sink") };
	const char *listen = cli_option(s->c, "sink-listen");
	CLEANUP(sink_close) struct sink *sink = NULL;

	if (t.sender == NULL) {
		s->c->exit = EXIT_USAGE;
		return FAIL(s->plan.op, ERR_INVALID,
			    "name who gets the reply with --sink");
	}
	/* A low port is root's, and the store its owner's. */
	if (listen != NULL)
		TRY(sink_open(s->plan.op, listen, &sink));
	TRY(cli_enter(s->c, NEEDS_OWNER | NEEDS_STORE));
	return follow(&t, sink);
}
