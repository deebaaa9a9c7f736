/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The messages and enumerations of [MS-OXWOOF] section 2, as tables. */
#include "model/oof.h"
#include "wire/xsd.h"

struct oof_mailbox { /* 2.2.3.3 */
	const char *name, *address, *routing;
};

struct oof_get_request { /* 2.2.3.5 */
	struct oof_mailbox mailbox;
};

struct oof_set_request { /* 2.2.3.11 */
	struct oof_mailbox mailbox;
	struct oof_settings settings;
};

enum oof_class { OOF_SUCCESS = 1, OOF_WARNING, OOF_ERROR }; /* 2.2.2.3 */

enum oof_code { /* 2.2.2.4 */
		OOF_NO_ERROR = 1,
		OOF_ERROR_ACCESS_DENIED,
		OOF_ERROR_INVALID_OOF_PARAMETER,
		OOF_ERROR_INVALID_SCHEDULED_OOF_DURATION,
		OOF_ERROR_INVALID_USER_OOF_SETTINGS,
		OOF_ERROR_UNABLE_TO_GET_USER_OOF_SETTINGS,
};

struct oof_message_xml { /* what 4.5 has in it */
	const char *exception_type;
	int exception_code;
};

struct oof_response_message { /* 2.2.3.8 */
	unsigned class;       /* enum oof_class */
	const char *text;
	unsigned code; /* enum oof_code */
	bool link_key; /* 0, "unused and reserved" */
	struct oof_message_xml *xml;
};

struct oof_get_response { /* 2.2.3.4 */
	struct oof_response_message message;
	struct oof_settings *settings;
	unsigned allow_external; /* enum oof_audience */
};

struct oof_set_response { /* 2.2.3.10 */
	struct oof_response_message message;
};

extern const struct xsd_words oof_states, oof_audiences, oof_classes, oof_codes;
extern const struct xsd_type oof_duration_type, oof_mailbox_type,
	oof_get_response_type, oof_get_request_type, oof_reply_type,
	oof_response_message_type, oof_set_response_type, oof_set_request_type,
	oof_settings_type;
