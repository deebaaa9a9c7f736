/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ResolveNames: who is meant by a few letters of a name or an address. Asked
 * of the caller's own organization.
 */
#include "companion/folders.h"
#include "companion/recipient.h"
#include "model/house.h"
#include "wire/outcome.h"

#define NAMES_MAX 100         /* of one answer, as in the published schema */
#define NAMES_ENTRY_MAX 512   /* bytes; nobody's name or address is longer */
#define NAMES_ADDRESSES_MAX 3 /* of one person, likewise */

enum names_scope { NAMES_CONTACTS = 1, NAMES_DIRECTORY };

struct names_request {
	struct folders_ids *folders; /* with contacts: there are none */
	const char *entry;
	unsigned full;  /* enum xsd_boolean */
	unsigned scope; /* enum names_scope; 0: not sent */
	const char *shape;
};

struct names_address {
	const char *text, *key;
};
struct names_addresses {
	struct names_address *address;
	size_t address_n;
};
struct names_contact {
	const char *name;
	struct names_addresses addresses;
	bool source;
};
struct names_resolution {
	struct recipient mailbox;
	struct names_contact *contact; /* NULL: not asked for */
};
struct names_set {
	struct names_resolution *resolution;
	size_t resolution_n;
	int total;
	unsigned last; /* enum xsd_boolean: that was all */
};
struct names_message {
	struct outcome outcome;
	struct names_set *set;
};
struct names_messages {
	struct names_message message;
};
struct names_response {
	struct names_messages messages;
};

extern const struct xsd_type names_request_type, names_response_type;

enum err names_resolve(struct house *house, struct op *op,
		       const struct names_request *in,
		       struct names_response *out);
