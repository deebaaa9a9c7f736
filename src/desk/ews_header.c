/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/ews_header.h"

#include "base/text.h"

typedef enum err checker(struct house *house, struct op *op,
			 const struct xml_node *header,
			 struct soap_fault *fault);

static checker version_check, impersonation_check, context_refuse;

static const struct header {
	const char *element;
	bool access; /* names somebody to act as: one of them at most */
	checker *check;
} headers[] = {
	/* clang-format off */
	{ "t:RequestServerVersion",      false, version_check },
	{ "t:ExchangeImpersonation",     true,  impersonation_check },
	{ "t:SerializedSecurityContext", true,  context_refuse },
	/* clang-format on */
};

static enum err
fail(struct op *op, enum err err, struct soap_fault *fault, enum soap_code code)
{
	*fault = (struct soap_fault){ .code = code };
	return FAIL(op, err, "%s", soap_code_name(code));
}

/* ---- t:RequestServerVersion ---- */

static enum err
version_check(struct house *house, struct op *op, const struct xml_node *header,
	      struct soap_fault *fault)
{
	struct soap_client client = { 0 };

	(void)house;
	TRY(xsd_read(op, &soap_client_type, header, &client, &fault->at));
	if (client.version == NULL || soap_is_version(client.version))
		return OK;
	return fail(op, ERR_INVALID, fault, SOAP_INVALID_SERVER_VERSION);
}

/* ---- whom to act as ---- */

static enum err
account_read(struct op *op, const struct xml_node *header,
	     struct soap_account *out, struct soap_fault *fault)
{
	const struct xml_node *sid = xml_child(header, "t:ConnectingSID");
	struct soap_impersonation read = { 0 };
	bool several =
		sid != NULL && sid->first != NULL && sid->first->next != NULL;

	if (several)
		return fail(op, ERR_INVALID, fault,
			    SOAP_MORE_THAN_ONE_ACCESS_MODE);
	if (xsd_read(op, &soap_impersonation_type, header, &read, &fault->at) !=
	    OK)
		return fail(op, ERR_INVALID, fault,
			    SOAP_INVALID_IMPERSONATION_HEADER);
	*out = read.account;
	return OK;
}

/* Acting as oneself is harmless; nobody may act as anybody else. */
static enum err
impersonation_check(struct house *house, struct op *op,
		    const struct xml_node *header, struct soap_fault *fault)
{
	const struct mailbox *caller = op->caller->mailbox;
	const struct mailbox *found;
	struct soap_account account = { 0 };
	const char *address;
	enum err err;

	TRY(account_read(op, header, &account, fault));
	address = account.primary != NULL     ? account.primary
		  : account.smtp != NULL      ? account.smtp
		  : account.principal != NULL ? account.principal
					      : account.sid;
	if (address == NULL || *address == '\0')
		return fail(op, ERR_INVALID, fault,
			    SOAP_INVALID_IMPERSONATION_HEADER);
	if (account.sid != NULL || !text_is_address(address))
		return fail(op, ERR_DENIED, fault,
			    SOAP_IMPERSONATE_USER_DENIED);
	err = directory_resolve(house->directory, op, address,
				caller->organization, &found);
	if (err == ERR_NOT_FOUND || (err == OK && found->id != caller->id))
		return fail(op, ERR_DENIED, fault,
			    SOAP_IMPERSONATE_USER_DENIED);
	return err;
}

/* Among servers that trust each other; nobody is trusted so here. */
static enum err
context_refuse(struct house *house, struct op *op,
	       const struct xml_node *header, struct soap_fault *fault)
{
	(void)house;
	(void)header;
	return fail(op, ERR_DENIED, fault, SOAP_ACCESS_DENIED);
}

/* ---- all of them ---- */

static const struct header *
header_find(const struct xml_node *el)
{
	for (size_t i = 0; i < COUNT(headers); i++) {
		if (xml_is(el, headers[i].element))
			return &headers[i];
	}
	return NULL;
}

enum err
ews_header_check(struct house *house, struct op *op,
		 const struct soap_request *request, struct soap_fault *fault)
{
	const struct xml_node *el =
		request->header == NULL ? NULL : request->header->first;
	bool accessed = false;

	for (; el != NULL; el = el->next) {
		const struct header *h = header_find(el);

		if (h == NULL)
			continue;
		if (h->access && accessed)
			return fail(op, ERR_INVALID, fault,
				    SOAP_MORE_THAN_ONE_ACCESS_MODE);
		accessed = accessed || h->access;
		TRY(h->check(house, op, el, fault));
	}
	if (request->beside != NULL)
		TRY(version_check(house, op, request->beside, fault));
	return OK;
}
