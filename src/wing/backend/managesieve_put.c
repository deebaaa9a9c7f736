/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/backend/managesieve_put.h"

#include "base/text.h"
#include "wing/backend/managesieve_script.h"

#include <string.h>

#define WRAPPER_SUFFIX "-active" /* of the script that runs both */
#define COPY_SUFFIX "-default"   /* of a copy that can be included */
/* Where Pigeonhole moves an active script that is a file of its own, and that
 * it does not list, when another one is made active. */
#define RESCUED "dovecot.orig"
#define FOLLOW_MAX 16 /* scripts that one includes, all in all */

/* One of the names that are ours. */
struct place {
	const char *name;
	bool there;
	enum ms_owner owner; /* if it is there */
	struct bytes script; /* without its stamp */
};

struct state {
	struct ms_scripts list;
	struct place ours, wrapper, copy;
	const char *before; /* our wrapper's: what was active */
};

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool
bytes_same(struct bytes a, struct bytes b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static bool
is_ours(const struct place *p)
{
	return p->there && p->owner == MS_OURS;
}

/* ---- looking ---- */

static enum err
place_read(struct op *op, struct ms_link *l, const struct ms_scripts *list,
	   struct place *p)
{
	struct bytes all;

	if (!ms_has(list, p->name))
		return OK;
	TRY(ms_get(op, l, p->name, &all));
	p->there = all.p != NULL;
	if (p->there)
		p->owner = ms_owner(op, all, &p->script);
	return OK;
}

static enum err
state_read(struct op *op, struct ms_link *l, struct state *out)
{
	const char *name = l->section->script;

	*out = (struct state){
		.ours.name = name,
		.wrapper.name = op_print(op, "%s" WRAPPER_SUFFIX, name),
		.copy.name = op_print(op, "%s" COPY_SUFFIX, name),
	};
	TRY(ms_list(op, l, &out->list));
	TRY(place_read(op, l, &out->list, &out->ours));
	TRY(place_read(op, l, &out->list, &out->wrapper));
	TRY(place_read(op, l, &out->list, &out->copy));
	if (is_ours(&out->wrapper))
		out->before = ms_wrapper_before(op, out->wrapper.script);
	return OK;
}

/* The script of the user's own that mail runs through; NULL: he has none. */
static const char *
own_script(const struct state *s)
{
	if (same(s->list.active, s->wrapper.name) && is_ours(&s->wrapper))
		return s->before;
	if (same(s->list.active, s->ours.name))
		return NULL;
	return s->list.active;
}

/* What the user's own script does, with all that it includes. */
struct own {
	bool includes;       /* ours */
	const char *answers; /* the name of the script that does; NULL: none */
};

static bool
is_queued(const char *const *queue, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(queue[i], name) == 0)
			return true;
	}
	return false;
}

static enum err
own_read(struct op *op, struct ms_link *l, const struct state *s,
	 const char *name, struct own *out)
{
	const char *queue[FOLLOW_MAX] = { name };
	struct bytes script;
	struct ms_peek peek;

	*out = (struct own){ 0 };
	for (size_t i = 0, n = name == NULL ? 0 : 1; i < n; i++) {
		TRY(ms_get(op, l, queue[i], &script));
		if (script.p == NULL)
			continue;
		ms_peek(op, script, &peek);
		if (peek.answers && out->answers == NULL)
			out->answers = queue[i];
		for (size_t k = 0; k < peek.n; k++) {
			if (same(peek.include[k], s->ours.name))
				out->includes = true;
			else if (n < FOLLOW_MAX &&
				 !is_queued(queue, n, peek.include[k]))
				queue[n++] = peek.include[k];
		}
	}
	return OK;
}

/* ---- may it be put? ---- */

static enum err
may_put(struct op *op, const struct state *s)
{
	if (s->list.odd)
		return FAIL(op, ERR_INVALID,
			    "the active script has a name that cannot be "
			    "written in another: rename it");
	if (!s->ours.there || s->ours.owner == MS_OURS)
		return OK;
	if (s->ours.owner == MS_CHANGED)
		return FAIL(op, ERR_INVALID,
			    "somebody has changed our script \"%s\": rename "
			    "it there, and ours is put anew",
			    s->ours.name);
	return FAIL(op, ERR_INVALID,
		    "a script \"%s\" is there that is not ours: rename it "
		    "there, or name ours otherwise (backend.script)",
		    s->ours.name);
}

/* A server ends a script, and files the mail in the inbox, when a second
 * answer is called for: RFC 5230 4.7. */
static enum err
may_run_both(struct op *op, const struct ms_link *l, const struct state *s,
	     const char *name, const struct own *own)
{
	if (own->answers != NULL)
		return FAIL(op, ERR_INVALID,
			    "the active script \"%s\" answers mails itself "
			    "(vacation, in \"%s\"), and a server sends but one "
			    "answer: take that out there",
			    name, own->answers);
	if (own->includes)
		return OK;
	if (!ms_link_can(l, "include"))
		return FAIL(op, ERR_INVALID,
			    "%s has no \"include\": ours cannot be run without "
			    "replacing the active script \"%s\"; deactivate "
			    "it there",
			    l->section->server, name);
	if (s->wrapper.there && s->wrapper.owner != MS_OURS)
		return FAIL(op, ERR_INVALID,
			    "a script \"%s\" is there that is not ours, or was "
			    "changed: rename it there",
			    s->wrapper.name);
	return OK;
}

/* ---- putting ---- */

/* As what is active may have become another meanwhile, it is looked at again:
 * that one would be switched off, and forgotten. */
static enum err
activate(struct op *op, struct ms_link *l, const struct state *s,
	 const char *name)
{
	struct ms_scripts now = { 0 };

	TRY(ms_list(op, l, &now));
	if (now.odd || ((now.active != NULL || s->list.active != NULL) &&
			!same(now.active, s->list.active)))
		return FAIL(op, ERR_DOWN,
			    "another script was activated meanwhile: it is "
			    "tried again");
	return ms_activate(op, l, name);
}

/* Puts one of ours, if it is not the same that is there. */
static enum err
put_place(struct op *op, struct ms_link *l, const struct place *p,
	  struct bytes stamped)
{
	struct bytes script;

	(void)ms_owner(op, stamped, &script);
	if (is_ours(p) && bytes_same(script, p->script))
		return OK;
	TRY(ms_space(op, l, p->name, stamped.n));
	return ms_put(op, l, p->name, stamped);
}

/*
 * The name by which a script can be run: its own, or of a copy, for Pigeonhole
 * lists sieve_default as active by its sieve_default_name, and does not find it
 * when it is included.
 */
static enum err
runnable(struct op *op, struct ms_link *l, const struct state *s,
	 const char *name, const char **out)
{
	struct ms_line said = { 0 };
	struct bytes text;
	enum err err;

	*out = name;
	if (!l->can.dovecot)
		return OK;
	err = ms_check(op, l, ms_runner(op, name), &said);
	if (err != OK && err != ERR_INVALID)
		return err;
	if (said.text == NULL || strncmp(said.text, "line ", 5) != 0 ||
	    strstr(said.text, "does not exist") == NULL)
		return OK;
	TRY(ms_get(op, l, name, &text));
	if (text.p == NULL)
		return OK;
	if (s->copy.there && !is_ours(&s->copy))
		return FAIL(op, ERR_INVALID,
			    "a script \"%s\" is there that is not ours: "
			    "rename it there",
			    s->copy.name);
	*out = s->copy.name;
	return put_place(op, l, &s->copy, ms_stamp(op, text));
}

/* What was put for a wrapper that there is no room for is of no use. */
static enum err
undo(struct op *op, struct ms_link *l, const struct state *s, enum err err)
{
	const char *reason = op->reason;

	if (err != ERR_LIMIT && err != ERR_INVALID)
		return err;
	if (!s->ours.there)
		(void)ms_delete(op, l, s->ours.name);
	if (!s->copy.there)
		(void)ms_delete(op, l, s->copy.name);
	op->reason = reason;
	return err;
}

static enum err
put_wrapped(struct op *op, struct ms_link *l, const struct state *s,
	    const char *before, struct bytes script)
{
	const char *run;
	enum err err;

	TRY(ms_put(op, l, s->ours.name, script));
	err = runnable(op, l, s, before, &run);
	if (err == OK)
		err = put_place(op, l, &s->wrapper,
				ms_wrapper(op, s->ours.name, before, run));
	if (err != OK)
		return undo(op, l, s, err);
	/* If it is ours that was active, what it runs is new, and all is. */
	if (same(s->list.active, s->wrapper.name))
		return OK;
	return activate(op, l, s, s->wrapper.name);
}

/* Both the wrapper and what it runs would run ours. */
static enum err
put_included(struct op *op, struct ms_link *l, const struct state *s,
	     const char *name, struct bytes script)
{
	TRY(ms_put(op, l, s->ours.name, script));
	if (same(s->list.active, name))
		return OK;
	TRY(activate(op, l, s, name));
	return ms_delete(op, l, s->wrapper.name);
}

/* Where nothing seems to be active, and may be: it has its name beforehand, so
 * that it is run from the moment on in which it gets it. */
static bool
may_be_rescued(const struct ms_link *l, const struct state *s)
{
	return l->can.dovecot && ms_link_can(l, "include") &&
	       s->list.active == NULL && !s->list.odd &&
	       !ms_has(&s->list, RESCUED);
}

static enum err
put(struct op *op, struct ms_link *l, const struct state *s,
    struct bytes script)
{
	const char *name = own_script(s);
	struct own own;

	TRY(may_put(op, s));
	if (may_be_rescued(l, s))
		name = RESCUED;
	TRY(own_read(op, l, s, name, &own));
	if (name != NULL)
		TRY(may_run_both(op, l, s, name, &own));
	TRY(ms_space(op, l, s->ours.name, script.n));
	if (name != NULL)
		return own.includes ? put_included(op, l, s, name, script)
				    : put_wrapped(op, l, s, name, script);
	TRY(ms_put(op, l, s->ours.name, script));
	if (same(s->list.active, s->ours.name))
		return OK;
	return activate(op, l, s, s->ours.name);
}

/* ---- taking away ---- */

/* Who includes ours himself would have a script that does not run. */
static enum err
empty_ours(struct op *op, struct ms_link *l, const struct state *s)
{
	if (!s->ours.there || s->ours.owner == MS_THEIRS ||
	    (s->ours.owner == MS_OURS && s->ours.script.n == 0))
		return OK;
	TRY(may_put(op, s));
	return ms_put(op, l, s->ours.name,
		      ms_stamp(op, (struct bytes){ (const uint8_t *)"", 0 }));
}

/* What was active is active again. Where its owner has made it one that the
 * server does not take any more, nobody is answered for all that. */
static enum err
restore(struct op *op, struct ms_link *l, const struct state *s)
{
	enum err err = activate(op, l, s, s->before);
	const char *reason = op->reason;

	if (err == ERR_INVALID && is_ours(&s->ours)) {
		TRY(ms_delete(op, l, s->ours.name));
		op->reason = reason;
	}
	return err;
}

static enum err
take_away(struct op *op, struct ms_link *l, const struct state *s)
{
	bool runs_ours = same(s->list.active, s->ours.name) && s->ours.there &&
			 s->ours.owner != MS_THEIRS;
	bool runs_both =
		same(s->list.active, s->wrapper.name) && is_ours(&s->wrapper);
	struct own own = { 0 };

	if (runs_both && s->before != NULL && ms_has(&s->list, s->before))
		TRY(restore(op, l, s));
	else if (runs_both || runs_ours)
		TRY(activate(op, l, s, ""));
	else if (s->ours.there)
		TRY(own_read(op, l, s, own_script(s), &own));
	if (is_ours(&s->wrapper))
		TRY(ms_delete(op, l, s->wrapper.name));
	if (is_ours(&s->copy))
		TRY(ms_delete(op, l, s->copy.name));
	if (own.includes)
		return empty_ours(op, l, s);
	/* One that was changed is left, but nothing runs it. */
	return is_ours(&s->ours) ? ms_delete(op, l, s->ours.name) : OK;
}

/* What has come to light may answer mails itself: then it is as before. */
static enum err
look_at_rescued(struct op *op, struct ms_link *l)
{
	const char *reason;
	struct state s;
	struct own own;
	enum err err;

	TRY(state_read(op, l, &s));
	TRY(own_read(op, l, &s, own_script(&s), &own));
	err = may_run_both(op, l, &s, own_script(&s), &own);
	if (err == OK)
		return OK;
	reason = op->reason;
	TRY(take_away(op, l, &s));
	op->reason = reason;
	return err;
}

enum err
ms_publish(struct op *op, struct ms_link *l, struct bytes script)
{
	struct state s;

	TRY(state_read(op, l, &s));
	if (script.p == NULL)
		return take_away(op, l, &s);
	TRY(put(op, l, &s, ms_stamp(op, script)));
	return may_be_rescued(l, &s) ? look_at_rescued(op, l) : OK;
}

/* ---- what lies there ---- */

enum err
ms_published(struct op *op, struct ms_link *l, struct bytes *out)
{
	static const struct bytes nothing = { (const uint8_t *)"", 0 };
	struct state s;
	struct own own;
	bool runs;

	*out = (struct bytes){ 0 };
	TRY(state_read(op, l, &s));
	if (!s.ours.there || s.ours.owner == MS_THEIRS) {
		if (is_ours(&s.wrapper))
			*out = nothing;
		return OK;
	}
	runs = same(s.list.active, s.ours.name) ||
	       (same(s.list.active, s.wrapper.name) && is_ours(&s.wrapper));
	TRY(own_read(op, l, &s, own_script(&s), &own));
	if (!runs && own.includes && s.ours.script.n == 0)
		return OK; /* for who includes it himself */
	/* With a second answer neither would be sent: it is to be put again,
	 * and refused. */
	*out = (runs || own.includes) && own.answers == NULL ? s.ours.script
							     : nothing;
	return OK;
}
