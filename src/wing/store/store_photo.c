/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures: the facts of each in one row, its variants in one row each.
 */
#include "wing/store/core.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define EDGES_TEXT_MAX 128 /* bytes of "48,64,96,..." */

/* What decides which variant is served: plain data, kept as it is. */
struct facts {
	int64_t version; /* 0: no picture */
	int64_t changed;
	uint8_t source[32];
	size_t n;
	unsigned edge[PHOTO_VARIANTS_MAX]; /* rising */
};

/* ---- read ---- */

static enum err
no_picture(struct op *op, int64_t mailbox)
{
	return FAIL(op, ERR_NOT_FOUND, "no picture of %" PRId64, mailbox);
}

static bool
edges_parse(const char *text, struct facts *out)
{
	char *end;

	for (out->n = 0; out->n < PHOTO_VARIANTS_MAX; text = end + 1) {
		unsigned long edge = strtoul(text, &end, 10);

		if (end == text || edge == 0 || edge >= SLOT_EDGES)
			return false;
		out->edge[out->n++] = (unsigned)edge;
		if (*end == '\0')
			return true;
		if (*end != ',')
			return false;
	}
	return false;
}

static enum err
facts_of_row(struct op *op, const struct db_value *row, struct facts *out)
{
	TRY(row_verify(op, "photo", row, PHOTO_COLUMNS_N));
	*out = (struct facts){ .version = row[1].number,
			       .changed = row[2].number };
	if (row[5].bytes.n != sizeof(out->source) || row[6].type != DB_TEXT ||
	    !edges_parse(db_as_text(&row[6]), out))
		return FAIL(op, ERR_INTERNAL, "damaged: photo of %" PRId64,
			    row[0].number);
	memcpy(out->source, row[5].bytes.p, sizeof(out->source));
	return OK;
}

static void
facts_keep(struct reader *r, int64_t mailbox, const struct facts *facts)
{
	const struct cache_key key = { .kind = CACHE_PHOTO, .a = mailbox };

	cache_put(r->small, key,
		  (struct bytes){ (const uint8_t *)facts, sizeof(*facts) });
}

static bool
facts_kept(struct reader *r, int64_t mailbox, struct facts *out)
{
	const struct cache_key key = { .kind = CACHE_PHOTO, .a = mailbox };
	struct bytes kept = cache_find(r->small, key);

	if (kept.p != NULL)
		memcpy(out, kept.p, sizeof(*out));
	return kept.p != NULL;
}

static enum err
facts_read(struct reader *r, struct op *op, int64_t mailbox, struct facts *out)
{
	static const char sql[] =
		"SELECT " PHOTO_COLUMNS " FROM photo p WHERE p.mailbox = $1";
	const struct db_value arg = db_int(mailbox);
	struct db_rows rows;

	*out = (struct facts){ 0 };
	TRY(db_run(r->db[DB_PHOTO], op, sql, &arg, 1, &rows));
	if (rows.n == 1)
		TRY(facts_of_row(op, rows.value, out));
	facts_keep(r, mailbox, out);
	return OK;
}

static unsigned
edge_choose(const struct facts *facts, unsigned wanted)
{
	unsigned best = facts->edge[0];

	for (size_t i = 0; i < facts->n; i++)
		if (wanted == 0 || facts->edge[i] <= wanted)
			best = facts->edge[i];
	return best;
}

static void
photo_of_facts(const struct facts *facts, unsigned edge, struct photo *out)
{
	*out = (struct photo){ .version = facts->version,
			       .changed = facts->changed,
			       .edge = edge_choose(facts, edge) };
	memcpy(out->source, facts->source, sizeof(out->source));
}

/* The version first, then the picture: what was replaced is not found. */
static bool
jpeg_kept(struct reader *r, struct op *op, int64_t mailbox, struct photo *out)
{
	const struct cache_key key = { CACHE_JPEG, mailbox, out->edge };
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
jpeg_keep(struct reader *r, struct op *op, int64_t mailbox,
	  const struct photo *photo)
{
	const struct cache_key key = { CACHE_JPEG, mailbox, photo->edge };
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
photo_read(struct reader *r, struct op *op, int64_t mailbox, unsigned edge,
	   struct photo *out)
{
	static const char sql[] =
		"SELECT " PHOTO_COLUMNS ", " VARIANT_COLUMNS " FROM photo p "
		"LEFT JOIN photo_variant v ON v.slot = coalesce("
		"(SELECT max(slot) FROM photo_variant WHERE slot "
		"BETWEEN $1 * 1024 AND $1 * 1024 + $2), "
		"(SELECT min(slot) FROM photo_variant WHERE slot "
		"BETWEEN $1 * 1024 AND $1 * 1024 + 1023)) "
		"WHERE p.mailbox = $1";
	const bool any = edge == 0 || edge >= SLOT_EDGES;
	const struct db_value args[] = {
		db_int(mailbox), db_int(any ? SLOT_EDGES - 1 : (int)edge)
	};
	const struct db_value *variant;
	struct facts facts = { 0 };
	struct db_rows rows;

	TRY(db_run(r->db[DB_PHOTO], op, sql, args, COUNT(args), &rows));
	if (rows.n == 1)
		TRY(facts_of_row(op, rows.value, &facts));
	facts_keep(r, mailbox, &facts);
	if (rows.n == 0)
		return no_picture(op, mailbox);
	photo_of_facts(&facts, edge, out);
	variant = rows.value + PHOTO_COLUMNS_N;
	if (variant[0].number != mailbox * SLOT_EDGES + out->edge)
		return FAIL(op, ERR_INTERNAL,
			    "damaged: photo of %" PRId64
			    " without its %u pixels",
			    mailbox, out->edge);
	TRY(row_verify(op, "photo_variant", variant, VARIANT_COLUMNS_N));
	if (variant[1].number != out->version)
		return FAIL(op, ERR_INTERNAL,
			    "damaged: photo_variant of another picture");
	out->jpeg = variant[2].bytes;
	jpeg_keep(r, op, mailbox, out);
	return OK;
}

enum err
store_photo_get(struct store *s, struct op *op, int64_t mailbox, unsigned edge,
		bool want_jpeg, struct photo *out)
{
	struct reader *r;
	struct facts facts;
	bool kept;

	TRY(reader_get(s->readers, op, DB_PHOTO, &r));
	kept = facts_kept(r, mailbox, &facts);
	if (!kept && want_jpeg)
		return photo_read(r, op, mailbox, edge, out);
	if (!kept)
		TRY(facts_read(r, op, mailbox, &facts));
	if (facts.version == 0)
		return no_picture(op, mailbox);
	photo_of_facts(&facts, edge, out);
	if (!want_jpeg || jpeg_kept(r, op, mailbox, out))
		return OK;
	return photo_read(r, op, mailbox, edge, out);
}

/* ---- write ---- */

struct putting {
	const struct mailbox *mailbox;
	const struct photo_set *in;
};

/* The number of the change is the version: it rises also when a picture was
 * removed in between. */
static enum err
next_version(struct db *db, struct op *op, int64_t mailbox, int64_t *out)
{
	static const char sql[] = "SELECT max(seq) FROM photo_change";
	struct db_rows rows;

	TRY(change_add(db, op, CHANGE_PHOTO, mailbox, 0, ""));
	TRY(db_run(db, op, sql, NULL, 0, &rows));
	*out = rows.value[0].number;
	return OK;
}

static enum err
variants_erase(struct db *db, struct op *op, int64_t mailbox)
{
	static const char sql[] =
		"DELETE FROM photo_variant WHERE slot BETWEEN $1 AND $2";
	const struct db_value args[] = {
		db_int(mailbox * SLOT_EDGES),
		db_int(mailbox * SLOT_EDGES + SLOT_EDGES - 1),
	};
	struct db_rows rows;

	return db_run(db, op, sql, args, COUNT(args), &rows);
}

static enum err
variant_put(struct db *db, struct op *op, int64_t slot, int64_t version,
	    struct bytes jpeg)
{
	static const char sql[] =
		"INSERT INTO photo_variant VALUES ($1, $2, $3, $4)";
	struct db_value row[VARIANT_COLUMNS_N] = {
		db_int(slot),
		db_int(version),
		db_blob(jpeg),
	};
	struct db_rows rows;

	row[3] = db_int(row_sum(row, 3));
	return db_run(db, op, sql, row, COUNT(row), &rows);
}

static enum err
facts_put(struct db *db, struct op *op, const struct putting *p,
	  int64_t version)
{
	static const char sql[] =
		"INSERT INTO photo VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
		"ON CONFLICT (mailbox) DO UPDATE SET version = $2, "
		"changed = $3, width = $4, height = $5, source = $6, "
		"edges = $7, bytes = $8, sum = $9";
	const struct photo_set *in = p->in;
	struct db_value row[PHOTO_COLUMNS_N];
	struct db_rows rows;
	struct buf edges;
	int64_t bytes = 0;
	size_t n = 0;

	buf_init(&edges, op, EDGES_TEXT_MAX, EDGES_TEXT_MAX);
	for (size_t i = 0; i < in->n; i++) {
		buf_printf(&edges, "%s%u", i == 0 ? "" : ",",
			   in->variant[i].edge);
		bytes += (int64_t)in->variant[i].jpeg.n;
	}
	TRY(buf_err(&edges));
	row[n++] = db_int(p->mailbox->id);
	row[n++] = db_int(version);
	row[n++] = db_int(op->now);
	row[n++] = db_int(in->width);
	row[n++] = db_int(in->height);
	row[n++] = db_blob((struct bytes){ in->source, sizeof(in->source) });
	row[n++] = db_text(buf_text(&edges));
	row[n++] = db_int(bytes);
	row[n] = db_int(row_sum(row, n));
	return db_run(db, op, sql, row, COUNT(row), &rows);
}

static enum err
picture_note(struct db *db, struct op *op, enum audit_what what,
	     const struct mailbox *m)
{
	const struct audit_note note = { .what = what,
					 .mailbox = m->id,
					 .address = m->address };

	return audit_add(db, op, DB_PHOTO, &note);
}

static enum err
put_job(struct db *db, struct op *op, void *arg)
{
	const struct putting *p = arg;
	int64_t id = p->mailbox->id;
	int64_t version;

	TRY(next_version(db, op, id, &version));
	TRY(variants_erase(db, op, id));
	TRY(facts_put(db, op, p, version));
	for (size_t i = 0; i < p->in->n; i++)
		TRY(variant_put(db, op,
				id * SLOT_EDGES + p->in->variant[i].edge,
				version, p->in->variant[i].jpeg));
	return picture_note(db, op, AUDIT_PHOTO_SET, p->mailbox);
}

/* Rising edges, none twice: what reads relies on. */
static enum err
set_check(struct op *op, const struct photo_set *in)
{
	unsigned last = 0;

	if (in->n == 0 || in->n > PHOTO_VARIANTS_MAX)
		return FAIL(op, ERR_INVALID, "a picture of %zu variants",
			    in->n);
	for (size_t i = 0; i < in->n; i++) {
		unsigned edge = in->variant[i].edge;

		if (edge <= last || edge > PHOTO_EDGE_MAX)
			return FAIL(op, ERR_INVALID,
				    "a variant of %u pixels after one of %u",
				    edge, last);
		last = edge;
	}
	return OK;
}

enum err
store_photo_put(struct store *s, struct op *op, int64_t mailbox,
		const struct photo_set *in)
{
	struct putting p = { .in = in };

	TRY(op_wait(op, POOL_WRITE));
	TRY(set_check(op, in));
	TRY(store_mailbox_get(s, op, mailbox, &p.mailbox));
	return writer_run(s->writer, op, DB_PHOTO, put_job, &p);
}

enum err
photo_erase(struct db *db, struct op *op, void *mailbox)
{
	static const char sql[] = "DELETE FROM photo WHERE mailbox = $1";
	const struct db_value id = db_int(*(const int64_t *)mailbox);
	struct db_rows rows;

	TRY(variants_erase(db, op, id.number));
	TRY(db_run(db, op, sql, &id, 1, &rows));
	if (rows.changed == 0)
		return OK;
	return change_add(db, op, CHANGE_PHOTO, id.number, 0, "");
}

static enum err
remove_job(struct db *db, struct op *op, void *arg)
{
	const struct mailbox *m = arg;
	int64_t id = m->id;
	int64_t before = db_changes(db);

	TRY(photo_erase(db, op, &id));
	return db_changes(db) == before
		       ? OK
		       : picture_note(db, op, AUDIT_PHOTO_REMOVE, m);
}

/* Of a mailbox that is gone, too: nobody is to be told of that. */
enum err
store_photo_remove(struct store *s, struct op *op, int64_t mailbox)
{
	const struct mailbox *m;
	struct mailbox copy = { .id = mailbox, .address = "" };

	TRY(op_wait(op, POOL_WRITE));
	if (op->actor != NULL && store_mailbox_get(s, op, mailbox, &m) == OK)
		copy = *m;
	return writer_run(s->writer, op, DB_PHOTO, remove_job, &copy);
}

/* ---- list ---- */

static enum err
page_read(struct store *s, struct op *op, int64_t after, size_t most,
	  struct db_rows *out)
{
	static const char sql[] =
		"SELECT " PHOTO_COLUMNS " FROM photo p "
		"WHERE mailbox > $1 ORDER BY mailbox LIMIT $2";
	const struct db_value args[] = { db_int(after), list_limit(most) };
	struct reader *r;

	TRY(reader_get(s->readers, op, DB_PHOTO, &r));
	return db_run(r->db[DB_PHOTO], op, sql, args, COUNT(args), out);
}

/* ERR_NOT_FOUND: the mailbox is gone, and its picture is still to be reaped. */
static enum err
item_of_row(struct store *s, struct op *op, const struct db_value *row,
	    struct photo_item *out)
{
	TRY(row_verify(op, "photo", row, PHOTO_COLUMNS_N));
	*out = (struct photo_item){
		.changed = row[2].number,
		.width = (unsigned)row[3].number,
		.height = (unsigned)row[4].number,
		.bytes = (uint64_t)row[7].number,
	};
	return store_mailbox_get(s, op, row[0].number, &out->mailbox);
}

enum err
store_photo_list(struct store *s, struct op *op, int64_t after, size_t most,
		 struct photo_list *out)
{
	struct photo_item *item;
	struct db_rows rows = { .n = 1 };
	size_t n = 0;

	if (most > STORE_LIST_MAX)
		most = STORE_LIST_MAX;
	item = op_alloc(op, most * sizeof(*item));
	while (n < most && rows.n > 0) {
		TRY(page_read(s, op, after, most - n, &rows));
		for (size_t i = 0; i < rows.n; i++) {
			const struct db_value *row = db_row(&rows, i);
			enum err err = item_of_row(s, op, row, &item[n]);

			if (err != OK && err != ERR_NOT_FOUND)
				return err;
			n += err == OK;
			after = row[0].number;
		}
	}
	*out = (struct photo_list){ n, item };
	return OK;
}
