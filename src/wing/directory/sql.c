/* SPDX-License-Identifier: Apache-2.0 */

/*
 * People in a database of the site's, by queries of the configuration or of a
 * preset: sql "title" { ... }. What comes is believed no further than that it
 * is about whom was asked for.
 */
#include "wing/directory/sql_people.h"

#include "base/buf.h"
#include "base/idn.h"
#include "base/text.h"
#include "wing/directory/source.h"
#include "wing/directory/sql_link.h"
#include "wing/directory/sql_preset.h"

#include <pthread.h>
#include <string.h>

#define KIND "sql"
#define PAGES_MAX 1000000 /* of a walk */
#define WALK_KEEP (256 * KIB)
#define AFTER_MAX 1024 /* bytes of an address there, with NUL */
#define SOURCE_MAX 128 /* bytes of a section's name, with NUL */
#define NOBODY "nobody@frontdesk.invalid" /* RFC 6761 6.4 */

/* ---- the section ---- */

static size_t
sections_count(const struct settings *s)
{
	return s->sqls_n;
}

static void
section_fill(struct op *op, const struct settings *s, size_t i,
	     struct source *out)
{
	const struct sql_section *section = &s->sqls[i];

	*out = (struct source){
		.kind = &source_sql,
		.section = section,
		.name = op_print(op, KIND ":%s", section->title),
		.domains = section->domains,
		.refresh_s = section->refresh_s,
		.passwords = section->login,
	};
}

/* ---- asking ---- */

/* Tells who administers it; and the reason of a failure names the section. */
static void
step(const struct source_query *query, const char *what, const char *found)
{
	if (query != NULL && query->step != NULL)
		query->step(query->arg, what, found);
}

static const char *
before_at(struct op *op, const char *address)
{
	const char *at = strrchr(address, '@');

	return op_text(op, address, at == NULL ? 0 : (size_t)(at - address));
}

/* One of its queries, with these values. */
static enum err
ask(struct op *op, const struct source *source, const char *setting,
    const char *query, const char *const values[SQL_VALUE_COUNT],
    struct sql_rows *out)
{
	const struct sql_section *section = source->section;
	struct sql_text text;
	struct sql_ask what = { .text = &text };
	const char **v = what.value;
	enum err err;

	memcpy(v, values, sizeof(what.value));
	err = sql_text_read(op, query, sql_dialect(section->driver), &text);
	/* Without another identifier it is the address. */
	if (v[SQL_ADDRESS] == NULL && err == OK &&
	    !sql_text_has(&text, SQL_UID))
		v[SQL_ADDRESS] = v[SQL_UID];
	if (v[SQL_ADDRESS] != NULL) {
		v[SQL_LOCAL] = before_at(op, v[SQL_ADDRESS]);
		v[SQL_DOMAIN] = text_domain(v[SQL_ADDRESS]);
	}
	if (err == OK)
		err = sql_ask(op, section, &what, out);
	if (err != OK)
		return FAIL(op, err, "%s: %s: %s", source->name, setting,
			    op->reason);
	return OK;
}

/* His aliases, beside those that he has already. */
static enum err
aliases_add(struct op *op, const struct source *source, const char *query,
	    struct sql_person *p)
{
	const char *const values[SQL_VALUE_COUNT] = {
		[SQL_ADDRESS] = p->person.address, [SQL_UID] = p->person.uid
	};
	struct sql_rows rows;

	if (query == NULL)
		return OK;
	TRY(ask(op, source, "alias_query", query, values, &rows));
	return sql_person_aliases(op, &rows, p);
}

static const char *
rows_text(struct op *op, const struct sql_rows *rows)
{
	return op_print(op, "%zu row%s", rows->n, rows->n == 1 ? "" : "s");
}

/* His row or rows alone. */
static enum err
row_find(struct op *op, const struct source *source,
	 const struct source_query *query, struct sql_person *out)
{
	const char *const values[SQL_VALUE_COUNT] = {
		[SQL_ADDRESS] = query->address, [SQL_UID] = query->uid
	};
	struct sql_queries queries;
	struct sql_rows rows;
	size_t taken;

	sql_queries(source->section, &queries);
	TRY(ask(op, source, "person_query", queries.person, values, &rows));
	step(query, "person_query", rows_text(op, &rows));
	if (rows.n == 0)
		return FAIL(op, ERR_NOT_FOUND, "%s: nobody", source->name);
	TRY(sql_person_read(op, &rows, 0, &taken, out));
	if (taken < rows.n)
		return FAIL(op, ERR_CONFLICT,
			    "%s: person_query finds more than one",
			    source->name);
	if (query->uid != NULL && strcmp(query->uid, out->person.uid) != 0)
		return FAIL(op, ERR_INVALID,
			    "%s: person_query gives another uid than the one "
			    "it was asked for; use :uid in it",
			    source->name);
	out->person.source = source->name;
	out->person.asked = query->want;
	if ((query->want & PERSON_WANT_PASSWORD) == 0)
		out->person.password = NULL;
	return OK;
}

/*
 * How a database compares is its own: some take a for an accented one, or pass
 * over spaces. So an address is his only if he says it is.
 */
static enum err
sql_find(struct op *op, const struct source *source,
	 const struct source_query *query, struct person *out)
{
	struct sql_queries queries;
	struct sql_person p;

	TRY(row_find(op, source, query, &p));
	sql_queries(source->section, &queries);
	TRY(aliases_add(op, source, queries.alias, &p));
	*out = p.person;
	step(query, "addresses", sql_person_text(op, &p));
	if (query->address != NULL && !sql_person_has(&p, query->address))
		return FAIL(op, ERR_NOT_FOUND,
			    "%s: person_query finds %s, whose address it is "
			    "not by alias_query",
			    source->name, p.person.address);
	return OK;
}

/* ---- passwords ---- */

/* What the hashes of a section look like, so that nobody's password costs what
 * somebody's does. Until one was seen: the preset of PostfixAdmin. */
struct habit {
	char source[SOURCE_MAX];
	char hash[PERSON_PASSWORD_MAX + 1];
};

static pthread_mutex_t habits_lock = PTHREAD_MUTEX_INITIALIZER;
static struct habit habits[SQLS_MAX];
static size_t habits_n;

static const char habit_preset[] =
	"{SHA512-CRYPT}$6$frontdesknobody$IyyJTqr4EvnO6aPYhqXSXZ.Kw2YyUxMyq1Kd"
	"Jh4fTQkHpYc6a9sZkRtcTfXKnZ2DdYNLrWnQbWbYV1fGmSVfe.";

static struct habit *
habit_of(const char *source)
{
	size_t i = 0;

	while (i < habits_n && strcmp(habits[i].source, source) != 0)
		i++;
	if (i == habits_n && i < SQLS_MAX && strlen(source) < SOURCE_MAX)
		memcpy(habits[habits_n++].source, source, strlen(source) + 1);
	return i < habits_n ? &habits[i] : NULL;
}

static void
habit_keep(const char *source, const char *hash)
{
	struct habit *h;

	(void)pthread_mutex_lock(&habits_lock);
	h = habit_of(source);
	if (h != NULL && strlen(hash) < sizeof(h->hash))
		memcpy(h->hash, hash, strlen(hash) + 1);
	(void)pthread_mutex_unlock(&habits_lock);
}

static const char *
habit_get(struct op *op, const char *source)
{
	const char *hash = habit_preset;
	struct habit *h;

	(void)pthread_mutex_lock(&habits_lock);
	h = habit_of(source);
	if (h != NULL && h->hash[0] != '\0')
		hash = h->hash;
	hash = op_dup(op, hash);
	(void)pthread_mutex_unlock(&habits_lock);
	return hash;
}

/* A mark before a hash of crypt(3), or in its place, with which shadow(5) and
 * tables like it lock somebody out. */
static bool
is_locked(const char *hash)
{
	static const char crypt[] = "CRYPT}";
	const char *end = hash[0] == '{' ? strchr(hash, '}') : NULL;
	size_t n = end == NULL ? 0 : (size_t)(end + 1 - hash);

	if (n > 0 && (n < sizeof(crypt) ||
		      !text_case_starts(hash + n + 1 - sizeof(crypt), crypt)))
		return false;
	return hash[n] == '!' || hash[n] == '*';
}

/* Why his password is of no use; NULL: it is. */
static const char *
person_refused(const struct sql_person *p)
{
	if (p->person.disabled)
		return "not active";
	if (p->refused != NULL)
		return p->refused;
	if (p->person.password == NULL)
		return "no password is set";
	return is_locked(p->person.password) ? "the password is locked" : NULL;
}

/* The same for nobody: a row is asked for, and there is a hash to check. */
static enum err
sql_check(struct op *op, const struct source *source,
	  const struct person_link *link, const char *password,
	  const char **hash)
{
	struct source_query query = { .uid = link == NULL ? NOBODY : link->uid,
				      .want = PERSON_WANT_PASSWORD };
	struct sql_person p = { .refused = "no longer there" };
	enum err err = row_find(op, source, &query, &p);
	const char *refused;

	(void)password;
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	refused = person_refused(&p);
	*hash = p.person.password;
	if (*hash != NULL && !is_locked(*hash))
		habit_keep(source->name, *hash);
	else
		*hash = habit_get(op, source->name);
	return refused == NULL || link == NULL
		       ? OK
		       : FAIL(op, ERR_AUTH, "%s: %s", source->name, refused);
}

/* ---- everybody ---- */

/* A page of them stays while each of its people is told, with memory of his
 * own. */
struct walk {
	const struct source *source;
	const struct sql_dialect *dialect;
	struct sql_queries queries;
	source_told *told;
	void *arg;
	struct op page, one;
};

static enum err
one_tell(struct walk *w, const struct sql_rows *rows, size_t at, size_t *taken)
{
	struct op *op = &w->one;
	struct sql_person p;
	enum err err;

	arena_reset(op->arena);
	err = sql_person_read(op, rows, at, taken, &p);
	if (err == ERR_INVALID) /* no address: it is not about a person */
		return OK;
	TRY(err);
	p.person.source = w->source->name;
	p.person.password = NULL;
	if (!sql_person_lists(rows))
		TRY(aliases_add(op, w->source, w->queries.alias, &p));
	return w->told(op, w->arg, &p.person);
}

static enum err
page_tell(struct walk *w, const struct sql_rows *rows)
{
	size_t taken;

	for (size_t at = 0; at < rows->n; at += taken)
		TRY(one_tell(w, rows, at, &taken));
	return OK;
}

/* *after: the address of its last row; NULL: that was the last page. */
static enum err
page_walk(struct walk *w, const char **after)
{
	struct op *op = &w->page;
	const char *const values[SQL_VALUE_COUNT] = { [SQL_AFTER] = *after };
	struct sql_rows rows;
	const char *last;
	struct sql_text text;

	TRY(sql_text_read(
		op, w->queries.list,
		sql_dialect(((const struct sql_section *)w->source->section)
				    ->driver),
		&text));
	TRY(ask(op, w->source, "list_query", w->queries.list, values, &rows));
	TRY(page_tell(w, &rows));
	last = sql_rows_last(&rows);
	if (rows.n == 0 || !sql_text_has(&text, SQL_AFTER)) {
		*after = NULL;
		return OK;
	}
	if (last == NULL || strcmp(last, *after) == 0)
		return FAIL(op, ERR_INVALID,
			    "%s: list_query does not go on behind :after",
			    w->source->name);
	*after = last;
	return OK;
}

static enum err
pages_walk(struct walk *w)
{
	char after[AFTER_MAX] = "";
	const char *next = after;

	for (unsigned i = 0; next != NULL; i++) {
		if (i == PAGES_MAX)
			return FAIL(&w->page, ERR_INVALID,
				    "%s: list_query has no end",
				    w->source->name);
		arena_reset(w->page.arena);
		TRY(page_walk(w, &next));
		if (next != NULL && strlen(next) >= sizeof(after))
			return FAIL(&w->page, ERR_INVALID,
				    "%s: list_query gives what is no address",
				    w->source->name);
		if (next != NULL)
			next = memcpy(after, next, strlen(next) + 1);
	}
	return OK;
}

static enum err
sql_walk(struct op *op, const struct source *source, source_told *told,
	 void *arg)
{
	const struct sql_section *section = source->section;
	struct walk w = { .source = source,
			  .told = told,
			  .arg = arg,
			  .page = *op,
			  .one = *op };
	enum err err;

	sql_queries(section, &w.queries);
	w.dialect = sql_dialect(section->driver);
	if (w.queries.list == NULL)
		return FAIL(op, ERR_NOT_FOUND, "%s: no list_query is set",
			    source->name);
	w.page.arena = arena_open(WALK_KEEP);
	w.one.arena = arena_open(WALK_KEEP);
	w.page.reason = w.one.reason = NULL;
	err = pages_walk(&w);
	if (err != OK)
		(void)FAIL(op, err, "%s",
			   w.one.reason != NULL    ? w.one.reason
			   : w.page.reason != NULL ? w.page.reason
						   : "");
	arena_close(w.page.arena);
	arena_close(w.one.arena);
	return err;
}

/* Do its queries work, for somebody who is not there? */
static enum err
sql_is_there(struct op *op, const struct source *source)
{
	struct source_query query = { .address = NOBODY };
	struct sql_person p = { .person = { .address = NOBODY,
					    .uid = NOBODY } };
	struct sql_queries queries;
	enum err err;

	if (sql_ping(op, source->section) != OK)
		return FAIL(op, ERR_DOWN, "%s: %s", source->name, op->reason);
	err = row_find(op, source, &query, &p);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	sql_queries(source->section, &queries);
	return aliases_add(op, source, queries.alias, &p);
}

const struct source_kind source_sql = {
	.word = KIND,
	.count = sections_count,
	.fill = section_fill,
	.find = sql_find,
	.check = sql_check,
	.walk = sql_walk,
	.ping = sql_is_there,
};
