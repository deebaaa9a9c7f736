/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures: the facts of each in one row, its variants in one row each.
 */
#include "wing/store/core.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_MAX 4        /* reads of a picture that is being replaced */
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
	if (row[5].bytes.n != sizeof(out->source) ||
	    !edges_parse(db_as_text(&row[6]), out))
		return FAIL(op, ERR_INTERNAL, "damaged: photo of %" PRId64,
			    row[0].number);
	memcpy(out->source, row[5].bytes.p, sizeof(out->source));
	return OK;
}

static enum err
facts_read(struct reader *r, struct op *op, int64_t mailbox, struct facts *out)
{
	static const char sql[] =
		"SELECT " PHOTO_COLUMNS " FROM photo WHERE mailbox = $1";
	const struct cache_key key = { .kind = CACHE_PHOTO, .a = mailbox };
	const struct db_value arg = db_int(mailbox);
	struct bytes kept = cache_find(r->small, key);
	struct db_rows rows;

	if (kept.p != NULL) {
		memcpy(out, kept.p, sizeof(*out));
		return OK;
	}
	*out = (struct facts){ 0 };
	TRY(db_run(r->db[DB_PHOTO], op, sql, &arg, 1, &rows));
	if (rows.n == 1)
		TRY(facts_of_row(op, rows.value, out));
	cache_put(r->small, key,
		  (struct bytes){ (const uint8_t *)out, sizeof(*out) });
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

/* ERR_CONFLICT: it is not of the version that the facts told of. */
static enum err
jpeg_read(struct reader *r, struct op *op, int64_t mailbox, struct photo *out)
{
	static const char sql[] =
		"SELECT " VARIANT_COLUMNS " FROM photo_variant WHERE slot = $1";
	const struct cache_key key = { CACHE_JPEG, mailbox, out->edge };
	const struct db_value arg = db_int(mailbox * SLOT_EDGES + out->edge);
	struct db_rows rows;

	if (jpeg_kept(r, op, key, out))
		return OK;
	TRY(db_run(r->db[DB_PHOTO], op, sql, &arg, 1, &rows));
	if (rows.n == 1)
		TRY(row_verify(op, "photo_variant", rows.value,
			       VARIANT_COLUMNS_N));
	if (rows.n != 1 || rows.value[1].number != out->version)
		return ERR_CONFLICT;
	out->jpeg = rows.value[2].bytes;
	jpeg_keep(r, op, key, out);
	return OK;
}

/* The facts and the variant are two reads: when a new picture comes in
 * between, the facts are read again. */
enum err
store_photo_get(struct store *s, struct op *op, int64_t mailbox, unsigned edge,
		bool want_jpeg, struct photo *out)
{
	const struct cache_key key = { .kind = CACHE_PHOTO, .a = mailbox };
	struct reader *r;
	struct facts facts;

	TRY(reader_get(s->readers, op, DB_PHOTO, &r));
	for (unsigned i = 0; i < TRIES_MAX; i++) {
		enum err err;

		TRY(facts_read(r, op, mailbox, &facts));
		if (facts.version == 0)
			return FAIL(op, ERR_NOT_FOUND, "no picture of %" PRId64,
				    mailbox);
		*out = (struct photo){ .version = facts.version,
				       .changed = facts.changed,
				       .edge = edge_choose(&facts, edge) };
		memcpy(out->source, facts.source, sizeof(out->source));
		if (!want_jpeg)
			return OK;
		err = jpeg_read(r, op, mailbox, out);
		if (err != ERR_CONFLICT)
			return err;
		cache_forget(r->small, key);
	}
	return FAIL(op, ERR_INTERNAL,
		    "damaged: photo of %" PRId64 " without its %u pixels",
		    mailbox, out->edge);
}

/* ---- write ---- */

struct putting {
	int64_t mailbox;
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
	row[n++] = db_int(p->mailbox);
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
put_job(struct db *db, struct op *op, void *arg)
{
	const struct putting *p = arg;
	int64_t version;

	TRY(next_version(db, op, p->mailbox, &version));
	TRY(variants_erase(db, op, p->mailbox));
	TRY(facts_put(db, op, p, version));
	for (size_t i = 0; i < p->in->n; i++)
		TRY(variant_put(db, op,
				p->mailbox * SLOT_EDGES +
					p->in->variant[i].edge,
				version, p->in->variant[i].jpeg));
	return OK;
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
	struct putting p = { mailbox, in };
	const struct mailbox *m;

	TRY(op_wait(op, POOL_WRITE));
	TRY(set_check(op, in));
	TRY(store_mailbox_get(s, op, mailbox, &m));
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

enum err
store_photo_remove(struct store *s, struct op *op, int64_t mailbox)
{
	return writer_run(s->writer, op, DB_PHOTO, photo_erase, &mailbox);
}

/* ---- list ---- */

static enum err
page_read(struct store *s, struct op *op, int64_t after, size_t most,
	  struct db_rows *out)
{
	static const char sql[] =
		"SELECT " PHOTO_COLUMNS " FROM photo "
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
