/* SPDX-License-Identifier: Apache-2.0 */
#include "discover/discover_wire.h"

#define XSI "http://www.w3.org/2001/XMLSchema-instance"

/* clang-format off */

static const struct xsd_word codes[] = {
	{ "NoError",               DISCOVER_NO_ERROR },
	{ "InvalidRequest",        DISCOVER_INVALID_REQUEST },
	{ "InvalidSetting",        DISCOVER_INVALID_SETTING },
	{ "InvalidUser",           DISCOVER_INVALID_USER },
	{ "SettingIsNotAvailable", DISCOVER_NOT_AVAILABLE },
	{ "NotFederated",          DISCOVER_NOT_FEDERATED },
	{ NULL, 0 },
};
const struct xsd_words discover_codes = { "a:ErrorCode", codes };

#define T struct discover_text
static const struct xsd_field text_fields[] = {
	XSD_TOKEN(XSD_OWN, REQUIRED, T, text),
	XSD_END,
};
XSD_TYPE(discover_text, NULL, text_fields);
#undef T

/* ---- what is asked: later schemas have more in it, which is passed over ---- */

#define T struct discover_user
static const struct xsd_field user_fields[] = {
	XSD_TOKEN("a:Mailbox", OPTIONAL, T, mailbox),
	XSD_END,
};
static XSD_TYPE_WITH(discover_user, NULL, user_fields, .lax = true);
#undef T

#define T struct discover_users
static const struct xsd_field users_fields[] = {
	XSD_LIST("a:User", OPTIONAL, T, user, discover_user, DISCOVER_USERS_MAX),
	XSD_END,
};
static XSD_TYPE(discover_users, NULL, users_fields);
#undef T

#define T struct discover_names
static const struct xsd_field names_fields[] = {
	XSD_LIST("a:Setting", OPTIONAL, T, setting, discover_text, DISCOVER_SETTINGS_MAX),
	XSD_END,
};
static XSD_TYPE(discover_names, NULL, names_fields);
#undef T

#define T struct discover_request
static const struct xsd_field request_fields[] = {
	XSD_INSIDE("a:Users",             OPTIONAL, T, users, discover_users),
	XSD_INSIDE("a:RequestedSettings", OPTIONAL, T, names, discover_names),
	XSD_END,
};
static XSD_TYPE_WITH(discover_request, NULL, request_fields, .lax = true);
#undef T

#define T struct discover_message
static const struct xsd_field message_fields[] = {
	XSD_INSIDE("a:Request", OPTIONAL, T, request, discover_request),
	XSD_END,
};
XSD_TYPE_WITH(discover_message, NULL, message_fields, .lax = true);
#undef T

/* ---- what is answered ---- */

#define T struct discover_nil
static const struct xsd_field nil_fields[] = {
	XSD_CONST("@i:nil", OPTIONAL, T, nil, "xs:boolean", "true"),
	XSD_END,
};
static XSD_TYPE(discover_nil, NULL, nil_fields);
#undef T

#define T struct discover_setting
static const struct xsd_field setting_fields[] = {
	XSD_CONST("@i:type", REQUIRED, T, string, "xs:QName", "StringSetting"),
	XSD_TEXT ("a:Name",  REQUIRED, T, name),
	XSD_TEXT ("a:Value", REQUIRED, T, value),
	XSD_END,
};
static XSD_TYPE(discover_setting, NULL, setting_fields);
#undef T

#define T struct discover_setting_error
static const struct xsd_field setting_error_fields[] = {
	XSD_ENUM("a:ErrorCode",    REQUIRED, T, code, discover_codes),
	XSD_TEXT("a:ErrorMessage", REQUIRED, T, message),
	XSD_TEXT("a:SettingName",  REQUIRED, T, name),
	XSD_END,
};
static XSD_TYPE(discover_setting_error, NULL, setting_error_fields);
#undef T

#define T struct discover_settings
static const struct xsd_field settings_fields[] = {
	XSD_LIST("a:UserSetting", OPTIONAL, T, setting, discover_setting, DISCOVER_SETTINGS_MAX),
	XSD_END,
};
static XSD_TYPE(discover_settings, NULL, settings_fields);
#undef T

#define T struct discover_setting_errors
static const struct xsd_field setting_errors_fields[] = {
	XSD_LIST("a:UserSettingError", OPTIONAL, T, error, discover_setting_error, DISCOVER_SETTINGS_MAX),
	XSD_END,
};
static XSD_TYPE(discover_setting_errors, NULL, setting_errors_fields);
#undef T

#define T struct discover_user_response
static const struct xsd_field user_response_fields[] = {
	XSD_ENUM  ("a:ErrorCode",         REQUIRED, T, code, discover_codes),
	XSD_TEXT  ("a:ErrorMessage",      REQUIRED, T, message),
	XSD_INSIDE("a:RedirectTarget",    REQUIRED, T, redirect, discover_nil),
	XSD_INSIDE("a:UserSettingErrors", REQUIRED, T, errors, discover_setting_errors),
	XSD_INSIDE("a:UserSettings",      REQUIRED, T, settings, discover_settings),
	XSD_END,
};
static XSD_TYPE(discover_user_response, NULL, user_response_fields);
#undef T

#define T struct discover_user_responses
static const struct xsd_field user_responses_fields[] = {
	XSD_LIST("a:UserResponse", OPTIONAL, T, user, discover_user_response, DISCOVER_USERS_MAX),
	XSD_END,
};
static XSD_TYPE(discover_user_responses, NULL, user_responses_fields);
#undef T

#define T struct discover_response
static const struct xsd_field response_fields[] = {
	XSD_CONST ("@xmlns:i",        OPTIONAL, T, declared, "xs:anyURI", XSI),
	XSD_ENUM  ("a:ErrorCode",     REQUIRED, T, code, discover_codes),
	XSD_TEXT  ("a:ErrorMessage",  REQUIRED, T, message),
	XSD_BEHIND("a:UserResponses", OPTIONAL, T, users, discover_user_responses),
	XSD_END,
};
static XSD_TYPE(discover_response, NULL, response_fields);
#undef T

#define T struct discover_answer
static const struct xsd_field answer_fields[] = {
	XSD_INSIDE("a:Response", REQUIRED, T, response, discover_response),
	XSD_END,
};
XSD_TYPE(discover_answer, NULL, answer_fields);
#undef T

/* ---- POX ---- */

#define T struct pox_query
static const struct xsd_field query_fields[] = {
	XSD_TOKEN("xq:EMailAddress",             OPTIONAL, T, address),
	XSD_TOKEN("xq:LegacyDN",                 OPTIONAL, T, dn),
	XSD_TOKEN("xq:AcceptableResponseSchema", REQUIRED, T, schema),
	XSD_END,
};
static XSD_TYPE_WITH(pox_query, NULL, query_fields, .lax = true);
#undef T

#define T struct pox_request
static const struct xsd_field pox_request_fields[] = {
	XSD_INSIDE("xq:Request", REQUIRED, T, query, pox_query),
	XSD_END,
};
XSD_TYPE_WITH(pox_request, NULL, pox_request_fields, .lax = true);
#undef T

#define T struct pox_error
static const struct xsd_field error_fields[] = {
	XSD_TEXT ("@Time",       REQUIRED, T, time),
	XSD_TEXT ("@Id",         REQUIRED, T, id),
	XSD_INT  ("x:ErrorCode", REQUIRED, T, code),
	XSD_TEXT ("x:Message",   REQUIRED, T, message),
	XSD_CONST("x:DebugData", REQUIRED, T, debug, "xs:string", ""),
	XSD_END,
};
static XSD_TYPE(pox_error, NULL, error_fields);
#undef T

#define T struct pox_failure
static const struct xsd_field failure_fields[] = {
	XSD_INSIDE("x:Error", REQUIRED, T, error, pox_error),
	XSD_END,
};
static XSD_TYPE(pox_failure, NULL, failure_fields);
#undef T

#define T struct pox_refusal
static const struct xsd_field refusal_fields[] = {
	XSD_INSIDE("x:Response", REQUIRED, T, response, pox_failure),
	XSD_END,
};
XSD_TYPE(pox_refusal, NULL, refusal_fields);
#undef T

#define T struct pox_user
static const struct xsd_field pox_user_fields[] = {
	XSD_TEXT("xo:DisplayName",             REQUIRED, T, name),
	XSD_TEXT("xo:AutoDiscoverSMTPAddress", REQUIRED, T, address),
	XSD_END,
};
static XSD_TYPE(pox_user, NULL, pox_user_fields);
#undef T

#define T struct pox_protocol
static const struct xsd_field protocol_fields[] = {
	XSD_TEXT("xo:Type",        REQUIRED, T, type),
	XSD_TEXT("xo:Server",      REQUIRED, T, server),
	XSD_TEXT("xo:SSL",         OPTIONAL, T, ssl),
	XSD_TEXT("xo:AuthPackage", OPTIONAL, T, auth),
	XSD_TEXT("xo:ASUrl",       REQUIRED, T, as_url),
	XSD_TEXT("xo:OOFUrl",      REQUIRED, T, oof_url),
	XSD_TEXT("xo:EwsUrl",      REQUIRED, T, ews_url),
	XSD_END,
};
static XSD_TYPE(pox_protocol, NULL, protocol_fields);
#undef T

#define POX_PROTOCOLS_MAX 8 /* for reading only: we send two */

#define T struct pox_account
static const struct xsd_field account_fields[] = {
	XSD_CONST("xo:AccountType", REQUIRED, T, email,    "xs:string", "email"),
	XSD_CONST("xo:Action",      REQUIRED, T, settings, "xs:string", "settings"),
	XSD_LIST ("xo:Protocol",    REQUIRED, T, protocol, pox_protocol, POX_PROTOCOLS_MAX),
	XSD_END,
};
static XSD_TYPE(pox_account, NULL, account_fields);
#undef T

#define T struct pox_found
static const struct xsd_field found_fields[] = {
	XSD_INSIDE("xo:User",    REQUIRED, T, user, pox_user),
	XSD_INSIDE("xo:Account", REQUIRED, T, account, pox_account),
	XSD_END,
};
static XSD_TYPE(pox_found, NULL, found_fields);
#undef T

#define T struct pox_answer
static const struct xsd_field pox_answer_fields[] = {
	XSD_INSIDE("xo:Response", REQUIRED, T, response, pox_found),
	XSD_END,
};
XSD_TYPE(pox_answer, NULL, pox_answer_fields);
#undef T
