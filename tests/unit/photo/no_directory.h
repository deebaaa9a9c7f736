/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* For tests with stand-ins: nobody's picture is in a directory. */
#include "model/house.h"

enum err
store_mailbox_get(struct store *s, struct op *op, int64_t id,
		  const struct mailbox **out)
{
	struct mailbox *m = op_alloc(op, sizeof(*m));

	(void)s;
	*m = (struct mailbox){ .id = id, .address = "somebody@x.example" };
	*out = m;
	return OK;
}

enum err
directory_picture_age(struct directory *d, struct op *op,
		      const struct mailbox *mailbox, struct directory_age *out)
{
	(void)d;
	(void)mailbox;
	(void)out;
	return FAIL(op, ERR_NOT_FOUND, "a mailbox of our own");
}

enum err
directory_pictures(struct directory *d, struct op *op,
		   const struct mailbox *mailbox, const struct person **out)
{
	(void)d;
	(void)mailbox;
	(void)out;
	return FAIL(op, ERR_INTERNAL, "nobody is to ask");
}

enum err
image_whole(struct image *i, struct op *op, const struct person_picture *of,
	    size_t n, struct photo_set *out)
{
	(void)i;
	(void)of;
	(void)n;
	(void)out;
	return FAIL(op, ERR_INTERNAL, "nobody is to ask");
}

enum err
store_photo_told(struct store *s, struct op *op, int64_t mailbox,
		 const struct photo_told *in)
{
	(void)s;
	(void)mailbox;
	(void)in;
	return FAIL(op, ERR_INTERNAL, "nobody is to tell");
}

enum err
directory_writes_back(struct directory *d, struct op *op,
		      const struct mailbox *mailbox)
{
	(void)d;
	(void)mailbox;
	return FAIL(op, ERR_NOT_FOUND, "a mailbox of our own");
}
