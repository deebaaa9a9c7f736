/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a mailbox answered: once for each sender in a period of its absence.
 */
#include "wing/store/answered.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

#define MINUTE_S 60

/* ---- rows ---- */

enum err
answered_of_row(struct op *op, const struct db_value *row, struct answered *out)
{
	TRY(row_verify(op, "answered", row, ANSWERED_COLUMNS_N));
	*out = (struct answered){
		.id = row[0].number,
		.mailbox = row[1].number,
		.period = row[2].number,
		.sender = db_as_text(&row[3]),
		.to = db_as_text(&row[4]),
		.message_id = db_as_text(&row[5]),
		.internal = row[6].number != 0,
		.state = (unsigned)row[7].number,
		.at = row[8].number,
		.settled = row[9].number,
		.via = db_as_text(&row[10]),
		.reason = db_as_text(&row[11]),
	};
	return OK;
}

static void
row_make(const struct answered *in, struct db_value out[ANSWERED_COLUMNS_N])
{
	size_t n = 0;

	out[n++] = db_int(in->id);
	out[n++] = db_int(in->mailbox);
	out[n++] = db_int(in->period);
	out[n++] = db_text(in->sender);
	out[n++] = db_text(in->to);
	out[n++] = db_text(in->message_id);
	out[n++] = db_int(in->internal);
	out[n++] = db_int(in->state);
	out[n++] = db_int(in->at);
	out[n++] = db_int(in->settled);
	out[n++] = db_text(in->via);
	out[n++] = db_text(in->reason);
	out[n] = db_int(row_sum(out, n));
}

enum err
answered_read(struct db *db, struct op *op, int64_t id, struct answered *out)
{
	static const char sql[] =
		"SELECT " ANSWERED_COLUMNS " FROM answered w WHERE w.id = $1";
	const struct db_value arg = db_int(id);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &arg, 1, &rows));
	if (rows.n == 0)
		return FAIL(op, ERR_NOT_FOUND, "no answer %" PRId64, id);
	return answered_of_row(op, rows.value, out);
}

enum err
answered_insert(struct db *db, struct op *op, const struct answered *in)
{
	static const char sql[] = "INSERT INTO answered VALUES "
				  "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
				  "$11, $12, $13)";
	struct db_value row[ANSWERED_COLUMNS_N];
	struct db_rows rows;

	row_make(in, row);
	return db_run(db, op, sql, row, COUNT(row), &rows);
}

enum err
answered_update(struct db *db, struct op *op, struct answered *in,
		enum answered_state state, const char *reason)
{
	static const char sql[] = "UPDATE answered SET state = $2, "
				  "settled = $3, reason = $4, sum = $5 "
				  "WHERE id = $1";
	struct db_value row[ANSWERED_COLUMNS_N];
	struct db_rows rows;

	in->state = state;
	in->settled = op->now;
	in->reason = row_reason(op, reason, ANSWERED_TEXT_MAX);
	row_make(in, row);
	{
		const struct db_value args[] = { row[0], row[7], row[9],
						 row[11], row[12] };

		TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	}
	return change_add(db, op, CHANGE_ANSWERED, in->mailbox, 0, "");
}

/* ---- may it be answered? On any connection ---- */

static enum err
sender_find(struct db *db, struct op *op, const struct answered *of)
{
	static const char sql[] =
		"SELECT " ANSWERED_COLUMNS " FROM answered w "
		"WHERE w.mailbox = $1 AND w.period = $2 AND w.sender = $3";
	const struct db_value args[] = { db_int(of->mailbox),
					 db_int(of->period),
					 db_text(of->sender) };
	struct answered found;
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	if (rows.n == 0)
		return ERR_NOT_FOUND;
	return answered_of_row(op, rows.value, &found);
}

/* When the last but n was; of the mailbox, or of all (0). After a clock that
 * ran ahead it is in the future: no minute of ours. */
static enum err
brake_one(struct db *db, struct op *op, int64_t mailbox, unsigned n)
{
	static const char one[] = "SELECT at FROM answered WHERE mailbox = $2 "
				  "ORDER BY id DESC LIMIT 1 OFFSET $1";
	static const char all[] = "SELECT at FROM answered "
				  "ORDER BY id DESC LIMIT 1 OFFSET $1";
	const struct db_value args[] = { db_int((int64_t)n - 1),
					 db_int(mailbox) };
	struct db_rows rows;
	int64_t ago;

	if (n == 0)
		return OK;
	TRY(db_run(db, op, mailbox == 0 ? all : one, args, COUNT(args), &rows));
	if (rows.n == 0)
		return OK;
	ago = op->now - rows.value[0].number;
	if (ago >= MINUTE_S || ago <= -MINUTE_S)
		return OK;
	return FAIL(op, ERR_LIMIT, "%u replies of %s within a minute", n,
		    mailbox == 0 ? "the site" : "the mailbox");
}

static enum err
brake(struct db *db, struct op *op, int64_t mailbox,
      const struct answered_limits *limits)
{
	TRY(brake_one(db, op, mailbox, limits->mailbox_per_minute));
	return brake_one(db, op, 0, limits->site_per_minute);
}

enum err
store_answered_find(struct store *s, struct op *op, int64_t mailbox,
		    int64_t period, const char *sender)
{
	const struct answered of = { .mailbox = mailbox,
				     .period = period,
				     .sender = sender };
	struct reader *r;
	enum err err;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	err = sender_find(r->db[DB_MAIN], op, &of);
	if (err == ERR_NOT_FOUND)
		return FAIL(op, err, "%s was not answered", sender);
	return err;
}

enum err
store_answered_brake(struct store *s, struct op *op, int64_t mailbox,
		     const struct answered_limits *limits)
{
	struct reader *r;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	return brake(r->db[DB_MAIN], op, mailbox, limits);
}

/* ---- begin ---- */

struct beginning {
	struct answered *in;
	struct outbox_mail *mail;
	const struct answered_limits *limits;
};

static enum err
mailbox_check(struct db *db, struct op *op, int64_t mailbox)
{
	static const char sql[] = "SELECT 1 FROM mailbox WHERE id = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &id, 1, &rows));
	if (rows.n == 1)
		return OK;
	return FAIL(op, ERR_NOT_FOUND, "no mailbox %" PRId64, mailbox);
}

/* Makes room for one more: the oldest go that are not on their way. */
static enum err
room_make(struct db *db, struct op *op, int64_t mailbox)
{
	static const char last[] = "SELECT id FROM answered WHERE mailbox = $1 "
				   "ORDER BY id DESC LIMIT 1 OFFSET $2";
	static const char drop[] =
		"DELETE FROM answered WHERE mailbox = $1 AND id <= $2 "
		"AND state >= $3";
	struct db_value args[] = { db_int(mailbox), db_int(ANSWERED_MAX - 1),
				   db_int(ANSWERED_SENT) };
	struct db_rows rows;

	TRY(db_run(db, op, last, args, 2, &rows));
	if (rows.n == 0)
		return OK;
	args[1] = rows.value[0];
	TRY(db_run(db, op, drop, args, COUNT(args), &rows));
	if (rows.changed > 0)
		return OK;
	return FAIL(op, ERR_LIMIT, "%d replies of the mailbox wait",
		    ANSWERED_MAX);
}

static enum err
next_id(struct db *db, struct op *op, int64_t mailbox, int64_t *out)
{
	static const char sql[] = "SELECT max(seq) FROM change";
	struct db_rows rows;

	TRY(change_add(db, op, CHANGE_ANSWERED, mailbox, 0, ""));
	TRY(db_run(db, op, sql, NULL, 0, &rows));
	*out = rows.value[0].number;
	return OK;
}

/* All refusals come before the first change: a batch goes on with the others
 * then. */
static enum err
begin_job(struct db *db, struct op *op, void *arg)
{
	const struct beginning *b = arg;
	struct answered in = *b->in;
	struct outbox_mail mail = *b->mail;
	enum err err;

	TRY(mailbox_check(db, op, in.mailbox));
	err = sender_find(db, op, &in);
	if (err == OK)
		return FAIL(op, ERR_CONFLICT, "%s was answered already",
			    in.sender);
	if (err != ERR_NOT_FOUND)
		return err;
	TRY(brake(db, op, in.mailbox, b->limits));
	TRY(room_make(db, op, in.mailbox));
	TRY(next_id(db, op, in.mailbox, &in.id));
	in.state = ANSWERED_WAITING;
	in.at = in.settled = op->now;
	in.reason = "";
	TRY(answered_insert(db, op, &in));
	mail.id = in.id;
	mail.mailbox = in.mailbox;
	mail.at = in.at;
	mail.tries = 0;
	TRY(outbox_insert(db, op, &mail));
	*b->in = in;
	*b->mail = mail;
	return OK;
}

static enum err
text_check(struct op *op, const char *what, const char *text)
{
	size_t n = strlen(text);

	if (n > ANSWERED_TEXT_MAX)
		return FAIL(op, ERR_LIMIT, "%s has %zu bytes; it may have %d",
			    what, n, ANSWERED_TEXT_MAX);
	if (!text_clean(text) || strpbrk(text, "\t\r\n") != NULL)
		return FAIL(op, ERR_INVALID, "%s has control characters", what);
	return OK;
}

static enum err
texts_check(struct op *op, const struct answered *in)
{
	TRY(text_check(op, "a sender", in->sender));
	TRY(text_check(op, "a recipient", in->to));
	TRY(text_check(op, "a message id", in->message_id));
	return text_check(op, "the title of a backend", in->via);
}

enum err
store_answered_begin(struct store *s, struct op *op, struct answered *in,
		     struct outbox_mail *mail,
		     const struct answered_limits *limits)
{
	struct beginning b = { in, mail, limits };

	TRY(texts_check(op, in));
	TRY(text_check(op, "a sender", mail->from));
	TRY(text_check(op, "a recipient", mail->to));
	if (mail->mail.n == 0 || mail->mail.n > OUTBOX_MAIL_MAX)
		return FAIL(op, ERR_LIMIT, "a mail of %zu bytes", mail->mail.n);
	return writer_run(s->writer, op, DB_MAIN, begin_job, &b);
}

/* ---- list ---- */

enum err
store_answered_list(struct store *s, struct op *op, int64_t mailbox,
		    int64_t before, size_t most, struct answered_list *out)
{
	static const char sql[] = "SELECT " ANSWERED_COLUMNS " FROM answered w "
				  "WHERE w.mailbox = $1 AND w.id < $2 "
				  "ORDER BY w.id DESC LIMIT $3";
	const struct db_value args[] = {
		db_int(mailbox),
		db_int(before == 0 ? INT64_MAX : before),
		list_limit(most),
	};
	struct answered *row;
	struct db_rows rows;
	struct reader *r;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, args, COUNT(args), &rows));
	row = op_alloc(op, (rows.n + 1) * sizeof(*row));
	for (size_t i = 0; i < rows.n; i++)
		TRY(answered_of_row(op, db_row(&rows, i), &row[i]));
	*out = (struct answered_list){ rows.n, row };
	return OK;
}

/* ---- as it was elsewhere ---- */

struct restoring {
	int64_t mailbox;
	const struct answered_list *in;
};

/* The oldest that are too many, when there may be several. */
static enum err
room_keep(struct db *db, struct op *op, int64_t mailbox)
{
	static const char sql[] =
		"DELETE FROM answered WHERE mailbox = $1 AND state >= $2 "
		"AND id <= (SELECT id FROM answered WHERE mailbox = $1 "
		"ORDER BY id DESC LIMIT 1 OFFSET $3)";
	const struct db_value args[] = { db_int(mailbox), db_int(ANSWERED_SENT),
					 db_int(ANSWERED_MAX) };
	struct db_rows rows;

	return db_run(db, op, sql, args, COUNT(args), &rows);
}

static enum err
restore_job(struct db *db, struct op *op, void *arg)
{
	const struct restoring *r = arg;

	TRY(mailbox_check(db, op, r->mailbox));
	for (size_t i = 0; i < r->in->n; i++) {
		struct answered row = r->in->row[i];
		enum err err;

		row.mailbox = r->mailbox;
		err = sender_find(db, op, &row);
		if (err == OK)
			continue;
		if (err != ERR_NOT_FOUND)
			return err;
		TRY(next_id(db, op, row.mailbox, &row.id));
		row.reason = row_reason(op, row.reason, ANSWERED_TEXT_MAX);
		TRY(answered_insert(db, op, &row));
	}
	return room_keep(db, op, r->mailbox);
}

enum err
store_answered_restore(struct store *s, struct op *op, int64_t mailbox,
		       const struct answered_list *in)
{
	struct restoring r = { mailbox, in };

	if (in->n > ANSWERED_MAX)
		return FAIL(op, ERR_LIMIT, "%zu answers; a mailbox has %d",
			    in->n, ANSWERED_MAX);
	for (size_t i = 0; i < in->n; i++) {
		TRY(texts_check(op, &in->row[i]));
		if (in->row[i].state < ANSWERED_SENT ||
		    in->row[i].state > ANSWERED_UNKNOWN)
			return FAIL(op, ERR_INVALID, "an answer on its way");
	}
	return writer_run(s->writer, op, DB_MAIN, restore_job, &r);
}

/* ---- erase ---- */

enum err
answered_erase(struct db *db, struct op *op, int64_t mailbox)
{
	static const char mails[] =
		"DELETE FROM outbox WHERE id IN "
		"(SELECT id FROM answered WHERE mailbox = $1)";
	static const char answers[] = "DELETE FROM answered WHERE mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	TRY(db_run(db, op, mails, &id, 1, &rows));
	return db_run(db, op, answers, &id, 1, &rows);
}
