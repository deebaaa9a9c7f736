/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk backend: through what replies are sent. */
#include "cli/cli.h"
#include "cli/out.h"

#include <string.h>

/* ---- list ---- */

static const struct out_column list_columns[] = {
	{ "backend", "BACKEND" }, { "kind", "KIND" },
	{ "domains", "DOMAINS" }, { "in_force", "IN FORCE" },
	{ "waiting", "WAITING" }, { "failing", "FAILING" },
	{ NULL, NULL },
};

static json_t *
domains_json(const struct backend_section *b)
{
	const char *const *d = b->domains;
	json_t *list = json_array();

	for (; d != NULL && *d != NULL; d++)
		json_array_append_new(list, out_text(*d));
	return list;
}

static enum err
list_one(struct cli *c, const struct backend_section *b)
{
	struct backend_count n;

	TRY(delivery_count(c->wings.house.delivery, &c->op, b->title, &n));
	out_row(c->out,
		json_pack("{s:o,s:s,s:o,s:I,s:I,s:I}", "backend",
			  out_text(b->title), "kind", b->kind, "domains",
			  domains_json(b), "in_force", (json_int_t)n.in_force,
			  "waiting", (json_int_t)n.waiting, "failing",
			  (json_int_t)n.failing));
	return OK;
}

static enum err
backend_list(struct cli *c)
{
	const struct settings *s = c->settings;

	out_list(c->out, list_columns);
	for (size_t i = 0; i < s->backends_n; i++)
		TRY(list_one(c, &s->backends[i]));
	if (s->backends_n == 0)
		out_note(c->out, "None is configured, so nobody is answered: "
				 "see backend in frontdesk.conf(5).");
	return OK;
}

/* ---- test ---- */

static const struct out_column test_columns[] = {
	{ "step", "STEP" },
	{ "good", "GOOD" },
	{ "note", "NOTE" },
	{ NULL, NULL },
};

static void
tell_step(void *arg, const struct backend_told *told)
{
	struct cli *c = arg;

	out_row(c->out,
		json_pack("{s:o,s:b,s:o}", "step", out_text(told->step), "good",
			  told->good, "note", out_text(told->note)));
}

static enum err
backend_test(struct cli *c)
{
	const char *user = cli_option(c, "user");
	const char *title = c->operands_n > 0 ? c->operand[0] : NULL;

	if (c->settings->backends_n == 0)
		return FAIL(&c->op, ERR_NOT_FOUND,
			    "no section backend is configured, so nobody is "
			    "answered: see frontdesk-replies(7)");
	out_list(c->out, test_columns);
	return delivery_test(c->wings.house.delivery, &c->op, title, user,
			     tell_step, c);
}

/* ---- resync ---- */

static const struct out_column resync_lines[] = {
	{ "looked", "Looked at" }, { "put", "Put" }, { "removed", "Removed" },
	{ "failed", "Failed" },    { NULL, NULL },
};

static enum err
backend_resync(struct cli *c)
{
	const char *address = cli_option(c, "address");
	const char *title = c->operands_n > 0 ? c->operand[0] : NULL;
	const struct mailbox *mailbox = NULL;
	struct resync_count n;

	if (address != NULL)
		TRY(cli_mailbox(c, address, &mailbox));
	TRY(delivery_resync(c->wings.house.delivery, &c->op, title, mailbox,
			    &n));
	out_object(c->out, resync_lines,
		   json_pack("{s:I,s:I,s:I,s:I}", "looked",
			     (json_int_t)n.looked, "put", (json_int_t)n.put,
			     "removed", (json_int_t)n.removed, "failed",
			     (json_int_t)n.failed));
	if (n.failed == 0)
		return OK;
	c->exit = EXIT_PARTLY;
	return FAIL(&c->op, ERR_DOWN,
		    "%zu could not be published; frontdesk oof show ADDRESS "
		    "says why, and the server tries again",
		    n.failed);
}

/* ---- the rows ---- */

static const struct cli_option test_options[] = {
	{ 0, "user", "USER",
	  "in whose place a script is put and taken away again, by the name "
	  "that the backend knows; without it: frontdesk-probe, of the "
	  "section's first domain" },
	{ 0 },
};

static const struct cli_option resync_options[] = {
	{ 0, "address", "ADDRESS", "only this mailbox" },
	{ 0 },
};

static const struct cli_key list_keys[] = {
	{ "backend", "the title of its section" },
	{ "kind", "sieve-file, sieve-sql, managesieve or milter" },
	{ "domains", "a list; empty: all that no other section names" },
	{ "in_force", "scripts that lie there as they are to" },
	{ "waiting", "mailboxes of which something is still to be done there" },
	{ "failing", "of these, how many were tried in vain" },
	{ NULL, NULL },
};

static const struct cli_key test_keys[] = {
	{ "step", "what was tried" },
	{ "good", "true when it went well" },
	{ "note", "what was found, or what to do; null" },
	{ NULL, NULL },
};

static const struct cli_key resync_keys[] = {
	{ "looked", "mailboxes that were ever absent" },
	{ "put", "scripts that were put" },
	{ "removed", "scripts that were taken away" },
	{ "failed", "mailboxes of which it failed" },
	{ NULL, NULL },
};

static const struct cli_example list_examples[] = {
	{ "frontdesk backend list", "is everything in force?" },
	{ NULL, NULL },
};

static const struct cli_example test_examples[] = {
	{ "frontdesk backend test mail", "can scripts be put there?" },
	{ NULL, NULL },
};

static const struct cli_example resync_examples[] = {
	{ "frontdesk backend resync mail",
	  "after the mail server was restored from a backup" },
	{ NULL, NULL },
};

const struct verb cli_backend_verbs[] = {
	{
		.name = "backend list",
		.operands = "",
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "list through what replies are sent",
		.text = "The sections backend of the configuration, and how "
			"many mailboxes are as they are to be there. A milter "
			"has no scripts.",
		.keys = list_keys,
		.examples = list_examples,
		.run = backend_list,
	},
	{
		.name = "backend test",
		.operands = "[BACKEND]",
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "try a backend, or all, step by step",
		.text = "A script that does nothing is put and taken away "
			"again, in a place of its own. That a mail is answered "
			"in the end is for frontdesk setup to try.",
		.options = test_options,
		.keys = test_keys,
		.examples = test_examples,
		.run = backend_test,
	},
	{
		.name = "backend resync",
		.operands = "[BACKEND]",
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE | NEEDS_LONG,
		.summary = "put all scripts of a backend, or of all, again",
		.text = "Whatever seems to lie there; scripts of ours that are "
			"of nobody are taken away. The server compares all by "
			"itself when it starts, when settings have changed, "
			"and once a day.",
		.options = resync_options,
		.keys = resync_keys,
		.examples = resync_examples,
		.run = backend_resync,
	},
	{ 0 },
};
