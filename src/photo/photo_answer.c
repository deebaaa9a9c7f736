/* SPDX-License-Identifier: Apache-2.0 */
#include "photo/photo_answer.h"

#include "base/clock.h"
#include "model/settings.h"
#include "photo/photo_etag.h"
#include "photo/photo_find.h"

#include <string.h>

/* ---- headers ---- */

const char *
photo_cache_control(struct op *op, bool for_anybody)
{
	const struct bytes start = bytes_of(for_anybody ? "public, max-age="
							: "private, max-age=");
	char *text = op_alloc(op, start.n + PHOTO_DECIMAL_MAX + 1);

	memcpy(text, start.p, start.n);
	photo_decimal(text + start.n, op->settings->photo_max_age_s);
	return text;
}

void
photo_headers_put(struct op *op, const char *etag, bool for_anybody,
		  struct response *res)
{
	int64_t expires = op->now + op->settings->photo_max_age_s;

	response_header(res, "ETag", etag);
	response_header(res, "Cache-Control",
			photo_cache_control(op, for_anybody));
	response_header(res, "Expires", clock_http(op, expires));
}

/* ---- the answer ---- */

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

/* Tag, edge and bytes all come from one look into the store. */
static void
answer_whole(struct op *op, const struct photo *photo, bool for_anybody,
	     struct response *res)
{
	const char *etag = photo_etag(op, photo, op->settings->photo_epoch);

	res->status = 200;
	res->content_type = "image/jpeg";
	res->body = photo->jpeg;
	photo_headers_put(op, etag, for_anybody, res);
	response_header(res, "Last-Modified", clock_http(op, photo->changed));
}

enum err
photo_answer(struct house *house, struct op *op,
	     const struct request_headers *headers, const struct photo_ask *ask,
	     struct response *res)
{
	struct photo photo;

	if (headers->if_none_match != NULL ||
	    headers->if_modified_since != NULL) {
		const char *etag;

		TRY(photo_find(house, op, ask->id, ask->edge, false, &photo));
		etag = photo_etag(op, &photo, op->settings->photo_epoch);
		if (is_unchanged(op, headers, &photo, etag)) {
			res->status = 304;
			photo_headers_put(op, etag, ask->for_anybody, res);
			return OK;
		}
	}
	TRY(photo_find(house, op, ask->id, ask->edge, true, &photo));
	answer_whole(op, &photo, ask->for_anybody, res);
	return OK;
}
