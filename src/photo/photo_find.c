/* SPDX-License-Identifier: Apache-2.0 */
#include "photo/photo_find.h"

#include "base/clock.h"
#include "model/settings.h"
#include "photo/photo_etag.h"

#include <string.h>

#define NOBODY 0 /* no mailbox has this id */

enum err
photo_owner_find(struct house *house, struct op *op, const char *email,
		 int64_t *id)
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

enum err
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

void
photo_headers_put(struct op *op, const char *etag, struct response *res)
{
	int64_t expires = op->now + op->settings->photo_max_age_s;

	response_header(res, "ETag", etag);
	response_header(res, "Cache-Control", cache_control(op));
	response_header(res, "Expires", clock_http(op, expires));
}
