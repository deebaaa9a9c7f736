/* SPDX-License-Identifier: Apache-2.0 */

/* Everything that a mailbox's script is made of, from the store. */
#include "delivery/delivery_own.h"
#include "model/contacts.h"
#include "oof/oof_decide.h"
#include "sieve/sieve.h"

/* Only where they decide: a change of anybody's contacts is to touch no other
 * scripts. */
static enum err
contacts_read(struct op *op, struct oof_world *w, struct text_list *out)
{
	*out = (struct text_list){ 0 };
	if (oof_audience_within(&w->stored.settings, w->mailbox->policy) !=
	    AUDIENCE_KNOWN)
		return OK;
	return contacts_all(w->store, op, w->mailbox, out);
}

enum err
script_make(struct delivery *d, struct op *op, const struct mailbox *mailbox,
	    const struct backend_limits *limits, struct sieve_script *out)
{
	struct text_list inside, contacts;
	struct oof_world world;

	TRY(oof_world_open(op, d->store, mailbox, &world));
	TRY(oof_world_inside(op, &world, &inside));
	TRY(contacts_read(op, &world, &contacts));

	const struct sieve_wish wish = {
		.mailbox = mailbox,
		.stored = &world.stored,
		.aliases_n = world.aliases.n,
		.alias = world.aliases.text,
		.inside_n = inside.n,
		.inside = inside.text,
		.contacts_n = contacts.n,
		.contact = contacts.text,
		.options = &world.options,
		.subjects = op->settings->reply_subjects,
		.from_recipient = op->settings->reply_from_recipient,
		.size_max = limits == NULL ? 0 : limits->size,
		.included = limits != NULL && limits->included,
		.capabilities = limits == NULL ? NULL : limits->capabilities,
	};

	return sieve_write(op, &wish, out);
}

enum err
delivery_script(struct delivery *d, struct op *op,
		const struct mailbox *mailbox, uint64_t size_max,
		struct bytes *out, const char **note)
{
	const struct backend_limits limits = { .size = size_max };
	struct sieve_script script;

	TRY(script_make(d, op, mailbox, &limits, &script));
	*out = script.text;
	*note = script.note;
	return OK;
}
