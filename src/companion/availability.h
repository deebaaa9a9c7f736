/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GetUserAvailability. There are no calendars here; saying so for each mailbox
 * inside an ordinary answer lets a client go on with what it has. It is the
 * same for mailboxes that exist and those that do not.
 */
#include "model/house.h"
#include "oof/oof_wire.h"
#include "wire/outcome.h"

#define AVAILABILITY_MAX 100 /* mailboxes of one request */

struct availability_mailbox {
	struct oof_mailbox email;
	const char *attendee;
	unsigned exclude; /* enum xsd_boolean */
};
struct availability_mailboxes {
	struct availability_mailbox *mailbox;
	size_t mailbox_n;
};
struct availability_options {
	bool none; /* whatever is in them */
};
struct availability_request {
	struct availability_mailboxes mailboxes;
	struct availability_options *zone, *view, *suggestions;
};

struct availability_message {
	struct outcome outcome;
};
struct availability_view {
	bool none;
};
struct availability_item {
	struct availability_message message;
	struct availability_view view;
};
struct availability_items {
	struct availability_item *item;
	size_t item_n;
};
struct availability_suggestions {
	struct availability_message message;
};
struct availability_response {
	struct availability_items *items;
	struct availability_suggestions *suggestions;
};

extern const struct xsd_type availability_request_type,
	availability_response_type;

enum err availability_get(struct house *house, struct op *op,
			  const struct availability_request *in,
			  struct availability_response *out);
