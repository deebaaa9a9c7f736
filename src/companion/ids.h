/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ConvertId. There are no items here, so no id can be converted: each is
 * answered as malformed. exchangelib finds out with such a request which
 * version it talks to, and goes on when it is refused like this.
 */
#include "model/house.h"
#include "wire/outcome.h"

#define IDS_MAX 500 /* of one request */

struct ids_source {
	unsigned format;
	const char *id, *mailbox;  /* of a mailbox's item, ... */
	const char *folder, *item; /* ... or of a public folder's */
};
struct ids_sources {
	struct ids_source *source;
	size_t source_n;
};
struct ids_request {
	unsigned destination;
	struct ids_sources sources;
};

struct ids_message {
	struct outcome outcome;
};
struct ids_messages {
	struct ids_message *message;
	size_t message_n;
};
struct ids_response {
	struct ids_messages messages;
};

extern const struct xsd_type ids_request_type, ids_response_type;

enum err ids_convert(struct house *house, struct op *op,
		     const struct ids_request *in, struct ids_response *out);
