/* SPDX-License-Identifier: Apache-2.0 */

/* Asking for contacts: of one, or of everybody now. */
#include "wing/contacts/sync.h"

#include "wing/contacts/carddav.h"
#include "wing/contacts/ldap.h"

#include <stdio.h>
#include <stdlib.h>

#define SYNC_MS 300000 /* for one person's contacts */
#define ARENA_KEEP (256 * KIB)

enum err
contacts_open(struct op *op, struct store *store, struct directory *directory,
	      struct contacts **out)
{
	struct contacts *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->dav = dav_open()) == NULL) {
		free(c);
		return FAIL(op, ERR_DOWN, "no memory for contacts");
	}
	c->store = store;
	c->directory = directory;
	c->arena = arena_open(ARENA_KEEP);
	c->page = arena_open(ARENA_KEEP);
	*out = c;
	return OK;
}

void
contacts_close(struct contacts *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < ROUNDS_MAX; i++)
		free(c->round[i].origin);
	dav_close(c->dav);
	arena_close(c->arena);
	arena_close(c->page);
	free(c);
}

/* ---- one person at one section ---- */

static enum err
ask(struct contacts *c, struct op *op, const struct contacts_section *section,
    const struct mailbox *mailbox, struct contact_done *done)
{
	const struct carddav_work carddav = {
		.store = c->store,
		.dav = c->dav,
		.section = section,
		.mailbox = mailbox == NULL ? CONTACT_SHARED : mailbox->id,
		.address = mailbox == NULL ? "" : mailbox->address,
	};
	const struct ldap_contacts_work ldap = {
		.store = c->store,
		.directory = c->directory,
		.section = section,
		.mailbox = carddav.mailbox,
		.address = carddav.address,
	};

	*done = (struct contact_done){ 0 };
	return section->carddav != NULL ? carddav_sync(&carddav, op, done)
					: ldap_contacts_sync(&ldap, op, done);
}

enum err
contacts_ask(struct contacts *c, const struct op *op,
	     const struct contacts_section *section,
	     const struct mailbox *mailbox, struct contacts_result *result)
{
	int64_t id = mailbox == NULL ? CONTACT_SHARED : mailbox->id;
	struct op own;
	enum err err;

	arena_reset(c->arena);
	op_init(&own, c->arena, op->settings, SYNC_MS);
	own.may_wait = true;
	*result = (struct contacts_result){
		.mailbox = mailbox,
		.origin = section->origin,
	};
	err = ask(c, &own, section, mailbox, &result->done);
	if (err != OK)
		result->reason =
			own.reason == NULL ? err_name(err) : own.reason;
	(void)store_contact_note(c->store, &own, id, section->origin,
				 result->reason);
	return err;
}

/* ---- everybody, now ---- */

struct everybody {
	struct contacts *c;
	struct op *op;
	contacts_told *told;
	void *arg;
	size_t *failed;
};

static void
ask_tell(const struct everybody *e, const struct contacts_section *section,
	 const struct mailbox *mailbox)
{
	struct contacts_result result;

	if (contacts_ask(e->c, e->op, section, mailbox, &result) != OK)
		(*e->failed)++;
	e->told(e->arg, &result);
}

enum err
contacts_page(struct contacts *c, const struct op *op, const char *after,
	      struct mailbox_list *out)
{
	struct op page;

	arena_reset(c->page);
	op_init(&page, c->page, op->settings, SYNC_MS);
	page.may_wait = true;
	return store_mailbox_list(c->store, &page, NULL, after, PAGE, out);
}

static enum err
section_sync(const struct everybody *e, const struct contacts_section *section)
{
	struct mailbox_list page = { .n = PAGE };
	char after[ADDRESS_MAX + 1] = "";

	if (section->shared) {
		ask_tell(e, section, NULL);
		return OK;
	}
	while (page.n == PAGE) {
		TRY(contacts_page(e->c, e->op, after, &page));
		for (size_t i = 0; i < page.n; i++) {
			const struct mailbox *m = &page.mailbox[i];

			if (contacts_section_serves(e->op, section,
						    text_domain(m->address)))
				ask_tell(e, section, m);
			(void)snprintf(after, sizeof(after), "%s", m->address);
		}
	}
	return OK;
}

enum err
contacts_sync(struct contacts *c, struct op *op, const struct mailbox *mailbox,
	      contacts_told *told, void *arg, size_t *failed)
{
	const struct everybody e = { c, op, told, arg, failed };
	struct contacts_section_list all;

	*failed = 0;
	contacts_sections(op, &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct contacts_section *s = &all.section[i];

		if (mailbox == NULL)
			TRY(section_sync(&e, s));
		else if (contacts_section_serves(op, s,
						 text_domain(mailbox->address)))
			ask_tell(&e, s, s->shared ? NULL : mailbox);
	}
	return OK;
}
