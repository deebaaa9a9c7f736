/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db.h on SQLite 3: WAL, every commit synced, pages with sums (page_vfs.h).
 */
#include "wing/store/db.h"
#include "wing/store/page_vfs.h"

#include <assert.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATEMENTS_MAX 128  /* kept prepared; a power of two */
#define BUSY_SLEEP_US 50    /* between looks at another's lock */
#define BUSY_INLINE_MAX 200 /* looks, on a thread that may not wait */
#define LOG_KEPT "8388608"  /* bytes of the log's file that are kept */
#define TIDY_WAIT_US 50000  /* for readers, before a log starts anew */
#define HEADER_SIZE 100     /* bytes, sqlite.org/fileformat2.html 1.3 */
#define ROWS_FIRST 8        /* room for so many rows is taken at once */

struct statement {
	const char *sql; /* its address is the key */
	sqlite3_stmt *stmt;
	int index[DB_ARGS_MAX]; /* of $1, $2, ... among SQLite's */
};

struct db {
	sqlite3 *lite;
	const struct op *op; /* whose deadline limits waiting; NULL: none */
	int64_t until_us;    /* without an op: when to give up */
	int backlog;
	struct statement kept[STATEMENTS_MAX];
};

static enum err
err_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return OK;
	case SQLITE_CONSTRAINT:
		return ERR_CONFLICT;
	case SQLITE_TOOBIG:
		return ERR_LIMIT;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_INTERNAL;
	case SQLITE_IOERR:
		return rc == SQLITE_IOERR_DATA ? ERR_INTERNAL : ERR_DOWN;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_FULL:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_NOMEM:
	case SQLITE_INTERRUPT:
	case SQLITE_PROTOCOL:
	case SQLITE_PERM:
		return ERR_DOWN;
	default:
		return ERR_INTERNAL;
	}
}

/* The file's name without its folder. */
static const char *
file_name(sqlite3 *lite)
{
	const char *path = sqlite3_db_filename(lite, "main");
	const char *slash = path == NULL ? NULL : strrchr(path, '/');

	if (path == NULL)
		return "the store";
	return slash == NULL ? path : slash + 1;
}

static enum err
fail(struct op *op, sqlite3 *lite, int rc)
{
	struct page_trouble trouble = page_trouble();
	enum err err = err_of(rc);
	const char *file = file_name(lite);

	if (rc == SQLITE_IOERR_DATA)
		return FAIL(op, err, "damaged: %s, page %" PRIu32, file,
			    trouble.damaged);
	if (err == ERR_INTERNAL &&
	    ((rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB))
		return FAIL(op, err, "damaged: %s: %s", file,
			    sqlite3_errmsg(lite));
	if (trouble.error != 0)
		return FAIL(op, err, "%s: %s (%s)", file, sqlite3_errmsg(lite),
			    strerror(trouble.error));
	return FAIL(op, err, "%s: %s (%d)", file, sqlite3_errmsg(lite), rc);
}

/* Another connection has the lock that we need: sleep and look again. */
static int
busy(void *arg, int looked)
{
	const struct db *db = arg;

	if (db->op != NULL && !db->op->may_wait && looked >= BUSY_INLINE_MAX)
		return 0;
	if (db->op != NULL ? op_left_ms(db->op) == 0
			   : op_clock_us() >= db->until_us)
		return 0;
	(void)usleep(BUSY_SLEEP_US);
	return 1;
}

static int
committed(void *arg, sqlite3 *lite, const char *name, int pages)
{
	struct db *db = arg;

	(void)lite;
	(void)name;
	db->backlog = pages;
	return SQLITE_OK;
}

/* ---- open and close ---- */

static enum err
configure(struct db *db, struct op *op, const struct db_options *options)
{
	int reserve = PAGE_RESERVED;

	if (options->create &&
	    sqlite3_file_control(db->lite, "main", SQLITE_FCNTL_RESERVE_BYTES,
				 &reserve) != SQLITE_OK)
		return FAIL(op, ERR_INTERNAL, "SQLite without reserved bytes");
	if (options->create)
		TRY(db_script(db, op, "PRAGMA page_size = 4096"));
	TRY(db_script(db, op,
		      "PRAGMA temp_store = MEMORY;"
		      "PRAGMA mmap_size = 0;"
		      "PRAGMA synchronous = FULL;"
		      "PRAGMA foreign_keys = ON;"
		      "PRAGMA secure_delete = ON;"
		      "PRAGMA journal_size_limit = " LOG_KEPT));
	TRY(db_script(
		db, op,
		op_print(op, "PRAGMA cache_size = -%u", options->cache_kib)));
	if (!options->write)
		TRY(db_script(db, op, "PRAGMA query_only = ON"));
	return OK;
}

static int
open_lite(const char *path, sqlite3 **out)
{
	if (!page_vfs_init())
		return SQLITE_ERROR;
	return sqlite3_open_v2(path, out,
			       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
				       SQLITE_OPEN_EXRESCODE,
			       PAGE_VFS);
}

static void
close_half_open(struct db **db)
{
	db_close(*db);
}

enum err
db_open(struct op *op, const struct db_options *options, struct db **out)
{
	CLEANUP(close_half_open) struct db *db = calloc(1, sizeof(*db));
	int rc;

	if (db == NULL)
		return FAIL(op, ERR_DOWN, "no memory to open %s",
			    options->path);
	rc = open_lite(options->path, &db->lite);
	if (rc != SQLITE_OK)
		return FAIL(op, err_of(rc), "%s: %s", options->path,
			    sqlite3_errstr(rc));
	db->op = op;
	(void)sqlite3_busy_handler(db->lite, busy, db);
	TRY(configure(db, op, options));
	/* In the place of SQLite's own, which would tidy within a commit. */
	(void)sqlite3_wal_hook(db->lite, committed, db);
	*out = db;
	db = NULL;
	return OK;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS_MAX; i++)
		(void)sqlite3_finalize(db->kept[i].stmt);
	db->op = NULL;
	db->until_us = 0;
	(void)sqlite3_close_v2(db->lite);
	free(db);
}

/* ---- statements ---- */

static enum err
prepare(struct db *db, struct op *op, const char *sql, struct statement *out)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v3(db->lite, sql, -1,
				    SQLITE_PREPARE_PERSISTENT, &stmt, NULL);

	if (rc != SQLITE_OK)
		return fail(op, db->lite, rc);
	*out = (struct statement){ .sql = sql, .stmt = stmt };
	for (int i = 1; i <= sqlite3_bind_parameter_count(stmt); i++) {
		const char *name = sqlite3_bind_parameter_name(stmt, i);
		long number = name == NULL ? 0 : strtol(name + 1, NULL, 10);

		assert(number >= 1 && number <= DB_ARGS_MAX);
		out->index[number - 1] = i;
	}
	return OK;
}

/* The statement of a literal: kept from earlier, or prepared now. */
static enum err
statement(struct db *db, struct op *op, const char *sql,
	  const struct statement **out)
{
	size_t at = ((uintptr_t)sql >> 4) * 31;

	for (size_t i = 0; i < STATEMENTS_MAX; i++) {
		struct statement *s = &db->kept[(at + i) % STATEMENTS_MAX];

		if (s->stmt == NULL)
			TRY(prepare(db, op, sql, s));
		if (s->sql == sql) {
			*out = s;
			return OK;
		}
	}
	return FAIL(op, ERR_INTERNAL, "more than %d statements",
		    STATEMENTS_MAX);
}

static int
bind_value(sqlite3_stmt *stmt, int index, const struct db_value *v)
{
	const void *p = v->bytes.p;

	switch (v->type) {
	case DB_INT:
		return sqlite3_bind_int64(stmt, index, v->number);
	case DB_TEXT:
		return sqlite3_bind_text64(stmt, index, p, v->bytes.n,
					   SQLITE_STATIC, SQLITE_UTF8);
	case DB_BLOB:
		if (p == NULL)
			return sqlite3_bind_zeroblob(stmt, index, 0);
		return sqlite3_bind_blob64(stmt, index, p, v->bytes.n,
					   SQLITE_STATIC);
	case DB_NULL:
		break;
	}
	return sqlite3_bind_null(stmt, index);
}

static int
bind(const struct statement *s, const struct db_value *args, size_t n)
{
	assert(n <= DB_ARGS_MAX);
	for (size_t i = 0; i < n; i++) {
		/* A statement need not use all of a common set. */
		int rc = s->index[i] == 0
				 ? SQLITE_OK
				 : bind_value(s->stmt, s->index[i], &args[i]);

		if (rc != SQLITE_OK)
			return rc;
	}
	return SQLITE_OK;
}

/* ERR_DOWN: SQLite had no memory to hand the value out. */
static enum err
take_value(struct op *op, sqlite3_stmt *stmt, int column, struct db_value *out)
{
	const void *p;
	size_t n;

	switch (sqlite3_column_type(stmt, column)) {
	case SQLITE_NULL:
		*out = db_null();
		return OK;
	case SQLITE_INTEGER:
		*out = db_int(sqlite3_column_int64(stmt, column));
		return OK;
	case SQLITE_BLOB:
		out->type = DB_BLOB;
		p = sqlite3_column_blob(stmt, column);
		break;
	default: /* a REAL, which we never store, fails its row's sum */
		out->type = DB_TEXT;
		p = sqlite3_column_text(stmt, column);
		break;
	}
	n = (size_t)sqlite3_column_bytes(stmt, column);
	if (p == NULL && (n > 0 || out->type == DB_TEXT))
		return FAIL(op, ERR_DOWN, "no memory for a row");
	out->bytes = op_bytes(op, (struct bytes){ p, n });
	return OK;
}

static enum err
take_row(struct op *op, sqlite3_stmt *stmt, struct db_rows *rows,
	 struct db_value **value, size_t *room)
{
	size_t need = (rows->n + 1) * rows->columns;

	if (*value == NULL || need > *room) {
		size_t more =
			*room == 0 ? ROWS_FIRST * rows->columns : *room * 2;
		struct db_value *old = *value;

		*value = op_alloc(op, more * sizeof(**value));
		if (old != NULL)
			memcpy(*value, old, *room * sizeof(*old));
		*room = more;
		rows->value = *value;
	}
	for (size_t c = 0; c < rows->columns; c++)
		TRY(take_value(op, stmt, (int)c,
			       &(*value)[rows->n * rows->columns + c]));
	rows->n++;
	return OK;
}

/* Made ready for the next use, whatever happened. */
static void
rest(sqlite3_stmt **stmt)
{
	(void)sqlite3_reset(*stmt);
	(void)sqlite3_clear_bindings(*stmt);
}

enum err
db_run(struct db *db, struct op *op, const char *sql,
       const struct db_value *args, size_t n, struct db_rows *out)
{
	const struct statement *s;
	struct db_value *value = NULL;
	size_t room = 0;
	int rc;

	db->op = op;
	*out = (struct db_rows){ 0 };
	TRY(statement(db, op, sql, &s));
	CLEANUP(rest) sqlite3_stmt *stmt = s->stmt;
	rc = bind(s, args, n);
	if (rc != SQLITE_OK)
		return fail(op, db->lite, rc);
	out->columns = (size_t)sqlite3_column_count(stmt);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		TRY(take_row(op, stmt, out, &value, &room));
	if (rc != SQLITE_DONE)
		return fail(op, db->lite, rc);
	out->changed = sqlite3_changes64(db->lite);
	return OK;
}

enum err
db_script(struct db *db, struct op *op, const char *sql)
{
	int rc;

	db->op = op;
	rc = sqlite3_exec(db->lite, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? OK : fail(op, db->lite, rc);
}

/* ---- transactions ---- */

/* Runs a statement that has neither arguments nor rows; SQLite's result. */
static int
step(struct db *db, struct op *op, const char *sql)
{
	const struct statement *s;
	int rc;

	db->op = op;
	if (statement(db, op, sql, &s) != OK)
		return sqlite3_extended_errcode(db->lite);
	rc = sqlite3_step(s->stmt);
	(void)sqlite3_reset(s->stmt);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

enum err
db_begin(struct db *db, struct op *op)
{
	static const char sql[] = "BEGIN IMMEDIATE";
	int rc = step(db, op, sql);

	if (rc == SQLITE_OK)
		return OK;
	if ((rc & 0xff) == SQLITE_BUSY)
		return FAIL(op, ERR_CONFLICT, "%s: another process is writing",
			    file_name(db->lite));
	return fail(op, db->lite, rc);
}

/*
 * SQLITE_FULL, from the write of a frame: the commit's own frame is not in the
 * log. Any other failed write, and each failed sync, leaves the frames where a
 * later recovery may find them, or not.
 */
enum err
db_commit(struct db *db, struct op *op)
{
	static const char sql[] = "COMMIT";
	int rc = step(db, op, sql);
	enum err err;

	if (rc == SQLITE_OK)
		return OK;
	err = fail(op, db->lite, rc);
	db_rollback(db);
	return (rc & 0xff) == SQLITE_IOERR ? ERR_UNKNOWN : err;
}

void
db_rollback(struct db *db)
{
	if (db_in_transaction(db))
		(void)sqlite3_exec(db->lite, "ROLLBACK", NULL, NULL, NULL);
}

bool
db_in_transaction(struct db *db)
{
	return sqlite3_get_autocommit(db->lite) == 0;
}

int64_t
db_changes(struct db *db)
{
	return sqlite3_total_changes64(db->lite);
}

enum err
db_part_begin(struct db *db, struct op *op)
{
	static const char sql[] = "SAVEPOINT part";
	int rc = step(db, op, sql);

	return rc == SQLITE_OK ? OK : fail(op, db->lite, rc);
}

enum err
db_part_keep(struct db *db, struct op *op)
{
	static const char sql[] = "RELEASE part";
	int rc = step(db, op, sql);

	return rc == SQLITE_OK ? OK : fail(op, db->lite, rc);
}

/* What cannot be taken back alone is taken back whole. */
void
db_part_undo(struct db *db)
{
	if (!db_in_transaction(db))
		return;
	if (sqlite3_exec(db->lite, "ROLLBACK TO part; RELEASE part", NULL, NULL,
			 NULL) != SQLITE_OK)
		db_rollback(db);
}

enum err
db_version(struct db *db, struct op *op, int64_t *out)
{
	static const char sql[] = "PRAGMA data_version";
	const struct statement *s;
	int rc;

	db->op = op;
	TRY(statement(db, op, sql, &s));
	rc = sqlite3_step(s->stmt);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(s->stmt, 0);
	(void)sqlite3_reset(s->stmt);
	return rc == SQLITE_ROW ? OK : fail(op, db->lite, rc);
}

bool
db_stamp(struct db *db, uint8_t out[DB_STAMP_SIZE])
{
	_Static_assert(DB_STAMP_SIZE == PAGE_STAMP_SIZE, "one size");

	return page_stamp(db->lite, out);
}

enum err
db_schema(struct db *db, struct op *op, int64_t *out)
{
	static const char sql[] = "PRAGMA user_version";
	struct db_rows rows;

	TRY(db_run(db, op, sql, NULL, 0, &rows));
	*out = rows.n == 1 ? rows.value[0].number : 0;
	return OK;
}

/* ---- files ---- */

static uint32_t
big_endian(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void
close_lite(sqlite3 **lite)
{
	(void)sqlite3_close_v2(*lite);
}

/* Through SQLite's own handle: to open and close the file beside it would
 * drop the locks that this process has on it. */
enum err
db_header(struct op *op, const char *path, struct db_header *out)
{
	CLEANUP(close_lite) sqlite3 *lite = NULL;
	uint8_t head[HEADER_SIZE] = { 0 };
	sqlite3_file *file = NULL;
	sqlite3_int64 size = 0;
	int rc = open_lite(path, &lite);

	*out = (struct db_header){ 0 };
	if (rc == SQLITE_OK)
		rc = sqlite3_file_control(
			lite, "main", SQLITE_FCNTL_FILE_POINTER, (void *)&file);
	if (rc == SQLITE_OK && (file == NULL || file->pMethods == NULL))
		rc = SQLITE_CANTOPEN;
	if (rc == SQLITE_OK)
		rc = file->pMethods->xFileSize(file, &size);
	if (rc == SQLITE_OK && size >= HEADER_SIZE)
		rc = file->pMethods->xRead(file, head, HEADER_SIZE, 0);
	if (rc != SQLITE_OK)
		return FAIL(op, err_of(rc), "%s: %s", path, sqlite3_errstr(rc));
	out->size = size;
	out->database = memcmp(head, "SQLite format 3", 16) == 0;
	out->ours = out->database && head[20] == PAGE_RESERVED;
	out->application = big_endian(head + 68);
	return OK;
}

bool
db_moved(struct db *db)
{
	int moved = 0;

	return sqlite3_file_control(db->lite, "main", SQLITE_FCNTL_HAS_MOVED,
				    &moved) == SQLITE_OK &&
	       moved != 0;
}

int
db_backlog(const struct db *db)
{
	return db->backlog;
}

int
db_tidy(struct db *db, bool hard)
{
	int in_log = 0;
	int done = 0;
	int rc;

	db->op = NULL;
	db->until_us = op_clock_us() + (hard ? TIDY_WAIT_US : 0);
	rc = sqlite3_wal_checkpoint_v2(db->lite, "main",
				       hard ? SQLITE_CHECKPOINT_RESTART
					    : SQLITE_CHECKPOINT_PASSIVE,
				       &in_log, &done);
	(void)page_trouble();
	if (rc != SQLITE_OK) /* then another one is at it, or nothing helps */
		return db->backlog;
	db->backlog = in_log - done;
	return db->backlog;
}
