/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The outbox on its way. That a reply may have been sent is kept just before
 * the end of its mail, and what became of it just behind: so a crash loses
 * nothing that was not sent, and sends nothing twice.
 */
#include "base/digest.h"
#include "base/log.h"
#include "delivery/delivery_own.h"
#include "model/answered.h"
#include "wire/smtp.h"

#define SEND_S 3 /* of one run; the next one reads the settings anew */
#define BATCH 20 /* mails in memory at a time */
#define US_PER_S INT64_C(1000000)

/* One run. */
struct outgoing {
	struct delivery *d;
	struct smtp *smtp;              /* NULL: not connected */
	unsigned used;                  /* mails that went well over it */
	bool away;                      /* nothing more is tried now */
	size_t count[SMTP_UNKNOWN + 1]; /* by class */
};

static unsigned
wait_s(const struct patience *patience, unsigned tries)
{
	uint32_t chance;

	digest_random(&chance, sizeof(chance));
	return patience_s(patience, tries, chance);
}

/* ---- the server ---- */

/* It took a mail. */
static void
server_good(struct outgoing *o)
{
	struct sender *s = &o->d->sender;

	if (s->failures > 0)
		log_notice("replies go out again");
	s->failures = 0;
	o->used++;
}

/* How long the mail at hand waits. One that took mails over this connection is
 * asked again at once: it may take only so many over each. */
static unsigned
server_away(struct outgoing *o, const char *reason)
{
	struct sender *s = &o->d->sender;
	unsigned again_s;

	if (o->used > 0)
		return 0;
	o->away = true;
	again_s = wait_s(&fate_server, s->failures);
	s->again_us = op_clock_us() + again_s * US_PER_S;
	if (s->failures++ == 0)
		log_error("replies wait: %s", reason);
	return again_s;
}

/* ---- what became of a mail ---- */

/* ERR_CONFLICT: its mailbox was removed meanwhile. */
static enum err
fate_write(struct delivery *d, struct op *op, const struct fate *f)
{
	enum err err = f->state == ANSWERED_WAITING
			       ? store_outbox_later(d->store, op, f->id, f->due,
						    f->reason)
			       : store_outbox_settle(d->store, op, f->id,
						     f->state, f->reason);

	return err == ERR_CONFLICT ? OK : err;
}

/* What the store does not take now it is owed: before anything else is sent. */
static enum err
fate_keep(struct delivery *d, struct op *op, const struct fate *f)
{
	enum err err = fate_write(d, op, f);

	if (err == OK)
		return OK;
	d->sender.owed = *f;
	d->sender.owes = true;
	return err;
}

static enum err
owed_keep(struct delivery *d, struct op *op)
{
	if (!d->sender.owes)
		return OK;
	TRY(fate_write(d, op, &d->sender.owed));
	d->sender.owes = false;
	return OK;
}

/* ---- a mail ---- */

/* From here on it may have been sent, whatever happens to us. ERR_NOT_FOUND: it
 * is not to be sent any more. */
static enum err
mail_take(struct outgoing *o, struct op *op, const struct outbox_mail *mail)
{
	enum err err = store_outbox_take(o->d->store, op, mail->id);
	struct fate fate;

	if (err == OK)
		return OK;
	smtp_close(&o->smtp); /* the server forgets what has no end */
	if (err == ERR_CONFLICT)
		return FAIL(op, ERR_NOT_FOUND, "%s", op->reason);
	/* it may be taken all the same, and was not sent */
	fate_make(op, mail, SMTP_AWAY, "", 0, &fate);
	(void)fate_keep(o->d, op, &fate);
	return err;
}

static enum err
mail_send(struct outgoing *o, struct op *op, const struct outbox_mail *mail,
	  struct smtp_result *out)
{
	const struct smtp_mail wire = { .from = mail->from,
					.to = mail->to,
					.utf8 = mail->utf8,
					.mail = mail->mail };

	if (o->smtp == NULL) {
		o->used = 0;
		if (outbox_connect(op, &o->smtp) != OK) {
			*out = (struct smtp_result){ SMTP_AWAY, op->reason };
			return OK;
		}
	}
	smtp_begin(op, o->smtp, &wire, out);
	if (out->class != SMTP_GOOD)
		return OK;
	TRY(mail_take(o, op, mail));
	smtp_end(op, o->smtp, out);
	return OK;
}

static enum err
mail_settle(struct outgoing *o, struct op *op, const struct outbox_mail *mail,
	    const struct smtp_result *result)
{
	unsigned again_s = 0;
	struct fate fate;

	if (result->class == SMTP_GOOD)
		server_good(o);
	if (result->class == SMTP_LATER)
		again_s = wait_s(&fate_mail, mail->tries);
	if (result->class == SMTP_AWAY)
		again_s = server_away(o, result->reason);
	if (result->class == SMTP_AWAY || result->class == SMTP_UNKNOWN)
		smtp_close(&o->smtp);
	o->count[result->class]++;
	fate_make(op, mail, result->class, result->reason, again_s, &fate);
	return fate_keep(o->d, op, &fate);
}

static enum err
mail_late(struct outgoing *o, struct op *op, const struct outbox_mail *mail)
{
	const char *reason = op_print(op, "not wanted any more after %u h",
				      op->settings->outbox_give_up_h);
	struct fate fate;

	o->count[SMTP_NEVER]++;
	fate_make(op, mail, SMTP_NEVER, reason, 0, &fate);
	return fate_keep(o->d, op, &fate);
}

static enum err
mail_go(struct outgoing *o, struct op *op, const struct outbox_mail *mail)
{
	struct smtp_result result;
	enum err err;

	if (fate_is_late(mail, op->settings->outbox_give_up_h, op->now))
		return mail_late(o, op, mail);
	if (o->away)
		return OK;
	err = mail_send(o, op, mail, &result);
	if (err == ERR_NOT_FOUND)
		return OK;
	TRY(err);
	return mail_settle(o, op, mail, &result);
}

/* ---- the outbox ---- */

/* *more: some may be due still, and can be sent. */
static enum err
batch_go(struct outgoing *o, struct op *op, bool *more)
{
	struct outbox_list list;

	TRY(store_outbox_due(o->d->store, op, BATCH, &list));
	for (size_t i = 0; i < list.n; i++)
		TRY(mail_go(o, op, &list.mail[i]));
	*more = list.n == BATCH && !o->away;
	return OK;
}

static enum err
outbox_go(struct outgoing *o, struct op *op)
{
	int64_t until_us = op_clock_us() + SEND_S * US_PER_S;
	struct arena *arena = arena_open(0);
	bool more = true;
	enum err err = OK;

	while (err == OK && more && op_clock_us() < until_us) {
		struct op batch;

		arena_reset(arena);
		op_init(&batch, arena, op->settings, op_left_ms(op));
		batch.may_wait = true;
		err = batch_go(o, &batch, &more);
		if (err != OK)
			(void)FAIL(op, err, "%s", batch.reason);
	}
	arena_close(arena);
	return err;
}

/* What the last sender was at when it ended. */
static enum err
recover(struct delivery *d, struct op *op)
{
	size_t n;

	if (d->sender.recovered)
		return OK;
	TRY(store_outbox_recover(d->store, op, &n));
	d->sender.recovered = true;
	if (n > 0)
		log_warning("replies that may have been sent when the sender "
			    "ended, and are not sent again: %zu",
			    n);
	return OK;
}

static void
tell(const struct outgoing *o)
{
	if (o->count[SMTP_GOOD] + o->count[SMTP_LATER] + o->count[SMTP_NEVER] +
		    o->count[SMTP_UNKNOWN] >
	    0)
		log_notice("replies: %zu sent, %zu put off, %zu given up, %zu "
			   "may have been sent",
			   o->count[SMTP_GOOD], o->count[SMTP_LATER],
			   o->count[SMTP_NEVER], o->count[SMTP_UNKNOWN]);
}

enum err
delivery_send(struct delivery *d, struct op *op)
{
	struct outgoing o = { .d = d };
	enum err err;

	TRY(recover(d, op));
	TRY(owed_keep(d, op));
	if (op_clock_us() < d->sender.again_us)
		return OK;
	err = outbox_go(&o, op);
	smtp_quit(op, &o.smtp);
	tell(&o);
	return err;
}
