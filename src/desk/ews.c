/* SPDX-License-Identifier: Apache-2.0 */
/* The SOAP operations: one row each. */
#include "desk/ews.h"

#include "base/buf.h"
#include "base/text.h"
#include "desk/ews_header.h"
#include "desk/ews_probe.h"
#include "oof/oof_service.h"
#include "wire/coding.h"

#include <assert.h>
#include <string.h>

/* Two replies of which each character is written as &amp;, and the rest. */
#define ANSWER_MAX (2 * MIB)
#define ANSWER_HINT (4 * KIB) /* what most answers fit into */
/* A busy server wants to be left alone for so long. */
#define BACK_OFF_MS "30000"
#define BACK_OFF_S "30"

/* ---- the operations ---- */

typedef enum err runner(struct house *house, struct op *op, const void *in,
			void *out, struct soap_fault *fault);

static enum err
run_oof_get(struct house *house, struct op *op, const void *in, void *out,
	    struct soap_fault *fault)
{
	return oof_get(house, op, in, out, fault);
}

static enum err
run_oof_set(struct house *house, struct op *op, const void *in, void *out,
	    struct soap_fault *fault)
{
	return oof_set(house, op, in, out, fault);
}

struct operation {
	const char *request;                 /* the element in Body */
	const struct xsd_type *request_type; /* NULL: it is not looked at */
	const char *response;
	const struct xsd_type *response_type;
	const char *name; /* for the access line */
	enum soap_shape shape;
	runner *run;
};

static const struct operation operations[] = {
	/* clang-format off */
	{ "m:GetUserOofSettingsRequest",  &oof_get_request_type,
	  "m:GetUserOofSettingsResponse", &oof_get_response_type,
	  "GetUserOofSettings", SOAP_SHAPE_OOF, run_oof_get },
	{ "m:SetUserOofSettingsRequest",  &oof_set_request_type,
	  "m:SetUserOofSettingsResponse", &oof_set_response_type,
	  "SetUserOofSettings", SOAP_SHAPE_OOF, run_oof_set },
	{ "m:ConvertId",                  NULL,
	  "m:ConvertIdResponse",          &probe_response_type,
	  "ConvertId", SOAP_SHAPE_2010, probe_run },
	/* clang-format on */
};

/* What an error is on the wire, unless the fault says more. */
static const enum soap_code code_of[ERR_COUNT] = {
	/* clang-format off */
	[ERR_AUTH]      = SOAP_ACCESS_DENIED,
	[ERR_DENIED]    = SOAP_ACCESS_DENIED,
	[ERR_NOT_FOUND] = SOAP_NONEXISTENT_MAILBOX,
	[ERR_INVALID]   = SOAP_SCHEMA_VALIDATION,
	[ERR_LIMIT]     = SOAP_SERVER_BUSY,
	[ERR_CONFLICT]  = SOAP_SERVER_BUSY,
	[ERR_DOWN]      = SOAP_MAILBOX_STORE_UNAVAILABLE,
	[ERR_UNKNOWN]   = SOAP_INTERNAL_SERVER_TRANSIENT_ERROR,
	[ERR_INTERNAL]  = SOAP_INTERNAL_SERVER_ERROR,
	/* clang-format on */
};

/* One request on its way. */
struct call {
	struct soap_request soap;
	const struct operation
		*operation; /* NULL: not known, or none of ours */
	struct soap_fault fault;
	struct buf buf;
};

/* ---- the way ---- */

/* Which content it is matters for other sites' pages: a browser sends them
 * with the user's password where no such type is asked for. */
static bool
is_xml(const char *content_type)
{
	static const char *const types[] = { "text/xml", "application/soap+xml",
					     "application/xml" };

	if (content_type == NULL || *content_type == '\0')
		return true;
	for (size_t i = 0; i < COUNT(types); i++) {
		if (text_case_starts(content_type, types[i]) &&
		    strchr("; \t", content_type[strlen(types[i])]) != NULL)
			return true;
	}
	return false;
}

/* 415, with what would have been read. */
static void
content_refuse(struct op *op, struct response *res)
{
	res->status = 415;
	response_header(res, "Accept-Encoding", "gzip");
	op->result = "415";
	op->reason = "a content type or coding that is not read here";
}

static const struct operation *
operation_find(const struct xml_node *el)
{
	for (size_t i = 0; el != NULL && i < COUNT(operations); i++) {
		if (xml_is(el, operations[i].request))
			return &operations[i];
	}
	return NULL;
}

/* The envelope. Faults take the shape of the operation as soon as that can be
 * seen, whatever else is wrong. */
static enum err
call_open(struct house *house, struct op *op, struct bytes document,
	  struct call *call)
{
	enum err err = soap_read(op, document, &call->soap, &call->fault);

	call->operation = operation_find(call->soap.operation);
	if (call->operation != NULL)
		op->operation = call->operation->name;
	TRY(err);
	TRY(ews_header_check(house, op, &call->soap, &call->fault));
	if (call->operation != NULL)
		return OK;
	call->fault.code = SOAP_INVALID_OPERATION;
	return FAIL(op, ERR_INVALID, "the operation %s is none of ours",
		    call->soap.operation->name);
}

static enum err
call_run(struct house *house, struct op *op, struct call *call)
{
	const struct operation *o = call->operation;
	void *in = NULL;
	void *out = op_alloc(op, o->response_type->size);

	if (o->request_type != NULL) {
		in = op_alloc(op, o->request_type->size);
		TRY(xsd_read(op, o->request_type, call->soap.operation, in,
			     &call->fault.at));
	}
	TRY(o->run(house, op, in, out, &call->fault));
	buf_init(&call->buf, op, ANSWER_HINT, ANSWER_MAX);
	soap_begin(&call->buf, call->soap.version, SOAP_PREFIX);
	xsd_write(&call->buf, XSD_DEFAULT, o->response, o->response_type, out);
	soap_end(&call->buf, SOAP_PREFIX);
	if (buf_err(&call->buf) != OK)
		return FAIL(op, ERR_INTERNAL, "an answer over its limit");
	return OK;
}

static void
call_fault(struct op *op, struct call *call, enum err err, struct response *res)
{
	struct soap_fault *fault = &call->fault;
	enum soap_shape shape = call->operation == NULL
					? SOAP_SHAPE_2010
					: call->operation->shape;

	if (fault->code == 0)
		fault->code = code_of[err];
	if (fault->code == SOAP_SERVER_BUSY) {
		fault->value_name = "BackOffMilliseconds";
		fault->value = BACK_OFF_MS;
		response_header(res, "Retry-After", BACK_OFF_S);
	}
	buf_init(&call->buf, op, ANSWER_HINT, ANSWER_MAX);
	soap_fault_write(
		&call->buf, call->soap.version, shape,
		op_print(op, "%s/EWS/Exchange.asmx", op->settings->public_url),
		fault);
	op->result = soap_code_name(fault->code);
	res->status = soap_code_status(fault->code);
}

/* The answer, or the fault, of an envelope. */
static enum err
call_answer(struct house *house, struct op *op, struct bytes document,
	    struct response *res)
{
	struct call call = { .soap = { .version = SOAP_11 } };
	enum err err = call_open(house, op, document, &call);

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

enum err
ews_post(struct house *house, struct op *op, const struct request *req,
	 struct response *res)
{
	enum coding coding = coding_find(req->headers.content_encoding);
	struct bytes document;

	assert(op->caller != NULL); /* the route lets nobody else in */
	if (coding == CODING_UNKNOWN || !is_xml(req->headers.content_type)) {
		content_refuse(op, res);
		return OK;
	}
	TRY(coding_decode(op, coding, req->body, EWS_BODY_MAX, &document));
	return call_answer(house, op, document, res);
}
