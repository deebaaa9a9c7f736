/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tie between a mailbox and a person whom a source outside knows.
 */
#include "base/log.h"
#include "base/text.h"
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

/* On any connection. */
static enum err
link_read(struct db *db, struct op *op, int64_t mailbox,
	  struct person_link *out)
{
	static const char sql[] = "SELECT " PERSON_COLUMNS " FROM person p "
				  "WHERE p.mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &id, 1, &rows));
	return link_of_rows(op, &rows, out);
}

static enum err
link_find(struct db *db, struct op *op, const char *source, const char *uid,
	  struct person_link *out)
{
	static const char sql[] = "SELECT " PERSON_COLUMNS " FROM person p "
				  "WHERE p.source = $1 AND p.uid = $2";
	const struct db_value args[] = { db_text(source), db_text(uid) };
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	return link_of_rows(op, &rows, out);
}

static enum err
link_insert(struct db *db, struct op *op, const struct person_link *link)
{
	static const char sql[] =
		"INSERT INTO person VALUES ($1, $2, $3, $4, $5, $6, $7)";
	struct db_value row[PERSON_COLUMNS_N];
	struct db_rows rows;

	link_to_row(link, row);
	TRY(db_run(db, op, sql, row, COUNT(row), &rows));
	return change_add(db, op, CHANGE_PERSON, link->mailbox, 0, "");
}

static enum err
link_update(struct db *db, struct op *op, const struct person_link *link)
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
	err = link_read(r->db[DB_MAIN], op, mailbox, out);
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
	return link_find(r->db[DB_MAIN], op, source, uid, out);
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

/* ---- put: what is there, and what is to be ---- */

struct putting {
	const struct person *in;
	struct person_link link; /* as it was, then as it is to be */
	bool tied;               /* it was */
	struct mailbox m;        /* likewise; id 0: there is none */
	const char *was;         /* its primary address; "": new */
	struct db_rows own;      /* ADDRESS_COLUMNS of those it has */
	bool changed, lost;      /* anything, an address */
};

static enum err
person_check(struct op *op, const struct person *in)
{
	if (in->uid[0] == '\0' || strlen(in->uid) > PERSON_UID_MAX)
		return FAIL(op, ERR_INVALID, "%s: an identity of %zu bytes",
			    in->address, strlen(in->uid));
	if (strlen(in->login) > PERSON_LOGIN_MAX)
		return FAIL(op, ERR_INVALID, "%s: a login of %zu bytes",
			    in->address, strlen(in->login));
	return OK;
}

static enum err
mailbox_take(struct db *db, struct op *op, int64_t id, struct putting *p)
{
	static const char sql[] = "SELECT " ADDRESS_COLUMNS
				  " FROM address a WHERE a.mailbox = $1";
	const struct db_value arg = db_int(id);
	const struct mailbox *m;

	TRY(mailbox_read(db, op, id, &m));
	TRY(db_run(db, op, sql, &arg, 1, &p->own));
	p->m = *m;
	p->was = m->address;
	return OK;
}

/* Does the person say that this address is his? */
static bool
person_has(const struct person *in, const char *address)
{
	if (strcmp(in->address, address) == 0)
		return true;
	for (const char *const *a = in->aliases; *a != NULL; a++) {
		if (strcmp(*a, address) == 0)
			return true;
	}
	return false;
}

static bool
mailbox_has(const struct putting *p, const char *address)
{
	for (size_t i = 0; i < p->own.n; i++) {
		if (strcmp(db_as_text(db_row(&p->own, i)), address) == 0)
			return true;
	}
	return false;
}

/* Is it of an accepted domain, on this side of the wall (0: on any)? */
static enum err
address_fits(struct db *db, struct op *op, const char *address, int64_t wall,
	     int64_t *organization)
{
	TRY(address_organization(db, op, address, organization));
	if (wall != 0 && *organization != wall)
		return FAIL(op, ERR_CONFLICT,
			    "%s is of another organization than before",
			    address);
	return OK;
}

/*
 * The primary address here: the source's, if its domain is ours. Else the one
 * that it was, or the first other one that is of a domain of ours.
 */
static enum err
primary_choose(struct db *db, struct op *op, const struct putting *p,
	       const char **out, int64_t *organization)
{
	const struct person *in = p->in;
	enum err err;

	*out = in->address;
	err = address_fits(db, op, in->address, p->m.organization,
			   organization);
	if (err != ERR_NOT_FOUND)
		return err;
	if (p->m.id != 0 && person_has(in, p->was)) {
		*out = p->was;
		*organization = p->m.organization;
		return OK;
	}
	for (const char *const *a = in->aliases; *a != NULL; a++) {
		*out = *a;
		err = address_fits(db, op, *a, p->m.organization, organization);
		if (err != ERR_NOT_FOUND && err != ERR_CONFLICT)
			return err; /* OK too */
	}
	return FAIL(op, ERR_NOT_FOUND, "%s: no accepted domain among his",
		    in->address);
}

/*
 * Who has that primary address: nobody, or a mailbox that may be tied, for it
 * is our own or its person is gone. ERR_CONFLICT: another's.
 */
static enum err
primary_owner(struct db *db, struct op *op, const char *address,
	      struct putting *p)
{
	static const char sql[] = "SELECT " ADDRESS_COLUMNS
				  " FROM address a WHERE a.address = $1";
	const struct db_value arg = db_text(address);
	const struct db_value *row;
	struct db_rows rows;
	enum err err;

	TRY(db_run(db, op, sql, &arg, 1, &rows));
	if (rows.n == 0)
		return OK;
	row = rows.value;
	TRY(row_verify(op, "address", row, ADDRESS_COLUMNS_N));
	err = link_read(db, op, row[2].number, &p->link);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (p->m.id != 0 || row[3].number != RANK_PRIMARY ||
	    (err == OK && p->link.state != PERSON_GONE))
		return FAIL(op, ERR_CONFLICT,
			    "%s is another's: mailbox %" PRId64, address,
			    row[2].number);
	p->tied = err == OK;
	p->lost = p->tied; /* whoever was known as the one before him */
	return mailbox_take(db, op, row[2].number, p);
}

/* Fills in what there is of him, and p->m.address with what is to be. */
static enum err
person_place(struct db *db, struct op *op, struct putting *p)
{
	int64_t organization = 0;
	const char *primary;
	enum err err;

	err = link_find(db, op, p->in->source, p->in->uid, &p->link);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	p->tied = err == OK;
	if (p->tied)
		TRY(mailbox_take(db, op, p->link.mailbox, p));
	else if (p->in->disabled)
		return FAIL(op, ERR_NOT_FOUND, "%s is disabled in %s",
			    p->in->address, p->in->source);
	TRY(primary_choose(db, op, p, &primary, &organization));
	if (!p->tied || !mailbox_has(p, primary))
		TRY(primary_owner(db, op, primary, p));
	p->m.address = primary;
	p->m.organization = organization;
	return OK;
}

/* ---- put: the addresses ---- */

/* What the source said once and says no more, and the primary address that it
 * was, unless it is still one of his. */
static enum err
addresses_drop(struct db *db, struct op *op, struct putting *p)
{
	for (size_t i = 0; i < p->own.n; i++) {
		const struct db_value *row = db_row(&p->own, i);
		const char *address = db_as_text(&row[0]);

		TRY(row_verify(op, "address", row, ADDRESS_COLUMNS_N));
		if (row[3].number == RANK_ALIAS ||
		    strcmp(address, p->m.address) == 0)
			continue;
		if (!person_has(p->in, address)) {
			TRY(address_drop(db, op, p->m.id, address));
			p->lost = true;
		} else if (row[3].number == RANK_PRIMARY) {
			TRY(address_rank(db, op, p->m.id, address, RANK_GIVEN));
			p->changed = true;
		}
	}
	return OK;
}

static enum err
primary_set(struct db *db, struct op *op, struct putting *p)
{
	if (strcmp(p->was, p->m.address) == 0)
		return OK;
	p->changed = true;
	if (mailbox_has(p, p->m.address))
		return address_rank(db, op, p->m.id, p->m.address,
				    RANK_PRIMARY);
	return address_add(db, op, &p->m, p->m.address, RANK_PRIMARY);
}

static bool
comes_again(const char *const *alias)
{
	for (const char *const *a = alias + 1; *a != NULL; a++) {
		if (strcmp(*a, *alias) == 0)
			return true;
	}
	return false;
}

/* One that he has by his source, if it can be his here. */
static enum err
alias_set(struct db *db, struct op *op, struct putting *p, const char *alias)
{
	enum err err;

	if (strcmp(alias, p->m.address) == 0 || mailbox_has(p, alias))
		return OK;
	err = address_add(db, op, &p->m, alias, RANK_GIVEN);
	p->changed = p->changed || err == OK;
	return err;
}

/* What can be his: *left_out says why one of the others cannot. Such as are
 * not of our domains are nothing to tell. */
static enum err
aliases_set(struct db *db, struct op *op, struct putting *p,
	    const char **left_out)
{
	const struct person *in = p->in;
	enum err err = alias_set(db, op, p, in->address);

	if (err != OK && err != ERR_NOT_FOUND && err != ERR_CONFLICT)
		return err;
	for (const char *const *a = in->aliases; *a != NULL; a++) {
		if (comes_again(a) || strcmp(*a, in->address) == 0)
			continue;
		err = alias_set(db, op, p, *a);
		if (err == ERR_CONFLICT)
			*left_out = op->reason;
		else if (err != OK && err != ERR_NOT_FOUND)
			return err;
	}
	return OK;
}

/* ---- put: the rows ---- */

static enum err
mailbox_set(struct db *db, struct op *op, struct putting *p)
{
	const char *name = text_head(op, p->in->name, PERSON_NAME_MAX);

	if (*name != '\0' && strcmp(name, p->m.name) != 0) {
		p->m.name = name;
		p->changed = true;
	}
	if (p->lost) {
		p->m.password_version++;
		p->changed = true;
	}
	if (!p->changed)
		return OK;
	TRY(book_write(db, op, &p->m));
	return mailbox_write(db, op, &p->m);
}

/* renew: also when nothing but `checked` is another. */
static enum err
link_set(struct db *db, struct op *op, struct putting *p, bool renew)
{
	struct person_link link = {
		.mailbox = p->m.id,
		.source = p->in->source,
		.uid = p->in->uid,
		.login = p->in->login,
		.state = p->in->disabled ? PERSON_DISABLED : PERSON_ACTIVE,
		.checked = op->now,
	};
	bool same = p->tied && link.state == p->link.state &&
		    strcmp(link.login, p->link.login) == 0 &&
		    strcmp(link.uid, p->link.uid) == 0 &&
		    strcmp(link.source, p->link.source) == 0;

	p->changed = p->changed || !same;
	if (!p->tied)
		return link_insert(db, op, &link);
	if (same && (!renew || link.checked == p->link.checked))
		return OK;
	return link_update(db, op, &link);
}

static enum err
person_put(struct db *db, struct op *op, struct person_item *item, bool renew)
{
	struct putting p = { .in = item->person, .was = "" };
	const char *left_out = NULL;
	struct mailbox *copy;

	TRY(person_check(op, p.in));
	TRY(person_place(db, op, &p));
	item->made = p.m.id == 0;
	if (item->made) {
		p.m.name = text_head(op, p.in->name, PERSON_NAME_MAX);
		p.m.policy = AUDIENCE_ALL;
		TRY(mailbox_make(db, op, &p.m));
	}
	if (p.in->disabled && p.link.state == PERSON_ACTIVE)
		p.lost = true; /* nobody is to be known as him any more */
	TRY(addresses_drop(db, op, &p));
	TRY(primary_set(db, op, &p));
	TRY(aliases_set(db, op, &p, &left_out));
	TRY(mailbox_set(db, op, &p));
	TRY(link_set(db, op, &p, renew));
	item->changed = p.changed;
	copy = op_alloc(op, sizeof(*copy));
	*copy = p.m;
	item->mailbox = copy;
	if (p.changed && left_out != NULL)
		log_notice("%s, of %s, goes without an alias: %s", p.m.address,
			   p.in->source, left_out);
	return OK;
}

/* ---- put: as jobs ---- */

struct batch {
	struct person_item *item;
	size_t n;
	bool renew;
};

/* Each is a part that is taken back alone. */
static enum err
put_job(struct db *db, struct op *op, void *arg)
{
	const struct batch *batch = arg;

	for (size_t i = 0; i < batch->n; i++) {
		struct person_item *item = &batch->item[i];

		item->changed = item->made = false;
		item->reason = NULL;
		TRY(db_part_begin(db, op));
		item->err = person_put(db, op, item, batch->renew);
		if (item->err == OK) {
			TRY(db_part_keep(db, op));
			continue;
		}
		db_part_undo(db);
		item->reason = op->reason;
		if (item->err != ERR_NOT_FOUND && item->err != ERR_CONFLICT &&
		    item->err != ERR_INVALID)
			return item->err;
	}
	op->reason = NULL;
	return OK;
}

enum err
store_person_put_all(struct store *s, struct op *op, struct person_item *item,
		     size_t n)
{
	struct batch batch = { item, n, false };

	return writer_run(s->writer, op, DB_MAIN, put_job, &batch);
}

enum err
store_person_put(struct store *s, struct op *op, const struct person *in,
		 const struct mailbox **out)
{
	struct person_item item = { .person = in };
	struct batch batch = { &item, 1, true };

	TRY(writer_run(s->writer, op, DB_MAIN, put_job, &batch));
	if (item.err != OK)
		return FAIL(op, item.err, "%s", item.reason);
	*out = item.mailbox;
	return OK;
}

struct standing {
	int64_t mailbox;
	enum person_state state;
};

static enum err
state_job(struct db *db, struct op *op, void *arg)
{
	const struct standing *in = arg;
	struct person_link link;

	TRY(link_read(db, op, in->mailbox, &link));
	if (link.state == PERSON_ACTIVE && in->state != PERSON_ACTIVE)
		TRY(mailbox_renew(db, op, in->mailbox));
	link.state = in->state;
	link.checked = op->now;
	return link_update(db, op, &link);
}

enum err
store_person_state(struct store *s, struct op *op, int64_t mailbox,
		   enum person_state state)
{
	struct standing in = { mailbox, state };

	return writer_run(s->writer, op, DB_MAIN, state_job, &in);
}

static enum err
restore_job(struct db *db, struct op *op, void *arg)
{
	const struct person_link *in = arg;
	struct person_link old;
	enum err err = link_read(db, op, in->mailbox, &old);

	if (err == ERR_NOT_FOUND)
		return link_insert(db, op, in);
	TRY(err);
	return link_update(db, op, in);
}

enum err
store_person_restore(struct store *s, struct op *op,
		     const struct person_link *in)
{
	struct person_link copy = *in;

	return writer_run(s->writer, op, DB_MAIN, restore_job, &copy);
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
