/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/setup/trial.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "verbs/absence.h"

#include <string.h>

#define UNIQUE_SIZE 8 /* random bytes in the names that we make up */
#define SUBJECT "Frontdesk test "

void
trial_row(struct trial *t, const char *check, enum plan_state state,
	  const char *subject, const char *detail, const char *remedy)
{
	setup_tell(t->s, &(struct plan_row){ .check = check,
					     .state = state,
					     .subject = subject,
					     .detail = detail,
					     .remedy = remedy });
}

/* A step that failed: there is no use in the next. */
static enum err
stop(struct trial *t, const char *check, const char *subject,
     const char *detail, const char *remedy)
{
	trial_row(t, check, PLAN_FAILED, subject, detail, remedy);
	return FAIL(t->s->plan.op, ERR_DOWN, "%s: %s", check, detail);
}

/* ---- before the mail ---- */

static enum err
section_find(struct trial *t)
{
	struct op *op = t->s->plan.op;

	TRY(cli_mailbox(t->s->c, t->address, &t->mailbox));
	t->section = section_of(op, t->mailbox);
	if (t->section == NULL)
		return stop(t, "mailbox", t->mailbox->address,
			    "no section backend serves it",
			    "name its domain in one");
	TRY(section_user(op, t->section, t->mailbox, &t->user));
	trial_row(t, "mailbox", PLAN_FINE, t->mailbox->address,
		  op_print(op, "%s serves it", section_via(op, t->section)),
		  NULL);
	return OK;
}

static enum err
effect_look(struct trial *t)
{
	struct op *op = t->s->plan.op;
	struct effect effect;

	TRY(delivery_effect(t->s->c->wings.house.delivery, op, t->mailbox,
			    &t->world.stored, &effect));
	if (effect.status != EFFECT_IN_FORCE)
		return stop(
			t, "effect", t->mailbox->address,
			effect.reason == NULL
				? "it was never absent"
				: op_print(op, "%s: %s",
					   absence_effect_name(effect.status),
					   effect.reason),
			"set an absence with frontdesk oof set, or see "
			"frontdesk backend test");
	trial_row(
		t, "effect", PLAN_FINE, t->mailbox->address,
		op_print(op, "in force since %s", clock_xml(op, effect.since)),
		effect.reason);
	return OK;
}

/* A name that nobody has, so that nobody was answered yet. */
static void
mail_make(struct trial *t, const char *sender)
{
	struct op *op = t->s->plan.op;
	const char *domain = text_domain(t->mailbox->address);
	uint8_t random[UNIQUE_SIZE];
	const char *unique, *date = clock_http(op, op->now);

	digest_random(random, sizeof(random));
	unique = text_hex(op, (struct bytes){ random, sizeof(random) });
	t->sender = sender != NULL ? sender
				   : op_print(op, "frontdesk-test-%s@%s",
					      unique, domain);
	t->subject = op_print(op, SUBJECT "%s", unique);
	t->id = op_print(op, "<frontdesk-test-%s@%s>", unique, domain);
	t->mail = op_print(op,
			   "From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\n"
			   "Message-ID: %s\r\nDate: %.*s+0000\r\n\r\n"
			   "A test, sent by frontdesk setup. It may be "
			   "deleted.\r\n",
			   t->sender, t->mailbox->address, t->subject, t->id,
			   (int)strlen(date) - 3, date);
}

static enum err
rules_ask(struct trial *t)
{
	struct op *op = t->s->plan.op;
	struct oof_arrival a;
	struct mail_header header;
	const struct oof_answer *answer = &t->answer;

	mail_read(op, bytes_of(t->mail), &header);
	oof_world_arrival(&t->world, &a);
	a.sender = t->sender;
	a.recipient = t->mailbox->address;
	a.header = &header;
	TRY(oof_guard(op, &a, &t->answer));
	if (!answer->replies)
		return stop(t, "rules", t->sender,
			    op_print(op, "no reply, by %s: %s",
				     answer->rule->number,
				     answer->note == NULL ? answer->rule->text
							  : answer->note),
			    "name another sender, or see frontdesk oof "
			    "explain");
	trial_row(t, "rules", PLAN_FINE, t->sender,
		  op_print(op, "the %s text, by %s",
			   answer->internal ? "internal" : "external",
			   answer->rule->number),
		  NULL);
	return OK;
}

enum err
trial_begin(struct trial *t, const char *sender)
{
	struct op *op = t->s->plan.op;

	if (sender != NULL && !text_is_address(sender))
		return FAIL(op, ERR_INVALID, "'%s' is no mail address", sender);
	TRY(section_find(t));
	TRY(oof_world_open(op, t->s->c->wings.house.store, t->mailbox,
			   &t->world));
	TRY(effect_look(t));
	mail_make(t, sender);
	return rules_ask(t);
}

/* ---- behind it ---- */

static bool
field_has(const struct mail_header *header, const char *name, const char *text)
{
	const char *value = mail_find(header, name);

	return value != NULL && strstr(value, text) != NULL;
}

enum err
trial_reply(struct trial *t, const struct sink_mail *reply)
{
	struct op *op = t->s->plan.op;
	const char *subject, *from;
	struct mail_header header;
	const char *wrong = NULL;

	mail_read(op, reply->mail, &header);
	subject = mail_find(&header, "Subject");
	from = mail_find(&header, "From");
	trial_row(t, "reply", PLAN_FINE, reply->to,
		  op_print(op, "from %s: %s", from == NULL ? "nobody" : from,
			   subject == NULL ? "" : subject),
		  NULL);
	if (!text_case_equal(reply->to, t->sender))
		wrong = "it goes to somebody else";
	else if ((*reply->from != '\0') != op->settings->reply_from_recipient)
		wrong = op_print(op, "its envelope is from <%s>", reply->from);
	else if (!field_has(&header, "Auto-Submitted", "auto-replied"))
		wrong = "it does not say Auto-Submitted: auto-replied";
	else if (!field_has(&header, "In-Reply-To", t->id))
		wrong = "it does not say which mail it answers";
	if (wrong != NULL)
		return stop(t, "looks", reply->to, wrong,
			    "somebody on the way changes replies");
	trial_row(t, "looks", PLAN_FINE, reply->to,
		  op_print(op,
			   "envelope from <%s>, Auto-Submitted, "
			   "In-Reply-To",
			   reply->from),
		  NULL);
	return OK;
}
