/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How far a database has come: the number of its last acknowledged change, in
 * a small file beside it. SQLite takes a log that was emptied, removed or
 * damaged at its end for one that a crash has torn, and goes on without the
 * changes in it; against this mark that is noticed.
 *
 * The mark is written behind the sync of the commit and is not synced itself:
 * when the power goes it may be behind, never ahead.
 */
#include "wing/store/db.h"

#define MARK_SUFFIX "-mark"

/* For writing; -1: it cannot be, and then nothing is marked. */
int mark_open(struct op *op, const char *database);

/* Raises the mark, also beside other processes; never lowers it. */
void mark_raise(int fd, int64_t change);

/* The least change that the database has to have; 0: nothing is known, because
 * there is no mark or it was damaged. */
int64_t mark_read(struct op *op, const char *database);

/* The last change in the database, inside a transaction also its own. */
enum err mark_change(struct db *db, struct op *op, enum db_part part,
		     int64_t *out);

/* ERR_INTERNAL: acknowledged changes are missing. */
enum err mark_check(struct op *op, const char *database, struct db *db,
		    enum db_part part);
