/* SPDX-License-Identifier: Apache-2.0 */

/* A mail that came to somebody who is absent: what the milter asks. */
#include "base/digest.h"
#include "base/idn.h"
#include "base/text.h"
#include "delivery/delivery_own.h"
#include "model/answered.h"
#include "oof/oof_decide.h"
#include "reply/reply.h"

#define UNIQUE_SIZE 16 /* random bytes of a reply's id */

/* ---- whose is it? ---- */

/* The address itself, else the one without its tag. */
static enum err
mailbox_find(struct delivery *d, struct op *op, const char *recipient,
	     const struct mailbox **out)
{
	const char *address, *bare;
	enum err err;

	if (!text_is_address(recipient))
		return FAIL(op, ERR_NOT_FOUND, "the recipient is no address");
	address = idn_fold(op, recipient);
	err = store_mailbox_find(d->store, op, address, out);
	if (err != ERR_NOT_FOUND)
		return err;
	bare = oof_untagged(op, address, oof_delimiters(op->settings));
	return bare == address ? err
			       : store_mailbox_find(d->store, op, bare, out);
}

/* A mailbox that the milter answers for. */
static enum err
find(struct delivery *d, struct op *op, const char *recipient,
     const struct mailbox **mailbox, const struct backend_section **section)
{
	TRY(mailbox_find(d, op, recipient, mailbox));
	*section = section_of(op, *mailbox);
	if (*section == NULL || !section_is_milter(*section))
		return FAIL(op, ERR_NOT_FOUND,
			    "the milter does not answer for it");
	return OK;
}

static bool
any_milter(const struct settings *s)
{
	for (size_t i = 0; i < s->backends_n; i++) {
		if (section_is_milter(&s->backends[i]))
			return true;
	}
	return false;
}

enum err
delivery_wants(struct delivery *d, struct op *op, const char *recipient,
	       int64_t *mailbox)
{
	const struct backend_section *section;
	const struct mailbox *found;
	struct oof_stored stored;

	if (!any_milter(op->settings))
		return FAIL(op, ERR_NOT_FOUND, "the milter answers for nobody");
	TRY(find(d, op, recipient, &found, &section));
	TRY(store_oof_get(d->store, op, found->id, &stored));
	if (oof_in_effect(&stored.settings, op->now) != OOF_REPLIES)
		return FAIL(op, ERR_NOT_FOUND, "nobody is absent");
	*mailbox = found->id;
	return OK;
}

/* ---- the memory of whom it answered ---- */

struct memory {
	struct oof_world world; /* first: it is what the rules ask */
	struct oof_asks_ops ops;
	struct answered_limits limits;
};

static enum err
memory_answered(struct oof_asks *asks, struct op *op, const char *sender,
		int64_t period)
{
	struct memory *m = (struct memory *)(void *)asks;

	return store_answered_find(m->world.store, op, m->world.mailbox->id,
				   period, sender);
}

static enum err
memory_brake(struct oof_asks *asks, struct op *op)
{
	struct memory *m = (struct memory *)(void *)asks;

	return store_answered_brake(m->world.store, op, m->world.mailbox->id,
				    &m->limits);
}

static enum err
memory_open(struct delivery *d, struct op *op, const struct mailbox *mailbox,
	    struct memory *out)
{
	const struct settings *s = op->settings;

	TRY(oof_world_open(op, d->store, mailbox, &out->world));
	out->ops = *out->world.asks.ops;
	out->ops.answered = memory_answered;
	out->ops.brake = memory_brake;
	out->world.asks.ops = &out->ops;
	out->world.asks.remembers = true;
	out->limits = (struct answered_limits){
		.mailbox_per_minute = s->reply_mailbox_per_minute,
		.site_per_minute = s->reply_site_per_minute,
	};
	return OK;
}

/* ---- the reply ---- */

static enum err
reply_make(struct op *op, const struct mailbox *mailbox,
	   const struct oof_answer *a, const struct arrival *in,
	   struct reply *out)
{
	uint8_t unique[UNIQUE_SIZE];
	struct reply_wish wish = {
		.text = a->reply->message,
		.lang = a->reply->lang,
		.name = mailbox->name,
		.from = a->from,
		.to = a->to,
		.header = in->header,
		.subjects = op->settings->reply_subjects,
		.now = op->now,
	};

	digest_random(unique, sizeof(unique));
	wish.unique = text_hex(op, (struct bytes){ unique, sizeof(unique) });
	return reply_write(op, &wish, out);
}

/* Remembers that the sender is answered, with the mail that does it. */
static enum err
reply_put(struct memory *m, struct op *op,
	  const struct backend_section *section, const struct oof_answer *a,
	  const struct reply *reply)
{
	const struct settings *s = op->settings;
	struct answered answered = {
		.mailbox = m->world.mailbox->id,
		.period = m->world.stored.period,
		.sender = a->sender,
		.to = a->to,
		.message_id = reply->message_id,
		.internal = a->internal,
		.state = ANSWERED_WAITING,
		.at = op->now,
		.settled = op->now,
		.via = section->title,
		.reason = "",
	};
	struct outbox_mail mail = {
		.mailbox = m->world.mailbox->id,
		.from = s->reply_from_recipient ? a->from : "",
		.to = a->to,
		.utf8 = reply->utf8,
		.mail = reply->mail,
		.due = op->now + s->milter_delay_s,
		.at = op->now,
	};

	return store_answered_begin(m->world.store, op, &answered, &mail,
				    &m->limits);
}

/* Between the rules' look and the commit another mail may have come: then it
 * is as if they had seen it. */
static enum err
settle(enum err put, struct arrival_result *out)
{
	if (put != ERR_CONFLICT && put != ERR_LIMIT)
		return put;
	out->replies = false;
	out->rule = put == ERR_CONFLICT ? "E-2" : "E-17";
	out->note = put == ERR_CONFLICT ? "the sender was answered a moment ago"
					: "too many replies a moment ago";
	return OK;
}

enum err
delivery_mail(struct delivery *d, struct op *op, const struct arrival *in,
	      struct arrival_result *out)
{
	const struct oof_proof proof = { in->authenticated, in->near };
	const struct backend_section *section;
	const struct mailbox *mailbox;
	struct oof_arrival arrival;
	struct oof_answer answer;
	struct memory memory;
	struct reply reply;

	TRY(find(d, op, in->recipient, &mailbox, &section));
	TRY(memory_open(d, op, mailbox, &memory));
	oof_world_arrival(&memory.world, &arrival);
	arrival.sender = in->sender;
	arrival.recipient = in->recipient;
	arrival.header = in->header;
	arrival.proof = &proof;
	TRY(oof_guard(op, &arrival, &answer));
	*out = (struct arrival_result){ .address = mailbox->address,
					.replies = answer.replies,
					.internal = answer.internal,
					.rule = answer.rule->number,
					.note = answer.note };
	if (!answer.replies)
		return OK;
	TRY(reply_make(op, mailbox, &answer, in, &reply));
	return settle(reply_put(&memory, op, section, &answer, &reply), out);
}
