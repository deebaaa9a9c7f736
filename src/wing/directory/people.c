/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How a person of a source outside becomes a mailbox, and stays what the
 * source says of him.
 */
#include "wing/directory/people.h"

#include "base/text.h"

#include <string.h>

/* ---- whose a mailbox is ---- */

enum err
tie_get(struct directory *d, struct op *op, const struct mailbox *mailbox,
	struct tie *out)
{
	const char *reason = op->reason;
	struct source_list list;
	enum err err;

	*out = (struct tie){ .mailbox = mailbox };
	if (!sources_any(op))
		return OK;
	err = store_person_get(d->store, op, mailbox->id, &out->link);
	if (err == ERR_NOT_FOUND) {
		op->reason = reason; /* that is none */
		return OK;
	}
	TRY(err);
	TRY(sources_list(op, &list));
	out->source = sources_find(&list, out->link.source);
	return OK;
}

static bool
person_is(const struct person *p, const struct person_link *link)
{
	return p != NULL && strcmp(p->uid, link->uid) == 0 &&
	       strcmp(p->source, link->source) == 0;
}

/* Too old to be believed, unless this op has asked already. A clock that was
 * set back makes everything too old, once. */
static bool
tie_is_due(const struct op *op, const struct tie *tie)
{
	return (op->now - tie->link.checked >= tie->source->refresh_s ||
		tie->link.checked > op->now) &&
	       !person_is(op->person, &tie->link);
}

/* ---- what a source says ---- */

static size_t
aliases_count(const struct person *p)
{
	size_t n = 0;

	while (p->aliases[n] != NULL)
		n++;
	return n;
}

enum err
people_narrow(struct op *op, const struct source *source, struct person *person)
{
	const char **keep;
	size_t n = 0;

	if (source->domains == NULL || source->domains[0] == NULL)
		return OK;
	keep = op_alloc(op, (aliases_count(person) + 1) * sizeof(*keep));
	for (const char *const *a = person->aliases; *a != NULL; a++) {
		if (source_serves(op, source, text_domain(*a)))
			keep[n++] = *a;
	}
	person->aliases = keep;
	if (source_serves(op, source, text_domain(person->address)))
		return OK;
	if (n == 0)
		return FAIL(op, ERR_NOT_FOUND, "%s is of no domain of %s",
			    person->address, source->name);
	person->address = keep[0];
	return OK;
}

struct person
people_copy(struct op *op, const struct person *in)
{
	const char **aliases =
		op_alloc(op, (aliases_count(in) + 1) * sizeof(*aliases));

	for (size_t i = 0; in->aliases[i] != NULL; i++)
		aliases[i] = op_dup(op, in->aliases[i]);
	return (struct person){
		.source = op_dup(op, in->source),
		.uid = op_dup(op, in->uid),
		.address = op_dup(op, in->address),
		.aliases = aliases,
		.name = op_dup(op, in->name),
		.login = op_dup(op, in->login),
		.disabled = in->disabled,
	};
}

/* ---- asking ---- */

enum err
people_ask(struct directory *d, struct op *op, const struct source *source,
	   const struct source_query *query, struct person *out)
{
	int64_t began_us = op_clock_us();
	enum err err = source->kind->find(op, source, query, out);

	if (err == ERR_LIMIT) /* that is no fault of who asks us */
		err = ERR_INVALID;
	if (err == OK)
		err = people_narrow(op, source, out);
	people_count(d, source, err, op_clock_us() - began_us);
	return err;
}

/* The same for an op, which keeps what it learns. */
static enum err
ask(struct directory *d, struct op *op, const struct source *source,
    struct source_query query)
{
	struct person *person = op_alloc(op, sizeof(*person));

	query.want = op->want;
	TRY(people_ask(d, op, source, &query, person));
	op->person = person;
	return OK;
}

/* The end of a question, and what the source said. An op that came too late
 * says nothing of the source. */
static void
ask_end(struct directory *d, const struct op *op, struct asked_key key,
	enum err said)
{
	if (said == ERR_DOWN && op_left_ms(op) == 0)
		said = ERR_UNKNOWN;
	asked_end(d->asked, key, said);
}

/*
 * Has somebody else the address of a person only because nobody has asked for
 * him since? He is asked for, by what he is known by; if he has gone, or has
 * another address now, the way is free.
 */
static bool
way_clear(struct directory *d, struct op *op, const struct source_list *sources,
	  const char *address)
{
	const struct mailbox *m;
	struct person_link link;
	const struct source *source;
	struct person other;
	enum err err;

	if (store_mailbox_find(d->store, op, address, &m) != OK ||
	    store_person_get(d->store, op, m->id, &link) != OK)
		return false;
	source = sources_find(sources, link.source);
	err = ERR_NOT_FOUND;
	if (source != NULL)
		err = people_ask(d, op, source,
				 &(struct source_query){ .uid = link.uid },
				 &other);
	if (err == ERR_NOT_FOUND)
		return store_person_state(d->store, op, m->id, PERSON_GONE) ==
		       OK;
	return err == OK && strcmp(other.address, address) != 0 &&
	       store_person_put(d->store, op, &other, &m) == OK;
}

enum err
people_put(struct directory *d, struct op *op,
	   const struct source_list *sources, const struct person *in,
	   const struct mailbox **out)
{
	enum err err = store_person_put(d->store, op, in, out);
	const char *reason = op->reason;

	if (err != ERR_CONFLICT)
		return err;
	if (!way_clear(d, op, sources, in->address)) {
		op->reason = reason;
		return err;
	}
	return store_person_put(d->store, op, in, out);
}

/* ---- who is known ---- */

static enum err
renew_ask(struct directory *d, struct op *op, const struct tie *tie,
	  enum err *said)
{
	const struct mailbox *m;
	struct source_list list;
	enum err err = ask(d, op, tie->source,
			   (struct source_query){ .uid = tie->link.uid });

	*said = err;
	if (err == ERR_NOT_FOUND)
		return store_person_state(d->store, op, tie->mailbox->id,
					  PERSON_GONE);
	if (err != OK)
		return err;
	TRY(sources_list(op, &list));
	err = people_put(d, op, &list, op->person, &m);
	if (err != ERR_CONFLICT && err != ERR_NOT_FOUND && err != ERR_INVALID)
		return err;
	/* What he is now has no place here: he stays what he was. */
	return store_person_state(d->store, op, tie->mailbox->id,
				  op->person->disabled ? PERSON_DISABLED
						       : PERSON_ACTIVE);
}

/* *again: something may have changed. OK also when nothing could be learned,
 * for then all stays as it is. */
static enum err
renew(struct directory *d, struct op *op, struct tie *tie, bool *again)
{
	const struct asked_key key =
		asked_key(d->asked, tie->source->name, 'u', tie->link.uid);
	enum err err, said;

	if (asked_is_down(d->asked, key))
		return OK;
	TRY(op_wait(op, POOL_DIRECTORY));
	switch (asked_begin(d->asked, op, key)) {
	case ASK_DOWN:
		return OK;
	case ASK_LATE:
		return FAIL(op, ERR_DOWN, "%s does not answer in time",
			    tie->source->name);
	case ASK_ENDED:
		op->view = NULL;
		*again = true;
		return OK;
	case ASK_MINE:
		break;
	}
	err = renew_ask(d, op, tie, &said);
	ask_end(d, op, key, said);
	*again = err == OK;
	if (err == ERR_DOWN || err == ERR_CONFLICT || err == ERR_INVALID)
		return OK;
	return err;
}

enum err
people_settle(struct directory *d, struct op *op, const struct mailbox *mailbox,
	      bool *again)
{
	struct tie tie;

	TRY(tie_get(d, op, mailbox, &tie));
	if (tie.source == NULL)
		return OK;
	if (!*again && tie_is_due(op, &tie))
		TRY(renew(d, op, &tie, again));
	else
		*again = false;
	if (*again || tie.link.state == PERSON_ACTIVE)
		return OK;
	return FAIL(op, ERR_NOT_FOUND, "%s is %s in %s", mailbox->address,
		    tie.link.state == PERSON_GONE ? "gone" : "disabled",
		    tie.link.source);
}

/* ---- who is not ---- */

static enum err
nobody(struct op *op, const struct source *source, const char *address)
{
	return FAIL(op, ERR_NOT_FOUND, "%s: %s knows nobody", address,
		    source->name);
}

static enum err
is_down(struct op *op, const struct source *source)
{
	return FAIL(op, ERR_DOWN, "%s does not answer", source->name);
}

/* As the store has him, if somebody was faster. Whoever was may have failed:
 * that nobody is there is only what the source said. */
static enum err
seek_again(struct directory *d, struct op *op, const struct source *source,
	   struct asked_key key, const char *address,
	   const struct mailbox **out)
{
	enum err err;

	op->view = NULL;
	err = store_mailbox_find(d->store, op, address, out);
	if (err != ERR_NOT_FOUND)
		return err;
	if (asked_is_nobody(d->asked, key))
		return nobody(op, source, address);
	return FAIL(op, ERR_DOWN, "%s: %s could not tell", address,
		    source->name);
}

/* Two that have the same address are nobody, as one that has no place here. */
static enum err
seek_ask(struct directory *d, struct op *op, const struct source *source,
	 const char *address, enum err *said, const struct mailbox **out)
{
	struct source_list list;
	enum err err =
		ask(d, op, source, (struct source_query){ .address = address });

	*said = err;
	if (err == ERR_INVALID) /* it could not be asked: nobody knows */
		return FAIL(op, ERR_INTERNAL, "%s", op->reason);
	if (err == OK && op->person->disabled) {
		const struct mailbox *barred;

		(void)store_person_put(d->store, op, op->person, &barred);
		return FAIL(op, ERR_NOT_FOUND, "%s is disabled in %s", address,
			    source->name);
	}
	if (err == OK) {
		TRY(sources_list(op, &list));
		err = people_put(d, op, &list, op->person, out);
	}
	if (err == ERR_CONFLICT || err == ERR_INVALID)
		return ERR_NOT_FOUND;
	return err;
}

static enum err
seek(struct directory *d, struct op *op, const struct source *source,
     const char *address, const struct mailbox **out)
{
	const struct asked_key key =
		asked_key(d->asked, source->name, 'a', address);
	enum err err, said = ERR_UNKNOWN;

	if (asked_is_nobody(d->asked, key))
		return nobody(op, source, address);
	if (asked_is_down(d->asked, key))
		return is_down(op, source);
	TRY(op_wait(op, POOL_DIRECTORY));
	switch (asked_begin(d->asked, op, key)) {
	case ASK_DOWN:
		return is_down(op, source);
	case ASK_LATE:
		return FAIL(op, ERR_DOWN, "%s does not answer in time",
			    source->name);
	case ASK_ENDED:
		return seek_again(d, op, source, key, address, out);
	case ASK_MINE:
		break;
	}
	/* Somebody may have asked since this op looked. */
	op->view = NULL;
	err = store_mailbox_find(d->store, op, address, out);
	if (err == ERR_NOT_FOUND && !asked_is_nobody(d->asked, key))
		err = seek_ask(d, op, source, address, &said, out);
	ask_end(d, op, key, err == ERR_NOT_FOUND ? err : said);
	return err;
}

enum err
people_find(struct directory *d, struct op *op, const char *address,
	    int64_t organization, const struct mailbox **out)
{
	const struct source *down = NULL;
	struct source_list list;
	struct domain domain = { 0 };

	TRY(store_domain_find(d->store, op, text_domain(address), &domain));
	if (organization != 0 && domain.organization != organization)
		return FAIL(op, ERR_NOT_FOUND, "of another organization");
	TRY(sources_list(op, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct source *source = &list.source[i];
		enum err err;

		if (!source_serves(op, source, domain.name))
			continue;
		err = seek(d, op, source, address, out);
		if (err == ERR_DOWN)
			down = source;
		else if (err != ERR_NOT_FOUND)
			return err;
	}
	return down != NULL ? is_down(op, down) : ERR_NOT_FOUND;
}

/* ---- passwords and pictures ---- */

static enum err
down_or(struct directory *d, struct op *op, const struct source *source,
	struct asked_key *key)
{
	*key = asked_key(d->asked, source->name, 'u', "");
	return asked_is_down(d->asked, *key) ? is_down(op, source) : OK;
}

enum err
people_check(struct directory *d, struct op *op, const struct source *source,
	     const struct person_link *link, const char *password,
	     const char **hash)
{
	struct asked_key key;
	int64_t began_us;
	enum err err;

	TRY(down_or(d, op, source, &key));
	TRY(op_wait(op, POOL_DIRECTORY));
	began_us = op_clock_us();
	err = source->kind->check(op, source, link, password, hash);
	people_count(d, source, err, op_clock_us() - began_us);
	if (err == ERR_DOWN)
		ask_end(d, op, key, err);
	return err;
}

enum err
people_pictures(struct directory *d, struct op *op, const struct tie *tie,
		const struct person **out)
{
	const struct mailbox *m;
	struct source_list list;
	struct asked_key key;
	enum err err;

	if (person_is(op->person, &tie->link) &&
	    (op->person->asked & PERSON_WANT_PICTURES) != 0) {
		*out = op->person;
		return OK;
	}
	TRY(down_or(d, op, tie->source, &key));
	TRY(op_wait(op, POOL_DIRECTORY));
	op->want |= PERSON_WANT_PICTURES;
	err = ask(d, op, tie->source,
		  (struct source_query){ .uid = tie->link.uid });
	if (err == ERR_DOWN)
		ask_end(d, op, key, err);
	if (err == ERR_NOT_FOUND)
		(void)store_person_state(d->store, op, tie->mailbox->id,
					 PERSON_GONE);
	TRY(err);
	TRY(sources_list(op, &list));
	*out = op->person;
	(void)people_put(d, op, &list, op->person, &m);
	return OK;
}
