/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk mailbox alias, frontdesk mailbox owner: what hangs on a mailbox. */
#include "base/idn.h"
#include "base/text.h"
#include "cli/out.h"
#include "verbs/mailbox.h"

#include <string.h>

enum err
mailbox_address(struct cli *c, const char *word, const char **out)
{
	*out = idn_fold(&c->op, word);
	if (!text_is_address(word))
		return FAIL(&c->op, ERR_INVALID,
			    "'%s' is no mail address; give it as "
			    "name@example.com",
			    word);
	if (!idn_is_name(text_domain(*out)))
		return FAIL(&c->op, ERR_INVALID,
			    "'%s': DNS has no such domains; give it as "
			    "name@example.com, in small letters",
			    word);
	return OK;
}

enum err
mailbox_domain(struct cli *c, const char *address)
{
	const char *name = text_domain(address);
	struct domain domain;
	enum err err =
		store_domain_find(c->wings.house.store, &c->op, name, &domain);

	if (err == ERR_NOT_FOUND)
		return FAIL(&c->op, err,
			    "%s: its domain is not accepted; first: frontdesk "
			    "domain add %s",
			    address, name);
	return err;
}

enum err
mailbox_taken(struct cli *c, const char *address, const struct mailbox *by)
{
	if (strcmp(address, by->address) == 0)
		return FAIL(&c->op, ERR_CONFLICT,
			    "%s: there is such a mailbox already; see: "
			    "frontdesk mailbox show %s",
			    address, address);
	return FAIL(&c->op, ERR_CONFLICT,
		    "%s is an alias of %s already; see: frontdesk mailbox "
		    "alias %s list",
		    address, by->address, by->address);
}

/* ---- actions on what hangs on a mailbox ---- */

struct action {
	const char *word;
	bool takes; /* a second address */
	enum err (*run)(struct cli *c, const struct mailbox *mailbox,
			const char *address);
};

static enum err
wrong_action(struct cli *c, const char *why)
{
	c->exit = EXIT_USAGE;
	return FAIL(&c->op, ERR_INVALID, "%s; see: frontdesk %s --help", why,
		    c->verb->name);
}

/* ADDRESS add|remove|list [ADDRESS]; then all that hangs on it is listed. */
static enum err
action_run(struct cli *c, const struct action *actions, size_t n)
{
	const char *word = c->operand[1], *address = NULL;
	const struct mailbox *mailbox;
	size_t i = 0;

	while (i < n && strcmp(actions[i].word, word) != 0)
		i++;
	if (i == n)
		return wrong_action(c, op_print(&c->op,
						"'%s' is not add, remove or "
						"list",
						word));
	if (actions[i].takes != (c->operands_n == 3))
		return wrong_action(c, op_print(&c->op, "%s %s", word,
						actions[i].takes
							? "needs an address"
							: "takes no address"));
	TRY(cli_enter(c, NEEDS_OWNER | NEEDS_STORE));
	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	if (actions[i].takes)
		TRY(mailbox_address(c, c->operand[2], &address));
	return actions[i].run(c, mailbox, address);
}

/* ---- aliases ---- */

static const struct out_column alias_columns[] = {
	{ "address", "ADDRESS" },
	{ "alias", "ALIAS" },
	{ NULL, NULL },
};

static enum err
alias_list(struct cli *c, const struct mailbox *mailbox, const char *none)
{
	struct text_list all;

	(void)none;
	TRY(store_alias_list(c->wings.house.store, &c->op, mailbox->id, &all));
	out_list(c->out, alias_columns);
	for (size_t i = 0; i < all.n; i++)
		out_row(c->out, json_pack("{s:o,s:o}", "address",
					  out_text(mailbox->address), "alias",
					  out_text(all.text[i])));
	return OK;
}

static enum err
alias_add(struct cli *c, const struct mailbox *mailbox, const char *alias)
{
	struct store *store = c->wings.house.store;
	const struct mailbox *taken;
	enum err err = store_mailbox_find(store, &c->op, alias, &taken);

	if (err == OK)
		return mailbox_taken(c, alias, taken);
	if (err != ERR_NOT_FOUND)
		return err;
	TRY(mailbox_domain(c, alias));
	TRY(store_alias_add(store, &c->op, mailbox->id, alias));
	return alias_list(c, mailbox, NULL);
}

static enum err
alias_remove(struct cli *c, const struct mailbox *mailbox, const char *alias)
{
	enum err err = store_alias_remove(c->wings.house.store, &c->op,
					  mailbox->id, alias);

	if (err == ERR_NOT_FOUND)
		return FAIL(&c->op, err,
			    "%s is no alias of %s; see: frontdesk mailbox "
			    "alias %s list",
			    alias, mailbox->address, mailbox->address);
	TRY(err);
	return alias_list(c, mailbox, NULL);
}

static enum err
cli_mailbox_alias(struct cli *c)
{
	static const struct action actions[] = {
		{ "add", true, alias_add },
		{ "remove", true, alias_remove },
		{ "list", false, alias_list },
	};

	return action_run(c, actions, COUNT(actions));
}

/* ---- owners ---- */

static const struct out_column owner_columns[] = {
	{ "address", "ADDRESS" },
	{ "owner", "OWNER" },
	{ NULL, NULL },
};

static enum err
owner_list(struct cli *c, const struct mailbox *mailbox, const char *none)
{
	struct mailbox_list all;

	(void)none;
	TRY(store_owner_list(c->wings.house.store, &c->op, mailbox->id, &all));
	out_list(c->out, owner_columns);
	for (size_t i = 0; i < all.n; i++)
		out_row(c->out, json_pack("{s:o,s:o}", "address",
					  out_text(mailbox->address), "owner",
					  out_text(all.mailbox[i].address)));
	return OK;
}

static enum err
owner_add(struct cli *c, const struct mailbox *mailbox, const char *address)
{
	const struct mailbox *account;
	enum err err;

	TRY(cli_mailbox(c, address, &account));
	if (account->organization != mailbox->organization)
		return FAIL(&c->op, ERR_INVALID,
			    "%s is of another organization than %s: nobody "
			    "reaches across",
			    account->address, mailbox->address);
	if (account->id == mailbox->id)
		return FAIL(&c->op, ERR_INVALID,
			    "%s owns itself; name another account",
			    account->address);
	err = store_owner_add(c->wings.house.store, &c->op, mailbox->id,
			      account->id);
	if (err == ERR_CONFLICT)
		return FAIL(&c->op, err,
			    "%s owns %s already; see: frontdesk mailbox owner "
			    "%s list",
			    account->address, mailbox->address,
			    mailbox->address);
	TRY(err);
	return owner_list(c, mailbox, NULL);
}

static enum err
owner_remove(struct cli *c, const struct mailbox *mailbox, const char *address)
{
	const struct mailbox *account;
	enum err err;

	TRY(cli_mailbox(c, address, &account));
	err = store_owner_remove(c->wings.house.store, &c->op, mailbox->id,
				 account->id);
	if (err == ERR_NOT_FOUND)
		return FAIL(&c->op, err,
			    "%s does not own %s; see: frontdesk mailbox owner "
			    "%s list",
			    account->address, mailbox->address,
			    mailbox->address);
	TRY(err);
	return owner_list(c, mailbox, NULL);
}

static enum err
cli_mailbox_owner(struct cli *c)
{
	static const struct action actions[] = {
		{ "add", true, owner_add },
		{ "remove", true, owner_remove },
		{ "list", false, owner_list },
	};

	return action_run(c, actions, COUNT(actions));
}

/* ---- the rows ---- */

static const struct cli_key alias_keys[] = {
	{ "address", "the primary address" },
	{ "alias", "another address of it" },
	{ NULL, NULL },
};

static const struct cli_key owner_keys[] = {
	{ "address", "the mailbox" },
	{ "owner", "an account that owns it besides its own" },
	{ NULL, NULL },
};

static const struct cli_example alias_examples[] = {
	{ "frontdesk mailbox alias ada@example.com add countess@example.com",
	  "one more address of hers" },
	{ "frontdesk mailbox alias ada@example.com list", "all of them" },
	{ NULL, NULL },
};

static const struct cli_example owner_examples[] = {
	{ "frontdesk mailbox owner office@example.com add ada@example.com",
	  "she may now set the absence of the office" },
	{ NULL, NULL },
};

const struct verb cli_address_verbs[] = {
	{
		.name = "mailbox alias",
		.operands = "ADDRESS add|remove|list [ALIAS]",
		.operands_min = 2,
		.operands_max = 3,
		.needs = NEEDS_CONFIG,
		.summary = "change or list the other addresses of a mailbox",
		.text = "After a change the aliases are listed, too.",
		.keys = alias_keys,
		.examples = alias_examples,
		.run = cli_mailbox_alias,
	},
	{
		.name = "mailbox owner",
		.operands = "ADDRESS add|remove|list [ACCOUNT]",
		.operands_min = 2,
		.operands_max = 3,
		.needs = NEEDS_CONFIG,
		.summary = "change or list who else owns a mailbox",
		.text = "An owner may read and set its absence and its photo "
			"as if they were his own, until he is removed; what he "
			"sets is in the audit. Owners are of the same "
			"organization. After a change the owners are listed, "
			"too.",
		.keys = owner_keys,
		.examples = owner_examples,
		.run = cli_mailbox_owner,
	},
	{ 0 },
};
