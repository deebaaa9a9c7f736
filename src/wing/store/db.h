/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a database must do: run a statement, a transaction, say if somebody
 * else wrote. A connection is used by one thread at a time. The SQL is
 * written once: $1 parameters in rising order, ON CONFLICT, plain types.
 */
#include "base/op.h"

struct db;

/* The two files; no transaction spans them. */
enum db_part { DB_MAIN, DB_PHOTO, DB_PARTS };

enum db_type { DB_NULL, DB_INT, DB_TEXT, DB_BLOB };

struct db_value {
	enum db_type type;
	int64_t number;
	struct bytes bytes; /* of a text: a NUL lies behind them */
};

#define DB_ARGS_MAX 16

struct db_rows {
	size_t n, columns;
	const struct db_value *value; /* n * columns, row by row; the op's */
	int64_t changed;              /* rows that a write touched */
};

struct db_options {
	const char *path;
	bool create;        /* the file is empty, and ours */
	bool write;         /* else only reads are let through */
	unsigned cache_kib; /* of pages */
};

enum err db_open(struct op *op, const struct db_options *options,
		 struct db **out);

/* Takes NULL. */
void db_close(struct db *db);

/*
 * Runs one statement. `sql` is a literal: it is kept prepared, and found
 * again by its address. Errors are those of model/store.h, ERR_CONFLICT for a
 * broken constraint.
 */
enum err db_run(struct db *db, struct op *op, const char *sql,
		const struct db_value *args, size_t n, struct db_rows *out);

/* Runs statements of any number and any origin, without arguments or rows. */
enum err db_script(struct db *db, struct op *op, const char *sql);

/* A transaction that writes. ERR_CONFLICT: until the op's deadline another
 * process was writing. */
enum err db_begin(struct db *db, struct op *op);

/* ERR_DOWN: nothing was written. ERR_UNKNOWN: it may or may not have been, and
 * the connection is not to be used any more. */
enum err db_commit(struct db *db, struct op *op);
void db_rollback(struct db *db);

/* False also when a failure has rolled it back. */
bool db_in_transaction(struct db *db);

/* Rises with every row that this connection has changed. */
int64_t db_changes(struct db *db);

/* A part of a transaction that can be taken back alone. */
enum err db_part_begin(struct db *db, struct op *op);
enum err db_part_keep(struct db *db, struct op *op);
void db_part_undo(struct db *db);

/* A number that stays the same until somebody else has committed. */
enum err db_version(struct db *db, struct op *op, int64_t *out);

/* What every commit changes, read without a system call. While it is the same
 * as before db_version was asked, that has not changed. False: ask. */
#define DB_STAMP_SIZE 48 /* bytes */
bool db_stamp(struct db *db, uint8_t out[DB_STAMP_SIZE]);

/* The number of the schema. 0: an empty file. */
enum err db_schema(struct db *db, struct op *op, int64_t *out);

/* ---- of a database in files ---- */

/* What the file's header says, without trust in the rest. */
struct db_header {
	int64_t size;         /* bytes of the file */
	bool database;        /* it is a database of this kind */
	bool ours;            /* with sums in its pages */
	uint32_t application; /* whose */
};
enum err db_header(struct op *op, const char *path, struct db_header *out);

/* Was the file taken away or replaced since it was opened? */
bool db_moved(struct db *db);

/* Pages that wait in the log for db_tidy, as of the last commit. */
int db_backlog(const struct db *db);

/* Moves the log's pages into the file; gives how many are left to move. hard:
 * waits for readers and writers, a moment, and starts the log anew. */
int db_tidy(struct db *db, bool hard);

static inline struct db_value
db_null(void)
{
	return (struct db_value){ .type = DB_NULL };
}

static inline struct db_value
db_int(int64_t n)
{
	return (struct db_value){ .type = DB_INT, .number = n };
}

/* NULL: SQL's NULL. */
static inline struct db_value
db_text(const char *text)
{
	return text == NULL ? db_null()
			    : (struct db_value){ .type = DB_TEXT,
						 .bytes = bytes_of(text) };
}

static inline struct db_value
db_blob(struct bytes bytes)
{
	return (struct db_value){ .type = DB_BLOB, .bytes = bytes };
}

static inline const struct db_value *
db_row(const struct db_rows *rows, size_t row)
{
	return rows->value + row * rows->columns;
}

/* NULL for SQL's NULL; "" for what is no text. */
static inline const char *
db_as_text(const struct db_value *value)
{
	if (value->type == DB_NULL)
		return NULL;
	return value->type == DB_INT ? "" : (const char *)value->bytes.p;
}
