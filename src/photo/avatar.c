/* SPDX-License-Identifier: Apache-2.0 */
#include "photo/avatar.h"

#include "base/idn.h"
#include "base/text.h"
#include "model/settings.h"
#include "photo/avatar_none.h"
#include "photo/avatar_query.h"
#include "photo/photo_answer.h"
#include "photo/photo_etag.h"
#include "photo/photo_find.h"
#include "wire/url.h"

#include <string.h>

bool
avatar_has_domain(struct op *op, const char *domain)
{
	const char *const *named = op->settings->avatar_domains;

	for (; named != NULL && *named != NULL; named++) {
		if (strcmp(idn_fold(op, *named), domain) == 0)
			return true;
	}
	return false;
}

/* The mailbox, or PHOTO_NOBODY: everything that bars the way to a picture
 * looks the same. */
static enum err
owner_find(struct house *house, struct op *op, const struct avatar_query *query,
	   int64_t *id)
{
	const struct bytes digest = { query->digest, query->digest_n };
	const struct mailbox *mailbox;
	const char *address;
	enum err err;

	*id = PHOTO_NOBODY;
	err = store_avatar_find(house->store, op, digest, &address);
	if (err == OK && !avatar_has_domain(op, text_domain(address)))
		err = FAIL(op, ERR_NOT_FOUND, "not of avatar.domains");
	if (err == OK) {
		op->target = address;
		op->want |= PERSON_WANT_PICTURES;
		err = directory_resolve(house->directory, op, address, 0,
					&mailbox);
	}
	if (err == OK)
		*id = mailbox->id;
	return err == ERR_NOT_FOUND ? OK : err;
}

/* A head and shoulders, as every site has them; or 404, which may be kept as
 * long as a picture. */
static void
answer_none(struct op *op, const struct request_headers *headers,
	    const struct avatar_query *query, struct response *res)
{
	if (query->none_is_404) {
		res->status = 404;
		response_header(res, "Cache-Control",
				photo_cache_control(op, true));
		return;
	}
	photo_headers_put(op, avatar_none_etag, true, res);
	if (headers->if_none_match != NULL &&
	    photo_matches(headers->if_none_match, avatar_none_etag)) {
		res->status = 304;
		return;
	}
	res->status = 200;
	res->content_type = "image/jpeg";
	res->body = avatar_none;
}

enum err
avatar_get(struct house *house, struct op *op, const struct request *req,
	   struct response *res)
{
	struct photo_ask ask = { .for_anybody = true };
	struct avatar_query query;
	enum err err = ERR_NOT_FOUND;

	TRY(avatar_query_read(op, url_path_behind(req->path, 1), req->query,
			      &query));
	if (!query.forced) {
		ask.edge = query.edge;
		TRY(owner_find(house, op, &query, &ask.id));
		err = photo_answer(house, op, &req->headers, &ask, res);
	}
	if (err != ERR_NOT_FOUND)
		return err;
	answer_none(op, &req->headers, &query, res);
	return OK;
}
