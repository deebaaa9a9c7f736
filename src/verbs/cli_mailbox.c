/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk mailbox: people and shared mailboxes. */
#include "base/idn.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/file.h"
#include "cli/out.h"
#include "cli/words.h"
#include "verbs/mailbox.h"
#include "verbs/person.h"

#include <stdio.h>
#include <string.h>

#define PAGE 500 /* mailboxes */

static const struct out_column facts_lines[] = {
	{ "address", "Mailbox" },
	{ "name", "Name" },
	{ "organization", "Organization" },
	{ "aliases", "Aliases" },
	{ "source", "Known in" },
	{ "state", "State there" },
	{ "owners", "Owners besides" },
	{ "login", "Own password" },
	{ "tz", "Time zone" },
	{ "zone", "In effect" },
	{ "external", "Replies outside" },
	{ "oof", "Absence" },
	{ "photo", "Photo of" },
	{ "photo_from", "Photo from" },
	{ "photo_hidden", "Photo hidden" },
	{ "photo_copy", "Photo's copy" },
	{ NULL, NULL },
};

static enum err
show(struct cli *c, const struct mailbox *mailbox)
{
	json_t *facts;

	TRY(person_facts(c, mailbox, &facts));
	out_object(c->out, facts_lines, facts);
	return OK;
}

static enum err
cli_mailbox_show(struct cli *c)
{
	const struct mailbox *mailbox;

	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	return show(c, mailbox);
}

/* ---- add and set ---- */

/* From standard input, or asked for; NULL: there is none. */
static enum err
password_read(struct cli *c, const char *address, bool ask, const char **hash)
{
	const char *password;

	*hash = NULL;
	if (cli_option(c, "password-stdin") != NULL)
		TRY(file_line(&c->op, MAILBOX_PASSWORD_MAX, &password));
	else if (ask && ask_possible())
		TRY(ask_password(&c->op, address, &password));
	else
		return OK;
	return auth_hash(&c->op, password, hash);
}

/* name, tz and external, where they are given. */
static enum err
facts_read(struct cli *c, struct mailbox *to)
{
	const char *name = cli_option(c, "name");
	const char *zone = cli_option(c, "tz");
	const char *external = cli_option(c, "external");

	if (name != NULL) {
		TRY(words_text(&c->op, "name", name, MAILBOX_NAME_MAX));
		to->name = name;
	}
	if (zone != NULL && zone[0] != '\0')
		TRY(words_zone(&c->op, "tz", zone));
	if (zone != NULL)
		to->zone = zone[0] == '\0' ? NULL : zone;
	if (external != NULL)
		TRY(words_audience(&c->op, "external", external, &to->policy));
	return OK;
}

static enum err
aliases_read(struct cli *c, const char *const **out)
{
	const char *const *given = cli_options(c, "alias");
	const char **aliases;
	size_t n = 0;

	while (given[n] != NULL)
		n++;
	aliases = op_alloc(&c->op, (n + 1) * sizeof(*aliases));
	for (size_t i = 0; i < n; i++)
		TRY(mailbox_address(c, given[i], &aliases[i]));
	*out = aliases;
	return OK;
}

/* In an accepted domain, and nobody's yet. */
static enum err
address_check(struct cli *c, const char *address)
{
	const struct mailbox *taken;
	enum err err = store_mailbox_find(c->wings.house.store, &c->op, address,
					  &taken);

	if (err == OK)
		return mailbox_taken(c, address, taken);
	if (err != ERR_NOT_FOUND)
		return err;
	return mailbox_domain(c, address);
}

/* All is checked before anybody is asked for a password. */
static enum err
cli_mailbox_add(struct cli *c)
{
	struct mailbox mailbox = { .name = "", .policy = AUDIENCE_ALL };
	const char *const *aliases;

	TRY(mailbox_address(c, c->operand[0], &mailbox.address));
	TRY(facts_read(c, &mailbox));
	TRY(aliases_read(c, &aliases));
	TRY(address_check(c, mailbox.address));
	for (size_t i = 0; aliases[i] != NULL; i++)
		TRY(address_check(c, aliases[i]));
	/* Where others know the passwords, one of ours would be of no use. */
	TRY(password_read(c, mailbox.address,
			  strcmp(c->settings->passwords, "store") == 0,
			  &mailbox.password));
	TRY(store_mailbox_add(c->wings.house.store, &c->op, &mailbox, aliases));
	return show(c, &mailbox);
}

static enum err
cli_mailbox_set(struct cli *c)
{
	const struct mailbox *old;
	struct mailbox mailbox;

	TRY(cli_mailbox(c, c->operand[0], &old));
	mailbox = *old;
	TRY(facts_read(c, &mailbox));
	TRY(store_mailbox_change(c->wings.house.store, &c->op, &mailbox));
	return cli_mailbox_show(c);
}

static enum err
cli_mailbox_passwd(struct cli *c)
{
	bool none = cli_option(c, "none") != NULL;
	const struct mailbox *old;
	struct mailbox mailbox;

	TRY(cli_mailbox(c, c->operand[0], &old));
	mailbox = *old;
	TRY(password_read(c, old->address, !none, &mailbox.password));
	if (none == (mailbox.password != NULL)) {
		c->exit = EXIT_USAGE;
		return FAIL(&c->op, ERR_INVALID,
			    "give --password-stdin, or --none, or call it on a "
			    "terminal");
	}
	TRY(store_mailbox_change(c->wings.house.store, &c->op, &mailbox));
	return cli_mailbox_show(c);
}

/* ---- list, export, remove ---- */

static const struct out_column list_columns[] = {
	{ "address", "ADDRESS" },   { "name", "NAME" },
	{ "external", "EXTERNAL" }, { "tz", "TZ" },
	{ "login", "LOGIN" },       { "source", "SOURCE" },
	{ "state", "STATE" },       { NULL, NULL },
};

static enum err
list_domain(struct cli *c, const char **out)
{
	struct domain domain;
	enum err err;

	*out = NULL;
	if (c->operands_n == 0)
		return OK;
	*out = idn_fold(&c->op, c->operand[0]);
	err = store_domain_find(c->wings.house.store, &c->op, *out, &domain);
	if (err == ERR_NOT_FOUND)
		return FAIL(&c->op, err,
			    "%s is no accepted domain; see: frontdesk domain "
			    "list",
			    *out);
	return err;
}

static enum err
list_row(struct cli *c, struct op *op, const struct mailbox *mailbox)
{
	json_t *row = person_row(mailbox);
	enum err err = person_source_add(c, op, mailbox, row);

	if (err != OK) {
		json_decref(row);
		return FAIL(&c->op, err, "%s", op->reason);
	}
	out_row(c->out, row);
	return OK;
}

static enum err
cli_mailbox_list(struct cli *c)
{
	struct mailbox_list page = { .n = PAGE };
	char after[ADDRESS_MAX + 1] = "";
	const char *domain;

	TRY(list_domain(c, &domain));
	out_list(c->out, list_columns);
	while (page.n == PAGE) {
		struct op *op = cli_page(c);
		enum err err = store_mailbox_list(c->wings.house.store, op,
						  domain, after, PAGE, &page);

		if (err != OK)
			return FAIL(&c->op, err, "%s", op->reason);
		for (size_t i = 0; i < page.n; i++) {
			TRY(list_row(c, op, &page.mailbox[i]));
			(void)snprintf(after, sizeof(after), "%s",
				       page.mailbox[i].address);
		}
	}
	return OK;
}

static enum err
cli_mailbox_export(struct cli *c)
{
	const struct mailbox *mailbox;
	json_t *all;

	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	TRY(person_export(c, mailbox, &all));
	out_json(c->out, all);
	return OK;
}

static const struct out_column removed_lines[] = {
	{ "removed", "Removed" },
	{ "source", "Comes back when seen in" },
	{ NULL, NULL },
};

static enum err
cli_mailbox_remove(struct cli *c)
{
	struct person_link link = { .source = NULL };
	const struct mailbox *mailbox;
	enum err err;

	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	err = store_person_get(c->wings.house.store, &c->op, mailbox->id,
			       &link);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (cli_option(c, "yes") == NULL)
		TRY(ask_sure(&c->op, op_print(&c->op,
					      "Remove %s, its texts, its photo "
					      "and its contacts?",
					      mailbox->address)));
	TRY(store_mailbox_remove(c->wings.house.store, &c->op, mailbox->id));
	out_object(c->out, removed_lines,
		   json_pack("{s:o,s:o}", "removed", out_text(mailbox->address),
			     "source", out_text(link.source)));
	return OK;
}

/* ---- the rows ---- */

#define FACTS_OPTIONS                                                          \
	{ 0, "name", "NAME", "the person's name" },                            \
		{ 0, "external", "WHO",                                        \
		  "the most that its absences may reply to outside: none, "    \
		  "known or all" },                                            \
	{                                                                      \
		0, "tz", "ZONE",                                               \
			"its time zone, like Europe/Berlin; without one, the " \
			"site's"                                               \
	}

static const struct cli_option add_options[] = {
	FACTS_OPTIONS,
	{ 0, "alias", "ADDRESS", "another address of it; may be repeated" },
	{ 0, "password-stdin", NULL,
	  "take the password from the first line of standard input" },
	{ 0 },
};

static const struct cli_option set_options[] = {
	FACTS_OPTIONS,
	{ 0 },
};

static const struct cli_option passwd_options[] = {
	{ 0, "password-stdin", NULL,
	  "take the password from the first line of standard input" },
	{ 0, "none", NULL, "take its password away: nobody may log in" },
	{ 0 },
};

static const struct cli_option remove_options[] = {
	{ 0, "yes", NULL, "do not ask" },
	{ 0 },
};

static const struct cli_key facts_keys[] = {
	{ "address", "the primary address" },
	{ "name", "the person's name" },
	{ "organization", "the organization of its domain" },
	{ "aliases", "an array of its other addresses" },
	{ "owners", "an array of the accounts that own it besides" },
	{ "source", "who outside knows the person, like directory:office; "
		    "null: nobody, it is our own" },
	{ "state", "active, disabled or gone, as that says; or null" },
	{ "login", "true when it has a password" },
	{ "tz", "its own time zone, or null" },
	{ "zone", "the time zone in effect" },
	{ "external", "the most that absences may reply to outside: none, "
		      "known or all" },
	{ "oof", "disabled, enabled or scheduled" },
	{ "photo", "when its photo was stored, in UTC with Z; null: none" },
	{ "photo_from",
	  "upload or directory, as far as it is known; null: none" },
	{ "photo_hidden", "true: nobody gets to see it" },
	{ "photo_copy",
	  "of an uploaded one in the directory, as in photo list" },
	{ NULL, NULL },
};

static const struct cli_key list_keys[] = {
	{ "address", "the primary address" },
	{ "name", "the person's name" },
	{ "external", "the most that absences may reply to outside" },
	{ "tz", "its own time zone, or null" },
	{ "login", "true when it has a password" },
	{ "source", "who outside knows the person, or null" },
	{ "state", "active, disabled or gone, as that says; or null" },
	{ NULL, NULL },
};

static const struct cli_key export_keys[] = {
	{ "address", "and all of mailbox show, but:" },
	{ "oof", "the object of oof show" },
	{ "photo", "null, or an object: type, edge (pixels), changed, base64" },
	{ "directory_photo", "likewise, as the directory had it" },
	{ "owns", "an array of the mailboxes that it owns besides" },
	{ "source_uid", "by what its source knows the person again, or null" },
	{ "source_login", "its name there, or null" },
	{ "source_asked", "when it was last asked, in UTC with Z; or null" },
	{ "contacts", "an array of whom it knows: contact, name, origin" },
	{ "answered", "an array of whom it answered, the newest first: the "
		      "objects of oof log" },
	{ "audit", "an array of what others changed of it, and of what it "
		   "changed of others: the objects of audit" },
	{ NULL, NULL },
};

static const struct cli_key remove_keys[] = {
	{ "removed", "the address" },
	{ "source", "where it is known, and comes back from; or null" },
	{ NULL, NULL },
};

static const struct cli_example add_examples[] = {
	{ "frontdesk mailbox add ada@example.com --name 'Ada Lovelace' --tz "
	  "Europe/London",
	  "asks for her password" },
	{ "pass show ada | frontdesk mailbox add ada@example.com "
	  "--password-stdin",
	  "the password from another program" },
	{ "frontdesk mailbox add office@example.com </dev/null",
	  "a shared mailbox: nobody may log in as it" },
	{ NULL, NULL },
};

static const struct cli_example list_examples[] = {
	{ "frontdesk mailbox list example.com | cut -f1", "only addresses" },
	{ NULL, NULL },
};

static const struct cli_example show_examples[] = {
	{ "frontdesk mailbox show ada@example.com", "by any of its addresses" },
	{ NULL, NULL },
};

static const struct cli_example set_examples[] = {
	{ "frontdesk mailbox set ada@example.com --external known",
	  "no replies to strangers" },
	{ NULL, NULL },
};

static const struct cli_example passwd_examples[] = {
	{ "frontdesk mailbox passwd ada@example.com", "asks for a new one" },
	{ NULL, NULL },
};

static const struct cli_example export_examples[] = {
	{ "frontdesk mailbox export ada@example.com >ada.json",
	  "all that is kept of her" },
	{ NULL, NULL },
};

static const struct cli_example remove_examples[] = {
	{ "frontdesk mailbox remove ada@example.com --yes", "without asking" },
	{ NULL, NULL },
};

#define ONE_ADDRESS .operands = "ADDRESS", .operands_min = 1, .operands_max = 1
#define ON_STORE .needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE

const struct verb cli_mailbox_verbs[] = {
	{
		.name = "mailbox add",
		ONE_ADDRESS,
		ON_STORE,
		.summary = "add a mailbox",
		.text = "Its domain has to be accepted already. On a terminal "
			"its password is asked for; without a password nobody "
			"may log in as it, which is right for a shared "
			"mailbox.",
		.options = add_options,
		.keys = facts_keys,
		.examples = add_examples,
		.run = cli_mailbox_add,
	},
	{
		.name = "mailbox list",
		.operands = "[DOMAIN]",
		.operands_max = 1,
		ON_STORE,
		.summary = "list the mailboxes, of one domain or all",
		.text = "",
		.keys = list_keys,
		.examples = list_examples,
		.run = cli_mailbox_list,
	},
	{
		.name = "mailbox show",
		ONE_ADDRESS,
		ON_STORE,
		.summary = "show a mailbox",
		.text = "",
		.keys = facts_keys,
		.examples = show_examples,
		.run = cli_mailbox_show,
	},
	{
		.name = "mailbox set",
		ONE_ADDRESS,
		ON_STORE,
		.summary = "change name, time zone or policy of a mailbox",
		.text = "What is not given stays. An empty --tz takes the "
			"zone away.",
		.options = set_options,
		.keys = facts_keys,
		.examples = set_examples,
		.run = cli_mailbox_set,
	},
	{
		.name = "mailbox passwd",
		ONE_ADDRESS,
		ON_STORE,
		.summary = "change the password of a mailbox",
		.text = "The old one ends at once.",
		.options = passwd_options,
		.keys = facts_keys,
		.examples = passwd_examples,
		.run = cli_mailbox_passwd,
	},
	{
		.name = "mailbox export",
		ONE_ADDRESS,
		ON_STORE,
		.summary = "print all that is kept of a person, as JSON",
		.text = "The document is JSON with --json and without.",
		.keys = export_keys,
		.examples = export_examples,
		.run = cli_mailbox_export,
	},
	{
		.name = "mailbox remove",
		ONE_ADDRESS,
		ON_STORE,
		.summary = "remove a mailbox with all that is kept of it",
		.text = "Texts, photo and aliases are erased from the store; "
			"backups made before still have them. The audit keeps "
			"who changed what when, without its details. Whom a "
			"source outside knows (directory, userdb, sql) becomes "
			"a new mailbox when it is next seen there.",
		.options = remove_options,
		.keys = remove_keys,
		.examples = remove_examples,
		.run = cli_mailbox_remove,
	},
	{ 0 },
};
