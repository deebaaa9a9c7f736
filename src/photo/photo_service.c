/* SPDX-License-Identifier: Apache-2.0 */
/* GetUserPhoto: the stored picture, in the size that fits best. */
#include "photo/photo_service.h"

#include "base/clock.h"
#include "model/settings.h"
#include "photo/photo_etag.h"
#include "photo/photo_find.h"
#include "photo/photo_query.h"

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

static void
answer_unchanged(struct op *op, const char *etag, struct response *res)
{
	res->status = 304;
	photo_headers_put(op, etag, res);
}

/* Tag, edge and bytes all come from one look into the store. */
static void
answer_photo(struct op *op, const struct photo *photo, struct response *res)
{
	const char *etag = photo_etag(op, photo, op->settings->photo_epoch);

	res->status = 200;
	res->content_type = "image/jpeg";
	res->body = photo->jpeg;
	photo_headers_put(op, etag, res);
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
	TRY(photo_owner_find(house, op, query.email, &id));
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
