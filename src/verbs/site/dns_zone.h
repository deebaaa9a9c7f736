/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The records by which clients find the server of a mail domain, and the names
 * that its certificate needs for that. Pure: nothing is looked up.
 */
#include "verbs/site/certificate.h"

#define DNS_RECORDS_MAX 3 /* of a domain */
#define DNS_NOTES_MAX 4   /* of a domain */

struct dns_record {
	const char *name; /* with its last dot */
	const char *type; /* "CNAME", "A", "AAAA", "SRV" */
	const char *value;
};

struct dns_zone {
	const char *domain; /* as DNS has it: ASCII */
	size_t records_n;
	struct dns_record record[DNS_RECORDS_MAX];
	struct certificate_names names; /* needed */
	size_t notes_n; /* what the records alone do not bring about */
	const char *note[DNS_NOTES_MAX];
};

/* public_url: as configured. ERR_INVALID: DNS cannot have such a domain. */
enum err dns_zone_make(struct op *op, const char *public_url,
		       const char *domain, struct dns_zone *out);

/* The record by which Libravatar's clients find the avatars of the domain;
 * `zone` is what dns_zone_make has made with the same URL. */
void dns_zone_add_avatars(struct op *op, const char *public_url,
			  struct dns_zone *zone);

/* "name TTL IN TYPE value", a line of a zone file without its end. */
const char *dns_record_line(struct op *op, const struct dns_record *record,
			    unsigned ttl_s);
