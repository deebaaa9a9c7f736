/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The contacts of one person in LDAP, brought up to date. */
#include "wing/contacts/section.h"

struct ldap_contacts_work {
	struct store *store;
	struct directory *directory;
	const struct contacts_section *section;
	int64_t mailbox;     /* or CONTACT_SHARED */
	const char *address; /* for the templates; "" when it is shared */
};

/* All or nothing. Errors as of directory_contacts. */
enum err ldap_contacts_sync(const struct ldap_contacts_work *w, struct op *op,
			    struct contact_done *out);
