/* SPDX-License-Identifier: Apache-2.0 */

/* Does what is stored happen? Through what, and if not, why. */
#include "base/buf.h"
#include "base/lock.h"
#include "base/text.h"
#include "delivery/delivery_own.h"
#include "model/contacts.h"
#include "model/milter.h"
#include "oof/oof_decide.h"

#include <string.h>

#define REASON_MAX (4 * KIB) /* bytes */

/* ---- what is in force, and yet does not happen ---- */

static void
and_add(struct buf *out, const char *text)
{
	if (out->n > 0)
		buf_puts(out, "; ");
	buf_puts(out, text);
}

void
effect_outside(const struct oof_settings *s, unsigned policy, bool contacts,
	       struct buf *out)
{
	if (s->audience > policy && policy == AUDIENCE_NONE)
		and_add(out, "the mailbox may not reply outside");
	if (s->audience == 0 ||
	    oof_audience_within(s, policy) != AUDIENCE_KNOWN)
		return;
	if (!contacts)
		and_add(out, "nobody outside is known, for the mailbox has no "
			     "contacts: Known acts as None");
	else if (s->audience != AUDIENCE_KNOWN)
		and_add(out, "the mailbox may reply outside to its contacts "
			     "only");
}

static enum err
outside_write(struct delivery *d, struct op *op, const struct mailbox *mailbox,
	      const struct oof_settings *s, struct buf *out)
{
	enum err err = contacts_source(d->store, op, mailbox);

	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	effect_outside(s, mailbox->policy, err == OK, out);
	return OK;
}

/* What the settings ask for and a script cannot do. */
static void
lacking_write(const struct op *op, struct buf *out)
{
	const struct settings *s = op->settings;

	if (s->reply_external_authenticated)
		and_add(out, "reply.external_authenticated is the milter's "
			     "alone: SPF and DMARC are not asked for");
	if (s->reply_internal_authenticated)
		and_add(out, "reply.internal_authenticated is the milter's "
			     "alone: a sender inside need not have signed in");
}

/* ---- by kind ---- */

/* A row that is not done: the old script may still be at work. */
static void
undone(const struct publication *row, struct buf *notes)
{
	and_add(notes,
		*row->reason != '\0' ? row->reason : "it is being published");
	if (row->there)
		and_add(notes, "the script from before is still there");
}

static enum err
script_effect(struct delivery *d, struct op *op, const struct mailbox *mailbox,
	      const struct backend_section *section, struct effect *out,
	      struct buf *notes)
{
	struct publication row;
	enum err err = store_publication_get(d->store, op, mailbox->id, &row);

	if (err == ERR_NOT_FOUND) {
		and_add(notes, "it was not published yet: that is the clerk's, "
			       "which frontdesk serve starts");
		return OK;
	}
	TRY(err);
	out->since = row.since;
	if (row.wanted != row.done) {
		undone(&row, notes);
		return OK;
	}
	if (!section_is_at(section, row.backend)) {
		and_add(notes, "the configuration has changed: it is published "
			       "when frontdesk serve has read it again");
		return OK;
	}
	out->status = EFFECT_IN_FORCE;
	if (!row.there)
		and_add(notes, "nobody is answered: there is no text for "
			       "anybody");
	if (*row.reason != '\0')
		and_add(notes, row.reason);
	lacking_write(op, notes);
	return OK;
}

static void
milter_effect(struct op *op, struct effect *out, struct buf *notes)
{
	const struct settings *s = op->settings;
	struct milter_counts counts;

	if (lock_holder(op, s->data, LOCK_MILTER) != 0) {
		out->status = EFFECT_IN_FORCE;
		if (milter_counts_read(op, &counts) == OK && counts.asked == 0)
			and_add(notes, "no mail server has asked the milter "
				       "since it started: frontdesk setup "
				       "postfix says how it does");
	} else if (s->milter_listen == NULL) {
		and_add(notes, "no milter runs: set milter.listen");
	} else {
		and_add(notes, "no milter runs: frontdesk serve starts it");
	}
}

/* Switched on, now or later: what comes of it? */
static enum err
on_effect(struct delivery *d, struct op *op, const struct mailbox *mailbox,
	  struct effect *out, struct buf *notes)
{
	const struct backend_section *section = section_of(op, mailbox);

	out->status = EFFECT_STORED;
	if (section == NULL) {
		buf_printf(notes, "no section backend serves %s",
			   text_domain(mailbox->address));
		return OK;
	}
	out->via = section_via(op, section);
	if (!section_is_milter(section))
		return script_effect(d, op, mailbox, section, out, notes);
	milter_effect(op, out, notes);
	return OK;
}

/* Is it switched off at the backend too? */
static enum err
off_effect(struct delivery *d, struct op *op, const struct mailbox *mailbox,
	   struct effect *out, struct buf *notes)
{
	struct publication row;
	enum err err = store_publication_get(d->store, op, mailbox->id, &row);

	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (err == OK && row.there && row.wanted != row.done) {
		out->status = EFFECT_STORED;
		undone(&row, notes);
		return OK;
	}
	out->status = EFFECT_OFF;
	and_add(notes, "it is switched off");
	return OK;
}

static enum err
effect_find(struct delivery *d, struct op *op, const struct mailbox *mailbox,
	    const struct oof_settings *s, struct effect *out, struct buf *notes)
{
	switch (oof_in_effect(s, op->now)) {
	case OOF_IS_OFF:
		return off_effect(d, op, mailbox, out, notes);
	case OOF_IS_OVER: /* a script says so itself */
		out->status = EFFECT_OFF;
		and_add(notes, "it is over");
		return OK;
	default:
		TRY(on_effect(d, op, mailbox, out, notes));
		return outside_write(d, op, mailbox, s, notes);
	}
}

enum err
delivery_effect(struct delivery *d, struct op *op,
		const struct mailbox *mailbox, const struct oof_stored *stored,
		struct effect *out)
{
	const char *reason = op->reason; /* of whoever asks */
	struct buf notes;

	*out = (struct effect){ .status = EFFECT_NONE };
	if (stored->version == 0)
		return OK;
	out->since = stored->changed;
	buf_init(&notes, op, 256, REASON_MAX);
	TRY(effect_find(d, op, mailbox, &stored->settings, out, &notes));
	op->reason = reason;
	out->reason = notes.n == 0 ? NULL : buf_text(&notes);
	return OK;
}
