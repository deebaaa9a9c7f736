/* SPDX-License-Identifier: Apache-2.0 */

/* Mails that are not answered, as oof_guard.c and oof_header.c have them. Each
 * reason is a branch that does nothing. */
#include "base/text.h"
#include "oof/oof_field.h"
#include "oof/oof_robot.h"
#include "sieve/sieve_draft.h"

#include <string.h>

/* Behind a word. */
#define RE_END "([[:space:];,=(]|$)"

static void
branch(struct draft *d, const char *rules)
{
	draft_printf(d, " {\n\t\t# %s\n\t} elsif ", rules);
}

/* "(bulk|list|junk)" */
static const char *
one_of(struct op *op, const char *const *words)
{
	const char *out = op_print(op, "(%s", *words);

	while (*++words != NULL)
		out = op_print(op, "%s|%s", out, *words);
	return op_print(op, "%s)", out);
}

/* Does a value of the field begin with one of the words? */
static void
begins(struct draft *d, const char *field, const char *front,
       const char *const *words)
{
	draft_printf(d, "header :regex \"%s\" \"%s" RE_FRONT "%s" RE_END "\"",
		     field, front, one_of(d->op, words));
}

static void
robots(struct draft *d)
{
	draft_puts(d, "string :matches [\"${sender}\", \"${raw}\"] [");
	for (size_t i = 0; i < oof_robots_n; i++)
		draft_printf(d, "%s\"%s@*\"", i == 0 ? "" : ", ",
			     oof_robots[i].glob);
	draft_puts(d, "]");
}

/* P1: one `exists` with a list would want all of them. */
static void
lists(struct draft *d)
{
	const char *const *field = oof_list_fields;

	draft_puts(d, "anyof (");
	for (; *field != NULL; field++)
		draft_printf(d, "%sexists \"%s\"",
			     field == oof_list_fields ? "" : ", ", *field);
	draft_puts(d, ")");
}

/* Stricter than oof_header.c, for Pigeonhole's vacation is: nothing but the
 * bare word, in none of them. */
static void
auto_submitted(struct draft *d)
{
	draft_puts(d, "header :value \"ne\" \"Auto-Submitted\" \"no\"");
}

static void
suppressed(struct draft *d)
{
	draft_printf(d,
		     "header :regex \"X-Auto-Response-Suppress\" "
		     "\"^((${c}|[^()])*(${c}|[[:space:],;]))?%s"
		     "([[:space:],;(]|$)\"",
		     one_of(d->op, oof_suppress_words));
}

static void
spam(struct draft *d)
{
	static const char *const yes[] = { "true", NULL };

	draft_puts(d, "anyof (");
	for (size_t i = 0; i < oof_spam_fields_n; i++) {
		begins(d, oof_spam_fields[i].name, "^",
		       oof_spam_fields[i].words);
		draft_puts(d, ",\n\t\t");
	}
	begins(d, "X-Spamd-Result", "^[^:]*:", yes);
	draft_puts(d, ")");
}

/* A parameter of a calendar, behind any others, which may be quoted. */
static void
reports(struct draft *d)
{
	draft_puts(d, "anyof (");
	begins(d, "Content-Type", "^", oof_report_types);
	draft_puts(d, ",\n\t\theader :regex \"Content-Type\" \"^" RE_FRONT
		      "text/calendar([[:space:](;]([^\\\"]|${q})*)?;" RE_FRONT
		      "method" RE_FRONT "=" RE_FRONT
		      "(reply|\\\"reply\\\")([[:space:];(]|$)\"");
	draft_puts(d, ",\n\t\texists \"X-Failed-Recipients\")");
}

void
draft_guards(struct draft *d)
{
	draft_puts(d, "\tif string :matches \"${sender}\" ");
	draft_puts(d, d->own);
	branch(d, "E-6");
	robots(d);
	branch(d, "E-7, E-8");
	draft_puts(d, "string \"${own}\" \"\"");
	branch(d, "E-4, E-15");
	lists(d);
	branch(d, "E-9");
	auto_submitted(d);
	branch(d, "E-10");
	begins(d, "Precedence", "^", oof_precedence_words);
	branch(d, "E-11");
	suppressed(d);
	branch(d, "E-12");
	spam(d);
	branch(d, "E-13");
	reports(d);
	draft_puts(d, " {\n\t\t# E-16\n\t} else ");
}
