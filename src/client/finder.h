/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Autodiscover, as clients do it: the domain's own host, its autodiscover
 * host, a redirect over http, the SRV record; at each in SOAP, POX and JSON.
 * The first request at a host is always without a login, which goes out only
 * when the host asks for it there.
 */
#include "client/call.h"

#define FINDER_REDIRECTS_MAX 10     /* of all kinds, of one discovery */
#define FINDER_ANSWER_MAX (1 * MIB) /* bytes */

/* One discovery. */
struct finder {
	const char *address; /* that is asked for; a redirect may change it */
	const char *domain;  /* of the address that was asked for first */
	unsigned redirects;
	unsigned worst_rank; /* what to tell when nothing is found: */
	enum ewsc_result worst;
	const char *worst_text, *worst_advice, *worst_url;
	int worst_status;
	const char *no_login_for; /* a host that refused the login */
};

/* What a dialect's answer says. */
enum finder_outcome {
	FINDER_FOUND = 1,
	FINDER_ADDRESS, /* `to`: ask about this address instead */
	FINDER_URL,     /* `to`: ask there */
};

struct finder_answer {
	enum finder_outcome outcome;
	const char *to;
	const char *address, *name; /* NULL: not told */
	const char *ews_url, *photo_url;
};

struct finder_dialect {
	const char *name;         /* "SOAP" */
	const char *path;         /* "/autodiscover/autodiscover.svc" */
	const char *content_type; /* NULL: it is a GET */
	bool login;               /* it may ask for one */
	/* The query of a GET, the body of a POST. */
	const char *(*ask)(struct op *op, const char *url, const char *address);
	/* OK, or client_fail with what is wrong. */
	enum err (*read)(struct ewsc *c, const char *url,
			 const struct answer *answer,
			 struct finder_answer *out);
};

extern const struct finder_dialect finder_soap, finder_pox, finder_json;
extern const struct finder_dialect *const finder_dialects[]; /* NULL behind */

/* Finds the service for an address. EWSC_NO_SERVICE, EWSC_LOGIN, ... */
enum err finder_run(struct ewsc *c, const char *address,
		    struct ewsc_service *out);

/* One dialect at one place ("https://HOST"), with its redirects. */
enum err finder_ask(struct ewsc *c, struct finder *f,
		    const struct finder_dialect *dialect, const char *base,
		    struct finder_answer *out);

/* The start of a discovery. */
enum err finder_begin(struct ewsc *c, const char *address, struct finder *f);

/* Where to ask: the bases of a domain, in order. `via` says how it came to
 * be known. EWSC_NO_SERVICE: there is no such place. */
struct finder_place {
	const char *via;
	enum err (*base)(struct ewsc *c, struct finder *f, const char **out);
};
extern const struct finder_place finder_places[]; /* via NULL behind */
