/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What verbs say of photos. */
#include "model/store.h"

#include <jansson.h>

/* "upload", "directory"; NULL: neither. */
const char *photo_layer_word(unsigned layer);

/* What became of the copy in the directory, a text; null: none is wanted, and
 * none is there. */
enum err photo_copy_json(struct store *store, struct op *op, int64_t mailbox,
			 json_t **out);
