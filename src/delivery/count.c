/* SPDX-License-Identifier: Apache-2.0 */

/* How much of a backend is as it is to be. */
#include "delivery/delivery_own.h"

#define PAGE 500 /* mailboxes at a time */

static void
count(const struct publication *row, struct backend_count *out)
{
	out->in_force += row->there && row->wanted == row->done;
	out->waiting += row->wanted != row->done;
	out->failing += row->wanted != row->done && row->tries > 0;
}

enum err
delivery_count(struct delivery *d, struct op *op, const char *title,
	       struct backend_count *out)
{
	struct publication_list list = { .n = PAGE };
	struct arena *arena = arena_open(0);
	int64_t after = 0;
	enum err err = OK;

	*out = (struct backend_count){ 0 };
	while (err == OK && list.n == PAGE) {
		struct op page;

		arena_reset(arena);
		op_init(&page, arena, op->settings, op_left_ms(op));
		page.may_wait = true;
		err = store_publication_list(d->store, &page, after, PAGE,
					     &list);
		for (size_t i = 0; err == OK && i < list.n; i++) {
			after = list.row[i].mailbox;
			if (publication_concerns(d, &page, &list.row[i], title))
				count(&list.row[i], out);
		}
		if (err != OK)
			(void)FAIL(op, err, "%s", page.reason);
	}
	arena_close(arena);
	return err;
}
