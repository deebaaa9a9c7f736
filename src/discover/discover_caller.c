/* SPDX-License-Identifier: Apache-2.0 */
/* What the dialects that want a login have in common. */
#include "discover/discover.h"

#include "base/idn.h"
#include "base/text.h"
#include "discover/discover_service.h"
#include "model/service.h"
#include "wire/coding.h"

#define NOWHERE (-1) /* no organization has this id */

/* A domain of the caller's organization: an application has no mailbox, and is
 * where its first domain or address is. NULL: it may act for nobody. */
static const char *
own_domain(const struct caller *caller)
{
	const struct service_account *rights = caller->rights;

	if (caller->mailbox != NULL)
		return text_domain(caller->mailbox->address);
	if (rights == NULL)
		return NULL;
	return rights->domains[0] != NULL ? rights->domains[0]
					  : text_domain(rights->addresses[0]);
}

enum err
discover_place_find(struct house *house, struct op *op,
		    struct discover_place *out)
{
	const struct mailbox *caller = op->caller->mailbox;
	const char *name = own_domain(op->caller);
	struct domain domain;
	enum err err;

	*out = (struct discover_place){
		.url = op->settings->public_url,
		.organization = "",
		.organization_id =
			caller == NULL ? NOWHERE : caller->organization,
	};
	if (name == NULL)
		return OK;
	err = store_domain_find(house->store, op, idn_fold(op, name), &domain);
	if (err == OK)
		out->organization = domain.organization_name;
	if (err == OK && caller == NULL)
		out->organization_id = domain.organization;
	return err == ERR_NOT_FOUND ? OK : err; /* removed a moment ago */
}

/* Where colleagues do not look each other up and addresses are not public, a
 * caller finds himself and whom he may act for: guessing at addresses is no
 * more fruitful here than elsewhere. ERR_NOT_FOUND: not this one. */
static enum err
colleague_check(struct house *house, struct op *op, const struct mailbox *found)
{
	const struct mailbox *caller = op->caller->mailbox;

	if (op->settings->resolve_names || op->settings->address_book_public ||
	    found->id == caller->id ||
	    service_covers(op, service_of(op), found->address))
		return OK;
	return store_owner_find(house->store, op, found->id, caller->id);
}

enum err
discover_mailbox_find(struct house *house, struct op *op,
		      const struct discover_place *place, const char *address,
		      const struct mailbox **out)
{
	const struct caller *caller = op->caller;

	TRY(directory_resolve(house->directory, op, address,
			      place->organization_id, out));
	if (caller->mailbox != NULL)
		return colleague_check(house, op, *out);
	if (!service_covers(op, caller->rights, (*out)->address))
		return FAIL(op, ERR_NOT_FOUND, "not one it may act for");
	return OK;
}

enum err
discover_body(struct op *op, const struct request *req, struct bytes *out,
	      struct response *res)
{
	enum coding coding = coding_find(req->headers.content_encoding);

	*out = (struct bytes){ NULL, 0 };
	if (coding != CODING_UNKNOWN)
		return coding_decode(op, coding, req->body, DISCOVER_BODY_MAX,
				     out);
	res->status = 415;
	response_header(res, "Accept-Encoding", "gzip");
	op->result = "415";
	op->reason = "a content coding that is not read here";
	return OK;
}
