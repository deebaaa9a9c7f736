/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk doctor: does everything work that clients do? As one of them. */
#include "base/text.h"
#include "cli/identity.h"
#include "cli/out.h"
#include "client/call.h"
#include "verbs/doctor/doctor.h"

#include <string.h>

#define SERVICE "/EWS/Exchange.asmx"
#define ANYBODY "postmaster" /* RFC 5321 4.5.1: every domain has it */

static const struct out_column columns[] = {
	{ "check", "CHECK" },  { "state", "STATE" },   { "subject", "WHAT" },
	{ "detail", "FOUND" }, { "remedy", "REMEDY" }, { NULL, NULL },
};

void
doctor_tell(struct doctor *d, const char *check, enum doctor_state state,
	    const struct doctor_finding *f)
{
	static const char *const states[] = {
		[DOCTOR_FINE] = "ok",
		[DOCTOR_SKIPPED] = "skipped",
		[DOCTOR_WARNING] = "warning",
		[DOCTOR_FAILED] = "failed",
	};

	d->rows++;
	d->failed += state == DOCTOR_FAILED;
	out_row(d->c->out,
		json_pack("{s:s,s:s,s:o,s:o,s:o}", "check", check, "state",
			  states[state], "subject", out_text(f->subject),
			  "detail", out_text(f->detail), "remedy",
			  out_text(f->remedy)));
}

enum doctor_state
doctor_failed(struct doctor *d, enum doctor_state state,
	      const struct ewsc_error *e, struct doctor_finding *f)
{
	struct op *op = &d->c->op;

	f->detail = e->text == NULL ? ewsc_result_name(e->result)
				    : op_dup(op, e->text);
	f->remedy =
		e->advice == NULL ? "ask those who run the server" : e->advice;
	return state;
}

/* One address: from its domain, or from the URL that is told. */
static void
address_look(struct doctor *d)
{
	const char *url = cli_option(d->c, "url");

	d->url = url;
	if (url == NULL)
		doctor_discover(d);
	if (d->url == NULL)
		d->url = d->expected;
	if (d->url != NULL)
		doctor_service(d);
}

/* The store is of its owner; files that were named are of the one who started
 * us. */
static enum err
domains_list(struct cli *c, struct domain_list *out)
{
	struct identity identity;
	enum err err;

	TRY(identity_take(&c->op, c->settings->data, &identity));
	err = cli_enter(c, NEEDS_STORE);
	if (err == OK)
		err = store_domain_list(c->wings.house.store, &c->op, out);
	cli_leave(c);
	identity_return(&identity);
	return err;
}

/* What the configuration promises, as far as it can be seen without a login:
 * for each domain, and then the service. */
static enum err
house_look(struct doctor *d)
{
	struct domain_list all;

	TRY(domains_list(d->c, &all));
	d->login = false;
	for (size_t i = 0; i < all.n; i++) {
		d->address = op_print(&d->c->op, "%s@%s", ANYBODY,
				      all.domain[i].name);
		d->url = NULL;
		doctor_discover(d);
		if (d->url != NULL && !text_case_equal(d->url, d->expected)) {
			doctor_tell(d, "service", DOCTOR_FAILED,
				    &(struct doctor_finding){
					    .subject = all.domain[i].name,
					    .detail = op_print(
						    &d->c->op,
						    "it leads to %s, not to "
						    "%s",
						    d->url, d->expected),
					    .remedy = "correct public_url, or "
						      "the DNS",
				    });
		}
	}
	d->url = d->expected;
	doctor_service(d);
	return OK;
}

static enum err
cli_doctor(struct cli *c)
{
	CLEANUP(remote_close) struct ewsc *client = NULL;
	struct doctor d = {
		.c = c,
		.address = c->operand[0],
		.write = cli_option(c, "write") != NULL,
	};

	if (d.address == NULL && c->config == NULL) {
		c->exit = EXIT_USAGE;
		return FAIL(&c->op, ERR_INVALID,
			    "whom for? Give an address, or an installation "
			    "with -c");
	}
	TRY(remote_open(c, d.address, &client));
	d.client = client;
	d.login = call_has_login(client);
	if (c->config != NULL) {
		TRY(cli_enter(c, NEEDS_CONFIG));
		d.expected =
			op_print(&c->op, "%s" SERVICE, c->settings->public_url);
	}
	if (d.address != NULL && !text_is_address(d.address))
		return FAIL(&c->op, ERR_INVALID,
			    "'%s' is no mail address; give it as "
			    "name@example.com",
			    d.address);
	out_list(c->out, columns);
	if (d.address != NULL)
		address_look(&d);
	else
		TRY(house_look(&d));
	if (d.failed == 0)
		return OK;
	return FAIL(&c->op, ERR_INTERNAL, "%u of %u checks failed", d.failed,
		    d.rows);
}

static const struct cli_option doctor_options[] = {
	{ 0, "write", NULL, "also set the absence, to the values that it has" },
	REMOTE_OPTIONS,
	{ 0 },
};

static const struct cli_key doctor_keys[] = {
	{ "check", "what was looked at: place, dns, connection, certificate, "
		   "SOAP, POX, JSON, autodiscover, service, challenge, login, "
		   "absence, absence set, photo, photo again, photo by SOAP" },
	{ "state", "ok, skipped, warning or failed" },
	{ "subject", "the host, URL or mailbox" },
	{ "detail", "what was found" },
	{ "remedy", "what to do; null: nothing" },
	{ NULL, NULL },
};

static const struct cli_example doctor_examples[] = {
	{ "frontdesk doctor ada@example.com --password-stdin <password.txt",
	  "from anywhere, for any server" },
	{ "frontdesk doctor -c /srv/frontdesk/frontdesk.conf",
	  "all domains of an installation" },
	{ NULL, NULL },
};

const struct verb cli_doctor_verbs[] = {
	{
		.name = "doctor",
		.operands = "[ADDRESS]",
		.operands_max = 1,
		.needs = NEEDS_LONG,
		.summary = "walk the way of a client, and tell what is wrong",
		.text = "For the mailbox ADDRESS: the places where clients "
			"look for its server, their names in the DNS, their "
			"certificates, Autodiscover in each dialect, the "
			"login, the absence and the photo, a line each with "
			"the remedy when it fails. No configuration is "
			"needed, and any server that speaks Exchange Web "
			"Services can be asked. With one, what is found is "
			"compared with public_url; and without ADDRESS all "
			"its domains are looked at, as far as that goes "
			"without a login.\n\n"
			"Nothing is changed; with --write the absence is set "
			"to what it is. The status is 0 when nothing failed, "
			"else 1.",
		.options = doctor_options,
		.keys = doctor_keys,
		.examples = doctor_examples,
		.run = cli_doctor,
	},
	{ 0 },
};
