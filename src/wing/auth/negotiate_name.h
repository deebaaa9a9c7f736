/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a Negotiate token carries, and whose a Kerberos principal is. Pure. */
#include "base/op.h"

/*
 * Is it NTLM: bare, or in SPNEGO's wrapping (RFC 4178), or SPNEGO that offers
 * it without Kerberos beside it?
 */
bool negotiate_is_ntlm(struct bytes token);

/*
 * The address that a principal, user@REALM, stands for. `realms`, ended by
 * NULL: "REALM=domain", or "REALM" whose domain has the same name; no other
 * realm counts. Empty or NULL: each realm stands for the domain of its name.
 * ERR_AUTH: a service or a machine, or a realm that does not count.
 */
enum err negotiate_address(struct op *op, struct bytes principal,
			   const char *const *realms, const char **out);

/* Is the service that a ticket is for ours: the one that is set, with or
 * without its realm, or when none is set any of HTTP? */
bool negotiate_is_service(struct op *op, struct bytes principal,
			  const char *service);
