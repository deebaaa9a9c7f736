/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a service account may do: act for others, and learn which of them
 * exist. Pure; that it ends at its organization is the caller's to see.
 */
#include "base/idn.h"
#include "base/text.h"
#include "model/mailbox.h"

#include <string.h>

/* Domains and addresses are folded in the store; a section has them as somebody
 * typed them. */
static inline bool
service_names(struct op *op, const char *typed, const char *folded)
{
	return strcmp(idn_fold(op, typed), folded) == 0;
}

/* The service account that the caller signed in as; NULL: he is none. */
static inline const struct service_account *
service_of(struct op *op)
{
	const struct settings *s = op->settings;
	const struct caller *c = op->caller;

	if (c->rights != NULL || c->mailbox == NULL)
		return c->rights;
	for (size_t i = 0; i < s->service_accounts_n; i++) {
		const struct service_account *a = &s->service_accounts[i];

		if (a->client_id == NULL &&
		    service_names(op, a->title, c->mailbox->address))
			return a;
	}
	return NULL;
}

/* Is the address one that it may act for? `account` may be NULL. */
static inline bool
service_covers(struct op *op, const struct service_account *account,
	       const char *address)
{
	const char *folded = idn_fold(op, address);
	const char *domain = text_domain(folded);

	if (account == NULL || domain == NULL)
		return false;
	for (const char *const *p = account->domains; *p != NULL; p++) {
		if (service_names(op, *p, domain))
			return true;
	}
	for (const char *const *p = account->addresses; *p != NULL; p++) {
		if (service_names(op, *p, folded))
			return true;
	}
	return false;
}
