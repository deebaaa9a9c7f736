/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aliases, and what primary addresses have in common with them.
 */
#include "wing/store/address.h"

#include "base/text.h"
#include "wing/store/avatar.h"
#include "wing/store/publication.h"

#include <inttypes.h>

static enum err
organization_of(struct db *db, struct op *op, const char *domain, int64_t *out)
{
	static const char sql[] =
		"SELECT organization FROM domain WHERE name = $1";
	const struct db_value arg = db_text(domain);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &arg, 1, &rows));
	if (rows.n == 0)
		return FAIL(op, ERR_NOT_FOUND, "%s is not an accepted domain",
			    domain);
	*out = rows.value[0].number;
	return OK;
}

enum err
address_organization(struct db *db, struct op *op, const char *address,
		     int64_t *out)
{
	const char *domain = text_domain(address);

	if (domain == NULL)
		return FAIL(op, ERR_NOT_FOUND, "%s has no domain", address);
	return organization_of(db, op, domain, out);
}

enum err
address_add(struct db *db, struct op *op, const struct mailbox *m,
	    const char *address, enum rank rank)
{
	static const char sql[] =
		"INSERT INTO address VALUES ($1, $2, $3, $4, $5) "
		"ON CONFLICT (address) DO NOTHING";
	struct db_value row[ADDRESS_COLUMNS_N] = {
		db_text(address),
		db_text(text_domain(address)),
		db_int(m->id),
		db_int(rank),
	};
	int64_t organization;
	struct db_rows rows;

	TRY(address_organization(db, op, address, &organization));
	if (organization != m->organization)
		return FAIL(op, ERR_CONFLICT,
			    "%s is of another organization than %s", address,
			    m->address);
	row[4] = db_int(row_sum(row, 4));
	TRY(db_run(db, op, sql, row, COUNT(row), &rows));
	if (rows.changed != 1)
		return FAIL(op, ERR_CONFLICT, "%s is taken", address);
	TRY(avatar_add(db, op, m->id, address));
	return change_add(db, op, CHANGE_ADDRESS, m->id, 0, address);
}

enum err
address_rank(struct db *db, struct op *op, int64_t mailbox, const char *address,
	     enum rank rank)
{
	static const char sql[] = "UPDATE address SET rank = $4, sum = $5 "
				  "WHERE address = $1 AND mailbox = $3";
	struct db_value row[ADDRESS_COLUMNS_N] = {
		db_text(address),
		db_text(text_domain(address)),
		db_int(mailbox),
		db_int(rank),
	};
	struct db_rows rows;

	row[4] = db_int(row_sum(row, 4));
	return db_run(db, op, sql, row, COUNT(row), &rows);
}

enum err
address_drop(struct db *db, struct op *op, int64_t mailbox, const char *address)
{
	static const char sql[] =
		"DELETE FROM address WHERE address = $1 AND mailbox = $2";
	const struct db_value args[] = { db_text(address), db_int(mailbox) };
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	TRY(book_forget(db, op, mailbox, address));
	TRY(avatar_forget(db, op, mailbox, address));
	return change_add(db, op, CHANGE_ADDRESS, mailbox, 0, address);
}

enum err
address_erase(struct db *db, struct op *op, int64_t mailbox)
{
	static const char list[] =
		"SELECT address FROM address WHERE mailbox = $1";
	static const char erase[] = "DELETE FROM address WHERE mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;
	struct db_rows none;

	TRY(avatar_erase(db, op, mailbox));
	TRY(db_run(db, op, list, &id, 1, &rows));
	TRY(db_run(db, op, erase, &id, 1, &none));
	for (size_t i = 0; i < rows.n; i++)
		TRY(change_add(db, op, CHANGE_ADDRESS, mailbox, 0,
			       db_as_text(&rows.value[i])));
	return OK;
}

/* ---- aliases ---- */

struct naming {
	int64_t mailbox;
	const char *alias;
};

static enum err
add_job(struct db *db, struct op *op, void *arg)
{
	static const char sql[] =
		"SELECT " MAILBOX_COLUMNS " FROM mailbox m WHERE m.id = $1";
	const struct naming *in = arg;
	const struct db_value id = db_int(in->mailbox);
	const struct mailbox *m;
	struct db_rows rows;

	TRY(db_run(db, op, sql, &id, 1, &rows));
	if (rows.n == 0)
		return FAIL(op, ERR_NOT_FOUND, "no mailbox %" PRId64,
			    in->mailbox);
	TRY(mailbox_of_row(op, rows.value, &m));
	TRY(audit_add_of(db, op, AUDIT_ALIAS_ADD, m->id, in->alias));
	TRY(address_add(db, op, m, in->alias, RANK_ALIAS));
	TRY(publication_want(db, op, m->id));
	return book_write(db, op, m);
}

enum err
store_alias_add(struct store *s, struct op *op, int64_t mailbox,
		const char *alias)
{
	struct naming in = { mailbox, alias };

	return writer_run(s->writer, op, DB_MAIN, add_job, &in);
}

static enum err
alias_check(struct db *db, struct op *op, const struct naming *in)
{
	static const char sql[] =
		"SELECT 1 FROM address "
		"WHERE address = $1 AND mailbox = $2 AND rank <> $3";
	const struct db_value args[] = { db_text(in->alias),
					 db_int(in->mailbox),
					 db_int(RANK_PRIMARY) };
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	return rows.n == 1 ? OK
			   : FAIL(op, ERR_NOT_FOUND, "no alias %s", in->alias);
}

static enum err
remove_job(struct db *db, struct op *op, void *arg)
{
	const struct naming *in = arg;

	TRY(alias_check(db, op, in));
	TRY(address_drop(db, op, in->mailbox, in->alias));
	TRY(audit_add_of(db, op, AUDIT_ALIAS_REMOVE, in->mailbox, in->alias));
	TRY(publication_want(db, op, in->mailbox));
	/* Callers are remembered by what they sent: it may be this name. */
	return mailbox_renew(db, op, in->mailbox);
}

enum err
store_alias_remove(struct store *s, struct op *op, int64_t mailbox,
		   const char *alias)
{
	struct naming in = { mailbox, alias };

	return writer_run(s->writer, op, DB_MAIN, remove_job, &in);
}

static enum err
list(struct store *s, struct op *op, int64_t mailbox, enum rank first,
     struct text_list *out)
{
	static const char sql[] =
		"SELECT " ADDRESS_COLUMNS " FROM address a "
		"WHERE a.mailbox = $1 AND a.rank >= $2 ORDER BY a.address";
	const struct db_value args[] = { db_int(mailbox), db_int(first) };
	struct reader *r;
	struct db_rows rows;
	const char **text;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, args, COUNT(args), &rows));
	text = op_alloc(op, rows.n * sizeof(*text));
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_value *row = db_row(&rows, i);

		TRY(row_verify(op, "address", row, ADDRESS_COLUMNS_N));
		text[i] = db_as_text(&row[0]);
	}
	*out = (struct text_list){ rows.n, text };
	return OK;
}

enum err
store_alias_list(struct store *s, struct op *op, int64_t mailbox,
		 struct text_list *out)
{
	return list(s, op, mailbox, RANK_ALIAS, out);
}

enum err
store_alias_given(struct store *s, struct op *op, int64_t mailbox,
		  struct text_list *out)
{
	return list(s, op, mailbox, RANK_GIVEN, out);
}
