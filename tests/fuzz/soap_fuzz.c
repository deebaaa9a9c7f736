/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes: what an operation's table reads, it writes, and reads again as
 * the same; every answer of an operation, and every fault that comes of an
 * input, is XML, and UTF-8. */
#include "fuzz.h"

#include "../unit/photo/no_directory.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "desk/ews_operation.h"
#include "model/contacts.h"
#include "oof/oof_wire.h"
#include "wire/coding.h"
#include "wire/soap.h"

#include <string.h>

#define BODY_MAX (256 * KIB)
#define ANSWER_MAX (4 * MIB)

/* ---- wings: one mailbox, which everybody is ---- */

static const struct mailbox mailbox = {
	.id = 1,
	.organization = 1,
	.address = "ada@frontdesk.example",
	.name = "Ada",
	.policy = AUDIENCE_ALL,
};

enum err
directory_resolve(struct directory *d, struct op *op, const char *address,
		  int64_t organization, const struct mailbox **out)
{
	(void)d;
	(void)organization;
	*out = &mailbox;
	return text_is_address(address) ? OK
					: FAIL(op, ERR_NOT_FOUND, "nobody");
}

enum err
directory_owned(struct directory *d, struct op *op, const char *address,
		const struct mailbox **out)
{
	return directory_resolve(d, op, address, 1, out);
}

enum err
store_oof_get(struct store *s, struct op *op, int64_t id,
	      struct oof_stored *out)
{
	static struct oof_reply reply = { "<away>", "de" };

	(void)s;
	(void)op;
	(void)id;
	*out = (struct oof_stored){ .settings = { .state = OOF_ENABLED,
						  .audience = AUDIENCE_ALL,
						  .internal = &reply,
						  .external = &reply } };
	return OK;
}

enum err
store_oof_put(struct store *s, struct op *op, int64_t id, oof_change *change,
	      void *arg)
{
	struct oof_stored old, new;

	TRY(store_oof_get(s, op, id, &old));
	return change(op, &old, arg, &new);
}

void
delivery_publish(struct delivery *d, struct op *op, int64_t id)
{
	(void)d;
	(void)op;
	(void)id;
}

enum err
contacts_has(struct store *s, struct op *op, const struct mailbox *whose,
	     const char *address)
{
	(void)s;
	(void)whose;
	return FAIL(op, ERR_NOT_FOUND, "%s is nobody's contact", address);
}

enum err
store_photo_state(struct store *s, struct op *op, int64_t id,
		  struct photo_state *out)
{
	(void)s;
	(void)op;
	(void)id;
	*out = (struct photo_state){ .uploaded = true };
	return OK;
}

enum err
store_photo_get(struct store *s, struct op *op, int64_t id, unsigned edge,
		unsigned want, struct photo *out)
{
	(void)s;
	(void)op;
	(void)id;
	*out = (struct photo){ .edge = edge };
	if (want & PHOTO_JPEG)
		out->jpeg = bytes_of("picture");
	return OK;
}

enum err
store_photo_put(struct store *s, struct op *op, int64_t id,
		const struct photo_set *in)
{
	(void)s;
	(void)id;
	assert(in->n == 1);
	return FAIL(op, ERR_DOWN, "a full disk");
}

enum err
image_square(struct image *i, struct op *op, struct bytes file,
	     struct photo_set *out)
{
	(void)i;
	out->n = 1;
	return file.n % 2 == 0 ? OK : FAIL(op, ERR_INVALID, "no picture");
}

enum err
store_book_find(struct store *s, struct op *op, int64_t organization,
		const char *start, size_t most, struct mailbox_list *out)
{
	(void)s;
	(void)op;
	(void)organization;
	(void)start;
	assert(most > 0);
	*out = (struct mailbox_list){ 1, &mailbox };
	return OK;
}

enum err
store_alias_list(struct store *s, struct op *op, int64_t id,
		 struct text_list *out)
{
	(void)s;
	(void)op;
	(void)id;
	*out = (struct text_list){ 0 };
	return OK;
}

enum err
store_domain_list_of(struct store *s, struct op *op, int64_t organization,
		     size_t most, struct domain_list *out)
{
	static const struct domain domain = { .name = "frontdesk.example" };

	(void)s;
	(void)op;
	(void)organization;
	assert(most > 0);
	*out = (struct domain_list){ 1, &domain };
	return OK;
}

/* ---- what was read ---- */

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

/* Runs an operation as the desk does; its answer is XML. */
static enum err
try_operation(struct op *op, const struct ews_operation *o,
	      const struct xml_node *el, struct soap_fault *fault)
{
	static const struct settings settings = { .photo_max_age_s = 300,
						  .zone = "UTC",
						  .resolve_names = true };
	static const struct caller caller = { .mailbox = &mailbox };
	static struct house house;
	struct request req = { .headers = { .if_none_match = "\"x\"" } };
	struct response res = { 0 };
	struct ews_turn turn = { .req = &req, .res = &res };
	void *in = op_alloc(op, o->request_type->size);
	void *out = op_alloc(op, o->response_type->size);
	void *read = op_alloc(op, o->response_type->size);
	enum err err;

	op->settings = &settings;
	op->caller = &caller;
	err = xsd_read(op, o->request_type, el, in, &fault->at);
	if (err == OK)
		err = o->run(&house, op, in, out, &turn);
	if (err == OK)
		again(op, XSD_DEFAULT, o->response, o->response_type, out,
		      read);
	if (err == ERR_DENIED || err == ERR_DOWN)
		return OK; /* what the stand-ins say */
	if (turn.fault.code != 0)
		*fault = turn.fault;
	return err;
}

static enum err
try_request(struct op *op, struct bytes document, struct soap_request *request,
	    struct soap_fault *fault)
{
	const struct ews_operation *o;

	TRY(soap_read(op, document, request, fault));
	assert(request->operation != NULL);
	o = ews_operation_find(request->operation);
	if (o != NULL)
		TRY(try_operation(op, o, request->operation, fault));
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
