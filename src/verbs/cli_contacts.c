/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk contacts: whom a mailbox knows. */
#include "cli/cli.h"
#include "cli/file.h"
#include "cli/out.h"
#include "cli/words.h"
#include "model/contacts.h"
#include "verbs/person.h"
#include "wire/vcard.h"

#include <stdio.h>
#include <stdlib.h>

#define PAGE 500    /* contacts */
#define SAID_MAX 20 /* faults of a file, on standard error */

/* ---- import ---- */

static const struct out_column import_lines[] = {
	{ "address", "Mailbox" },
	{ "cards", "Cards read" },
	{ "addresses", "Addresses in them" },
	{ "added", "Added" },
	{ "changed", "Changed" },
	{ "removed", "Removed" },
	{ "contacts", "Contacts from files" },
	{ NULL, NULL },
};

static json_t *
faults_json(const struct contacts_import *in)
{
	json_t *all = json_array();

	for (size_t i = 0; i < in->told_n; i++)
		json_array_append_new(
			all,
			json_pack("{s:i,s:o}", "line", (int)in->fault[i].line,
				  "reason", out_text(in->fault[i].why)));
	return all;
}

static void
say(const char *text)
{
	char *safe = out_cell(OUT_TABLE, text);

	(void)fprintf(stderr, "frontdesk: %s\n", safe);
	free(safe);
}

static void
faults_say(struct cli *c, const char *path, const struct contacts_import *in)
{
	for (size_t i = 0; i < in->told_n && i < SAID_MAX; i++)
		say(op_print(&c->op, "%s:%u: %s", path, in->fault[i].line,
			     in->fault[i].why));
	if (in->fault_n > SAID_MAX)
		say(op_print(&c->op, "%s: and %zu more; see --json", path,
			     in->fault_n - SAID_MAX));
}

static void
import_tell(struct cli *c, const struct mailbox *mailbox,
	    const struct contacts_import *in)
{
	out_object(c->out, import_lines,
		   json_pack("{s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "address",
			     out_text(mailbox->address), "cards",
			     (json_int_t)in->cards, "addresses",
			     (json_int_t)in->addresses, "added",
			     (json_int_t)in->done.added, "changed",
			     (json_int_t)in->done.changed, "removed",
			     (json_int_t)in->done.removed, "contacts",
			     (json_int_t)in->done.addresses, "skipped",
			     faults_json(in)));
}

/* The file is of the one who started us; the store is of its owner. */
static enum err
cli_contacts_import(struct cli *c)
{
	const char *path = c->operand[1];
	bool replace = cli_option(c, "replace") != NULL;
	const struct mailbox *mailbox;
	struct contacts_import done;
	struct bytes file;
	enum err err;

	TRY(file_read(&c->op, path, VCARD_FILE_MAX, &file));
	TRY(cli_enter(c, NEEDS_OWNER | NEEDS_STORE));
	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	err = contacts_import(c->wings.house.store, &c->op, mailbox->id, file,
			      replace, &done);
	if (err != OK)
		return FAIL(&c->op, err, "%s: %s", path, c->op.reason);
	import_tell(c, mailbox, &done);
	faults_say(c, path, &done);
	if (done.fault_n > 0)
		c->exit = EXIT_PARTLY;
	return OK;
}

/* ---- list ---- */

static const struct out_column list_columns[] = {
	{ "contact", "CONTACT" },
	{ "name", "NAME" },
	{ "origin", "ORIGIN" },
	{ NULL, NULL },
};

static enum err
cli_contacts_list(struct cli *c)
{
	struct contact_search search = { 0 };
	struct contact_list page = { .n = PAGE };
	const struct mailbox *mailbox;

	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	out_list(c->out, list_columns);
	while (page.n == PAGE) {
		struct op *op = cli_page(c);
		enum err err =
			store_contact_list(c->wings.house.store, op,
					   mailbox->id, &search, PAGE, &page);

		if (err != OK)
			return FAIL(&c->op, err, "%s", op->reason);
		for (size_t i = 0; i < page.n; i++)
			out_row(c->out, person_contact(&page.contact[i]));
	}
	return OK;
}

/* ---- clear ---- */

static const struct out_column clear_lines[] = {
	{ "address", "Mailbox" },
	{ "cleared", "Contacts cleared" },
	{ NULL, NULL },
};

static enum err
cli_contacts_clear(struct cli *c)
{
	const struct mailbox *mailbox;
	size_t n;

	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	TRY(store_contact_clear(c->wings.house.store, &c->op, mailbox->id,
				cli_option(c, "origin"), NULL, &n));
	out_object(c->out, clear_lines,
		   json_pack("{s:o,s:I}", "address", out_text(mailbox->address),
			     "cleared", (json_int_t)n));
	return OK;
}

/* ---- sync ---- */

static const struct out_column sync_columns[] = {
	{ "address", "ADDRESS" }, { "origin", "ORIGIN" },
	{ "added", "ADDED" },     { "changed", "CHANGED" },
	{ "removed", "REMOVED" }, { "reason", "REASON" },
	{ NULL, NULL },
};

static void
sync_tell(void *arg, const struct contacts_result *r)
{
	struct cli *c = arg;

	out_row(c->out,
		json_pack("{s:o,s:o,s:I,s:I,s:I,s:o}", "address",
			  r->mailbox == NULL ? json_null()
					     : out_text(r->mailbox->address),
			  "origin", out_text(r->origin), "added",
			  (json_int_t)r->done.added, "changed",
			  (json_int_t)r->done.changed, "removed",
			  (json_int_t)r->done.removed, "reason",
			  r->reason == NULL ? json_null()
					    : out_text(r->reason)));
}

static void
contacts_done(struct contacts **contacts)
{
	contacts_close(*contacts);
}

static enum err
cli_contacts_sync(struct cli *c)
{
	CLEANUP(contacts_done) struct contacts *contacts = NULL;
	const struct mailbox *mailbox = NULL;
	size_t failed;

	if (c->operands_n > 0)
		TRY(cli_mailbox(c, c->operand[0], &mailbox));
	TRY(contacts_open(&c->op, c->wings.house.store,
			  c->wings.house.directory, &contacts));
	out_list(c->out, sync_columns);
	TRY(contacts_sync(contacts, &c->op, mailbox, sync_tell, c, &failed));
	if (failed > 0) {
		c->exit = EXIT_PARTLY;
		say(op_print(&c->op, "%zu times it failed; see REASON",
			     failed));
	}
	return OK;
}

/* ---- status ---- */

static const struct out_column status_columns[] = {
	{ "address", "ADDRESS" }, { "origin", "ORIGIN" },
	{ "place", "PLACE" },     { "changed", "READ" },
	{ "tried", "TRIED" },     { "failures", "FAILURES" },
	{ "reason", "REASON" },   { NULL, NULL },
};

/* Of a mailbox (NULL: of what many share) from one place. */
static json_t *
status_row(struct op *op, const char *address, const struct contact_source *s)
{
	return json_pack(
		"{s:o,s:o,s:o,s:o,s:o,s:I,s:o}", "address",
		address == NULL ? json_null() : out_text(address), "origin",
		out_text(s->origin), "place",
		s->place[0] == '\0' ? json_null() : out_text(s->place),
		"changed",
		s->changed == 0 ? json_null() : words_time(op, s->changed),
		"tried", s->tried == 0 ? json_null() : words_time(op, s->tried),
		"failures", (json_int_t)s->failures, "reason",
		s->reason[0] == '\0' ? json_null() : out_text(s->reason));
}

static enum err
status_of(struct cli *c, int64_t mailbox, const char *address)
{
	struct contact_source_list list;

	TRY(store_contact_sources(c->wings.house.store, &c->op, mailbox,
				  &list));
	for (size_t i = 0; i < list.n; i++)
		out_row(c->out, status_row(&c->op, address, &list.source[i]));
	return OK;
}

/* All that are kept, in the order in which they came to be known. */
static enum err
status_all(struct cli *c)
{
	struct contact_source_list page = { .n = PAGE };
	int64_t after = 0;

	while (page.n == PAGE) {
		struct store *store = c->wings.house.store;
		struct op *op = cli_page(c);
		enum err err = store_contact_source_list(store, op, after, PAGE,
							 &page);

		if (err != OK)
			return FAIL(&c->op, err, "%s", op->reason);
		for (size_t i = 0; i < page.n; i++) {
			const struct contact_source *s = &page.source[i];
			const struct mailbox *m = NULL;

			after = s->seq;
			if (s->mailbox != CONTACT_SHARED)
				TRY(store_mailbox_get(store, op, s->mailbox,
						      &m));
			out_row(c->out,
				status_row(op, m == NULL ? NULL : m->address,
					   s));
		}
	}
	return OK;
}

static enum err
cli_contacts_status(struct cli *c)
{
	const struct mailbox *mailbox;

	out_list(c->out, status_columns);
	if (c->operands_n == 0)
		return status_all(c);
	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	TRY(status_of(c, mailbox->id, mailbox->address));
	return status_of(c, CONTACT_SHARED, NULL);
}

/* ---- the rows ---- */

static const struct cli_option import_options[] = {
	{ 0, "replace", NULL,
	  "forget those from earlier files that this one has not" },
	{ 0 },
};

static const struct cli_option clear_options[] = {
	{ 0, "origin", "ORIGIN",
	  "only those from there: file, carddav:TITLE, ldap:TITLE" },
	{ 0 },
};

static const struct cli_key import_keys[] = {
	{ "address", "the mailbox" },
	{ "cards", "cards that were read" },
	{ "addresses", "different addresses in them" },
	{ "added", "those that were no contacts from files before" },
	{ "changed", "those that have another name now" },
	{ "removed", "those that were forgotten, with --replace" },
	{ "contacts", "contacts from files, now" },
	{ "skipped", "an array of what could not be read: line, reason" },
	{ NULL, NULL },
};

static const struct cli_key list_keys[] = {
	{ "contact", "an address that the mailbox knows" },
	{ "name", "whose it is, or empty" },
	{ "origin", "file, carddav:TITLE or ldap:TITLE" },
	{ NULL, NULL },
};

static const struct cli_key clear_keys[] = {
	{ "address", "the mailbox" },
	{ "cleared", "how many addresses were forgotten" },
	{ NULL, NULL },
};

static const struct cli_key sync_keys[] = {
	{ "address", "the mailbox; null: contacts that are for all" },
	{ "origin", "carddav:TITLE or ldap:TITLE" },
	{ "added", "cards that are new" },
	{ "changed", "cards that are others than before" },
	{ "removed", "cards that are no more" },
	{ "reason", "why it failed, or null" },
	{ NULL, NULL },
};

static const struct cli_key status_keys[] = {
	{ "address", "the mailbox; null: contacts that are for all" },
	{ "origin", "file, carddav:TITLE or ldap:TITLE" },
	{ "place", "the address book, where there may be several, or null" },
	{ "changed", "when it was last read in full, in UTC with Z, or null" },
	{ "tried", "when it was last asked, likewise" },
	{ "failures", "how often it failed since it last went well" },
	{ "reason", "why it failed the last time, or null" },
	{ NULL, NULL },
};

static const struct cli_example import_examples[] = {
	{ "frontdesk contacts import ada@example.com contacts.vcf",
	  "whom she knows, as her mail program exports it" },
	{ NULL, NULL },
};

static const struct cli_example list_examples[] = {
	{ "frontdesk contacts list ada@example.com --json", "for a script" },
	{ NULL, NULL },
};

static const struct cli_example sync_examples[] = {
	{ "frontdesk contacts sync ada@example.com",
	  "not to wait until the clerk does it" },
	{ NULL, NULL },
};

static const struct cli_example status_examples[] = {
	{ "frontdesk contacts status ada@example.com",
	  "why somebody is not Known to her" },
	{ NULL, NULL },
};

static const struct cli_example clear_examples[] = {
	{ "frontdesk contacts clear ada@example.com --origin file",
	  "what was imported" },
	{ NULL, NULL },
};

const struct verb cli_contacts_verbs[] = {
	{
		.name = "contacts import",
		.operands = "ADDRESS FILE",
		.operands_min = 2,
		.operands_max = 2,
		.needs = NEEDS_CONFIG,
		.summary = "add contacts to a mailbox from a file of vCards",
		.text = "Whose address is among a mailbox's contacts is Known "
			"to it: an absence may reply outside to those alone. "
			"Only names and mail addresses are kept. The same file "
			"once more changes nothing. What cannot be read is "
			"told with its line; the rest is imported, with status "
			"7.\n\n"
			"vCards of version 3.0 and 4.0 are read, and 2.1 as "
			"phones write it.",
		.options = import_options,
		.keys = import_keys,
		.examples = import_examples,
		.run = cli_contacts_import,
	},
	{
		.name = "contacts list",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "list whom a mailbox knows",
		.text = "Its own contacts: those that a section has for all "
			"are not among them.",
		.keys = list_keys,
		.examples = list_examples,
		.run = cli_contacts_list,
	},
	{
		.name = "contacts sync",
		.operands = "[ADDRESS]",
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE | NEEDS_LONG,
		.summary = "read contacts from CardDAV and LDAP now",
		.text = "By the sections carddav, and directory with "
			"contacts_base, for one mailbox or for all. The clerk "
			"of a running server does the same by itself.",
		.keys = sync_keys,
		.examples = sync_examples,
		.run = cli_contacts_sync,
	},
	{
		.name = "contacts status",
		.operands = "[ADDRESS]",
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "show where contacts come from, and how it went",
		.text = "",
		.keys = status_keys,
		.examples = status_examples,
		.run = cli_contacts_status,
	},
	{
		.name = "contacts clear",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "forget the contacts of a mailbox",
		.text = "Those of a section of the configuration are there "
			"again when it was asked the next time.",
		.options = clear_options,
		.keys = clear_keys,
		.examples = clear_examples,
		.run = cli_contacts_clear,
	},
	{ 0 },
};
