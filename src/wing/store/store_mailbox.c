/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mailboxes: found, listed, added, changed, removed.
 */
#include "wing/store/core.h"

#include "base/text.h"
#include "wing/store/address.h"
#include "wing/store/answered.h"
#include "wing/store/publication.h"

#include <inttypes.h>
#include <string.h>

#define CUT_KIB 64          /* cache of a connection that reads no pages */
#define CUT_TIMEOUT_MS 2000 /* for readers to be out of the way */

/* ---- find ---- */

static enum err
no_address(struct op *op, const char *address)
{
	return FAIL(op, ERR_NOT_FOUND, "no mailbox %s", address);
}

/* Packed: the number of the mailbox (0: there is none), then the address. */
static void
address_keep(struct reader *r, struct op *op, const char *address, int64_t id)
{
	const struct cache_key key = { .kind = CACHE_ADDRESS,
				       .a = cache_hash(address) };
	size_t n = strlen(address) + 1;
	uint8_t *p = arena_alloc_raw(op->arena, sizeof(id) + n);

	memcpy(p, &id, sizeof(id));
	memcpy(p + sizeof(id), address, n);
	cache_put(r->small, key, (struct bytes){ p, sizeof(id) + n });
}

static bool
address_kept(struct reader *r, const char *address, int64_t *id)
{
	const struct cache_key key = { .kind = CACHE_ADDRESS,
				       .a = cache_hash(address) };
	struct bytes kept = cache_find(r->small, key);

	if (kept.p == NULL ||
	    strcmp((const char *)kept.p + sizeof(*id), address) != 0)
		return false;
	memcpy(id, kept.p, sizeof(*id));
	return true;
}

static void
mailbox_keep(struct reader *r, struct op *op, const struct mailbox *m)
{
	const struct cache_key key = { .kind = CACHE_MAILBOX, .a = m->id };

	if (r->small != NULL)
		cache_put(r->small, key, mailbox_pack(op, m));
}

enum err
mailbox_read(struct db *db, struct op *op, int64_t id,
	     const struct mailbox **out)
{
	static const char sql[] =
		"SELECT " MAILBOX_COLUMNS " FROM mailbox m WHERE m.id = $1";
	const struct db_value arg = db_int(id);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &arg, 1, &rows));
	if (rows.n == 0)
		return FAIL(op, ERR_NOT_FOUND, "no mailbox %" PRId64, id);
	return mailbox_of_row(op, rows.value, out);
}

static enum err
get(struct reader *r, struct op *op, int64_t id, const struct mailbox **out)
{
	const struct cache_key key = { .kind = CACHE_MAILBOX, .a = id };
	struct bytes kept = cache_find(r->small, key);

	if (kept.p != NULL) {
		*out = mailbox_unpack(op, kept);
		return OK;
	}
	TRY(mailbox_read(r->db[DB_MAIN], op, id, out));
	mailbox_keep(r, op, *out);
	return OK;
}

enum err
store_mailbox_get(struct store *s, struct op *op, int64_t id,
		  const struct mailbox **out)
{
	struct reader *r;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	return get(r, op, id, out);
}

/* One statement reads both rows: they fit together. */
static enum err
find_in_file(struct reader *r, struct op *op, const char *address,
	     const struct mailbox **out)
{
	static const char sql[] =
		"SELECT " ADDRESS_COLUMNS ", " MAILBOX_COLUMNS
		" FROM address a LEFT JOIN mailbox m ON m.id = a.mailbox "
		"WHERE a.address = $1";
	const struct db_value arg = db_text(address);
	const struct db_value *row;
	struct db_rows rows;

	TRY(db_run(r->db[DB_MAIN], op, sql, &arg, 1, &rows));
	if (rows.n == 0) {
		address_keep(r, op, address, 0);
		return no_address(op, address);
	}
	row = rows.value;
	TRY(row_verify(op, "address", row, ADDRESS_COLUMNS_N));
	if (row[ADDRESS_COLUMNS_N].type == DB_NULL)
		return FAIL(op, ERR_INTERNAL, "damaged: no mailbox of %s",
			    address);
	TRY(mailbox_of_row(op, row + ADDRESS_COLUMNS_N, out));
	address_keep(r, op, address, (*out)->id);
	mailbox_keep(r, op, *out);
	return OK;
}

enum err
store_mailbox_find(struct store *s, struct op *op, const char *address,
		   const struct mailbox **out)
{
	struct reader *r;
	int64_t id;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	if (!address_kept(r, address, &id))
		return find_in_file(r, op, address, out);
	if (id == 0)
		return no_address(op, address);
	return get(r, op, id, out);
}

/* ---- list ---- */

enum err
store_mailbox_list(struct store *s, struct op *op, const char *domain,
		   const char *after, size_t most, struct mailbox_list *out)
{
	static const char every[] =
		"SELECT " MAILBOX_COLUMNS
		" FROM address a JOIN mailbox m ON m.id = a.mailbox "
		"WHERE a.address > $1 AND a.rank = 1 "
		"ORDER BY a.address LIMIT $2";
	static const char within[] =
		"SELECT " MAILBOX_COLUMNS
		" FROM address a JOIN mailbox m ON m.id = a.mailbox "
		"WHERE a.address > $1 AND a.rank = 1 AND a.domain = $3 "
		"ORDER BY a.address LIMIT $2";
	const struct db_value args[] = { db_text(after == NULL ? "" : after),
					 list_limit(most), db_text(domain) };
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, domain == NULL ? every : within, args,
		   COUNT(args), &rows));
	return mailbox_list_of_rows(op, &rows, out);
}

enum err
mailbox_list_of_rows(struct op *op, const struct db_rows *rows,
		     struct mailbox_list *out)
{
	struct mailbox *list = op_alloc(op, rows->n * sizeof(*list));

	for (size_t i = 0; i < rows->n; i++) {
		const struct mailbox *m;

		TRY(mailbox_of_row(op, db_row(rows, i), &m));
		list[i] = *m;
	}
	*out = (struct mailbox_list){ rows->n, list };
	return OK;
}

/* ---- add ---- */

struct adding {
	struct mailbox *in;
	const char *const *aliases;
};

/* Numbers only rise, whatever was removed. */
static enum err
next_number(struct db *db, struct op *op, int64_t *out)
{
	static const char sql[] =
		"UPDATE store SET mailboxes = mailboxes + 1 WHERE only = 1 "
		"RETURNING mailboxes";
	struct db_rows rows;

	TRY(db_run(db, op, sql, NULL, 0, &rows));
	if (rows.n != 1)
		return FAIL(op, ERR_INTERNAL, "damaged: store");
	*out = rows.value[0].number;
	return OK;
}

enum err
mailbox_make(struct db *db, struct op *op, struct mailbox *m)
{
	static const char mailbox[] = "INSERT INTO mailbox VALUES "
				      "($1, $2, $3, $4, $5, $6, $7, $8, $9)";
	static const char oof[] =
		"INSERT INTO oof VALUES "
		"($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
	static const struct oof_stored never;
	struct db_value row[MAILBOX_COLUMNS_N];
	struct db_value absence[OOF_COLUMNS_N];
	struct db_rows rows;

	TRY(next_number(db, op, &m->id));
	mailbox_to_row(m, row);
	TRY(db_run(db, op, mailbox, row, COUNT(row), &rows));
	oof_to_row(m->id, &never, absence);
	return db_run(db, op, oof, absence, COUNT(absence), &rows);
}

static enum err
add_addresses(struct db *db, struct op *op, const struct mailbox *m,
	      const char *const *aliases)
{
	TRY(address_add(db, op, m, m->address, RANK_PRIMARY));
	for (const char *const *a = aliases; a != NULL && *a != NULL; a++)
		TRY(address_add(db, op, m, *a, RANK_ALIAS));
	return OK;
}

static enum err
add_job(struct db *db, struct op *op, void *arg)
{
	const struct adding *adding = arg;
	struct mailbox m = *adding->in;

	TRY(address_organization(db, op, m.address, &m.organization));
	TRY(mailbox_make(db, op, &m));
	TRY(add_addresses(db, op, &m, adding->aliases));
	TRY(book_write(db, op, &m));
	TRY(audit_add_of(db, op, AUDIT_MAILBOX_ADD, m.id, NULL));
	TRY(change_add(db, op, CHANGE_MAILBOX, m.id, 0, ""));
	*adding->in = m;
	return OK;
}

enum err
store_mailbox_add(struct store *s, struct op *op, struct mailbox *in,
		  const char *const *aliases)
{
	struct adding adding = { in, aliases };

	return writer_run(s->writer, op, DB_MAIN, add_job, &adding);
}

/* ---- change ---- */

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

enum err
mailbox_write(struct db *db, struct op *op, const struct mailbox *m)
{
	static const char sql[] =
		"UPDATE mailbox SET organization = $2, address = $3, "
		"name = $4, zone = $5, password = $6, password_version = $7, "
		"policy = $8, sum = $9 WHERE id = $1";
	struct db_value row[MAILBOX_COLUMNS_N];
	struct db_rows rows;

	mailbox_to_row(m, row);
	TRY(db_run(db, op, sql, row, COUNT(row), &rows));
	return change_add(db, op, CHANGE_MAILBOX, m->id, 0, "");
}

enum err
mailbox_renew(struct db *db, struct op *op, int64_t id)
{
	const struct mailbox *old;
	struct mailbox m;

	TRY(mailbox_read(db, op, id, &old));
	m = *old;
	m.password_version++;
	return mailbox_write(db, op, &m);
}

static enum err
change_job(struct db *db, struct op *op, void *arg)
{
	const struct mailbox *in = arg;
	enum audit_what what = AUDIT_MAILBOX_SET;
	const struct mailbox *old;
	struct mailbox m;

	TRY(mailbox_read(db, op, in->id, &old));
	m = *old;
	m.name = in->name;
	m.zone = in->zone;
	m.policy = in->policy;
	m.password = in->password;
	if (!same_text(old->password, in->password)) {
		m.password_version++;
		what = AUDIT_PASSWD;
	}
	TRY(book_write(db, op, &m));
	TRY(audit_add_of(db, op, what, m.id, NULL));
	if (!same_text(old->name, m.name) || !same_text(old->zone, m.zone) ||
	    old->policy != m.policy)
		TRY(publication_want(db, op, m.id));
	return mailbox_write(db, op, &m);
}

enum err
store_mailbox_change(struct store *s, struct op *op, const struct mailbox *in)
{
	struct mailbox copy = *in;

	return writer_run(s->writer, op, DB_MAIN, change_job, &copy);
}

/* ---- remove ---- */

static enum err
oof_erase(struct db *db, struct op *op, int64_t mailbox)
{
	static const char sql[] = "DELETE FROM oof WHERE mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	return db_run(db, op, sql, &id, 1, &rows);
}

/* What goes with a mailbox, in this order: addresses after what is found by
 * them. */
static enum err (*const erasers[])(struct db *db, struct op *op,
				   int64_t mailbox) = {
	contact_erase, person_erase, owner_erase,    book_erase,
	address_erase, oof_erase,    answered_erase, publication_erase,
};

static enum err
remove_job(struct db *db, struct op *op, void *arg)
{
	static const char mailbox[] = "DELETE FROM mailbox WHERE id = $1";
	const struct db_value id = db_int(*(const int64_t *)arg);
	struct db_rows rows;

	TRY(audit_erase(db, op, DB_MAIN, id.number));
	TRY(audit_add_of(db, op, AUDIT_MAILBOX_REMOVE, id.number, ""));
	for (size_t i = 0; i < COUNT(erasers); i++)
		TRY(erasers[i](db, op, id.number));
	TRY(db_run(db, op, mailbox, &id, 1, &rows));
	if (rows.changed != 1)
		return FAIL(op, ERR_NOT_FOUND, "no mailbox %" PRId64,
			    id.number);
	TRY(change_add(db, op, CHANGE_OOF, id.number, 0, ""));
	return change_add(db, op, CHANGE_MAILBOX, id.number, 0, "");
}

/* With what the audit says in detail of it. */
static enum err
picture_job(struct db *db, struct op *op, void *arg)
{
	TRY(audit_erase(db, op, DB_PHOTO, *(const int64_t *)arg));
	return photo_erase(db, op, arg);
}

static void
connection_close(struct db *const *db)
{
	db_close(*db);
}

/* What was erased leaves the logs too: a quiet server would keep it there for
 * long. The removal is done without it, so a failure is none. */
static void
logs_cut(struct store *s, const struct op *op)
{
	struct op brief;

	op_init(&brief, op->arena, op->settings, CUT_TIMEOUT_MS);
	brief.may_wait = true;
	for (size_t i = 0; i < DB_PARTS; i++) {
		const struct db_options options = { .path = s->path[i],
						    .write = true,
						    .cache_kib = CUT_KIB };
		CLEANUP(connection_close) struct db *db = NULL;

		if (db_open(&brief, &options, &db) == OK)
			(void)db_script(db, &brief,
					"PRAGMA wal_checkpoint(TRUNCATE)");
	}
}

/*
 * Two files, two transactions: the picture first. After a failure in between
 * the mailbox is there without it, and removing it again ends the work; a
 * picture that is put meanwhile is reaped.
 */
enum err
store_mailbox_remove(struct store *s, struct op *op, int64_t id)
{
	const struct mailbox *m;

	TRY(op_wait(op, POOL_WRITE));
	TRY(store_mailbox_get(s, op, id, &m));
	TRY(writer_run(s->writer, op, DB_PHOTO, picture_job, &id));
	TRY(writer_run(s->writer, op, DB_MAIN, remove_job, &id));
	logs_cut(s, op);
	return OK;
}
