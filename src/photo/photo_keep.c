/* SPDX-License-Identifier: Apache-2.0 */
#include "photo/photo_keep.h"

enum err
photo_keep(struct house *house, struct op *op, int64_t mailbox,
	   struct photo_set *set)
{
	const char *reason = op->reason;
	const struct mailbox *m;
	enum err err;

	TRY(store_mailbox_get(house->store, op, mailbox, &m));
	err = directory_writes_back(house->directory, op, m);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	op->reason = reason; /* nobody is missing a copy */
	set->write_back = err == OK;
	return store_photo_put(house->store, op, mailbox, set);
}
