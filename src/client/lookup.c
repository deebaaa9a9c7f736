/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the DNS by libresolv, with a state of our own. */
#include "client/lookup.h"

#include "base/buf.h"
#include "base/net.h"
#include "base/text.h"
#include "client/place.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

#define MESSAGE_MAX (64 * KIB) /* bytes of an answer */
#define NAME_MAX_DNS 1025      /* bytes of a name as text */
#define PATIENCE_S 2           /* with one question, twice */
#define ADDRESSES_MAX (2 * KIB)

static void
state_done(struct __res_state *state)
{
	res_nclose(state);
}

/* Asks no one but the server of the options, if there is one. */
static enum err
server_set(struct ewsc *c, struct __res_state *state)
{
	const char *told = c->options.dns_server;
	struct sockaddr_in *at = &state->nsaddr_list[0];
	unsigned port = NAMESERVER_PORT;
	struct net net;

	if (told == NULL)
		return OK;
	if (!net_parse_listen(told, &net, &port) &&
	    !net_parse_listen(op_print(&c->op, "%s:%u", told, port), &net,
			      &port))
		return client_fail(c, EWSC_INVALID,
				   "give 192.0.2.1 or 192.0.2.1:53",
				   "'%s' is no server of the DNS", told);
	if (!net_is_v4(net.address))
		return client_fail(c, EWSC_INVALID,
				   "give 192.0.2.1 or 192.0.2.1:53",
				   "'%s': a server of the DNS is named by its "
				   "IPv4 address",
				   told);
	*at = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
	};
	memcpy(&at->sin_addr, net.address + NET_ADDRESS_SIZE - 4, 4);
	state->nscount = 1;
	return OK;
}

/* One question; *message is its answer, of which there may be none. */
static enum err
ask(struct ewsc *c, const char *name, ns_type type, ns_msg *message)
{
	CLEANUP(state_done) struct __res_state state = { 0 };
	uint8_t *answer = op_alloc(&c->op, MESSAGE_MAX);
	int n;

	if (res_ninit(&state) != 0)
		return client_fail(c, EWSC_UNREACHABLE, "check resolv.conf",
				   "the DNS cannot be asked");
	TRY(server_set(c, &state));
	state.retrans = PATIENCE_S;
	state.retry = 2;
	n = res_nquery(&state, name, ns_c_in, (int)type, answer, MESSAGE_MAX);
	if (n < 0 && (state.res_h_errno == HOST_NOT_FOUND ||
		      state.res_h_errno == NO_DATA))
		return client_fail(c, EWSC_NO_SERVICE, NULL,
				   "%s: the DNS has no such record", name);
	if (n < 0 || (size_t)n > MESSAGE_MAX ||
	    ns_initparse(answer, n, message) != 0)
		return client_fail(c, EWSC_UNREACHABLE,
				   "check the DNS server, and try again",
				   "%s: the DNS gives no answer", name);
	return OK;
}

/* ---- services ---- */

struct choice {
	unsigned priority, weight, port;
	char host[NAME_MAX_DNS];
};

/* priority, weight, port, target. */
static bool
service_read(const ns_msg *message, const ns_rr *rr, struct choice *out)
{
	const uint8_t *p = ns_rr_rdata(*rr);

	if (ns_rr_type(*rr) != ns_t_srv || ns_rr_rdlen(*rr) < 7)
		return false;
	out->priority = ns_get16(p);
	out->weight = ns_get16(p + 2);
	out->port = ns_get16(p + 4);
	return ns_name_uncompress(ns_msg_base(*message), ns_msg_end(*message),
				  p + 6, out->host, sizeof(out->host)) >= 0;
}

static bool
is_better(const struct choice *a, const struct choice *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return a->weight > b->weight;
}

enum err
lookup_service(struct ewsc *c, const char *domain, struct lookup_service *out)
{
	const char *name = op_print(&c->op, "_autodiscover._tcp.%s", domain);
	struct choice best = { .priority = UINT32_MAX }, one;
	ns_msg message = { 0 };
	ns_rr rr = { 0 };

	TRY(ask(c, name, ns_t_srv, &message));
	for (int i = 0;
	     i < ns_msg_count(message, ns_s_an) && i < LOOKUP_RECORDS_MAX;
	     i++) {
		if (ns_parserr(&message, ns_s_an, i, &rr) == 0 &&
		    service_read(&message, &rr, &one) && is_better(&one, &best))
			best = one;
	}
	/* "." says that there decidedly is none. */
	if (best.host[0] == '\0' || strcmp(best.host, ".") == 0 ||
	    !text_is_domain(best.host) || best.port == 0)
		return client_fail(c, EWSC_NO_SERVICE, NULL,
				   "%s: the DNS names no host", name);
	out->host = op_dup(&c->op, best.host);
	out->port = best.port;
	return OK;
}

/* ---- addresses ---- */

static bool
address_read(const ns_rr *rr, ns_type type, char text[INET6_ADDRSTRLEN])
{
	size_t n = type == ns_t_a ? 4 : 16;

	return ns_rr_type(*rr) == type && ns_rr_rdlen(*rr) == n &&
	       inet_ntop(type == ns_t_a ? AF_INET : AF_INET6, ns_rr_rdata(*rr),
			 text, INET6_ADDRSTRLEN) != NULL;
}

static enum err
addresses_add(struct ewsc *c, const char *host, ns_type type, struct buf *to)
{
	char text[INET6_ADDRSTRLEN];
	ns_msg message = { 0 };
	ns_rr rr = { 0 };

	TRY(ask(c, host, type, &message));
	for (int i = 0;
	     i < ns_msg_count(message, ns_s_an) && i < LOOKUP_RECORDS_MAX;
	     i++) {
		if (ns_parserr(&message, ns_s_an, i, &rr) != 0 ||
		    !address_read(&rr, type, text))
			continue;
		buf_printf(to, "%s%s", to->n == 0 ? "" : ",", text);
	}
	return OK;
}

enum err
lookup_addresses(struct ewsc *c, const char *host, const char **out)
{
	static const ns_type types[] = { ns_t_a, ns_t_aaaa };
	struct buf buf;

	buf_init(&buf, &c->op, KIB, ADDRESSES_MAX);
	for (size_t i = 0; i < COUNT(types); i++) {
		enum err err = addresses_add(c, host, types[i], &buf);

		if (err != OK && c->error.result != EWSC_NO_SERVICE)
			return err;
		client_forgive(c); /* it may have those of the other kind */
	}
	if (buf.n == 0)
		return client_fail(c, EWSC_UNREACHABLE,
				   "check the name, and the DNS",
				   "%s: the DNS has no address of it", host);
	*out = buf_text(&buf);
	return OK;
}

/* Is there a row "HOST:PORT:..." for it? Both may be empty: any. */
bool
lookup_elsewhere(const struct ewsc *c, const char *host, unsigned port)
{
	char number[16];
	size_t n = strlen(host);

	(void)snprintf(number, sizeof(number), "%u:", port);
	for (const struct curl_slist *row = c->connect_to; row != NULL;
	     row = row->next) {
		const char *p = row->data;

		if (text_case_starts(p, host) && p[n] == ':')
			p += n;
		if (*p++ != ':')
			continue;
		if (*p == ':' || strncmp(p, number, strlen(number)) == 0)
			return true;
	}
	return false;
}

enum err
lookup_set(struct ewsc *c, const char *url)
{
	const char *host = place_host(&c->op, url), *all = NULL;
	unsigned port = place_port(url);
	struct curl_slist *row;
	struct net net;

	if (c->options.dns_server == NULL || host == NULL ||
	    net_parse(host, &net) || lookup_elsewhere(c, host, port))
		return OK;
	TRY(lookup_addresses(c, host, &all));
	row = curl_slist_append(NULL,
				op_print(&c->op, "%s:%u:%s", host, port, all));
	curl_slist_free_all(c->resolve);
	c->resolve = row;
	(void)curl_easy_setopt(c->curl, CURLOPT_RESOLVE, row);
	return OK;
}
