/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/site/dns_zone.h"

#include "base/idn.h"
#include "base/text.h"
#include "wire/url.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#define HTTPS_PORT 443
#define SRV_PRIORITY 0
#define SRV_WEIGHT 0

/* Where the records lead. */
struct target {
	const char *host; /* without brackets */
	const char *type; /* "A", "AAAA"; NULL: it is a name */
	unsigned port;
};

static void
target_find(struct op *op, const char *url, struct target *out)
{
	uint8_t address[sizeof(struct in6_addr)];
	const char *host = url_host(op, url);

	if (host[0] == '[')
		host = op_text(op, host + 1, strcspn(host + 1, "]"));
	*out = (struct target){ .host = host, .port = url_port(url) };
	if (inet_pton(AF_INET, host, address) == 1)
		out->type = "A";
	else if (inet_pton(AF_INET6, host, address) == 1)
		out->type = "AAAA";
}

/* The domain as DNS has it. */
static enum err
domain_ascii(struct op *op, const char *domain, const char **out)
{
	*out = idn_fold(op, domain);
	return idn_is_name(*out)
		       ? OK
		       : FAIL(op, ERR_INVALID, "%s: DNS cannot have this name",
			      domain);
}

static void
record_add(struct dns_zone *zone, const char *name, const char *type,
	   const char *value)
{
	assert(zone->records_n < DNS_RECORDS_MAX);
	zone->record[zone->records_n++] =
		(struct dns_record){ name, type, value };
}

static void
note_add(struct dns_zone *zone, const char *note)
{
	assert(zone->notes_n < DNS_NOTES_MAX);
	zone->note[zone->notes_n++] = note;
}

/* The name that every client tries. */
static void
name_record(struct op *op, const struct target *target, const char *name,
	    struct dns_zone *out)
{
	if (target->type != NULL)
		record_add(out, op_print(op, "%s.", name), target->type,
			   target->host);
	else if (!text_case_equal(target->host, name))
		record_add(out, op_print(op, "%s.", name), "CNAME",
			   op_print(op, "%s.", target->host));
}

static const char *
service_name(struct op *op, const struct dns_zone *zone)
{
	return op_print(op, "autodiscover.%s", zone->domain);
}

/* RFC 2782; a target is a name, never an address. */
static void
service_record(struct op *op, const struct target *target, const char *service,
	       struct dns_zone *out)
{
	const char *host =
		target->type == NULL ? target->host : service_name(op, out);

	record_add(out, op_print(op, "%s._tcp.%s.", service, out->domain),
		   "SRV",
		   op_print(op, "%d %d %u %s.", SRV_PRIORITY, SRV_WEIGHT,
			    target->port, host));
}

static void
notes_make(struct op *op, const struct target *target, const char *name,
	   struct dns_zone *out)
{
	if (target->type == NULL && strchr(target->host, '.') == NULL)
		note_add(out, op_print(op,
				       "%s is no name that others can find: "
				       "set public_url to the one by which "
				       "clients reach this server",
				       target->host));
	else if (target->type == NULL)
		note_add(out, op_print(op,
				       "%s needs an A or AAAA record, with the "
				       "address of this server",
				       target->host));
	if (target->port != HTTPS_PORT)
		note_add(out, op_print(op,
				       "clients ask %s at port %d, and this "
				       "server is at %u: forward it; not all "
				       "of them heed the port of SRV",
				       name, HTTPS_PORT, target->port));
}

enum err
dns_zone_make(struct op *op, const char *public_url, const char *domain,
	      struct dns_zone *out)
{
	struct target target;
	const char *name;

	*out = (struct dns_zone){ 0 };
	TRY(domain_ascii(op, domain, &out->domain));
	target_find(op, public_url, &target);
	name = service_name(op, out);
	name_record(op, &target, name, out);
	service_record(op, &target, "_autodiscover", out);
	notes_make(op, &target, name, out);
	TRY(certificate_name_add(op, &out->names, target.host));
	return certificate_name_add(op, &out->names, name);
}

void
dns_zone_add_avatars(struct op *op, const char *public_url,
		     struct dns_zone *zone)
{
	struct target target;

	target_find(op, public_url, &target);
	service_record(op, &target, "_avatars-sec", zone);
}

const char *
dns_record_line(struct op *op, const struct dns_record *record, unsigned ttl_s)
{
	return op_print(op, "%s %u IN %s %s", record->name, ttl_s, record->type,
			record->value);
}
