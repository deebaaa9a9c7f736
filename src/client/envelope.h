/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An operation of Exchange Web Services, sent and answered: envelope, header
 * and the faults of all kinds of servers. */
#include "client/call.h"
#include "wire/xsd.h"

struct envelope_operation {
	const char *request; /* "m:GetUserPhoto" */
	const struct xsd_type *request_type;
	const char *response; /* "m:GetUserPhotoResponse" */
	/* The first schema that has it: what servers of all ages take. */
	const char *version;
	bool write;
	size_t answer_max;
};

struct envelope {
	struct answer http;
	const struct xml_node *response;
};

/* url: of the service; anchor: the mailbox that it is about; header: one more
 * line, or NULL. Fails with all that a fault or a status means. */
struct envelope_call {
	const char *url, *anchor, *header;
};

enum err envelope_run(struct ewsc *c, const struct envelope_call *where,
		      const struct envelope_operation *operation,
		      const void *request, struct envelope *out);

/* ResponseClass, ResponseCode and MessageText, as any server sends them. */
struct envelope_message {
	const char *class, *text, *code;
};
extern const struct xsd_type envelope_message_type;

/* OK unless it tells an error. */
enum err envelope_check(struct ewsc *c, const char *url,
			const struct envelope_message *message, bool write);

/* Reads an element by its table; EWSC_NO_EWS. */
enum err envelope_read(struct ewsc *c, const struct xsd_type *type,
		       const struct xml_node *el, void *out);

/* The first element of that local name below, whatever its namespace; NULL:
 * there is none. A path of several is parted by "/". */
const struct xml_node *envelope_find(const struct xml_node *node,
				     const char *path);
