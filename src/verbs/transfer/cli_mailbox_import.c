/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk mailbox import: many mailboxes from a CSV file. */
#include "cli/file.h"
#include "cli/out.h"
#include "verbs/transfer/bulk.h"
#include "verbs/transfer/mailbox_lines.h"
#include "verbs/transfer/mailbox_merge.h"
#include "wire/csv.h"

#include <string.h>

#define THREADS 32 /* that wait for the same commit */

struct import {
	struct mailbox_lines lines;
	struct bulk_gate *hashers;
	bool update;
};

/* ---- one line ---- */

/* What the line says goes over what is there; a hash takes its time. */
static enum err
facts_take(const struct bulk *b, struct op *op, const struct mailbox_line *line,
	   struct mailbox *to)
{
	const struct import *in = b->arg;
	enum err err = OK;

	if (line->name != NULL)
		to->name = line->name;
	if (line->zone != NULL)
		to->zone = line->zone;
	if (line->external != 0)
		to->policy = line->external;
	if (line->password_hash != NULL)
		to->password = line->password_hash;
	if (line->password == NULL)
		return OK;
	if (b->dry) {
		to->password = "";
		return OK;
	}
	bulk_gate_enter(in->hashers);
	err = auth_hash(op, line->password, &to->password);
	bulk_gate_leave(in->hashers);
	return err;
}

static enum err
line_add(struct bulk *b, struct op *op, const struct mailbox_line *line)
{
	struct mailbox mailbox = { .address = line->address,
				   .name = "",
				   .policy = AUDIENCE_ALL };

	TRY(facts_take(b, op, line, &mailbox));
	return mailbox_merge_new(b->c->wings.house.store, op, &mailbox,
				 line->aliases, b->dry);
}

static enum err
line_update(struct bulk *b, struct op *op, const struct mailbox_line *line,
	    const struct mailbox *old, enum bulk_result *out)
{
	struct mailbox mailbox = *old;
	bool changed = false;

	TRY(facts_take(b, op, line, &mailbox));
	TRY(mailbox_merge_over(b->c->wings.house.store, op, &mailbox,
			       line->aliases, b->dry, &changed));
	*out = changed ? BULK_UPDATED : BULK_UNCHANGED;
	return OK;
}

static enum err
import_work(struct bulk *b, struct op *op, size_t i, enum bulk_result *out)
{
	const struct import *in = b->arg;
	const struct mailbox_line *line = &in->lines.line[i];
	const struct mailbox *old;
	enum err err = store_mailbox_find(b->c->wings.house.store, op,
					  line->address, &old);

	*out = BULK_ADDED;
	if (err == ERR_NOT_FOUND)
		return line_add(b, op, line);
	TRY(err);
	if (strcmp(old->address, line->address) != 0)
		return FAIL(op, ERR_CONFLICT, "%s is an alias of %s already",
			    line->address, old->address);
	if (in->update)
		return line_update(b, op, line, old, out);
	*out = BULK_SKIPPED;
	op->reason = "there is such a mailbox already; --update changes it";
	return OK;
}

static json_t *
import_row(const struct bulk *b, size_t i)
{
	const struct import *in = b->arg;
	const struct mailbox_line *line = &in->lines.line[i];

	return json_pack("{s:I,s:o}", "line", (json_int_t)line->line, "address",
			 out_text(line->address));
}

/* ---- the run ---- */

static const struct out_column columns[] = {
	{ "line", "LINE" },     { "address", "ADDRESS" },
	{ "result", "RESULT" }, { "reason", "REASON" },
	{ NULL, NULL },
};

static const enum bulk_result results[] = { BULK_ADDED,     BULK_UPDATED,
					    BULK_UNCHANGED, BULK_SKIPPED,
					    BULK_FAILED,    BULK_LEFT };

static const struct bulk_plan plan = {
	.what = "mailbox import",
	.columns = columns,
	.rows = "lines",
	.work = import_work,
	.row = import_row,
	.results = results,
	.every = true,
};

static void
import_done(struct import *in)
{
	bulk_gate_close(in->hashers);
}

static enum err
cli_mailbox_import(struct cli *c)
{
	CLEANUP(import_done) struct import in = { 0 };
	const char *text;
	struct bulk b;
	enum err err;

	TRY(file_text(&c->op, c->operand[0], CSV_FILE_MAX, &text));
	TRY(cli_enter(c, NEEDS_OWNER | NEEDS_STORE));
	err = mailbox_lines_read(c, text, &in.lines);
	if (err != OK)
		return FAIL(&c->op, err, "%s: %s", c->operand[0], c->op.reason);
	in.update = cli_option(c, "update") != NULL;
	in.hashers = bulk_gate_open(bulk_processors());
	bulk_init(&b, c, &plan, in.lines.n);
	b.arg = &in;
	b.dry = cli_option(c, "dry-run") != NULL;
	b.threads = THREADS;
	for (size_t i = 0; i < in.lines.n; i++)
		if (in.lines.line[i].reason != NULL)
			bulk_settle(&b, i, BULK_FAILED,
				    in.lines.line[i].reason);
	(void)bulk_run(&b);
	return bulk_end(&b, b.count[BULK_LEFT] == 0
				    ? NULL
				    : "the same command takes the rest; what "
				      "is done is skipped");
}

/* ---- the row ---- */

static const struct cli_option options[] = {
	{ 0, "update", NULL, "change mailboxes that are there already" },
	{ 0, "dry-run", NULL, "only tell what would happen" },
	{ 0 },
};

static const struct cli_key keys[] = {
	{ "dry_run", "true when nothing was stored" },
	{ "added", "how many mailboxes are new" },
	{ "updated", "how many were changed" },
	{ "unchanged", "how many were as the line says" },
	{ "skipped", "how many were there already, without --update" },
	{ "failed", "how many lines could not be taken" },
	{ "left", "how many lines were not come to, after Ctrl-C" },
	{ "lines", "an array of objects: line (its number), address, result "
		   "(added, updated, unchanged, skipped, failed), reason "
		   "(null: none)" },
	{ NULL, NULL },
};

static const struct cli_example examples[] = {
	{ "frontdesk mailbox import staff.csv --dry-run",
	  "its first line: address,name,aliases" },
	{ NULL, NULL },
};

const struct verb cli_mailbox_import_verbs[] = {
	{
		.name = "mailbox import",
		.operands = "CSV",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_LONG,
		.summary = "add many mailboxes from a CSV file",
		.text = "The first line names the columns, in any order: "
			"address, and of name, aliases, password, "
			"password_hash, zone, external those that there are. "
			"Aliases are parted by spaces or semicolons; zone and "
			"external are as --tz and --external of mailbox add; a "
			"hash is one of crypt(5), also with Dovecot's {CRYPT}, "
			"{BLF-CRYPT}, {MD5-CRYPT}, {SHA256-CRYPT} or "
			"{SHA512-CRYPT} before it. An empty cell says "
			"nothing. A password has to be hashed, which takes "
			"some 30 ms of a processor; all processors do.\n\n"
			"A mailbox that is there already is skipped, or with "
			"--update changed: what the line says replaces what is "
			"there, aliases are added and none is taken away. Each "
			"line is done or fails for itself; lines that failed "
			"or were skipped have a row with the reason, with "
			"--dry-run all have.",
		.options = options,
		.keys = keys,
		.examples = examples,
		.run = cli_mailbox_import,
	},
	{ 0 },
};
