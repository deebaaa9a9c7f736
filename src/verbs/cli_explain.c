/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk oof explain: whether a mail would be answered, and with what. It
 * decides by the same rules as everything that sends. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/file.h"
#include "cli/out.h"
#include "cli/words.h"
#include "delivery/section.h"
#include "model/answered.h"
#include "oof/oof_world.h"
#include "reply/reply.h"

#include <string.h>

#define MESSAGE_MAX (64 * MIB)
#define REPORT_MAX (4 * MIB) /* of a reply, its headers and all rules */

/* What is asked about. */
struct question {
	const char *sender; /* NULL: the message says it */
	const char *recipient;
	struct bytes message; /* p NULL: an ordinary one */
	struct mail_header header;
	struct oof_proof proof;
	struct oof_world world;
	struct oof_asks_ops asks; /* of the world, where the milter decides */
	const struct backend_section *backend; /* NULL: none serves it */
	struct oof_arrival arrival;
	struct oof_answer answer;
	struct reply reply; /* when there is one */
};

/* ---- the command line ---- */

static enum err
usage(struct cli *c, const char *text)
{
	c->exit = EXIT_USAGE;
	return FAIL(&c->op, ERR_INVALID, "%s", text);
}

/* The user's own file: read before root is given up. */
static enum err
question_read(struct cli *c, struct question *q)
{
	const char *file = cli_option(c, "message");
	const char *sender = cli_option(c, "sender");

	if (file == NULL && sender == NULL)
		return usage(c, "name the mail's sender with --sender, or a "
				"file that has it with --message");
	if (sender != NULL)
		q->sender = strcmp(sender, "<>") == 0
				    ? ""
				    : mail_value(&c->op, bytes_of(sender));
	q->recipient = cli_option(c, "recipient");
	q->proof.authenticated = cli_option(c, "authenticated") != NULL;
	if (q->recipient != NULL && !text_is_address(q->recipient))
		return FAIL(&c->op, ERR_INVALID, "--recipient '%s': no address",
			    q->recipient);
	return file == NULL ? OK
			    : file_read(&c->op, file, MESSAGE_MAX, &q->message);
}

/* Who delivered it has written the envelope's sender into Return-Path. */
static enum err
sender_find(struct cli *c, struct question *q)
{
	const char *path = mail_find(&q->header, "Return-Path"), *rest;

	if (q->sender != NULL)
		return OK;
	if (path == NULL)
		return usage(c, "the message has no Return-Path: name its "
				"sender with --sender");
	rest = mail_bare(&c->op, path);
	q->sender = mail_address(&c->op, &rest);
	if (q->sender == NULL)
		q->sender = "";
	return OK;
}

static enum err
time_read(struct cli *c, const struct mailbox *mailbox)
{
	const char *at = cli_option(c, "at");

	if (at == NULL)
		return OK;
	if (clock_read_person(&c->op, at, mailbox_zone(&c->op, mailbox),
			      &c->op.now) != OK)
		return FAIL(&c->op, ERR_INVALID,
			    "--at '%s': give 2026-12-23, '2026-12-23 12:00', "
			    "2026-12-23T12:00:00Z or +2d",
			    at);
	return OK;
}

/* ---- who delivers ---- */

/* What the milter remembers; a script's memory is the mail server's own. */
static enum err
remembers_answered(struct oof_asks *asks, struct op *op, const char *sender,
		   int64_t period)
{
	const struct oof_world *w = (const struct oof_world *)(void *)asks;

	return store_answered_find(w->store, op, w->mailbox->id, period,
				   sender);
}

static enum err
remembers_brake(struct oof_asks *asks, struct op *op)
{
	const struct oof_world *w = (const struct oof_world *)(void *)asks;
	const struct answered_limits limits = {
		.mailbox_per_minute = op->settings->reply_mailbox_per_minute,
		.site_per_minute = op->settings->reply_site_per_minute,
	};

	return store_answered_brake(w->store, op, w->mailbox->id, &limits);
}

static bool
is_milters(const struct question *q)
{
	return q->backend != NULL && section_is_milter(q->backend);
}

/* The rules are tried as its backend tries them. */
static void
backend_take(struct op *op, struct question *q, const struct mailbox *mailbox)
{
	q->backend = section_of(op, mailbox);
	if (is_milters(q)) {
		q->asks = *q->world.asks.ops;
		q->asks.answered = remembers_answered;
		q->asks.brake = remembers_brake;
		q->world.asks.ops = &q->asks;
		q->world.asks.remembers = true;
	} else if (q->backend != NULL) {
		q->world.options.external_proved = false;
		q->world.options.internal_proved = false;
	}
}

static const char *
delivery_text(struct op *op, const struct mailbox *mailbox,
	      const struct backend_section *b)
{
	if (b == NULL)
		return op_print(op,
				"No section backend serves %s: nothing is "
				"sent.",
				text_domain(mailbox->address));
	if (section_is_milter(b))
		return op_print(op,
				"The milter decides, by %s: all of these rules "
				"apply, and whom it answered was asked.",
				section_via(op, b));
	return op_print(op,
			"A script decides, by %s: what is the milter's alone "
			"does not apply, and whom it answered the mail server "
			"remembers.",
			section_via(op, b));
}

/* ---- the answer ---- */

static enum err
decide(struct cli *c, const struct mailbox *mailbox, struct question *q)
{
	struct op *op = &c->op;
	struct oof_arrival *a = &q->arrival;

	if (q->recipient == NULL)
		q->recipient = c->operand[0];
	if (q->message.p == NULL)
		q->message = bytes_of(op_print(op, "To: %s\n", q->recipient));
	mail_read(op, q->message, &q->header);
	TRY(sender_find(c, q));
	TRY(oof_world_open(op, c->wings.house.store, mailbox, &q->world));
	backend_take(op, q, mailbox);
	oof_world_arrival(&q->world, a);
	a->sender = q->sender;
	a->recipient = q->recipient;
	a->header = &q->header;
	/* the milter would know; of a script's mail nobody does */
	if (q->proof.authenticated || is_milters(q))
		a->proof = &q->proof;
	a->all = true;
	return oof_guard(op, a, &q->answer);
}

/* What would be sent, but for its id, which each gets when it is. */
static enum err
reply_make(struct cli *c, const struct mailbox *mailbox, struct question *q)
{
	const struct oof_answer *a = &q->answer;
	const struct reply_wish wish = {
		.text = a->reply == NULL ? NULL : a->reply->message,
		.lang = a->reply == NULL ? NULL : a->reply->lang,
		.name = mailbox->name,
		.from = a->from,
		.to = a->to,
		.header = &q->header,
		.subjects = c->op.settings->reply_subjects,
		.now = c->op.now,
		.unique = "preview",
	};

	return a->replies ? reply_write(&c->op, &wish, &q->reply) : OK;
}

/* ---- telling ---- */

static const char *
side_name(const struct oof_answer *a)
{
	return a->internal ? "internal" : "external";
}

static const char *
where_name(unsigned where)
{
	return where == OOF_EVERYWHERE ? "both"
	       : where == OOF_IN_SIEVE ? "sieve"
				       : "milter";
}

/* Of the reply, up to the empty line. */
static const char *
header_text(struct op *op, const struct reply *r)
{
	const uint8_t *end = memmem(r->mail.p, r->mail.n, "\r\n\r\n", 4);
	struct buf out;

	buf_init(&out, op, 1024, r->mail.n + 1);
	for (const uint8_t *p = r->mail.p; end != NULL && p < end + 2; p++) {
		if (*p != '\r')
			buf_putc(&out, (char)*p);
	}
	return buf_text(&out);
}

static json_t *
told_json(const struct oof_told *t)
{
	return json_pack("{s:s,s:s,s:o,s:s,s:s}", "rule", t->rule->number,
			 "outcome", oof_outcome_name(t->outcome), "note",
			 out_text(t->note), "text", t->rule->text, "where",
			 where_name(t->rule->where));
}

static json_t *
reply_json(struct op *op, const struct question *q)
{
	const struct oof_answer *a = &q->answer;
	bool from_recipient = op->settings->reply_from_recipient;

	if (!a->replies)
		return json_null();
	return json_pack(
		"{s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o}", "from", out_text(a->from),
		"to", out_text(a->to), "envelope_from",
		out_text(from_recipient ? a->from : ""), "notify", REPLY_NOTIFY,
		"subject", out_text(q->reply.subject), "header",
		out_text(header_text(op, &q->reply)), "text",
		out_text(q->reply.plain), "html", out_text(q->reply.html));
}

static json_t *
answer_json(struct op *op, const struct mailbox *mailbox,
	    const struct question *q)
{
	const struct oof_answer *a = &q->answer;
	json_t *rules = json_array();

	for (size_t i = 0; i < a->told_n; i++)
		json_array_append_new(rules, told_json(&a->told[i]));
	return json_pack(
		"{s:o,s:o,s:o,s:o,s:o,s:b,s:s,s:s,s:o,s:o,s:o}", "address",
		out_text(mailbox->address), "via",
		out_text(q->backend == NULL ? NULL
					    : section_via(op, q->backend)),
		"at", words_time(op, op->now), "sender", out_text(a->to),
		"recipient", out_text(q->recipient), "replies", a->replies,
		"side", side_name(a), "rule", a->rule->number, "reason",
		out_text(a->note), "rules", rules, "reply", reply_json(op, q));
}

static void
rules_write(struct buf *out, const struct oof_answer *a)
{
	for (size_t i = 0; i < a->told_n; i++) {
		const struct oof_told *t = &a->told[i];

		buf_printf(out, "%-5s %-8s %s\n", t->rule->number,
			   oof_outcome_name(t->outcome), t->rule->text);
		if (t->note != NULL)
			buf_printf(out, "%15s%s\n", "", t->note);
	}
}

static void
verdict_write(struct buf *out, struct op *op, const struct oof_answer *a,
	      const char *delivery)
{
	if (a->replies)
		buf_printf(out, "\nAt %s: the %s text, by %s (%s).\n",
			   clock_xml(op, op->now), side_name(a),
			   a->rule->number, a->note);
	else
		buf_printf(out, "\nAt %s: no reply, by %s%s%s%s.\n",
			   clock_xml(op, op->now), a->rule->number,
			   a->note == NULL ? "" : " (",
			   a->note == NULL ? "" : a->note,
			   a->note == NULL ? "" : ")");
	buf_printf(out, "%s\n", delivery);
}

static const char *
answer_text(struct op *op, const struct mailbox *mailbox,
	    const struct question *q)
{
	const struct oof_answer *a = &q->answer;
	struct buf out;

	buf_init(&out, op, 4096, REPORT_MAX);
	rules_write(&out, a);
	verdict_write(&out, op, a, delivery_text(op, mailbox, q->backend));
	if (a->replies)
		buf_printf(&out,
			   "\nEnvelope: from <%s> to <%s>, NOTIFY=%s\n"
			   "Subject, decoded: %s\n\n%s\n%s",
			   op->settings->reply_from_recipient ? a->from : "",
			   a->to, REPLY_NOTIFY, q->reply.subject,
			   header_text(op, &q->reply), q->reply.plain);
	return buf_text(&out);
}

static enum err
cli_oof_explain(struct cli *c)
{
	struct question q = { 0 };
	const struct mailbox *mailbox;

	TRY(question_read(c, &q));
	TRY(cli_enter(c, NEEDS_OWNER | NEEDS_STORE));
	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	TRY(time_read(c, mailbox));
	TRY(decide(c, mailbox, &q));
	TRY(reply_make(c, mailbox, &q));
	out_document(c->out, answer_text(&c->op, mailbox, &q),
		     answer_json(&c->op, mailbox, &q));
	return OK;
}

/* ---- the row ---- */

static const struct cli_option options[] = {
	{ 0, "sender", "ADDRESS",
	  "the mail's sender, of its envelope; <> is none; without it: the "
	  "Return-Path of --message" },
	{ 0, "message", "FILE",
	  "the mail, of which the header counts; - is standard input; without "
	  "it: an ordinary one to the mailbox" },
	{ 0, "recipient", "ADDRESS",
	  "the recipient of its envelope; without it: the mailbox as it was "
	  "named" },
	{ 0, "at", "TIME",
	  "when it comes: 2026-12-23, '2026-12-23 12:00', "
	  "2026-12-23T12:00:00Z, +2d; without it: now" },
	{ 0, "authenticated", NULL, "its sender had signed in to send it" },
	{ 0 },
};

static const struct cli_key keys[] = {
	{ "address", "the mailbox" },
	{ "via", "the kind and title of the backend that serves it; null: "
		 "none does, and nothing is sent" },
	{ "at", "when, in UTC with Z" },
	{ "sender", "of the envelope; empty: none" },
	{ "recipient", "of the envelope" },
	{ "replies", "true when a reply would go out" },
	{ "side",
	  "internal or external: how the sender stands to the mailbox" },
	{ "rule", "the number of the rule that decided" },
	{ "reason", "what that rule found, or null" },
	{ "rules", "a list of all rules as they are tried: rule, outcome "
		   "(passed, stopped, noted, unused, later), note (what it "
		   "found, or null), text, where (sieve, milter or both)" },
	{ "reply", "null, or an object: from, to, envelope_from, notify, "
		   "subject, header (as it is sent), text and html (decoded)" },
	{ NULL, NULL },
};

static const struct cli_example examples[] = {
	{ "frontdesk oof explain ada@example.com --sender bob@example.org",
	  "would Bob get a reply now, and which?" },
	{ "frontdesk oof explain ada@example.com --message mail.eml --at "
	  "'2026-12-24 09:00'",
	  "the mail in that file, had it come on Christmas Eve" },
	{ NULL, NULL },
};

const struct verb cli_explain_verbs[] = {
	{
		.name = "oof explain",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG,
		.summary = "tell whether a mail would be answered, and why",
		.text = "Every rule is printed with what it says of this mail, "
			"then the verdict, and the reply as it would be "
			"written. The first rule that stops decides. Nothing "
			"is sent or remembered.\n\n"
			"The rules are tried as the mailbox's backend tries "
			"them. The milter tries all, and whom it answered is "
			"asked. A script cannot try those that are the "
			"milter's alone; whom it answered only its mail "
			"server knows: later is what is said of that.",
		.options = options,
		.keys = keys,
		.examples = examples,
		.run = cli_oof_explain,
	},
	{ 0 },
};
