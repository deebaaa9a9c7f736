/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/contacts/ldap.h"

#include "wing/contacts/address.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 64 /* contacts */

struct taking {
	struct op *op;
	size_t n, room;
	struct contact_card *card;
};

/* What is no address is passed over: directories hold what people type. */
static enum err
take(void *arg, const char *address, const char *name)
{
	struct taking *t = arg;
	const char **one = op_alloc(t->op, sizeof(*one));

	if (!contacts_address(t->op, address, one))
		return OK;
	if (t->n > CONTACTS_MAX)
		return FAIL(t->op, ERR_LIMIT, "more than %d contacts",
			    CONTACTS_MAX);
	if (t->n == t->room) {
		size_t room = t->n == 0 ? ROOM_MIN : 2 * t->n;
		struct contact_card *more =
			op_alloc(t->op, room * sizeof(*more));

		if (t->n > 0)
			memcpy(more, t->card, t->n * sizeof(*more));
		t->card = more;
		t->room = room;
	}
	t->card[t->n++] = (struct contact_card){ .card = *one,
						 .tag = "",
						 .name = op_dup(t->op, name),
						 .n = 1,
						 .address = one };
	return OK;
}

static int
card_order(const void *a, const void *b)
{
	const struct contact_card *ca = a, *cb = b;
	int order = strcmp(ca->card, cb->card);

	return order != 0 ? order : strcmp(ca->name, cb->name);
}

/* An address is one contact, in however many entries it is. */
static void
doubles_drop(struct taking *t)
{
	size_t n = 0;

	qsort(t->card, t->n, sizeof(*t->card), card_order);
	for (size_t i = 0; i < t->n; i++) {
		if (n == 0 || strcmp(t->card[n - 1].card, t->card[i].card) != 0)
			t->card[n++] = t->card[i];
	}
	t->n = n;
}

enum err
ldap_contacts_sync(const struct ldap_contacts_work *w, struct op *op,
		   struct contact_done *out)
{
	struct taking t = { .op = op };
	struct contact_change change = { .mailbox = w->mailbox,
					 .origin = w->section->origin,
					 .place = "",
					 .token = "",
					 .all = true };

	TRY(directory_contacts(w->directory, op, w->section->ldap, w->address,
			       take, &t));
	if (t.n > 0)
		doubles_drop(&t);
	change.n = t.n;
	change.card = t.card;
	return store_contact_put(w->store, op, &change, out);
}
