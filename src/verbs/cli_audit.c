/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk audit: who changed what of another's mailbox. */
#include "base/clock.h"
#include "base/idn.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/words.h"
#include "verbs/audit.h"

#define PAGE 500 /* rows */

json_t *
audit_json(struct op *op, const struct audit_row *row)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "when",
			 words_time(op, row->at), "who", out_text(row->who),
			 "what", out_text(store_audit_word(row->what)),
			 "address", out_text(row->address), "detail",
			 out_text(row->detail));
}

/* As the times of an absence, but so long ago with a hyphen: -7d. */
static enum err
since_read(struct cli *c, int64_t *out)
{
	const char *text = cli_option(c, "since");
	bool ago = text != NULL && text[0] == '-';

	*out = 0;
	if (text == NULL)
		return OK;
	if (clock_read_person(&c->op,
			      ago ? op_print(&c->op, "+%s", text + 1) : text,
			      c->settings->zone, out) != OK)
		return FAIL(&c->op, ERR_INVALID,
			    "--since '%s': give 2026-12-23, '2026-12-23 "
			    "12:00', 2026-12-23T12:00:00Z or -7d",
			    text);
	if (ago)
		*out = c->op.now - (*out - c->op.now);
	return OK;
}

/* Whoever has the address, or had it: a removed mailbox is still told of. */
static enum err
search_read(struct cli *c, struct audit_search *out)
{
	const char *address = c->operand[0];
	const struct mailbox *mailbox;
	enum err err;

	TRY(since_read(c, &out->since));
	if (address == NULL)
		return OK;
	err = cli_mailbox(c, address, &mailbox);
	if (err == ERR_NOT_FOUND)
		out->address = idn_fold(&c->op, address);
	else if (err == OK)
		out->mailbox = mailbox->id;
	return err == ERR_NOT_FOUND ? OK : err;
}

static const struct out_column columns[] = {
	{ "when", "WHEN" },       { "who", "WHO" },       { "what", "WHAT" },
	{ "address", "ADDRESS" }, { "detail", "DETAIL" }, { NULL, NULL },
};

static enum err
cli_audit(struct cli *c)
{
	struct audit_search search = { 0 };
	struct audit_list page = { .n = 1 };

	TRY(search_read(c, &search));
	out_list(c->out, columns);
	while (page.n > 0) {
		struct op *op = cli_page(c);
		enum err err = store_audit_list(c->wings.house.store, op,
						&search, PAGE, &page);

		if (err != OK)
			return FAIL(&c->op, err, "%s", op->reason);
		for (size_t i = 0; i < page.n; i++)
			out_row(c->out, audit_json(op, &page.row[i]));
	}
	return OK;
}

static const struct cli_option options[] = {
	{ 0, "since", "TIME",
	  "nothing before that: 2026-12-23, '2026-12-23 12:00', "
	  "2026-12-23T12:00:00Z, -7d" },
	{ 0 },
};

static const struct cli_key keys[] = {
	{ "when", "in UTC with Z" },
	{ "who", "the name that logged in, or cli: and the user who gave the "
		 "command" },
	{ "what",
	  "mailbox-add, mailbox-set, mailbox-remove, passwd, alias-add, "
	  "alias-remove, owner-add, owner-remove, oof-set-for, "
	  "photo-set-for, photo-remove-for, photo-hide-for, "
	  "photo-unhide-for, contacts-set-for, contacts-clear-for, domain-add "
	  "or domain-remove" },
	{ "address", "the mailbox that was changed, or the domain" },
	{ "detail",
	  "the owner, the alias, the state; never a text of a reply" },
	{ NULL, NULL },
};

static const struct cli_example examples[] = {
	{ "frontdesk audit", "all that is kept, the oldest first" },
	{ "frontdesk audit ada@example.com --since -7d",
	  "who changed her mailbox, and whose she changed, in a week" },
	{ NULL, NULL },
};

const struct verb cli_audit_verbs[] = {
	{
		.name = "audit",
		.operands = "[ADDRESS]",
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "list who changed what of another's mailbox",
		.text = "Told are changes by commands, by owners of shared "
			"mailboxes and by service accounts that act for "
			"others, not what people change of their own. A "
			"mailbox that was removed is still told of, without "
			"the details. How long that is kept: store.audit_days.",
		.options = options,
		.keys = keys,
		.examples = examples,
		.run = cli_audit,
	},
	{ 0 },
};
