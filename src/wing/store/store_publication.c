/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies at backends: read and written by who puts it there.
 */
#include "wing/store/publication.h"

#include "model/settings.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define DIGEST_N 32     /* bytes */
#define MISSING_MAX 500 /* rows that are made in one transaction, ... */
#define WANT_MAX 5000   /* ... and marked */
#define PAGE_ROWS 1000  /* read together */

/* Behind the summed columns: */
#define VOLATILE_COLUMNS "b.wanted, b.done, b.due, b.tries"
#define ROW_COLUMNS PUBLICATION_COLUMNS ", " VOLATILE_COLUMNS
#define ROW_COLUMNS_N (PUBLICATION_COLUMNS_N + 4)

/* ---- rows ---- */

static enum err
row_read(struct op *op, const struct db_value *row, struct publication *out)
{
	struct bytes digest = row[4].bytes;

	TRY(row_verify(op, "publication", row, PUBLICATION_COLUMNS_N));
	*out = (struct publication){
		.mailbox = row[0].number,
		.backend = db_as_text(&row[1]),
		.user = db_as_text(&row[2]),
		.there = row[3].number != 0,
		.since = row[5].number,
		.reason = db_as_text(&row[6]),
		.wanted = row[8].number,
		.done = row[9].number,
		.due = row[10].number,
		.tries = (unsigned)row[11].number,
	};
	if (digest.n == DIGEST_N)
		memcpy(out->digest, digest.p, DIGEST_N);
	else if (out->there)
		return FAIL(op, ERR_INTERNAL,
			    "damaged: publication of %" PRId64, out->mailbox);
	return OK;
}

static enum err
row_find(struct db *db, struct op *op, int64_t mailbox, struct publication *out)
{
	static const char sql[] = "SELECT " ROW_COLUMNS
				  " FROM publication b WHERE b.mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &id, 1, &rows));
	return rows.n == 0 ? ERR_NOT_FOUND : row_read(op, rows.value, out);
}

static void
row_make(const struct publication *in, struct db_value out[ROW_COLUMNS_N])
{
	const struct bytes digest = { in->digest, in->there ? DIGEST_N : 0 };
	size_t n = 0;

	out[n++] = db_int(in->mailbox);
	out[n++] = db_text(in->backend);
	out[n++] = db_text(in->user);
	out[n++] = db_int(in->there);
	out[n++] = db_blob(digest);
	out[n++] = db_int(in->since);
	out[n++] = db_text(in->reason);
	out[n] = db_int(row_sum(out, n));
	n++;
	out[n++] = db_int(in->wanted);
	out[n++] = db_int(in->done);
	out[n++] = db_int(in->due);
	out[n] = db_int(in->tries);
}

static enum err
row_put(struct db *db, struct op *op, const struct publication *in)
{
	static const char sql[] =
		"INSERT INTO publication VALUES "
		"($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
		"ON CONFLICT (mailbox) DO UPDATE SET backend = $2, name = $3, "
		"there = $4, digest = $5, since = $6, reason = $7, sum = $8, "
		"wanted = $9, done = $10, due = $11, tries = $12";
	struct db_value row[ROW_COLUMNS_N];
	struct db_rows rows;

	row_make(in, row);
	return db_run(db, op, sql, row, COUNT(row), &rows);
}

static enum err
row_forget(struct db *db, struct op *op, int64_t mailbox)
{
	static const char sql[] = "DELETE FROM publication WHERE mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	return db_run(db, op, sql, &id, 1, &rows);
}

/* ---- marks, as parts of a change ---- */

/* A site without backends pays nothing. */
static bool
published(const struct op *op)
{
	return op->settings != NULL && op->settings->backends_n > 0;
}

enum err
publication_want(struct db *db, struct op *op, int64_t mailbox)
{
	static const char sql[] = "UPDATE publication SET wanted = wanted + 1, "
				  "due = $2, tries = 0 WHERE mailbox = $1";
	const struct db_value args[] = { db_int(mailbox), db_int(op->now) };
	struct db_rows rows;

	if (!published(op))
		return OK;
	return db_run(db, op, sql, args, COUNT(args), &rows);
}

/* A row in which nothing has been done yet. */
static struct publication
row_first(const struct op *op, int64_t mailbox)
{
	return (struct publication){ .mailbox = mailbox,
				     .wanted = 1,
				     .due = op->now,
				     .backend = "",
				     .user = "",
				     .reason = "" };
}

enum err
publication_want_first(struct db *db, struct op *op, int64_t mailbox)
{
	static const char sql[] =
		"INSERT INTO publication VALUES "
		"($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
		"ON CONFLICT (mailbox) DO UPDATE SET "
		"wanted = publication.wanted + 1, due = $11, tries = 0";
	const struct publication first = row_first(op, mailbox);
	struct db_value row[ROW_COLUMNS_N];
	struct db_rows rows;

	if (!published(op))
		return OK;
	row_make(&first, row);
	return db_run(db, op, sql, row, COUNT(row), &rows);
}

#define CONCERNED "(there = 1 OR wanted <> done OR reason <> '')"

enum err
publication_want_inside(struct db *db, struct op *op, int64_t organization)
{
	static const char sql[] =
		"UPDATE publication SET wanted = wanted + 1, due = $2, "
		"tries = 0 WHERE " CONCERNED " AND EXISTS "
		"(SELECT 1 FROM mailbox m WHERE m.id = publication.mailbox "
		"AND m.organization = $1)";
	const struct db_value args[] = { db_int(organization),
					 db_int(op->now) };
	struct db_rows rows;

	if (!published(op))
		return OK;
	return db_run(db, op, sql, args, COUNT(args), &rows);
}

/* Whom the contacts decide about: the smaller one of what he wants and of what
 * he may, as oof_audience_within has it. */
#define KNOWN                                                                  \
	"SELECT 1 FROM oof o JOIN mailbox m ON m.id = o.mailbox "              \
	"WHERE o.mailbox = publication.mailbox "                               \
	"AND $3 IN (o.audience, m.policy) "                                    \
	"AND o.audience >= $3 AND m.policy >= $3"

/* Of whom nobody was known so far, perhaps nothing lies there yet. */
enum err
publication_want_known(struct db *db, struct op *op, int64_t mailbox)
{
	static const char one[] =
		"UPDATE publication SET wanted = wanted + 1, due = $2, "
		"tries = 0 WHERE mailbox = $1 AND EXISTS (" KNOWN ")";
	static const char all[] =
		"UPDATE publication SET wanted = wanted + 1, due = $2, "
		"tries = 0 WHERE EXISTS (" KNOWN " AND o.state <> $4)";
	const struct db_value args[] = { db_int(mailbox), db_int(op->now),
					 db_int(AUDIENCE_KNOWN),
					 db_int(OOF_DISABLED) };
	struct db_rows rows;

	if (!published(op))
		return OK;
	return db_run(db, op, mailbox == CONTACT_SHARED ? all : one, args,
		      COUNT(args), &rows);
}

/* Where nobody publishes, nobody would ever take the row away. Where somebody
 * does, he may be at it just now. */
enum err
publication_erase(struct db *db, struct op *op, int64_t mailbox)
{
	static const char idle[] =
		"DELETE FROM publication WHERE mailbox = $1 AND there = 0";
	static const char mark[] =
		"UPDATE publication SET wanted = wanted + 1, "
		"due = $2, tries = 0 WHERE mailbox = $1";
	const struct db_value args[] = { db_int(mailbox), db_int(op->now) };
	struct db_rows rows;

	if (!published(op))
		TRY(db_run(db, op, idle, args, 1, &rows));
	return db_run(db, op, mark, args, COUNT(args), &rows);
}

/* ---- for who publishes ---- */

enum err
store_publication_get(struct store *s, struct op *op, int64_t mailbox,
		      struct publication *out)
{
	struct reader *r;
	enum err err;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	err = row_find(r->db[DB_MAIN], op, mailbox, out);
	if (err == ERR_NOT_FOUND)
		return FAIL(op, err, "nothing was published of %" PRId64,
			    mailbox);
	return err;
}

static enum err
list_of_rows(struct op *op, const struct db_rows *rows,
	     struct publication_list *out)
{
	struct publication *row = op_alloc(op, (rows->n + 1) * sizeof(*row));

	for (size_t i = 0; i < rows->n; i++)
		TRY(row_read(op, db_row(rows, i), &row[i]));
	*out = (struct publication_list){ rows->n, row };
	return OK;
}

enum err
store_publication_due(struct store *s, struct op *op, size_t most,
		      struct publication_list *out)
{
	static const char sql[] = "SELECT " ROW_COLUMNS " FROM publication b "
				  "WHERE b.wanted <> b.done AND b.due <= $1 "
				  "ORDER BY b.due LIMIT $2";
	const struct db_value args[] = { db_int(op->now), list_limit(most) };
	struct reader *r;
	struct publication *row;
	struct db_rows rows;
	enum err err = OK;
	size_t n = 0;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, args, COUNT(args), &rows));
	row = op_alloc(op, (rows.n + 1) * sizeof(*row));
	for (size_t i = 0; i < rows.n; i++) {
		enum err one = row_read(op, db_row(&rows, i), &row[n]);

		n += one == OK;
		err = one == OK ? err : one;
	}
	*out = (struct publication_list){ n, row };
	return n > 0 ? OK : err; /* one row holds up no other */
}

enum err
store_publication_list(struct store *s, struct op *op, int64_t after,
		       size_t most, struct publication_list *out)
{
	static const char sql[] =
		"SELECT " ROW_COLUMNS " FROM publication b "
		"WHERE b.mailbox > $1 ORDER BY b.mailbox LIMIT $2";
	const struct db_value args[] = { db_int(after), list_limit(most) };
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, args, COUNT(args), &rows));
	return list_of_rows(op, &rows, out);
}

enum err
store_publication_count(struct store *s, struct op *op,
			struct publication_count *out)
{
	static const char sql[] =
		"SELECT (SELECT count(*) FROM publication WHERE there = 1), "
		"coalesce(sum(there = 1), 0), coalesce(sum(tries = 0), 0), "
		"coalesce(sum(tries > 0), 0) "
		"FROM publication WHERE wanted <> done";
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, NULL, 0, &rows));
	*out = (struct publication_count){
		.in_force =
			(uint64_t)(rows.value[0].number - rows.value[1].number),
		.waiting = (uint64_t)rows.value[2].number,
		.failing = (uint64_t)rows.value[3].number,
	};
	return OK;
}

/* ---- put ---- */

struct putting {
	struct publication row;
	bool conflict; /* something else is wanted */
};

static enum err
mailbox_is_gone(struct db *db, struct op *op, int64_t mailbox, bool *out)
{
	static const char sql[] = "SELECT 1 FROM mailbox WHERE id = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &id, 1, &rows));
	*out = rows.n == 0;
	return OK;
}

/* A conflict is no failure here: what lies there is kept with it. */
static enum err
put_job(struct db *db, struct op *op, void *arg)
{
	struct putting *p = arg;
	struct publication row = p->row;
	struct publication old;
	bool gone;
	enum err err = row_find(db, op, row.mailbox, &old);

	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	TRY(mailbox_is_gone(db, op, row.mailbox, &gone));
	p->conflict = err == OK && old.wanted != row.wanted;
	if (p->conflict) {
		row.wanted = old.wanted;
		row.done = old.done;
		row.due = old.due;
		row.tries = old.tries;
	} else if (gone && row.there && row.done == row.wanted) {
		p->conflict = true; /* it was removed meanwhile */
		row.wanted++;
		row.due = op->now;
	}
	TRY(change_add(db, op, CHANGE_PUBLICATION, row.mailbox, 0, ""));
	if (gone && !row.there && row.done == row.wanted)
		return row_forget(db, op, row.mailbox);
	return row_put(db, op, &row);
}

enum err
store_publication_put(struct store *s, struct op *op,
		      const struct publication *in)
{
	struct putting p = { .row = *in };

	assert(in->done <= in->wanted);
	if (strlen(in->user) > PUBLICATION_TEXT_MAX ||
	    strlen(in->backend) > PUBLICATION_TEXT_MAX)
		return FAIL(op, ERR_LIMIT,
			    "the name of a user or a backend has more than %d "
			    "bytes",
			    PUBLICATION_TEXT_MAX);
	p.row.reason = row_reason(op, in->reason, PUBLICATION_TEXT_MAX);
	TRY(writer_run(s->writer, op, DB_MAIN, put_job, &p));
	if (p.conflict)
		return FAIL(op, ERR_CONFLICT,
			    "something else is wanted of %" PRId64 " by now",
			    in->mailbox);
	return OK;
}

/* ---- want ---- */

/* A job may be run twice: it does not change where it begins. */
struct wanting {
	int64_t organization;
	int64_t after; /* mailboxes up to this one are done */
	int64_t next;  /* ... and up to this one behind the job */
	bool more;
};

/* A page of rows: others write in between. */
static enum err
want_job(struct db *db, struct op *op, void *arg)
{
	static const char last[] = "SELECT mailbox FROM publication "
				   "WHERE mailbox > $1 ORDER BY mailbox "
				   "LIMIT 1 OFFSET $2";
	static const char mark[] =
		"UPDATE publication SET wanted = wanted + 1, due = $3, "
		"tries = 0 WHERE mailbox > $1 AND mailbox <= $2 "
		"AND ($4 = 0 OR EXISTS (SELECT 1 FROM mailbox m "
		"WHERE m.id = publication.mailbox AND m.organization = $4))";
	struct wanting *w = arg;
	struct db_value args[] = { db_int(w->after), db_int(WANT_MAX - 1),
				   db_int(op->now), db_int(w->organization) };
	struct db_rows rows;

	TRY(db_run(db, op, last, args, 2, &rows));
	w->more = rows.n > 0;
	args[1] = w->more ? rows.value[0] : db_int(INT64_MAX);
	TRY(db_run(db, op, mark, args, COUNT(args), &rows));
	TRY(change_add(db, op, CHANGE_PUBLICATION, 0, 0, ""));
	w->next = args[1].number;
	return OK;
}

/* Of absences that are older than the first backend. */
static enum err
missing_job(struct db *db, struct op *op, void *arg)
{
	static const char sql[] =
		"SELECT o.mailbox FROM oof o "
		"JOIN mailbox m ON m.id = o.mailbox "
		"LEFT JOIN publication b ON b.mailbox = o.mailbox "
		"WHERE o.mailbox > $1 AND o.version > 0 AND b.mailbox IS NULL "
		"AND ($2 = 0 OR m.organization = $2) "
		"ORDER BY o.mailbox LIMIT $3";
	struct wanting *w = arg;
	const struct db_value args[] = { db_int(w->after),
					 db_int(w->organization),
					 db_int(MISSING_MAX) };
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	for (size_t i = 0; i < rows.n; i++) {
		struct publication first =
			row_first(op, db_row(&rows, i)->number);

		TRY(row_put(db, op, &first));
		w->next = first.mailbox;
	}
	w->more = rows.n == MISSING_MAX;
	if (rows.n == 0)
		return OK;
	return change_add(db, op, CHANGE_PUBLICATION, 0, 0, "");
}

static enum err
pages_run(struct store *s, struct op *op, int64_t organization, writer_job *job)
{
	struct wanting w = { .organization = organization, .more = true };

	while (w.more) {
		TRY(writer_run(s->writer, op, DB_MAIN, job, &w));
		w.after = w.next;
	}
	return OK;
}

enum err
store_publication_want(struct store *s, struct op *op, int64_t organization)
{
	TRY(pages_run(s, op, organization, want_job));
	return pages_run(s, op, organization, missing_job);
}

/* ---- in a copy of a store ---- */

/* A page of rows behind `after`. With a digest of nothing: whatever lies there
 * is another. */
static enum err
restored_page(struct db *db, struct op *op, int64_t *after, size_t *n)
{
	static const char sql[] = "SELECT " ROW_COLUMNS " FROM publication b "
				  "WHERE b.mailbox > $1 ORDER BY b.mailbox "
				  "LIMIT $2";
	const struct db_value args[] = { db_int(*after), db_int(PAGE_ROWS) };
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	for (size_t i = 0; i < rows.n; i++) {
		struct publication row;

		TRY(row_read(op, db_row(&rows, i), &row));
		memset(row.digest, 0, sizeof(row.digest));
		row.wanted++;
		row.due = 0;
		row.tries = 0;
		TRY(row_put(db, op, &row));
		*after = row.mailbox;
	}
	*n = rows.n;
	return OK;
}

enum err
publication_restored(struct db *db, struct op *op)
{
	int64_t after = INT64_MIN;
	size_t n;

	do
		TRY(restored_page(db, op, &after, &n));
	while (n == PAGE_ROWS);
	return OK;
}
