/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a look-up comes upon, told step by step; nothing is kept of it, and
 * what is remembered of others does not count.
 */
#include "wing/directory/people.h"

#include "base/idn.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

struct trace {
	directory_step *told;
	void *arg;
};

static const char *const states[] = {
	[PERSON_ACTIVE] = "active",
	[PERSON_DISABLED] = "disabled",
	[PERSON_GONE] = "gone",
};

const char *
person_state_word(unsigned state)
{
	return state < COUNT(states) && states[state] != NULL ? states[state]
							      : "unknown";
}

/* The reason of a failure, or its name. */
static const char *
failure(const struct op *op, enum err err)
{
	return op->reason != NULL ? op->reason : err_name(err);
}

/* The same for a line that begins with the name already. */
static const char *
failure_of(const struct op *op, enum err err, const char *name)
{
	const char *said = failure(op, err);
	size_t n = strlen(name);

	if (strncmp(said, name, n) == 0 && strncmp(said + n, ": ", 2) == 0)
		said += n + 2;
	return said;
}

/* ---- each source by itself ---- */

enum err
directory_ping(struct directory *d, struct op *op, directory_step *told,
	       void *arg)
{
	struct source_list list;
	enum err worst = OK;

	(void)d;
	TRY(sources_list(op, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct source *source = &list.source[i];
		enum err err;

		op->reason = NULL;
		err = source->kind->ping(op, source);
		told(arg, source->name,
		     err == OK ? "answers" : failure(op, err));
		if (err != OK)
			worst = err;
	}
	return worst;
}

/* ---- what the store has ---- */

static void
tie_tell(struct directory *d, struct op *op, const struct trace *t,
	 const struct mailbox *m)
{
	struct person_link link;
	const char *when;

	if (store_person_get(d->store, op, m->id, &link) != OK) {
		t->told(t->arg, "source", "none: it is our own");
		return;
	}
	when = op_print(op, "%" PRId64 " s ago", op->now - link.checked);
	t->told(t->arg, "source",
		op_print(op, "%s, %s, asked %s", link.source,
			 person_state_word(link.state), when));
	t->told(t->arg, "uid", link.uid);
	t->told(t->arg, "login", link.login);
}

static enum err
store_tell(struct directory *d, struct op *op, const struct trace *t,
	   const char *address)
{
	const struct mailbox *m;
	enum err err = store_mailbox_find(d->store, op, address, &m);

	if (err == ERR_NOT_FOUND) {
		t->told(t->arg, "store", "nobody has this address yet");
		return OK;
	}
	TRY(err);
	t->told(t->arg, "store",
		op_print(op, "mailbox %" PRId64 ", %s", m->id, m->address));
	tie_tell(d, op, t, m);
	return OK;
}

/* ---- what the sources say ---- */

/* Whose mailbox the person is, or would be; the source has told the rest. */
static void
place_tell(struct directory *d, struct op *op, const struct trace *t,
	   const struct person *p)
{
	struct person_link link;
	const struct mailbox *m;
	enum err err =
		store_person_find(d->store, op, p->source, p->uid, &link);

	if (err == OK)
		err = store_mailbox_get(d->store, op, link.mailbox, &m);
	if (err == OK)
		t->told(t->arg, "mailbox",
			op_print(op, "%" PRId64 ", %s", m->id, m->address));
	else
		t->told(t->arg, "mailbox",
			p->disabled ? "none: he is disabled there"
				    : "made when it is asked for");
}

static enum err
source_tell(struct directory *d, struct op *op, const struct trace *t,
	    const struct source *source, const char *address)
{
	const struct source_query query = { .address = address,
					    .want = PERSON_WANT_PICTURES,
					    .step = t->told,
					    .arg = t->arg };
	int64_t began_us = op_clock_us();
	struct person person;
	enum err err;

	op->reason = NULL;
	err = people_ask(d, op, source, &query, &person);
	t->told(t->arg, source->name,
		op_print(op, "%s, in %" PRId64 " ms",
			 err == OK ? "one person"
				   : failure_of(op, err, source->name),
			 (op_clock_us() - began_us) / 1000));
	if (err != OK)
		return err;
	place_tell(d, op, t, &person);
	return OK;
}

/* Goes on behind a source that is down, as a look-up does. */
static enum err
sources_tell(struct directory *d, struct op *op, const struct trace *t,
	     const char *address)
{
	struct source_list list;
	enum err worst = ERR_NOT_FOUND;

	TRY(sources_list(op, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct source *source = &list.source[i];
		enum err err;

		if (!source_serves(op, source, text_domain(address))) {
			t->told(t->arg, source->name,
				"does not serve the domain");
			continue;
		}
		err = source_tell(d, op, t, source, address);
		if (err == OK)
			return OK;
		if (err != ERR_NOT_FOUND)
			worst = err;
	}
	if (list.n == 0)
		t->told(t->arg, "sources", "none are configured");
	if (worst == ERR_NOT_FOUND)
		return FAIL(op, worst, "no source knows %s", address);
	return worst;
}

enum err
directory_trace(struct directory *d, struct op *op, const char *address,
		directory_step *told, void *arg)
{
	const struct trace t = { told, arg };
	struct domain domain;
	enum err err;

	if (!text_is_address(address))
		return FAIL(op, ERR_INVALID, "%s is not an address", address);
	address = idn_fold(op, address);
	told(arg, "address", address);
	err = store_domain_find(d->store, op, text_domain(address), &domain);
	if (err == ERR_NOT_FOUND)
		told(arg, "domain", "not an accepted one");
	TRY(err);
	told(arg, "domain",
	     op_print(op, "accepted%s%s",
		      *domain.organization_name == '\0' ? ""
							: ", of organization ",
		      domain.organization_name));
	TRY(store_tell(d, op, &t, address));
	return sources_tell(d, op, &t, address);
}
