/* SPDX-License-Identifier: Apache-2.0 */
/* The query of GetUserPhoto: what is taken keeps its promises. */
#include "fuzz.h"

#include "base/text.h"
#include "model/photo.h"
#include "model/settings.h"
#include "photo/photo_query.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct settings settings = {
		.photo_unlisted_size_largest = size % 2 == 0,
	};
	struct op *op = fuzz_op();
	struct photo_query got;

	op->settings = &settings;
	if (photo_query_read(op, fuzz_text(op, data, size), &got) != OK)
		return 0;
	assert(strlen(got.email) <= ADDRESS_MAX);
	assert(strchr(got.email, '@') != NULL);
	assert(text_clean(got.email));
	assert(got.edge <= PHOTO_EDGE_MAX);
	assert(got.edge != 0 || settings.photo_unlisted_size_largest);
	return 0;
}
