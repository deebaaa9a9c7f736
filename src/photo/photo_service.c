/* SPDX-License-Identifier: Apache-2.0 */
/* GetUserPhoto, and the same by the address alone. */
#include "photo/photo_service.h"

#include "photo/photo_answer.h"
#include "photo/photo_find.h"
#include "photo/photo_query.h"
#include "wire/url.h"

static enum err
query_answer(struct house *house, struct op *op, const struct request *req,
	     const struct photo_query *query, struct response *res)
{
	struct photo_ask ask = { .edge = query->edge };

	op->target = query->email;
	TRY(photo_owner_find(house, op, query->email, &ask.id));
	return photo_answer(house, op, &req->headers, &ask, res);
}

enum err
photo_get(struct house *house, struct op *op, const struct request *req,
	  struct response *res)
{
	struct photo_query query;

	TRY(photo_query_read(op, req->query, &query));
	return query_answer(house, op, req, &query, res);
}

enum err
photo_path_get(struct house *house, struct op *op, const struct request *req,
	       struct response *res)
{
	const char *address = url_path_behind(req->path, 1);
	struct photo_query query;

	TRY(photo_path_read(op, address, req->query, &query));
	return query_answer(house, op, req, &query, res);
}
