/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures, as they are written: uploaded, removed, hidden, and what the
 * directory said of them.
 */
#include "wing/store/photo_row.h"

#include "base/buf.h"

#include <inttypes.h>
#include <string.h>

#define EDGES_TEXT_MAX 128 /* bytes of "48,64,96,..." */

/* ---- a layer ---- */

enum err
photo_version_next(struct db *db, struct op *op, int64_t mailbox, int64_t *out)
{
	static const char sql[] = "SELECT max(seq) FROM photo_change";
	struct db_rows rows;

	TRY(change_add(db, op, CHANGE_PHOTO, mailbox, 0, ""));
	TRY(db_run(db, op, sql, NULL, 0, &rows));
	*out = rows.value[0].number;
	return OK;
}

static enum err
variants_erase(struct db *db, struct op *op, enum layer layer, int64_t mailbox)
{
#define ERASE_OF(photo, variants)                                              \
	"DELETE FROM " variants " WHERE slot BETWEEN $1 AND $2"
	static const char *const sql[LAYERS] = OF_LAYERS(ERASE_OF);
#undef ERASE_OF
	const struct db_value args[] = {
		db_int(mailbox * SLOT_EDGES),
		db_int(mailbox * SLOT_EDGES + SLOT_EDGES - 1),
	};
	struct db_rows rows;

	return db_run(db, op, sql[layer], args, COUNT(args), &rows);
}

static enum err
variant_put(struct db *db, struct op *op, enum layer layer, int64_t mailbox,
	    int64_t version, const struct photo_variant *in)
{
#define PUT_OF(photo, variants)                                                \
	"INSERT INTO " variants " VALUES ($1, $2, $3, $4)"
	static const char *const sql[LAYERS] = OF_LAYERS(PUT_OF);
#undef PUT_OF
	struct db_value row[VARIANT_COLUMNS_N] = {
		db_int(mailbox * SLOT_EDGES + in->edge),
		db_int(version),
		db_blob(in->jpeg),
	};
	struct db_rows rows;

	row[3] = db_int(row_sum(row, 3));
	return db_run(db, op, sql[layer], row, COUNT(row), &rows);
}

static enum err
facts_put(struct db *db, struct op *op, enum layer layer, int64_t mailbox,
	  int64_t version, const struct photo_set *in)
{
#define FACTS_OF(photo, variants)                                              \
	"INSERT INTO " photo " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "   \
	"ON CONFLICT (mailbox) DO UPDATE SET version = $2, changed = $3, "     \
	"width = $4, height = $5, source = $6, edges = $7, bytes = $8, "       \
	"sum = $9"
	static const char *const sql[LAYERS] = OF_LAYERS(FACTS_OF);
#undef FACTS_OF
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
	row[n++] = db_int(mailbox);
	row[n++] = db_int(version);
	row[n++] = db_int(op->now);
	row[n++] = db_int(in->width);
	row[n++] = db_int(in->height);
	row[n++] = db_blob((struct bytes){ in->source, sizeof(in->source) });
	row[n++] = db_text(buf_text(&edges));
	row[n++] = db_int(bytes);
	row[n] = db_int(row_sum(row, n));
	return db_run(db, op, sql[layer], row, COUNT(row), &rows);
}

enum err
photo_layer_put(struct db *db, struct op *op, enum layer layer, int64_t mailbox,
		int64_t version, const struct photo_set *in)
{
	TRY(variants_erase(db, op, layer, mailbox));
	TRY(facts_put(db, op, layer, mailbox, version, in));
	for (size_t i = 0; i < in->n; i++)
		TRY(variant_put(db, op, layer, mailbox, version,
				&in->variant[i]));
	return OK;
}

enum err
photo_layer_erase(struct db *db, struct op *op, enum layer layer,
		  int64_t mailbox, bool *erased)
{
#define FACTS_OF(photo, variants) "DELETE FROM " photo " WHERE mailbox = $1"
	static const char *const sql[LAYERS] = OF_LAYERS(FACTS_OF);
#undef FACTS_OF
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	TRY(variants_erase(db, op, layer, mailbox));
	TRY(db_run(db, op, sql[layer], &id, 1, &rows));
	*erased = rows.changed != 0;
	return OK;
}

enum err
photo_set_check(struct op *op, const struct photo_set *in)
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

/* ---- what is known ---- */

enum err
photo_state_read(struct db *db, struct op *op, int64_t mailbox,
		 struct photo_state *out)
{
	static const char sql[] = "SELECT " PHOTO_STATE_COLUMNS
				  " FROM photo_state s WHERE s.mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &id, 1, &rows));
	return photo_state_of_row(op, rows.n == 0 ? NULL : rows.value, out);
}

enum err
photo_state_put(struct db *db, struct op *op, int64_t mailbox,
		const struct photo_state *in)
{
	static const char sql[] =
		"INSERT INTO photo_state VALUES ($1, $2, $3, $4, $5, $6) "
		"ON CONFLICT (mailbox) DO UPDATE SET hidden = $2, found = $3, "
		"checked = $4, digest = $5, sum = $6";
	struct db_value row[PHOTO_STATE_COLUMNS_N];
	struct db_rows rows;
	size_t n = 0;

	row[n++] = db_int(mailbox);
	row[n++] = db_int(in->hidden);
	row[n++] = db_int(in->found);
	row[n++] = db_int(in->checked);
	row[n++] = db_blob((struct bytes){ in->digest, sizeof(in->digest) });
	row[n] = db_int(row_sum(row, n));
	return db_run(db, op, sql, row, COUNT(row), &rows);
}

enum err
photo_audit(struct db *db, struct op *op, enum audit_what what,
	    const struct mailbox *m)
{
	const struct audit_note note = { .what = what,
					 .mailbox = m->id,
					 .address = m->address };

	return audit_add(db, op, DB_PHOTO, &note);
}

/* ---- the uploaded picture ---- */

struct putting {
	const struct mailbox *mailbox;
	const struct photo_set *in;
};

static enum err
put_job(struct db *db, struct op *op, void *arg)
{
	const struct putting *p = arg;
	int64_t id = p->mailbox->id;
	struct photo_state state;
	int64_t version;

	TRY(photo_version_next(db, op, id, &version));
	TRY(photo_layer_put(db, op, LAYER_UPLOADED, id, version, p->in));
	TRY(photo_state_read(db, op, id, &state));
	if (state.hidden) {
		state.hidden = false;
		TRY(photo_state_put(db, op, id, &state));
	}
	TRY(write_back_copy(db, op, id, version, p->in->write_back));
	return photo_audit(db, op, AUDIT_PHOTO_SET, p->mailbox);
}

enum err
store_photo_put(struct store *s, struct op *op, int64_t mailbox,
		const struct photo_set *in)
{
	struct putting p = { .in = in };

	TRY(op_wait(op, POOL_WRITE));
	TRY(photo_set_check(op, in));
	TRY(store_mailbox_get(s, op, mailbox, &p.mailbox));
	return writer_run(s->writer, op, DB_PHOTO, put_job, &p);
}

/* The directory still shows the copy that we made of it: a picture that was
 * removed must not come back by that way. */
static enum err
copy_erase(struct db *db, struct op *op, int64_t mailbox)
{
	static const char sql[] =
		"SELECT source FROM directory_photo WHERE mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct photo_state state;
	struct db_rows rows;
	bool ours = false;

	TRY(db_run(db, op, sql, &id, 1, &rows));
	if (rows.n == 1 && rows.value[0].bytes.n == sizeof(state.digest))
		TRY(write_back_owns(db, op, mailbox, rows.value[0].bytes.p,
				    &ours));
	if (!ours)
		return OK;
	TRY(photo_layer_erase(db, op, LAYER_DIRECTORY, mailbox, &ours));
	TRY(photo_state_read(db, op, mailbox, &state));
	state.found = PHOTO_NONE;
	return photo_state_put(db, op, mailbox, &state);
}

/* What comes to light was not shown before: who asks for what has changed
 * since a time has to get it. */
static enum err
directory_uncover(struct db *db, struct op *op, int64_t mailbox)
{
	static const char find[] =
		"SELECT " PHOTO_COLUMNS
		" FROM directory_photo p WHERE p.mailbox = $1";
	static const char change[] = "UPDATE directory_photo SET changed = $2, "
				     "sum = $3 WHERE mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct db_value row[PHOTO_COLUMNS_N], args[3];
	struct db_rows rows;

	TRY(db_run(db, op, find, &id, 1, &rows));
	if (rows.n == 0)
		return OK;
	TRY(row_verify(op, "directory_photo", rows.value, PHOTO_COLUMNS_N));
	memcpy(row, rows.value, sizeof(row));
	row[2] = db_int(op->now);
	args[0] = id;
	args[1] = row[2];
	args[2] = db_int(row_sum(row, PHOTO_COLUMNS_N - 1));
	return db_run(db, op, change, args, COUNT(args), &rows);
}

static enum err
remove_job(struct db *db, struct op *op, void *arg)
{
	const struct mailbox *m = arg;
	int64_t version;
	bool erased;

	TRY(photo_layer_erase(db, op, LAYER_UPLOADED, m->id, &erased));
	if (!erased)
		return OK;
	TRY(photo_version_next(db, op, m->id, &version));
	TRY(write_back_erase(db, op, m->id, version));
	TRY(copy_erase(db, op, m->id));
	TRY(directory_uncover(db, op, m->id));
	return photo_audit(db, op, AUDIT_PHOTO_REMOVE, m);
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

/* ---- hidden ---- */

struct hiding {
	const struct mailbox *mailbox;
	bool hidden;
};

static enum err
hide_job(struct db *db, struct op *op, void *arg)
{
	const struct hiding *h = arg;
	struct photo_state state;

	TRY(photo_state_read(db, op, h->mailbox->id, &state));
	if (state.hidden == h->hidden)
		return OK;
	state.hidden = h->hidden;
	TRY(photo_state_put(db, op, h->mailbox->id, &state));
	TRY(change_add(db, op, CHANGE_PHOTO, h->mailbox->id, 0, ""));
	return photo_audit(db, op,
			   h->hidden ? AUDIT_PHOTO_HIDE : AUDIT_PHOTO_UNHIDE,
			   h->mailbox);
}

enum err
store_photo_hide(struct store *s, struct op *op, int64_t mailbox, bool hidden)
{
	struct hiding h = { .hidden = hidden };

	TRY(op_wait(op, POOL_WRITE));
	TRY(store_mailbox_get(s, op, mailbox, &h.mailbox));
	return writer_run(s->writer, op, DB_PHOTO, hide_job, &h);
}

/* ---- what the directory said ---- */

struct telling {
	int64_t mailbox;
	const struct photo_told *in;
};

/* Does the layer hold the picture that was made of these bytes? */
static enum err
is_stored(struct db *db, struct op *op, int64_t mailbox,
	  const uint8_t source[32], bool *out)
{
	static const char sql[] = "SELECT mailbox FROM directory_photo "
				  "WHERE mailbox = $1 AND source = $2";
	const struct db_value args[] = {
		db_int(mailbox), db_blob((struct bytes){ source, 32 })
	};
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	*out = rows.n == 1;
	return OK;
}

/* The layer becomes what was told. *found: what that is now. */
static enum err
told_apply(struct db *db, struct op *op, const struct telling *t,
	   unsigned *found)
{
	const struct photo_set *set = t->in->set;
	bool same = false;
	int64_t version;

	*found = t->in->found;
	if (*found == PHOTO_FOUND) {
		TRY(write_back_owns(db, op, t->mailbox, set->source, &same));
		*found = same ? PHOTO_NONE : PHOTO_FOUND;
	}
	if (*found != PHOTO_FOUND)
		return photo_layer_erase(db, op, LAYER_DIRECTORY, t->mailbox,
					 &same);
	TRY(is_stored(db, op, t->mailbox, set->source, &same));
	if (same)
		return OK;
	TRY(photo_version_next(db, op, t->mailbox, &version));
	return photo_layer_put(db, op, LAYER_DIRECTORY, t->mailbox, version,
			       set);
}

static enum err
told_job(struct db *db, struct op *op, void *arg)
{
	const struct telling *t = arg;
	struct photo_state state;

	TRY(photo_state_read(db, op, t->mailbox, &state));
	if (t->in->found != PHOTO_FOUND || t->in->set != NULL)
		TRY(told_apply(db, op, t, &state.found));
	else if (memcmp(state.digest, t->in->digest, sizeof(state.digest)) != 0)
		return FAIL(op, ERR_CONFLICT,
			    "the directory said something else meanwhile");
	state.checked = op->now;
	memcpy(state.digest, t->in->digest, sizeof(state.digest));
	TRY(photo_state_put(db, op, t->mailbox, &state));
	return change_add(db, op, CHANGE_PHOTO, t->mailbox, 0, "");
}

enum err
store_photo_told(struct store *s, struct op *op, int64_t mailbox,
		 const struct photo_told *in)
{
	struct telling t = { mailbox, in };
	const struct mailbox *m;

	TRY(op_wait(op, POOL_WRITE));
	if (in->set != NULL)
		TRY(photo_set_check(op, in->set));
	TRY(store_mailbox_get(s, op, mailbox, &m));
	return writer_run(s->writer, op, DB_PHOTO, told_job, &t);
}

/* ---- all of a mailbox ---- */

enum err
photo_erase(struct db *db, struct op *op, void *mailbox)
{
	static const char state[] =
		"DELETE FROM photo_state WHERE mailbox = $1";
	const struct db_value id = db_int(*(const int64_t *)mailbox);
	int64_t before = db_changes(db);
	struct db_rows rows;
	bool erased;

	for (unsigned i = 0; i < LAYERS; i++)
		TRY(photo_layer_erase(db, op, i, id.number, &erased));
	TRY(db_run(db, op, state, &id, 1, &rows));
	TRY(write_back_forget(db, op, id.number));
	if (db_changes(db) == before)
		return OK;
	return change_add(db, op, CHANGE_PHOTO, id.number, 0, "");
}
