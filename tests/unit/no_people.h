/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The store of a house without sources: nobody is tied to anybody, and nobody
 * asks who is. */
#include "model/store.h"

enum err
store_person_get(struct store *s, struct op *op, int64_t mailbox,
		 struct person_link *out)
{
	(void)s, (void)mailbox, (void)out;
	return FAIL(op, ERR_NOT_FOUND, "tied to nobody");
}

enum err
store_person_put(struct store *s, struct op *op, const struct person *in,
		 const struct mailbox **out)
{
	(void)s, (void)in, (void)out;
	return FAIL(op, ERR_DOWN, "no people");
}

enum err
store_person_state(struct store *s, struct op *op, int64_t mailbox,
		   enum person_state state)
{
	(void)s, (void)mailbox, (void)state;
	return FAIL(op, ERR_NOT_FOUND, "tied to nobody");
}

enum err
store_source_get(struct store *s, struct op *op, const char *source,
		 struct source_mark *out)
{
	(void)s, (void)source, (void)out;
	return FAIL(op, ERR_DOWN, "no sources");
}

enum err
store_mailbox_add(struct store *s, struct op *op, struct mailbox *in,
		  const char *const *aliases)
{
	(void)s, (void)in, (void)aliases;
	return FAIL(op, ERR_DOWN, "none is made");
}
