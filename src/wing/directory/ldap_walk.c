/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/directory/ldap_walk.h"

#include "base/text.h"
#include "wing/directory/ldap_filter.h"
#include "wing/directory/ldap_page.h"
#include "wing/directory/ldap_search.h"

#include <string.h>

#define KEEP (64 * KIB)   /* of memory, between two people */
#define PAGES_MAX 1000000 /* of one walk: a server that has no end */
#define SKEW_S 300        /* by which a server's clock may be behind */
#define USN_CHANGED "uSNChanged"
#define MODIFIED "modifyTimestamp"
#define LIFE_MAX 64 /* bytes of an invocationId */

struct walking {
	const struct source *source;
	const struct shape *shape;
	const struct directory_section *section;
	const char *filter;
	const char **attributes;
	unsigned want;
	source_told *told;
	void *arg;

	struct op person; /* whose arena each person is in */
	enum err err;     /* what `told` said; ends the walk */
	uint64_t people, lacking;
	const char *lacks; /* why the last was left out */
	bool timed;        /* the latest change of all is noted */
	struct walk_time latest;

	/* changes of AD */
	struct walk_usn mark, now;
	bool marked; /* there is a mark */
};

/* ---- one entry ---- */

static void
latest_note(struct walking *w, const struct entry *entry)
{
	const struct entry_attribute *a = entry_find(entry, MODIFIED);
	int64_t changed;

	if (!w->timed || a == NULL ||
	    !walk_time_parse(&w->person, a->value[0], &changed) ||
	    changed <= w->latest.latest)
		return;
	w->latest.latest = changed;
	w->latest.seen = w->person.now;
}

/* Who lacks something is no reason to leave out the others. */
static void
walk_entry(struct walking *w, struct dsa *dsa, LDAPMessage *message)
{
	const struct source_query query = { .want = w->want };
	struct op *op = &w->person;
	struct person person;
	struct entry entry;
	enum err err;

	arena_reset(op->arena);
	op->reason = NULL;
	err = entry_read(op, dsa->ld, message, &entry);
	if (err == OK) {
		latest_note(w, &entry);
		err = entry_person(op, w->shape, w->source, &entry, &query,
				   &person);
	}
	w->people++;
	if (err != OK) {
		w->lacking += err == ERR_INVALID;
		return;
	}
	w->err = w->told(op, w->arg, &person);
}

/* ---- one page ---- */

static enum err
walk_page(struct op *op, struct dsa *dsa, struct walking *w,
	  struct berval *cookie)
{
	const struct search search = { .base = w->section->base,
				       .filter = w->filter,
				       .attributes = w->attributes,
				       .most = SEARCH_ANY,
				       .timeout_ms = w->section->timeout_ms };
	int id;

	dsa->heavy = (w->want & PERSON_WANT_PICTURES) != 0;
	dsa_begin(op, dsa, w->section);
	TRY(page_send(op, dsa, &search, w->section->page_size, cookie, &id));
	while (w->err == OK) {
		CLEANUP(dsa_message_drop) LDAPMessage *message = NULL;

		TRY(dsa_wait(op, dsa, id, false, &message));
		if (ldap_msgtype(message) == LDAP_RES_SEARCH_RESULT)
			return page_end(op, dsa, message, cookie);
		if (ldap_msgtype(message) == LDAP_RES_SEARCH_ENTRY)
			walk_entry(w, dsa, message);
		dsa_begin(op, dsa, w->section); /* told may have taken long */
	}
	dsa->dead = true; /* the rest of the page is still to come */
	return OK;
}

/* Once people were told, nobody tells them again from another server. */
static enum err
walk_pages(struct op *op, struct dsa *dsa, struct walking *w)
{
	CLEANUP(page_drop) struct berval cookie = { 0, NULL };
	/* memory of each page's own: there may be many */
	struct arena *mine = op->arena, *arena = arena_open(KEEP);
	enum err err = OK;

	for (unsigned i = 0; i < PAGES_MAX && err == OK && w->err == OK; i++) {
		arena_reset(arena);
		op->arena = arena;
		err = walk_page(op, dsa, w, &cookie);
		op->arena = mine;
		if (cookie.bv_len == 0)
			break;
	}
	if (op->reason != NULL)
		op->reason = op_dup(op, op->reason);
	arena_close(arena);
	return err;
}

static enum err
walk_on(struct op *op, struct dsa *dsa, void *arg)
{
	struct walking *w = arg;

	if (w->people > 0)
		return FAIL(op, ERR_DOWN, "%s: it ended in the middle: %s",
			    w->source->name,
			    op->reason == NULL ? "?" : op->reason);
	return walk_pages(op, dsa, w);
}

/* ---- all of it ---- */

/* `use` on a server, with memory for one person at a time. */
static enum err
walk_run(struct op *op, struct walking *w, dsa_use *use)
{
	const struct dsa_wish wish = { .source = w->source, .as = DSA_READER };
	struct arena *arena = arena_open(KEEP);
	enum err err;

	w->person = *op;
	w->person.arena = arena;
	err = dsa_run(op, &wish, use, w);
	if (err == OK && w->err != OK)
		err = op_fail(op, w->err, "%s",
			      w->person.reason == NULL ? "" : w->person.reason);
	if (err == OK && w->people > 0 && w->lacking == w->people)
		err = op_fail(op, ERR_INVALID, "%s: %s", w->source->name,
			      w->person.reason == NULL ? "" : w->person.reason);
	arena_close(arena);
	return err;
}

static void
walk_begin(struct walking *w, struct shape *shape, const struct source *source)
{
	shape_of(source->section, shape);
	w->source = source;
	w->shape = shape;
	w->section = source->section;
}

enum err
walk_all(struct op *op, const struct source *source, source_told *told,
	 void *arg)
{
	struct walking w = { .told = told, .arg = arg };
	struct shape shape;

	walk_begin(&w, &shape, source);
	w.attributes = shape_attributes(op, &shape, false);
	TRY(filter_of_all(op, &shape, NULL, &w.filter));
	return walk_run(op, &w, walk_on);
}

/* ---- changes: by time ---- */

static const char **
with_attribute(struct op *op, const char **list, const char *more)
{
	size_t n = 0;
	const char **out;

	while (list[n] != NULL)
		n++;
	out = op_alloc(op, (n + 2) * sizeof(*out));
	memcpy(out, list, n * sizeof(*out));
	out[n] = more;
	return out;
}

static enum err
changes_by_time(struct op *op, struct walking *w, const char *mark,
		const char **next)
{
	struct walk_time from = { op->now - SKEW_S, 0 };

	if (mark == NULL || !walk_time_read(mark, &from)) {
		*next = walk_time_write(op, &from);
		return OK;
	}
	w->latest = from;
	w->timed = true;
	w->attributes = with_attribute(op, w->attributes, MODIFIED);
	TRY(filter_of_all(
		op, w->shape,
		op_print(op, "(" MODIFIED ">=%s)",
			 walk_time_print(op, walk_time_from(&from, op->now))),
		&w->filter));
	TRY(walk_run(op, w, walk_on));
	*next = walk_time_write(op, &w->latest);
	return OK;
}

/* ---- changes: by number ---- */

/* The value of an attribute of the server's own entry, or of another one. */
static enum err
value_read(struct op *op, struct dsa *dsa, const struct walking *w,
	   const char *dn, const char *name, struct bytes *out)
{
	const char *attributes[] = { name, NULL };
	const struct search search = { .base = dn,
				       .base_only = true,
				       .filter = "(objectClass=*)",
				       .attributes = attributes,
				       .most = 1,
				       .timeout_ms = w->section->timeout_ms };
	const struct entry_attribute *a;
	struct search_found found;

	TRY(search_few(op, dsa, &search, &found));
	a = found.n == 0 ? NULL : entry_find(&found.entry[0], name);
	if (a == NULL || a->value[0].n == 0)
		return FAIL(op, ERR_INVALID,
			    "%s: its %s may not be read: set poll_s = 0, or "
			    "give us the right",
			    dsa->uri, name);
	*out = a->value[0];
	return OK;
}

/* Which server it is, and which life of it: numbers begin anew when it was
 * restored from a backup. */
static enum err
server_read(struct op *op, struct dsa *dsa, const struct walking *w,
	    struct walk_usn *out)
{
	struct bytes number, name, life;
	const char *text;

	TRY(value_read(op, dsa, w, "", "highestCommittedUSN", &number));
	TRY(value_read(op, dsa, w, "", "dsServiceName", &name));
	text = op_text(op, (const char *)number.p, number.n);
	if (!text_utf8(number) ||
	    !text_number(text, 0, INT64_MAX - 1, &out->number) ||
	    !text_utf8(name) || name.n > WALK_MARK_MAX / 2)
		return FAIL(op, ERR_INVALID,
			    "%s: its highestCommittedUSN or dsServiceName is "
			    "none",
			    dsa->uri);
	out->server = op_text(op, (const char *)name.p, name.n);
	if (value_read(op, dsa, w, out->server, "invocationId", &life) != OK)
		return dsa->dead ? ERR_DOWN : OK;
	if (life.n <= LIFE_MAX)
		out->server =
			op_print(op, "%s %s", text_hex(op, life), out->server);
	return OK;
}

static enum err
changes_on(struct op *op, struct dsa *dsa, void *arg)
{
	struct walking *w = arg;

	TRY(server_read(op, dsa, w, &w->now));
	/* of another server's numbers nothing is known: the sweep's task */
	if (!w->marked || strcmp(w->mark.server, w->now.server) != 0 ||
	    w->now.number <= w->mark.number)
		return OK;
	TRY(filter_of_all(op, w->shape,
			  op_print(op, "(" USN_CHANGED ">=%lld)",
				   (long long)w->mark.number + 1),
			  &w->filter));
	return walk_on(op, dsa, w);
}

static enum err
changes_by_number(struct op *op, struct walking *w, const char *mark,
		  const char **next)
{
	w->marked = mark != NULL && walk_usn_read(op, mark, &w->mark);
	TRY(walk_run(op, w, changes_on));
	*next = walk_usn_write(op, &w->now);
	return OK;
}

/* `w` says what is wanted and who is told. */
static enum err
changes(struct op *op, const struct source *source, struct walking w,
	const char *mark, const char **next)
{
	struct shape shape;

	walk_begin(&w, &shape, source);
	w.attributes =
		shape_attributes(op, &shape, w.want & PERSON_WANT_PICTURES);
	return shape.ad ? changes_by_number(op, &w, mark, next)
			: changes_by_time(op, &w, mark, next);
}

/* One whose pictures are too large for an answer holds up nobody: then all are
 * told without pictures, which are asked for when they are too old. */
enum err
walk_changes(struct op *op, const struct source *source, const char *mark,
	     const char **next, source_told *told, void *arg)
{
	struct walking w = { .told = told,
			     .arg = arg,
			     .want = PERSON_WANT_PICTURES };
	enum err err = changes(op, source, w, mark, next);

	w.want = 0;
	return err == ERR_LIMIT ? changes(op, source, w, mark, next) : err;
}
