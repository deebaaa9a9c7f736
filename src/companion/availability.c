/* SPDX-License-Identifier: Apache-2.0 */
#include "companion/availability.h"

/* clang-format off */
#define T struct availability_mailbox
static const struct xsd_field mailbox_fields[] = {
	XSD_INSIDE("t:Email",            REQUIRED, T, email, oof_mailbox),
	XSD_TOKEN ("t:AttendeeType",     OPTIONAL, T, attendee),
	XSD_ENUM  ("t:ExcludeConflicts", OPTIONAL, T, exclude, xsd_booleans),
	XSD_END,
};
static XSD_TYPE(availability_mailbox, "t:MailboxData", mailbox_fields);
#undef T

#define T struct availability_mailboxes
static const struct xsd_field mailboxes_fields[] = {
	XSD_LIST("t:MailboxData", OPTIONAL, T, mailbox, availability_mailbox, AVAILABILITY_MAX),
	XSD_END,
};
static XSD_TYPE(availability_mailboxes, "t:ArrayOfMailboxData", mailboxes_fields);
#undef T

static const struct xsd_field options_fields[] = { XSD_END };
static XSD_TYPE_WITH(availability_options, NULL, options_fields, .open = true, .any = true);

#define T struct availability_request
static const struct xsd_field request_fields[] = {
	XSD_BEHIND("t:TimeZone",               OPTIONAL, T, zone, availability_options),
	XSD_INSIDE("m:MailboxDataArray",       REQUIRED, T, mailboxes, availability_mailboxes),
	XSD_BEHIND("t:FreeBusyViewOptions",    OPTIONAL, T, view, availability_options),
	XSD_BEHIND("t:SuggestionsViewOptions", OPTIONAL, T, suggestions, availability_options),
	XSD_END,
};
XSD_TYPE_WITH(availability_request, "m:GetUserAvailabilityRequestType", request_fields, .base = "m:BaseRequestType");
#undef T

#define T struct availability_message
static const struct xsd_field message_fields[] = {
	OUTCOME_ROWS(T, outcome),
	XSD_END,
};
static XSD_TYPE(availability_message, NULL, message_fields);
#undef T

#define T struct availability_view
static const struct xsd_field view_fields[] = {
	XSD_CONST("t:FreeBusyViewType", REQUIRED, T, none, "xs:string", "None"),
	XSD_END,
};
static XSD_TYPE(availability_view, "t:FreeBusyView", view_fields);
#undef T

#define T struct availability_item
static const struct xsd_field item_fields[] = {
	XSD_INSIDE("m:ResponseMessage", OPTIONAL, T, message, availability_message),
	XSD_INSIDE("m:FreeBusyView",    OPTIONAL, T, view, availability_view),
	XSD_END,
};
static XSD_TYPE(availability_item, "m:FreeBusyResponseType", item_fields);
#undef T

#define T struct availability_items
static const struct xsd_field items_fields[] = {
	XSD_LIST("m:FreeBusyResponse", OPTIONAL, T, item, availability_item, AVAILABILITY_MAX),
	XSD_END,
};
static XSD_TYPE(availability_items, "m:ArrayOfFreeBusyResponse", items_fields);
#undef T

#define T struct availability_suggestions
static const struct xsd_field suggestions_fields[] = {
	XSD_INSIDE("m:ResponseMessage", OPTIONAL, T, message, availability_message),
	XSD_END,
};
static XSD_TYPE(availability_suggestions, "m:SuggestionsResponseType", suggestions_fields);
#undef T

#define T struct availability_response
static const struct xsd_field response_fields[] = {
	XSD_BEHIND("m:FreeBusyResponseArray", OPTIONAL, T, items, availability_items),
	XSD_BEHIND("m:SuggestionsResponse",   OPTIONAL, T, suggestions, availability_suggestions),
	XSD_END,
};
XSD_TYPE(availability_response, "m:GetUserAvailabilityResponseType", response_fields);
#undef T
/* clang-format on */

static void
refuse(struct op *op, struct availability_message *out)
{
	outcome_set(op, OUTCOME_FREE_BUSY_GENERATION_FAILED, NULL,
		    &out->outcome);
}

/* One for each mailbox, in their order: clients count on it. */
static struct availability_items *
items_make(struct op *op, size_t n)
{
	struct availability_items *out = op_alloc(op, sizeof(*out));

	out->item = op_alloc(op, n * sizeof(*out->item));
	out->item_n = n;
	for (size_t i = 0; i < n; i++) {
		refuse(op, &out->item[i].message);
		out->item[i].view.none = true;
	}
	return out;
}

enum err
availability_get(struct house *house, struct op *op,
		 const struct availability_request *in,
		 struct availability_response *out)
{
	(void)house;
	if (in->suggestions != NULL) {
		out->suggestions = op_alloc(op, sizeof(*out->suggestions));
		refuse(op, &out->suggestions->message);
	}
	if (in->view != NULL || in->suggestions == NULL)
		out->items = items_make(op, in->mailboxes.mailbox_n);
	return OK;
}
