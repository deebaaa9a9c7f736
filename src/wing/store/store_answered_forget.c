/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answered senders that need not be remembered any more: those of periods that
 * have ended, some days later. Found by a reader, for that may take long.
 */
#include "wing/store/answered.h"

#include <inttypes.h>

#define DAY_S 86400
#define PERIOD_DAYS_MAX                                                        \
	366 /* of one without an end, as :days of a script: then a sender may  \
	       be answered again */
#define PAGE_ROWS 200  /* periods that are looked at together */
#define ERASE_MAX 5000 /* rows of one transaction */

/* One period of a mailbox, and what of it may go. */
struct period {
	int64_t mailbox, period;
	int64_t before; /* answers before that instant */
};

/* row: mailbox, period, times of its first and last answer; of the absence
 * now: period, state, end (or NULL), time of the last change. */
static struct period
period_of_row(const struct db_value *row, int64_t now, unsigned keep_days)
{
	const int64_t keep = (int64_t)keep_days * DAY_S;
	struct period out = { row[0].number, row[1].number, 0 };
	int64_t end = row[3].number;

	if (row[1].number == row[4].number) { /* it is the one of now */
		bool over =
			row[5].number == OOF_SCHEDULED && row[6].number <= now;

		if (row[5].number != OOF_DISABLED && !over) {
			out.before = now - (int64_t)PERIOD_DAYS_MAX * DAY_S;
			return out;
		}
		end = over ? row[6].number : row[7].number;
	}
	if (end + keep <= now)
		out.before = INT64_MAX;
	return out;
}

static enum err
page_read(struct store *s, struct op *op, const struct period *after,
	  struct db_rows *out)
{
	static const char sql[] =
		"SELECT g.mailbox, g.period, first.at, last.at, "
		"o.period, o.state, o.ends, o.changed FROM "
		"(SELECT mailbox, period, min(id) AS a, max(id) AS z "
		"FROM answered WHERE (mailbox, period) > ($1, $2) "
		"GROUP BY mailbox, period ORDER BY mailbox, period "
		"LIMIT $3) g "
		"JOIN answered first ON first.id = g.a "
		"JOIN answered last ON last.id = g.z "
		"JOIN oof o ON o.mailbox = g.mailbox "
		"ORDER BY g.mailbox, g.period";
	const struct db_value args[] = { db_int(after->mailbox),
					 db_int(after->period),
					 db_int(PAGE_ROWS) };
	struct reader *r;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	return db_run(r->db[DB_MAIN], op, sql, args, COUNT(args), out);
}

/* A job may be run twice: it does not change where it begins. */
struct erasing {
	const struct period *period;
	size_t n, at; /* so many are done, ... */
	size_t next;  /* ... and so many behind the job */
};

/* Up to ERASE_MAX rows. What is still on its way stays. */
static enum err
erase_job(struct db *db, struct op *op, void *arg)
{
	static const char sql[] =
		"DELETE FROM answered WHERE id IN (SELECT id FROM answered "
		"WHERE mailbox = $1 AND period = $2 AND at < $3 AND state >= "
		"$4 LIMIT $5)";
	struct erasing *e = arg;
	int64_t left = ERASE_MAX;
	size_t at = e->at;

	while (at < e->n && left > 0) {
		const struct period *p = &e->period[at];
		const struct db_value args[] = {
			db_int(p->mailbox), db_int(p->period),
			db_int(p->before), db_int(ANSWERED_SENT), db_int(left)
		};
		struct db_rows rows;

		TRY(db_run(db, op, sql, args, COUNT(args), &rows));
		left -= rows.changed;
		if (left > 0)
			at++;
	}
	TRY(change_add(db, op, CHANGE_ANSWERED, 0, 0, ""));
	e->next = at;
	return OK;
}

static enum err
page_forget(struct store *s, struct op *op, const struct db_rows *rows,
	    unsigned keep_days)
{
	struct period *period = op_alloc(op, (rows->n + 1) * sizeof(*period));
	struct erasing e = { .period = period };

	for (size_t i = 0; i < rows->n; i++) {
		const struct db_value *row = db_row(rows, i);
		struct period p = period_of_row(row, op->now, keep_days);

		if (row[2].number < p.before)
			period[e.n++] = p;
	}
	while (e.at < e.n) {
		TRY(writer_run(s->writer, op, DB_MAIN, erase_job, &e));
		e.at = e.next;
	}
	return OK;
}

enum err
answered_forget(struct store *s, struct op *op, unsigned keep_days)
{
	struct period after = { .mailbox = INT64_MIN };
	struct db_rows rows;

	do {
		TRY(page_read(s, op, &after, &rows));
		TRY(page_forget(s, op, &rows, keep_days));
		if (rows.n > 0) {
			const struct db_value *row = db_row(&rows, rows.n - 1);

			after = (struct period){ row[0].number, row[1].number,
						 0 };
		}
	} while (rows.n == PAGE_ROWS);
	return OK;
}
