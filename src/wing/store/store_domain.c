/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Organizations and their domains.
 */
#include "wing/store/core.h"
#include "wing/store/publication.h"

#include <string.h>

#define ORGANIZATION_DEFAULT 1 /* its row is made with the table */

struct naming {
	const char *domain;
	const char *organization;
};

static enum err
organization_find_or_make(struct db *db, struct op *op, const char *name,
			  int64_t *out)
{
	static const char make[] =
		"INSERT INTO organization (name) VALUES ($1) "
		"ON CONFLICT (name) DO NOTHING";
	static const char find[] =
		"SELECT id FROM organization WHERE name = $1";
	const struct db_value arg = db_text(name == NULL ? "" : name);
	struct db_rows rows;

	TRY(db_run(db, op, make, &arg, 1, &rows));
	TRY(db_run(db, op, find, &arg, 1, &rows));
	if (rows.n != 1)
		return FAIL(op, ERR_INTERNAL, "damaged: organization");
	*out = rows.value[0].number;
	return OK;
}

static enum err
domain_note(struct db *db, struct op *op, enum audit_what what,
	    const struct naming *in)
{
	const struct audit_note note = { .what = what,
					 .address = in->domain,
					 .detail = in->organization };

	return audit_add(db, op, DB_MAIN, &note);
}

static enum err
add_job(struct db *db, struct op *op, void *arg)
{
	static const char sql[] = "INSERT INTO domain VALUES ($1, $2) "
				  "ON CONFLICT (name) DO NOTHING";
	const struct naming *in = arg;
	int64_t organization = 0;
	struct db_rows rows;

	TRY(organization_find_or_make(db, op, in->organization, &organization));
	{
		const struct db_value args[] = { db_text(in->domain),
						 db_int(organization) };

		TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	}
	if (rows.changed != 1)
		return FAIL(op, ERR_CONFLICT, "%s is there already",
			    in->domain);
	TRY(publication_want_inside(db, op, organization));
	TRY(domain_note(db, op, AUDIT_DOMAIN_ADD, in));
	return change_add(db, op, CHANGE_DOMAIN, 0, 0, in->domain);
}

enum err
store_domain_add(struct store *s, struct op *op, const char *domain,
		 const char *organization)
{
	struct naming in = { domain, organization };

	return writer_run(s->writer, op, DB_MAIN, add_job, &in);
}

/* An organization ends with its last domain. */
static enum err
remove_job(struct db *db, struct op *op, void *arg)
{
	static const char used[] =
		"SELECT address FROM address WHERE domain = $1 LIMIT 1";
	static const char drop[] =
		"DELETE FROM domain WHERE name = $1 RETURNING organization";
	static const char reap[] =
		"DELETE FROM organization WHERE id <> $1 AND NOT EXISTS "
		"(SELECT 1 FROM domain WHERE organization = organization.id)";
	const struct naming *in = arg;
	const struct db_value name = db_text(in->domain);
	const struct db_value keep = db_int(ORGANIZATION_DEFAULT);
	struct db_rows rows;

	TRY(db_run(db, op, used, &name, 1, &rows));
	if (rows.n > 0)
		return FAIL(op, ERR_CONFLICT, "%s still has %s", in->domain,
			    db_as_text(&rows.value[0]));
	TRY(db_run(db, op, drop, &name, 1, &rows));
	if (rows.n != 1)
		return FAIL(op, ERR_NOT_FOUND, "no domain %s", in->domain);
	TRY(publication_want_inside(db, op, rows.value[0].number));
	TRY(db_run(db, op, reap, &keep, 1, &rows));
	TRY(domain_note(db, op, AUDIT_DOMAIN_REMOVE, in));
	return change_add(db, op, CHANGE_DOMAIN, 0, 0, in->domain);
}

enum err
store_domain_remove(struct store *s, struct op *op, const char *domain)
{
	struct naming in = { .domain = domain };

	return writer_run(s->writer, op, DB_MAIN, remove_job, &in);
}

/* row: name, organization, its name */
static struct domain
domain_of_row(const struct db_value *row)
{
	return (struct domain){
		.name = db_as_text(&row[0]),
		.organization = row[1].number,
		.organization_name = db_as_text(&row[2]),
	};
}

/* Packed: the number of the organization (0: no such domain), the domain's
 * name, the organization's. */
static struct bytes
pack(struct op *op, const char *name, const struct domain *d)
{
	size_t name_n = strlen(name) + 1;
	size_t other_n = d == NULL ? 0 : strlen(d->organization_name) + 1;
	const int64_t id = d == NULL ? 0 : d->organization;
	uint8_t *p = arena_alloc_raw(op->arena, sizeof(id) + name_n + other_n);

	memcpy(p, &id, sizeof(id));
	memcpy(p + sizeof(id), name, name_n);
	if (d != NULL)
		memcpy(p + sizeof(id) + name_n, d->organization_name, other_n);
	return (struct bytes){ p, sizeof(id) + name_n + other_n };
}

static bool
unpack(struct op *op, struct bytes kept, const char *name, struct domain *out)
{
	const char *text;

	if (kept.p == NULL ||
	    strcmp((const char *)kept.p + sizeof(int64_t), name) != 0)
		return false;
	kept = op_bytes(op, kept);
	memcpy(&out->organization, kept.p, sizeof(int64_t));
	text = (const char *)kept.p + sizeof(int64_t);
	out->name = text;
	out->organization_name =
		out->organization == 0 ? NULL : text + strlen(text) + 1;
	return true;
}

enum err
store_domain_find(struct store *s, struct op *op, const char *domain,
		  struct domain *out)
{
	static const char sql[] =
		"SELECT d.name, d.organization, o.name FROM domain d "
		"JOIN organization o ON o.id = d.organization "
		"WHERE d.name = $1";
	const struct cache_key key = { .kind = CACHE_DOMAIN,
				       .a = cache_hash(domain) };
	const struct db_value arg = db_text(domain);
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	if (!unpack(op, cache_find(r->small, key), domain, out)) {
		*out = (struct domain){ 0 };
		TRY(db_run(r->db[DB_MAIN], op, sql, &arg, 1, &rows));
		if (rows.n > 0)
			*out = domain_of_row(rows.value);
		cache_put(r->small, key,
			  pack(op, domain, rows.n > 0 ? out : NULL));
	}
	if (out->organization == 0)
		return FAIL(op, ERR_NOT_FOUND, "no domain %s", domain);
	return OK;
}

static void
list_of_rows(struct op *op, const struct db_rows *rows, struct domain_list *out)
{
	struct domain *domain = op_alloc(op, rows->n * sizeof(*domain));

	for (size_t i = 0; i < rows->n; i++)
		domain[i] = domain_of_row(db_row(rows, i));
	*out = (struct domain_list){ rows->n, domain };
}

enum err
store_domain_list(struct store *s, struct op *op, struct domain_list *out)
{
	static const char sql[] =
		"SELECT d.name, d.organization, o.name FROM domain d "
		"JOIN organization o ON o.id = d.organization ORDER BY d.name";
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, NULL, 0, &rows));
	list_of_rows(op, &rows, out);
	return OK;
}

/* A slash is what comes behind a dot. */
enum err
store_domain_begin(struct store *s, struct op *op, const char *label,
		   size_t most, struct domain_list *out)
{
	static const char of_any[] =
		"SELECT d.name, d.organization, o.name FROM domain d "
		"JOIN organization o ON o.id = d.organization "
		"ORDER BY d.name LIMIT $2";
	static const char of_one[] =
		"SELECT d.name, d.organization, o.name FROM domain d "
		"JOIN organization o ON o.id = d.organization "
		"WHERE d.name >= $1 || '.' AND d.name < $1 || '/' "
		"ORDER BY d.name LIMIT $2";
	const struct db_value args[] = { db_text(label), list_limit(most) };
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, label == NULL ? of_any : of_one, args,
		   COUNT(args), &rows));
	list_of_rows(op, &rows, out);
	return OK;
}

enum err
store_domain_list_of(struct store *s, struct op *op, int64_t organization,
		     size_t most, struct domain_list *out)
{
	static const char sql[] =
		"SELECT d.name, d.organization, o.name FROM domain d "
		"JOIN organization o ON o.id = d.organization "
		"WHERE d.organization = $1 ORDER BY d.name LIMIT $2";
	const struct db_value args[] = { db_int(organization),
					 list_limit(most) };
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, args, COUNT(args), &rows));
	list_of_rows(op, &rows, out);
	return OK;
}
