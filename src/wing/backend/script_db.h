/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The database of scripts that Dovecot's dict reads: a SQLite file of its own,
 * with a rollback journal, so that an account that may only read it can do so
 * beside us. Made when it is not there. For one thread.
 */
#include "base/op.h"

struct script_db;

#define SCRIPT_DB_ARGS_MAX 3
#define SCRIPT_DB_BYTES_MAX (17 * MIB) /* no value is longer */

/*
 * ERR_DENIED: it is there, and not for us, or of somebody else. ERR_INTERNAL:
 * it is damaged. timeout_ms: how long another's lock is waited for, at most
 * until the op's deadline, here and in each call below. path has to last.
 */
enum err script_db_open(struct op *op, const char *path, unsigned timeout_ms,
			struct script_db **out);

/* Takes NULL. */
void script_db_close(struct script_db *db);

/* Values of one column. */
struct script_db_rows {
	size_t n;
	struct bytes *row; /* the op's; as many as were asked for have room */
};

/* Runs one statement with texts for ?1, ?2, ...; gives its rows, of which
 * there are to be no more than `most`. out NULL: it has none. */
enum err script_db_run(struct script_db *db, struct op *op, const char *sql,
		       const struct bytes *args, size_t most,
		       struct script_db_rows *out);

/* Runs statements without values. */
enum err script_db_script(struct script_db *db, struct op *op, const char *sql);

/* A transaction that writes. What has failed is taken back as a whole; what
 * was committed is there after a power cut. */
enum err script_db_begin(struct script_db *db, struct op *op);
enum err script_db_end(struct script_db *db, struct op *op, enum err err);
