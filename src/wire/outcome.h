/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How one thing that was asked for came out, as it stands in an ordinary
 * answer: t:ResponseClassType and m:ResponseCodeType, for every operation but
 * the two of [MS-OXWOOF], which have their own short list (2.2.2.4).
 */
#include "wire/xsd.h"

enum outcome_class { OUTCOME_SUCCESS = 1, OUTCOME_WARNING, OUTCOME_ERROR };

enum outcome_code { /* rows of the table in outcome.c */
		    OUTCOME_NO_ERROR = 1,
		    OUTCOME_FREE_BUSY_GENERATION_FAILED,
		    OUTCOME_INVALID_ARGUMENT,
		    OUTCOME_INVALID_ID_MALFORMED,
		    OUTCOME_INVALID_PHOTO_SIZE,
		    OUTCOME_ITEM_NOT_FOUND,
		    OUTCOME_MULTIPLE_RESULTS,
		    OUTCOME_NO_RESULTS,
};

struct outcome {
	unsigned class; /* enum outcome_class */
	const char *text;
	unsigned code; /* enum outcome_code */
	bool link_key; /* 0, "unused and reserved" */
};

/* The code's own class and text; `text` in place of that one, unless NULL.
 * Tells the access line as well. */
void outcome_set(struct op *op, enum outcome_code code, const char *text,
		 struct outcome *out);

/* The six of [MS-OXWOOF] are in it too: a schema has one list. */
extern const struct xsd_words outcome_classes, outcome_codes;

/* The rows of an outcome that is the member m of T. */
/* clang-format off */
#define OUTCOME_ROWS(T, m) \
	XSD_TEXT ("m:MessageText",        OPTIONAL, T, m.text), \
	XSD_ENUM ("m:ResponseCode",       OPTIONAL, T, m.code, outcome_codes), \
	XSD_CONST("m:DescriptiveLinkKey", OPTIONAL, T, m.link_key, "xs:int", "0"), \
	XSD_ENUM ("@ResponseClass",       REQUIRED, T, m.class, outcome_classes)
/* clang-format on */
