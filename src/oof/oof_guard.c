/* SPDX-License-Identifier: Apache-2.0 */
#include "oof/oof_guard.h"

#include "base/buf.h"
#include "base/idn.h"
#include "base/text.h"
#include "oof/oof_decide.h"
#include "oof/oof_robot.h"
#include "oof/oof_rule.h"

#include <stdio.h>
#include <string.h>

/* ---- what a rule says ---- */

static const char *const outcomes[] = {
	[OOF_PASSED] = "passed", [OOF_STOPPED] = "stopped",
	[OOF_NOTED] = "noted",   [OOF_UNUSED] = "unused",
	[OOF_LATER] = "later",
};

const char *
oof_outcome_name(enum oof_outcome outcome)
{
	return outcomes[outcome];
}

/* A sender as it stands in an envelope. */
static const char *
shown(const char *address)
{
	return *address == '\0' ? "<>" : address;
}

enum err
rule_says(struct op *op, struct oof_told *out, enum oof_outcome outcome,
	  const char *format, ...)
{
	char text[4 * NOTE_MAX + 2 * ADDRESS_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	out->outcome = outcome;
	out->note = op_dup(op, text);
	return OK;
}

enum err
rule_passes(struct oof_told *out)
{
	out->outcome = OOF_PASSED;
	return OK;
}

const char *
rule_quote(struct op *op, const char *text)
{
	return text_head(op, text, NOTE_MAX);
}

/* ---- own addresses ---- */

/* Is it `own`, or own with a tag behind any of the delimiters? */
static bool
is_tagged(const char *address, const char *own, const char *delimiters)
{
	size_t local = (size_t)(text_domain(own) - own) - 1;
	const char *domain = text_domain(address);

	if (strcmp(address, own) == 0)
		return true;
	return domain != NULL && strncmp(address, own, local) == 0 &&
	       address[local] != '\0' &&
	       strchr(delimiters, address[local]) != NULL &&
	       strcmp(domain, text_domain(own)) == 0;
}

const char *
oof_untagged(struct op *op, const char *address, const char *delimiters)
{
	size_t n = 1 + strcspn(address + 1, delimiters);
	const char *domain = text_domain(address);

	if (address + n >= domain - 1)
		return address;
	return op_print(op, "%.*s@%s", (int)n, address, domain);
}

bool
rule_is_own(struct op *op, const struct oof_arrival *in, const char *address)
{
	const char *delimiters = in->options->delimiters, *to;

	if (is_tagged(address, in->mailbox->address, delimiters))
		return true;
	for (size_t i = 0; i < in->aliases_n; i++) {
		if (is_tagged(address, in->alias[i], delimiters))
			return true;
	}
	if (in->recipient == NULL || !text_is_address(in->recipient))
		return false;
	to = idn_fold(op, in->recipient);
	return is_tagged(address, to, delimiters) ||
	       is_tagged(address, oof_untagged(op, to, delimiters), delimiters);
}

/* ---- when: E-1 ---- */

static enum err
rule_state(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	switch (oof_in_effect(&g->in->stored->settings, op->now)) {
	case OOF_REPLIES:
		return rule_passes(out);
	case OOF_IS_EARLY:
		return rule_says(op, out, OOF_STOPPED, "it has not begun");
	case OOF_IS_OVER:
		return rule_says(op, out, OOF_STOPPED, "it is over");
	default:
		return rule_says(op, out, OOF_STOPPED, "it is switched off");
	}
}

/* ---- who wrote: E-3, E-5 to E-8, E-25 ---- */

static enum err
rule_null(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	if (*g->in->sender == '\0')
		return rule_says(op, out, OOF_STOPPED, "the sender is <>");
	if (!text_is_address(g->in->sender))
		return rule_says(op, out, OOF_STOPPED,
				 "the sender is no address");
	return rule_passes(out);
}

static enum err
rule_rewritten(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	if (g->rewriting == OOF_DECODED)
		return rule_says(op, out, OOF_NOTED, "%s is %s", g->raw,
				 g->sender);
	if (g->rewriting == OOF_UNDECODABLE)
		return rule_says(op, out, OOF_NOTED,
				 "%s cannot be decoded: external", g->raw);
	return rule_passes(out);
}

static enum err
rule_key(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	return rule_says(op, out, OOF_NOTED, "%s", shown(g->sender));
}

static enum err
rule_self(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	if (rule_is_own(op, g->in, g->sender))
		return rule_says(op, out, OOF_STOPPED, "%s is an own address",
				 g->sender);
	return rule_passes(out);
}

static enum err
robot(struct oof_guard *g, struct op *op, enum oof_robot_kind kind,
      struct oof_told *out)
{
	const struct oof_robot *row = oof_robot_find(g->sender, kind);

	if (row == NULL)
		row = oof_robot_find(g->raw, kind);
	if (row == NULL)
		return rule_passes(out);
	return rule_says(op, out, OOF_STOPPED, "%s is like %s", g->sender,
			 row->glob);
}

static enum err
rule_robot(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	return robot(g, op, OOF_ROBOT, out);
}

static enum err
rule_noreply(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	return robot(g, op, OOF_NOREPLY, out);
}

/* ---- which side: E-20, E-22, E-23, E-26 ---- */

static bool
is_inside(enum oof_side side)
{
	return side == OOF_SIDE_OWN || side == OOF_SIDE_TRUSTED;
}

/*
 * A decoded sender is inside only if the address that the reply goes to is so
 * too: else SRS0=x=yy=ourdomain=boss@elsewhere, which anybody can write, would
 * bring the internal text to elsewhere (E-22). So would a route through our
 * domain.
 */
static enum err
side_find(struct oof_guard *g, struct op *op)
{
	const struct oof_arrival *in = g->in;
	enum oof_side raw = OOF_SIDE_OUTSIDE;

	g->side = OOF_SIDE_OUTSIDE;
	if (!text_is_address(g->raw) || g->rewriting == OOF_UNDECODABLE)
		return OK;
	TRY(in->asks->ops->side(in->asks, op, text_domain(g->sender),
				&g->side));
	g->out->internal = is_inside(g->side) && !oof_sender_is_routed(g->raw);
	if (g->rewriting == OOF_DECODED && g->out->internal) {
		TRY(in->asks->ops->side(in->asks, op, text_domain(g->raw),
					&raw));
		g->out->internal = is_inside(raw);
	}
	return OK;
}

static enum err
rule_wall(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	TRY(side_find(g, op));
	if (g->side == OOF_SIDE_WALLED)
		return rule_says(op, out, OOF_NOTED,
				 "the sender is of another organization here");
	return rule_passes(out);
}

static enum err
rule_side(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	if (g->side == OOF_SIDE_OWN && g->out->internal)
		return rule_says(op, out, OOF_NOTED,
				 "internal: a domain of the organization");
	if (g->out->internal)
		return rule_says(op, out, OOF_NOTED,
				 "internal: a trusted domain");
	if (is_inside(g->side) && oof_sender_is_routed(g->raw))
		return rule_says(op, out, OOF_NOTED,
				 "external: %s may be sent on to elsewhere",
				 g->raw);
	return rule_says(op, out, OOF_NOTED, "external");
}

static enum err
rule_envelope(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	return rule_says(op, out, OOF_NOTED, "%s, whatever From: says",
			 shown(g->raw));
}

static enum err
rule_internal_proved(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	const struct oof_proof *proof = g->in->proof;

	if (!g->in->options->internal_proved)
		return rule_says(op, out, OOF_UNUSED, "it is switched off");
	if (!g->out->internal)
		return rule_passes(out);
	if (proof == NULL)
		return rule_says(op, out, OOF_UNUSED, "only a milter sees it");
	if (proof->authenticated || proof->near)
		return rule_passes(out);
	g->out->internal = false;
	return rule_says(
		op, out, OOF_NOTED,
		"external: nobody signed in, and it came from outside");
}

/* ---- which text: E-21, E-24 ---- */

/* The contacts are asked only where that makes a difference. Whether it is
 * switched on is another rule's. */
static enum err
decide(struct oof_guard *g, struct op *op, struct oof_decision *out)
{
	const struct oof_arrival *in = g->in;
	struct oof_settings on = in->stored->settings;
	enum oof_sender who = g->out->internal ? OOF_INSIDE : OOF_STRANGER;
	enum err err;

	on.state = OOF_ENABLED;
	if (who == OOF_STRANGER && text_is_address(g->sender) &&
	    oof_audience_within(&on, in->mailbox->policy) == AUDIENCE_KNOWN) {
		err = in->asks->ops->contact(in->asks, op, g->sender);
		if (err != OK && err != ERR_NOT_FOUND)
			return err;
		if (err == OK)
			who = OOF_KNOWN;
	}
	oof_decide(&on, in->mailbox->policy, who, op->now, out);
	return OK;
}

static enum err
rule_audience(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	const struct oof_arrival *in = g->in;
	unsigned audience =
		oof_audience_within(&in->stored->settings, in->mailbox->policy);
	struct oof_decision d;

	if (g->out->internal)
		return rule_passes(out);
	TRY(decide(g, op, &d));
	if (d.verdict == OOF_IS_BARRED && audience != AUDIENCE_KNOWN)
		return rule_says(op, out, OOF_STOPPED,
				 "nobody outside gets a reply");
	if (d.verdict == OOF_IS_BARRED)
		return rule_says(op, out, OOF_STOPPED,
				 "%s is not among the contacts",
				 shown(g->sender));
	if (audience == AUDIENCE_KNOWN)
		return rule_says(op, out, OOF_PASSED,
				 "%s is among the contacts", g->sender);
	return rule_says(op, out, OOF_PASSED, "everybody outside gets a reply");
}

static enum err
rule_empty(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	struct oof_decision d;

	TRY(decide(g, op, &d));
	if (d.verdict == OOF_IS_EMPTY)
		return rule_says(op, out, OOF_STOPPED, "the %s text is empty",
				 g->out->internal ? "internal" : "external");
	g->out->reply = d.reply;
	return rule_passes(out);
}

/* ---- once, and not too often: E-2, E-17 ---- */

static enum err
rule_once(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	const struct oof_arrival *in = g->in;
	enum err err;

	if (!g->out->replies) /* the memory may take it for an answer */
		return rule_says(op, out, OOF_UNUSED, "nothing is to be sent");
	if (!in->asks->remembers)
		return rule_says(op, out, OOF_LATER, "period %lld",
				 (long long)in->stored->period);
	err = in->asks->ops->answered(in->asks, op, g->sender,
				      in->stored->period);
	if (err == OK)
		return rule_says(op, out, OOF_STOPPED,
				 "%s was answered in this absence", g->sender);
	return err == ERR_NOT_FOUND ? rule_passes(out) : err;
}

static enum err
rule_brake(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	const struct oof_arrival *in = g->in;
	enum err err;

	if (!g->out->replies)
		return rule_says(op, out, OOF_UNUSED, "nothing is to be sent");
	if (!in->asks->remembers)
		return rule_says(op, out, OOF_LATER, "who sends counts them");
	err = in->asks->ops->brake(in->asks, op);
	if (err == ERR_LIMIT)
		return rule_says(op, out, OOF_STOPPED,
				 "too many replies a moment ago");
	return err == OK ? rule_passes(out) : err;
}

/* ---- the rows ---- */

const struct oof_rule oof_rules[] = {
	/* clang-format off */
	{ "E-1",  OOF_EVERYWHERE, "The absence is switched on, or the time is within its schedule: from the start, up to the end.", rule_state },
	{ "E-0",  OOF_IN_MILTER,  "A mail whose header is too long to be read is not answered.", rule_limit },
	{ "E-5",  OOF_EVERYWHERE, "A mail without a sender, as every bounce is, is not answered.", rule_null },
	{ "E-25", OOF_EVERYWHERE, "A sender that a forwarder rewrote (SRS) or its own server signed (BATV) counts as the original one.", rule_rewritten },
	{ "E-3",  OOF_EVERYWHERE, "Who counts as answered is the sender of the envelope, in lower case.", rule_key },
	{ "E-6",  OOF_EVERYWHERE, "The mailbox does not answer itself or an alias of its own.", rule_self },
	{ "E-7",  OOF_EVERYWHERE, "MAILER-DAEMON, LISTSERV, majordomo, owner-... and ...-request are not answered; postmaster is.", rule_robot },
	{ "E-8",  OOF_EVERYWHERE, "Senders called noreply, no-reply, donotreply, bounce and the like are not answered.", rule_noreply },
	{ "E-4",  OOF_EVERYWHERE, "An own address stands in To, Cc, Bcc or their Resent- fields.", rule_addressed },
	{ "E-15", OOF_EVERYWHERE, "A mail to a group that the person is in is not answered.", rule_group },
	{ "E-9",  OOF_EVERYWHERE, "A mail of a list (List-Id, List-Unsubscribe, ..., Feedback-ID) is not answered.", rule_list },
	{ "E-10", OOF_EVERYWHERE, "A mail that says Auto-Submitted, and not no, is not answered.", rule_auto_submitted },
	{ "E-11", OOF_EVERYWHERE, "A mail with the Precedence bulk, list or junk is not answered.", rule_precedence },
	{ "E-12", OOF_EVERYWHERE, "A mail whose X-Auto-Response-Suppress has OOF or All is not answered.", rule_suppress },
	{ "E-13", OOF_EVERYWHERE, "What a filter has marked as spam is not answered.", rule_spam },
	{ "E-16", OOF_EVERYWHERE, "Delivery reports, read receipts and answers to invitations are not answered.", rule_report },
	{ "E-26", OOF_EVERYWHERE, "Another organization of this server is outside, unless its domain is trusted.", rule_wall },
	{ "E-20", OOF_EVERYWHERE, "Who writes from a domain of the organization, or from one that it trusts, gets the internal text.", rule_side },
	{ "E-22", OOF_EVERYWHERE, "What counts is the address that the reply goes to, never From.", rule_envelope },
	{ "E-23", OOF_IN_MILTER,  "As an option, the internal text is only for mails whose sender signed in, or from hosts of the site.", rule_internal_proved },
	{ "E-21", OOF_EVERYWHERE, "Everybody else gets the external text: none of them, those in the contacts, or all.", rule_audience },
	{ "E-14", OOF_IN_MILTER,  "As an option, the external text is only for mails that passed SPF or DMARC.", rule_external_proved },
	{ "E-24", OOF_EVERYWHERE, "An empty text is no reply.", rule_empty },
	{ "E-2",  OOF_EVERYWHERE, "Each sender gets one reply in each absence; a new schedule begins a new one, a new text does not.", rule_once },
	{ "E-17", OOF_IN_MILTER,  "A mailbox and the site send so many replies a minute at most.", rule_brake },
	/* clang-format on */
};
const size_t oof_rules_n = COUNT(oof_rules);

/* What comes first of all: who wrote. */
static void
begin(struct oof_guard *g, struct op *op)
{
	const char *sender = g->in->sender;

	g->raw = g->sender = idn_fold(op, sender);
	g->rewriting = text_is_address(g->raw)
			       ? oof_sender_decode(op, g->raw, &g->sender)
			       : OOF_PLAIN;
	g->out->to = sender;
	g->out->sender = g->sender;
	g->out->replies = true;
}

/* Behind a rule that decided, the others can only be told. */
static void
settle(struct oof_answer *out, const struct oof_told *told)
{
	bool names_text =
		strcmp(told->rule->number, "E-20") == 0 ||
		(strcmp(told->rule->number, "E-21") == 0 && !out->internal);

	if (!out->replies)
		return;
	if (told->outcome == OOF_STOPPED)
		out->replies = false;
	if (told->outcome == OOF_STOPPED || names_text) {
		out->rule = told->rule;
		out->note = told->note;
	}
}

enum err
oof_guard(struct op *op, const struct oof_arrival *in, struct oof_answer *out)
{
	struct oof_told *told = op_alloc(op, oof_rules_n * sizeof(*told));
	struct oof_guard g = { .in = in, .out = out };

	*out = (struct oof_answer){ .told = told };
	begin(&g, op);
	for (size_t i = 0; i < oof_rules_n; i++) {
		if (!out->replies && !in->all)
			break;
		told[i].rule = &oof_rules[i];
		TRY(oof_rules[i].run(&g, op, &told[i]));
		settle(out, &told[i]);
		out->told_n++;
	}
	if (!out->replies)
		out->reply = NULL;
	return OK;
}
