/* SPDX-License-Identifier: Apache-2.0 */
/* A SOAP request's way to its operation, and back as an answer or a fault. */
#include "desk/ews.h"

#include "base/buf.h"
#include "base/text.h"
#include "desk/ews_header.h"
#include "desk/ews_operation.h"
#include "wire/coding.h"

#include <assert.h>
#include <string.h>

/* The largest picture in base64 takes 2 MiB; the texts of many mail tips, of
 * which each character is written as &amp;, take 2.5 MiB and the rest. */
#define ANSWER_MAX (3 * MIB)
#define ANSWER_HINT (4 * KIB) /* what most answers fit into */
/* A busy server wants to be left alone for so long. */
#define BACK_OFF_MS "30000"
#define BACK_OFF_S "30"

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
	const struct ews_operation
		*operation; /* NULL: not known, or none of ours */
	const void *in;     /* as its type; NULL: not read yet */
	struct ews_turn turn;
	struct buf buf;
};

/* What an op's first run has read is not read again by its second: half of a
 * Set's time was that. */
struct kept {
	struct bytes body; /* of this request */
	struct soap_request soap;
	const struct ews_operation *operation;
	const void *in;
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

/* The envelope. Faults take the shape of the operation as soon as that can be
 * seen, whatever else is wrong. */
static enum err
call_open(struct house *house, struct op *op, struct bytes document,
	  struct call *call)
{
	enum err err = soap_read(op, document, &call->soap, &call->turn.fault);

	call->operation = ews_operation_find(call->soap.operation);
	if (call->operation != NULL)
		op->operation = call->operation->name;
	TRY(err);
	TRY(ews_header_check(house, op, &call->soap, &call->turn.fault));
	if (call->operation != NULL)
		return OK;
	call->turn.fault.code = SOAP_INVALID_OPERATION;
	return FAIL(op, ERR_INVALID, "the operation %s is none of ours",
		    call->soap.operation->name);
}

/* The message itself. */
static enum err
call_read(struct op *op, struct call *call)
{
	const struct xsd_type *type = call->operation->request_type;
	void *in = op_alloc(op, type->size);

	TRY(xsd_read(op, type, call->soap.operation, in, &call->turn.fault.at));
	call->in = in;
	return OK;
}

static enum err
call_run(struct house *house, struct op *op, struct call *call)
{
	const struct ews_operation *o = call->operation;
	void *out = op_alloc(op, o->response_type->size);

	call->turn.answer_hint = ANSWER_HINT;
	TRY(o->run(house, op, call->in, out, &call->turn));
	buf_init(&call->buf, op, call->turn.answer_hint, ANSWER_MAX);
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
	struct soap_fault *fault = &call->turn.fault;
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

/* Which operation it is, and so how much it may hold, is known now. */
static enum err
size_check(struct op *op, const struct call *call, size_t n)
{
	size_t most = call->operation == NULL ? EWS_DOCUMENT_MAX
					      : call->operation->document_max;

	if (n > most)
		return FAIL(op, ERR_LIMIT, "a document of %zu bytes", n);
	return OK;
}

/* A large document is a picture, and is not read on a thread that serves
 * connections. */
static enum err
document_read(struct op *op, enum coding coding, struct bytes body,
	      struct bytes *out)
{
	enum err err = ERR_LIMIT;

	if (body.n <= EWS_DOCUMENT_MAX)
		err = coding_decode(op, coding, body, EWS_DOCUMENT_MAX, out);
	if (err != ERR_LIMIT)
		return err;
	TRY(op_wait(op, POOL_IMAGE));
	return coding_decode(op, coding, body, EWS_BODY_MAX, out);
}

static void
call_keep(struct op *op, const struct call *call)
{
	struct kept *kept = op_alloc(op, sizeof(*kept));

	*kept = (struct kept){ .body = call->turn.req->body,
			       .soap = call->soap,
			       .operation = call->operation,
			       .in = call->in };
	op->read = kept;
}

/* False: nothing is kept of this request. */
static bool
call_resume(struct op *op, struct call *call)
{
	const struct bytes *body = &call->turn.req->body;
	const struct kept *kept = op->read;

	if (kept == NULL || kept->body.p != body->p || kept->body.n != body->n)
		return false;
	call->soap = kept->soap;
	call->operation = kept->operation;
	call->in = kept->in;
	op->operation = call->operation->name;
	return true;
}

/* Runs what was read, and completes the answer, or the fault. */
static enum err
call_answer(struct house *house, struct op *op, struct call *call, enum err err)
{
	struct response *res = call->turn.res;

	if (err == OK)
		err = call_run(house, op, call);
	if (err == ERR_WAIT && call->in != NULL)
		call_keep(op, call);
	if (err == ERR_WAIT)
		return err;
	if (err != OK)
		call_fault(op, call, err, res);
	res->content_type = soap_content_type(call->soap.version);
	res->body = buf_bytes(&call->buf);
	return OK;
}

enum err
ews_post(struct house *house, struct op *op, const struct request *req,
	 struct response *res)
{
	enum coding coding = coding_find(req->headers.content_encoding);
	struct call call = { .soap = { .version = SOAP_11 },
			     .turn = { .req = req, .res = res } };
	struct bytes document;
	enum err err;

	assert(op->caller != NULL); /* the route lets nobody else in */
	if (coding == CODING_UNKNOWN || !is_xml(req->headers.content_type)) {
		content_refuse(op, res);
		return OK;
	}
	if (call_resume(op, &call))
		return call_answer(house, op, &call, OK);
	TRY(document_read(op, coding, req->body, &document));
	err = call_open(house, op, document, &call);
	TRY(size_check(op, &call, document.n));
	if (err == OK)
		err = call_read(op, &call);
	return call_answer(house, op, &call, err);
}
