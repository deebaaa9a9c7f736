/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Absences.
 */
#include "wing/store/core.h"
#include "wing/store/publication.h"

#include <inttypes.h>

/*
 * Every mailbox has its row from the beginning: none is either no mailbox, or
 * damage. On the connection that it is called with, whichever that is.
 */
static enum err
oof_read(struct db *db, struct op *op, int64_t mailbox, struct oof_stored *out)
{
	static const char sql[] =
		"SELECT " OOF_COLUMNS " FROM oof o WHERE o.mailbox = $1";
	static const char there[] = "SELECT id FROM mailbox WHERE id = $1";
	const struct db_value arg = db_int(mailbox);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &arg, 1, &rows));
	if (rows.n == 1)
		return oof_of_row(op, rows.value, out);
	TRY(db_run(db, op, there, &arg, 1, &rows));
	if (rows.n == 0)
		return FAIL(op, ERR_NOT_FOUND, "no mailbox %" PRId64, mailbox);
	return FAIL(op, ERR_INTERNAL, "damaged: no oof of %" PRId64, mailbox);
}

enum err
store_oof_get(struct store *s, struct op *op, int64_t mailbox,
	      struct oof_stored *out)
{
	const struct cache_key key = { .kind = CACHE_OOF, .a = mailbox };
	struct reader *r;
	struct bytes kept;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	kept = cache_find(r->small, key);
	if (kept.p != NULL) {
		oof_unpack(op, kept, out);
		return OK;
	}
	TRY(oof_read(r->db[DB_MAIN], op, mailbox, out));
	if (r->small != NULL)
		cache_put(r->small, key, oof_pack(op, out));
	return OK;
}

struct put {
	int64_t mailbox;
	oof_change *change;
	void *arg;
	bool restore; /* the time of the change is what `change` says */
};

/* The row is still the one that was read, for nobody else writes meanwhile;
 * the comparison says so to a database where that is not given. */
static enum err
put_job(struct db *db, struct op *op, void *arg)
{
	static const char sql[] =
		"UPDATE oof SET version = $2, period = $3, changed = $4, "
		"state = $5, audience = $6, starts = $7, ends = $8, "
		"internal = $9, internal_lang = $10, external = $11, "
		"external_lang = $12, sum = $13 "
		"WHERE mailbox = $1 AND version = $14";
	const struct put *put = arg;
	struct db_value args[OOF_COLUMNS_N + 1];
	struct oof_stored old;
	struct oof_stored new = { 0 };
	struct db_rows rows;

	TRY(oof_read(db, op, put->mailbox, &old));
	TRY(put->change(op, &old, put->arg, &new));
	new.version = old.version + 1;
	if (!put->restore)
		new.changed = op->now;
	oof_to_row(put->mailbox, &new, args);
	args[OOF_COLUMNS_N] = db_int(old.version);
	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	if (rows.changed != 1)
		return FAIL(op, ERR_CONFLICT, "oof of %" PRId64 " has changed",
			    put->mailbox);
	TRY(publication_want_first(db, op, put->mailbox));
	TRY(audit_add_of(db, op, AUDIT_OOF_SET, put->mailbox, NULL));
	return change_add(db, op, CHANGE_OOF, put->mailbox, 0, "");
}

enum err
store_oof_put(struct store *s, struct op *op, int64_t mailbox,
	      oof_change *change, void *arg)
{
	struct put put = { mailbox, change, arg, false };

	return writer_run(s->writer, op, DB_MAIN, put_job, &put);
}

struct restoring {
	const struct oof_stored *in;
};

static enum err
change_all(struct op *op, const struct oof_stored *old, void *arg,
	   struct oof_stored *out)
{
	const struct restoring *restoring = arg;

	(void)op;
	(void)old;
	*out = *restoring->in;
	return OK;
}

enum err
store_oof_restore(struct store *s, struct op *op, int64_t mailbox,
		  const struct oof_stored *in)
{
	struct restoring restoring = { in };
	struct put put = { mailbox, change_all, &restoring, true };

	return writer_run(s->writer, op, DB_MAIN, put_job, &put);
}

enum err
store_oof_list(struct store *s, struct op *op, int64_t after, size_t most,
	       struct oof_list *out)
{
	static const char sql[] =
		"SELECT " OOF_COLUMNS ", " MAILBOX_COLUMNS " FROM oof o "
		"JOIN mailbox m ON m.id = o.mailbox "
		"WHERE o.mailbox > $1 AND o.version > 0 "
		"ORDER BY o.mailbox LIMIT $2";
	const struct db_value args[] = { db_int(after), list_limit(most) };
	struct reader *r;
	struct db_rows rows;
	struct oof_item *item;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, args, COUNT(args), &rows));
	item = op_alloc(op, rows.n * sizeof(*item));
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_value *row = db_row(&rows, i);

		TRY(oof_of_row(op, row, &item[i].stored));
		TRY(mailbox_of_row(op, row + OOF_COLUMNS_N, &item[i].mailbox));
	}
	*out = (struct oof_list){ rows.n, item };
	return OK;
}
