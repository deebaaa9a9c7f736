/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/contacts/carddav_book.h"

#include <stdlib.h>
#include <string.h>

enum err
book_ask(const struct book *b, const char *method, unsigned depth,
	 struct bytes body, struct dav_reply *reply)
{
	const struct dav_request request = {
		.method = method,
		.url = b->url,
		.depth = depth,
		.body = body,
	};

	return dav_ask(b->w->dav, b->op, b->login, &request, reply);
}

enum err
book_answer(const struct book *b, const struct dav_reply *reply,
	    struct dav_answer *out)
{
	enum err err;

	if (reply->status != 207)
		return FAIL(b->op, ERR_INVALID, "%s: the answer is status %u",
			    b->url, reply->status);
	err = dav_read(b->op, reply->body, out);
	if (err != OK)
		return FAIL(b->op, err, "%s: %s", b->url,
			    op_dup(b->op, b->op->reason));
	return OK;
}

static int
stored_order(const void *key, const void *item)
{
	return strcmp(key, ((const struct contact_card *)item)->card);
}

const struct contact_card *
book_stored(const struct book *b, const char *card)
{
	return bsearch(card, b->stored.card, b->stored.n,
		       sizeof(*b->stored.card), stored_order);
}

int
book_named_order(const void *key, const void *item)
{
	return strcmp(key, ((const struct named *)item)->card);
}
