/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Asking a server over HTTP: https, or this machine itself; its certificate
 * has to be right, and it is left for no other. A connection is kept.
 */
#include "base/op.h"
#include "model/settings.h"

struct dav;

/* NULL: no memory. */
struct dav *dav_open(void);
void dav_close(struct dav *d);

/* As whom; user NULL: as nobody. */
struct dav_login {
	const struct carddav_section *section;
	const char *user, *password;
};

struct dav_request {
	const char *method; /* "PROPFIND", "REPORT" */
	const char *url;
	unsigned depth; /* 0, 1 */
	struct bytes body;
};

struct dav_reply {
	unsigned status;
	const char *url; /* where it came from, behind redirects */
	struct bytes body;
};

/*
 * OK whatever the status is, but: ERR_DENIED: it does not let us in.
 * ERR_NOT_FOUND: there is no such place. ERR_DOWN: it does not answer, or is
 * in trouble. ERR_INVALID: it leads to another server. ERR_LIMIT: too much.
 */
enum err dav_ask(struct dav *d, struct op *op, const struct dav_login *login,
		 const struct dav_request *request, struct dav_reply *out);

/* Where an href of an answer from `base` leads; NULL: nowhere, or to another
 * server. */
const char *dav_resolve(struct op *op, const char *base, const char *href);

/* The path of a URL, with its query. */
const char *dav_path(const char *url);
