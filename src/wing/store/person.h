/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The rows of ties, on any connection: of store_person.c, for it and for
 * store_person_put.c. ERR_NOT_FOUND: there is none. */
#include "wing/store/core.h"

enum err tie_read(struct db *db, struct op *op, int64_t mailbox,
		  struct person_link *out);
enum err tie_find(struct db *db, struct op *op, const char *source,
		  const char *uid, struct person_link *out);

/* With its row of the change log. */
enum err tie_insert(struct db *db, struct op *op,
		    const struct person_link *link);
enum err tie_update(struct db *db, struct op *op,
		    const struct person_link *link);
