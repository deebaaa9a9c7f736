/* SPDX-License-Identifier: Apache-2.0 */
#include "companion/configuration.h"

#include "companion/tips.h"

#include <string.h>

#define ENDLESS "2147483647" /* of what nobody gave us a limit for */
#define REFRESH_H 24         /* hours until a client asks for rules again */

/* clang-format off */
#define T struct configuration_name
static const struct xsd_field name_fields[] = {
	XSD_TOKEN(XSD_OWN, REQUIRED, T, text),
	XSD_END,
};
static XSD_TYPE(configuration_name, NULL, name_fields);
#undef T

#define T struct configuration_names
static const struct xsd_field names_fields[] = {
	XSD_LIST("m:ConfigurationName", REQUIRED, T, name, configuration_name, CONFIGURATIONS_MAX),
	XSD_END,
};
static XSD_TYPE(configuration_names, "m:ArrayOfServiceConfigurationType", names_fields);
#undef T

static const struct xsd_field details_fields[] = { XSD_END };
static XSD_TYPE_WITH(configuration_details, NULL, details_fields, .open = true, .any = true);

#define T struct configuration_request
static const struct xsd_field request_fields[] = {
	XSD_BEHIND("m:ActingAs",                    OPTIONAL, T, acting_as, recipient),
	XSD_INSIDE("m:RequestedConfiguration",      REQUIRED, T, names, configuration_names),
	XSD_BEHIND("m:ConfigurationRequestDetails", OPTIONAL, T, details, configuration_details),
	XSD_END,
};
XSD_TYPE_WITH(configuration_request, "m:GetServiceConfigurationType", request_fields, .base = "m:BaseRequestType");
#undef T

#define T struct configuration_domain
static const struct xsd_field domain_fields[] = {
	XSD_TEXT("@Name",              REQUIRED, T, name),
	XSD_ENUM("@IncludeSubdomains", OPTIONAL, T, subdomains, xsd_booleans),
	XSD_END,
};
static XSD_TYPE(configuration_domain, "t:SmtpDomain", domain_fields);
#undef T

#define T struct configuration_domains
static const struct xsd_field domains_fields[] = {
	XSD_LIST("t:Domain", OPTIONAL, T, domain, configuration_domain, CONFIGURATION_DOMAINS_MAX),
	XSD_END,
};
static XSD_TYPE(configuration_domains, "t:SmtpDomainList", domains_fields);
#undef T

#define T struct configuration_tips
static const struct xsd_field tips_fields[] = {
	XSD_CONST ("t:MailTipsEnabled",                    REQUIRED, T, yes, "xs:boolean", "true"),
	XSD_INT   ("t:MaxRecipientsPerGetMailTipsRequest", REQUIRED, T, recipients_max),
	XSD_CONST ("t:MaxMessageSize",                     REQUIRED, T, endless, "xs:int", ENDLESS),
	XSD_CONST ("t:LargeAudienceThreshold",             REQUIRED, T, endless, "xs:int", ENDLESS),
	XSD_CONST ("t:ShowExternalRecipientCount",         REQUIRED, T, no, "xs:boolean", "false"),
	XSD_INSIDE("t:InternalDomains",                    REQUIRED, T, domains, configuration_domains),
	XSD_CONST ("t:PolicyTipsEnabled",                  REQUIRED, T, no, "xs:boolean", "false"),
	XSD_CONST ("t:LargeAudienceCap",                   REQUIRED, T, endless, "xs:int", ENDLESS),
	XSD_END,
};
static XSD_TYPE(configuration_tips, "t:MailTipsServiceConfiguration", tips_fields);
#undef T

#define T struct configuration_telephony
static const struct xsd_field telephony_fields[] = {
	XSD_CONST("t:UmEnabled",             REQUIRED, T, no, "xs:boolean", "false"),
	XSD_CONST("t:PlayOnPhoneDialString", REQUIRED, T, none, "xs:string", ""),
	XSD_CONST("t:PlayOnPhoneEnabled",    REQUIRED, T, no, "xs:boolean", "false"),
	XSD_END,
};
static XSD_TYPE(configuration_telephony, "t:UnifiedMessageServiceConfiguration", telephony_fields);
#undef T

static const struct xsd_field rules_fields[] = { XSD_END };
static XSD_TYPE(configuration_rules, "t:ArrayOfProtectionRulesType", rules_fields);

#define T struct configuration_protection
static const struct xsd_field protection_fields[] = {
	XSD_INSIDE("t:Rules",           REQUIRED, T, rules, configuration_rules),
	XSD_INSIDE("t:InternalDomains", REQUIRED, T, domains, configuration_domains),
	XSD_INT   ("@RefreshInterval",  REQUIRED, T, hours),
	XSD_END,
};
static XSD_TYPE(configuration_protection, "t:ProtectionRulesServiceConfiguration", protection_fields);
#undef T

#define T struct configuration_message
static const struct xsd_field message_fields[] = {
	OUTCOME_ROWS(T, outcome),
	XSD_BEHIND("m:MailTipsConfiguration",         OPTIONAL, T, tips, configuration_tips),
	XSD_BEHIND("m:UnifiedMessagingConfiguration", OPTIONAL, T, telephony, configuration_telephony),
	XSD_BEHIND("m:ProtectionRulesConfiguration",  OPTIONAL, T, protection, configuration_protection),
	XSD_END,
};
static XSD_TYPE(configuration_message, "m:ServiceConfigurationResponseMessageType", message_fields);
#undef T

#define T struct configuration_messages
static const struct xsd_field messages_fields[] = {
	XSD_LIST("m:ServiceConfigurationResponseMessageType", REQUIRED, T, message, configuration_message, CONFIGURATIONS_MAX),
	XSD_END,
};
static XSD_TYPE(configuration_messages, "m:ArrayOfServiceConfigurationResponseMessageType", messages_fields);
#undef T

#define T struct configuration_response
static const struct xsd_field response_fields[] = {
	OUTCOME_ROWS(T, outcome),
	XSD_INSIDE("m:ResponseMessages", OPTIONAL, T, messages, configuration_messages),
	XSD_END,
};
XSD_TYPE(configuration_response, "m:GetServiceConfigurationResponseMessageType", response_fields);
#undef T
/* clang-format on */

/* ---- what there is ---- */

/* Those of the caller's organization, who are inside for each other. */
static enum err
domains_make(struct house *house, struct op *op,
	     struct configuration_domains *out)
{
	struct domain_list list;

	TRY(store_domain_list_of(house->store, op,
				 op->caller->mailbox->organization,
				 CONFIGURATION_DOMAINS_MAX, &list));
	out->domain = op_alloc(op, list.n * sizeof(*out->domain));
	out->domain_n = list.n;
	for (size_t i = 0; i < list.n; i++)
		out->domain[i] =
			(struct configuration_domain){ list.domain[i].name,
						       XSD_FALSE };
	return OK;
}

/* Puts its part into a message. */
typedef void maker(struct op *op, const struct configuration_domains *domains,
		   struct configuration_message *out);

static void
tips_configure(struct op *op, const struct configuration_domains *domains,
	       struct configuration_message *out)
{
	struct configuration_tips *tips = op_alloc(op, sizeof(*tips));

	*tips = (struct configuration_tips){ .yes = true,
					     .no = true,
					     .endless = true,
					     .recipients_max = TIPS_MAX,
					     .domains = *domains };
	out->tips = tips;
}

static void
telephony_configure(struct op *op, const struct configuration_domains *domains,
		    struct configuration_message *out)
{
	(void)domains;
	out->telephony = op_alloc(op, sizeof(*out->telephony));
	*out->telephony =
		(struct configuration_telephony){ .no = true, .none = true };
}

static void
protection_configure(struct op *op, const struct configuration_domains *domains,
		     struct configuration_message *out)
{
	out->protection = op_alloc(op, sizeof(*out->protection));
	out->protection->hours = REFRESH_H;
	out->protection->domains = *domains;
}

static const struct {
	const char *name;
	maker *make;
} rows[] = {
	{ "MailTips", tips_configure },
	{ "UnifiedMessagingConfiguration", telephony_configure },
	{ "ProtectionRules", protection_configure },
};

static void
message_make(struct op *op, const struct configuration_domains *domains,
	     const char *name, struct configuration_message *out)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(rows[i].name, name) == 0) {
			rows[i].make(op, domains, out);
			outcome_set(op, OUTCOME_NO_ERROR, NULL, &out->outcome);
			return;
		}
	}
	outcome_set(op, OUTCOME_INVALID_ARGUMENT,
		    "This server has no configuration of that name.",
		    &out->outcome);
}

enum err
configuration_get(struct house *house, struct op *op,
		  const struct configuration_request *in,
		  struct configuration_response *out)
{
	struct configuration_messages *messages = &out->messages;
	struct configuration_domains domains;
	size_t n = in->names.name_n;

	TRY(domains_make(house, op, &domains));
	messages->message = op_alloc(op, n * sizeof(*messages->message));
	messages->message_n = n;
	outcome_set(op, OUTCOME_NO_ERROR, NULL, &out->outcome);
	for (size_t i = 0; i < n; i++)
		message_make(op, &domains, in->names.name[i].text,
			     &messages->message[i]);
	return OK;
}
