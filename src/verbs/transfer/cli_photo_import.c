/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk photo import: a folder of pictures. */
#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"
#include "cli/file.h"
#include "cli/out.h"
#include "photo/photo_keep.h"
#include "verbs/transfer/bulk.h"
#include "verbs/transfer/photo_plan.h"
#include "verbs/transfer/porter.h"
#include "wire/csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BESIDE 2 /* threads for each decoder: one reads or commits */
#define PLACE_EVERY_US INT64_C(2000000)
#define PLACE_FILE "photo-import" /* in data/: how far a run came */
#define PLACE_MAX (16 * KIB)      /* bytes of it */

struct import {
	struct photo_plan plan;
	struct porter *porter;
	struct bulk_gate *decoders;
	const char *dir;   /* as the system names it */
	const char *place; /* the path of PLACE_FILE */
	int64_t noted_us;
	size_t first; /* of plan.entry: what was done before is not done again
		       */
};

/* ---- one picture ---- */

/* Is it what is stored: the file it was made from, or a size of it, as photo
 * export writes them? */
static enum err
same_check(struct cli *c, struct op *op, int64_t mailbox, struct bytes file,
	   bool *same)
{
	struct store *store = c->wings.house.store;
	uint8_t digest[DIGEST_SIZE];
	struct photo photo;
	enum err err =
		store_photo_get(store, op, mailbox, 0, PHOTO_FACTS, &photo);

	*same = false;
	if (err == ERR_NOT_FOUND) {
		op->reason = NULL;
		return OK;
	}
	TRY(err);
	digest_sha256(file, digest);
	*same = memcmp(digest, photo.source, sizeof(digest)) == 0;
	for (const unsigned *edge = photo_edges; !*same && *edge != 0; edge++) {
		TRY(store_photo_get(store, op, mailbox, *edge, PHOTO_JPEG,
				    &photo));
		*same = photo.jpeg.n == file.n &&
			memcmp(photo.jpeg.p, file.p, file.n) == 0;
	}
	return OK;
}

static enum err
decode(const struct import *in, struct image *image, struct op *op,
       struct bytes file, struct photo_set *out)
{
	enum err err;

	bulk_gate_enter(in->decoders);
	if (bulk_stopped())
		err = FAIL(op, ERR_DOWN, "ended");
	else
		err = image_square(image, op, file, out);
	bulk_gate_leave(in->decoders);
	return err;
}

static enum err
import_work(struct bulk *b, struct op *op, size_t i, enum bulk_result *out)
{
	const struct import *in = b->arg;
	const struct photo_entry *entry = &in->plan.entry[in->first + i];
	struct house *house = &b->c->wings.house;
	struct photo_set set;
	struct bytes file;
	bool same;
	int fd;

	TRY(porter_read(in->porter, op, entry->file, &fd));
	TRY(porter_take(op, fd, PHOTO_FILE_MAX, &file));
	TRY(same_check(b->c, op, entry->mailbox, file, &same));
	*out = same ? BULK_UNCHANGED : BULK_SET;
	if (same || b->dry)
		return OK;
	TRY(decode(in, house->image, op, file, &set));
	return photo_keep(house, op, entry->mailbox, &set);
}

static json_t *
import_row(const struct bulk *b, size_t i)
{
	const struct import *in = b->arg;
	const struct photo_entry *entry = &in->plan.entry[in->first + i];
	const char *address =
		entry->primary != NULL ? entry->primary : entry->address;

	return json_pack("{s:o,s:o}", "file", out_text(entry->shown), "address",
			 out_text(address));
}

/* ---- how far it came ---- */

/* The folder, the file, the address, each with a NUL behind it. */
static void
place_note(struct cli *c, const struct import *in, size_t i)
{
	const struct photo_entry *entry = &in->plan.entry[in->first + i];
	struct op *op = cli_page(c);
	const char *part[] = { in->dir, entry->file,
			       entry->address == NULL ? "" : entry->address };
	struct buf buf;

	buf_init(&buf, op, KIB, PLACE_MAX);
	for (size_t p = 0; p < COUNT(part); p++)
		buf_add(&buf, part[p], strlen(part[p]) + 1);
	/* Without it the next run looks at everything again: no failure. */
	if (buf_err(&buf) == OK)
		(void)file_put(op, in->place, 0600, buf_bytes(&buf));
}

static void
import_passed(struct bulk *b, size_t i)
{
	struct import *in = b->arg;
	int64_t now = op_clock_us();

	if (b->dry || now - in->noted_us < PLACE_EVERY_US)
		return;
	in->noted_us = now;
	place_note(b->c, in, i);
}

/* The next of three texts in the note; NULL: it is not what we wrote. */
static const char *
place_part(struct bytes *rest)
{
	const char *text = (const char *)rest->p;
	const uint8_t *end =
		rest->n == 0 ? NULL : memchr(rest->p, '\0', rest->n);

	if (end == NULL)
		return NULL;
	rest->n -= (size_t)(end + 1 - rest->p);
	rest->p = end + 1;
	return text;
}

static bool
is_behind(const struct photo_entry *entry, const char *file,
	  const char *address)
{
	int order = strcmp(entry->file, file);

	return order > 0 ||
	       (order == 0 &&
		strcmp(entry->address == NULL ? "" : entry->address, address) >
			0);
}

/* Without a note of this folder it begins at the start. */
static void
place_find(struct cli *c, struct import *in)
{
	const char *dir, *file, *address;
	struct bytes note;

	if (file_read(&c->op, in->place, PLACE_MAX, &note) != OK)
		return;
	dir = place_part(&note);
	file = place_part(&note);
	address = place_part(&note);
	if (dir == NULL || file == NULL || address == NULL ||
	    strcmp(dir, in->dir) != 0)
		return;
	while (in->first < in->plan.n &&
	       !is_behind(&in->plan.entry[in->first], file, address))
		in->first++;
}

/* ---- the run ---- */

static const struct out_column columns[] = {
	{ "file", "FILE" },     { "address", "ADDRESS" },
	{ "result", "RESULT" }, { "reason", "REASON" },
	{ NULL, NULL },
};

static const enum bulk_result results[] = { BULK_SET, BULK_UNCHANGED,
					    BULK_SKIPPED, BULK_FAILED,
					    BULK_LEFT };

static const struct bulk_plan plan = {
	.what = "photo import",
	.columns = columns,
	.rows = "files",
	.work = import_work,
	.row = import_row,
	.passed = import_passed,
	.results = results,
	.every = true,
};

/* What is known without looking into a file. */
static void
entries_settle(struct bulk *b, const struct import *in)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct photo_entry *entry =
			&in->plan.entry[in->first + i];

		if (entry->reason != NULL)
			bulk_settle(b, i,
				    entry->skipped ? BULK_SKIPPED : BULK_FAILED,
				    entry->reason);
	}
}

/* Where the next run with --resume goes on. */
static const char *
place_end(struct cli *c, const struct bulk *b, const struct import *in)
{
	size_t told = 0;

	if (b->dry)
		return NULL;
	if (b->count[BULK_LEFT] == 0) {
		(void)unlink(in->place);
		return NULL;
	}
	while (told < b->n && b->item[told].result != BULK_LEFT)
		told++;
	if (told > 0)
		place_note(c, in, told - 1);
	return "the same command with --resume goes on";
}

static enum err
run(struct cli *c, struct import *in, unsigned jobs)
{
	struct bulk b;
	const char *advice;

	in->place = op_print(&c->op, "%s/" PLACE_FILE, c->settings->data);
	TRY(photo_plan_find(c, &in->plan));
	if (cli_option(c, "resume") != NULL)
		place_find(c, in);
	bulk_init(&b, c, &plan, in->plan.n - in->first);
	b.arg = in;
	b.dry = cli_option(c, "dry-run") != NULL;
	b.threads = BESIDE * jobs + BESIDE;
	entries_settle(&b, in);
	in->noted_us = op_clock_us();
	(void)bulk_run(&b);
	advice = place_end(c, &b, in);
	if (advice == NULL && in->first > 0)
		advice = op_print(&c->op, "%zu were done before", in->first);
	return bulk_end(&b, advice);
}

/* What the one who gave the command may read is read before it is the owner
 * of the data's turn. */
static enum err
plan_make(struct cli *c, struct import *in)
{
	const char *map = cli_option(c, "map"), *text;
	struct walk_list files;
	enum err err;

	TRY(walk_files(&c->op, in->dir, &files));
	if (map == NULL) {
		photo_plan_names(&c->op, &files, &in->plan);
		return OK;
	}
	TRY(file_text(&c->op, map, CSV_FILE_MAX, &text));
	err = photo_plan_map(&c->op, text, &files, &in->plan);
	return err == OK ? OK : FAIL(&c->op, err, "%s: %s", map, c->op.reason);
}

static enum err
folder_name(struct cli *c, const char **out)
{
	char *real = realpath(c->operand[0], NULL);

	if (real == NULL)
		return file_fail(&c->op, errno, c->operand[0], "opening");
	*out = op_dup(&c->op, real);
	free(real);
	return OK;
}

static void
import_done(struct import *in)
{
	porter_close(in->porter);
	bulk_gate_close(in->decoders);
}

static enum err
cli_photo_import(struct cli *c)
{
	CLEANUP(import_done) struct import in = { 0 };
	unsigned jobs;

	TRY(bulk_jobs(c, &jobs));
	TRY(folder_name(c, &in.dir));
	TRY(plan_make(c, &in));
	TRY(porter_open(&c->op, in.dir, false, &in.porter));
	TRY(cli_enter(c, NEEDS_OWNER | NEEDS_STORE | NEEDS_IMAGE));
	in.decoders = bulk_gate_open(jobs);
	return run(c, &in, jobs);
}

/* ---- the row ---- */

static const struct cli_option options[] = {
	{ 0, "map", "CSV",
	  "whose each file is: a line file,address for each, with a header of "
	  "these names or without" },
	{ 0, "dry-run", NULL,
	  "only tell what would happen; nothing is decoded or stored" },
	{ 0, "jobs", "N",
	  "decode so many at once; without it, and by a server that runs, one "
	  "a processor" },
	{ 0, "resume", NULL, "go on where a run of this folder was ended" },
	{ 0 },
};

static const struct cli_key keys[] = {
	{ "dry_run", "true when nothing was stored" },
	{ "set", "how many were stored" },
	{ "unchanged", "how many were stored already" },
	{ "skipped", "how many are no pictures by their names, or not in the "
		     "map" },
	{ "failed", "how many could not be taken" },
	{ "left", "how many were not come to, after Ctrl-C" },
	{ "files", "an array of objects: file, address (null: none is known), "
		   "result (set, unchanged, skipped, failed), reason (null: "
		   "none)" },
	{ NULL, NULL },
};

static const struct cli_example examples[] = {
	{ "frontdesk photo import portraits/ --dry-run",
	  "files like ada@example.com.jpg" },
	{ "frontdesk photo import portraits/ --map staff.csv",
	  "staff.csv: 4711.jpg,ada@example.com" },
	{ NULL, NULL },
};

const struct verb cli_photo_import_verbs[] = {
	{
		.name = "photo import",
		.operands = "DIR",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_LONG,
		.summary = "store the photos of a folder",
		.text = "The pictures in DIR and its folders, each named by "
			"the "
			"address of its person and an ending .jpg, .jpeg, .png "
			"or .webp in any case; %25 and %2F stand for a percent "
			"sign and a slash. Links are followed only inside of "
			"DIR. With --map the CSV file names whose each file "
			"is; commas, semicolons or tabs part its fields.\n\n"
			"A file that is stored already, or that photo export "
			"wrote of what is stored, is left alone without being "
			"decoded. Files that are skipped or failed have a row "
			"with the reason; with --dry-run all have. Ctrl-C "
			"ends a run in good order: what is stored is stored.",
		.options = options,
		.keys = keys,
		.examples = examples,
		.run = cli_photo_import,
	},
	{ 0 },
};
