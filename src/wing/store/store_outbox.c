/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies on their way. Each step is a small commit before what it tells of
 * happens, or right behind it: after a crash it is known what may have been
 * sent.
 */
#include "wing/store/answered.h"

#include <assert.h>
#include <inttypes.h>

/* Behind the summed columns: */
#define ROW_COLUMNS OUTBOX_COLUMNS ", x.due, x.tries"
#define ROW_COLUMNS_N (OUTBOX_COLUMNS_N + 2)
#define RECOVER_MAX 1000 /* rows of one transaction */

static enum err
row_read(struct op *op, const struct db_value *row, struct outbox_mail *out)
{
	TRY(row_verify(op, "outbox", row, OUTBOX_COLUMNS_N));
	*out = (struct outbox_mail){
		.id = row[0].number,
		.mailbox = row[1].number,
		.from = db_as_text(&row[2]),
		.to = db_as_text(&row[3]),
		.utf8 = row[4].number != 0,
		.mail = row[5].bytes,
		.at = row[6].number,
		.due = row[8].number,
		.tries = (unsigned)row[9].number,
	};
	return OK;
}

enum err
outbox_insert(struct db *db, struct op *op, const struct outbox_mail *in)
{
	static const char sql[] =
		"INSERT INTO outbox (id, mailbox, sender, recipient, utf8, "
		"mail, at, sum, due, tries) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
	struct db_value row[ROW_COLUMNS_N];
	struct db_rows rows;
	size_t n = 0;

	row[n++] = db_int(in->id);
	row[n++] = db_int(in->mailbox);
	row[n++] = db_text(in->from);
	row[n++] = db_text(in->to);
	row[n++] = db_int(in->utf8);
	row[n++] = db_blob(in->mail);
	row[n++] = db_int(in->at);
	row[n] = db_int(row_sum(row, n));
	n++;
	row[n++] = db_int(in->due);
	row[n] = db_int(in->tries);
	return db_run(db, op, sql, row, COUNT(row), &rows);
}

enum err
store_outbox_due(struct store *s, struct op *op, size_t most,
		 struct outbox_list *out)
{
	static const char sql[] =
		"SELECT " ROW_COLUMNS " FROM outbox x "
		"JOIN answered w ON w.id = x.id "
		"WHERE x.due <= $1 AND w.state = $2 ORDER BY x.due LIMIT $3";
	const struct db_value args[] = { db_int(op->now),
					 db_int(ANSWERED_WAITING),
					 list_limit(most) };
	struct outbox_mail *mail;
	struct db_rows rows;
	struct reader *r;
	enum err err = OK;
	size_t n = 0;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, args, COUNT(args), &rows));
	mail = op_alloc(op, (rows.n + 1) * sizeof(*mail));
	for (size_t i = 0; i < rows.n; i++) {
		enum err one = row_read(op, db_row(&rows, i), &mail[n]);

		n += one == OK;
		err = one == OK ? err : one;
	}
	*out = (struct outbox_list){ n, mail };
	return n > 0 ? OK : err; /* one row holds up no other */
}

/* ---- steps ---- */

struct stepping {
	int64_t id;
	enum answered_state state;
	int64_t due; /* of one that waits */
	const char *reason;
};

static enum err
gone(struct op *op, int64_t id)
{
	return FAIL(op, ERR_CONFLICT, "reply %" PRId64 " is settled", id);
}

/* The row of a reply that is on its way, in one of the states up to `most`.
 * One whose mailbox was removed is settled, too. */
static enum err
open_read(struct db *db, struct op *op, int64_t id, enum answered_state most,
	  struct answered *out)
{
	enum err err = answered_read(db, op, id, out);

	if (err == ERR_NOT_FOUND)
		return gone(op, id);
	TRY(err);
	return out->state <= most ? OK : gone(op, id);
}

static enum err
take_job(struct db *db, struct op *op, void *arg)
{
	const struct stepping *in = arg;
	struct answered row;

	TRY(open_read(db, op, in->id, ANSWERED_WAITING, &row));
	return answered_update(db, op, &row, ANSWERED_SENDING, row.reason);
}

enum err
store_outbox_take(struct store *s, struct op *op, int64_t id)
{
	struct stepping in = { .id = id };

	return writer_run(s->writer, op, DB_MAIN, take_job, &in);
}

static enum err
later_job(struct db *db, struct op *op, void *arg)
{
	static const char sql[] =
		"UPDATE outbox SET due = $2, tries = tries + 1 WHERE id = $1";
	const struct stepping *in = arg;
	const struct db_value args[] = { db_int(in->id), db_int(in->due) };
	struct answered row;
	struct db_rows rows;

	TRY(open_read(db, op, in->id, ANSWERED_SENDING, &row));
	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	return answered_update(db, op, &row, ANSWERED_WAITING, in->reason);
}

enum err
store_outbox_later(struct store *s, struct op *op, int64_t id, int64_t due,
		   const char *reason)
{
	struct stepping in = { .id = id, .due = due, .reason = reason };

	return writer_run(s->writer, op, DB_MAIN, later_job, &in);
}

static enum err
settle(struct db *db, struct op *op, struct answered *row,
       enum answered_state state, const char *reason)
{
	static const char sql[] = "DELETE FROM outbox WHERE id = $1";
	const struct db_value id = db_int(row->id);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &id, 1, &rows));
	return answered_update(db, op, row, state, reason);
}

static enum err
settle_job(struct db *db, struct op *op, void *arg)
{
	const struct stepping *in = arg;
	struct answered row;

	TRY(open_read(db, op, in->id, ANSWERED_SENDING, &row));
	return settle(db, op, &row, in->state, in->reason);
}

enum err
store_outbox_settle(struct store *s, struct op *op, int64_t id,
		    enum answered_state state, const char *reason)
{
	struct stepping in = { .id = id, .state = state, .reason = reason };

	assert(state >= ANSWERED_SENT && state <= ANSWERED_UNKNOWN);
	return writer_run(s->writer, op, DB_MAIN, settle_job, &in);
}

/* ---- after a crash ---- */

/* What is in this state becomes unknown; up to RECOVER_MAX of it. */
static enum err
unknown_all(struct db *db, struct op *op, enum answered_state state,
	    const char *reason, size_t *n)
{
	static const char sql[] =
		"SELECT " ANSWERED_COLUMNS " FROM answered w "
		"WHERE w.state = $1 AND w.state <> 3 ORDER BY w.id LIMIT $2";
	const struct db_value args[] = { db_int(state), db_int(RECOVER_MAX) };
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	for (size_t i = 0; i < rows.n; i++) {
		struct answered row;

		TRY(answered_of_row(op, db_row(&rows, i), &row));
		TRY(settle(db, op, &row, ANSWERED_UNKNOWN, reason));
	}
	*n = rows.n;
	return OK;
}

static enum err
recover_job(struct db *db, struct op *op, void *arg)
{
	return unknown_all(db, op, ANSWERED_SENDING,
			   "the sender ended while it was at it", arg);
}

enum err
store_outbox_recover(struct store *s, struct op *op, size_t *n)
{
	size_t more;

	*n = 0;
	do {
		TRY(writer_run(s->writer, op, DB_MAIN, recover_job, &more));
		*n += more;
	} while (more == RECOVER_MAX);
	return OK;
}

enum err
answered_restored(struct db *db, struct op *op)
{
	static const char reason[] = "on its way when the backup was made";
	size_t n;

	for (unsigned state = ANSWERED_WAITING; state <= ANSWERED_SENDING;
	     state++) {
		do
			TRY(unknown_all(db, op, state, reason, &n));
		while (n == RECOVER_MAX);
	}
	return OK;
}

/* ---- count ---- */

enum err
store_outbox_count(struct store *s, struct op *op, struct outbox_count *out)
{
	static const char sql[] =
		"SELECT (SELECT count(*) FROM outbox), "
		"(SELECT at FROM outbox ORDER BY id LIMIT 1), "
		"(SELECT count(*) FROM answered), count(*), "
		"coalesce(sum(state = 4), 0), coalesce(sum(state = 5), 0) "
		"FROM answered WHERE state <> 3";
	struct reader *r;
	struct db_rows rows;
	const struct db_value *v;

	_Static_assert(ANSWERED_SENT == 3 && ANSWERED_FAILED == 4 &&
			       ANSWERED_UNKNOWN == 5,
		       "as the statement and its index have it");
	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, NULL, 0, &rows));
	v = rows.value;
	*out = (struct outbox_count){
		.waiting = (uint64_t)v[0].number,
		.oldest = v[1].type == DB_NULL ? 0 : v[1].number,
		.sent = (uint64_t)(v[2].number - v[3].number),
		.failed = (uint64_t)v[4].number,
		.unknown = (uint64_t)v[5].number,
	};
	return OK;
}
