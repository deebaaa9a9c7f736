/* SPDX-License-Identifier: Apache-2.0 */

/* Does what is stored happen? Through what, and if not, why. */
#include "base/buf.h"
#include "base/lock.h"
#include "base/text.h"
#include "delivery/delivery_own.h"
#include "model/contacts.h"
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

/* Of the external reply beside what was set. */
static enum err
outside_write(struct delivery *d, struct op *op, const struct mailbox *mailbox,
	      const struct oof_settings *s, struct buf *out)
{
	unsigned within = oof_audience_within(s, mailbox->policy);
	enum err err;

	if (s->audience > mailbox->policy && mailbox->policy == AUDIENCE_NONE)
		and_add(out, "the mailbox may not reply outside");
	if (s->audience == 0 || within != AUDIENCE_KNOWN)
		return OK;
	err = contacts_source(d->store, op, mailbox);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (err == ERR_NOT_FOUND)
		and_add(out, "nobody outside is known, for the mailbox has no "
			     "contacts: Known acts as None");
	else if (s->audience != AUDIENCE_KNOWN)
		and_add(out, "the mailbox may reply outside to its contacts "
			     "only");
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
undone(struct op *op, const struct publication *row, struct effect *out)
{
	out->status = EFFECT_STORED;
	out->since = row->since;
	out->reason =
		*row->reason != '\0' ? row->reason : "it is being published";
	if (row->there)
		out->reason = op_print(op,
				       "%s; the script from before is "
				       "still there",
				       out->reason);
}

static enum err
script_effect(struct delivery *d, struct op *op, const struct mailbox *mailbox,
	      const struct backend_section *section,
	      const struct oof_stored *stored, struct effect *out)
{
	struct publication row;
	struct buf notes;
	enum err err = store_publication_get(d->store, op, mailbox->id, &row);

	buf_init(&notes, op, 256, REASON_MAX);
	out->via = section_via(op, section);
	if (err == ERR_NOT_FOUND) {
		out->status = EFFECT_STORED;
		out->reason = "it was not published yet: that is the clerk's, "
			      "which frontdesk serve starts";
		return OK;
	}
	TRY(err);
	if (row.wanted != row.done) {
		undone(op, &row, out);
		return OK;
	}
	out->status = EFFECT_IN_FORCE;
	out->since = row.since;
	if (!row.there)
		and_add(&notes, "nobody is answered: there is no text for "
				"anybody");
	if (*row.reason != '\0')
		and_add(&notes, row.reason);
	TRY(outside_write(d, op, mailbox, &stored->settings, &notes));
	lacking_write(op, &notes);
	out->reason = notes.n == 0 ? NULL : buf_text(&notes);
	return OK;
}

static enum err
milter_effect(struct delivery *d, struct op *op, const struct mailbox *mailbox,
	      const struct backend_section *section,
	      const struct oof_stored *stored, struct effect *out)
{
	struct buf notes;

	buf_init(&notes, op, 256, REASON_MAX);
	out->via = section_via(op, section);
	if (lock_holder(op, op->settings->data, LOCK_MILTER) == 0) {
		out->status = EFFECT_STORED;
		out->reason =
			op->settings->milter_listen == NULL
				? "no milter runs: set milter.listen"
				: "no milter runs: frontdesk serve starts it";
		return OK;
	}
	out->status = EFFECT_IN_FORCE;
	out->since = stored->changed;
	TRY(outside_write(d, op, mailbox, &stored->settings, &notes));
	out->reason = notes.n == 0 ? NULL : buf_text(&notes);
	return OK;
}

/* Is it switched off at the backend too? */
static enum err
off_effect(struct delivery *d, struct op *op, const struct mailbox *mailbox,
	   struct effect *out)
{
	struct publication row;
	enum err err = store_publication_get(d->store, op, mailbox->id, &row);

	out->status = EFFECT_OFF;
	out->reason = "it is switched off";
	if (err == ERR_NOT_FOUND)
		return OK;
	TRY(err);
	if (row.there && row.wanted != row.done)
		undone(op, &row, out);
	return OK;
}

enum err
delivery_effect(struct delivery *d, struct op *op,
		const struct mailbox *mailbox, const struct oof_stored *stored,
		struct effect *out)
{
	const struct backend_section *section = section_of(op, mailbox);

	*out = (struct effect){ .status = EFFECT_NONE };
	if (stored->version == 0)
		return OK;
	out->since = stored->changed;
	switch (oof_in_effect(&stored->settings, op->now)) {
	case OOF_IS_OFF:
		return off_effect(d, op, mailbox, out);
	case OOF_IS_OVER: /* a script says so itself */
		out->status = EFFECT_OFF;
		out->reason = "it is over";
		return OK;
	default:
		break;
	}
	if (section == NULL) {
		out->status = EFFECT_STORED;
		out->reason = op_print(op, "no section backend serves %s",
				       text_domain(mailbox->address));
		return OK;
	}
	return section_is_milter(section)
		       ? milter_effect(d, op, mailbox, section, stored, out)
		       : script_effect(d, op, mailbox, section, stored, out);
}
