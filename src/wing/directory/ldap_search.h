/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Searches on a connection. */
#include "wing/directory/ldap_dsa.h"
#include "wing/directory/ldap_entry.h"

#define SEARCH_ANY 0 /* for `most`: as many as the server gives */

struct search {
	const char *base;
	bool base_only;
	const char *filter;
	const char **attributes; /* ended by NULL */
	int most;                /* entries that the server is to give */
	unsigned timeout_ms;     /* which the server is told, too */
	LDAPControl **controls;  /* NULL: none */
};

/* Sends it; dsa_wait has the answer. */
enum err search_send(struct op *op, struct dsa *dsa,
		     const struct search *search, int *id);

/* The entries, at most two, which tells one from more. */
struct search_found {
	size_t n;
	struct entry entry[2];
};
enum err search_few(struct op *op, struct dsa *dsa, const struct search *search,
		    struct search_found *out);
