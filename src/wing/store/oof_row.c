/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An absence as a row, and as one piece of memory.
 */
#include "wing/store/core.h"

#include <string.h>

#define TEXTS 4 /* of an absence: two messages, two languages */

/* An absence with everything that it points to, but the texts. */
struct oof_room {
	struct oof_stored stored;
	struct oof_duration duration;
	struct oof_reply internal, external;
};

static void
room_bind(struct oof_room *room, bool duration)
{
	struct oof_settings *s = &room->stored.settings;

	s->duration = duration ? &room->duration : NULL;
	s->internal = &room->internal;
	s->external = &room->external;
}

enum err
oof_of_row(struct op *op, const struct db_value *row, struct oof_stored *out)
{
	struct oof_room *room;

	TRY(row_verify(op, "oof", row, OOF_COLUMNS_N));
	*out = (struct oof_stored){ .version = row[1].number };
	if (out->version == 0) /* never stored */
		return OK;
	room = op_alloc(op, sizeof(*room));
	room->stored.version = row[1].number;
	room->stored.period = row[2].number;
	room->stored.changed = row[3].number;
	room->stored.settings.state = (unsigned)row[4].number;
	room->stored.settings.audience = (unsigned)row[5].number;
	room->duration.start = row[6].number;
	room->duration.end = row[7].number;
	room->internal.message = db_as_text(&row[8]);
	room->internal.lang = db_as_text(&row[9]);
	room->external.message = db_as_text(&row[10]);
	room->external.lang = db_as_text(&row[11]);
	room_bind(room, row[6].type != DB_NULL);
	*out = room->stored;
	return OK;
}

static struct db_value
text_or_empty(const char *text)
{
	return db_text(text == NULL ? "" : text);
}

void
oof_to_row(int64_t mailbox, const struct oof_stored *in,
	   struct db_value out[OOF_COLUMNS_N])
{
	static const struct oof_reply none;
	const struct oof_settings *s = &in->settings;
	const struct oof_duration *d = s->duration;
	const struct oof_reply *internal =
		s->internal == NULL ? &none : s->internal;
	const struct oof_reply *external =
		s->external == NULL ? &none : s->external;
	size_t n = 0;

	out[n++] = db_int(mailbox);
	out[n++] = db_int(in->version);
	out[n++] = db_int(in->period);
	out[n++] = db_int(in->changed);
	out[n++] = db_int(s->state);
	out[n++] = db_int(s->audience);
	out[n++] = d == NULL ? db_null() : db_int(d->start);
	out[n++] = d == NULL ? db_null() : db_int(d->end);
	out[n++] = text_or_empty(internal->message);
	out[n++] = text_or_empty(internal->lang);
	out[n++] = text_or_empty(external->message);
	out[n++] = text_or_empty(external->lang);
	out[n] = db_int(row_sum(out, n));
}

/* The room, then the texts. Of an absence that was never stored, the room. */
struct bytes
oof_pack(struct op *op, const struct oof_stored *in)
{
	const struct oof_settings *s = &in->settings;
	const char *text[TEXTS] = { "", "", "", "" };
	size_t n = sizeof(struct oof_room);
	struct oof_room *room;
	char *at;

	if (in->version != 0) {
		text[0] = s->internal->message;
		text[1] = s->internal->lang;
		text[2] = s->external->message;
		text[3] = s->external->lang;
	}
	for (size_t i = 0; i < TEXTS; i++)
		n += strlen(text[i]) + 1;
	room = arena_alloc_raw(op->arena, n);
	*room = (struct oof_room){ .stored = *in };
	if (s->duration != NULL)
		room->duration = *s->duration;
	at = (char *)(room + 1);
	for (size_t i = 0; i < TEXTS; i++) {
		size_t size = strlen(text[i]) + 1;

		memcpy(at, text[i], size);
		at += size;
	}
	return (struct bytes){ (const uint8_t *)room, n };
}

static const char *
text_take(const char **at)
{
	const char *text = *at;

	*at += strlen(text) + 1;
	return text;
}

void
oof_unpack(struct op *op, struct bytes packed, struct oof_stored *out)
{
	struct oof_room *room = arena_alloc_raw(op->arena, packed.n);
	const char *at = (const char *)(room + 1);

	memcpy(room, packed.p, packed.n);
	if (room->stored.version != 0) {
		room_bind(room, room->stored.settings.duration != NULL);
		room->internal.message = text_take(&at);
		room->internal.lang = text_take(&at);
		room->external.message = text_take(&at);
		room->external.lang = text_take(&at);
	}
	*out = room->stored;
}
