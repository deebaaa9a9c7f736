/* SPDX-License-Identifier: Apache-2.0 */
#include "companion/names.h"

#include "base/text.h"

#include <string.h>

/* clang-format off */
static const struct xsd_word scope_words[] = {
	{ "ActiveDirectory",         NAMES_DIRECTORY },
	{ "ActiveDirectoryContacts", NAMES_DIRECTORY },
	{ "ContactsActiveDirectory", NAMES_DIRECTORY },
	{ "Contacts",                NAMES_CONTACTS },
	{ NULL, 0 },
};
static const struct xsd_words scopes = { "t:ResolveNamesSearchScopeType", scope_words };

#define T struct names_request
static const struct xsd_field request_fields[] = {
	XSD_BEHIND("m:ParentFolderIds",       OPTIONAL, T, folders, folders_ids),
	XSD_TOKEN ("m:UnresolvedEntry",       REQUIRED, T, entry),
	XSD_ENUM  ("@ReturnFullContactData",  OPTIONAL, T, full, xsd_booleans),
	XSD_ENUM  ("@SearchScope",            OPTIONAL, T, scope, scopes),
	XSD_TEXT  ("@ContactDataShape",       OPTIONAL, T, shape),
	XSD_END,
};
XSD_TYPE_WITH(names_request, "m:ResolveNamesType", request_fields, .base = "m:BaseRequestType");
#undef T

#define T struct names_address
static const struct xsd_field address_fields[] = {
	XSD_TEXT(XSD_OWN, REQUIRED, T, text),
	XSD_TEXT("@Key",  REQUIRED, T, key),
	XSD_END,
};
static XSD_TYPE(names_address, "t:EmailAddressDictionaryEntryType", address_fields);
#undef T

#define T struct names_addresses
static const struct xsd_field addresses_fields[] = {
	XSD_LIST("t:Entry", OPTIONAL, T, address, names_address, NAMES_ADDRESSES_MAX),
	XSD_END,
};
static XSD_TYPE(names_addresses, "t:EmailAddressDictionaryType", addresses_fields);
#undef T

#define T struct names_contact
static const struct xsd_field contact_fields[] = {
	XSD_TEXT  ("t:DisplayName",    OPTIONAL, T, name),
	XSD_INSIDE("t:EmailAddresses", OPTIONAL, T, addresses, names_addresses),
	XSD_CONST ("t:ContactSource",  OPTIONAL, T, source, "xs:string", "ActiveDirectory"),
	XSD_END,
};
static XSD_TYPE(names_contact, "t:ContactItemType", contact_fields);
#undef T

#define T struct names_resolution
static const struct xsd_field resolution_fields[] = {
	XSD_INSIDE("t:Mailbox", REQUIRED, T, mailbox, recipient),
	XSD_BEHIND("t:Contact", OPTIONAL, T, contact, names_contact),
	XSD_END,
};
static XSD_TYPE(names_resolution, "t:ResolutionType", resolution_fields);
#undef T

#define T struct names_set
static const struct xsd_field set_fields[] = {
	XSD_LIST("t:Resolution",              OPTIONAL, T, resolution, names_resolution, NAMES_MAX),
	XSD_INT ("@TotalItemsInView",         OPTIONAL, T, total),
	XSD_ENUM("@IncludesLastItemInRange",  OPTIONAL, T, last, xsd_booleans),
	XSD_END,
};
static XSD_TYPE(names_set, "t:ArrayOfResolutionType", set_fields);
#undef T

#define T struct names_message
static const struct xsd_field message_fields[] = {
	OUTCOME_ROWS(T, outcome),
	XSD_BEHIND("m:ResolutionSet", OPTIONAL, T, set, names_set),
	XSD_END,
};
static XSD_TYPE(names_message, "m:ResolveNamesResponseMessageType", message_fields);
#undef T

#define T struct names_messages
static const struct xsd_field messages_fields[] = {
	XSD_INSIDE("m:ResolveNamesResponseMessage", REQUIRED, T, message, names_message),
	XSD_END,
};
static XSD_TYPE(names_messages, NULL, messages_fields);
#undef T

#define T struct names_response
static const struct xsd_field response_fields[] = {
	XSD_INSIDE("m:ResponseMessages", REQUIRED, T, messages, names_messages),
	XSD_END,
};
XSD_TYPE(names_response, "m:ResolveNamesResponseType", response_fields);
#undef T
/* clang-format on */

/* ---- who is meant ---- */

/* Exactly that address: an alias too, and nobody else then. */
static enum err
address_find(struct house *house, struct op *op, const char *address,
	     struct mailbox_list *out)
{
	const struct mailbox *caller = op->caller->mailbox;
	const struct mailbox *found;
	enum err err = directory_resolve(house->directory, op, address,
					 caller->organization, &found);

	if (err == ERR_NOT_FOUND)
		return OK;
	TRY(err);
	if (!op->settings->resolve_names && found->id != caller->id)
		return OK;
	*out = (struct mailbox_list){ 1, found };
	return OK;
}

/*
 * Colleagues may look each other up whatever address_book says, which is about
 * addresses that somebody guesses; with resolve_names off everybody finds but
 * themselves. Nobody looks beyond the own organization. One more than fits
 * tells that there are more.
 */
static enum err
entry_find(struct house *house, struct op *op, const char *entry,
	   struct mailbox_list *out)
{
	static const char smtp[] = "smtp:";
	const struct mailbox *caller = op->caller->mailbox;

	*out = (struct mailbox_list){ 0 };
	if (strlen(entry) > NAMES_ENTRY_MAX)
		return OK;
	if (text_case_starts(entry, smtp))
		return address_find(house, op, entry + strlen(smtp), out);
	TRY(address_find(house, op, entry, out));
	if (out->n > 0)
		return OK;
	if (op->settings->resolve_names)
		return store_book_find(house->store, op, caller->organization,
				       entry, NAMES_MAX + 1, out);
	if (*entry != '\0' && text_case_equal(entry, caller->name))
		*out = (struct mailbox_list){ 1, caller };
	return OK;
}

/* ---- what is answered ---- */

static enum err
contact_make(struct house *house, struct op *op, const struct mailbox *m,
	     struct names_contact **out)
{
	static const char *const keys[NAMES_ADDRESSES_MAX] = {
		"EmailAddress1", "EmailAddress2", "EmailAddress3"
	};
	struct names_contact *c = op_alloc(op, sizeof(*c));
	struct names_address *a = op_alloc(op, sizeof(*a) * COUNT(keys));
	struct text_list aliases;

	TRY(store_alias_list(house->store, op, m->id, &aliases));
	for (size_t i = 0; i < COUNT(keys) && i <= aliases.n; i++) {
		const char *address = i == 0 ? m->address : aliases.text[i - 1];

		a[i].key = keys[i];
		/* in capitals: the one that mail is sent from */
		a[i].text = op_print(op, "%s:%s", i == 0 ? "SMTP" : "smtp",
				     address);
		c->addresses.address_n++;
	}
	c->addresses.address = a;
	c->name = m->name;
	c->source = true;
	*out = c;
	return OK;
}

static enum err
set_make(struct house *house, struct op *op, const struct mailbox_list *found,
	 bool full, struct names_set *out)
{
	size_t n = found->n < NAMES_MAX ? found->n : NAMES_MAX;

	out->resolution = op_alloc(op, n * sizeof(*out->resolution));
	out->resolution_n = n;
	out->total = (int)n;
	out->last = n == found->n ? XSD_TRUE : XSD_FALSE;
	for (size_t i = 0; i < n; i++) {
		const struct mailbox *m = &found->mailbox[i];
		struct names_resolution *r = &out->resolution[i];

		r->mailbox = (struct recipient){
			.name = *m->name == '\0' ? m->address : m->name,
			.address = m->address,
			.routing = "SMTP",
			.kind = RECIPIENT_MAILBOX,
		};
		if (full)
			TRY(contact_make(house, op, m, &r->contact));
	}
	return OK;
}

enum err
names_resolve(struct house *house, struct op *op,
	      const struct names_request *in, struct names_response *out)
{
	struct names_message *message = &out->messages.message;
	struct mailbox_list found = { 0 };

	if (in->scope != NAMES_CONTACTS)
		TRY(entry_find(house, op, in->entry, &found));
	if (found.n == 0) {
		outcome_set(op, OUTCOME_NO_RESULTS, NULL, &message->outcome);
		return OK;
	}
	message->set = op_alloc(op, sizeof(*message->set));
	TRY(set_make(house, op, &found, in->full == XSD_TRUE, message->set));
	outcome_set(op,
		    found.n == 1 ? OUTCOME_NO_ERROR : OUTCOME_MULTIPLE_RESULTS,
		    NULL, &message->outcome);
	return OK;
}
