/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit: who did what to whose mailbox. Each file has a table of it, so
 * that a row is of the same transaction as what it tells of.
 */
#include "wing/store/core.h"

#include "base/text.h"

#include <string.h>

#define TRIM_MAX 5000 /* rows erased in one transaction */

static const char *const words[] = {
	[AUDIT_MAILBOX_ADD] = "mailbox-add",
	[AUDIT_MAILBOX_SET] = "mailbox-set",
	[AUDIT_MAILBOX_REMOVE] = "mailbox-remove",
	[AUDIT_PASSWD] = "passwd",
	[AUDIT_ALIAS_ADD] = "alias-add",
	[AUDIT_ALIAS_REMOVE] = "alias-remove",
	[AUDIT_OWNER_ADD] = "owner-add",
	[AUDIT_OWNER_REMOVE] = "owner-remove",
	[AUDIT_OOF_SET] = "oof-set-for",
	[AUDIT_PHOTO_SET] = "photo-set-for",
	[AUDIT_PHOTO_REMOVE] = "photo-remove-for",
	[AUDIT_DOMAIN_ADD] = "domain-add",
	[AUDIT_DOMAIN_REMOVE] = "domain-remove",
	[AUDIT_CONTACTS_SET] = "contacts-set-for",
	[AUDIT_CONTACTS_CLEAR] = "contacts-clear-for",
	[AUDIT_PHOTO_HIDE] = "photo-hide-for",
	[AUDIT_PHOTO_UNHIDE] = "photo-unhide-for",
};

const char *
store_audit_word(unsigned what)
{
	return what < COUNT(words) ? words[what] : NULL;
}

/* ---- write ---- */

static enum err
row_insert(struct db *db, struct op *op, enum db_part part,
	   const struct db_value row[AUDIT_COLUMNS_N])
{
	static const char *const sql[DB_PARTS] = {
		"INSERT INTO audit VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		"INSERT INTO photo_audit VALUES "
		"($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	};
	struct db_rows rows;

	return db_run(db, op, sql[part], row, AUDIT_COLUMNS_N, &rows);
}

static enum err
next_seq(struct db *db, struct op *op, enum db_part part, int64_t *out)
{
	static const char *const sql[DB_PARTS] = {
		"SELECT coalesce(max(seq), 0) + 1 FROM audit",
		"SELECT coalesce(max(seq), 0) + 1 FROM photo_audit",
	};
	struct db_rows rows;

	TRY(db_run(db, op, sql[part], NULL, 0, &rows));
	*out = rows.value[0].number;
	return OK;
}

enum err
audit_add(struct db *db, struct op *op, enum db_part part,
	  const struct audit_note *note)
{
	const struct actor *actor = op->actor;
	struct db_value row[AUDIT_COLUMNS_N];
	const char *detail;
	int64_t seq;
	size_t n = 0;

	if (actor == NULL)
		return OK;
	detail = note->detail != NULL ? note->detail : actor->detail;
	TRY(next_seq(db, op, part, &seq));
	row[n++] = db_int(seq);
	row[n++] = db_int(op->now);
	row[n++] = db_int(note->what);
	row[n++] = db_text(text_head(op, actor->name, AUDIT_WHO_MAX));
	row[n++] = db_int(actor->account);
	row[n++] = db_int(note->mailbox);
	row[n++] = db_text(note->address);
	row[n++] = db_text(
		text_head(op, detail == NULL ? "" : detail, AUDIT_DETAIL_MAX));
	row[n] = db_int(row_sum(row, n));
	return row_insert(db, op, part, row);
}

enum err
audit_add_of(struct db *db, struct op *op, enum audit_what what,
	     int64_t mailbox, const char *detail)
{
	static const char sql[] = "SELECT address FROM mailbox WHERE id = $1";
	const struct db_value id = db_int(mailbox);
	struct audit_note note = { .what = what,
				   .mailbox = mailbox,
				   .detail = detail };
	struct db_rows rows;

	if (op->actor == NULL)
		return OK;
	TRY(db_run(db, op, sql, &id, 1, &rows));
	note.address = rows.n == 1 ? db_as_text(rows.value) : "";
	return audit_add(db, op, DB_MAIN, &note);
}

/* ---- erase ---- */

enum err
audit_erase(struct db *db, struct op *op, enum db_part part, int64_t mailbox)
{
	static const char *const list[DB_PARTS] = {
		"SELECT " AUDIT_COLUMNS " FROM audit u "
		"WHERE mailbox = $1 AND detail <> ''",
		"SELECT " AUDIT_COLUMNS " FROM photo_audit u "
		"WHERE mailbox = $1 AND detail <> ''",
	};
	static const char *const empty[DB_PARTS] = {
		"UPDATE audit SET detail = '', sum = $2 WHERE seq = $1",
		"UPDATE photo_audit SET detail = '', sum = $2 WHERE seq = $1",
	};
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;
	struct db_rows none;

	TRY(db_run(db, op, list[part], &id, 1, &rows));
	for (size_t i = 0; i < rows.n; i++) {
		struct db_value row[AUDIT_COLUMNS_N];
		struct db_value args[2];

		memcpy(row, db_row(&rows, i), sizeof(row));
		TRY(row_verify(op, "audit", row, AUDIT_COLUMNS_N));
		row[AUDIT_DETAIL_AT] = db_text("");
		args[0] = row[0];
		args[1] = db_int(row_sum(row, AUDIT_COLUMNS_N - 1));
		TRY(db_run(db, op, empty[part], args, COUNT(args), &none));
	}
	return OK;
}

enum err
audit_trim(struct db *db, struct op *op, enum db_part part, int64_t before,
	   bool *more)
{
	static const char *const sql[DB_PARTS] = {
		"DELETE FROM audit WHERE seq IN (SELECT seq FROM (SELECT "
		"seq, at FROM audit ORDER BY seq LIMIT $2) WHERE at < $1)",
		"DELETE FROM photo_audit WHERE seq IN (SELECT seq FROM (SELECT "
		"seq, at FROM photo_audit ORDER BY seq LIMIT $2) WHERE at < "
		"$1)",
	};
	const struct db_value args[] = { db_int(before), db_int(TRIM_MAX) };
	struct db_rows rows;

	TRY(db_run(db, op, sql[part], args, COUNT(args), &rows));
	*more = rows.changed == TRIM_MAX;
	return OK;
}

/* ---- list ---- */

static enum err
page_read(struct store *s, struct op *op, enum db_part part,
	  const struct audit_search *search, struct db_value limit,
	  struct db_rows *out)
{
#define PAGE_OF(table)                                                         \
	"SELECT " AUDIT_COLUMNS " FROM " table " u WHERE seq > $1 "            \
	"AND at >= $2 AND ($3 = 0 OR mailbox = $3 OR account = $3) "           \
	"AND ($4 IS NULL OR address = $4) ORDER BY seq LIMIT $5"
	static const char *const sql[DB_PARTS] = { PAGE_OF("audit"),
						   PAGE_OF("photo_audit") };
#undef PAGE_OF
	const struct db_value args[] = { db_int(search->after[part]),
					 db_int(search->since),
					 db_int(search->mailbox),
					 db_text(search->address), limit };
	struct reader *r;

	TRY(reader_get(s->readers, op, part, &r));
	return db_run(r->db[part], op, sql[part], args, COUNT(args), out);
}

static enum err
audit_of_row(struct op *op, const struct db_value *row, struct audit_row *out)
{
	TRY(row_verify(op, "audit", row, AUDIT_COLUMNS_N));
	*out = (struct audit_row){
		.at = row[1].number,
		.what = (unsigned)row[2].number,
		.who = db_as_text(&row[3]),
		.address = db_as_text(&row[6]),
		.detail = db_as_text(&row[AUDIT_DETAIL_AT]),
	};
	return OK;
}

/* The older of the next rows of both; NULL: there is none left. */
static const struct db_value *
next_of(const struct db_rows rows[DB_PARTS], size_t at[DB_PARTS],
	enum db_part *part)
{
	const struct db_value *best = NULL;

	for (unsigned i = 0; i < DB_PARTS; i++) {
		const struct db_value *row;

		if (at[i] == rows[i].n)
			continue;
		row = db_row(&rows[i], at[i]);
		if (best != NULL && best[1].number <= row[1].number)
			continue;
		best = row;
		*part = i;
	}
	if (best != NULL)
		at[*part]++;
	return best;
}

/* Each file gives up to as many as are wanted; both are merged by time. */
enum err
store_audit_list(struct store *s, struct op *op, struct audit_search *search,
		 size_t most, struct audit_list *out)
{
	struct db_value limit = list_limit(most);
	struct db_rows rows[DB_PARTS];
	size_t at[DB_PARTS] = { 0 }, n = 0;
	const struct db_value *row;
	struct audit_row *list;
	enum db_part part;

	for (unsigned i = 0; i < DB_PARTS; i++)
		TRY(page_read(s, op, i, search, limit, &rows[i]));
	list = op_alloc(op, (size_t)limit.number * sizeof(*list));
	while (n < (size_t)limit.number &&
	       (row = next_of(rows, at, &part)) != NULL) {
		TRY(audit_of_row(op, row, &list[n++]));
		search->after[part] = row[0].number;
	}
	*out = (struct audit_list){ n, list };
	return OK;
}
