/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What clients ask before they ask for what they want: exchangelib finds out
 * which version it talks to with a ConvertId of nothing, and goes on when that
 * is refused as Exchange would. There are no items here whose ids could be
 * converted.
 */
#include "model/house.h"
#include "wire/soap.h"

struct probe_message {
	bool refused;
};
struct probe_messages {
	struct probe_message message;
};
struct probe_response {
	struct probe_messages messages;
};

extern const struct xsd_type probe_response_type;

enum err probe_run(struct house *house, struct op *op, const void *in,
		   void *out, struct soap_fault *fault);
