/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Somebody, as every operation but those of [MS-OXWOOF] names people:
 * t:EmailAddressType. */
#include "wire/xsd.h"

enum recipient_kind { RECIPIENT_MAILBOX = 1, RECIPIENT_OTHER };

struct recipient {
	const char *name, *address, *routing;
	unsigned kind; /* enum recipient_kind */
};

extern const struct xsd_words recipient_kinds;
extern const struct xsd_type recipient_type;
