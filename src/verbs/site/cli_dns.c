/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk dns: what DNS and the certificate have to say, so that clients
 * find the server by an address alone. */
#include "base/buf.h"
#include "base/idn.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/file.h"
#include "cli/out.h"
#include "photo/avatar.h"
#include "verbs/site/dns_zone.h"

#include <string.h>

#define TTL_PRESET_S 3600
#define TTL_MAX_S INT64_C(2147483647) /* RFC 2181 8 */
#define PEM_MAX (1 * MIB)
#define TEXT_MAX (16 * MIB)

/* What the answer is made of. */
struct dns {
	unsigned ttl_s;
	struct bytes pem; /* of the certificate; none: it cannot be read */
	struct buf text;  /* a zone file */
	json_t *json;     /* the same as an array */
};

/* The certificate holds for all of them, or for which not. */
static enum err
names_missing(struct cli *c, const struct dns *dns, const struct dns_zone *zone,
	      struct certificate_names *out)
{
	*out = (struct certificate_names){ 0 };
	for (size_t i = 0; i < zone->names.n; i++) {
		if (!certificate_covers(dns->pem, zone->names.name[i]))
			TRY(certificate_name_add(&c->op, out,
						 zone->names.name[i]));
	}
	return OK;
}

/* ---- as a zone file: what is no record is a comment ---- */

static void
names_write(struct buf *buf, const char *what,
	    const struct certificate_names *names)
{
	if (names->n == 0)
		return;
	buf_printf(buf, "; %s", what);
	for (size_t i = 0; i < names->n; i++)
		buf_printf(buf, "%s%s", i == 0 ? " " : ", ", names->name[i]);
	buf_putc(buf, '\n');
}

static void
zone_write(struct cli *c, struct dns *dns, const struct dns_zone *zone,
	   const struct certificate_names *missing)
{
	struct buf *buf = &dns->text;

	buf_printf(buf, "%s; %s\n", buf->n == 0 ? "" : "\n", zone->domain);
	for (size_t i = 0; i < zone->records_n; i++)
		buf_printf(
			buf, "%s\n",
			dns_record_line(&c->op, &zone->record[i], dns->ttl_s));
	names_write(buf, "the certificate needs:", &zone->names);
	names_write(buf, "the present one lacks:", missing);
	for (size_t i = 0; i < zone->notes_n; i++)
		buf_printf(buf, "; %s\n", zone->note[i]);
}

/* ---- as JSON ---- */

static json_t *
texts_json(const char *const *text, size_t n)
{
	json_t *out = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(out, out_text(text[i]));
	return out;
}

static json_t *
record_json(const struct dns_record *record, unsigned ttl_s)
{
	return json_pack("{s:o,s:I,s:s,s:o}", "name", out_text(record->name),
			 "ttl", (json_int_t)ttl_s, "type", record->type,
			 "value", out_text(record->value));
}

static json_t *
zone_json(const struct dns *dns, const struct dns_zone *zone,
	  const struct certificate_names *missing)
{
	json_t *records = json_array();

	for (size_t i = 0; i < zone->records_n; i++)
		json_array_append_new(
			records, record_json(&zone->record[i], dns->ttl_s));
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "domain",
			 out_text(zone->domain), "records", records, "names",
			 texts_json(zone->names.name, zone->names.n), "missing",
			 texts_json(missing->name, missing->n), "notes",
			 texts_json(zone->note, zone->notes_n));
}

/* ---- the verb ---- */

static enum err
domain_tell(struct cli *c, struct dns *dns, const char *domain)
{
	struct certificate_names missing;
	struct dns_zone zone;

	TRY(dns_zone_make(&c->op, c->settings->public_url, domain, &zone));
	if (avatar_has_domain(&c->op, zone.domain))
		dns_zone_add_avatars(&c->op, c->settings->public_url, &zone);
	TRY(names_missing(c, dns, &zone, &missing));
	zone_write(c, dns, &zone, &missing);
	json_array_append_new(dns->json, zone_json(dns, &zone, &missing));
	return buf_err(&dns->text);
}

static enum err
one_tell(struct cli *c, struct dns *dns)
{
	const char *name = idn_fold(&c->op, c->operand[0]);
	struct domain domain;
	enum err err;

	if (!idn_is_name(name))
		return FAIL(&c->op, ERR_INVALID,
			    "'%s' is no mail domain; give it as example.com",
			    name);
	err = store_domain_find(c->wings.house.store, &c->op, name, &domain);
	if (err == ERR_NOT_FOUND)
		return FAIL(&c->op, err,
			    "%s is no accepted domain; see: frontdesk domain "
			    "list",
			    name);
	TRY(err);
	return domain_tell(c, dns, name);
}

static enum err
all_tell(struct cli *c, struct dns *dns)
{
	struct domain_list all;

	TRY(store_domain_list(c->wings.house.store, &c->op, &all));
	if (all.n == 0)
		return FAIL(&c->op, ERR_NOT_FOUND,
			    "there is no accepted domain yet; see: frontdesk "
			    "domain add");
	for (size_t i = 0; i < all.n; i++)
		TRY(domain_tell(c, dns, all.domain[i].name));
	return OK;
}

static enum err
ttl_read(struct cli *c, unsigned *out)
{
	const char *text = cli_option(c, "ttl");
	int64_t ttl_s = TTL_PRESET_S;

	if (text != NULL && !text_number(text, 0, TTL_MAX_S, &ttl_s))
		return FAIL(&c->op, ERR_INVALID,
			    "--ttl: give it seconds, as 3600");
	*out = (unsigned)ttl_s;
	return OK;
}

/* The certificate is read as the one who started us, who may be root and
 * alone may enter its folder. */
static enum err
cli_dns(struct cli *c)
{
	struct dns dns = { .json = json_array() };
	enum err err = ttl_read(c, &dns.ttl_s);

	buf_init(&dns.text, &c->op, KIB, TEXT_MAX);
	if (err == OK)
		err = file_read(&c->op, c->settings->tls_certificate, PEM_MAX,
				&dns.pem);
	if (err == OK)
		err = cli_enter(c, NEEDS_OWNER | NEEDS_STORE);
	if (err == OK)
		err = c->operands_n > 0 ? one_tell(c, &dns) : all_tell(c, &dns);
	if (err == OK)
		out_document(c->out, buf_text(&dns.text), dns.json);
	else
		json_decref(dns.json);
	return err;
}

static const struct cli_option dns_options[] = {
	{ 0, "ttl", "SECONDS", "how long others may keep a record; 3600" },
	{ 0 },
};

static const struct cli_key dns_keys[] = {
	{ "domain", "the domain, as DNS has it" },
	{ "records", "an array of name, ttl, type and value" },
	{ "names", "an array of the names that the certificate needs" },
	{ "missing", "an array of those that the present one lacks" },
	{ "notes", "an array of what else is needed" },
	{ NULL, NULL },
};

static const struct cli_example dns_examples[] = {
	{ "frontdesk dns", "for all domains, as a zone file has it" },
	{ "frontdesk dns example.com --ttl 300", "before a move" },
	{ NULL, NULL },
};

const struct verb cli_dns_verbs[] = {
	{
		.name = "dns",
		.operands = "[DOMAIN]",
		.operands_max = 1,
		.needs = NEEDS_CONFIG,
		.summary = "print the records that DNS needs",
		.text = "Clients that know an address alone ask for "
			"autodiscover.DOMAIN, and some of them for a service "
			"record; those of Libravatar for one of their own, "
			"where avatar.domains names the domain. They are "
			"printed as lines of a zone file, made from "
			"public_url; what is no record is a comment: "
			"the names that the certificate needs, those that the "
			"present one lacks, and what else is to be done. "
			"Nothing is looked up and nothing changed; frontdesk "
			"doctor tries it.",
		.options = dns_options,
		.keys = dns_keys,
		.examples = dns_examples,
		.run = cli_dns,
	},
	{ 0 },
};
