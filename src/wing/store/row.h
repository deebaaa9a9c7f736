/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Sums of rows: over the bytes of every column, so a row that is not what was
 * stored is an error and never content. The sum is the last column; a
 * statement names the columns in the order in which they were summed.
 */
#include "wing/store/db.h"

int64_t row_sum(const struct db_value *columns, size_t n);

/* ERR_INTERNAL unless the last of n columns is the sum of those before it. */
enum err row_verify(struct op *op, const char *table,
		    const struct db_value *columns, size_t n);

/* The reason of somebody else's failure as it is kept: UTF-8, cut. */
const char *row_reason(struct op *op, const char *reason, size_t most);
