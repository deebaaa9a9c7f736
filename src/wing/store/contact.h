/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What writing and reading of contacts have in common. */
#include "wing/store/core.h"

/* Verifies the sum. */
enum err contact_source_of_row(struct op *op, const struct db_value *row,
			       struct contact_source *out);

/* By mailbox, origin and place; *out with seq 0: it is not known yet. */
enum err contact_source_read(struct db *db, struct op *op,
			     const struct contact_source *of,
			     struct contact_source *out);

/* Name, tag and person's name of each card, by name. */
enum err contact_cards_read(struct db *db, struct op *op, int64_t source,
			    struct db_rows *out);
