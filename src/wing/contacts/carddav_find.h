/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where the address books are that a URL leads to (RFC 6352 7, RFC 6764). */
#include "wing/contacts/carddav.h"

struct carddav_book {
	const char *url;
	const char *token; /* where it stands; NULL: it cannot tell changes */
};

struct carddav_books {
	size_t n;
	struct carddav_book book[CARDDAV_BOOKS_MAX];
};

/* ERR_NOT_FOUND: none. ERR_LIMIT: too many. Others as of dav_ask. */
enum err carddav_find(struct dav *dav, struct op *op,
		      const struct dav_login *login, const char *url,
		      struct carddav_books *out);
