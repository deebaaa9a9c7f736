/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk import: what frontdesk export wrote. */
#include "base/text.h"
#include "cli/file.h"
#include "cli/out.h"
#include "verbs/transfer/bulk.h"
#include "verbs/transfer/mailbox_merge.h"
#include "verbs/transfer/transfer_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define THREADS 32 /* that wait for the same commit */

struct import {
	struct store *store;
	struct transfer_scan scan;
	int fd;
	bool update;
	size_t wall[2]; /* behind the domains, and the mailboxes */
};

/* ---- what a line stands on ---- */

static bool
is_done(const struct bulk *b, const struct transfer_line *line)
{
	const struct import *in = b->arg;
	enum bulk_result result = b->item[line - in->scan.line].result;

	return result != BULK_FAILED && result != BULK_LEFT;
}

/* Its own lines went well: else it would go to somebody else's mailbox, or to
 * another organization's. */
static enum err
domain_needed(const struct bulk *b, struct op *op, const char *address)
{
	const struct import *in = b->arg;
	const char *name = text_domain(address);
	const struct transfer_line *line =
		transfer_scan_domain(&in->scan, name);

	if (line == NULL)
		return FAIL(op, ERR_INVALID,
			    "there is no line of the domain %s", name);
	if (!is_done(b, line))
		return FAIL(op, ERR_CONFLICT, "the domain %s failed (line %u)",
			    name, line->line);
	return OK;
}

static enum err
mailbox_needed(const struct bulk *b, struct op *op, const char *address,
	       const struct mailbox **out)
{
	const struct import *in = b->arg;
	const struct transfer_line *line =
		transfer_scan_mailbox(&in->scan, address);

	if (line == NULL)
		return FAIL(op, ERR_INVALID,
			    "there is no line of the mailbox %s", address);
	if (!is_done(b, line))
		return FAIL(op, ERR_CONFLICT, "the mailbox %s failed (line %u)",
			    address, line->line);
	return store_mailbox_find(in->store, op, address, out);
}

/* What is said of what was set beside a mailbox. */
static enum bulk_result
added_or_updated(const struct bulk *b, const char *address)
{
	const struct import *in = b->arg;
	const struct transfer_line *line =
		transfer_scan_mailbox(&in->scan, address);

	return line != NULL && b->item[line - in->scan.line].result ==
				       BULK_ADDED
		       ? BULK_ADDED
		       : BULK_UPDATED;
}

/* ---- one line of each kind ---- */

static enum err
domain_take(struct bulk *b, struct op *op, const union transfer_room *room,
	    enum bulk_result *out)
{
	const struct import *in = b->arg;
	const struct transfer_domain *line = &room->domain;
	struct domain there;
	enum err err = store_domain_find(in->store, op, line->name, &there);

	*out = err == OK ? BULK_UNCHANGED : BULK_ADDED;
	if (err == ERR_NOT_FOUND)
		return store_domain_add(in->store, op, line->name,
					line->organization);
	TRY(err);
	if (strcmp(there.organization_name, line->organization) == 0)
		return OK;
	return FAIL(op, ERR_CONFLICT,
		    "%s is there, and of the organization '%s', not '%s'",
		    line->name, there.organization_name, line->organization);
}

static const char *const *
aliases_of(struct op *op, const struct text_list *list)
{
	const char **alias = op_alloc(op, (list->n + 1) * sizeof(*alias));

	for (size_t i = 0; i < list->n; i++)
		alias[i] = list->text[i];
	return alias;
}

static enum err
mailbox_take(struct bulk *b, struct op *op, const union transfer_room *room,
	     enum bulk_result *out)
{
	const struct import *in = b->arg;
	const struct transfer_mailbox *line = &room->mailbox;
	const char *const *aliases = aliases_of(op, &line->aliases);
	struct mailbox mailbox = { .address = line->address,
				   .name = line->name,
				   .zone = line->zone,
				   .password = line->password,
				   .policy = line->external };
	const struct mailbox *old;
	bool changed = false;
	enum err err;

	TRY(domain_needed(b, op, line->address));
	for (const char *const *a = aliases; *a != NULL; a++)
		TRY(domain_needed(b, op, *a));
	err = store_mailbox_find(in->store, op, line->address, &old);
	*out = BULK_ADDED;
	if (err == ERR_NOT_FOUND)
		return mailbox_merge_new(in->store, op, &mailbox, aliases,
					 false);
	TRY(err);
	if (strcmp(old->address, line->address) != 0)
		return FAIL(op, ERR_CONFLICT, "%s is an alias of %s already",
			    line->address, old->address);
	if (!in->update)
		return FAIL(op, ERR_CONFLICT,
			    "%s: there is such a mailbox already; --update "
			    "makes it what the file says",
			    line->address);
	mailbox.id = old->id;
	TRY(mailbox_merge_over(in->store, op, &mailbox, aliases, false,
			       &changed));
	*out = changed ? BULK_UPDATED : BULK_UNCHANGED;
	return OK;
}

static enum err
person_take(struct bulk *b, struct op *op, const union transfer_room *room,
	    enum bulk_result *out)
{
	const struct import *in = b->arg;
	const struct transfer_person *line = &room->person;
	struct person_link link = { .source = line->source,
				    .uid = line->uid,
				    .login = line->login,
				    .state = line->state,
				    .checked = line->checked };
	const struct mailbox *mailbox;

	TRY(mailbox_needed(b, op, line->address, &mailbox));
	link.mailbox = mailbox->id;
	*out = added_or_updated(b, line->address);
	return store_person_restore(in->store, op, &link, &line->given);
}

static enum err
oof_take(struct bulk *b, struct op *op, const union transfer_room *room,
	 enum bulk_result *out)
{
	const struct import *in = b->arg;
	const struct transfer_oof *line = &room->oof;
	struct oof_duration duration = { .start = line->start,
					 .end = line->end };
	struct oof_reply internal = { line->internal, line->internal_lang };
	struct oof_reply external = { line->external, line->external_lang };
	const struct oof_stored stored = {
		.settings = { .state = line->state,
			      .audience = line->audience,
			      .duration = line->start == RECORD_NO_TIME
						  ? NULL
						  : &duration,
			      .internal = &internal,
			      .external = &external },
		.period = line->period,
		.changed = line->changed,
	};
	const struct mailbox *mailbox;

	TRY(mailbox_needed(b, op, line->address, &mailbox));
	*out = added_or_updated(b, line->address);
	return store_oof_restore(in->store, op, mailbox->id, &stored);
}

static enum err
photo_take(struct bulk *b, struct op *op, const union transfer_room *room,
	   enum bulk_result *out)
{
	const struct import *in = b->arg;
	const struct transfer_photo *line = &room->photo;
	const struct transfer_variant *variant = line->variants.item;
	struct photo_set set = { .width = (unsigned)line->width,
				 .height = (unsigned)line->height,
				 .n = line->variants.n };
	const struct mailbox *mailbox;

	TRY(mailbox_needed(b, op, line->address, &mailbox));
	memcpy(set.source, line->source, sizeof(set.source));
	for (size_t i = 0; i < set.n; i++)
		set.variant[i] =
			(struct photo_variant){ (unsigned)variant[i].edge,
						variant[i].jpeg };
	*out = added_or_updated(b, line->address);
	return store_photo_restore(in->store, op, mailbox->id, &set,
				   line->changed);
}

static enum err
hidden_take(struct bulk *b, struct op *op, const union transfer_room *room,
	    enum bulk_result *out)
{
	const struct import *in = b->arg;
	const struct mailbox *mailbox;

	TRY(mailbox_needed(b, op, room->hidden.address, &mailbox));
	*out = added_or_updated(b, room->hidden.address);
	return store_photo_hide(in->store, op, mailbox->id, true);
}

static enum err
contacts_take(struct bulk *b, struct op *op, const union transfer_room *room,
	      enum bulk_result *out)
{
	const struct import *in = b->arg;
	const struct transfer_contacts *line = &room->contacts;
	const struct transfer_card *card = line->cards.item;
	struct contact_card *cards =
		op_alloc(op, (line->cards.n + 1) * sizeof(*cards));
	struct contact_change change = { .mailbox = CONTACT_SHARED,
					 .origin = line->origin,
					 .place = line->place,
					 .token = line->token,
					 .all = true,
					 .n = line->cards.n,
					 .card = cards };
	const struct mailbox *mailbox;
	struct contact_done done;

	for (size_t i = 0; i < line->cards.n; i++)
		cards[i] = (struct contact_card){
			.card = card[i].card,
			.tag = card[i].tag,
			.name = card[i].name,
			.n = card[i].addresses.n,
			.address = card[i].addresses.text,
		};
	if (line->address != NULL) {
		TRY(mailbox_needed(b, op, line->address, &mailbox));
		change.mailbox = mailbox->id;
	}
	TRY(store_contact_put(in->store, op, &change, &done));
	*out = line->address == NULL ? BULK_UPDATED
				     : added_or_updated(b, line->address);
	return OK;
}

static enum err
answered_take(struct bulk *b, struct op *op, const union transfer_room *room,
	      enum bulk_result *out)
{
	const struct import *in = b->arg;
	const struct transfer_answered *line = &room->answered;
	const struct answered_list list = transfer_answered_list(op, line);
	const struct mailbox *mailbox;

	TRY(mailbox_needed(b, op, line->address, &mailbox));
	*out = added_or_updated(b, line->address);
	return store_answered_restore(in->store, op, mailbox->id, &list);
}

static enum err
owner_take(struct bulk *b, struct op *op, const union transfer_room *room,
	   enum bulk_result *out)
{
	const struct import *in = b->arg;
	const struct mailbox *mailbox, *account;
	enum err err;

	TRY(mailbox_needed(b, op, room->owner.address, &mailbox));
	TRY(mailbox_needed(b, op, room->owner.account, &account));
	err = store_owner_find(in->store, op, mailbox->id, account->id);
	*out = err == OK ? BULK_UNCHANGED
			 : added_or_updated(b, room->owner.address);
	if (err != ERR_NOT_FOUND)
		return err;
	return store_owner_add(in->store, op, mailbox->id, account->id);
}

typedef enum err take(struct bulk *b, struct op *op,
		      const union transfer_room *room, enum bulk_result *out);

static take *const takes[TRANSFER_KINDS] = {
	[TRANSFER_DOMAIN] = domain_take,
	[TRANSFER_MAILBOX] = mailbox_take,
	[TRANSFER_PERSON] = person_take,
	[TRANSFER_OOF] = oof_take,
	[TRANSFER_PHOTO] = photo_take,
	[TRANSFER_HIDDEN] = hidden_take,
	[TRANSFER_CONTACTS] = contacts_take,
	[TRANSFER_ANSWERED] = answered_take,
	[TRANSFER_OWNER] = owner_take,
};

static enum err
import_work(struct bulk *b, struct op *op, size_t i, enum bulk_result *out)
{
	const struct import *in = b->arg;
	const struct transfer_line *line = &in->scan.line[i];
	union transfer_room room;

	TRY(transfer_line_read(op, in->fd, line, &room));
	TRY(takes[line->kind](b, op, &room, out));
	op->reason = NULL; /* of looks that found nothing on the way */
	return OK;
}

static json_t *
import_row(const struct bulk *b, size_t i)
{
	const struct import *in = b->arg;
	const struct transfer_line *line = &in->scan.line[i];

	return json_pack("{s:I,s:s}", "line", (json_int_t)line->line, "type",
			 transfer_type[line->kind].name);
}

/* ---- the run ---- */

static const struct out_column columns[] = {
	{ "line", "LINE" },     { "type", "TYPE" }, { "result", "RESULT" },
	{ "reason", "REASON" }, { NULL, NULL },
};

static const enum bulk_result results[] = { BULK_ADDED, BULK_UPDATED,
					    BULK_UNCHANGED, BULK_FAILED,
					    BULK_LEFT };

static const struct bulk_plan plan = {
	.what = "import",
	.columns = columns,
	.rows = "lines",
	.work = import_work,
	.row = import_row,
	.results = results,
};

static enum err
file_open(struct cli *c, int *out)
{
	const char *path = c->operand[0];
	struct stat st;

	*out = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*out < 0 || fstat(*out, &st) != 0)
		return file_fail(&c->op, errno, path, "opening");
	if (!S_ISREG(st.st_mode))
		return FAIL(&c->op, ERR_INVALID,
			    "%s: it is read twice, so it has to be a file",
			    path);
	return OK;
}

static enum err
store_is_empty(struct cli *c)
{
	struct mailbox_list some;

	TRY(store_mailbox_list(c->wings.house.store, &c->op, NULL, "", 1,
			       &some));
	if (some.n == 0)
		return OK;
	return FAIL(&c->op, ERR_CONFLICT,
		    "there are mailboxes already, %s for one; --merge adds to "
		    "them, and --update makes them what the file says",
		    some.mailbox[0].address);
}

static enum err
run(struct cli *c, struct import *in)
{
	struct bulk b;

	bulk_init(&b, c, &plan, in->scan.n);
	b.arg = in;
	b.threads = THREADS;
	in->wall[0] = in->scan.domains_n;
	in->wall[1] = in->scan.domains_n + in->scan.mailboxes_n;
	b.wall = in->wall;
	b.walls_n = COUNT(in->wall);
	(void)bulk_run(&b);
	return bulk_end(&b, b.count[BULK_LEFT] == 0
				    ? NULL
				    : "the same command with --update takes "
				      "the rest");
}

static void
import_done(struct import *in)
{
	if (in->fd >= 0)
		(void)close(in->fd);
}

static enum err
cli_import(struct cli *c)
{
	CLEANUP(import_done) struct import in = { .fd = -1 };
	enum err err;

	TRY(file_open(c, &in.fd));
	TRY(cli_enter(c, NEEDS_OWNER | NEEDS_STORE));
	err = transfer_scan_file(&c->op, in.fd, &in.scan);
	if (err != OK)
		return FAIL(&c->op, err, "%s: %s; nothing was changed",
			    c->operand[0], c->op.reason);
	in.store = c->wings.house.store;
	in.update = cli_option(c, "update") != NULL;
	if (!in.update && cli_option(c, "merge") == NULL)
		TRY(store_is_empty(c));
	return run(c, &in);
}

/* ---- the row ---- */

static const struct cli_option options[] = {
	{ 0, "merge", NULL,
	  "into a store that has mailboxes; those of the file must not be "
	  "among them" },
	{ 0, "update", NULL,
	  "the same, and mailboxes that are there become what the file says" },
	{ 0 },
};

static const struct cli_key keys[] = {
	{ "dry_run", "false" },
	{ "added", "how many lines brought something new" },
	{ "updated", "how many changed something" },
	{ "unchanged", "how many said what was there" },
	{ "failed", "how many could not be taken" },
	{ "left", "how many were not come to, after Ctrl-C" },
	{ "lines", "an array of those that failed: line (its number), type, "
		   "result, reason" },
	{ NULL, NULL },
};

static const struct cli_example examples[] = {
	{ "frontdesk import all.ndjson", "into a new installation" },
	{ NULL, NULL },
};

const struct verb cli_import_verbs[] = {
	{
		.name = "import",
		.operands = "FILE",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_LONG,
		.summary = "take over what frontdesk export wrote",
		.text = "The whole file is checked first: one that was cut "
			"off, "
			"or has a line that is not as frontdesk writes them, "
			"changes nothing. Then each line is done or fails for "
			"itself, and what belongs to a mailbox that failed "
			"fails too. Photos keep their entity tags, absences "
			"their texts and times, passwords go on, and whoever "
			"was answered is not answered again.\n\n"
			"Without an option there must be no mailboxes yet; "
			"domains may be there. With --update absences, photos, "
			"ties and contacts of the file replace those that "
			"there are, and aliases and owners are added. After "
			"it frontdesk domain certificate makes one that names "
			"the new domains.",
		.options = options,
		.keys = keys,
		.examples = examples,
		.run = cli_import,
	},
	{ 0 },
};
