/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mailbox as a row, and as one piece of memory.
 */
#include "wing/store/core.h"

#include <string.h>

enum err
mailbox_of_row(struct op *op, const struct db_value *row,
	       const struct mailbox **out)
{
	struct mailbox *m;

	TRY(row_verify(op, "mailbox", row, MAILBOX_COLUMNS_N));
	m = op_alloc(op, sizeof(*m));
	m->id = row[0].number;
	m->organization = row[1].number;
	m->address = db_as_text(&row[2]);
	m->name = db_as_text(&row[3]);
	m->zone = db_as_text(&row[4]);
	m->password = db_as_text(&row[5]);
	m->password_version = row[6].number;
	m->policy = (unsigned)row[7].number;
	*out = m;
	return OK;
}

void
mailbox_to_row(const struct mailbox *in, struct db_value out[MAILBOX_COLUMNS_N])
{
	size_t n = 0;

	out[n++] = db_int(in->id);
	out[n++] = db_int(in->organization);
	out[n++] = db_text(in->address);
	out[n++] = db_text(in->name == NULL ? "" : in->name);
	out[n++] = db_text(in->zone);
	out[n++] = db_text(in->password);
	out[n++] = db_int(in->password_version);
	out[n++] = db_int(in->policy);
	out[n] = db_int(row_sum(out, n));
}

static size_t
text_room(const char *text)
{
	return text == NULL ? 0 : strlen(text) + 1;
}

static char *
text_put(char *at, const char *text)
{
	size_t n = text_room(text);

	if (n > 0)
		memcpy(at, text, n);
	return at + n;
}

/* The struct, then its texts in the order of the struct; a pointer that is
 * not NULL says that its text is there. */
struct bytes
mailbox_pack(struct op *op, const struct mailbox *in)
{
	size_t n = sizeof(*in) + text_room(in->address) + text_room(in->name) +
		   text_room(in->zone) + text_room(in->password);
	uint8_t *p = arena_alloc_raw(op->arena, n);
	char *at = (char *)p + sizeof(*in);

	memcpy(p, in, sizeof(*in));
	at = text_put(at, in->address);
	at = text_put(at, in->name);
	at = text_put(at, in->zone);
	(void)text_put(at, in->password);
	return (struct bytes){ p, n };
}

static const char *
text_take(const char *was, const char **at)
{
	const char *text = *at;

	if (was == NULL)
		return NULL;
	*at += strlen(text) + 1;
	return text;
}

const struct mailbox *
mailbox_unpack(struct op *op, struct bytes packed)
{
	struct mailbox *m = arena_alloc_raw(op->arena, packed.n);
	const char *at = (const char *)(m + 1);

	memcpy(m, packed.p, packed.n);
	m->address = text_take(m->address, &at);
	m->name = text_take(m->name, &at);
	m->zone = text_take(m->zone, &at);
	m->password = text_take(m->password, &at);
	return m;
}
