/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How people look in one directory: its section, with what the preset says for
 * all that is not set. Pure. */
#include "base/op.h"
#include "model/settings.h"

#define SHAPE_NAMES_MAX 3 /* attributes of a name, with the end */

struct shape {
	const struct directory_section *section;
	bool ad;
	const char *filter;
	const char *uid;
	bool uid_is_binary; /* then a uid of ours is its hex */
	const char *mail;
	const char *const *aliases;         /* ended by NULL, as is: */
	const char *names[SHAPE_NAMES_MAX]; /* first choice first */
	const char *const *photos;
	const char *barred; /* the attribute that tells */
};

void shape_of(const struct directory_section *section, struct shape *out);

/* What to ask for: names of attributes, ended by NULL. */
const char **shape_attributes(struct op *op, const struct shape *shape,
			      bool photos);
