/* SPDX-License-Identifier: Apache-2.0 */
#include "photo/photo_soap.h"

#include "base/text.h"
#include "model/settings.h"
#include "photo/photo_answer.h"
#include "photo/photo_etag.h"
#include "photo/photo_find.h"
#include "photo/photo_keep.h"
#include "photo/photo_size.h"

/* ---- get ---- */

/* The Managed API knows by the status alone that there is none; the others
 * read the body, in which EWS has HasChanged and an empty picture. */
static void
answer_none(struct op *op, struct photo_get_response *out, struct response *res)
{
	const char *reason = op->reason; /* whether there is such a mailbox */

	outcome_set(op, OUTCOME_ITEM_NOT_FOUND,
		    "No photo is available for the mailbox.", &out->outcome);
	op->reason = reason;
	out->has_changed = XSD_TRUE;
	out->picture = bytes_of("");
	res->status = 404;
}

static void
answer_bad_size(struct op *op, struct photo_get_response *out)
{
	outcome_set(op, OUTCOME_INVALID_PHOTO_SIZE, NULL, &out->outcome);
	out->has_changed = XSD_FALSE;
}

/* An empty PictureData stands where nothing has changed: the Managed API reads
 * that element always. */
static void
answer_photo(struct op *op, const struct photo *photo, const char *etag,
	     struct photo_get_response *out, struct response *res)
{
	bool changed = photo->jpeg.n > 0;

	outcome_set(op, OUTCOME_NO_ERROR, NULL, &out->outcome);
	out->has_changed = changed ? XSD_TRUE : XSD_FALSE;
	out->picture = changed ? photo->jpeg : bytes_of("");
	out->content_type = changed;
	photo_headers_put(op, etag, false, res);
}

/* ERR_NOT_FOUND also for the picture above somebody's mail, which nobody has
 * here. */
static enum err
photo_look(struct house *house, struct op *op,
	   const struct photo_get_request *in, unsigned edge, bool want_jpeg,
	   struct photo *out)
{
	int64_t id;

	if (in->type == PHOTO_OF_HEADER)
		return FAIL(op, ERR_NOT_FOUND, "header photos are not kept");
	TRY(photo_owner_find(house, op, in->email, &id));
	return photo_find(house, op, id, edge, want_jpeg, out);
}

enum err
photo_soap_get(struct house *house, struct op *op,
	       const struct request_headers *headers,
	       const struct photo_get_request *in,
	       struct photo_get_response *out, struct response *res)
{
	const char *tags = headers->if_none_match;
	const char *etag;
	struct photo photo;
	unsigned edge;
	enum err err;

	op->target = text_head(op, in->email, ADDRESS_MAX);
	if (photo_size_read(op, in->size, &edge) != OK) {
		answer_bad_size(op, out);
		return OK;
	}
	err = photo_look(house, op, in, edge, tags == NULL, &photo);
	if (err == ERR_NOT_FOUND) {
		answer_none(op, out, res);
		return OK;
	}
	TRY(err);
	etag = photo_etag(op, &photo, op->settings->photo_epoch);
	if (tags != NULL && !photo_matches(tags, etag)) {
		TRY(photo_look(house, op, in, edge, true, &photo));
		etag = photo_etag(op, &photo, op->settings->photo_epoch);
	}
	answer_photo(op, &photo, etag, out, res);
	return OK;
}

/* ---- set ---- */

/* that there is no such mailbox is told only where the address book is
 * public. */
static enum err
not_found(struct op *op, struct soap_fault *fault)
{
	if (!op->settings->address_book_public)
		return FAIL(op, ERR_DENIED, "no such mailbox for this caller");
	fault->value_name = "SmtpAddress";
	fault->value = op->target;
	return FAIL(op, ERR_NOT_FOUND, "no such mailbox");
}

/* A sentence for people: the reason of a refusal, with its stop. */
static const char *
sentence(struct op *op, const char *reason)
{
	return op_print(op, "The picture is not taken: %s.", reason);
}

static void
refuse(struct op *op, const char *reason, struct photo_set_response *out)
{
	outcome_set(op, OUTCOME_INVALID_ARGUMENT, sentence(op, reason),
		    &out->outcome);
}

/* As the command does: every size at once, by the image worker. False, with
 * the reason in the op: it is the picture's fault. */
static enum err
variants_make(struct house *house, struct op *op, struct bytes file,
	      struct photo_set *out, struct soap_fault *fault)
{
	enum err err = image_square(house->image, op, file, out);

	/* The store is well; whoever comes again later may find a worker. */
	if (err == ERR_DOWN)
		fault->code = SOAP_SERVER_BUSY;
	return err;
}

enum err
photo_soap_set(struct house *house, struct op *op,
	       const struct photo_set_request *in,
	       struct photo_set_response *out, struct soap_fault *fault)
{
	const struct mailbox *mailbox;
	struct photo_set *set;
	struct bytes file;
	enum err err;

	op->target = text_head(op, in->email, ADDRESS_MAX);
	err = directory_owned(house->directory, op, in->email, &mailbox);
	if (err == ERR_NOT_FOUND)
		return not_found(op, fault);
	TRY(err);
	if (in->type == PHOTO_OF_HEADER) {
		refuse(op, "header photos are not kept here", out);
		return OK;
	}
	TRY(op_wait(op, POOL_IMAGE)); /* before the work of decoding */
	if (text_base64_read(op, in->content, &file) != OK) {
		refuse(op, "it is not written in base64", out);
		return OK;
	}
	set = op_alloc(op, sizeof(*set));
	err = variants_make(house, op, file, set, fault);
	if (err == ERR_INVALID || err == ERR_LIMIT) {
		refuse(op, op->reason, out);
		return OK;
	}
	TRY(err);
	actor_note(op, mailbox, NULL);
	err = photo_keep(house, op, mailbox->id, set);
	if (err == ERR_NOT_FOUND) /* removed a moment ago */
		return not_found(op, fault);
	TRY(err);
	outcome_set(op, OUTCOME_NO_ERROR, NULL, &out->outcome);
	return OK;
}
