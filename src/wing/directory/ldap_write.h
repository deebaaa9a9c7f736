/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The one thing that is ever changed in a directory: somebody's picture. */
#include "wing/directory/source.h"

enum err write_picture(struct op *op, const struct source *source,
		       const struct person_link *link,
		       const struct picture_write *in);
