/* SPDX-License-Identifier: Apache-2.0 */
/* GetUserSettings in its envelope; the other operations are refused in the
 * form that their clients read. */
#include "discover/discover.h"

#include "base/buf.h"
#include "base/text.h"
#include "discover/discover_service.h"
#include "wire/soap.h"

#include <string.h>

/* 100 users with 100 settings each, of names of the usual length. */
#define ANSWER_MAX (4 * MIB)
#define ANSWER_HINT (4 * KIB)
#define MESSAGE_ID_MAX 256 /* bytes of a MessageID that is given back */
#define ACTION                                                                 \
	"http://schemas.microsoft.com/exchange/2010/Autodiscover/"             \
	"Autodiscover/"

/* ---- the header ---- */

struct discover_header {
	const char *version, *action, *message_id;
};

#define T struct discover_header
static const struct xsd_field header_fields[] = {
	/* clang-format off */
	XSD_TOKEN("a:RequestedServerVersion", OPTIONAL, T, version),
	XSD_TOKEN("wsa:Action",               OPTIONAL, T, action),
	XSD_TOKEN("wsa:MessageID",            OPTIONAL, T, message_id),
	XSD_END,
	/* clang-format on */
};
static XSD_TYPE_WITH(discover_header, NULL, header_fields, .lax = true);
#undef T

/* ---- the operations ---- */

struct call {
	struct soap_request soap;
	const struct operation
		*operation; /* NULL: not known, or none of ours */
	struct discover_header header;
	struct soap_fault fault;
	struct buf buf;
};

typedef enum err runner(struct house *house, struct op *op, struct call *call,
			struct discover_response *out);

struct operation {
	const char *request, *response; /* the elements in Body */
	const char *action, *answer;    /* what WS-Addressing calls them */
	const char *name;               /* for the access line */
	runner *run;
};

static runner settings_run, domains_refuse, federation_refuse;

#define OPERATION(n, run)                                                      \
	{                                                                      \
		"a:" n "RequestMessage", "a:" n "ResponseMessage", ACTION n,   \
			ACTION n "Response", "Autodiscover." n, run            \
	}

static const struct operation operations[] = {
	/* clang-format off */
	OPERATION("GetUserSettings",                     settings_run),
	OPERATION("GetDomainSettings",                   domains_refuse),
	OPERATION("GetFederationInformation",            federation_refuse),
	OPERATION("GetOrganizationRelationshipSettings", federation_refuse),
	/* clang-format on */
};

static void
refuse(enum discover_code code, const char *why, struct discover_response *out)
{
	out->code = code;
	out->message = why;
}

static enum err
domains_refuse(struct house *house, struct op *op, struct call *call,
	       struct discover_response *out)
{
	(void)house;
	(void)op;
	(void)call;
	refuse(DISCOVER_INVALID_REQUEST,
	       "There are no settings of domains here.", out);
	return OK;
}

static enum err
federation_refuse(struct house *house, struct op *op, struct call *call,
		  struct discover_response *out)
{
	(void)house;
	(void)op;
	(void)call;
	refuse(DISCOVER_NOT_FEDERATED, "The organization is not federated.",
	       out);
	return OK;
}

/* One of the users that were asked for; not found: an answer as well. */
static enum err
user_run(struct house *house, struct op *op, const struct discover_place *place,
	 const struct discover_user *user, const struct discover_names *names,
	 struct discover_user_response *out)
{
	const char *address = user->mailbox == NULL ? "" : user->mailbox;
	const struct mailbox *mailbox;
	enum err err =
		discover_mailbox_find(house, op, place, address, &mailbox);

	if (err == ERR_NOT_FOUND) {
		discover_stranger(op, address, out);
		return OK;
	}
	TRY(err);
	discover_user(op, place, mailbox, names, out);
	return OK;
}

/* What is wrong with a request that its table lets pass; NULL: nothing. */
static const char *
request_wrong(const struct discover_request *request)
{
	if (request->users.user_n == 0)
		return "The request names no user.";
	if (request->names.setting_n == 0)
		return "The request names no setting.";
	if (!discover_names_fit(&request->names))
		return "The name of a setting is too long.";
	return NULL;
}

static enum err
users_run(struct house *house, struct op *op,
	  const struct discover_request *request,
	  struct discover_user_responses *out)
{
	struct discover_place place;

	TRY(discover_place_find(house, op, &place));
	out->user_n = request->users.user_n;
	out->user = op_alloc(op, out->user_n * sizeof(*out->user));
	for (size_t i = 0; i < out->user_n; i++)
		TRY(user_run(house, op, &place, &request->users.user[i],
			     &request->names, &out->user[i]));
	return OK;
}

static enum err
settings_run(struct house *house, struct op *op, struct call *call,
	     struct discover_response *out)
{
	struct discover_message message = { 0 };
	const struct discover_request *request = &message.request;
	const char *wrong;

	TRY(xsd_read(op, &discover_message_type, call->soap.operation, &message,
		     &call->fault.at));
	wrong = request_wrong(request);
	if (wrong != NULL) {
		refuse(DISCOVER_INVALID_REQUEST, wrong, out);
		return OK;
	}
	if (request->users.user_n == 1 &&
	    request->users.user[0].mailbox != NULL)
		op->target = text_head(op, request->users.user[0].mailbox,
				       ADDRESS_MAX);
	refuse(DISCOVER_NO_ERROR, "", out);
	out->users = op_alloc(op, sizeof(*out->users));
	return users_run(house, op, request, out->users);
}

/* ---- the way ---- */

static const struct operation *
operation_find(const struct xml_node *el)
{
	for (size_t i = 0; el != NULL && i < COUNT(operations); i++) {
		if (xml_is(el, operations[i].request))
			return &operations[i];
	}
	return NULL;
}

static enum err
header_read(struct op *op, struct call *call)
{
	struct discover_header *h = &call->header;

	if (call->soap.header != NULL)
		TRY(xsd_read(op, &discover_header_type, call->soap.header, h,
			     &call->fault.at));
	if (h->message_id != NULL && h->message_id[0] != '\0' &&
	    strlen(h->message_id) <= MESSAGE_ID_MAX)
		call->fault.relates = h->message_id;
	if (h->version != NULL && soap_is_version(h->version))
		return OK;
	call->fault.code = SOAP_MISSING_SERVER_VERSION;
	return FAIL(op, ERR_INVALID, "no version that is known");
}

/* Body and Action are to name the same operation; To may name any host. */
static enum err
operation_check(struct op *op, struct call *call)
{
	const char *action = call->header.action;

	if (call->operation != NULL &&
	    (action == NULL || action[0] == '\0' ||
	     strcmp(action, call->operation->action) == 0))
		return OK;
	call->fault.code = SOAP_INVALID_OPERATION;
	return FAIL(op, ERR_INVALID, "no operation of ours, or two of them");
}

static enum err
call_open(struct op *op, struct bytes document, struct call *call)
{
	enum err err = soap_read(op, document, &call->soap, &call->fault);

	call->operation = operation_find(call->soap.operation);
	if (call->operation != NULL)
		op->operation = call->operation->name;
	TRY(err);
	TRY(header_read(op, call));
	return operation_check(op, call);
}

/* The code of the request; where one user was asked for, the user's. */
static const char *
result(const struct discover_response *response)
{
	unsigned code = response->code;

	if (response->users != NULL && response->users->user_n == 1)
		code = response->users->user[0].code;
	return xsd_word(&discover_codes, code);
}

static enum err
call_run(struct house *house, struct op *op, struct call *call)
{
	const struct operation *o = call->operation;
	struct discover_answer answer = { .response = { .declared = true } };

	TRY(o->run(house, op, call, &answer.response));
	buf_init(&call->buf, op, ANSWER_HINT, ANSWER_MAX);
	soap_begin_discover(&call->buf, call->soap.version, o->answer,
			    call->fault.relates);
	xsd_write(&call->buf, XSD_DEFAULT, o->response, &discover_answer_type,
		  &answer);
	soap_end(&call->buf, SOAP_PREFIX);
	if (buf_err(&call->buf) != OK) {
		call->fault.code = SOAP_INVALID_REQUEST;
		return FAIL(op, ERR_LIMIT, "more than fits into one answer");
	}
	op->result = result(&answer.response);
	op->reason = NULL; /* of a look that found nobody on the way */
	return OK;
}

static void
call_fault(struct op *op, struct call *call, enum err err, struct response *res)
{
	struct soap_fault *fault = &call->fault;

	if (fault->code == 0)
		fault->code = err == ERR_INVALID || err == ERR_LIMIT
				      ? SOAP_SCHEMA_VALIDATION
			      : err == ERR_DOWN ? SOAP_MAILBOX_STORE_UNAVAILABLE
						: SOAP_INTERNAL_SERVER_ERROR;
	buf_init(&call->buf, op, ANSWER_HINT, ANSWER_MAX);
	soap_fault_write(&call->buf, call->soap.version, SOAP_SHAPE_DISCOVER,
			 op->settings->public_url, fault);
	op->result = soap_code_name(fault->code);
	res->status = soap_code_status(fault->code);
}

/* Which content type it came as does not matter: nothing is changed here. */
enum err
discover_soap_post(struct house *house, struct op *op,
		   const struct request *req, struct response *res)
{
	struct call call = { .soap = { .version = SOAP_11 } };
	struct bytes document;
	enum err err;

	TRY(discover_body(op, req, &document, res));
	if (res->status != 0)
		return OK;
	err = call_open(op, document, &call);
	if (err == OK)
		err = call_run(house, op, &call);
	if (err == ERR_WAIT)
		return err;
	if (err != OK)
		call_fault(op, &call, err, res);
	res->content_type = soap_content_type(call.soap.version);
	res->body = buf_bytes(&call.buf);
	return OK;
}
