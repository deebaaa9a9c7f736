/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What lies in a folder and below it, by names; links are not followed. */
#include "base/op.h"

#define WALK_FILES_MAX 1000000
#define WALK_DEPTH_MAX 16  /* folders in folders */
#define WALK_PATH_MAX 4000 /* bytes of a name below the folder */

struct walk_list {
	size_t n;
	const char **path; /* relative to the folder, in byte order */
};

/* All but folders. ERR_NOT_FOUND, ERR_DENIED: this or a folder below it
 * cannot be read; ERR_LIMIT: over a limit above. */
enum err walk_files(struct op *op, const char *dir, struct walk_list *out);
