/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk domain: the mail domains, and the names of the certificate. */
#include "base/idn.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/identity.h"
#include "cli/out.h"
#include "verbs/server.h"
#include "verbs/site/tls.h"

#include <stdio.h>

static enum err
domain_word(struct cli *c, const char **out)
{
	*out = idn_fold(&c->op, c->operand[0]);
	if (!idn_is_name(*out))
		return FAIL(&c->op, ERR_INVALID,
			    "'%s' is no mail domain; give it as example.com, "
			    "in small letters",
			    *out);
	return OK;
}

/* What the store says of it: the part that is done as its owner. */
typedef enum err domain_change(struct cli *c, const char *domain,
			       struct domain *out);

struct change {
	const char *domain;
	domain_change *store;
	bool remove;
};

struct changed {
	struct domain domain;
	struct domain_list all; /* afterwards */
	struct tls_result tls;
	bool told_server;
};

static enum err
change_store(struct cli *c, const struct change *change, struct changed *out)
{
	TRY(cli_enter(c, NEEDS_STORE));
	TRY(change->store(c, change->domain, &out->domain));
	return store_domain_list(c->wings.house.store, &c->op, &out->all);
}

/* The store's part as the owner of the data, then the certificate's as the
 * one who started us, who may be root and alone may read its keys. */
static enum err
change_all(struct cli *c, const struct change *change, struct changed *out)
{
	const struct tls_wish wish = {
		.domains = &out->all,
		.removed = change->remove ? change->domain : NULL,
	};
	struct identity identity;
	enum err err;

	TRY(identity_take(&c->op, c->settings->data, &identity));
	err = change_store(c, change, out);
	cli_leave(c);
	identity_return(&identity);
	TRY(err);
	err = tls_change(&c->op, &wish, &out->tls);
	if (err != OK) {
		c->exit = EXIT_PARTLY;
		return FAIL(&c->op, err,
			    "the store is as asked for, but the certificate "
			    "could not be made: %s; then: frontdesk domain "
			    "certificate",
			    c->op.reason);
	}
	if (out->tls.outcome == TLS_RENEWED)
		out->told_server = server_reload(&c->op);
	return OK;
}

static const struct out_column domain_lines[] = {
	{ "domain", "Domain" },
	{ "organization", "Organization" },
	{ "certificate", "Certificate" },
	{ "missing", "It lacks" },
	{ NULL, NULL },
};

static const struct out_column certificate_lines[] = {
	{ "certificate", "Certificate" },
	{ "missing", "It lacks" },
	{ NULL, NULL },
};

static enum err
domain_tell(struct cli *c, const struct changed *done)
{
	const struct certificate_names *missing = &done->tls.missing;
	json_t *names = json_array(), *facts;

	for (size_t i = 0; i < missing->n; i++)
		json_array_append_new(names, out_text(missing->name[i]));
	facts = json_pack("{s:s,s:o}", "certificate",
			  tls_outcome_name(done->tls.outcome), "missing",
			  names);
	if (done->domain.name != NULL) {
		json_object_set_new(facts, "domain",
				    out_text(done->domain.name));
		json_object_set_new(facts, "organization",
				    out_text(done->domain.organization_name));
	}
	out_object(c->out,
		   done->domain.name == NULL ? certificate_lines : domain_lines,
		   facts);
	if (missing->n > 0)
		out_note(c->out,
			 "\nThe certificate was not made by frontdesk init: "
			 "get one that has these names, put it in its place "
			 "and send SIGHUP to frontdesk serve.");
	if (done->told_server)
		out_note(c->out, "\nThe running server was told.");
	return OK;
}

/* ---- add, remove, list ---- */

static enum err
store_add(struct cli *c, const char *domain, struct domain *out)
{
	struct store *store = c->wings.house.store;
	enum err err = store_domain_add(store, &c->op, domain,
					cli_option(c, "organization"));

	if (err == ERR_CONFLICT)
		return FAIL(&c->op, err,
			    "%s is an accepted domain already; see: frontdesk "
			    "domain list",
			    domain);
	TRY(err);
	return store_domain_find(store, &c->op, domain, out);
}

static enum err
store_remove(struct cli *c, const char *domain, struct domain *out)
{
	struct store *store = c->wings.house.store;
	enum err err = store_domain_find(store, &c->op, domain, out);

	if (err == ERR_NOT_FOUND)
		return FAIL(&c->op, err,
			    "%s is no accepted domain; see: frontdesk domain "
			    "list",
			    domain);
	TRY(err);
	err = store_domain_remove(store, &c->op, domain);
	if (err == ERR_CONFLICT)
		return FAIL(&c->op, err,
			    "%s has addresses of mailboxes still: see "
			    "frontdesk mailbox list %s, and the aliases",
			    domain, domain);
	return err;
}

static enum err
domain_change_run(struct cli *c, domain_change *store, bool remove)
{
	struct change change = { .store = store, .remove = remove };
	struct changed done = { 0 };

	if (c->operands_n > 0)
		TRY(domain_word(c, &change.domain));
	TRY(change_all(c, &change, &done));
	return domain_tell(c, &done);
}

static enum err
cli_domain_add(struct cli *c)
{
	const char *organization = cli_option(c, "organization");

	if (organization != NULL &&
	    (organization[0] == '\0' || !text_utf8(bytes_of(organization)) ||
	     !text_clean(organization)))
		return FAIL(&c->op, ERR_INVALID,
			    "--organization: give it a name, as text");
	return domain_change_run(c, store_add, false);
}

static enum err
cli_domain_remove(struct cli *c)
{
	return domain_change_run(c, store_remove, true);
}

/* Nothing changes in the store: only what it has is read. */
static enum err
store_leave(struct cli *c, const char *domain, struct domain *out)
{
	(void)c;
	(void)domain;
	(void)out;
	return OK;
}

static enum err
cli_domain_certificate(struct cli *c)
{
	return domain_change_run(c, store_leave, false);
}

static const struct out_column domain_columns[] = {
	{ "domain", "DOMAIN" },
	{ "organization", "ORGANIZATION" },
	{ NULL, NULL },
};

static enum err
cli_domain_list(struct cli *c)
{
	struct domain_list all;

	TRY(store_domain_list(c->wings.house.store, &c->op, &all));
	out_list(c->out, domain_columns);
	for (size_t i = 0; i < all.n; i++)
		out_row(c->out,
			json_pack("{s:o,s:o}", "domain",
				  out_text(all.domain[i].name), "organization",
				  out_text(all.domain[i].organization_name)));
	return OK;
}

/* ---- the rows ---- */

static const struct cli_option add_options[] = {
	{ 0, "organization", "NAME",
	  "the organization that it belongs to; a new name makes a new one; "
	  "without it the default one" },
	{ 0 },
};

static const struct cli_key change_keys[] = {
	{ "domain", "the domain, in lower case" },
	{ "organization", "the organization that it belongs to" },
	{ "certificate",
	  "renewed, unchanged, or foreign: not made by frontdesk init and left "
	  "alone" },
	{ "missing", "an array of the names that a foreign certificate lacks" },
	{ NULL, NULL },
};

static const struct cli_key certificate_keys[] = {
	{ "certificate",
	  "renewed, unchanged, or foreign: not made by frontdesk init and left "
	  "alone" },
	{ "missing", "an array of the names that a foreign certificate lacks" },
	{ NULL, NULL },
};

static const struct cli_key list_keys[] = {
	{ "domain", "the domain" },
	{ "organization", "the organization that it belongs to" },
	{ NULL, NULL },
};

static const struct cli_example add_examples[] = {
	{ "frontdesk domain add example.org", "one more domain of the house" },
	{ "frontdesk domain add example.net --organization 'Other Ltd'",
	  "a domain of another organization, which sees nothing of the first" },
	{ NULL, NULL },
};

static const struct cli_example list_examples[] = {
	{ "frontdesk domain list", "all of them" },
	{ NULL, NULL },
};

static const struct cli_example remove_examples[] = {
	{ "frontdesk domain remove example.org",
	  "when no mailbox has an address in it any more" },
	{ NULL, NULL },
};

static const struct cli_example certificate_examples[] = {
	{ "frontdesk domain certificate", "once a month, from cron" },
	{ NULL, NULL },
};

const struct verb cli_domain_verbs[] = {
	{
		.name = "domain add",
		.operands = "DOMAIN",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG,
		.summary = "accept a mail domain",
		.text = "Mailboxes may then have addresses in it. The "
			"certificate that frontdesk init made is made again "
			"with DOMAIN and autodiscover.DOMAIN in it, and a "
			"running server takes it. Another certificate is left "
			"alone; what it lacks is told.\n\n"
			"Organizations are walls: nobody sees absences, "
			"photos or addresses of another one, and mail from it "
			"is external.",
		.options = add_options,
		.keys = change_keys,
		.examples = add_examples,
		.run = cli_domain_add,
	},
	{
		.name = "domain list",
		.operands = "",
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "list the accepted domains",
		.text = "",
		.keys = list_keys,
		.examples = list_examples,
		.run = cli_domain_list,
	},
	{
		.name = "domain remove",
		.operands = "DOMAIN",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG,
		.summary = "accept a mail domain no longer",
		.text = "Refused while a mailbox has an address in it. Its "
			"names leave the certificate as they came.",
		.keys = change_keys,
		.examples = remove_examples,
		.run = cli_domain_remove,
	},
	{
		.name = "domain certificate",
		.operands = "",
		.needs = NEEDS_CONFIG,
		.summary = "renew the certificate when there is cause",
		.text = "The certificate that frontdesk init made is valid for "
			"397 days. It is made again, by the same authority and "
			"with the same key, when it has fewer than 60 days "
			"left or lacks a name of a domain; a running server "
			"takes it.",
		.keys = certificate_keys,
		.examples = certificate_examples,
		.run = cli_domain_certificate,
	},
	{ 0 },
};
