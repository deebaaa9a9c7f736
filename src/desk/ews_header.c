/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/ews_header.h"

#include "base/idn.h"
#include "base/text.h"
#include "model/service.h"

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

static bool
is_empty(const char *text)
{
	return text == NULL || *text == '\0';
}

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
	if (is_empty(out->principal) && is_empty(out->sid) &&
	    is_empty(out->primary) && is_empty(out->smtp))
		return fail(op, ERR_INVALID, fault,
			    SOAP_INVALID_IMPERSONATION_HEADER);
	return OK;
}

/* The one that is named; NULL: none, or by a SID, which no mailbox has here. */
static const char *
account_address(const struct soap_account *account)
{
	const char *address = account->primary != NULL ? account->primary
			      : account->smtp != NULL  ? account->smtp
						       : account->principal;

	return address != NULL && text_is_address(address) ? address : NULL;
}

static enum err
domain_organization(struct house *house, struct op *op, const char *domain,
		    int64_t *out)
{
	struct domain found;

	TRY(store_domain_find(house->store, op, idn_fold(op, domain), &found));
	*out = found.organization;
	return OK;
}

/* An application has no mailbox: it is where its first domain or address is. */
static enum err
own_organization(struct house *house, struct op *op,
		 const struct service_account *service, int64_t *out)
{
	const struct mailbox *caller = op->caller->mailbox;

	if (caller != NULL) {
		*out = caller->organization;
		return OK;
	}
	return domain_organization(house, op,
				   service->domains[0] != NULL
					   ? service->domains[0]
					   : text_domain(service->addresses[0]),
				   out);
}

/* Which addresses exist is told only where it may act for all that would. */
static enum err
nobody_there(struct house *house, struct op *op, const char *address,
	     int64_t organization, struct soap_fault *fault)
{
	int64_t of;
	enum err err =
		domain_organization(house, op, text_domain(address), &of);

	if (err == ERR_NOT_FOUND || (err == OK && of != organization))
		return fail(op, ERR_DENIED, fault,
			    SOAP_IMPERSONATE_USER_DENIED);
	TRY(err);
	(void)fail(op, ERR_NOT_FOUND, fault, SOAP_NONEXISTENT_MAILBOX);
	fault->value_name = "SmtpAddress";
	fault->value = address;
	return ERR_NOT_FOUND;
}

/* From here on the caller is that mailbox (G-24); who asks is kept. */
static void
caller_become(struct op *op, const struct service_account *service,
	      const struct mailbox *mailbox)
{
	struct caller *caller = op_alloc(op, sizeof(*caller));

	*caller = *op->caller;
	caller->service = caller->login;
	caller->rights = service;
	caller->mailbox = mailbox;
	op->caller = caller;
}

/* By the address of the mailbox, not by an alias that leads to it. */
static enum err
service_become(struct house *house, struct op *op, const char *address,
	       struct soap_fault *fault)
{
	const struct service_account *service = service_of(op);
	const struct mailbox *found;
	int64_t organization;
	enum err err = ERR_NOT_FOUND;

	if (service != NULL)
		err = own_organization(house, op, service, &organization);
	if (err == ERR_NOT_FOUND)
		return fail(op, ERR_DENIED, fault,
			    SOAP_IMPERSONATE_USER_DENIED);
	TRY(err);
	err = directory_resolve(house->directory, op, address, organization,
				&found);
	if (err == ERR_NOT_FOUND && service_covers(op, service, address))
		return nobody_there(house, op, address, organization, fault);
	if (err == ERR_NOT_FOUND ||
	    (err == OK && !service_covers(op, service, found->address)))
		return fail(op, ERR_DENIED, fault,
			    SOAP_IMPERSONATE_USER_DENIED);
	TRY(err);
	caller_become(op, service, found);
	return OK;
}

/* Acting as oneself is harmless, and asked for again when an op runs again. */
static enum err
impersonation_check(struct house *house, struct op *op,
		    const struct xml_node *header, struct soap_fault *fault)
{
	const struct mailbox *caller = op->caller->mailbox, *found;
	struct soap_account account = { 0 };
	const char *address;
	enum err err;

	TRY(account_read(op, header, &account, fault));
	address = account_address(&account);
	if (address == NULL)
		return fail(op, ERR_DENIED, fault,
			    SOAP_IMPERSONATE_USER_DENIED);
	if (caller != NULL) {
		err = directory_resolve(house->directory, op, address,
					caller->organization, &found);
		if (err == OK && found->id == caller->id)
			return OK;
		if (err != OK && err != ERR_NOT_FOUND)
			return err;
	}
	return service_become(house, op, address, fault);
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
	if (op->caller->mailbox == NULL) /* an application acts as nobody */
		return fail(op, ERR_DENIED, fault,
			    SOAP_IMPERSONATE_USER_DENIED);
	return OK;
}
