/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The contacts of one person at a CardDAV server, brought up to date. */
#include "model/contacts.h"
#include "wing/contacts/dav.h"
#include "wing/contacts/section.h"

#define CARDDAV_BOOKS_MAX 32 /* address books of one person */

struct carddav_work {
	struct store *store;
	struct dav *dav;
	const struct contacts_section *section;
	int64_t mailbox;     /* or CONTACT_SHARED */
	const char *address; /* for the templates; "" when it is shared */
};

/*
 * Finds the address books, asks each for what has changed, and stores that: of
 * a book all or nothing. ERR_NOT_FOUND: there is none. Others as of dav_ask.
 */
enum err carddav_sync(const struct carddav_work *w, struct op *op,
		      struct contact_done *out);
