/* SPDX-License-Identifier: Apache-2.0 */
#include "oof/oof_wire.h"

_Static_assert(XSD_LANGUAGE_MAX == OOF_LANG_MAX, "one rule for xml:lang");

/* clang-format off */

/* ---- simple types ---- */

static const struct xsd_word audiences[] = { /* 2.2.2.1 */
	{ "None",  AUDIENCE_NONE },
	{ "Known", AUDIENCE_KNOWN },
	{ "All",   AUDIENCE_ALL },
	{ NULL, 0 },
};
const struct xsd_words oof_audiences = { "t:ExternalAudience", audiences };

static const struct xsd_word states[] = { /* 2.2.2.2 */
	{ "Disabled",  OOF_DISABLED },
	{ "Enabled",   OOF_ENABLED },
	{ "Scheduled", OOF_SCHEDULED },
	{ NULL, 0 },
};
const struct xsd_words oof_states = { "t:OofState", states };

static const struct xsd_word classes[] = { /* 2.2.2.3 */
	{ "Success", OOF_SUCCESS },
	{ "Warning", OOF_WARNING },
	{ "Error",   OOF_ERROR },
	{ NULL, 0 },
};
const struct xsd_words oof_classes = { "t:ResponseClassType", classes };

static const struct xsd_word codes[] = { /* 2.2.2.4 */
	{ "NoError",                          OOF_NO_ERROR },
	{ "ErrorAccessDenied",                OOF_ERROR_ACCESS_DENIED },
	{ "ErrorInvalidOofParameter",         OOF_ERROR_INVALID_OOF_PARAMETER },
	{ "ErrorInvalidScheduledOofDuration", OOF_ERROR_INVALID_SCHEDULED_OOF_DURATION },
	{ "ErrorInvalidUserOofSettings",      OOF_ERROR_INVALID_USER_OOF_SETTINGS },
	{ "ErrorUnableToGetUserOofSettings",  OOF_ERROR_UNABLE_TO_GET_USER_OOF_SETTINGS },
	{ NULL, 0 },
};
const struct xsd_words oof_codes = { "m:ResponseCodeType", codes };

/* ---- complex types ---- */

#define T struct oof_duration /* 2.2.3.2 */
static const struct xsd_field duration_fields[] = {
	XSD_TIME("t:StartTime", REQUIRED, T, start, start_unzoned),
	XSD_TIME("t:EndTime",   REQUIRED, T, end,   end_unzoned),
	XSD_END,
};
XSD_TYPE(oof_duration, "t:Duration", duration_fields);
#undef T

#define T struct oof_mailbox /* 2.2.3.3 */
static const struct xsd_field mailbox_fields[] = {
	XSD_TEXT ("t:Name",        OPTIONAL, T, name),
	XSD_TOKEN("t:Address",     REQUIRED, T, address),
	XSD_TEXT ("t:RoutingType", OPTIONAL, T, routing),
	XSD_END,
};
XSD_TYPE(oof_mailbox, "t:EmailAddress", mailbox_fields);
#undef T

#define T struct oof_reply /* 2.2.3.7 */
static const struct xsd_field reply_fields[] = {
	XSD_TEXT    ("t:Message",  OPTIONAL, T, message),
	XSD_LANGUAGE("@xml:lang",  OPTIONAL, T, lang),
	XSD_END,
};
XSD_TYPE(oof_reply, "t:ReplyBody", reply_fields);
#undef T

/* Later schemas have more in it, which a client may send: it is open. */
#define T struct oof_settings /* 2.2.3.12 */
static const struct xsd_field settings_fields[] = {
	XSD_ENUM  ("t:OofState",         REQUIRED, T, state,    oof_states),
	XSD_ENUM  ("t:ExternalAudience", REQUIRED, T, audience, oof_audiences),
	XSD_BEHIND("t:Duration",         OPTIONAL, T, duration, oof_duration),
	XSD_BEHIND("t:InternalReply",    OPTIONAL, T, internal, oof_reply),
	XSD_BEHIND("t:ExternalReply",    OPTIONAL, T, external, oof_reply),
	XSD_END,
};
XSD_TYPE_WITH(oof_settings, "t:UserOofSettings", settings_fields, .open = true);
#undef T

#define T struct oof_message_xml
static const struct xsd_field message_xml_fields[] = {
	XSD_TEXT("e:ExceptionType", OPTIONAL, T, exception_type),
	XSD_INT ("e:ExceptionCode", OPTIONAL, T, exception_code),
	XSD_END,
};
static XSD_TYPE_WITH(oof_message_xml, NULL, message_xml_fields, .any = true);
#undef T

#define T struct oof_response_message /* 2.2.3.8 */
static const struct xsd_field response_message_fields[] = {
	XSD_TEXT  ("m:MessageText",        OPTIONAL, T, text),
	XSD_ENUM  ("m:ResponseCode",       OPTIONAL, T, code, oof_codes),
	XSD_CONST ("m:DescriptiveLinkKey", OPTIONAL, T, link_key, "xs:int", "0"),
	XSD_BEHIND("m:MessageXml",         OPTIONAL, T, xml, oof_message_xml),
	XSD_ENUM  ("@ResponseClass",       REQUIRED, T, class, oof_classes),
	XSD_END,
};
XSD_TYPE(oof_response_message, "m:ResponseMessageType", response_message_fields);
#undef T

/* ---- messages ---- */

#define BASE "m:BaseRequestType" /* 2.2.3.1 */

#define T struct oof_get_response /* 2.2.3.4 */
static const struct xsd_field get_response_fields[] = {
	XSD_INSIDE("m:ResponseMessage",  REQUIRED, T, message, oof_response_message),
	XSD_BEHIND("t:OofSettings",      OPTIONAL, T, settings, oof_settings),
	XSD_ENUM  ("m:AllowExternalOof", OPTIONAL, T, allow_external, oof_audiences),
	XSD_END,
};
XSD_TYPE(oof_get_response, "m:GetUserOofSettingsResponse", get_response_fields);
#undef T

#define T struct oof_get_request /* 2.2.3.5 */
static const struct xsd_field get_request_fields[] = {
	XSD_INSIDE("t:Mailbox", REQUIRED, T, mailbox, oof_mailbox),
	XSD_END,
};
XSD_TYPE_WITH(oof_get_request, "m:GetUserOofSettingsRequest", get_request_fields, .base = BASE);
#undef T

#define T struct oof_set_response /* 2.2.3.10 */
static const struct xsd_field set_response_fields[] = {
	XSD_INSIDE("m:ResponseMessage", OPTIONAL, T, message, oof_response_message),
	XSD_END,
};
XSD_TYPE(oof_set_response, "m:SetUserOofSettingsResponse", set_response_fields);
#undef T

#define T struct oof_set_request /* 2.2.3.11 */
static const struct xsd_field set_request_fields[] = {
	XSD_INSIDE("t:Mailbox",         REQUIRED, T, mailbox, oof_mailbox),
	XSD_INSIDE("t:UserOofSettings", REQUIRED, T, settings, oof_settings),
	XSD_END,
};
XSD_TYPE_WITH(oof_set_request, "m:SetUserOofSettingsRequest", set_request_fields, .base = BASE);
#undef T
