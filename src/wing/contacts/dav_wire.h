/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is asked of a CardDAV server (RFC 4918, 6352, 6578), and what it
 * answers. Pure.
 */
#include "base/op.h"

#define DAV_ANSWER_MAX (16 * MIB)
#define DAV_RESPONSES_MAX 40000
#define DAV_ELEMENTS_MAX (10 * DAV_RESPONSES_MAX)
#define DAV_HOMES_MAX 8
#define DAV_BATCH_MAX 50 /* cards that are asked for at once */

/* One resource, as an answer tells of it; NULL: not told. */
struct dav_response {
	const char *href; /* as sent */
	unsigned status;  /* of it as a whole; 200: none is told */
	bool collection, addressbook;
	const char *tag;   /* getetag */
	const char *token; /* sync-token, its property */
	const char *principal;
	const char *home[DAV_HOMES_MAX];
	size_t home_n;
	const char *card; /* address-data */
};

struct dav_answer {
	size_t n;
	const struct dav_response *response;
	const char *token; /* of sync-collection; NULL */
};

/* The body of a 207. ERR_INVALID: it is none. ERR_LIMIT: more than that. */
enum err dav_read(struct op *op, struct bytes body, struct dav_answer *out);

/* Does an error's body say that the token is of no use any more? */
bool dav_is_old_token(struct op *op, struct bytes body);

/* PROPFIND: what is there, and where is what is looked for? */
struct bytes dav_find_body(void);

/* PROPFIND: the cards and their tags. */
struct bytes dav_tags_body(void);

/* REPORT: what changed since `token`; "": all. */
struct bytes dav_sync_body(struct op *op, const char *token);

/* REPORT: these cards, their names and addresses alone where the server can
 * leave the rest out. */
struct bytes dav_cards_body(struct op *op, const char *const *href, size_t n);
