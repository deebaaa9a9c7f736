/* SPDX-License-Identifier: Apache-2.0 */
#include "companion/recipient.h"

/* clang-format off */
static const struct xsd_word kinds[] = {
	{ "Mailbox",         RECIPIENT_MAILBOX },
	{ "Unknown",         RECIPIENT_OTHER },
	{ "OneOff",          RECIPIENT_OTHER },
	{ "PublicDL",        RECIPIENT_OTHER },
	{ "PrivateDL",       RECIPIENT_OTHER },
	{ "Contact",         RECIPIENT_OTHER },
	{ "PublicFolder",    RECIPIENT_OTHER },
	{ "GroupMailbox",    RECIPIENT_OTHER },
	{ "ImplicitContact", RECIPIENT_OTHER },
	{ NULL, 0 },
};
const struct xsd_words recipient_kinds = { "t:MailboxTypeType", kinds };

/* A client may know the person as an item of a folder as well: it is open. */
#define T struct recipient
static const struct xsd_field fields[] = {
	XSD_TEXT ("t:Name",         OPTIONAL, T, name),
	XSD_TOKEN("t:EmailAddress", OPTIONAL, T, address),
	XSD_TOKEN("t:RoutingType",  OPTIONAL, T, routing),
	XSD_ENUM ("t:MailboxType",  OPTIONAL, T, kind, recipient_kinds),
	XSD_END,
};
XSD_TYPE_WITH(recipient, "t:EmailAddressType", fields, .open = true);
#undef T
