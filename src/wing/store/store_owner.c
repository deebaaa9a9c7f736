/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owners of shared mailboxes.
 */
#include "wing/store/address.h"

#include <inttypes.h>

struct pair {
	int64_t mailbox, account;
};

/* Both must be there, on the same side of the wall. */
static enum err
pair_check(struct db *db, struct op *op, const struct pair *in)
{
	static const char sql[] =
		"SELECT id, organization FROM mailbox WHERE id IN ($1, $2)";
	const struct db_value args[] = { db_int(in->mailbox),
					 db_int(in->account) };
	struct db_rows rows;

	if (in->mailbox == in->account)
		return FAIL(op, ERR_CONFLICT, "a mailbox owns itself anyway");
	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	if (rows.n != 2)
		return FAIL(op, ERR_NOT_FOUND,
			    "no mailbox %" PRId64 " or %" PRId64, in->mailbox,
			    in->account);
	if (db_row(&rows, 0)[1].number != db_row(&rows, 1)[1].number)
		return FAIL(op, ERR_CONFLICT,
			    "an owner of another organization");
	return OK;
}

/* Whose mailbox, and the account in question. */
static enum err
pair_note(struct db *db, struct op *op, enum audit_what what,
	  const struct pair *in)
{
	static const char sql[] = "SELECT address FROM mailbox WHERE id = $1";
	const struct db_value id = db_int(in->account);
	struct db_rows rows;

	if (op->actor == NULL)
		return OK;
	TRY(db_run(db, op, sql, &id, 1, &rows));
	return audit_add_of(db, op, what, in->mailbox,
			    rows.n == 1 ? db_as_text(rows.value) : "");
}

static enum err
add_job(struct db *db, struct op *op, void *arg)
{
	static const char sql[] = "INSERT INTO owner VALUES ($1, $2) "
				  "ON CONFLICT (mailbox, account) DO NOTHING";
	const struct pair *in = arg;
	const struct db_value args[] = { db_int(in->mailbox),
					 db_int(in->account) };
	struct db_rows rows;

	TRY(pair_check(db, op, in));
	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	if (rows.changed != 1)
		return FAIL(op, ERR_CONFLICT, "is an owner already");
	TRY(pair_note(db, op, AUDIT_OWNER_ADD, in));
	return change_add(db, op, CHANGE_OWNER, in->mailbox, in->account, "");
}

enum err
store_owner_add(struct store *s, struct op *op, int64_t mailbox,
		int64_t account)
{
	struct pair in = { mailbox, account };

	return writer_run(s->writer, op, DB_MAIN, add_job, &in);
}

static enum err
remove_job(struct db *db, struct op *op, void *arg)
{
	static const char sql[] =
		"DELETE FROM owner WHERE mailbox = $1 AND account = $2";
	const struct pair *in = arg;
	const struct db_value args[] = { db_int(in->mailbox),
					 db_int(in->account) };
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	if (rows.changed != 1)
		return FAIL(op, ERR_NOT_FOUND, "not an owner");
	TRY(pair_note(db, op, AUDIT_OWNER_REMOVE, in));
	return change_add(db, op, CHANGE_OWNER, in->mailbox, in->account, "");
}

enum err
store_owner_remove(struct store *s, struct op *op, int64_t mailbox,
		   int64_t account)
{
	struct pair in = { mailbox, account };

	return writer_run(s->writer, op, DB_MAIN, remove_job, &in);
}

enum err
store_owner_list(struct store *s, struct op *op, int64_t mailbox,
		 struct mailbox_list *out)
{
	static const char sql[] = "SELECT " MAILBOX_COLUMNS " FROM owner o "
				  "JOIN mailbox m ON m.id = o.account "
				  "WHERE o.mailbox = $1 ORDER BY m.address";
	const struct db_value arg = db_int(mailbox);
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, &arg, 1, &rows));
	return mailbox_list_of_rows(op, &rows, out);
}

enum err
store_owned_list(struct store *s, struct op *op, int64_t account,
		 struct mailbox_list *out)
{
	static const char sql[] = "SELECT " MAILBOX_COLUMNS " FROM owner o "
				  "JOIN mailbox m ON m.id = o.mailbox "
				  "WHERE o.account = $1 ORDER BY m.address";
	const struct db_value arg = db_int(account);
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, &arg, 1, &rows));
	return mailbox_list_of_rows(op, &rows, out);
}

enum err
store_owner_find(struct store *s, struct op *op, int64_t mailbox,
		 int64_t account)
{
	static const char sql[] =
		"SELECT 1 FROM owner WHERE mailbox = $1 AND account = $2";
	const struct cache_key key = { CACHE_OWNER, mailbox, account };
	const struct db_value args[] = { db_int(mailbox), db_int(account) };
	struct reader *r;
	struct bytes kept;
	struct db_rows rows;
	uint8_t yes;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	kept = cache_find(r->small, key);
	if (kept.p != NULL) {
		yes = kept.p[0];
	} else {
		TRY(db_run(r->db[DB_MAIN], op, sql, args, COUNT(args), &rows));
		yes = rows.n == 1;
		cache_put(r->small, key, (struct bytes){ &yes, 1 });
	}
	if (yes)
		return OK;
	return FAIL(op, ERR_NOT_FOUND, "%" PRId64 " is no owner of %" PRId64,
		    account, mailbox);
}

enum err
owner_erase(struct db *db, struct op *op, int64_t mailbox)
{
	static const char list[] = "SELECT mailbox, account FROM owner "
				   "WHERE mailbox = $1 OR account = $1";
	static const char erase[] =
		"DELETE FROM owner WHERE mailbox = $1 OR account = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;
	struct db_rows none;

	TRY(db_run(db, op, list, &id, 1, &rows));
	TRY(db_run(db, op, erase, &id, 1, &none));
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_value *row = db_row(&rows, i);

		TRY(change_add(db, op, CHANGE_OWNER, row[0].number,
			       row[1].number, ""));
	}
	return OK;
}
