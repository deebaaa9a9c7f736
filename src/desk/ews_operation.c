/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/ews_operation.h"

#include "base/text.h"
#include "companion/availability.h"
#include "companion/configuration.h"
#include "companion/folders.h"
#include "companion/ids.h"
#include "companion/names.h"
#include "companion/tips.h"
#include "desk/ews.h"
#include "oof/oof_service.h"
#include "photo/photo_soap.h"

#define ENVELOPE_MAX (4 * KIB) /* bytes around a picture */

static enum err
run_oof_get(struct house *house, struct op *op, const void *in, void *out,
	    struct ews_turn *turn)
{
	return oof_get(house, op, in, out, &turn->fault);
}

static enum err
run_oof_set(struct house *house, struct op *op, const void *in, void *out,
	    struct ews_turn *turn)
{
	return oof_set(house, op, in, out, &turn->fault);
}

static enum err
run_photo_get(struct house *house, struct op *op, const void *in, void *out,
	      struct ews_turn *turn)
{
	struct photo_get_response *answer = out;

	TRY(photo_soap_get(house, op, &turn->req->headers, in, answer,
			   turn->res));
	turn->answer_hint = TEXT_BASE64_SIZE(answer->picture.n) + ENVELOPE_MAX;
	return OK;
}

static enum err
run_photo_set(struct house *house, struct op *op, const void *in, void *out,
	      struct ews_turn *turn)
{
	return photo_soap_set(house, op, in, out, &turn->fault);
}

/* The companions have no faults of their own. */
#define RUN(function)                                                          \
	static enum err run_##function(struct house *house, struct op *op,     \
				       const void *in, void *out,              \
				       struct ews_turn *turn)                  \
	{                                                                      \
		(void)turn;                                                    \
		return function(house, op, in, out);                           \
	}
RUN(availability_get)
RUN(configuration_get)
RUN(folders_get)
RUN(ids_convert)
RUN(names_resolve)
RUN(tips_get)

#define OOF SOAP_SHAPE_OOF
#define EWS SOAP_SHAPE_2010

const struct ews_operation ews_operations[] = {
	/* clang-format off */
	{ "m:GetUserOofSettingsRequest",      &oof_get_request_type,
	  "m:GetUserOofSettingsResponse",     &oof_get_response_type,
	  "GetUserOofSettings",      OOF, EWS_DOCUMENT_MAX, run_oof_get },
	{ "m:SetUserOofSettingsRequest",      &oof_set_request_type,
	  "m:SetUserOofSettingsResponse",     &oof_set_response_type,
	  "SetUserOofSettings",      OOF, EWS_DOCUMENT_MAX, run_oof_set },
	{ "m:GetUserPhoto",                   &photo_get_request_type,
	  "m:GetUserPhotoResponse",           &photo_get_response_type,
	  "GetUserPhoto",            EWS, EWS_DOCUMENT_MAX, run_photo_get },
	{ "m:SetUserPhoto",                   &photo_set_request_type,
	  "m:SetUserPhotoResponse",           &photo_set_response_type,
	  "SetUserPhoto",            EWS, EWS_BODY_MAX,     run_photo_set },
	{ "m:ConvertId",                      &ids_request_type,
	  "m:ConvertIdResponse",              &ids_response_type,
	  "ConvertId",               EWS, EWS_DOCUMENT_MAX, run_ids_convert },
	{ "m:ResolveNames",                   &names_request_type,
	  "m:ResolveNamesResponse",           &names_response_type,
	  "ResolveNames",            EWS, EWS_DOCUMENT_MAX, run_names_resolve },
	{ "m:GetFolder",                      &folders_request_type,
	  "m:GetFolderResponse",              &folders_response_type,
	  "GetFolder",               EWS, EWS_DOCUMENT_MAX, run_folders_get },
	{ "m:GetMailTips",                    &tips_request_type,
	  "m:GetMailTipsResponse",            &tips_response_type,
	  "GetMailTips",             EWS, EWS_DOCUMENT_MAX, run_tips_get },
	{ "m:GetServiceConfiguration",        &configuration_request_type,
	  "m:GetServiceConfigurationResponse", &configuration_response_type,
	  "GetServiceConfiguration", EWS, EWS_DOCUMENT_MAX, run_configuration_get },
	{ "m:GetUserAvailabilityRequest",     &availability_request_type,
	  "m:GetUserAvailabilityResponse",    &availability_response_type,
	  "GetUserAvailability",     EWS, EWS_DOCUMENT_MAX, run_availability_get },
	/* clang-format on */
};
const size_t ews_operations_n = COUNT(ews_operations);

const struct ews_operation *
ews_operation_find(const struct xml_node *el)
{
	for (size_t i = 0; el != NULL && i < COUNT(ews_operations); i++) {
		if (xml_is(el, ews_operations[i].request))
			return &ews_operations[i];
	}
	return NULL;
}
