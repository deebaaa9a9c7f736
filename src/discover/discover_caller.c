/* SPDX-License-Identifier: Apache-2.0 */
/* What the dialects that want a login have in common. */
#include "discover/discover.h"

#include "base/text.h"
#include "discover/discover_service.h"
#include "wire/coding.h"

enum err
discover_place_find(struct house *house, struct op *op,
		    struct discover_place *out)
{
	const struct mailbox *caller = op->caller->mailbox;
	struct domain domain;
	enum err err;

	out->url = op->settings->public_url;
	out->organization = "";
	err = store_domain_find(house->store, op, text_domain(caller->address),
				&domain);
	if (err == OK)
		out->organization = domain.organization_name;
	return err == ERR_NOT_FOUND ? OK : err; /* removed a moment ago */
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
