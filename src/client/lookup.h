/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the DNS says: services, and addresses where another server than the
 * system's is to be asked. */
#include "client/client.h"

#define LOOKUP_RECORDS_MAX 16 /* of one answer that are looked at */

struct lookup_service {
	const char *host; /* without its last dot */
	unsigned port;
};

/* The first choice among the records of _autodiscover._tcp.DOMAIN (RFC 2782).
 * EWSC_NO_SERVICE: there is none; EWSC_UNREACHABLE: it cannot be told. */
enum err lookup_service(struct ewsc *c, const char *domain,
			struct lookup_service *out);

/* "192.0.2.1,2001:db8::1": all addresses of a name. EWSC_UNREACHABLE. */
enum err lookup_addresses(struct ewsc *c, const char *host, const char **out);

/* Is there a row of connect_to for it? */
bool lookup_elsewhere(const struct ewsc *c, const char *host, unsigned port);

/* Lets libcurl use the server of the options for the host of a URL. */
enum err lookup_set(struct ewsc *c, const char *url);
