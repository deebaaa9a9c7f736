/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk photo export: all photos as files. */
#include "base/idn.h"
#include "base/text.h"
#include "cli/out.h"
#include "verbs/transfer/bulk.h"
#include "verbs/transfer/photo_name.h"
#include "verbs/transfer/porter.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PAGE 500       /* photos of a list, which has no pictures */
#define FILE_MODE 0644 /* less the umask */
#define PART ".part"   /* of a file that is not whole yet */

struct export
{
	struct porter *porter;
	const char *domain; /* NULL: all */
	unsigned edge;
	bool force;
	size_t n;
	const struct mailbox **mailbox;
};

/* ---- one photo ---- */

static enum err
all_write(struct op *op, int fd, const char *name, struct bytes bytes)
{
	enum err err = OK;

	while (err == OK && bytes.n > 0) {
		ssize_t put = write(fd, bytes.p, bytes.n);

		if (put > 0) {
			bytes.p += put;
			bytes.n -= (size_t)put;
		} else if (put < 0 && errno != EINTR) {
			err = FAIL(op, ERR_DOWN, "%s: writing: %s", name,
				   strerror(errno));
		}
	}
	if (close(fd) != 0 && err == OK)
		err = FAIL(op, ERR_DOWN, "%s: writing: %s", name,
			   strerror(errno));
	return err;
}

/* A file that is there is replaced whole, or stays. */
static enum err
file_replace(const struct export *ex, struct op *op, const char *name,
	     struct bytes jpeg)
{
	const char *part = op_print(op, ".%.200s" PART, name);
	enum err err;
	int fd;

	(void)porter_remove(ex->porter, op,
			    part); /* of a run that was killed */
	TRY(porter_make(ex->porter, op, part, FILE_MODE, &fd));
	err = all_write(op, fd, name, jpeg);
	if (err == OK)
		err = porter_rename(ex->porter, op, part, name);
	if (err != OK)
		(void)porter_remove(ex->porter, op, part);
	return err;
}

static enum err
file_new(const struct export *ex, struct op *op, const char *name,
	 struct bytes jpeg)
{
	enum err err;
	int fd;

	err = porter_make(ex->porter, op, name, FILE_MODE, &fd);
	if (err == ERR_CONFLICT)
		return FAIL(op, err, "%s is there already; --force replaces it",
			    name);
	TRY(err);
	err = all_write(op, fd, name, jpeg);
	if (err != OK) {
		const char *why = op->reason;

		(void)porter_remove(ex->porter, op, name);
		op->reason = why;
	}
	return err;
}

static enum err
export_work(struct bulk *b, struct op *op, size_t i, enum bulk_result *out)
{
	const struct export *ex = b->arg;
	const struct mailbox *mailbox = ex->mailbox[i];
	const char *name;
	struct photo photo;
	enum err err;

	TRY(photo_name_make(op, mailbox->address, &name));
	err = store_photo_get(b->c->wings.house.store, op, mailbox->id,
			      ex->edge, PHOTO_JPEG, &photo);
	*out = err == ERR_NOT_FOUND ? BULK_SKIPPED : BULK_SET;
	if (err == ERR_NOT_FOUND) {
		op->reason = "it was removed meanwhile";
		return OK;
	}
	TRY(err);
	return ex->force ? file_replace(ex, op, name, photo.jpeg)
			 : file_new(ex, op, name, photo.jpeg);
}

static json_t *
export_row(const struct bulk *b, size_t i)
{
	const struct export *ex = b->arg;

	return json_pack("{s:o}", "address", out_text(ex->mailbox[i]->address));
}

/* ---- the run ---- */

static const struct out_column columns[] = {
	{ "address", "ADDRESS" },
	{ "result", "RESULT" },
	{ "reason", "REASON" },
	{ NULL, NULL },
};

static const enum bulk_result results[] = { BULK_SET, BULK_SKIPPED, BULK_FAILED,
					    BULK_LEFT };

static const struct bulk_plan plan = {
	.what = "photo export",
	.columns = columns,
	.rows = "files",
	.work = export_work,
	.row = export_row,
	.results = results,
};

static bool
is_wanted(const struct export *ex, const struct mailbox *mailbox)
{
	return ex->domain == NULL ||
	       strcmp(text_domain(mailbox->address), ex->domain) == 0;
}

static void
mailbox_add(struct op *op, struct export *ex, const struct mailbox *mailbox,
	    size_t *room)
{
	if (ex->n == *room) {
		const struct mailbox **more;

		*room = *room == 0 ? PAGE : 2 * *room;
		more = op_alloc(op, *room * sizeof(struct mailbox *));
		if (ex->n > 0)
			memcpy(more, ex->mailbox,
			       ex->n * sizeof(struct mailbox *));
		ex->mailbox = more;
	}
	ex->mailbox[ex->n++] = mailbox;
}

/* Whose photos, as of now; those of a list stay as long as the command. */
static enum err
list_read(struct cli *c, struct export *ex)
{
	struct photo_list page = { .n = PAGE };
	int64_t after = 0;
	size_t room = 0;

	while (page.n == PAGE) {
		TRY(store_photo_list(c->wings.house.store, &c->op, after, PAGE,
				     &page));
		for (size_t i = 0; i < page.n; i++) {
			after = page.item[i].mailbox->id;
			if (is_wanted(ex, page.item[i].mailbox))
				mailbox_add(&c->op, ex, page.item[i].mailbox,
					    &room);
		}
	}
	return OK;
}

static enum err
options_take(struct cli *c, struct export *ex)
{
	const char *size = cli_option(c, "size");
	const char *domain = cli_option(c, "domain");
	int64_t edge = 0;

	if (size != NULL && !text_number(size, 1, PHOTO_EDGE_MAX, &edge))
		return FAIL(&c->op, ERR_INVALID,
			    "--size '%s': give the pixels of an edge, 1 to %d",
			    size, PHOTO_EDGE_MAX);
	ex->edge = (unsigned)edge;
	ex->force = cli_option(c, "force") != NULL;
	ex->domain = domain == NULL ? NULL : idn_fold(&c->op, domain);
	return OK;
}

static enum err
domain_check(struct cli *c, const struct export *ex)
{
	struct domain domain;
	enum err err;

	if (ex->domain == NULL)
		return OK;
	err = store_domain_find(c->wings.house.store, &c->op, ex->domain,
				&domain);
	if (err == ERR_NOT_FOUND)
		return FAIL(&c->op, err,
			    "%s is no accepted domain; see: frontdesk domain "
			    "list",
			    ex->domain);
	return err;
}

static void
export_done(struct export *ex)
{
	porter_close(ex->porter);
}

static enum err
cli_photo_export(struct cli *c)
{
	CLEANUP(export_done) struct export ex = { 0 };
	struct bulk b;

	TRY(options_take(c, &ex));
	TRY(porter_open(&c->op, c->operand[0], true, &ex.porter));
	TRY(cli_enter(c, NEEDS_OWNER | NEEDS_STORE));
	TRY(domain_check(c, &ex));
	TRY(list_read(c, &ex));
	bulk_init(&b, c, &plan, ex.n);
	b.arg = &ex;
	(void)bulk_run(&b);
	return bulk_end(&b, NULL);
}

/* ---- the row ---- */

static const struct cli_option options[] = {
	{ 0, "size", "PIXELS",
	  "the largest stored size up to this edge, else the smallest; without "
	  "it the largest" },
	{ 0, "domain", "DOMAIN", "only the mailboxes of this domain" },
	{ 0, "force", NULL, "replace files that are there" },
	{ 0 },
};

static const struct cli_key keys[] = {
	{ "dry_run", "false" },
	{ "set", "how many files were written" },
	{ "skipped", "how many photos went away meanwhile" },
	{ "failed", "how many files could not be written" },
	{ "left", "how many were not come to, after Ctrl-C" },
	{ "files", "an array of those skipped or failed: address, result, "
		   "reason" },
	{ NULL, NULL },
};

static const struct cli_example examples[] = {
	{ "frontdesk photo export portraits/ --size 240", "for a web page" },
	{ NULL, NULL },
};

const struct verb cli_photo_export_verbs[] = {
	{
		.name = "photo export",
		.operands = "DIR",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_LONG,
		.summary = "write the stored photos into a folder",
		.text = "Each as ADDRESS.jpg, with %25 and %2F for a percent "
			"sign and a slash; photo import reads these names. DIR "
			"is made if it is not there. A file that is there is a "
			"failure, unless --force is given. The pictures that "
			"came from a directory are not among them.",
		.options = options,
		.keys = keys,
		.examples = examples,
		.run = cli_photo_export,
	},
	{ 0 },
};
