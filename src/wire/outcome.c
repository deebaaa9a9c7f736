/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/outcome.h"

#include <assert.h>

static const struct xsd_word class_words[] = {
	{ "Success", OUTCOME_SUCCESS },
	{ "Warning", OUTCOME_WARNING },
	{ "Error", OUTCOME_ERROR },
	{ NULL, 0 },
};
const struct xsd_words outcome_classes = { "t:ResponseClassType", class_words };

/* Those of [MS-OXWOOF] that no other operation answers with: for the schema
 * only. */
enum {
	OOF_ACCESS_DENIED = OUTCOME_NO_RESULTS + 1,
	OOF_INVALID_PARAMETER,
	OOF_INVALID_DURATION,
	OOF_INVALID_SETTINGS,
	OOF_UNABLE_TO_GET
};

static const struct xsd_word code_words[] = {
	/* clang-format off */
	{ "NoError",                            OUTCOME_NO_ERROR },
	{ "ErrorFreeBusyGenerationFailed",      OUTCOME_FREE_BUSY_GENERATION_FAILED },
	{ "ErrorInvalidArgument",               OUTCOME_INVALID_ARGUMENT },
	{ "ErrorInvalidIdMalformed",            OUTCOME_INVALID_ID_MALFORMED },
	{ "ErrorInvalidPhotoSize",              OUTCOME_INVALID_PHOTO_SIZE },
	{ "ErrorItemNotFound",                  OUTCOME_ITEM_NOT_FOUND },
	{ "ErrorNameResolutionMultipleResults", OUTCOME_MULTIPLE_RESULTS },
	{ "ErrorNameResolutionNoResults",       OUTCOME_NO_RESULTS },
	{ "ErrorAccessDenied",                  OOF_ACCESS_DENIED },
	{ "ErrorInvalidOofParameter",           OOF_INVALID_PARAMETER },
	{ "ErrorInvalidScheduledOofDuration",   OOF_INVALID_DURATION },
	{ "ErrorInvalidUserOofSettings",        OOF_INVALID_SETTINGS },
	{ "ErrorUnableToGetUserOofSettings",    OOF_UNABLE_TO_GET },
	{ NULL, 0 },
	/* clang-format on */
};
const struct xsd_words outcome_codes = { "m:ResponseCodeType", code_words };

static const struct {
	enum outcome_class class;
	const char *text; /* NULL: none */
} rows[] = {
	/* clang-format off */
	[OUTCOME_NO_ERROR] = { OUTCOME_SUCCESS, NULL },
	[OUTCOME_FREE_BUSY_GENERATION_FAILED] = { OUTCOME_ERROR,
		"This server keeps no calendars: it cannot tell who is free or busy." },
	[OUTCOME_INVALID_ARGUMENT] = { OUTCOME_ERROR,
		"The request holds a value that this server cannot work with." },
	[OUTCOME_INVALID_ID_MALFORMED] = { OUTCOME_ERROR,
		"Id is malformed." },
	[OUTCOME_INVALID_PHOTO_SIZE] = { OUTCOME_ERROR,
		"The photo size that was requested isn't valid." },
	[OUTCOME_ITEM_NOT_FOUND] = { OUTCOME_ERROR,
		"The specified object was not found in the store." },
	[OUTCOME_MULTIPLE_RESULTS] = { OUTCOME_WARNING,
		"Multiple results were found." },
	[OUTCOME_NO_RESULTS] = { OUTCOME_ERROR,
		"No results were found." },
	/* clang-format on */
};

void
outcome_set(struct op *op, enum outcome_code code, const char *text,
	    struct outcome *out)
{
	assert(code > 0 && code < COUNT(rows));
	*out = (struct outcome){
		.class = rows[code].class,
		.text = text != NULL ? text : rows[code].text,
		.code = code,
		.link_key = rows[code].class != OUTCOME_SUCCESS,
	};
	op->result = xsd_word(&outcome_codes, code);
	op->reason = out->text;
}
