/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Scripts at a server that takes them by RFC 5804: Dovecot, Cyrus, Stalwart. A
 * master user signs in for each of their owners. One connection is kept, while
 * the same owner follows or the server lets another one take it over.
 */
#include "base/text.h"
#include "wing/backend/backends.h"
#include "wing/backend/managesieve_put.h"
#include "wing/backend/managesieve_script.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_TRIED (16 * MIB) /* bytes: who has room for that has for all */
#define TEST_SUFFIX "-test"   /* of the script that a test puts */

struct managesieve {
	struct backend base;
	struct ms_link link;
	uint64_t most; /* what it had room for the last time; 0: not asked */
};

static struct managesieve *
managesieve_of(struct backend *b)
{
	return (struct managesieve *)(void *)b;
}

static enum err
managesieve_open(struct op *op, const struct backend_section *section,
		 struct backend **out)
{
	struct managesieve *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return FAIL(op, ERR_DOWN, "no memory for a backend");
	m->base = (struct backend){ &managesieve_ops, section };
	ms_link_init(&m->link, section);
	*out = &m->base;
	return OK;
}

static void
managesieve_close(struct backend *b)
{
	if (b == NULL)
		return;
	ms_link_done(&managesieve_of(b)->link);
	free(b);
}

/* What is not there, after all, was there a moment ago. */
static enum err
outward(enum err err)
{
	return err == ERR_NOT_FOUND ? ERR_DOWN : err;
}

static enum err
managesieve_put(struct backend *b, struct op *op, const char *user,
		struct bytes script)
{
	struct ms_link *l = &managesieve_of(b)->link;

	TRY(ms_link_for(op, l, user));
	return outward(ms_publish(op, l, script));
}

static enum err
managesieve_get(struct backend *b, struct op *op, const char *user,
		struct bytes *out)
{
	struct ms_link *l = &managesieve_of(b)->link;

	TRY(ms_link_for(op, l, user));
	return outward(ms_published(op, l, out));
}

/* ---- how much it takes ---- */

/* Is there room for so many? */
static enum err
has_room(struct managesieve *m, struct op *op, uint64_t size, bool *out)
{
	enum err err = ms_space(op, &m->link, m->base.section->script, size);

	*out = err == OK;
	return err == ERR_LIMIT ? OK : err;
}

/* Is it just this? */
static enum err
most_guess(struct managesieve *m, struct op *op, uint64_t guess, uint64_t *low,
	   uint64_t *high)
{
	for (uint64_t size = guess; size <= guess + 1; size++) {
		bool room;

		if (size <= *low || size >= *high)
			continue;
		TRY(has_room(m, op, size, &room));
		*(room ? low : high) = size;
	}
	return OK;
}

/* What it was the last time, or what servers have by default; else by halves.
 */
static enum err
most_find(struct managesieve *m, struct op *op)
{
	const uint64_t guesses[] = { m->most, MIB /* Dovecot */,
				     100 * KIB /* Stalwart */,
				     32 * KIB /* Cyrus */ };
	uint64_t low = 1, high = SIZE_TRIED; /* there is room, there is none */

	for (size_t i = 0; i < COUNT(guesses) && low + 1 < high; i++)
		TRY(most_guess(m, op, guesses[i], &low, &high));
	while (low + 1 < high) {
		uint64_t middle = low + (high - low) / 2;
		bool room;

		TRY(has_room(m, op, middle, &room));
		*(room ? &low : &high) = middle;
	}
	m->most = low;
	return OK;
}

static enum err
limit_find(struct managesieve *m, struct op *op, uint64_t *out)
{
	const char *name = m->base.section->script;
	bool room;

	*out = 0;
	TRY(has_room(m, op, SIZE_TRIED, &room));
	if (room)
		return OK;
	/* No room for a byte is no matter of size. */
	TRY(ms_space(op, &m->link, name, 1));
	TRY(most_find(m, op));
	if (m->most <= MS_STAMP_SIZE)
		return FAIL(op, ERR_LIMIT,
			    "%s: a script \"%s\" may have %" PRIu64
			    " bytes: that is too little for any",
			    m->base.section->server, name, m->most);
	*out = m->most - MS_STAMP_SIZE;
	return OK;
}

static enum err
managesieve_limit(struct backend *b, struct op *op, const char *user,
		  struct backend_limits *out)
{
	struct managesieve *m = managesieve_of(b);

	*out = (struct backend_limits){ 0 };
	TRY(ms_link_for(op, &m->link, user));
	out->capabilities = op_dup(op, m->link.can.sieve);
	out->included = ms_link_can(&m->link, "include");
	return outward(limit_find(m, op, &out->size));
}

/* Nobody tells who has an account there. */
static enum err
managesieve_list(struct backend *b, struct op *op,
		 enum err (*found)(void *arg, struct op *op, const char *user),
		 void *arg)
{
	(void)b;
	(void)op;
	(void)found;
	(void)arg;
	return OK;
}

/* ---- test ---- */

struct teller {
	struct op *op;
	backend_tell *tell;
	void *arg;
};

static enum err
step(const struct teller *t, const char *name, enum err err, const char *note)
{
	const struct backend_told told = {
		.step = name,
		.good = err == OK,
		.note = err == OK ? note : t->op->reason,
	};

	t->tell(t->arg, &told);
	return err;
}

/* The probe that is tried where nobody is named has an account nowhere. */
static enum err
sign_in_test(struct op *op, struct ms_link *l, const char *user)
{
	enum err err = ms_link_sign_in(op, l, user);

	if (err == ERR_DENIED)
		return FAIL(op, err,
			    "%s; if \"%s\" has no account there, name "
			    "somebody who has: --user",
			    op->reason, user);
	return err;
}

/* The extensions that scripts cannot do without, and the one that they can. */
static enum err
extensions_test(const struct teller *t, const struct ms_link *l)
{
	static const char *const needed[] = { "envelope",  "vacation",
					      "variables", "regex",
					      "date",      "relational" };
	struct op *op = t->op;

	for (size_t i = 0; i < COUNT(needed); i++) {
		if (!ms_link_can(l, needed[i]))
			return step(t, "what its scripts can",
				    FAIL(op, ERR_INVALID,
					 "%s has no \"%s\" (its SIEVE: %s)",
					 l->section->server, needed[i],
					 l->can.sieve),
				    NULL);
	}
	return step(t, "what its scripts can", OK,
		    ms_link_can(l, "include")
			    ? "all that is needed"
			    : "no \"include\": only for who has no script of "
			      "his own");
}

static enum err
room_test(const struct teller *t, struct managesieve *m)
{
	uint64_t size = 0;
	enum err err = limit_find(m, t->op, &size);

	return step(t, "room for a script", err,
		    size == 0 ? "no limit"
			      : op_print(t->op, "%" PRIu64 " bytes", size));
}

static enum err
scripts_test(const struct teller *t, struct ms_link *l)
{
	struct op *op = t->op;
	const char *name = op_print(op, "%s" TEST_SUFFIX, l->section->script);
	const struct bytes script =
		ms_stamp(op, bytes_of("require \"vacation\";\r\nkeep;\r\n"));

	TRY(step(t, "check a script", ms_check(op, l, script, NULL), NULL));
	TRY(step(t, op_print(op, "put it as \"%s\", not active", name),
		 ms_put(op, l, name, script), NULL));
	return step(t, "take it away", ms_delete(op, l, name), NULL);
}

static enum err
managesieve_test(struct backend *b, struct op *op, const char *user,
		 backend_tell *tell, void *arg)
{
	struct managesieve *m = managesieve_of(b);
	const struct backend_section *s = b->section;
	const struct teller t = { op, tell, arg };
	struct ms_link *l = &m->link;

	TRY(step(&t, op_print(op, "connect to %s", s->server),
		 ms_link_connect(op, l), NULL));
	TRY(step(&t, s->starttls ? "begin TLS" : "do without TLS",
		 ms_link_secure(op, l), NULL));
	TRY(step(&t, op_print(op, "sign in as %s for %s", s->master, user),
		 sign_in_test(op, l, user), NULL));
	TRY(extensions_test(&t, l));
	TRY(room_test(&t, m));
	return outward(scripts_test(&t, l));
}

const struct backend_ops managesieve_ops = {
	.name = BACKEND_MANAGESIEVE,
	.prompt = false,
	.open = managesieve_open,
	.close = managesieve_close,
	.put = managesieve_put,
	.get = managesieve_get,
	.limit = managesieve_limit,
	.list = managesieve_list,
	.test = managesieve_test,
};
