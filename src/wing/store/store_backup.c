/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Backups: the tables of both files in one file of its own kind. What is made
 * has a name only when it is whole, checked and on the disk.
 */
#include "wing/store/answered.h"
#include "wing/store/publication.h"

#include "base/buf.h"
#include "wing/store/mark.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COPY_CACHE_KIB 4096
#define SCRIPT_MAX (64 * KIB) /* bytes of SQL that make all tables */
#define KEPT_MAX 1000         /* stores that were replaced, in one folder */
#define SCHEMA_DELIVERY 8     /* publication, answered, outbox */

static const char *const suffixes[] = { "", "-wal", "-shm", "-journal",
					MARK_SUFFIX };

static void
close_db(struct db **db)
{
	db_close(*db);
}

/* Keeps the first finding, for the reason of a refusal. */
struct first_finding {
	struct op *op;
	const char *text;
};

static void
keep_first(void *arg, const char *text)
{
	struct first_finding *f = arg;

	if (f->text == NULL && strncmp(text, "note:", 5) != 0)
		f->text = op_dup(f->op, text);
}

static enum err
verify(struct db *db, struct op *op, const char *file, bool rows)
{
	struct db *const both[DB_PARTS] = { db, db };
	struct first_finding first = { .op = op };
	enum err err = check_all(both, op, rows, keep_first, &first);

	if (err == OK || first.text == NULL)
		return err;
	return FAIL(op, err, "%s: %s", file, first.text);
}

/* ---- make ---- */

static enum err
attach(struct db *db, struct op *op, const char *path, const char *name)
{
	static const char sql[] = "ATTACH $1 AS source_main";
	static const char other[] = "ATTACH $1 AS source_photo";
	const struct db_value arg = db_text(path);
	struct db_rows rows;

	return db_run(db, op, strcmp(name, "source_main") == 0 ? sql : other,
		      &arg, 1, &rows);
}

/* The statements that make the tables of a source and fill them, then its
 * indexes: whatever the schema is. */
static enum err
script_of(struct db *db, struct op *op, const char *list, const char *source,
	  struct buf *out)
{
	struct db_rows rows;

	TRY(db_run(db, op, list, NULL, 0, &rows));
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_value *row = db_row(&rows, i);
		const char *name = db_as_text(&row[1]);

		buf_printf(out, "%s;\n", db_as_text(&row[2]));
		if (row[0].number != 0)
			buf_printf(out,
				   "INSERT INTO main.%s SELECT * FROM %s.%s;\n",
				   name, source, name);
	}
	return OK;
}

#define OBJECTS_OF(source)                                                     \
	"SELECT type = 'table', name, sql FROM " source ".sqlite_schema "      \
	"WHERE sql IS NOT NULL ORDER BY type DESC, name"

/* The first read of each source fixes what is seen of it until the end. */
static enum err
copy_all(struct db *db, struct op *op, int64_t schema)
{
	static const char of_main[] = OBJECTS_OF("source_main");
	static const char of_photo[] = OBJECTS_OF("source_photo");
	struct buf script;

	buf_init(&script, op, SCRIPT_MAX, SCRIPT_MAX);
	TRY(db_begin(db, op));
	TRY(script_of(db, op, of_main, "source_main", &script));
	TRY(script_of(db, op, of_photo, "source_photo", &script));
	buf_printf(&script, "PRAGMA application_id = %" PRIu32 ";\n",
		   APPLICATION_BACKUP);
	buf_printf(&script, "PRAGMA user_version = %" PRId64 ";\n", schema);
	TRY(buf_err(&script));
	TRY(db_script(db, op, buf_text(&script)));
	return db_commit(db, op);
}

static enum err
source_schema(struct op *op, const char *path, int64_t *out)
{
	CLEANUP(close_db) struct db *db = NULL;
	const struct db_options options = { .path = path,
					    .cache_kib = COPY_CACHE_KIB };

	TRY(db_open(op, &options, &db));
	return db_schema(db, op, out);
}

static enum err
copy_to(struct op *op, const char *dir, const char *file, bool rows)
{
	CLEANUP(close_db) struct db *db = NULL;
	const struct db_options options = { .path = file,
					    .create = true,
					    .write = true,
					    .cache_kib = COPY_CACHE_KIB };
	const char *path[DB_PARTS];
	int64_t schema;

	for (size_t i = 0; i < DB_PARTS; i++)
		path[i] = files_path(op, dir, files_name[i]);
	TRY(source_schema(op, path[DB_MAIN], &schema));
	TRY(db_open(op, &options, &db));
	TRY(db_script(db, op,
		      "PRAGMA journal_mode = OFF; PRAGMA foreign_keys = OFF"));
	TRY(attach(db, op, path[DB_MAIN], "source_main"));
	TRY(attach(db, op, path[DB_PHOTO], "source_photo"));
	TRY(copy_all(db, op, schema));
	return verify(db, op, file, rows);
}

enum err
backup_files(struct op *op, const char *dir, const char *file, bool rows)
{
	const char *path = file[0] == '/' ? file : op_print(op, "./%s", file);
	const char *unfinished = op_print(op, "%s.unfinished", path);
	const char *slash = strrchr(path, '/');
	enum err err;

	if (access(path, F_OK) == 0)
		return FAIL(op, ERR_CONFLICT, "%s exists already", path);
	TRY(files_make_empty(op, unfinished));
	err = files_undone(copy_to(op, dir, unfinished, rows));
	if (err == OK)
		err = files_publish(op, unfinished, path);
	if (err != OK) {
		(void)unlink(unfinished);
		return err;
	}
	return files_sync_dir(
		op, slash == path ? "/"
				  : op_text(op, path, (size_t)(slash - path)));
}

enum err
store_backup(struct store *s, struct op *op, const char *file)
{
	const char *slash = strrchr(s->path[DB_MAIN], '/');
	const char *dir = op_text(op, s->path[DB_MAIN],
				  (size_t)(slash - s->path[DB_MAIN]));

	return backup_files(op, dir, file, true);
}

/* ---- restore ---- */

static enum err
backup_check(struct op *op, const char *file, struct schema *schema)
{
	CLEANUP(close_db) struct db *db = NULL;
	const struct db_options options = { .path = file,
					    .cache_kib = COPY_CACHE_KIB };
	struct db_header header;
	int64_t at;

	if (access(file, R_OK) != 0)
		return FAIL(op, errno == ENOENT ? ERR_NOT_FOUND : ERR_DOWN,
			    "%s: %s", file, strerror(errno));
	TRY(db_header(op, file, &header));
	if (!header.ours || header.application != APPLICATION_BACKUP)
		return FAIL(op, ERR_INVALID,
			    "%s is no backup of Frontdesk, or is damaged",
			    file);
	TRY(db_open(op, &options, &db));
	TRY(db_schema(db, op, &at));
	if (at < 1 || (uint64_t)at > schema_now.n)
		return FAIL(op, ERR_INVALID,
			    "%s has schema %" PRId64
			    ", this program knows up to %zu",
			    file, at, schema_now.n);
	*schema = schema_now;
	schema->n = (size_t)at;
	return verify(db, op, file, schema->n == schema_now.n);
}

/* What a backup says of other places may be untrue by now. */
static enum err
deliveries_restored(struct db *db, struct op *op)
{
	TRY(publication_restored(db, op));
	return answered_restored(db, op);
}

/* Fills a new file's own tables from the backup. */
static enum err
fill(struct op *op, const char *path, const char *file, bool deliveries)
{
	static const char list[] =
		"SELECT name FROM main.sqlite_schema "
		"WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
	CLEANUP(close_db) struct db *db = NULL;
	const struct db_options options = { .path = path,
					    .write = true,
					    .cache_kib = COPY_CACHE_KIB };
	struct db_rows rows;

	TRY(db_open(op, &options, &db));
	TRY(db_script(db, op, "PRAGMA foreign_keys = OFF"));
	TRY(attach(db, op, file, "source_main"));
	TRY(db_run(db, op, list, NULL, 0, &rows));
	TRY(db_begin(db, op));
	for (size_t i = 0; i < rows.n; i++) {
		const char *name = db_as_text(&rows.value[i]);

		TRY(db_script(db, op,
			      op_print(op,
				       "DELETE FROM main.%s; INSERT INTO "
				       "main.%s SELECT * FROM source_main.%s",
				       name, name, name)));
	}
	if (deliveries)
		TRY(deliveries_restored(db, op));
	return db_commit(db, op);
}

/* A number that no kept store in the folder has yet. */
static enum err
kept_number(struct op *op, const char *dir, unsigned *out)
{
	for (*out = 1; *out < KEPT_MAX; (*out)++) {
		bool taken = false;

		for (size_t i = 0; i < DB_PARTS; i++) {
			const char *name = op_print(op, "%s.replaced-%u",
						    files_name[i], *out);

			taken = taken ||
				access(files_path(op, dir, name), F_OK) == 0;
		}
		if (!taken)
			return OK;
	}
	return FAIL(op, ERR_LIMIT, "%s keeps %d replaced stores", dir,
		    KEPT_MAX);
}

/* Each file with what lies beside it, which is part of it. */
static enum err
put_aside(struct op *op, const char *dir)
{
	unsigned number;

	TRY(kept_number(op, dir, &number));
	for (size_t i = 0; i < DB_PARTS * COUNT(suffixes); i++) {
		const char *name = files_name[i % DB_PARTS];
		const char *suffix = suffixes[i / DB_PARTS];
		const char *from =
			files_path(op, dir, op_print(op, "%s%s", name, suffix));
		const char *to = files_path(
			op, dir,
			op_print(op, "%s.replaced-%u%s", name, number, suffix));

		if (rename(from, to) != 0 && errno != ENOENT)
			return FAIL(op, ERR_DOWN, "%s: %s", from,
				    strerror(errno));
	}
	return files_sync_dir(op, dir);
}

enum err
store_restore(struct op *op, const struct store_options *options,
	      const char *file, bool replace)
{
	const char *source = file[0] == '/' ? file : op_print(op, "./%s", file);
	const char *dir = options->dir;
	struct schema schema;

	if (!replace)
		TRY(files_none(op, dir));
	TRY(backup_check(op, source, &schema));
	TRY(files_create(op, dir, ".new", &schema));
	for (size_t i = 0; i < DB_PARTS; i++)
		TRY(files_undone(fill(
			op,
			files_path(op, dir,
				   op_print(op, "%s.new", files_name[i])),
			source, i == DB_MAIN && schema.n >= SCHEMA_DELIVERY)));
	if (replace)
		TRY(put_aside(op, dir));
	return files_publish_both(op, dir);
}
