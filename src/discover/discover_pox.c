/* SPDX-License-Identifier: Apache-2.0 */
/* The older dialect: plain XML without an envelope. */
#include "discover/discover.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "discover/discover_service.h"
#include "wire/url.h"

#include <inttypes.h>
#include <string.h>

#define ANSWER_MAX (64 * KIB)
#define ANSWER_HINT (2 * KIB)
#define TIME_AT 11 /* of yyyy-mm-ddThh:mm:ssZ */
#define TIME_N 8
/* exactly this: DavMail compares it */
#define CONTENT_TYPE "text/xml; charset=utf-8"
#define DECLARATION "<?xml version=\"1.0\" encoding=\"utf-8\"?>"

/* ---- refusals: HTTP 200, and one of these ---- */

enum refusal {
	NO_ADDRESS = 1,
	BAD_ADDRESS,
	INVALID_REQUEST,
	NO_PROVIDER,
	SERVER_ERROR,
};

static const struct {
	int code;
	const char *result;
	const char *message; /* some clients compare it */
} refusals[] = {
	/* clang-format off */
	[NO_ADDRESS]      = { 500, "500", "The email address can't be found." },
	[BAD_ADDRESS]     = { 501, "501", "Bad Address" },
	[INVALID_REQUEST] = { 600, "600", "Invalid Request" },
	[NO_PROVIDER]     = { 601, "601", "Provider is not available" },
	[SERVER_ERROR]    = { 603, "603", "Server Error" },
	/* clang-format on */
};

static void
answer(struct op *op, const char *root, const struct xsd_type *type,
       const void *in, struct response *res)
{
	struct buf buf;

	buf_init(&buf, op, ANSWER_HINT, ANSWER_MAX);
	buf_puts(&buf, DECLARATION);
	xsd_write(&buf, XSD_DEFAULT, root, type, in);
	res->status = 200;
	res->content_type = CONTENT_TYPE;
	res->body = buf_bytes(&buf);
}

/* Id is the server's: the same for all of one installation. */
static void
refuse(struct op *op, enum refusal refusal, struct response *res)
{
	const char *time = clock_xml(op, op->now) + TIME_AT;
	const struct pox_error error = {
		.time = op_print(op, "%.*s.0000000", TIME_N, time),
		.id = op_print(
			op, "%" PRIu32,
			digest_crc(0, bytes_of(op->settings->public_url))),
		.code = refusals[refusal].code,
		.message = refusals[refusal].message,
		.debug = true,
	};
	const struct pox_refusal out = { .response = { .error = error } };

	op->result = refusals[refusal].result;
	answer(op, "x:Autodiscover", &pox_refusal_type, &out, res);
}

/* ---- the request ---- */

static enum err
query_read(struct op *op, struct bytes document, struct pox_query *out,
	   enum refusal *refusal)
{
	struct pox_request request = { 0 };
	struct xml_fault fault = { 0 };
	const struct xml_node *root;

	*refusal = INVALID_REQUEST;
	TRY(xml_parse(op, document, &root, &fault));
	if (xml_is(root, "xm:Autodiscover")) {
		*refusal = NO_PROVIDER;
		return FAIL(op, ERR_INVALID, "ActiveSync is not offered");
	}
	if (!xml_is(root, "xq:Autodiscover"))
		return FAIL(op, ERR_INVALID, "%s is no request", root->name);
	TRY(xsd_read(op, &pox_request_type, root, &request, &fault));
	*out = request.query;
	if (strcmp(out->schema, xml_ns_uri(NS_POX_OUTLOOK)) == 0)
		return OK;
	*refusal = NO_PROVIDER;
	return FAIL(op, ERR_INVALID, "answers of that schema are not made");
}

/* Whom it asks for: by address, else by the DN that an earlier answer had. */
static enum err
address_find(struct op *op, const struct discover_place *place,
	     const struct pox_query *query, const char **out,
	     enum refusal *refusal)
{
	*refusal = INVALID_REQUEST;
	if (query->address == NULL && query->dn == NULL)
		return FAIL(op, ERR_INVALID, "nobody is asked for");
	*refusal = BAD_ADDRESS;
	*out = query->address;
	if (*out == NULL)
		*out = discover_dn_address(op, place, query->dn);
	if (*out != NULL && text_is_address(*out))
		return OK;
	return FAIL(op, ERR_INVALID, "not an address");
}

static enum err
mailbox_find(struct house *house, struct op *op,
	     const struct discover_place *place, const struct pox_query *query,
	     const struct mailbox **out, enum refusal *refusal)
{
	const char *address;
	enum err err;

	TRY(address_find(op, place, query, &address, refusal));
	op->target = text_head(op, address, ADDRESS_MAX);
	err = discover_mailbox_find(house, op, place, address, out);
	*refusal = err == ERR_NOT_FOUND ? NO_ADDRESS : SERVER_ERROR;
	return err;
}

/* ---- the answer ---- */

static void
found(struct op *op, const struct discover_place *place,
      const struct mailbox *mailbox, struct response *res)
{
	const char *host = url_host(op, place->url);
	const char *ews = discover_ews_url(op, place);
	/* Inside and outside are one; Evolution wants one of the two, Outlook
	 * the second when it is not at home. */
	struct pox_protocol protocols[] = {
		{ .type = "EXCH", .server = host },
		{ .type = "EXPR",
		  .server = host,
		  .ssl = "On",
		  .auth = "Basic" },
	};
	const struct pox_answer
		out = { .response = {
				.user = { .name = mailbox->name[0] == '\0'
							  ? mailbox->address
							  : mailbox->name,
					  .address = mailbox->address },
				.account = { .email = true,
					     .settings = true,
					     .protocol = protocols,
					     .protocol_n = COUNT(protocols) },
			} };

	for (size_t i = 0; i < COUNT(protocols); i++) {
		protocols[i].as_url = ews;
		protocols[i].oof_url = ews;
		protocols[i].ews_url = ews;
	}
	op->result = "NoError";
	answer(op, "x:Autodiscover", &pox_answer_type, &out, res);
}

static enum err
query_answer(struct house *house, struct op *op, struct bytes document,
	     struct response *res, enum refusal *refusal)
{
	struct discover_place place;
	struct pox_query query = { 0 };
	const struct mailbox *mailbox;

	TRY(query_read(op, document, &query, refusal));
	*refusal = SERVER_ERROR;
	TRY(discover_place_find(house, op, &place));
	TRY(mailbox_find(house, op, &place, &query, &mailbox, refusal));
	found(op, &place, mailbox, res);
	return OK;
}

enum err
discover_pox_post(struct house *house, struct op *op, const struct request *req,
		  struct response *res)
{
	enum refusal refusal;
	struct bytes document;
	enum err err;

	TRY(discover_body(op, req, &document, res));
	if (res->status != 0)
		return OK;
	err = query_answer(house, op, document, res, &refusal);
	if (err == ERR_WAIT)
		return err;
	if (err != OK)
		refuse(op, refusal, res);
	return OK;
}

enum err
discover_pox_get(struct house *house, struct op *op, const struct request *req,
		 struct response *res)
{
	(void)house;
	(void)req;
	op->reason = "a GET has no request in it";
	refuse(op, INVALID_REQUEST, res);
	return OK;
}
