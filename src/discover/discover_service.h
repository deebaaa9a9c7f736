/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is told of a mailbox, decided from the configuration and its row alone:
 * pure, and never from anything that a request says of hosts.
 */
#include "discover/discover_wire.h"
#include "model/mailbox.h"

/* bytes of a setting's name; the longest published one has 42 */
#define DISCOVER_NAME_MAX 64

/* Where we are, and whose mailboxes are asked for. */
struct discover_place {
	const char *url;          /* public, without a last / */
	const char *organization; /* its name; "": the default one */
	int64_t organization_id;  /* never 0, which would be any */
};

/* "https://mail.example.com/EWS/Exchange.asmx" */
const char *discover_ews_url(struct op *op, const struct discover_place *place);

/*
 * The answer for a user who was found: a value or an error for each name, in
 * their order, each once; never a name that was not asked for.
 */
void discover_user(struct op *op, const struct discover_place *place,
		   const struct mailbox *mailbox,
		   const struct discover_names *names,
		   struct discover_user_response *out);

/* The answer for one who was not; `address` as it was sent. */
void discover_stranger(struct op *op, const char *address,
		       struct discover_user_response *out);

/* Is it a name at all that could be set: short enough? */
bool discover_names_fit(const struct discover_names *names);

/* ---- distinguished names: discover_dn.c ---- */

/*
 * "/o=Organization/ou=example.com/cn=Recipients/cn=ada@example.com": made of
 * nothing that changes while the address and the organization's name stay.
 * What is neither a letter nor a digit of ASCII, nor one of "@.-_", is written
 * as + and two hex digits, so that no two of them are the same.
 */
const char *discover_user_dn(struct op *op, const struct discover_place *place,
			     const char *address);
const char *discover_mailbox_dn(struct op *op,
				const struct discover_place *place,
				const char *address);

/* The address in a user's DN; NULL: it is none of ours. */
const char *discover_dn_address(struct op *op,
				const struct discover_place *place,
				const char *dn);
