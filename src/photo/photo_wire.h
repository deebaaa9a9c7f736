/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The messages of GetUserPhoto and SetUserPhoto over SOAP, as tables. */
#include "wire/outcome.h"

enum photo_type { PHOTO_OF_USER = 1, PHOTO_OF_HEADER };

struct photo_get_request {
	const char *email;
	const char *size; /* any text: a wrong one is told in band */
	unsigned type;    /* enum photo_type; 0: not sent */
};

struct photo_get_response {
	struct outcome outcome;
	unsigned has_changed; /* enum xsd_boolean */
	struct bytes picture; /* p NULL: no such element */
	bool content_type;    /* of the picture, which is always a JPEG */
};

struct photo_set_request {
	const char *email;
	const char *content; /* base64 */
	unsigned type;       /* enum photo_type; 0: not sent */
};

struct photo_set_response {
	struct outcome outcome;
};

extern const struct xsd_words photo_types;
extern const struct xsd_type photo_get_request_type, photo_get_response_type,
	photo_set_request_type, photo_set_response_type;
