/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Searches whose entries come a page at a time (RFC 2696). */
#include "wing/directory/ldap_search.h"

/* Asks for the page that the cookie leads to; at first it is empty. Controls of
 * the search's own are not sent. */
enum err page_send(struct op *op, struct dsa *dsa, const struct search *search,
		   unsigned size, struct berval *cookie, int *id);

/* How far it has come, from the end of a page. An empty cookie: that was all.
 */
enum err page_end(struct op *op, struct dsa *dsa, LDAPMessage *message,
		  struct berval *cookie);

void page_drop(struct berval *cookie);
