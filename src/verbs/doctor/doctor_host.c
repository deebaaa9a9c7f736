/* SPDX-License-Identifier: Apache-2.0 */

/* A host as clients see it: its name in the DNS, and its certificate. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/net.h"
#include "base/text.h"
#include "client/chain.h"
#include "client/lookup.h"
#include "client/place.h"
#include "verbs/doctor/doctor.h"
#include "verbs/site/certificate.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

#define DAY_S INT64_C(86400)
#define TOLD_MAX 5 /* names or addresses */
#define ADDRESSES_MAX 1024

/* ---- the name ---- */

static void
list_done(struct addrinfo **list)
{
	if (*list != NULL)
		freeaddrinfo(*list);
}

/* By the system's resolver, as other programs ask it. */
static enum err
system_lookup(struct doctor *d, const char *host, const char **out)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	CLEANUP(list_done) struct addrinfo *list = NULL;
	int error = getaddrinfo(host, NULL, &hints, &list);
	struct buf buf;

	if (error != 0)
		return client_fail(d->client, EWSC_UNREACHABLE,
				   "add the name to the DNS, or check the "
				   "address",
				   "%s: %s", host, gai_strerror(error));
	buf_init(&buf, &d->c->op, KIB, ADDRESSES_MAX);
	for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
		char text[NI_MAXHOST];

		if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text),
				NULL, 0, NI_NUMERICHOST) == 0)
			buf_printf(&buf, "%s%s", buf.n == 0 ? "" : ", ", text);
	}
	*out = buf_text(&buf);
	return OK;
}

enum doctor_state
doctor_name(struct doctor *d, const char *url, struct doctor_finding *f)
{
	const char *host = place_host(&d->c->op, url), *all = NULL;
	struct net net;
	enum err err;

	f->subject = host;
	if (net_parse(host, &net)) {
		f->detail = "an address, which needs no name";
		return DOCTOR_SKIPPED;
	}
	if (lookup_elsewhere(d->client, host, place_port(url))) {
		f->detail = "not looked up: --connect-to leads elsewhere";
		return DOCTOR_SKIPPED;
	}
	err = d->client->options.dns_server != NULL
		      ? lookup_addresses(d->client, host, &all)
		      : system_lookup(d, host, &all);
	if (err != OK)
		return doctor_failed(d, DOCTOR_FAILED, ewsc_error(d->client),
				     f);
	f->detail = op_dup(&d->c->op, all);
	return DOCTOR_FINE;
}

/* ---- the certificate ---- */

static const char *
names_told(struct op *op, const struct certificate_names *names)
{
	const char *told = "";

	for (size_t i = 0; i < names->n && i < TOLD_MAX; i++)
		told = op_print(op, "%s%s%s", told, i == 0 ? "" : ", ",
				names->name[i]);
	if (names->n > TOLD_MAX)
		told = op_print(op, "%s and %zu more", told,
				names->n - TOLD_MAX);
	return told;
}

/* What is wrong with it, best known first. */
static void
wrong_tell(struct doctor *d, const struct certificate_facts *facts,
	   const struct chain *chain, struct doctor_finding *f)
{
	struct op *op = &d->c->op;

	if (facts->until < op->now) {
		f->detail = op_print(op, "it ended on %s",
				     clock_xml(op, facts->until));
		f->remedy = "renew it, and let the server load it";
	} else if (facts->from > op->now) {
		f->detail = op_print(op, "it begins on %s",
				     clock_xml(op, facts->from));
		f->remedy = "check the clocks of both machines";
	} else if (!certificate_covers(bytes_of(chain->pem[0]), f->subject)) {
		f->detail = op_print(op, "it is for %s, not for %s",
				     names_told(op, &facts->names), f->subject);
		f->remedy = "use a certificate that has this name";
	} else {
		f->detail = op_print(op, "%s; issued by %s, %zu in the chain",
				     chain->wrong, facts->issuer, chain->n);
		f->remedy = "use an authority that clients know, and serve "
			    "the certificates between; or give its own with "
			    "--ca";
	}
}

static enum doctor_state
chain_tell(struct doctor *d, const struct chain *chain,
	   struct doctor_finding *f)
{
	struct op *op = &d->c->op;
	struct certificate_facts facts;
	int64_t days;

	if (chain->n == 0 ||
	    certificate_read(op, bytes_of(chain->pem[0]), &facts) != OK) {
		f->detail = chain->wrong == NULL ? "it cannot be read"
						 : chain->wrong;
		f->remedy = "use a certificate that clients can read";
		return DOCTOR_FAILED;
	}
	if (chain->wrong != NULL) {
		wrong_tell(d, &facts, chain, f);
		return DOCTOR_FAILED;
	}
	days = (facts.until - op->now) / DAY_S;
	f->detail = op_print(op,
			     "for %s; issued by %s; %zu in the chain; "
			     "%lld days left",
			     names_told(op, &facts.names), facts.issuer,
			     chain->n, (long long)days);
	if (days >= DOCTOR_EXPIRY_DAYS)
		return DOCTOR_FINE;
	f->remedy = "renew it soon";
	return DOCTOR_WARNING;
}

enum doctor_state
doctor_certificate(struct doctor *d, const char *url, struct doctor_finding *f)
{
	struct chain chain;

	f->subject = place_host(&d->c->op, url);
	if (chain_get(d->client, url, &chain) != OK)
		return doctor_failed(d, DOCTOR_FAILED, ewsc_error(d->client),
				     f);
	client_forgive(d->client);
	return chain_tell(d, &chain, f);
}
