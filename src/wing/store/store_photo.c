/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures, as they are read: the facts of each in one row, its variants in
 * one row each.
 */
#include "wing/store/photo_row.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[LAYERS] = { "photo", "directory_photo" };

/* All that is known of a mailbox, kept together: plain data. */
struct known {
	struct photo_state state;
	struct photo_facts layer[LAYERS];
};

static enum err
no_picture(struct op *op, int64_t mailbox)
{
	return FAIL(op, ERR_NOT_FOUND, "no picture of %" PRId64, mailbox);
}

/* ---- rows ---- */

static bool
edges_parse(const char *text, struct photo_facts *out)
{
	char *end;

	for (out->n = 0; out->n < PHOTO_VARIANTS_MAX; text = end + 1) {
		unsigned long edge = strtoul(text, &end, 10);

		if (end == text || edge == 0 || edge >= SLOT_EDGES)
			return false;
		out->edge[out->n++] = (uint16_t)edge;
		if (*end == '\0')
			return true;
		if (*end != ',')
			return false;
	}
	return false;
}

enum err
photo_facts_of_row(struct op *op, const struct db_value *row,
		   struct photo_facts *out)
{
	TRY(row_verify(op, "photo", row, PHOTO_COLUMNS_N));
	*out = (struct photo_facts){ .version = row[1].number,
				     .changed = row[2].number };
	if (row[5].bytes.n != sizeof(out->source) || row[6].type != DB_TEXT ||
	    !edges_parse(db_as_text(&row[6]), out))
		return FAIL(op, ERR_INTERNAL, "damaged: photo of %" PRId64,
			    row[0].number);
	memcpy(out->source, row[5].bytes.p, sizeof(out->source));
	return OK;
}

enum err
photo_state_of_row(struct op *op, const struct db_value *row,
		   struct photo_state *out)
{
	*out = (struct photo_state){ 0 };
	if (row == NULL)
		return OK;
	TRY(row_verify(op, "photo_state", row, PHOTO_STATE_COLUMNS_N));
	if (row[4].bytes.n != sizeof(out->digest))
		return FAIL(op, ERR_INTERNAL,
			    "damaged: photo_state of %" PRId64, row[0].number);
	out->hidden = row[1].number != 0;
	out->found = (unsigned)row[2].number;
	out->checked = row[3].number;
	memcpy(out->digest, row[4].bytes.p, sizeof(out->digest));
	return OK;
}

/* ---- what is known ---- */

static struct cache_key
known_key(int64_t mailbox)
{
	return (struct cache_key){ .kind = CACHE_PHOTO, .a = mailbox };
}

/* Of a row of an outer join. */
static bool
is_there(const struct db_value *row)
{
	return row[0].type != DB_NULL;
}

static enum err
known_read(struct reader *r, struct op *op, int64_t mailbox,
	   struct known *known)
{
	static const char sql[] =
		"SELECT " PHOTO_STATE_COLUMNS
		", " PHOTO_COLUMNS_OF("p") ", " PHOTO_COLUMNS_OF(
			"d") " FROM (SELECT $1 AS id) k "
			     "LEFT JOIN photo_state s ON s.mailbox = k.id "
			     "LEFT JOIN photo p ON p.mailbox = k.id "
			     "LEFT JOIN directory_photo d ON d.mailbox = k.id";
	const struct db_value arg = db_int(mailbox);
	const struct db_value *row;
	struct db_rows rows;

	*known = (struct known){ 0 };
	TRY(db_run(r->db[DB_PHOTO], op, sql, &arg, 1, &rows));
	row = rows.value;
	TRY(photo_state_of_row(op, is_there(row) ? row : NULL, &known->state));
	row += PHOTO_STATE_COLUMNS_N;
	for (size_t i = 0; i < LAYERS; i++, row += PHOTO_COLUMNS_N)
		if (is_there(row))
			TRY(photo_facts_of_row(op, row, &known->layer[i]));
	known->state.uploaded = known->layer[LAYER_UPLOADED].version != 0;
	cache_put(r->small, known_key(mailbox),
		  (struct bytes){ (const uint8_t *)known, sizeof(*known) });
	return OK;
}

/* In this thread's memory, or in `room`; good until the cache is used. */
static enum err
known_get(struct reader *r, struct op *op, int64_t mailbox, struct known *room,
	  const struct known **out)
{
	struct bytes kept = cache_find(r->small, known_key(mailbox));

	*out = kept.p == NULL ? room : (const void *)kept.p;
	return kept.p == NULL ? known_read(r, op, mailbox, room) : OK;
}

enum err
store_photo_state(struct store *s, struct op *op, int64_t mailbox,
		  struct photo_state *out)
{
	const struct known *known;
	struct known room;
	struct reader *r;

	TRY(reader_get(s->readers, op, DB_PHOTO, &r));
	TRY(known_get(r, op, mailbox, &room, &known));
	*out = known->state;
	return OK;
}

/* ---- one variant ---- */

static unsigned
edge_choose(const struct photo_facts *facts, unsigned wanted)
{
	unsigned best = facts->edge[0];

	for (size_t i = 0; i < facts->n; i++)
		if (wanted == 0 || facts->edge[i] <= wanted)
			best = facts->edge[i];
	return best;
}

static void
photo_of_facts(const struct photo_facts *facts, enum layer layer, unsigned edge,
	       struct photo *out)
{
	*out = (struct photo){ .layer = layer == LAYER_UPLOADED
						? PHOTO_UPLOADED
						: PHOTO_OF_DIRECTORY,
			       .version = facts->version,
			       .changed = facts->changed,
			       .edge = edge_choose(facts, edge) };
	memcpy(out->source, facts->source, sizeof(out->source));
}

/* Both layers' have the same edges. */
static struct cache_key
jpeg_key(int64_t mailbox, enum layer layer, unsigned edge)
{
	return (struct cache_key){ CACHE_JPEG, mailbox,
				   (int64_t)layer * SLOT_EDGES + edge };
}

/* The version first, then the picture: what was replaced is not found. */
static bool
jpeg_kept(struct reader *r, struct op *op, struct cache_key key,
	  struct photo *out)
{
	struct bytes kept = cache_find(r->pictures, key);
	int64_t version;

	if (kept.p == NULL)
		return false;
	memcpy(&version, kept.p, sizeof(version));
	if (version != out->version)
		return false;
	out->jpeg = op_bytes(op, (struct bytes){ kept.p + sizeof(version),
						 kept.n - sizeof(version) });
	return true;
}

static void
jpeg_keep(struct reader *r, struct op *op, struct cache_key key,
	  const struct photo *photo)
{
	size_t n = sizeof(photo->version) + photo->jpeg.n;
	uint8_t *p;

	if (r->pictures == NULL)
		return;
	p = arena_alloc_raw(op->arena, n);
	memcpy(p, &photo->version, sizeof(photo->version));
	memcpy(p + sizeof(photo->version), photo->jpeg.p, photo->jpeg.n);
	cache_put(r->pictures, key, (struct bytes){ p, n });
}

/*
 * Facts and variant in one statement: a picture that is being replaced is
 * seen before or after, never half. The variant that the database chooses must
 * be the one that the facts choose.
 */
static enum err
photo_read(struct reader *r, struct op *op, int64_t mailbox, enum layer layer,
	   unsigned edge, struct photo *out)
{
#define READ_OF(photo, variants)                                               \
	"SELECT " PHOTO_COLUMNS ", " VARIANT_COLUMNS " FROM " photo " p "      \
	"LEFT JOIN " variants " v ON v.slot = coalesce("                       \
	"(SELECT max(slot) FROM " variants " WHERE slot "                      \
	"BETWEEN $1 * 1024 AND $1 * 1024 + $2), "                              \
	"(SELECT min(slot) FROM " variants " WHERE slot "                      \
	"BETWEEN $1 * 1024 AND $1 * 1024 + 1023)) WHERE p.mailbox = $1"
	static const char *const sql[LAYERS] = OF_LAYERS(READ_OF);
#undef READ_OF
	const bool any = edge == 0 || edge >= SLOT_EDGES;
	const struct db_value args[] = {
		db_int(mailbox), db_int(any ? SLOT_EDGES - 1 : (int)edge)
	};
	const struct db_value *variant;
	struct photo_facts facts = { 0 };
	struct db_rows rows;

	TRY(db_run(r->db[DB_PHOTO], op, sql[layer], args, COUNT(args), &rows));
	if (rows.n == 0) { /* removed since: who looks again is to see it */
		cache_forget(r->small, known_key(mailbox));
		return no_picture(op, mailbox);
	}
	TRY(photo_facts_of_row(op, rows.value, &facts));
	photo_of_facts(&facts, layer, edge, out);
	variant = rows.value + PHOTO_COLUMNS_N;
	if (variant[0].number != mailbox * SLOT_EDGES + out->edge)
		return FAIL(op, ERR_INTERNAL,
			    "damaged: %s of %" PRId64 " without its %u pixels",
			    names[layer], mailbox, out->edge);
	TRY(row_verify(op, "photo_variant", variant, VARIANT_COLUMNS_N));
	if (variant[1].number != out->version)
		return FAIL(op, ERR_INTERNAL,
			    "damaged: photo_variant of another picture");
	out->jpeg = variant[2].bytes;
	jpeg_keep(r, op, jpeg_key(mailbox, layer, out->edge), out);
	return OK;
}

enum err
store_photo_get(struct store *s, struct op *op, int64_t mailbox, unsigned edge,
		unsigned want, struct photo *out)
{
	const enum layer layer =
		want & PHOTO_DIRECTORY ? LAYER_DIRECTORY : LAYER_UPLOADED;
	const struct known *known;
	struct known room;
	struct reader *r;

	TRY(reader_get(s->readers, op, DB_PHOTO, &r));
	TRY(known_get(r, op, mailbox, &room, &known));
	if (known->layer[layer].version == 0)
		return no_picture(op, mailbox);
	photo_of_facts(&known->layer[layer], layer, edge, out);
	if ((want & PHOTO_JPEG) == 0 ||
	    jpeg_kept(r, op, jpeg_key(mailbox, layer, out->edge), out))
		return OK;
	return photo_read(r, op, mailbox, layer, edge, out);
}
