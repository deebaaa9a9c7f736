/* SPDX-License-Identifier: Apache-2.0 */
#include "companion/folders.h"

/* clang-format off */
#define T struct folders_id
static const struct xsd_field id_fields[] = {
	XSD_TEXT("@Id", REQUIRED, T, id),
	XSD_END,
};
static const struct xsd_type id_type = {
	.name = "t:FolderIdType", .fields = id_fields, .size = sizeof(T),
};

/* Whose it is may stand inside: it is open. */
static const struct xsd_field distinguished_fields[] = {
	XSD_TEXT("@Id", REQUIRED, T, distinguished),
	XSD_END,
};
static const struct xsd_type distinguished_type = {
	.name = "t:DistinguishedFolderIdType", .fields = distinguished_fields, .size = sizeof(T),
	.open = true,
};
#undef T

#define T struct folders_ids
static const struct xsd_field ids_fields[] = {
	XSD_LIST_BY("t:FolderId",              OPTIONAL, T, id, folders_id, FOLDERS_MAX, id_type),
	XSD_LIST_BY("t:DistinguishedFolderId", OPTIONAL, T, id, folders_id, FOLDERS_MAX, distinguished_type),
	XSD_END,
};
XSD_TYPE_WITH(folders_ids, "t:NonEmptyArrayOfBaseFolderIdsType", ids_fields, .several = true);
#undef T

#define T struct folders_shape
static const struct xsd_field shape_fields[] = {
	XSD_TOKEN("t:BaseShape", REQUIRED, T, base),
	XSD_END,
};
static XSD_TYPE_WITH(folders_shape, "t:FolderResponseShapeType", shape_fields, .open = true);
#undef T

#define T struct folders_request
static const struct xsd_field request_fields[] = {
	XSD_INSIDE("m:FolderShape", REQUIRED, T, shape, folders_shape),
	XSD_INSIDE("m:FolderIds",   REQUIRED, T, ids, folders_ids),
	XSD_END,
};
XSD_TYPE_WITH(folders_request, "m:GetFolderType", request_fields, .base = "m:BaseRequestType");
#undef T

static const struct xsd_field none_fields[] = { XSD_END };
static XSD_TYPE(folders_none, "t:ArrayOfFoldersType", none_fields);

#define T struct folders_message
static const struct xsd_field message_fields[] = {
	OUTCOME_ROWS(T, outcome),
	XSD_INSIDE("m:Folders", REQUIRED, T, folders, folders_none),
	XSD_END,
};
static XSD_TYPE(folders_message, "m:FolderInfoResponseMessageType", message_fields);
#undef T

#define T struct folders_messages
static const struct xsd_field messages_fields[] = {
	XSD_LIST("m:GetFolderResponseMessage", REQUIRED, T, message, folders_message, FOLDERS_MAX),
	XSD_END,
};
static XSD_TYPE(folders_messages, NULL, messages_fields);
#undef T

#define T struct folders_response
static const struct xsd_field response_fields[] = {
	XSD_INSIDE("m:ResponseMessages", REQUIRED, T, messages, folders_messages),
	XSD_END,
};
XSD_TYPE(folders_response, "m:GetFolderResponseType", response_fields);
#undef T
/* clang-format on */

enum err
folders_get(struct house *house, struct op *op,
	    const struct folders_request *in, struct folders_response *out)
{
	struct folders_messages *messages = &out->messages;
	size_t n = in->ids.id_n;

	(void)house;
	messages->message = op_alloc(op, n * sizeof(*messages->message));
	messages->message_n = n;
	for (size_t i = 0; i < n; i++) {
		bool named = in->ids.id[i].distinguished != NULL;

		outcome_set(op,
			    named ? OUTCOME_ITEM_NOT_FOUND
				  : OUTCOME_INVALID_ID_MALFORMED,
			    NULL, &messages->message[i].outcome);
	}
	return OK;
}
