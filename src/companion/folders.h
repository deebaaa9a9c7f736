/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GetFolder, with which Evolution and DavMail find out how to log in. There
 * are no folders here: each is answered as one that was not found.
 */
#include "model/house.h"
#include "wire/outcome.h"

#define FOLDERS_MAX 500 /* of one request */

struct folders_id {
	const char *id;            /* one of ours, which nobody can have */
	const char *distinguished; /* a name: "inbox" */
};
struct folders_ids {
	struct folders_id *id;
	size_t id_n;
};
struct folders_shape {
	const char *base;
};
struct folders_request {
	struct folders_shape shape;
	struct folders_ids ids;
};

struct folders_none {
	bool none; /* C wants a member */
};
struct folders_message {
	struct outcome outcome;
	struct folders_none folders;
};
struct folders_messages {
	struct folders_message *message;
	size_t message_n;
};
struct folders_response {
	struct folders_messages messages;
};

extern const struct xsd_type folders_request_type, folders_response_type;

/* Ids of folders, in other requests too: read, never used. */
extern const struct xsd_type folders_ids_type;

enum err folders_get(struct house *house, struct op *op,
		     const struct folders_request *in,
		     struct folders_response *out);
