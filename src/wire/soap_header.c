/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a header: elements as tables, and the names of versions. */
#include "wire/soap.h"

#include <string.h>

/* ---- versions ---- */

/* Does text have this form? # stands for a digit. */
static bool
has_form(const char *text, const char *form)
{
	for (; *form != '\0'; form++, text++) {
		if (*form == '#' ? *text < '0' || *text > '9' : *text != *form)
			return false;
	}
	return *text == '\0';
}

/* Two service packs never had a schema of their own, and Exchange refuses
 * them as well. */
bool
soap_is_version(const char *version)
{
	static const char *const forms[] = { "Exchange20##", "Exchange20##_SP#",
					     "V20##_##_##" };
	static const char *const refused[] = { "Exchange2007_SP2",
					       "Exchange2007_SP3" };

	for (size_t i = 0; i < COUNT(refused); i++) {
		if (strcmp(version, refused[i]) == 0)
			return false;
	}
	for (size_t i = 0; i < COUNT(forms); i++) {
		if (has_form(version, forms[i]))
			return true;
	}
	return false;
}

/* ---- elements ---- */

/* clang-format off */

/* As Exchange 2013 SP1 presents itself: new enough for photos in Evolution,
 * old enough that no client asks for what came in 2016. Clients read the
 * numbers one by one, so all five are there. */
#define T struct soap_server
static const struct xsd_field server_fields[] = {
	XSD_CONST("@MajorVersion",     OPTIONAL, T, sent, "xs:int",    SOAP_SERVER_MAJOR),
	XSD_CONST("@MinorVersion",     OPTIONAL, T, sent, "xs:int",    SOAP_SERVER_MINOR),
	XSD_CONST("@MajorBuildNumber", OPTIONAL, T, sent, "xs:int",    SOAP_SERVER_BUILD),
	XSD_CONST("@MinorBuildNumber", OPTIONAL, T, sent, "xs:int",    SOAP_SERVER_BUILD_MINOR),
	XSD_CONST("@Version",          OPTIONAL, T, sent, "xs:string", SOAP_SERVER_NAME),
	XSD_END,
};
XSD_TYPE(soap_server, NULL, server_fields);

/* In Autodiscover the same are elements. */
static const struct xsd_field server_discover_fields[] = {
	XSD_CONST("a:MajorVersion",     OPTIONAL, T, sent, "xs:int",    SOAP_SERVER_MAJOR),
	XSD_CONST("a:MinorVersion",     OPTIONAL, T, sent, "xs:int",    SOAP_SERVER_MINOR),
	XSD_CONST("a:MajorBuildNumber", OPTIONAL, T, sent, "xs:int",    SOAP_SERVER_BUILD),
	XSD_CONST("a:MinorBuildNumber", OPTIONAL, T, sent, "xs:int",    SOAP_SERVER_BUILD_MINOR),
	XSD_CONST("a:Version",          OPTIONAL, T, sent, "xs:string", SOAP_SERVER_NAME),
	XSD_END,
};
const struct xsd_type soap_server_discover_type = {
	.fields = server_discover_fields, .size = sizeof(T)
};
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
