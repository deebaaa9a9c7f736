/* SPDX-License-Identifier: Apache-2.0 */
#include "companion/ids.h"

/* clang-format off */
static const struct xsd_word format_words[] = {
	{ "EwsLegacyId", 1 }, { "EwsId", 2 },   { "EntryId", 3 },
	{ "HexEntryId", 4 },  { "StoreId", 5 }, { "OwaId", 6 },
	{ NULL, 0 },
};
static const struct xsd_words formats = { "t:IdFormatType", format_words };

#define T struct ids_source
static const struct xsd_field item_fields[] = {
	XSD_ENUM("@Format",   REQUIRED, T, format, formats),
	XSD_TEXT("@Id",       REQUIRED, T, id),
	XSD_TEXT("@Mailbox",  REQUIRED, T, mailbox),
	XSD_END,
};
static const struct xsd_type item_type = {
	.name = "t:AlternateIdType", .fields = item_fields, .size = sizeof(T),
};

static const struct xsd_field public_folder_fields[] = {
	XSD_ENUM("@Format",   REQUIRED, T, format, formats),
	XSD_TEXT("@FolderId", REQUIRED, T, folder),
	XSD_END,
};
static const struct xsd_type public_folder_type = {
	.name = "t:AlternatePublicFolderIdType", .fields = public_folder_fields, .size = sizeof(T),
};

static const struct xsd_field public_item_fields[] = {
	XSD_ENUM("@Format",   REQUIRED, T, format, formats),
	XSD_TEXT("@FolderId", REQUIRED, T, folder),
	XSD_TEXT("@ItemId",   REQUIRED, T, item),
	XSD_END,
};
static const struct xsd_type public_item_type = {
	.name = "t:AlternatePublicFolderItemIdType", .fields = public_item_fields, .size = sizeof(T),
};
#undef T

#define T struct ids_sources
static const struct xsd_field sources_fields[] = {
	XSD_LIST_BY("t:AlternateId",                 OPTIONAL, T, source, ids_source, IDS_MAX, item_type),
	XSD_LIST_BY("t:AlternatePublicFolderId",     OPTIONAL, T, source, ids_source, IDS_MAX, public_folder_type),
	XSD_LIST_BY("t:AlternatePublicFolderItemId", OPTIONAL, T, source, ids_source, IDS_MAX, public_item_type),
	XSD_END,
};
static XSD_TYPE_WITH(ids_sources, "t:NonEmptyArrayOfAlternateIdsType", sources_fields, .several = true);
#undef T

#define T struct ids_request
static const struct xsd_field request_fields[] = {
	XSD_INSIDE("m:SourceIds",         REQUIRED, T, sources, ids_sources),
	XSD_ENUM  ("@DestinationFormat",  REQUIRED, T, destination, formats),
	XSD_END,
};
XSD_TYPE_WITH(ids_request, "m:ConvertIdType", request_fields, .base = "m:BaseRequestType");
#undef T

#define T struct ids_message
static const struct xsd_field message_fields[] = {
	OUTCOME_ROWS(T, outcome),
	XSD_END,
};
static XSD_TYPE(ids_message, "m:ConvertIdResponseMessageType", message_fields);
#undef T

#define T struct ids_messages
static const struct xsd_field messages_fields[] = {
	XSD_LIST("m:ConvertIdResponseMessage", REQUIRED, T, message, ids_message, IDS_MAX),
	XSD_END,
};
static XSD_TYPE(ids_messages, NULL, messages_fields);
#undef T

#define T struct ids_response
static const struct xsd_field response_fields[] = {
	XSD_INSIDE("m:ResponseMessages", REQUIRED, T, messages, ids_messages),
	XSD_END,
};
XSD_TYPE(ids_response, "m:ConvertIdResponseType", response_fields);
#undef T
/* clang-format on */

enum err
ids_convert(struct house *house, struct op *op, const struct ids_request *in,
	    struct ids_response *out)
{
	struct ids_messages *messages = &out->messages;

	(void)house;
	messages->message_n = in->sources.source_n;
	messages->message =
		op_alloc(op, messages->message_n * sizeof(*messages->message));
	for (size_t i = 0; i < messages->message_n; i++)
		outcome_set(op, OUTCOME_INVALID_ID_MALFORMED, NULL,
			    &messages->message[i].outcome);
	return OK;
}
