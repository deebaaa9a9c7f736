/* SPDX-License-Identifier: Apache-2.0 */

/* Directories of LDAP as a source of people: directory "title" { ... }. */
#include "base/text.h"
#include "wing/directory/ldap_filter.h"
#include "wing/directory/ldap_login.h"
#include "wing/directory/ldap_search.h"
#include "wing/directory/ldap_walk.h"
#include "wing/directory/ldap_write.h"

#include <string.h>

#define WORD "directory"
#define EVERYTHING "(objectClass=*)"
#define NO_ATTRIBUTES "1.1" /* RFC 4511 4.5.1.8 */

static size_t
section_count(const struct settings *s)
{
	return s->directories_n;
}

static void
section_fill(struct op *op, const struct settings *s, size_t i,
	     struct source *out)
{
	const struct directory_section *d = &s->directories[i];
	struct shape shape;

	shape_of(d, &shape);
	*out = (struct source){
		.kind = &source_ldap,
		.section = d,
		.name = op_print(op, WORD ":%s", d->title),
		.domains = d->domains,
		.refresh_s = d->refresh_s,
		.stale_max_s = d->stale_max_s,
		.poll_s = d->poll_s,
		.pictures = shape.photos[0] != NULL,
		.write_back = d->photo_write_back && shape.photos[0] != NULL,
		.passwords = d->login,
	};
}

/* ---- one person ---- */

struct finding {
	const struct source *source;
	const struct source_query *query;
	const struct shape *shape;
	const char *filter;
	unsigned want; /* of the query's, what is asked of the server */
	struct person *out;
};

static void
tell(const struct finding *f, const char *what, const char *found)
{
	if (f->query->step != NULL)
		f->query->step(f->query->arg, what, found);
}

/* LDAP compares in ways of its own; who is meant is for us to say. */
static bool
has_address(const struct person *person, const char *address)
{
	const char *const *alias = person->aliases;

	if (strcmp(person->address, address) == 0)
		return true;
	while (*alias != NULL && strcmp(*alias, address) != 0)
		alias++;
	return *alias != NULL;
}

static enum err
find_on(struct op *op, struct dsa *dsa, void *arg)
{
	const struct finding *f = arg;
	const struct directory_section *d = f->shape->section;
	const struct search search = {
		.base = d->base,
		.filter = f->filter,
		.attributes = shape_attributes(op, f->shape,
					       f->want & PERSON_WANT_PICTURES),
		.most = 2,
		.timeout_ms = d->timeout_ms,
	};
	struct search_found found;
	const char *wanted = f->query->address;

	dsa->heavy = (f->want & PERSON_WANT_PICTURES) != 0;
	tell(f, "search", op_print(op, "%s %s", d->base, f->filter));
	TRY(search_few(op, dsa, &search, &found));
	tell(f, "found", op_print(op, "%zu", found.n));
	if (found.n == 0)
		return FAIL(op, ERR_NOT_FOUND, "%s: nobody", f->source->name);
	if (found.n > 1)
		return FAIL(op, ERR_CONFLICT,
			    "%s: more than one has that address: %s and %s",
			    f->source->name, found.entry[0].dn,
			    found.entry[1].dn);
	tell(f, "entry", found.entry[0].dn);
	TRY(entry_person(op, f->shape, f->source, &found.entry[0], f->query,
			 f->out));
	if (wanted != NULL && !has_address(f->out, wanted))
		return FAIL(op, ERR_NOT_FOUND, "%s: %s has no address %s",
			    f->source->name, found.entry[0].dn, wanted);
	return OK;
}

static enum err
person_find(struct op *op, const struct source *source,
	    const struct source_query *query, struct person *out)
{
	struct shape shape;
	struct finding f = { .source = source,
			     .query = query,
			     .shape = &shape,
			     .want = query->want,
			     .out = out };
	enum err err;
	const struct dsa_wish wish = { .source = source,
				       .as = DSA_READER,
				       .query = query };

	shape_of(source->section, &shape);
	if (query->uid != NULL)
		TRY(filter_by_uid(op, &shape, query->uid, &f.filter));
	else
		TRY(filter_by_address(op, &shape, query->address, &f.filter));
	err = dsa_run(op, &wish, find_on, &f);
	/* Whoever has more of pictures than an answer may have, has none. */
	if (err == ERR_LIMIT && (f.want & PERSON_WANT_PICTURES) != 0) {
		tell(&f, "left out", op->reason);
		f.want &= ~(unsigned)PERSON_WANT_PICTURES;
		err = dsa_run(op, &wish, find_on, &f);
	}
	return err == ERR_LIMIT ? ERR_INVALID : err;
}

/* ---- is it there? ---- */

static enum err
ping_on(struct op *op, struct dsa *dsa, void *arg)
{
	const struct source *source = *(const struct source *const *)arg;
	const struct directory_section *d = source->section;
	const char *attributes[] = { NO_ATTRIBUTES, NULL };
	const struct search search = { .base = d->base,
				       .base_only = true,
				       .filter = EVERYTHING,
				       .attributes = attributes,
				       .most = 1,
				       .timeout_ms = d->timeout_ms };
	struct search_found found;

	TRY(search_few(op, dsa, &search, &found));
	if (found.n == 0)
		return FAIL(op, ERR_INVALID, "%s: %s may not be read by us",
			    dsa->uri, d->base);
	return OK;
}

static enum err
server_ping(struct op *op, const struct source *source)
{
	const struct dsa_wish wish = { .source = source, .as = DSA_READER };

	return dsa_run(op, &wish, ping_on, &source);
}

const struct source_kind source_ldap = {
	.word = WORD,
	.count = section_count,
	.fill = section_fill,
	.find = person_find,
	.check = login_try,
	.walk = walk_all,
	.changes = walk_changes,
	.write_picture = write_picture,
	.ping = server_ping,
};
