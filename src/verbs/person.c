/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/person.h"
#include "base/text.h"
#include "cli/out.h"
#include "cli/words.h"
#include "model/answered.h"
#include "verbs/absence.h"
#include "verbs/answered.h"
#include "verbs/audit.h"
#include "verbs/photo_words.h"

#define ANSWERED_PAGE 500 /* rows */
#define AUDIT_PAGE 500    /* rows */
#define CONTACT_PAGE 500  /* contacts */

json_t *
person_row(const struct mailbox *mailbox)
{
	return json_pack(
		"{s:o,s:o,s:o,s:o,s:b}", "address", out_text(mailbox->address),
		"name", out_text(mailbox->name), "external",
		out_text(words_audience_name(mailbox->policy)), "tz",
		out_text(mailbox->zone), "login", mailbox->password != NULL);
}

static enum err
aliases_json(struct cli *c, const struct mailbox *mailbox, json_t *to)
{
	struct text_list all;

	TRY(store_alias_list(c->wings.house.store, &c->op, mailbox->id, &all));
	for (size_t i = 0; i < all.n; i++)
		json_array_append_new(to, out_text(all.text[i]));
	return OK;
}

static enum err
owners_json(struct cli *c, const struct mailbox *mailbox, json_t *to)
{
	struct mailbox_list all;

	TRY(store_owner_list(c->wings.house.store, &c->op, mailbox->id, &all));
	for (size_t i = 0; i < all.n; i++)
		json_array_append_new(to, out_text(all.mailbox[i].address));
	return OK;
}

static enum err
facts_add(struct cli *c, const struct mailbox *mailbox, json_t *to)
{
	json_t *aliases = json_array(), *owners = json_array();
	struct domain domain;

	json_object_set_new(to, "aliases", aliases);
	json_object_set_new(to, "owners", owners);
	TRY(aliases_json(c, mailbox, aliases));
	TRY(owners_json(c, mailbox, owners));
	TRY(person_source_add(c, &c->op, mailbox, to));
	TRY(store_domain_find(c->wings.house.store, &c->op,
			      text_domain(mailbox->address), &domain));
	json_object_set_new(to, "organization",
			    out_text(domain.organization_name));
	json_object_set_new(to, "zone",
			    out_text(mailbox_zone(&c->op, mailbox)));
	return OK;
}

/* What a client would be shown by what is known, without asking anybody. */
static enum err
photo_state_add(struct cli *c, const struct mailbox *mailbox, json_t *to)
{
	struct store *store = c->wings.house.store;
	struct photo_state state;
	struct photo photo = { 0 };
	json_t *copy;

	TRY(store_photo_state(store, &c->op, mailbox->id, &state));
	if (state.uploaded || state.found == PHOTO_FOUND)
		TRY(store_photo_get(store, &c->op, mailbox->id, 0,
				    state.uploaded ? PHOTO_FACTS
						   : PHOTO_DIRECTORY,
				    &photo));
	TRY(photo_copy_json(store, &c->op, mailbox->id, &copy));
	json_object_set_new(to, "photo",
			    photo.layer != 0 ? words_time(&c->op, photo.changed)
					     : json_null());
	json_object_set_new(to, "photo_from",
			    out_text(photo_layer_word(photo.layer)));
	json_object_set_new(to, "photo_hidden", json_boolean(state.hidden));
	json_object_set_new(to, "photo_copy", copy);
	return OK;
}

static enum err
states_add(struct cli *c, const struct mailbox *mailbox, json_t *to)
{
	struct store *store = c->wings.house.store;
	struct oof_stored stored;

	TRY(store_oof_get(store, &c->op, mailbox->id, &stored));
	json_object_set_new(to, "oof",
			    out_text(words_state_name(stored.settings.state)));
	return photo_state_add(c, mailbox, to);
}

static void
json_done(json_t **value)
{
	json_decref(*value);
}

json_t *
person_contact(const struct contact *contact)
{
	return json_pack("{s:o,s:o,s:o}", "contact", out_text(contact->address),
			 "name", out_text(contact->name), "origin",
			 out_text(contact->origin));
}

enum err
person_source_add(struct cli *c, struct op *op, const struct mailbox *mailbox,
		  json_t *to)
{
	struct person_link link = { .source = NULL };
	enum err err =
		store_person_get(c->wings.house.store, op, mailbox->id, &link);

	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	json_object_set_new(to, "source", out_text(link.source));
	json_object_set_new(
		to, "state",
		out_text(err == OK ? person_state_word(link.state) : NULL));
	return OK;
}

/* By what the source knows him. */
static enum err
tie_add(struct cli *c, const struct mailbox *mailbox, json_t *to)
{
	struct person_link link = { .uid = NULL };
	enum err err = store_person_get(c->wings.house.store, &c->op,
					mailbox->id, &link);

	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	json_object_set_new(to, "source_uid", out_text(link.uid));
	json_object_set_new(to, "source_login", out_text(link.login));
	json_object_set_new(to, "source_asked",
			    err == OK ? words_time(&c->op, link.checked)
				      : json_null());
	return OK;
}

enum err
person_facts(struct cli *c, const struct mailbox *mailbox, json_t **out)
{
	CLEANUP(json_done) json_t *all = person_row(mailbox);

	TRY(facts_add(c, mailbox, all));
	TRY(states_add(c, mailbox, all));
	*out = json_incref(all);
	return OK;
}

static enum err
layer_add(struct cli *c, const struct mailbox *mailbox, const char *key,
	  unsigned layer, json_t *to)
{
	struct photo photo;
	enum err err =
		store_photo_get(c->wings.house.store, &c->op, mailbox->id, 0,
				layer | PHOTO_JPEG, &photo);

	if (err == ERR_NOT_FOUND) {
		json_object_set_new(to, key, json_null());
		return OK;
	}
	TRY(err);
	json_object_set_new(
		to, key,
		json_pack("{s:s,s:i,s:o,s:o}", "type", "image/jpeg", "edge",
			  (int)photo.edge, "changed",
			  words_time(&c->op, photo.changed), "base64",
			  out_text(text_base64(&c->op, photo.jpeg))));
	return OK;
}

static enum err
photos_add(struct cli *c, const struct mailbox *mailbox, json_t *to)
{
	TRY(layer_add(c, mailbox, "photo", PHOTO_FACTS, to));
	return layer_add(c, mailbox, "directory_photo", PHOTO_DIRECTORY, to);
}

/* Whose mailboxes it owns besides. */
static enum err
owned_add(struct cli *c, const struct mailbox *mailbox, json_t *to)
{
	json_t *owns = json_array();
	struct mailbox_list all;

	json_object_set_new(to, "owns", owns);
	TRY(store_owned_list(c->wings.house.store, &c->op, mailbox->id, &all));
	for (size_t i = 0; i < all.n; i++)
		json_array_append_new(owns, out_text(all.mailbox[i].address));
	return OK;
}

/* Whom it knows: its own, not what its domain shares. */
static enum err
contacts_add(struct cli *c, const struct mailbox *mailbox, json_t *to)
{
	struct contact_search search = { 0 };
	struct contact_list page = { .n = CONTACT_PAGE };
	json_t *contacts = json_array();

	json_object_set_new(to, "contacts", contacts);
	while (page.n == CONTACT_PAGE) {
		struct op *op = cli_page(c);
		enum err err = store_contact_list(c->wings.house.store, op,
						  mailbox->id, &search,
						  CONTACT_PAGE, &page);

		if (err != OK)
			return FAIL(&c->op, err, "%s", op->reason);
		for (size_t i = 0; i < page.n; i++)
			json_array_append_new(contacts,
					      person_contact(&page.contact[i]));
	}
	return OK;
}

/* What was done to it, and what it did to others. */
static enum err
audit_add(struct cli *c, const struct mailbox *mailbox, json_t *to)
{
	struct audit_search search = { .mailbox = mailbox->id };
	struct audit_list page = { .n = 1 };
	json_t *audit = json_array();

	json_object_set_new(to, "audit", audit);
	while (page.n > 0) {
		struct op *op = cli_page(c);
		enum err err = store_audit_list(c->wings.house.store, op,
						&search, AUDIT_PAGE, &page);

		if (err != OK)
			return FAIL(&c->op, err, "%s", op->reason);
		for (size_t i = 0; i < page.n; i++)
			json_array_append_new(audit,
					      audit_json(op, &page.row[i]));
	}
	return OK;
}

/* Whom it answered, the newest first. */
static enum err
answered_add(struct cli *c, const struct mailbox *mailbox, json_t *to)
{
	struct answered_list page = { .n = ANSWERED_PAGE };
	json_t *answered = json_array();
	int64_t before = 0;

	json_object_set_new(to, "answered", answered);
	while (page.n == ANSWERED_PAGE) {
		struct op *op = cli_page(c);
		enum err err = store_answered_list(c->wings.house.store, op,
						   mailbox->id, before,
						   ANSWERED_PAGE, &page);

		if (err != OK)
			return FAIL(&c->op, err, "%s", op->reason);
		for (size_t i = 0; i < page.n; i++) {
			json_array_append_new(answered,
					      answered_json(op, &page.row[i]));
			before = page.row[i].id;
		}
	}
	return OK;
}

static enum err
absence_add(struct cli *c, const struct mailbox *mailbox, json_t *to)
{
	struct oof_stored stored;
	struct effect effect;

	TRY(store_oof_get(c->wings.house.store, &c->op, mailbox->id, &stored));
	TRY(delivery_effect(c->wings.house.delivery, &c->op, mailbox, &stored,
			    &effect));
	json_object_set_new(to, "oof",
			    absence_json(&c->op, mailbox, &stored, &effect));
	return OK;
}

enum err
person_export(struct cli *c, const struct mailbox *mailbox, json_t **out)
{
	static enum err (*const parts[])(
		struct cli * c, const struct mailbox *mailbox, json_t *to) = {
		facts_add, absence_add,  photos_add,   owned_add,
		tie_add,   contacts_add, answered_add, audit_add,
	};
	CLEANUP(json_done) json_t *all = person_row(mailbox);

	for (size_t i = 0; i < COUNT(parts); i++)
		TRY(parts[i](c, mailbox, all));
	*out = json_incref(all);
	return OK;
}
