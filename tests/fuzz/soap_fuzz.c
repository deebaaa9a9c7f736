/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes: what an operation's table reads, it writes, and reads again as
 * the same; every fault that comes of an input is XML, and UTF-8. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "oof/oof_wire.h"
#include "wire/coding.h"
#include "wire/soap.h"

#include <string.h>

#define BODY_MAX (256 * KIB)
#define ANSWER_MAX (4 * MIB)

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* No language and an empty one are the same on the wire. */
static void
check_reply(const struct oof_reply *a, const struct oof_reply *b)
{
	assert((a == NULL) == (b == NULL));
	if (a == NULL)
		return;
	assert(same(a->message, b->message));
	assert(same(a->lang == NULL ? "" : a->lang,
		    b->lang == NULL ? "" : b->lang));
}

static void
check_settings(const struct oof_settings *a, const struct oof_settings *b)
{
	assert(a->state >= OOF_DISABLED && a->state <= OOF_SCHEDULED);
	assert(a->audience >= AUDIENCE_NONE && a->audience <= AUDIENCE_ALL);
	assert(a->state == b->state && a->audience == b->audience);
	assert((a->duration == NULL) == (b->duration == NULL));
	if (a->duration != NULL) {
		assert(a->duration->start >= CLOCK_MIN);
		assert(a->duration->end <= CLOCK_MAX);
		assert(a->duration->start == b->duration->start);
		assert(a->duration->end == b->duration->end);
	}
	check_reply(a->internal, b->internal);
	check_reply(a->external, b->external);
}

static void
check_mailbox(const struct oof_mailbox *a, const struct oof_mailbox *b)
{
	assert(a->address != NULL && same(a->address, b->address));
	assert(same(a->name, b->name) && same(a->routing, b->routing));
}

/* Writes a struct and reads it into another one. */
static void
again(struct op *op, enum xsd_style style, const char *name,
      const struct xsd_type *type, const void *in, void *out)
{
	struct xml_fault fault = { 0 };
	const struct xml_node *root = NULL;
	struct buf buf;

	buf_init(&buf, op, 0, ANSWER_MAX);
	xsd_write(&buf, style, name, type, in);
	assert(buf_err(&buf) == OK);
	assert(xml_parse(op, buf_bytes(&buf), &root, &fault) == OK);
	assert(xsd_read(op, type, root, out, &fault) == OK);
}

static enum err
try_set(struct op *op, const struct xml_node *el, struct soap_fault *fault)
{
	struct oof_set_request one = { 0 };

	TRY(xsd_read(op, &oof_set_request_type, el, &one, &fault->at));
	for (unsigned style = XSD_DEFAULT; style <= XSD_PREFIXED; style++) {
		struct oof_set_request two = { 0 };

		again(op, style, "m:SetUserOofSettingsRequest",
		      &oof_set_request_type, &one, &two);
		check_mailbox(&one.mailbox, &two.mailbox);
		check_settings(&one.settings, &two.settings);
	}
	return OK;
}

static enum err
try_get(struct op *op, const struct xml_node *el, struct soap_fault *fault)
{
	struct oof_get_request one = { 0 }, two = { 0 };

	TRY(xsd_read(op, &oof_get_request_type, el, &one, &fault->at));
	again(op, XSD_DEFAULT, "m:GetUserOofSettingsRequest",
	      &oof_get_request_type, &one, &two);
	check_mailbox(&one.mailbox, &two.mailbox);
	return OK;
}

static enum err
try_request(struct op *op, struct bytes document, struct soap_request *request,
	    struct soap_fault *fault)
{
	TRY(soap_read(op, document, request, fault));
	assert(request->operation != NULL);
	if (xml_is(request->operation, "m:SetUserOofSettingsRequest"))
		TRY(try_set(op, request->operation, fault));
	if (xml_is(request->operation, "m:GetUserOofSettingsRequest"))
		TRY(try_get(op, request->operation, fault));
	return OK;
}

static void
check_fault(struct op *op, const struct soap_request *request,
	    struct soap_fault *fault)
{
	if (fault->code == 0)
		fault->code = SOAP_SCHEMA_VALIDATION;
	assert(fault->code < SOAP_CODE_COUNT);
	for (unsigned shape = SOAP_SHAPE_2010; shape <= SOAP_SHAPE_OOF;
	     shape++) {
		struct xml_fault broken = { 0 };
		const struct xml_node *root = NULL;
		struct buf buf;

		buf_init(&buf, op, 0, ANSWER_MAX);
		soap_fault_write(&buf, request->version, shape, "urn:us",
				 fault);
		assert(buf_err(&buf) == OK);
		assert(text_utf8(buf_bytes(&buf)));
		assert(xml_parse(op, buf_bytes(&buf), &root, &broken) == OK);
	}
	assert(op->reason != NULL);
}

/* The first byte chooses the coding. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();
	struct soap_request request;
	struct soap_fault fault;
	struct bytes document;
	enum err err;

	if (size == 0)
		return 0;
	err = coding_decode(op, data[0] == 'z' ? CODING_GZIP : CODING_IDENTITY,
			    (struct bytes){ data + 1, size - 1 }, BODY_MAX,
			    &document);
	if (err != OK) {
		assert(err == ERR_INVALID || err == ERR_LIMIT);
		return 0;
	}
	assert(document.n <= BODY_MAX);
	err = try_request(op, document, &request, &fault);
	if (err != OK) {
		assert(err == ERR_INVALID || err == ERR_LIMIT);
		check_fault(op, &request, &fault);
	}
	return 0;
}
