/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The tables, as numbered steps: each is one transaction on each file, and is
 * never changed once it was released.
 */
#include "wing/store/db.h"

struct schema_step {
	const char *sql[DB_PARTS]; /* NULL: nothing to do in this file */
	/* What SQL cannot, in the main file, in the same transaction; NULL:
	 * nothing. It knows the tables as this step leaves them. */
	enum err (*fill)(struct db *db, struct op *op);
};

struct schema {
	size_t n;
	const struct schema_step *step;
};

/* What this program works with. */
extern const struct schema schema_now;

/* Takes a file from the number it has up to the schema's. */
enum err migrate_up(struct db *db, struct op *op, enum db_part part,
		    const struct schema *schema);
