/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a source says of a person becomes a mailbox, or what it is by now.
 */
#include "wing/store/person.h"

#include "base/log.h"
#include "base/text.h"
#include "wing/store/address.h"
#include "wing/store/publication.h"

#include <inttypes.h>
#include <string.h>

/* ---- what is there, and what is to be ---- */

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
		const char *own = db_as_text(db_row(&p->own, i));

		if (own != NULL && strcmp(own, address) == 0)
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

/* Somebody works with it, without any source: by a password of its own, or as
 * an owner. */
static enum err
mailbox_in_use(struct db *db, struct op *op, const struct mailbox *m, bool *out)
{
	static const char sql[] =
		"SELECT 1 FROM owner WHERE mailbox = $1 LIMIT 1";
	const struct db_value arg = db_int(m->id);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &arg, 1, &rows));
	*out = m->password != NULL || rows.n != 0;
	return OK;
}

/*
 * It is whose now? An account that was made again, or somebody new by the same
 * address: nobody can tell. Picture and absence stay, for the former; rights
 * and passwords end, for the latter.
 */
static enum err
mailbox_inherit(struct db *db, struct op *op, struct putting *p)
{
	p->lost = true; /* whoever was known as the one before him */
	p->m.password = NULL;
	return owner_erase(db, op, p->m.id);
}

/*
 * Who has that primary address: nobody, or a mailbox that may be tied, for it
 * is our own and nobody works with it, or its person is gone. ERR_CONFLICT: it
 * is another's. Who may write his own address into a directory must not come
 * into a mailbox by that.
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
	bool used = false;
	enum err err;

	TRY(db_run(db, op, sql, &arg, 1, &rows));
	if (rows.n == 0)
		return OK;
	row = rows.value;
	TRY(row_verify(op, "address", row, ADDRESS_COLUMNS_N));
	err = tie_read(db, op, row[2].number, &p->link);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (p->m.id != 0 || row[3].number != RANK_PRIMARY ||
	    (err == OK && p->link.state != PERSON_GONE))
		return FAIL(op, ERR_CONFLICT,
			    "%s is another's: mailbox %" PRId64, address,
			    row[2].number);
	p->tied = err == OK;
	TRY(mailbox_take(db, op, row[2].number, p));
	if (p->tied)
		return mailbox_inherit(db, op, p);
	TRY(mailbox_in_use(db, op, &p->m, &used));
	return used ? FAIL(op, ERR_CONFLICT,
			   "%s has a password or owners here, and stays ours: "
			   "without them it would be whom %s means",
			   address, p->in->source)
		    : OK;
}

/* Fills in what there is of him, and p->m.address with what is to be. */
static enum err
person_place(struct db *db, struct op *op, struct putting *p)
{
	int64_t organization = 0;
	const char *primary;
	enum err err;

	err = tie_find(db, op, p->in->source, p->in->uid, &p->link);
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

/* ---- the addresses ---- */

static enum err
address_settle(struct db *db, struct op *op, struct putting *p,
	       const char *address, int64_t rank)
{
	if (rank == RANK_ALIAS || strcmp(address, p->m.address) == 0)
		return OK;
	if (!person_has(p->in, address)) {
		p->lost = true;
		return address_drop(db, op, p->m.id, address);
	}
	if (rank != RANK_PRIMARY)
		return OK;
	p->changed = true;
	return address_rank(db, op, p->m.id, address, RANK_GIVEN);
}

/* What the source said once and says no more, and the primary address that it
 * was, unless it is still one of his. */
static enum err
addresses_drop(struct db *db, struct op *op, struct putting *p)
{
	for (size_t i = 0; i < p->own.n; i++) {
		const struct db_value *row = db_row(&p->own, i);

		TRY(row_verify(op, "address", row, ADDRESS_COLUMNS_N));
		TRY(address_settle(db, op, p, db_as_text(&row[0]),
				   row[3].number));
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

/* ---- the rows ---- */

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
	TRY(publication_want(db, op, p->m.id));
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
		return tie_insert(db, op, &link);
	if (same && (!renew || link.checked == p->link.checked))
		return OK;
	return tie_update(db, op, &link);
}

/* Everything but the tie. */
static enum err
mailbox_put(struct db *db, struct op *op, struct putting *p)
{
	const char *left_out = NULL;

	TRY(addresses_drop(db, op, p));
	TRY(primary_set(db, op, p));
	TRY(aliases_set(db, op, p, &left_out));
	TRY(mailbox_set(db, op, p));
	if (p->changed && left_out != NULL)
		log_notice("%s, of %s, goes without an alias: %s", p->m.address,
			   p->in->source, left_out);
	return OK;
}

static enum err
person_put(struct db *db, struct op *op, struct person_item *item, bool renew)
{
	struct putting p = { .in = item->person, .was = "" };
	struct mailbox *copy = op_alloc(op, sizeof(*copy));

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
	TRY(mailbox_put(db, op, &p));
	TRY(link_set(db, op, &p, renew));
	item->changed = p.changed;
	*copy = p.m;
	item->mailbox = copy;
	return OK;
}

/* ---- as jobs ---- */

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
