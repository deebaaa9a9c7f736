/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk setup: what the mail server has to be told so that replies are
 * sent, and whether they are. Its files are only read. */
#include "base/text.h"
#include "cli/out.h"
#include "verbs/setup/setup.h"

#include <stdlib.h>

#define POSTFIX_FOLDER "/etc/postfix"

static const struct out_column columns[] = {
	{ "check", "CHECK" },  { "state", "STATE" },   { "subject", "WHAT" },
	{ "detail", "FOUND" }, { "remedy", "REMEDY" }, { NULL, NULL },
};

/* ---- both ---- */

static void
setup_init(struct setup *s, struct cli *c)
{
	s->c = c;
	s->plan.op = &c->op;
	s->programs[0] = cli_option(c, "programs");
}

/* A path as somebody typed it, for who works in another folder. */
static enum err
path_read(struct cli *c, const char *option, const char **out)
{
	const char *path = cli_option(c, option);
	char *whole;

	if (path == NULL)
		return OK;
	whole = realpath(path, NULL);
	if (whole == NULL)
		return FAIL(&c->op, ERR_NOT_FOUND, "--%s %s: it is not there",
			    option, path);
	*out = op_dup(&c->op, whole);
	free(whole);
	return OK;
}

/* What stands in the way, in numbers. */
static enum err
verdict(struct setup *s)
{
	struct cli *c = s->c;
	size_t failed = plan_count(&s->plan, PLAN_FAILED);
	size_t missing = plan_count(&s->plan, PLAN_MISSING);

	if (failed > 0)
		return FAIL(&c->op, ERR_INTERNAL, "%zu of %zu checks failed",
			    failed, s->plan.n);
	if (missing == 0)
		return OK;
	c->exit = EXIT_PARTLY;
	return FAIL(&c->op, ERR_INTERNAL, "%zu of %zu things are missing",
		    missing, s->plan.n);
}

static void
rows_tell(struct setup *s)
{
	size_t n = s->plan.n;

	out_list(s->c->out, columns);
	s->plan.n = 0; /* each is added again as it is told */
	for (size_t i = 0; i < n; i++)
		setup_tell(s, &s->plan.row[i]);
}

/* A step that failed is a row; anything else that failed is the command's. */
static enum err
tried(struct setup *s, enum err (*try)(struct setup *s, const char *address),
      const char *address)
{
	enum err err = OK;

	rows_tell(s);
	if (s->found.version != NULL)
		err = try(s, address);
	return err == OK || plan_count(&s->plan, PLAN_FAILED) > 0 ? verdict(s)
								  : err;
}

/* ---- Dovecot ---- */

static enum err
cli_setup_dovecot(struct cli *c)
{
	struct setup *s = op_alloc(&c->op, sizeof(*s));
	const char *address = cli_option(c, "test");

	setup_init(s, c);
	TRY(path_read(c, "dovecot", &s->conf));
	TRY(setup_dovecot_look(s));
	if (address == NULL) {
		out_document(c->out, setup_text(s, "doveadm reload"),
			     setup_json(s, "dovecot"));
		return verdict(s);
	}
	return tried(s, setup_dovecot_try, address);
}

/* ---- Postfix ---- */

static enum err
cli_setup_postfix(struct cli *c)
{
	struct setup *s = op_alloc(&c->op, sizeof(*s));
	const char *address = cli_option(c, "test");

	setup_init(s, c);
	s->conf = POSTFIX_FOLDER;
	TRY(path_read(c, "postfix", &s->conf));
	TRY(setup_postfix_look(s));
	if (address == NULL) {
		out_document(c->out, setup_text(s, "postfix reload"),
			     setup_json(s, "postfix"));
		return verdict(s);
	}
	return tried(s, setup_postfix_try, address);
}

/* ---- the rows ---- */

#define PROGRAMS                                                               \
	{                                                                      \
		0, "programs", "DIR",                                          \
			"where its programs lie; without it: where the "       \
			"system has them"                                      \
	}

static const struct cli_option dovecot_options[] = {
	{ 0, "dovecot", "FILE",
	  "its configuration; without it: the one that doveconf reads" },
	PROGRAMS,
	{ 0, "test", "ADDRESS",
	  "have it deliver a mail to this mailbox, and show the reply" },
	{ 0, "sender", "ADDRESS",
	  "who that mail is from; without it: a name of the mailbox's domain "
	  "that nobody else has" },
	{ 0 },
};

static const struct cli_option postfix_options[] = {
	{ 0, "postfix", "DIR",
	  "the folder of its configuration; without it: " POSTFIX_FOLDER },
	PROGRAMS,
	{ 0, "test", "ADDRESS",
	  "send a mail to this mailbox, and follow its reply to the end" },
	{ 0, "sink", "ADDRESS",
	  "with --test: who that mail is from, and who gets the reply" },
	{ 0, "smtp", "HOST:PORT",
	  "with --test: where mail comes in; without it: 127.0.0.1:25" },
	{ 0, "sink-listen", "ADDRESS:PORT",
	  "with --test: wait for the reply here; the site has to route the "
	  "sink's domain to it" },
	{ 0 },
};

static const struct cli_key keys[] = {
	{ "program", "dovecot or postfix" },
	{ "version", "its version, or null" },
	{ "configuration", "the file or folder that was read" },
	{ "rows", "a list of what was looked at: check, state (ok, skipped, "
		  "missing, warning, failed), subject, detail, remedy, and "
		  "file, block and lines of what is to be added, or null; "
		  "with --test it is all that is printed, without these "
		  "three" },
	{ "add", "a list of file and text: what to add, file by file" },
	{ NULL, NULL },
};

static const struct cli_example dovecot_examples[] = {
	{ "frontdesk setup dovecot", "what is missing, and where it goes" },
	{ "frontdesk setup dovecot --test ada@example.com",
	  "does a mail to Ada call for her reply?" },
	{ NULL, NULL },
};

static const struct cli_example postfix_examples[] = {
	{ "frontdesk setup postfix", "what is missing, and where it goes" },
	{ "frontdesk setup postfix --test ada@example.com --sink "
	  "me@example.org",
	  "does a mail to Ada call for her reply?" },
	{ NULL, NULL },
};

#define STATUSES                                                               \
	"The status is 0 when nothing is missing, 7 when something is, 1 "     \
	"when something contradicts or a test fails."

const struct verb cli_setup_verbs[] = {
	{
		.name = "setup dovecot",
		.operands = "",
		.needs = NEEDS_CONFIG | NEEDS_LONG,
		.summary = "tell what Dovecot lacks so that replies are sent",
		.text = "Asks doveconf how it is set up, compares that with "
			"the sections backend of the configuration, and "
			"prints the lines to add, in the syntax of its "
			"version (2.3 or 2.4), with the file for each. What "
			"is there and right is not printed again. Its files "
			"are never written to.\n\n"
			"With --test a mail goes to a mailbox that is absent: "
			"dovecot-lda runs its scripts, as it would for a mail "
			"from outside; the reply is taken by this command and "
			"goes to nobody, and the mail itself lies in a "
			"temporary folder where Dovecot can be told so. It "
			"has to be started as root, or as the account that "
			"delivers.\n\n" STATUSES,
		.options = dovecot_options,
		.keys = keys,
		.examples = dovecot_examples,
		.run = cli_setup_dovecot,
	},
	{
		.name = "setup postfix",
		.operands = "",
		.needs = NEEDS_CONFIG | NEEDS_LONG,
		.summary = "tell what Postfix lacks so that replies are sent",
		.text = "Asks postconf how it is set up, compares that with "
			"the milter and the outbox of the configuration, and "
			"prints the lines to add to main.cf and master.cf. "
			"What is there and right is not printed again. Its "
			"files are never written to.\n\n"
			"With --test a real mail goes to a mailbox that is "
			"absent, and is delivered to it. What the milter "
			"decides is followed until the reply was handed in, "
			"which takes milter.delay_s; the reply goes to "
			"--sink.\n\n" STATUSES,
		.options = postfix_options,
		.keys = keys,
		.examples = postfix_examples,
		.run = cli_setup_postfix,
	},
	{ 0 },
};
