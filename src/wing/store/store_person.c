/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tie between a mailbox and a person whom a source outside knows.
 */
#include "wing/store/person.h"

#include "wing/store/address.h"

#include <inttypes.h>
#include <string.h>

/* ---- rows ---- */

static void
link_to_row(const struct person_link *in, struct db_value out[PERSON_COLUMNS_N])
{
	size_t n = 0;

	out[n++] = db_int(in->mailbox);
	out[n++] = db_text(in->source);
	out[n++] = db_text(in->uid);
	out[n++] = db_text(in->login);
	out[n++] = db_int(in->state);
	out[n++] = db_int(in->checked);
	out[n] = db_int(row_sum(out, n));
}

static enum err
link_of_row(struct op *op, const struct db_value *row, struct person_link *out)
{
	TRY(row_verify(op, "person", row, PERSON_COLUMNS_N));
	*out = (struct person_link){
		.mailbox = row[0].number,
		.source = db_as_text(&row[1]),
		.uid = db_as_text(&row[2]),
		.login = db_as_text(&row[3]),
		.state = (unsigned)row[4].number,
		.checked = row[5].number,
	};
	return OK;
}

static enum err
link_of_rows(struct op *op, const struct db_rows *rows, struct person_link *out)
{
	if (rows->n == 0)
		return FAIL(op, ERR_NOT_FOUND, "tied to nobody");
	return link_of_row(op, rows->value, out);
}

enum err
tie_read(struct db *db, struct op *op, int64_t mailbox, struct person_link *out)
{
	static const char sql[] = "SELECT " PERSON_COLUMNS " FROM person p "
				  "WHERE p.mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &id, 1, &rows));
	return link_of_rows(op, &rows, out);
}

enum err
tie_find(struct db *db, struct op *op, const char *source, const char *uid,
	 struct person_link *out)
{
	static const char sql[] = "SELECT " PERSON_COLUMNS " FROM person p "
				  "WHERE p.source = $1 AND p.uid = $2";
	const struct db_value args[] = { db_text(source), db_text(uid) };
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	return link_of_rows(op, &rows, out);
}

enum err
tie_insert(struct db *db, struct op *op, const struct person_link *link)
{
	static const char sql[] =
		"INSERT INTO person VALUES ($1, $2, $3, $4, $5, $6, $7)";
	struct db_value row[PERSON_COLUMNS_N];
	struct db_rows rows;

	link_to_row(link, row);
	TRY(db_run(db, op, sql, row, COUNT(row), &rows));
	return change_add(db, op, CHANGE_PERSON, link->mailbox, 0, "");
}

enum err
tie_update(struct db *db, struct op *op, const struct person_link *link)
{
	static const char sql[] =
		"UPDATE person SET source = $2, uid = $3, login = $4, "
		"state = $5, checked = $6, sum = $7 WHERE mailbox = $1";
	struct db_value row[PERSON_COLUMNS_N];
	struct db_rows rows;

	link_to_row(link, row);
	TRY(db_run(db, op, sql, row, COUNT(row), &rows));
	return change_add(db, op, CHANGE_PERSON, link->mailbox, 0, "");
}

enum err
person_erase(struct db *db, struct op *op, int64_t mailbox)
{
	static const char sql[] = "DELETE FROM person WHERE mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &id, 1, &rows));
	if (rows.changed == 0)
		return OK;
	return change_add(db, op, CHANGE_PERSON, mailbox, 0, "");
}

/* ---- read ---- */

/* The struct, then source, uid and login; of nobody only the struct, in which
 * the state is 0. */
static struct bytes
link_pack(struct op *op, const struct person_link *in)
{
	const char *const text[] = { in->source, in->uid, in->login };
	size_t n = sizeof(*in);
	uint8_t *p, *at;

	for (size_t i = 0; in->state != 0 && i < COUNT(text); i++)
		n += strlen(text[i]) + 1;
	p = arena_alloc_raw(op->arena, n);
	memcpy(p, in, sizeof(*in));
	at = p + sizeof(*in);
	for (size_t i = 0; in->state != 0 && i < COUNT(text); i++) {
		memcpy(at, text[i], strlen(text[i]) + 1);
		at += strlen(text[i]) + 1;
	}
	return (struct bytes){ p, n };
}

static void
link_unpack(struct op *op, struct bytes kept, struct person_link *out)
{
	const char *at;

	memcpy(out, kept.p, sizeof(*out));
	if (out->state == 0)
		return;
	kept = op_bytes(op, kept);
	at = (const char *)kept.p + sizeof(*out);
	out->source = at;
	out->uid = at += strlen(at) + 1;
	out->login = at + strlen(at) + 1;
}

enum err
store_person_get(struct store *s, struct op *op, int64_t mailbox,
		 struct person_link *out)
{
	const struct cache_key key = { .kind = CACHE_PERSON, .a = mailbox };
	struct reader *r;
	struct bytes kept;
	enum err err;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	kept = cache_find(r->small, key);
	if (kept.p != NULL) {
		link_unpack(op, kept, out);
		return out->state != 0 ? OK : ERR_NOT_FOUND;
	}
	*out = (struct person_link){ 0 };
	err = tie_read(r->db[DB_MAIN], op, mailbox, out);
	if (err == OK || err == ERR_NOT_FOUND)
		cache_put(r->small, key, link_pack(op, out));
	return err;
}

enum err
store_person_find(struct store *s, struct op *op, const char *source,
		  const char *uid, struct person_link *out)
{
	struct reader *r;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	return tie_find(r->db[DB_MAIN], op, source, uid, out);
}

enum err
store_person_list(struct store *s, struct op *op, const char *source,
		  int64_t after, size_t most, struct person_list *out)
{
	static const char every[] = "SELECT " PERSON_COLUMNS " FROM person p "
				    "WHERE p.mailbox > $1 "
				    "ORDER BY p.mailbox LIMIT $2";
	static const char within[] = "SELECT " PERSON_COLUMNS " FROM person p "
				     "WHERE p.mailbox > $1 AND p.source = $3 "
				     "ORDER BY p.mailbox LIMIT $2";
	const struct db_value args[] = { db_int(after), list_limit(most),
					 db_text(source) };
	struct person_link *link;
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, source == NULL ? every : within, args,
		   COUNT(args), &rows));
	link = op_alloc(op, rows.n * sizeof(*link));
	for (size_t i = 0; i < rows.n; i++)
		TRY(link_of_row(op, db_row(&rows, i), &link[i]));
	*out = (struct person_list){ rows.n, link };
	return OK;
}

/* ---- state ---- */

struct standing {
	int64_t mailbox;
	enum person_state state;
};

static enum err
state_job(struct db *db, struct op *op, void *arg)
{
	const struct standing *in = arg;
	struct person_link link;

	TRY(tie_read(db, op, in->mailbox, &link));
	if (link.state == PERSON_ACTIVE && in->state != PERSON_ACTIVE)
		TRY(mailbox_renew(db, op, in->mailbox));
	link.state = in->state;
	link.checked = op->now;
	return tie_update(db, op, &link);
}

enum err
store_person_state(struct store *s, struct op *op, int64_t mailbox,
		   enum person_state state)
{
	struct standing in = { mailbox, state };

	return writer_run(s->writer, op, DB_MAIN, state_job, &in);
}

struct restoring {
	const struct person_link *link;
	const struct text_list *given;
};

/* Nothing, where it is no alias of that mailbox. */
static enum err
alias_give(struct db *db, struct op *op, int64_t mailbox, const char *alias)
{
	static const char sql[] =
		"SELECT 1 FROM address "
		"WHERE address = $1 AND mailbox = $2 AND rank = $3";
	const struct db_value args[] = { db_text(alias), db_int(mailbox),
					 db_int(RANK_ALIAS) };
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	return rows.n == 0 ? OK
			   : address_rank(db, op, mailbox, alias, RANK_GIVEN);
}

static enum err
restore_job(struct db *db, struct op *op, void *arg)
{
	const struct restoring *in = arg;
	const struct person_link *link = in->link;
	struct person_link old;
	enum err err;

	for (size_t i = 0; i < in->given->n; i++)
		TRY(alias_give(db, op, link->mailbox, in->given->text[i]));
	err = tie_read(db, op, link->mailbox, &old);
	if (err == ERR_NOT_FOUND)
		return tie_insert(db, op, link);
	TRY(err);
	return tie_update(db, op, link);
}

enum err
store_person_restore(struct store *s, struct op *op,
		     const struct person_link *in,
		     const struct text_list *given)
{
	struct restoring restoring = { in, given };

	return writer_run(s->writer, op, DB_MAIN, restore_job, &restoring);
}

/* ---- how far each source was followed ---- */

static enum err
mark_of_row(struct op *op, const struct db_value *row, struct source_mark *out)
{
	TRY(row_verify(op, "source_mark", row, MARK_COLUMNS_N));
	*out = (struct source_mark){
		.mark = db_as_text(&row[1]),
		.followed = row[2].number,
		.swept = row[3].number,
	};
	return OK;
}

enum err
store_source_get(struct store *s, struct op *op, const char *source,
		 struct source_mark *out)
{
	static const char sql[] = "SELECT " MARK_COLUMNS
				  " FROM source_mark k WHERE k.source = $1";
	const struct db_value arg = db_text(source);
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, &arg, 1, &rows));
	*out = (struct source_mark){ .mark = "" };
	return rows.n == 0 ? OK : mark_of_row(op, rows.value, out);
}

struct marking {
	const char *source;
	const struct source_mark *in;
};

static enum err
mark_job(struct db *db, struct op *op, void *arg)
{
	static const char sql[] =
		"INSERT INTO source_mark VALUES ($1, $2, $3, $4, $5) "
		"ON CONFLICT (source) DO UPDATE SET mark = $2, followed = $3, "
		"swept = $4, sum = $5";
	const struct marking *m = arg;
	struct db_value row[MARK_COLUMNS_N] = {
		db_text(m->source),
		db_text(m->in->mark),
		db_int(m->in->followed),
		db_int(m->in->swept),
	};
	struct db_rows rows;

	row[4] = db_int(row_sum(row, 4));
	return db_run(db, op, sql, row, COUNT(row), &rows);
}

enum err
store_source_put(struct store *s, struct op *op, const char *source,
		 const struct source_mark *in)
{
	struct marking marking = { source, in };

	return writer_run(s->writer, op, DB_MAIN, mark_job, &marking);
}
