/* SPDX-License-Identifier: Apache-2.0 */

/* What is sent, and to whom: one `vacation` for each side. */
#include "base/text.h"
#include "reply/reply.h"
#include "reply/subject.h"
#include "sieve/sieve_draft.h"

#include <string.h>

#define DAY 86400     /* seconds */
#define DAYS_MIN 366  /* that a server is to remember whom it answered */
#define DAYS_MAX 3660 /* ... and that numbers of all servers hold */

/* ---- the subject: E-32 ---- */

#define ROUNDS 4 /* characters of a subject that are replaced */

/* What ends a line or turns the writing round, in Unicode's eyes: reply.c. */
#define BREAKING                                                               \
	"\u2028|\u2029|\u202a|\u202b|\u202c|\u202d|\u202e|"                    \
	"\u2066|\u2067|\u2068|\u2069"

/* A subject that still has one of them afterwards is not told. */
static void
replace(struct draft *d, const char *what, const char *by)
{
	for (int i = 0; i < ROUNDS; i++)
		draft_printf(d,
			     "\t\tif string :regex \"${original}\" \"${%s}\" "
			     "{ set \"original\" \"${1}%s${3}\"; }\n",
			     what, by);
	draft_printf(d,
		     "\t\tif string :regex \"${original}\" \"${%s}\" "
		     "{ set \"original\" \"\"; }\n",
		     what);
}

/* The first one, decoded; control characters are spaces. */
static void
original(struct draft *d)
{
	draft_puts(d, "\t# E-32\n"
		      "\tif header :matches \"Subject\" \"*\" "
		      "{ set \"original\" \"${1}\"; }\n");
	draft_printf(d, "\tset \"n\" \"^(.*)([[:cntrl:]]%s)(.*)$\";\n",
		     d->octets ? "|${hex:c2}[${hex:80}-${hex:9f}]" : "");
	draft_puts(d, "\tset \"b\" \"^(.*)(" BREAKING ")(.*)$\";\n"
		      "\tif string :regex \"${original}\" \"${n}\" {\n");
	replace(d, "n", " ");
	draft_puts(d, "\t}\n\tif string :regex \"${original}\" \"${b}\" {\n");
	replace(d, "b", "");
	draft_puts(d,
		   "\t}\n\tif string :regex \"${original}\" \"^ +([^ ].*)$\" "
		   "{ set \"original\" \"${1}\"; }\n");
}

/*
 * As much of it as subject_fill takes, which counts bytes and cuts between
 * characters: a byte of 80 to bf goes on with one. Who has no way to say that
 * cuts at a space.
 */
static void
subject(struct draft *d, const char *template)
{
	const char *slot = strstr(template, SUBJECT_SLOT);
	const char *behind = slot + strlen(SUBJECT_SLOT);
	size_t front = (size_t)(slot - template);
	size_t room = SUBJECT_MAX - front - strlen(behind);

	draft_puts(d, "\t\tset \"subject\" ");
	draft_quote(d, subject_fill(d->op, template, ""));
	draft_printf(
		d,
		";\n\t\tif string :regex \"${original}\" "
		"[\"^(.{1,%zu})$\", \"^(.{1,%zu})%s\"] { set \"subject\" \"",
		room, room, d->octets ? "[^${hex:80}-${hex:bf}]" : " ");
	draft_text(d, template, front);
	draft_puts(d, "${1}");
	draft_text(d, behind, strlen(behind));
	draft_puts(d, "\"; }\n");
}

/* ---- one vacation ---- */

/* For as long as the absence lasts: E-2. */
static int64_t
days(const struct draft *d)
{
	const struct oof_duration *s = d->schedule;
	int64_t n = s == NULL ? 0 : (s->end - s->start) / DAY + 1;

	return n < DAYS_MIN ? DAYS_MIN : n > DAYS_MAX ? DAYS_MAX : n;
}

static void
from(struct draft *d)
{
	const char *name = reply_phrase(d->op, d->in->mailbox->name);

	draft_puts(d, "\n\t\t\t:from \"");
	draft_text(d, name, strlen(name));
	draft_puts(d, *name == '\0' ? "${own}\"" : " <${own}>\"");
}

static enum err
vacation(struct draft *d, const struct oof_reply *reply, const char *side)
{
	const struct reply_wish wish = {
		.text = reply->message,
		.lang = reply->lang,
		.unique = op_print(d->op, "fd%s", side),
	};
	const char *template = subject_template(d->in->subjects, reply->lang);
	struct bytes entity;

	if (!subject_is_template(template))
		return FAIL(d->op, ERR_INVALID,
			    "the template of subjects for "
			    "\"%s\" is none",
			    reply->lang == NULL ? "" : reply->lang);
	TRY(reply_entity(d->op, &wish, d->plain, &entity));
	subject(d, template);
	draft_puts(d, "\t\t# E-2\n\t\t");
	if (d->duplicate)
		draft_printf(d,
			     "if not duplicate :handle \"fd-%s\" :uniqueid "
			     "\"${sender}\" :seconds %lld { ",
			     d->period, (long long)days(d) * DAY);
	draft_printf(d, "vacation :days %lld :handle \"fd-%s\"",
		     (long long)days(d), d->period);
	from(d);
	draft_puts(d, "\n\t\t\t:addresses \"${own}\" :subject \"${subject}\" "
		      ":mime text:\n");
	buf_add(&d->out, entity.p, entity.n);
	if (entity.n > 0 && entity.p[entity.n - 1] != '\n')
		draft_puts(d, "\n");
	draft_puts(d, d->duplicate ? ".\n\t\t; }\n" : ".\n\t\t;\n");
	return OK;
}

/* ---- to whom ---- */

/* Inside is who is so by both names, the one in the envelope and the one that
 * was decoded, and is no route to elsewhere: E-20, E-22, E-25. */
static void
is_inside(struct draft *d)
{
	const struct sieve_wish *in = d->in;

	draft_puts(d, "allof (not string \"${how}\" \"lost\",\n\t\tnot string "
		      ":matches \"${raw}\" [\"*%*@*\", \"*!*@*\"],\n\t\tstring "
		      "\"${domain}\" ");
	draft_list(d, in->inside, in->inside_n);
	draft_puts(d, ",\n\t\tanyof (string \"${how}\" \"plain\", string "
		      "\"${rawdomain}\" ");
	draft_list(d, in->inside, in->inside_n);
	draft_puts(d, "))");
}

static enum err
internal(struct draft *d)
{
	draft_puts(d, "\t# E-20\n\tif ");
	is_inside(d);
	draft_puts(d, " {\n");
	if (d->internal == NULL)
		draft_puts(d, "\t\t# E-24\n");
	else
		TRY(vacation(d, d->internal, "inside"));
	draft_puts(d, "\t}");
	return OK;
}

static enum err
external(struct draft *d)
{
	bool only = d->in->inside_n == 0;

	if (d->known) {
		draft_puts(d, only ? "\t# E-21\n\tif string \"${sender}\" "
				   : " elsif string \"${sender}\" ");
		draft_list(d, d->in->contact, d->in->contacts_n);
		draft_puts(d, " {\n\t\t# E-21\n");
	} else {
		draft_puts(d, only ? "\tif true {\n" : " else {\n\t\t# E-21\n");
	}
	TRY(vacation(d, d->external, "outside"));
	draft_puts(d, "\t}");
	return OK;
}

enum err
draft_replies(struct draft *d)
{
	draft_puts(d, "{\n");
	original(d);
	if (d->in->inside_n > 0)
		TRY(internal(d));
	if (d->external != NULL)
		TRY(external(d));
	draft_puts(d, "\n\t}\n");
	return OK;
}
