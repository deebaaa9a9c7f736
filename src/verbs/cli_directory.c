/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk directory: the people that other systems know. */
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/words.h"

#include <string.h>

#define PAGE 500 /* people of the store, at a time */

/* ---- test ---- */

static const struct out_column step_columns[] = {
	{ "step", "STEP" },
	{ "found", "FOUND" },
	{ NULL, NULL },
};

static void
tell_step(void *arg, const char *what, const char *found)
{
	struct cli *c = arg;

	out_row(c->out, json_pack("{s:o,s:o}", "step", out_text(what), "found",
				  out_text(found)));
}

static enum err
directory_test(struct cli *c)
{
	out_list(c->out, step_columns);
	return directory_trace(c->wings.house.directory, &c->op, c->operand[0],
			       tell_step, c);
}

/* ---- list ---- */

/* How many mailboxes are tied to a source, and how many of those have gone. */
struct tied {
	uint64_t active, disabled, gone;
};

static enum err
count_tied(struct cli *c, const char *source, struct tied *out)
{
	struct person_list page = { .n = PAGE };
	int64_t after = 0;

	*out = (struct tied){ 0 };
	while (page.n == PAGE) {
		struct op *op = cli_page(c);
		enum err err = store_person_list(c->wings.house.store, op,
						 source, after, PAGE, &page);

		if (err != OK)
			return FAIL(&c->op, err, "%s", op->reason);
		for (size_t i = 0; i < page.n; i++) {
			const struct person_link *link = &page.link[i];

			out->active += link->state == PERSON_ACTIVE;
			out->disabled += link->state == PERSON_DISABLED;
			out->gone += link->state == PERSON_GONE;
			after = link->mailbox;
		}
	}
	return OK;
}

static json_t *
when_json(struct op *op, int64_t at)
{
	return at == 0 ? json_null() : words_time(op, at);
}

static const struct out_column list_columns[] = {
	{ "source", "SOURCE" }, { "state", "STATE" },
	{ "people", "PEOPLE" }, { "disabled", "DISABLED" },
	{ "gone", "GONE" },     { "swept", "SWEPT" },
	{ "detail", "DETAIL" }, { NULL, NULL },
};

struct listing {
	struct cli *c;
	size_t n, failed;
	enum err err; /* of the store */
};

static enum err
list_one(struct cli *c, const char *source, const char *found, bool answers)
{
	struct source_mark mark;
	struct tied tied;

	TRY(store_source_get(c->wings.house.store, &c->op, source, &mark));
	TRY(count_tied(c, source, &tied));
	out_row(c->out, json_pack("{s:o,s:s,s:I,s:I,s:I,s:o,s:o,s:o}", "source",
				  out_text(source), "state",
				  answers ? "answers" : "failed", "people",
				  (json_int_t)tied.active, "disabled",
				  (json_int_t)tied.disabled, "gone",
				  (json_int_t)tied.gone, "followed",
				  when_json(&c->op, mark.followed), "swept",
				  when_json(&c->op, mark.swept), "detail",
				  answers ? json_null() : out_text(found)));
	return OK;
}

static void
tell_source(void *arg, const char *source, const char *found)
{
	struct listing *l = arg;
	bool answers = strcmp(found, "answers") == 0;

	l->n++;
	l->failed += !answers;
	if (l->err == OK)
		l->err = list_one(l->c, source, found, answers);
}

static enum err
directory_list(struct cli *c)
{
	struct listing l = { .c = c };
	enum err err;

	out_list(c->out, list_columns);
	err = directory_ping(c->wings.house.directory, &c->op, tell_source, &l);
	TRY(l.err);
	if (l.failed > 0)
		return FAIL(&c->op, ERR_DOWN,
			    "%zu of %zu sources of people cannot be asked; "
			    "see: frontdesk directory test ADDRESS",
			    l.failed, l.n);
	TRY(err);
	if (l.n == 0)
		out_note(c->out, "None is configured: see directory, userdb "
				 "and sql in frontdesk.conf(5).");
	return OK;
}

/* ---- sync ---- */

static const struct out_column sync_lines[] = {
	{ "seen", "Seen" }, { "made", "Made" },       { "changed", "Changed" },
	{ "gone", "Gone" }, { "refused", "Refused" }, { NULL, NULL },
};

static enum err
directory_sync(struct cli *c)
{
	const char *name = c->operand[0];
	struct directory_count n = { 0 };

	if (name != NULL && strchr(name, ':') == NULL)
		name = op_print(&c->op, "directory:%s", name);
	TRY(directory_sweep(c->wings.house.directory, &c->op, name, &n));
	out_object(c->out, sync_lines,
		   json_pack("{s:I,s:I,s:I,s:I,s:I}", "seen",
			     (json_int_t)n.seen, "made", (json_int_t)n.made,
			     "changed", (json_int_t)n.changed, "gone",
			     (json_int_t)n.gone, "refused",
			     (json_int_t)n.refused));
	return OK;
}

/* ---- the verbs ---- */

static const struct cli_key test_keys[] = {
	{ "step", "what was looked at or asked" },
	{ "found", "what came of it" },
	{ NULL, NULL },
};

static const struct cli_key list_keys[] = {
	{ "source", "a kind and a title, directory:office" },
	{ "state", "answers or failed" },
	{ "people", "mailboxes tied to its people" },
	{ "disabled", "those of people whom it bars" },
	{ "gone", "those of people whom it no longer knows" },
	{ "followed", "when it last told what had changed; null: never" },
	{ "swept", "when all of its people were last read; null: never" },
	{ "detail", "why it failed, or null" },
	{ NULL, NULL },
};

static const struct cli_key sync_keys[] = {
	{ "seen", "people it told of" },
	{ "made", "mailboxes that were made" },
	{ "changed", "mailboxes that were changed" },
	{ "gone", "people it no longer knows" },
	{ "refused", "people who cannot have a mailbox here" },
	{ NULL, NULL },
};

static const struct cli_example list_examples[] = {
	{ "frontdesk directory list -c /srv/frontdesk/frontdesk.conf",
	  "is every source there, and how many people has it?" },
	{ NULL, NULL },
};

static const struct cli_example test_examples[] = {
	{ "frontdesk directory test ada@example.com",
	  "why she is not found, or has no picture" },
	{ NULL, NULL },
};

static const struct cli_example sync_examples[] = {
	{ "frontdesk directory sync office", "after a change there" },
	{ NULL, NULL },
};

const struct verb cli_directory_verbs[] = {
	{
		.name = "directory test",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "show each step of looking somebody up",
		.text = "The domain, what the store has, then each source that "
			"serves the domain: the servers that were tried, TLS, "
			"as whom we are bound, the search, what it found, "
			"addresses, pictures and what is left out and why. "
			"Nothing is changed by it, and nothing that is "
			"remembered counts.",
		.keys = test_keys,
		.examples = test_examples,
		.run = directory_test,
	},
	{
		.name = "directory list",
		.operands = "",
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "list the sources of people, and ask whether they "
			   "are there",
		.text = "The sections directory, userdb and sql of the "
			"configuration. The status is 6 when one of them does "
			"not answer, or does not let us in.",
		.keys = list_keys,
		.examples = list_examples,
		.run = directory_list,
	},
	{
		.name = "directory sync",
		.operands = "[SOURCE]",
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE | NEEDS_LONG,
		.summary = "read all people of a source now",
		.text = "Of the source with that name, as directory list tells "
			"it, or of the directory with that title; else of all. "
			"The server does it by itself, at its start and once a "
			"day, and follows changes in between.",
		.keys = sync_keys,
		.examples = sync_examples,
		.run = directory_sync,
	},
	{ 0 },
};
