/* SPDX-License-Identifier: Apache-2.0 */
/* The query of GetUserPhoto: what is taken keeps its promises. */
#include "base/text.h"
#include "model/settings.h"
#include "photo/photo_query.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct settings settings = {
		.photo_unlisted_size_largest = size % 2 == 0,
	};
	struct arena *arena = arena_open(4 * KIB);
	struct photo_query got;
	struct op op;

	op_init(&op, arena, &settings, 1000);
	if (memchr(data, 0, size) == NULL &&
	    photo_query_read(&op, op_text(&op, (const char *)data, size),
			     &got) == OK) {
		assert(strlen(got.email) <= ADDRESS_MAX);
		assert(strchr(got.email, '@') != NULL);
		assert(text_clean(got.email));
		assert(got.edge <= 648);
		assert(got.edge != 0 || settings.photo_unlisted_size_largest);
	}
	arena_close(arena);
	return 0;
}
