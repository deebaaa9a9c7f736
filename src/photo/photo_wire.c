/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As Exchange has them: the outcome stands on the response itself, without the
 * ResponseMessages of other operations.
 */
#include "photo/photo_wire.h"

#define BASE "m:BaseRequestType"

/* clang-format off */
static const struct xsd_word types[] = {
	{ "UserPhoto",          PHOTO_OF_USER },
	{ "ProfileHeaderPhoto", PHOTO_OF_HEADER },
	{ NULL, 0 },
};
const struct xsd_words photo_types = { "t:UserPhotoTypeType", types };

/* SizeRequested is an enumeration in the published schema. Here it is text, so
 * that a wrong one can be answered as it should: ErrorInvalidPhotoSize. */
#define T struct photo_get_request
static const struct xsd_field get_request_fields[] = {
	XSD_TOKEN("m:Email",         REQUIRED, T, email),
	XSD_TOKEN("m:SizeRequested", REQUIRED, T, size),
	XSD_ENUM ("m:TypeRequested", OPTIONAL, T, type, photo_types),
	XSD_END,
};
XSD_TYPE_WITH(photo_get_request, "m:GetUserPhotoType", get_request_fields, .base = BASE);
#undef T

/* The Managed API wants a ContentType behind every PictureData that has
 * something in it, whatever the schema of 2016 says. */
#define T struct photo_get_response
static const struct xsd_field get_response_fields[] = {
	OUTCOME_ROWS(T, outcome),
	XSD_ENUM ("m:HasChanged",  REQUIRED, T, has_changed, xsd_booleans),
	XSD_BYTES("m:PictureData", OPTIONAL, T, picture),
	XSD_CONST("m:ContentType", OPTIONAL, T, content_type, "xs:string", "image/jpeg"),
	XSD_END,
};
XSD_TYPE(photo_get_response, "m:GetUserPhotoResponseMessageType", get_response_fields);
#undef T

#define T struct photo_set_request
static const struct xsd_field set_request_fields[] = {
	XSD_TOKEN("m:Email",         REQUIRED, T, email),
	XSD_TEXT ("m:Content",       REQUIRED, T, content),
	XSD_ENUM ("m:TypeRequested", OPTIONAL, T, type, photo_types),
	XSD_END,
};
XSD_TYPE_WITH(photo_set_request, "m:SetUserPhotoType", set_request_fields, .base = BASE);
#undef T

#define T struct photo_set_response
static const struct xsd_field set_response_fields[] = {
	OUTCOME_ROWS(T, outcome),
	XSD_END,
};
XSD_TYPE(photo_set_response, "m:SetUserPhotoResponseMessageType", set_response_fields);
#undef T
