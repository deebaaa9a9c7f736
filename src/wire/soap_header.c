/* SPDX-License-Identifier: Apache-2.0 */
/* The elements of the types namespace that stand in a header, as tables. */
#include "wire/soap.h"

/* clang-format off */

/* As Exchange 2013 SP1 presents itself: new enough for photos in Evolution,
 * old enough that no client asks for what came in 2016. Clients read the
 * numbers one by one, so all five are there. */
#define T struct soap_server
static const struct xsd_field server_fields[] = {
	XSD_CONST("@MajorVersion",     OPTIONAL, T, sent, "xs:int",    "15"),
	XSD_CONST("@MinorVersion",     OPTIONAL, T, sent, "xs:int",    "0"),
	XSD_CONST("@MajorBuildNumber", OPTIONAL, T, sent, "xs:int",    "1497"),
	XSD_CONST("@MinorBuildNumber", OPTIONAL, T, sent, "xs:int",    "2"),
	XSD_CONST("@Version",          OPTIONAL, T, sent, "xs:string", "Exchange2013_SP1"),
	XSD_END,
};
XSD_TYPE(soap_server, NULL, server_fields);
#undef T

#define T struct soap_client
static const struct xsd_field client_fields[] = {
	XSD_TEXT("@Version", OPTIONAL, T, version),
	XSD_END,
};
XSD_TYPE(soap_client, NULL, client_fields);
#undef T

#define T struct soap_account
static const struct xsd_field account_fields[] = {
	XSD_TOKEN("t:PrincipalName",      OPTIONAL, T, principal),
	XSD_TOKEN("t:SID",                OPTIONAL, T, sid),
	XSD_TOKEN("t:PrimarySmtpAddress", OPTIONAL, T, primary),
	XSD_TOKEN("t:SmtpAddress",        OPTIONAL, T, smtp),
	XSD_END,
};
XSD_TYPE_WITH(soap_account, "t:ConnectingSIDType", account_fields, .choice = true);
#undef T

#define T struct soap_impersonation
static const struct xsd_field impersonation_fields[] = {
	XSD_INSIDE("t:ConnectingSID", REQUIRED, T, account, soap_account),
	XSD_END,
};
XSD_TYPE(soap_impersonation, "t:ExchangeImpersonationType", impersonation_fields);
#undef T
