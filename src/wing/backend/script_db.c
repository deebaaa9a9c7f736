/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/backend/script_db.h"

#include "wing/backend/common.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_FILES "unix"    /* not our store's, which wants its own pages */
#define APPLICATION 0x46447376 /* "FDsv" */
#define VERSION 1
#define AS_TEXT_(x) #x
#define AS_TEXT(x) AS_TEXT_(x)
#define BUSY_SLEEP_US 500 /* between looks at another's lock */

struct script_db {
	sqlite3 *lite;
	const char *path; /* the caller's */
	unsigned timeout_ms;
	int64_t until_us;
};

/* username and name are what Dovecot's dict asks by, id changes with data.
 * What was replaced stays a while, for a mail between the two questions. */
static const char schema[] =
	"CREATE TABLE sieve_name (username TEXT NOT NULL, name TEXT NOT NULL,"
	" id TEXT NOT NULL, PRIMARY KEY (username, name)) WITHOUT ROWID;"
	"CREATE TABLE sieve_data (username TEXT NOT NULL, id TEXT NOT NULL,"
	" data TEXT NOT NULL, replaced INTEGER, PRIMARY KEY (username, id));"
	"CREATE INDEX sieve_data_replaced ON sieve_data (replaced)"
	" WHERE replaced IS NOT NULL;"
	"PRAGMA application_id = " AS_TEXT(
		APPLICATION) ";"
			     "PRAGMA user_version = " AS_TEXT(VERSION);

/* The journal is truncated, which is synced, and not removed, which is not;
 * what was taken away leaves no traces. */
static const char manners[] = "PRAGMA journal_mode = TRUNCATE;"
			      "PRAGMA synchronous = FULL;"
			      "PRAGMA secure_delete = ON";

/* ---- errors and locks ---- */

static enum err
failed(struct op *op, const struct script_db *db)
{
	int code = sqlite3_errcode(db->lite) & 0xff;
	int error = sqlite3_system_errno(db->lite);
	const char *why = sqlite3_errmsg(db->lite);

	switch (code) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return FAIL(op, ERR_DOWN, "%s: another one has locked it",
			    db->path);
	case SQLITE_TOOBIG:
		return FAIL(op, ERR_LIMIT, "%s: %s", db->path, why);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return FAIL(op, ERR_DENIED, "%s: %s", db->path, why);
	case SQLITE_CANTOPEN:
		return FAIL(op,
			    error == EACCES || error == EPERM ? ERR_DENIED
							      : ERR_DOWN,
			    "%s: %s (%s)", db->path, why, strerror(error));
	case SQLITE_IOERR:
	case SQLITE_FULL:
	case SQLITE_NOMEM:
	case SQLITE_PROTOCOL:
		return FAIL(op, ERR_DOWN, "%s: %s", db->path, why);
	case SQLITE_NOTADB:
		return FAIL(op, ERR_DENIED, "%s: %s: it is not ours", db->path,
			    why);
	default:
		return FAIL(op, ERR_INTERNAL,
			    "damaged: %s: %s: move it away, start Dovecot "
			    "again, and run frontdesk backend resync",
			    db->path, why);
	}
}

static int
on_busy(void *arg, int looked)
{
	const struct script_db *db = arg;

	(void)looked;
	if (op_clock_us() >= db->until_us)
		return 0;
	(void)usleep(BUSY_SLEEP_US);
	return 1;
}

static void
clock_set(struct script_db *db, const struct op *op)
{
	db->until_us = op_clock_us() + (int64_t)db->timeout_ms * 1000;
	if (op->deadline_us < db->until_us)
		db->until_us = op->deadline_us;
}

/* ---- statements ---- */

static void
statement_free(sqlite3_stmt **statement)
{
	(void)sqlite3_finalize(*statement);
}

static struct bytes
column(struct op *op, sqlite3_stmt *statement)
{
	const uint8_t *p = sqlite3_column_blob(statement, 0);
	struct bytes bytes = { p, (size_t)sqlite3_column_bytes(statement, 0) };

	if (p == NULL)
		bytes = (struct bytes){ (const uint8_t *)"", 0 };
	return op_bytes(op, bytes);
}

enum err
script_db_run(struct script_db *db, struct op *op, const char *sql,
	      const struct bytes *args, size_t most, struct script_db_rows *out)
{
	CLEANUP(statement_free) sqlite3_stmt *statement = NULL;
	struct script_db_rows rows = {
		.row = op_alloc(op, most * sizeof(*rows.row) + 1)
	};
	int n, rc;

	clock_set(db, op);
	if (sqlite3_prepare_v2(db->lite, sql, -1, &statement, NULL) !=
	    SQLITE_OK)
		return failed(op, db);
	n = args == NULL ? 0 : sqlite3_bind_parameter_count(statement);
	for (int i = 0; i < n; i++) {
		if (sqlite3_bind_text(statement, i + 1, (const char *)args[i].p,
				      (int)args[i].n,
				      SQLITE_STATIC) != SQLITE_OK)
			return failed(op, db);
	}
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW && rows.n < most)
		rows.row[rows.n++] = column(op, statement);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		return failed(op, db);
	if (out != NULL)
		*out = rows;
	return OK;
}

enum err
script_db_script(struct script_db *db, struct op *op, const char *sql)
{
	clock_set(db, op);
	return sqlite3_exec(db->lite, sql, NULL, NULL, NULL) == SQLITE_OK
		       ? OK
		       : failed(op, db);
}

enum err
script_db_begin(struct script_db *db, struct op *op)
{
	return script_db_script(db, op, "BEGIN IMMEDIATE");
}

enum err
script_db_end(struct script_db *db, struct op *op, enum err err)
{
	if (err == OK)
		err = script_db_script(db, op, "COMMIT");
	/* Also a commit that another one's look has held up. */
	if (err != OK && sqlite3_get_autocommit(db->lite) == 0)
		(void)sqlite3_exec(db->lite, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

/* ---- open ---- */

/*
 * With our mode, whatever the umask. Under another name first: to close the
 * file where it lies would give up the locks that another thread of this
 * process has on it.
 */
static enum err
file_make(struct op *op, const char *path)
{
	char *new = op_print(op, "%s.new-XXXXXX", path);
	int fd;
	enum err err = OK;

	if (access(path, F_OK) == 0)
		return OK;
	fd = mkostemp(new, O_CLOEXEC);
	if (fd < 0)
		return backend_failed(op, new);
	if (fchmod(fd, BACKEND_FILE_MODE) != 0 ||
	    (link(new, path) != 0 && errno != EEXIST))
		err = backend_failed(op, path);
	(void)unlink(new);
	(void)close(fd);
	return err;
}

static enum err
number(struct script_db *db, struct op *op, const char *sql, long *out)
{
	struct script_db_rows rows = { 0 };

	TRY(script_db_run(db, op, sql, NULL, 1, &rows));
	*out = rows.n == 0 ? 0 : strtol((const char *)rows.row[0].p, NULL, 10);
	return OK;
}

/* A file without anything gets our tables; in a transaction. */
static enum err
tables_make(struct script_db *db, struct op *op)
{
	long whose = 0, entries = 0;

	TRY(number(db, op, "PRAGMA application_id", &whose));
	TRY(number(db, op, "SELECT count(*) FROM sqlite_schema", &entries));
	if (whose == APPLICATION)
		return OK; /* somebody else was first */
	if (whose != 0 || entries != 0)
		return FAIL(op, ERR_DENIED,
			    "%s is a database, but not of scripts", db->path);
	return script_db_script(db, op, schema);
}

static enum err
prepare(struct script_db *db, struct op *op)
{
	long whose = 0, version = 0;

	(void)sqlite3_limit(db->lite, SQLITE_LIMIT_LENGTH,
			    (int)SCRIPT_DB_BYTES_MAX);
	(void)sqlite3_db_config(db->lite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(db->lite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0,
				NULL);
	TRY(script_db_script(db, op, manners));
	TRY(number(db, op, "PRAGMA application_id", &whose));
	if (whose != APPLICATION) {
		TRY(script_db_begin(db, op));
		TRY(script_db_end(db, op, tables_make(db, op)));
	}
	TRY(number(db, op, "PRAGMA user_version", &version));
	if (version != VERSION)
		return FAIL(op, ERR_DENIED,
			    "%s is of another version of Frontdesk", db->path);
	return OK;
}

static enum err
file_open(struct script_db *db, struct op *op)
{
	int rc;

	clock_set(db, op);
	rc = sqlite3_open_v2(db->path, &db->lite,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			     SYSTEM_FILES);
	if (db->lite == NULL)
		return FAIL(op, ERR_DOWN, "no memory for a database");
	if (rc != SQLITE_OK)
		return failed(op, db);
	(void)sqlite3_busy_handler(db->lite, on_busy, db);
	return prepare(db, op);
}

enum err
script_db_open(struct op *op, const char *path, unsigned timeout_ms,
	       struct script_db **out)
{
	struct script_db *db;
	enum err err;

	*out = NULL;
	TRY(file_make(op, path));
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return FAIL(op, ERR_DOWN, "no memory for a database");
	db->path = path;
	db->timeout_ms = timeout_ms;
	err = file_open(db, op);
	if (err != OK)
		script_db_close(db);
	else
		*out = db;
	return err;
}

void
script_db_close(struct script_db *db)
{
	if (db == NULL)
		return;
	(void)sqlite3_close_v2(db->lite);
	free(db);
}
