/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of uploaded pictures, on their way into the source of a mailbox. */
#include "wing/directory/people.h"

static enum err
writable(struct directory *d, struct op *op, const struct mailbox *mailbox,
	 struct tie *out)
{
	TRY(tie_get(d, op, mailbox, out));
	if (out->source == NULL || !out->source->write_back ||
	    out->source->kind->write_picture == NULL)
		return FAIL(op, ERR_NOT_FOUND,
			    "no source takes a picture of %s",
			    mailbox->address);
	return OK;
}

enum err
directory_writes_back(struct directory *d, struct op *op,
		      const struct mailbox *mailbox)
{
	struct tie tie;

	return writable(d, op, mailbox, &tie);
}

enum err
directory_picture_write(struct directory *d, struct op *op,
			const struct mailbox *mailbox,
			const struct picture_write *in)
{
	struct tie tie;

	TRY(writable(d, op, mailbox, &tie));
	return tie.source->kind->write_picture(op, tie.source, &tie.link, in);
}
