/* SPDX-License-Identifier: Apache-2.0 */
/* GetUserPhoto: the stored picture, in the size that fits best. */
#include "photo/photo_service.h"

#include "base/clock.h"
#include "model/settings.h"
#include "photo/photo_etag.h"
#include "photo/photo_query.h"

#include <string.h>

#define NOBODY 0 /* no mailbox has this id */

/*
 * Whose picture. An address of nobody, or of another organization, goes on as
 * a mailbox without a picture does: neither the answer nor the time that it
 * takes tells one from the other.
 */
static enum err
owner_find(struct house *house, struct op *op, const char *email, int64_t *id)
{
	const struct mailbox *mailbox;
	enum err err =
		directory_resolve(house->directory, op, email,
				  op->caller->mailbox->organization, &mailbox);

	if (err == OK)
		*id = mailbox->id;
	if (err == ERR_NOT_FOUND)
		*id = NOBODY;
	return err == ERR_NOT_FOUND ? OK : err;
}

/* "private, max-age=300", R-17 */
static const char *
cache_control(struct op *op)
{
	static const char start[] = "private, max-age=";
	size_t n = sizeof(start) - 1;
	char *text = op_alloc(op, n + PHOTO_DECIMAL_MAX + 1);

	memcpy(text, start, n);
	photo_decimal(text + n, op->settings->photo_max_age_s);
	return text;
}

/* The headers of 200 and 304 alike. */
static void
headers_put(struct op *op, const char *etag, struct response *res)
{
	int64_t expires = op->now + op->settings->photo_max_age_s;

	response_header(res, "ETag", etag);
	response_header(res, "Cache-Control", cache_control(op));
	response_header(res, "Expires", clock_http(op, expires));
}

/* If-Modified-Since; a date that cannot be read is no condition. */
static bool
is_older(struct op *op, const char *since, int64_t changed)
{
	const char *reason = op->reason;
	int64_t instant;
	enum err err = clock_read_http(op, since, &instant);

	op->reason = reason; /* a bad date is not why anything failed */
	return err == OK && changed <= instant;
}

/* Does the caller have this very picture? The tag decides alone when there
 * is one, RFC 9110 13.1.3. */
static bool
is_unchanged(struct op *op, const struct request_headers *headers,
	     const struct photo *photo, const char *etag)
{
	if (headers->if_none_match != NULL)
		return photo_matches(headers->if_none_match, etag);
	return headers->if_modified_since != NULL &&
	       is_older(op, headers->if_modified_since, photo->changed);
}

/* The variant that fits, or with want_jpeg false only what is known of it. */
static enum err
photo_find(struct house *house, struct op *op, int64_t id, unsigned edge,
	   bool want_jpeg, struct photo *out)
{
	enum err err =
		store_photo_get(house->store, op, id, edge, want_jpeg, out);

	if (err == ERR_NOT_FOUND && id == NOBODY)
		return FAIL(op, err, "no such mailbox for this caller");
	if (err == OK && want_jpeg && out->jpeg.n == 0)
		return FAIL(op, ERR_INTERNAL, "an empty picture is stored");
	return err;
}

static void
answer_unchanged(struct op *op, const char *etag, struct response *res)
{
	res->status = 304;
	headers_put(op, etag, res);
}

/* Tag, edge and bytes all come from one look into the store. */
static void
answer_photo(struct op *op, const struct photo *photo, struct response *res)
{
	const char *etag = photo_etag(op, photo, op->settings->photo_epoch);

	res->status = 200;
	res->content_type = "image/jpeg";
	res->body = photo->jpeg;
	headers_put(op, etag, res);
	response_header(res, "Last-Modified", clock_http(op, photo->changed));
}

enum err
photo_get(struct house *house, struct op *op, const struct request *req,
	  struct response *res)
{
	const struct request_headers *headers = &req->headers;
	struct photo_query query;
	struct photo photo;
	int64_t id;

	TRY(photo_query_read(op, req->query, &query));
	op->target = query.email;
	TRY(owner_find(house, op, query.email, &id));
	if (headers->if_none_match != NULL ||
	    headers->if_modified_since != NULL) {
		const char *etag;

		TRY(photo_find(house, op, id, query.edge, false, &photo));
		etag = photo_etag(op, &photo, op->settings->photo_epoch);
		if (is_unchanged(op, headers, &photo, etag)) {
			answer_unchanged(op, etag, res);
			return OK;
		}
	}
	TRY(photo_find(house, op, id, query.edge, true, &photo));
	answer_photo(op, &photo, res);
	return OK;
}
