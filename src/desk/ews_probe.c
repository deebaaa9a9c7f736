/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/ews_probe.h"

#define REFUSAL "ErrorInvalidIdMalformed"

/* clang-format off */
#define T struct probe_message
static const struct xsd_field message_fields[] = {
	XSD_CONST("m:MessageText",        OPTIONAL, T, refused, "xs:string", "Id is malformed."),
	XSD_CONST("m:ResponseCode",       OPTIONAL, T, refused, "xs:string", REFUSAL),
	XSD_CONST("m:DescriptiveLinkKey", OPTIONAL, T, refused, "xs:int",    "0"),
	XSD_CONST("@ResponseClass",       REQUIRED, T, refused, "xs:string", "Error"),
	XSD_END,
};
static XSD_TYPE(probe_message, NULL, message_fields);
#undef T

#define T struct probe_messages
static const struct xsd_field messages_fields[] = {
	XSD_INSIDE("m:ConvertIdResponseMessage", REQUIRED, T, message, probe_message),
	XSD_END,
};
static XSD_TYPE(probe_messages, NULL, messages_fields);
#undef T

#define T struct probe_response
static const struct xsd_field response_fields[] = {
	XSD_INSIDE("m:ResponseMessages", REQUIRED, T, messages, probe_messages),
	XSD_END,
};
XSD_TYPE(probe_response, NULL, response_fields);
#undef T
/* clang-format on */

enum err
probe_run(struct house *house, struct op *op, const void *in, void *out,
	  struct soap_fault *fault)
{
	struct probe_response *response = out;

	(void)house;
	(void)in;
	(void)fault;
	response->messages.message.refused = true;
	op->result = REFUSAL;
	return OK;
}
