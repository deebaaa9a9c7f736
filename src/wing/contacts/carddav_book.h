/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One address book on its way: what has changed, then what that is. */
#include "wing/contacts/carddav.h"
#include "wing/contacts/dav_wire.h"

/* A card that the server told of; tag NULL: it is gone. */
struct named {
	const char *card; /* its path */
	const char *tag;
	size_t at; /* in the order in which they came */
};

struct book {
	const struct carddav_work *w;
	struct op *op;
	const struct dav_login *login;
	const char *url;
	const char *token; /* how far it was read */

	bool whole; /* all cards are named, not those alone that changed */
	size_t named_n, named_room;
	struct named *named;
	struct contact_card_list stored;

	size_t card_n;
	struct contact_card *card;
	size_t gone_n;
	const char **gone;
};

/*
 * What has changed since `token`, or, without one, all: leaves in `named` what
 * has to be fetched, in `gone` what is no more, in `token` where it stands. By
 * token where the server has them (RFC 6578), an old one means anew, from the
 * start; else by tags.
 */
enum err book_changes(struct book *b, bool tokens);

/* Makes `card` of `named`. */
enum err book_fetch(struct book *b);

/* ---- for these two ---- */

enum err book_ask(const struct book *b, const char *method, unsigned depth,
		  struct bytes body, struct dav_reply *reply);

/* The multistatus of a reply. */
enum err book_answer(const struct book *b, const struct dav_reply *reply,
		     struct dav_answer *out);

/* What is stored of a card; NULL: nothing. */
const struct contact_card *book_stored(const struct book *b, const char *card);

/* For bsearch by name in `named`. */
int book_named_order(const void *key, const void *item);
