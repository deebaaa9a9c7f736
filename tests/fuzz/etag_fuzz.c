/* SPDX-License-Identifier: Apache-2.0 */
/* If-None-Match. Whatever it holds, a tag put behind it as the last of its
 * list is found. */
#include "photo/photo_etag.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TAG "\"1c9a0b7f5d3e2a44-96\""

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char behind[] = "\", " TAG; /* ends an open quote */
	char *header = malloc(size + sizeof(behind));
	bool quoted;

	if (header == NULL)
		return 0;
	for (size_t i = 0; i < size; i++) /* the door lets no NUL in */
		header[i] = data[i] == 0 ? ' ' : (char)data[i];
	header[size] = '\0';
	(void)photo_matches(header, TAG);

	/* Either the quote closes one that is open, or the list goes on. */
	memcpy(header + size, behind, sizeof(behind));
	quoted = photo_matches(header, TAG);
	memcpy(header + size, behind + 1, sizeof(behind) - 1);
	assert(quoted || photo_matches(header, TAG));
	free(header);
	return 0;
}
