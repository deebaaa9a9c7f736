/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk oof log: who was answered, when, and how that went. The milter's
 * replies are rows of the store, those of scripts lines of Dovecot's log. */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/words.h"
#include "cli/zone.h"
#include "delivery/section.h"
#include "model/answered.h"
#include "verbs/answered.h"
#include "verbs/dovecot_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 10000
#define PAGE 500
#define ROTATED ".1"

/* The log of a section, and the one before it. */
struct log_file {
	const char *path;
	int fd;    /* -1: it cannot be read */
	int error; /* errno of that */
};

struct log_files {
	size_t n;
	struct log_file *file; /* in the order of the sections, two of each */
};

/* A row of what is printed: of one or the other. */
struct line {
	int64_t at;
	json_t *row;
};

struct lines {
	size_t n, room;
	struct line *line;
};

/* ---- files: opened by who gave the command ---- */

static void
files_close(struct log_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		if (files->file[i].fd >= 0)
			(void)close(files->file[i].fd);
	}
}

static void
file_open(struct log_file *f, const char *path)
{
	f->path = path;
	f->fd = path == NULL ? -1
			     : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	f->error = f->fd < 0 ? errno : 0;
}

static void
files_open(struct cli *c, struct log_files *out)
{
	const struct settings *s = c->settings;

	out->file = op_alloc(&c->op, 2 * s->backends_n * sizeof(*out->file));
	for (size_t i = 0; i < s->backends_n; i++) {
		const char *path = s->backends[i].log;

		file_open(&out->file[out->n++],
			  path == NULL ? NULL
				       : op_print(&c->op, "%s" ROTATED, path));
		file_open(&out->file[out->n++], path);
	}
}

/* ---- rows ---- */

static void
line_add(struct op *op, struct lines *to, int64_t at, json_t *row)
{
	if (to->n == to->room) {
		struct line *more;

		to->room = to->room == 0 ? PAGE : 2 * to->room;
		more = op_alloc(op, to->room * sizeof(*more));
		if (to->n > 0)
			memcpy(more, to->line, to->n * sizeof(*more));
		to->line = more;
	}
	to->line[to->n++] = (struct line){ at, row };
}

static enum err
stored_read(struct cli *c, const struct mailbox *mailbox, size_t limit,
	    struct lines *out)
{
	struct answered_list page = { .n = PAGE };
	int64_t before = 0;

	while (page.n == PAGE && out->n < limit) {
		struct op *op = cli_page(c);
		enum err err =
			store_answered_list(c->wings.house.store, op,
					    mailbox->id, before, PAGE, &page);

		if (err != OK)
			return FAIL(&c->op, err, "%s", op->reason);
		for (size_t i = 0; i < page.n && out->n < limit; i++) {
			json_t *row = answered_json(op, &page.row[i]);

			before = page.row[i].id;
			(void)json_object_set_new(row, "source",
						  json_string("milter"));
			line_add(&c->op, out, page.row[i].at, row);
		}
	}
	return OK;
}

static json_t *
sent_json(struct op *op, const struct backend_section *section,
	  const struct dovecot_sent *row)
{
	json_t *when = row->at == 0 ? json_null() : words_time(op, row->at);

	return json_pack(
		"{s:O,s:o,s:o,s:n,s:s,s:o,s:o,s:n,s:s,s:s,s:o}", "when", when,
		"sender", out_text(row->to), "to", out_text(row->to), "text",
		"state", row->sent ? "sent" : "failed", "since", when, "via",
		out_text(section->title), "message_id", "reason", "", "source",
		"log", "in_reply_to", out_text(row->message_id));
}

/* Not readable is no failure: the store's rows are there all the same. */
static void
file_told(const struct log_file *f, const char *reason)
{
	(void)fprintf(stderr,
		      "frontdesk: %s: %s: what it says of replies is not "
		      "shown\n",
		      f->path, reason);
}

static enum err
logged_read(struct cli *c, const struct mailbox *mailbox,
	    const struct log_files *files, struct lines *out)
{
	const struct settings *s = c->settings;
	const struct backend_section *section = section_of(&c->op, mailbox);
	size_t at = section == NULL ? 0 : (size_t)(section - s->backends);
	const char *user;

	if (section != NULL && section->log == NULL &&
	    !section_is_milter(section))
		(void)fprintf(stderr,
			      "frontdesk: its mail server sends by itself, and "
			      "log of backend \"%s\" is not set: whom it "
			      "answered is not known here\n",
			      section->title);
	if (section == NULL || section->log == NULL)
		return OK;
	TRY(section_user(&c->op, section, mailbox, &user));
	for (size_t i = 2 * at; i < 2 * at + 2; i++) {
		const struct log_file *f = &files->file[i];
		bool before = i == 2 * at; /* there need not be one */
		struct dovecot_log log;

		if (f->fd < 0) {
			if (!before || f->error != ENOENT)
				file_told(f, strerror(f->error));
			continue;
		}
		if (dovecot_log_read(&c->op, f->fd, user, zone_local(&c->op),
				     &log) != OK) {
			file_told(f, c->op.reason);
			continue;
		}
		if (log.cut)
			file_told(f, "only its end is read");
		for (size_t k = 0; k < log.n; k++)
			line_add(&c->op, out, log.row[k].at,
				 sent_json(&c->op, section, &log.row[k]));
	}
	return OK;
}

static int
newest_first(const void *a, const void *b)
{
	int64_t left = ((const struct line *)a)->at,
		right = ((const struct line *)b)->at;

	return left < right ? 1 : left > right ? -1 : 0;
}

/* ---- the verb ---- */

static const struct out_column columns[] = {
	{ "when", "WHEN" },   { "sender", "SENDER" }, { "text", "TEXT" },
	{ "state", "STATE" }, { "since", "SINCE" },   { "via", "THROUGH" },
	{ "reason", "WHY" },  { NULL, NULL },
};

static void
lines_print(struct cli *c, const struct lines *lines, size_t limit)
{
	out_list(c->out, columns);
	for (size_t i = 0; i < lines->n; i++) {
		if (i < limit)
			out_row(c->out, lines->line[i].row);
		else
			json_decref(lines->line[i].row);
	}
	if (lines->n == 0)
		out_note(c->out, "Nobody was answered, as far as is known.");
	else if (lines->n > limit)
		out_note(c->out, "There are more: see --limit.");
}

static enum err
limit_read(struct cli *c, size_t *out)
{
	const char *text = cli_option(c, "limit");
	int64_t limit = LIMIT_DEFAULT;

	if (text != NULL && !text_number(text, 1, LIMIT_MAX, &limit))
		return FAIL(&c->op, ERR_INVALID,
			    "--limit '%s': give a number from 1 to %d", text,
			    LIMIT_MAX);
	*out = (size_t)limit;
	return OK;
}

static enum err
cli_oof_log(struct cli *c)
{
	CLEANUP(files_close) struct log_files files = { 0 };
	const struct mailbox *mailbox;
	struct lines lines = { 0 };
	size_t limit;
	enum err err;

	TRY(limit_read(c, &limit));
	files_open(c, &files);
	TRY(cli_enter(c, NEEDS_OWNER | NEEDS_STORE));
	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	err = stored_read(c, mailbox, limit + 1, &lines);
	if (err == OK)
		err = logged_read(c, mailbox, &files, &lines);
	if (lines.n > 0)
		qsort(lines.line, lines.n, sizeof(*lines.line), newest_first);
	lines_print(c, &lines, err == OK ? limit : 0);
	return err;
}

static const struct cli_option options[] = {
	{ 0, "limit", "N", "so many at most, the newest; without it: 100" },
	{ 0 },
};

static const struct cli_key keys[] = {
	{ "when", "when it was decided, in UTC with Z; null: not known" },
	{ "sender", "who counts as answered" },
	{ "to", "where the reply went" },
	{ "text", "internal or external; null: the log does not say" },
	{ "state", "waiting, sending, sent, failed, or unknown: it may have "
		   "been sent, and is not sent again" },
	{ "since", "when that state came about" },
	{ "via", "the title of the section backend" },
	{ "message_id", "the reply's, or null" },
	{ "reason", "why it failed or waits; empty: nothing to say" },
	{ "source", "milter: the store; log: Dovecot's log" },
	{ "in_reply_to", "with log: the Message-ID of the mail, or null" },
	{ NULL, NULL },
};

static const struct cli_example examples[] = {
	{ "frontdesk oof log ada@example.com", "whom has Ada answered?" },
	{ NULL, NULL },
};

const struct verb cli_oof_log_verbs[] = {
	{
		.name = "oof log",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG,
		.summary = "list who was answered, and how that went",
		.text = "The milter's replies are known as long as they are "
			"kept. Those of scripts are known where backend.log "
			"names Dovecot's log: its last 16 MiB are read, and "
			"the file before it by the name with .1 behind, by "
			"the rights of who gives the command. A log that "
			"cannot be read is told of, and is no failure.",
		.options = options,
		.keys = keys,
		.examples = examples,
		.run = cli_oof_log,
	},
	{ 0 },
};
