/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GetServiceConfiguration: what Outlook asks before it asks for mail tips. Each
 * value is what holds here: limits are tips.h's own, and nothing is promised
 * that there is not.
 */
#include "companion/recipient.h"
#include "model/house.h"
#include "wire/outcome.h"

#define CONFIGURATIONS_MAX 16          /* of one request */
#define CONFIGURATION_DOMAINS_MAX 1000 /* told to one client */

struct configuration_name {
	const char *text;
};
struct configuration_names {
	struct configuration_name *name;
	size_t name_n;
};
struct configuration_details {
	bool none; /* whatever is in them */
};
struct configuration_request {
	struct recipient *acting_as;
	struct configuration_names names;
	struct configuration_details *details;
};

struct configuration_domain {
	const char *name;
	unsigned subdomains; /* enum xsd_boolean */
};
struct configuration_domains {
	struct configuration_domain *domain;
	size_t domain_n;
};
struct configuration_tips {
	bool yes, no, endless;
	int recipients_max;
	struct configuration_domains domains;
};
struct configuration_telephony {
	bool no, none;
};
struct configuration_rules {
	bool none;
};
struct configuration_protection {
	int hours;
	struct configuration_rules rules;
	struct configuration_domains domains;
};

struct configuration_message {
	struct outcome outcome;
	struct configuration_tips *tips;
	struct configuration_telephony *telephony;
	struct configuration_protection *protection;
};
struct configuration_messages {
	struct configuration_message *message;
	size_t message_n;
};
struct configuration_response {
	struct outcome outcome;
	struct configuration_messages messages;
};

extern const struct xsd_type configuration_request_type,
	configuration_response_type;

enum err configuration_get(struct house *house, struct op *op,
			   const struct configuration_request *in,
			   struct configuration_response *out);
