/* SPDX-License-Identifier: Apache-2.0 */
#include "discover/discover_service.h"

#include "base/text.h"
#include "wire/soap.h"

#include <string.h>

/* Clients take the last of them, or all that they know. */
#define SCHEMAS                                                                \
	"Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, "     \
	"Exchange2010_SP2, Exchange2013, " SOAP_SERVER_NAME

/* ---- values ---- */

typedef const char *valuer(struct op *op, const struct discover_place *place,
			   const struct mailbox *mailbox);

const char *
discover_ews_url(struct op *op, const struct discover_place *place)
{
	return op_print(op, "%s/EWS/Exchange.asmx", place->url);
}

static const char *
ews_url(struct op *op, const struct discover_place *place,
	const struct mailbox *mailbox)
{
	(void)mailbox;
	return discover_ews_url(op, place);
}

/* [MS-OXWSPHOTO] 3.1.5.1: clients put GetUserPhoto behind it. */
static const char *
photos_url(struct op *op, const struct discover_place *place,
	   const struct mailbox *mailbox)
{
	(void)mailbox;
	return op_print(op, "%s/EWS/Exchange.asmx/s/", place->url);
}

static const char *
display_name(struct op *op, const struct discover_place *place,
	     const struct mailbox *mailbox)
{
	(void)op;
	(void)place;
	return mailbox->name[0] == '\0' ? mailbox->address : mailbox->name;
}

static const char *
address(struct op *op, const struct discover_place *place,
	const struct mailbox *mailbox)
{
	(void)op;
	(void)place;
	return mailbox->address;
}

static const char *
user_dn(struct op *op, const struct discover_place *place,
	const struct mailbox *mailbox)
{
	return discover_user_dn(op, place, mailbox->address);
}

static const char *
mailbox_dn(struct op *op, const struct discover_place *place,
	   const struct mailbox *mailbox)
{
	return discover_mailbox_dn(op, place, mailbox->address);
}

static const char *
schemas(struct op *op, const struct discover_place *place,
	const struct mailbox *mailbox)
{
	(void)op;
	(void)place;
	(void)mailbox;
	return SCHEMAS;
}

static const char *
version(struct op *op, const struct discover_place *place,
	const struct mailbox *mailbox)
{
	(void)op;
	(void)place;
	(void)mailbox;
	return SOAP_SERVER_DOTTED;
}

static const char *
no(struct op *op, const struct discover_place *place,
   const struct mailbox *mailbox)
{
	(void)op;
	(void)place;
	(void)mailbox;
	return "False";
}

/* ---- the published names; a NULL: nothing here has it ---- */

struct setting {
	const char *name;
	valuer *value;
};

static const struct setting settings[] = {
	/* clang-format off */
	{ "AutoDiscoverSMTPAddress",         address },
	{ "CasVersion",                      version },
	{ "CrossOrganizationSharingEnabled", no },
	{ "EwsSupportedSchemas",             schemas },
	{ "ExternalEwsUrl",                  ews_url },
	{ "ExternalEwsVersion",              version },
	{ "ExternalPhotosUrl",               photos_url },
	{ "InternalEwsUrl",                  ews_url },
	{ "InternalPhotosUrl",               photos_url },
	{ "MailboxDN",                       mailbox_dn },
	{ "MapiHttpEnabled",                 no },
	{ "UserDN",                          user_dn },
	{ "UserDisplayName",                 display_name },
	{ "UserMSOnline",                    no },
	{ "ActiveDirectoryServer", NULL },
	{ "AlternateMailboxes", NULL },
	{ "CertPrincipalName", NULL },
	{ "DocumentSharingLocations", NULL },
	{ "EcpConnectUrlFragment", NULL },
	{ "EcpDeliveryReportUrlFragment", NULL },
	{ "EcpEmailSubscriptionsUrlFragment", NULL },
	{ "EcpExtensionInstallationUrlFragment", NULL },
	{ "EcpPhotoUrlFragment", NULL },
	{ "EcpPublishingUrlFragment", NULL },
	{ "EcpRetentionPolicyTagsUrlFragment", NULL },
	{ "EcpTeamMailboxCreatingUrlFragment", NULL },
	{ "EcpTeamMailboxEditingUrlFragment", NULL },
	{ "EcpTeamMailboxHidingUrlFragment", NULL },
	{ "EcpTeamMailboxUrlFragment", NULL },
	{ "EcpTextMessagingUrlFragment", NULL },
	{ "EcpVoicemailUrlFragment", NULL },
	{ "EwsPartnerUrl", NULL },
	{ "ExchangeRpcUrl", NULL },
	{ "ExternalEcpConnectUrl", NULL },
	{ "ExternalEcpDeliveryReportUrl", NULL },
	{ "ExternalEcpEmailSubscriptionsUrl", NULL },
	{ "ExternalEcpExtensionInstallationUrl", NULL },
	{ "ExternalEcpPhotoUrl", NULL },
	{ "ExternalEcpPublishingUrl", NULL },
	{ "ExternalEcpRetentionPolicyTagsUrl", NULL },
	{ "ExternalEcpTeamMailboxCreatingUrl", NULL },
	{ "ExternalEcpTeamMailboxEditingUrl", NULL },
	{ "ExternalEcpTeamMailboxHidingUrl", NULL },
	{ "ExternalEcpTeamMailboxUrl", NULL },
	{ "ExternalEcpTextMessagingUrl", NULL },
	{ "ExternalEcpUrl", NULL },
	{ "ExternalEcpVoicemailUrl", NULL },
	{ "ExternalEmwsUrl", NULL },
	{ "ExternalImap4Connections", NULL },
	{ "ExternalMailboxServer", NULL },
	{ "ExternalMailboxServerAuthenticationMethods", NULL },
	{ "ExternalMailboxServerRequiresSSL", NULL },
	{ "ExternalOABUrl", NULL },
	{ "ExternalOutlookServiceUrl", NULL },
	{ "ExternalPop3Connections", NULL },
	{ "ExternalServerExclusiveConnect", NULL },
	{ "ExternalSmtpConnections", NULL },
	{ "ExternalUMUrl", NULL },
	{ "ExternalWebClientUrls", NULL },
	{ "GroupingInformation", NULL },
	{ "InternalEcpConnectUrl", NULL },
	{ "InternalEcpDeliveryReportUrl", NULL },
	{ "InternalEcpEmailSubscriptionsUrl", NULL },
	{ "InternalEcpExtensionInstallationUrl", NULL },
	{ "InternalEcpPhotoUrl", NULL },
	{ "InternalEcpPublishingUrl", NULL },
	{ "InternalEcpRetentionPolicyTagsUrl", NULL },
	{ "InternalEcpTeamMailboxCreatingUrl", NULL },
	{ "InternalEcpTeamMailboxEditingUrl", NULL },
	{ "InternalEcpTeamMailboxHidingUrl", NULL },
	{ "InternalEcpTeamMailboxUrl", NULL },
	{ "InternalEcpTextMessagingUrl", NULL },
	{ "InternalEcpUrl", NULL },
	{ "InternalEcpVoicemailUrl", NULL },
	{ "InternalEmwsUrl", NULL },
	{ "InternalImap4Connections", NULL },
	{ "InternalMailboxServer", NULL },
	{ "InternalMailboxServerAuthenticationMethods", NULL },
	{ "InternalMailboxServerDN", NULL },
	{ "InternalOABUrl", NULL },
	{ "InternalOutlookServiceUrl", NULL },
	{ "InternalPop3Connections", NULL },
	{ "InternalRpcClientServer", NULL },
	{ "InternalRpcHttpAuthenticationMethod", NULL },
	{ "InternalRpcHttpConnectivityRequiresSsl", NULL },
	{ "InternalRpcHttpServer", NULL },
	{ "InternalServerExclusiveConnect", NULL },
	{ "InternalSmtpConnections", NULL },
	{ "InternalUMUrl", NULL },
	{ "InternalWebClientUrls", NULL },
	{ "InteropExternalEwsUrl", NULL },
	{ "InteropExternalEwsVersion", NULL },
	{ "MailboxVersion", NULL },
	{ "MobileMailboxPolicy", NULL },
	{ "MobileMailboxPolicyInterop", NULL },
	{ "PublicFolderInformation", NULL },
	{ "PublicFolderServer", NULL },
	{ "RedirectUrl", NULL },
	{ "SPMySiteHostURL", NULL },
	{ "ShowGalAsDefaultView", NULL },
	{ "SiteMailboxCreationURL", NULL },
	{ "UserDeploymentId", NULL },
	/* clang-format on */
};

static const struct setting *
setting_find(const char *name)
{
	for (size_t i = 0; i < COUNT(settings); i++) {
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	}
	return NULL;
}

/* ---- the answer for one user ---- */

/* Was it asked for before? Clients that keep answers by name take each once. */
static bool
is_repeated(const struct discover_names *names, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (strcmp(names->setting[i].text, names->setting[at].text) ==
		    0)
			return true;
	}
	return false;
}

static void
refuse(struct op *op, const char *name, const struct setting *known,
       struct discover_setting_errors *out)
{
	struct discover_setting_error *e = &out->error[out->error_n++];
	const char *what = known == NULL ? "valid" : "available";

	e->code = known == NULL ? DISCOVER_INVALID_SETTING
				: DISCOVER_NOT_AVAILABLE;
	e->name = name;
	e->message =
		op_print(op, "The user setting '%s' is not %s.", name, what);
}

static void
tell(const char *name, const char *value, struct discover_settings *out)
{
	out->setting[out->setting_n++] = (struct discover_setting){
		.string = true,
		.name = name,
		.value = value,
	};
}

void
discover_user(struct op *op, const struct discover_place *place,
	      const struct mailbox *mailbox, const struct discover_names *names,
	      struct discover_user_response *out)
{
	size_t n = names->setting_n;

	*out = (struct discover_user_response){
		.code = DISCOVER_NO_ERROR,
		.message = "No error.",
		.redirect = { .nil = true },
	};
	out->errors.error = op_alloc(op, n * sizeof(*out->errors.error));
	out->settings.setting =
		op_alloc(op, n * sizeof(*out->settings.setting));
	for (size_t i = 0; i < n; i++) {
		const char *name = names->setting[i].text;
		const struct setting *known = setting_find(name);

		if (is_repeated(names, i))
			continue;
		if (known == NULL || known->value == NULL)
			refuse(op, name, known, &out->errors);
		else
			tell(name, known->value(op, place, mailbox),
			     &out->settings);
	}
}

void
discover_stranger(struct op *op, const char *address,
		  struct discover_user_response *out)
{
	*out = (struct discover_user_response){
		.code = DISCOVER_INVALID_USER,
		.message = op_print(op, "Invalid user: '%s'",
				    text_head(op, address, ADDRESS_MAX)),
		.redirect = { .nil = true },
	};
}

bool
discover_names_fit(const struct discover_names *names)
{
	for (size_t i = 0; i < names->setting_n; i++) {
		if (strlen(names->setting[i].text) > DISCOVER_NAME_MAX)
			return false;
	}
	return true;
}
