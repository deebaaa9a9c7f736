/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's two files: made whole or not at all, and looked at before they
 * are trusted.
 */
#include "wing/store/core.h"

#include "base/digest.h"
#include "wing/store/log_check.h"
#include "wing/store/mark.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID_SIZE 16 /* bytes of a store's random name */
#define OPEN_CACHE_KIB 512

const char *const files_name[DB_PARTS] = { "frontdesk.db", "photos.db" };

/* In the header of each file: whose it is. "FDma", "FDph" */
static const uint32_t application[DB_PARTS] = { UINT32_C(0x46446d61),
						UINT32_C(0x46447068) };

static const char id_main[] = "SELECT id FROM store WHERE only = 1";
static const char id_photo[] = "SELECT id FROM photo_store WHERE only = 1";

/* Not taken for a URI, whatever it begins with. */
const char *
files_path(struct op *op, const char *dir, const char *name)
{
	return op_print(op, "%s%s/%s", dir[0] == '/' ? "" : "./", dir, name);
}

static void
close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* Opens and syncs; also a folder. */
static enum err
sync_path(struct op *op, const char *path, int flags)
{
	CLEANUP(close_fd) int fd = open(path, flags | O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) != 0)
		return FAIL(op, ERR_DOWN, "%s: %s", path, strerror(errno));
	return OK;
}

enum err
files_sync_dir(struct op *op, const char *dir)
{
	return sync_path(op, dir, O_DIRECTORY);
}

enum err
files_make_empty(struct op *op, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		      S_IRUSR | S_IWUSR);

	if (fd < 0 && errno == EEXIST)
		return FAIL(op, ERR_CONFLICT, "%s exists already", path);
	if (fd < 0)
		return FAIL(op, ERR_DOWN, "%s: %s", path, strerror(errno));
	(void)close(fd);
	return OK;
}

/* Where renaming without replacing is not known (NFS), a second name is made
 * and the first taken away. */
enum err
files_publish(struct op *op, const char *from, const char *to)
{
	int rc;

	TRY(sync_path(op, from, 0));
	rc = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
	if (rc != 0 && (errno == EINVAL || errno == ENOSYS)) {
		rc = link(from, to);
		if (rc == 0)
			rc = unlink(from);
	}
	if (rc != 0 && errno == EEXIST)
		return FAIL(op, ERR_CONFLICT, "%s exists already", to);
	if (rc != 0)
		return FAIL(op, ERR_DOWN, "%s: %s", to, strerror(errno));
	return OK;
}

static void
close_dir(DIR **dir)
{
	if (*dir != NULL)
		(void)closedir(*dir);
}

enum err
files_none(struct op *op, const char *dir)
{
	CLEANUP(close_dir) DIR *d = opendir(dir);
	const struct dirent *e;

	if (d == NULL)
		return FAIL(op, ERR_DOWN, "%s: %s", dir, strerror(errno));
	while ((e = readdir(d)) != NULL) {
		const char *suffix = strstr(e->d_name, ".db");
		size_t n = suffix == NULL ? 0 : (size_t)(suffix - e->d_name);

		/* What a broken creation left behind is no store. */
		if (suffix == NULL || strncmp(suffix, ".db.new", 7) == 0)
			continue;
		for (size_t i = 0; i < DB_PARTS; i++)
			if (strncmp(e->d_name, files_name[i], n + 3) == 0)
				return FAIL(op, ERR_CONFLICT,
					    "%s holds a store already (%s)",
					    dir, e->d_name);
	}
	return OK;
}

/* ---- make ---- */

static void
close_db(struct db **db)
{
	db_close(*db);
}

static enum err
mark(struct db *db, struct op *op, enum db_part part, const char *id)
{
	static const char main_sql[] =
		"INSERT INTO store VALUES (1, $1, $2, 0)";
	static const char photo_sql[] =
		"INSERT INTO photo_store VALUES (1, $1, $2)";
	const struct db_value args[] = { db_text(id), db_int(op->now) };
	struct db_rows rows;

	return db_run(db, op, part == DB_MAIN ? main_sql : photo_sql, args,
		      COUNT(args), &rows);
}

static enum err
create_one(struct op *op, const char *path, enum db_part part, const char *id,
	   const struct schema *schema)
{
	CLEANUP(close_db) struct db *db = NULL;
	const struct db_options options = {
		.path = path,
		.create = true,
		.write = true,
		.cache_kib = OPEN_CACHE_KIB,
	};

	if (unlink(path) != 0 && errno != ENOENT)
		return FAIL(op, ERR_DOWN, "%s: %s", path, strerror(errno));
	TRY(files_make_empty(op, path));
	TRY(db_open(op, &options, &db));
	TRY(db_script(db, op,
		      op_print(op, "PRAGMA application_id = %" PRIu32,
			       application[part])));
	TRY(migrate_up(db, op, part, schema));
	TRY(mark(db, op, part, id));
	return db_script(db, op, "PRAGMA journal_mode = WAL");
}

enum err
files_create(struct op *op, const char *dir, const char *suffix,
	     const struct schema *schema)
{
	uint8_t random[ID_SIZE];
	char id[2 * ID_SIZE + 1];

	digest_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		(void)snprintf(id + 2 * i, 3, "%02x", random[i]);
	for (unsigned i = 0; i < DB_PARTS; i++) {
		const char *name = op_print(op, "%s%s", files_name[i], suffix);

		TRY(files_undone(create_one(op, files_path(op, dir, name), i,
					    id, schema)));
	}
	return OK;
}

/* The main file last: it is what makes them a store. */
enum err
files_publish_both(struct op *op, const char *dir)
{
	const char *from[DB_PARTS];
	const char *to[DB_PARTS];
	enum err err;

	for (unsigned i = 0; i < DB_PARTS; i++) {
		to[i] = files_path(op, dir, files_name[i]);
		from[i] = op_print(op, "%s.new", to[i]);
	}
	TRY(files_publish(op, from[DB_PHOTO], to[DB_PHOTO]));
	err = files_publish(op, from[DB_MAIN], to[DB_MAIN]);
	if (err != OK) {
		(void)unlink(to[DB_PHOTO]);
		return err;
	}
	return files_sync_dir(op, dir);
}

/* ---- look at ---- */

/* ERR_NOT_FOUND: it is not there. */
static enum err
check_header(struct op *op, const char *path, enum db_part part)
{
	struct db_header header;

	if (access(path, F_OK) != 0 && errno == ENOENT)
		return ERR_NOT_FOUND;
	TRY(db_header(op, path, &header));
	if (header.size == 0)
		return FAIL(op, ERR_INTERNAL, "damaged: %s is empty", path);
	if (!header.database)
		return FAIL(op, ERR_INTERNAL, "damaged: %s is not a database",
			    path);
	if (!header.ours || header.application != application[part])
		return FAIL(op, ERR_INVALID,
			    "%s belongs to another program, or is damaged",
			    path);
	return OK;
}

static enum err
check_headers(struct op *op, const char *dir)
{
	enum err err[DB_PARTS];

	for (unsigned i = 0; i < DB_PARTS; i++) {
		err[i] =
			check_header(op, files_path(op, dir, files_name[i]), i);
		if (err[i] != OK && err[i] != ERR_NOT_FOUND)
			return err[i];
	}
	if (err[DB_MAIN] == OK && err[DB_PHOTO] == OK)
		return OK;
	if (err[DB_MAIN] == err[DB_PHOTO])
		return FAIL(op, ERR_NOT_FOUND,
			    "%s holds no store: \"frontdesk init\" makes one",
			    dir);
	return FAIL(op, ERR_INTERNAL, "damaged: %s lacks %s: restore a backup",
		    dir, files_name[err[DB_MAIN] == OK ? DB_PHOTO : DB_MAIN]);
}

static enum err
check_schema(struct op *op, struct db *db, const char *file,
	     const struct schema *schema, size_t *oldest)
{
	int64_t at;

	TRY(db_schema(db, op, &at));
	if (at <= 0)
		return FAIL(op, ERR_INTERNAL, "damaged: %s has schema %" PRId64,
			    file, at);
	if ((uint64_t)at > schema->n)
		return FAIL(op, ERR_INVALID,
			    "%s has schema %" PRId64
			    ", this program knows up to %zu: install the "
			    "newer program",
			    file, at, schema->n);
	if ((size_t)at < *oldest)
		*oldest = (size_t)at;
	return OK;
}

static enum err
check_marks(struct op *op, struct db *const db[DB_PARTS])
{
	struct db_rows a;
	struct db_rows b;

	TRY(db_run(db[DB_MAIN], op, id_main, NULL, 0, &a));
	TRY(db_run(db[DB_PHOTO], op, id_photo, NULL, 0, &b));
	if (a.n != 1 || a.value->type != DB_TEXT || b.n != 1 ||
	    b.value->type != DB_TEXT)
		return FAIL(op, ERR_INTERNAL, "damaged: a file has no mark");
	if (strcmp(db_as_text(a.value), db_as_text(b.value)) != 0)
		return FAIL(op, ERR_INTERNAL,
			    "%s and %s belong to different stores",
			    files_name[DB_MAIN], files_name[DB_PHOTO]);
	return OK;
}

void
files_close(struct files *files)
{
	for (size_t i = 0; i < DB_PARTS; i++)
		db_close(files->db[i]);
}

static enum err
bring_up(struct op *op, const char *dir, const struct schema *schema,
	 struct files *files, struct store_migration *told)
{
	const char *path =
		files_path(op, dir,
			   op_print(op, "before-schema-%zu.%" PRId64 ".backup",
				    schema->n, op->now));

	TRY(backup_files(op, dir, path, false));
	if (told != NULL)
		told->backup = path;
	for (unsigned i = 0; i < DB_PARTS; i++)
		TRY(migrate_up(files->db[i], op, i, schema));
	return OK;
}

/* *oldest: lowered to its schema, if that is older. */
static enum err
check_one(struct op *op, const struct db_options *options, enum db_part part,
	  const struct schema *schema, struct db **out, size_t *oldest)
{
	TRY(log_check(op, options->path));
	TRY(db_open(op, options, out));
	TRY(check_schema(op, *out, options->path, schema, oldest));
	return mark_check(op, options->path, *out, part);
}

enum err
files_check(struct op *op, const struct store_options *options,
	    const struct schema *schema)
{
	CLEANUP(files_close) struct files files = { { NULL } };
	const char *dir = options->dir;
	size_t oldest = schema->n;

	TRY(check_headers(op, dir));
	for (unsigned i = 0; i < DB_PARTS; i++) {
		const struct db_options one = {
			.path = files_path(op, dir, files_name[i]),
			.write = options->migrate,
			.cache_kib = OPEN_CACHE_KIB,
		};

		TRY(check_one(op, &one, i, schema, &files.db[i], &oldest));
	}
	TRY(check_marks(op, files.db));
	if (options->migration != NULL)
		*options->migration =
			(struct store_migration){ .from = oldest,
						  .to = schema->n };
	if (oldest == schema->n)
		return OK;
	if (!options->migrate)
		return FAIL(op, ERR_INVALID,
			    "%s has an older schema than %zu: run "
			    "\"frontdesk migrate\"",
			    dir, schema->n);
	return bring_up(op, dir, schema, &files, options->migration);
}
