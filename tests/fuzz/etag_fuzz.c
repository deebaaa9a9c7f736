/* SPDX-License-Identifier: Apache-2.0 */
/* If-None-Match. Whatever it holds, a tag put behind it as the last of its
 * list is found. */
#include "fuzz.h"

#include "photo/photo_etag.h"

#include <string.h>

#define TAG "\"1c9a0b7f5d3e2a44-96\""

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();
	const char *header = fuzz_text(op, data, size);

	(void)photo_matches(header, TAG);
	/* either the quote closes one that is open, or the list goes on */
	assert(photo_matches(op_print(op, "%s\", %s", header, TAG), TAG) ||
	       photo_matches(op_print(op, "%s, %s", header, TAG), TAG));
	return 0;
}
