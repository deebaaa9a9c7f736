/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of uploaded pictures in directories: what is wanted is a row of the
 * same commit as the picture, so none is forgotten. What may be there already
 * is told by digests, written before anything is sent.
 */
#include "wing/store/photo_row.h"

#include <inttypes.h>
#include <string.h>

#define DIGEST_N 32 /* bytes */

static enum err
row_read(struct op *op, const struct db_value *row, struct write_back *out)
{
	struct bytes written = row[5].bytes;

	TRY(row_verify(op, "photo_write_back", row, WRITE_BACK_COLUMNS_N));
	*out = (struct write_back){
		.mailbox = row[0].number,
		.version = row[1].number,
		.wanted = (unsigned)row[2].number,
		.tries = (unsigned)row[3].number,
		.due = row[4].number,
		.digests_n = written.n / DIGEST_N,
		.reason = db_as_text(&row[6]),
	};
	if (written.n % DIGEST_N != 0 || written.n > sizeof(out->digest) ||
	    out->reason == NULL)
		return FAIL(op, ERR_INTERNAL,
			    "damaged: photo_write_back of %" PRId64,
			    out->mailbox);
	if (written.n > 0)
		memcpy(out->digest, written.p, written.n);
	return OK;
}

static enum err
row_find(struct db *db, struct op *op, int64_t mailbox, struct write_back *out)
{
	static const char sql[] =
		"SELECT " WRITE_BACK_COLUMNS
		" FROM photo_write_back w WHERE w.mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &id, 1, &rows));
	if (rows.n == 0)
		return ERR_NOT_FOUND;
	return row_read(op, rows.value, out);
}

static enum err
row_put(struct db *db, struct op *op, const struct write_back *in)
{
	static const char sql[] =
		"INSERT INTO photo_write_back "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
		"ON CONFLICT (mailbox) DO UPDATE SET version = $2, "
		"wanted = $3, tries = $4, due = $5, written = $6, "
		"reason = $7, sum = $8";
	struct db_value row[WRITE_BACK_COLUMNS_N];
	struct db_rows rows;
	size_t n = 0;

	if (in->wanted == WRITE_BACK_NOTHING && in->digests_n == 0)
		return write_back_forget(db, op, in->mailbox);
	row[n++] = db_int(in->mailbox);
	row[n++] = db_int(in->version);
	row[n++] = db_int(in->wanted);
	row[n++] = db_int(in->tries);
	row[n++] = db_int(in->due);
	row[n++] = db_blob((struct bytes){ (const uint8_t *)in->digest,
					   in->digests_n * DIGEST_N });
	row[n++] = db_text(in->reason);
	row[n] = db_int(row_sum(row, n));
	return db_run(db, op, sql, row, COUNT(row), &rows);
}

/* ---- with a change of the picture ---- */

static enum err
want(struct db *db, struct op *op, int64_t version, enum write_back_want wanted,
     struct write_back *row)
{
	row->version = version;
	row->wanted = wanted;
	row->tries = 0;
	row->due = op->now;
	row->reason = "";
	return row_put(db, op, row);
}

/* Not wanted, where one was made before: that one stays ours. */
enum err
write_back_copy(struct db *db, struct op *op, int64_t mailbox, int64_t version,
		bool wanted)
{
	struct write_back row = { .mailbox = mailbox };
	enum err err = row_find(db, op, mailbox, &row);

	if (err == ERR_NOT_FOUND && !wanted)
		return OK;
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	return want(db, op, version,
		    wanted ? WRITE_BACK_COPY : WRITE_BACK_NOTHING, &row);
}

/* One that was never begun is not looked for. */
enum err
write_back_erase(struct db *db, struct op *op, int64_t mailbox, int64_t version)
{
	struct write_back row = { .mailbox = mailbox };
	enum err err = row_find(db, op, mailbox, &row);

	if (err == ERR_NOT_FOUND)
		return OK;
	TRY(err);
	return want(db, op, version,
		    row.digests_n > 0 ? WRITE_BACK_ERASE : WRITE_BACK_NOTHING,
		    &row);
}

enum err
write_back_owns(struct db *db, struct op *op, int64_t mailbox,
		const uint8_t source[32], bool *out)
{
	struct write_back row;
	enum err err = row_find(db, op, mailbox, &row);

	*out = false;
	if (err == ERR_NOT_FOUND)
		return OK;
	TRY(err);
	for (size_t i = 0; i < row.digests_n; i++)
		*out = *out || memcmp(row.digest[i], source, DIGEST_N) == 0;
	*out = *out && row.wanted == WRITE_BACK_ERASE;
	return OK;
}

enum err
write_back_forget(struct db *db, struct op *op, int64_t mailbox)
{
	static const char sql[] =
		"DELETE FROM photo_write_back WHERE mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	return db_run(db, op, sql, &id, 1, &rows);
}

/* ---- for who does it ---- */

enum err
store_write_back_get(struct store *s, struct op *op, int64_t mailbox,
		     struct write_back *out)
{
	struct reader *r;
	enum err err;

	TRY(reader_get(s->readers, op, DB_PHOTO, &r));
	err = row_find(r->db[DB_PHOTO], op, mailbox, out);
	if (err == ERR_NOT_FOUND)
		return FAIL(op, err, "no copy of a picture of %" PRId64,
			    mailbox);
	return err;
}

enum err
store_write_back_list(struct store *s, struct op *op, size_t most,
		      struct write_back_list *out)
{
	static const char sql[] =
		"SELECT " WRITE_BACK_COLUMNS " FROM photo_write_back w "
		"WHERE w.wanted <> 0 AND w.due <= $1 ORDER BY w.due LIMIT $2";
	const struct db_value args[] = { db_int(op->now), list_limit(most) };
	struct write_back *row;
	struct db_rows rows;
	struct reader *r;

	TRY(reader_get(s->readers, op, DB_PHOTO, &r));
	TRY(db_run(r->db[DB_PHOTO], op, sql, args, COUNT(args), &rows));
	row = op_alloc(op, (rows.n + 1) * sizeof(*row));
	for (size_t i = 0; i < rows.n; i++)
		TRY(row_read(op, db_row(&rows, i), &row[i]));
	*out = (struct write_back_list){ rows.n, row };
	return OK;
}

static enum err
note_job(struct db *db, struct op *op, void *arg)
{
	const struct write_back *in = arg;
	struct write_back row;
	enum err err = row_find(db, op, in->mailbox, &row);

	if (err == ERR_NOT_FOUND || (err == OK && row.version != in->version))
		return FAIL(op, ERR_CONFLICT,
			    "another picture of %" PRId64 " by now",
			    in->mailbox);
	TRY(err);
	return row_put(db, op, in);
}

enum err
store_write_back_put(struct store *s, struct op *op,
		     const struct write_back *in)
{
	struct write_back copy = *in;

	TRY(op_wait(op, POOL_WRITE));
	return writer_run(s->writer, op, DB_PHOTO, note_job, &copy);
}
