/* SPDX-License-Identifier: Apache-2.0 */
#include "photo/photo_find.h"

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
		*id = PHOTO_NOBODY;
	return err == ERR_NOT_FOUND ? OK : err;
}

enum err
photo_find(struct house *house, struct op *op, int64_t id, unsigned edge,
	   bool want_jpeg, struct photo *out)
{
	enum err err =
		store_photo_get(house->store, op, id, edge, want_jpeg, out);

	if (err == ERR_NOT_FOUND && id == PHOTO_NOBODY)
		return FAIL(op, err, "no such mailbox for this caller");
	if (err == OK && want_jpeg && out->jpeg.n == 0)
		return FAIL(op, ERR_INTERNAL, "an empty picture is stored");
	return err;
}
