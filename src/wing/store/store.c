/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store as a whole: open, close, ping, maintain.
 */
#include "wing/store/answered.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TRIM_MAX 5000 /* rows of a change log, erased in one transaction */
#define DAY_S 86400

static enum err
create(struct op *op, const char *dir, const struct schema *schema)
{
	TRY(files_none(op, dir));
	TRY(files_create(op, dir, ".new", schema));
	return files_publish_both(op, dir);
}

static void
close_half_open(struct store **s)
{
	store_close(*s);
}

enum err
store_open_as(struct op *op, const struct store_options *options,
	      const struct schema *schema, struct store **out)
{
	CLEANUP(close_half_open) struct store *s = NULL;
	const char *path[DB_PARTS];

	if (options->create)
		TRY(create(op, options->dir, schema));
	TRY(files_check(op, options, schema));
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return FAIL(op, ERR_DOWN, "no memory for the store");
	s->options = *options;
	s->options.dir = NULL; /* the caller's */
	for (size_t i = 0; i < DB_PARTS; i++) {
		s->path[i] =
			strdup(files_path(op, options->dir, files_name[i]));
		if (s->path[i] == NULL)
			return FAIL(op, ERR_DOWN, "no memory for the store");
		path[i] = s->path[i];
	}
	TRY(readers_open(op, &s->options, path, &s->readers));
	TRY(writer_open(op, path, &s->writer));
	*out = s;
	s = NULL;
	return OK;
}

enum err
store_open(struct op *op, const struct store_options *options,
	   struct store **out)
{
	return store_open_as(op, options, &schema_now, out);
}

/* The readers first: whoever closes last tidies the logs. */
void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	readers_close(s->readers);
	writer_close(s->writer);
	for (size_t i = 0; i < DB_PARTS; i++)
		free(s->path[i]);
	free(s);
}

enum err
store_ping(struct store *s, struct op *op)
{
	static const char main_sql[] = "SELECT id FROM store";
	static const char photo_sql[] = "SELECT id FROM photo_store";

	for (unsigned i = 0; i < DB_PARTS; i++) {
		struct reader *r;
		struct db_rows rows;

		TRY(reader_get(s->readers, op, i, &r));
		if (db_moved(r->db[i]))
			return FAIL(op, ERR_DOWN, "%s was moved or replaced",
				    s->path[i]);
		TRY(db_run(r->db[i], op, i == DB_MAIN ? main_sql : photo_sql,
			   NULL, 0, &rows));
	}
	return OK;
}

/* ---- maintain ---- */

struct trimming {
	enum db_part part;
	int64_t before; /* an instant */
	int64_t trimmed;
};

/* From the oldest on, up to the first that is young, and never the last. */
static enum err
trim_job(struct db *db, struct op *op, void *arg)
{
	static const char main_sql[] =
		"DELETE FROM change WHERE seq < (SELECT min("
		"(SELECT max(seq) FROM change), "
		"(SELECT min(seq) FROM change) + $2, "
		"coalesce((SELECT seq FROM change WHERE at >= $1 AND "
		"seq <= (SELECT min(seq) FROM change) + $2 "
		"ORDER BY seq LIMIT 1), (SELECT max(seq) FROM change))))";
	static const char photo_sql[] =
		"DELETE FROM photo_change WHERE seq < (SELECT min("
		"(SELECT max(seq) FROM photo_change), "
		"(SELECT min(seq) FROM photo_change) + $2, "
		"coalesce((SELECT seq FROM photo_change WHERE at >= $1 AND "
		"seq <= (SELECT min(seq) FROM photo_change) + $2 "
		"ORDER BY seq LIMIT 1), (SELECT max(seq) FROM photo_change))))";
	struct trimming *t = arg;
	const struct db_value args[] = { db_int(t->before), db_int(TRIM_MAX) };
	struct db_rows rows;

	TRY(db_run(db, op, t->part == DB_MAIN ? main_sql : photo_sql, args,
		   COUNT(args), &rows));
	t->trimmed = rows.changed;
	return OK;
}

static enum err
trim(struct store *s, struct op *op, enum db_part part, int64_t before)
{
	struct trimming t = { .part = part, .before = before };

	do
		TRY(writer_run(s->writer, op, part, trim_job, &t));
	while (t.trimmed == TRIM_MAX);
	return OK;
}

struct audit_trimming {
	enum db_part part;
	int64_t before; /* an instant */
	bool more;
};

static enum err
audit_trim_job(struct db *db, struct op *op, void *arg)
{
	struct audit_trimming *t = arg;

	return audit_trim(db, op, t->part, t->before, &t->more);
}

static enum err
trim_audit(struct store *s, struct op *op, enum db_part part, int64_t before)
{
	struct audit_trimming t = { .part = part, .before = before };

	do
		TRY(writer_run(s->writer, op, part, audit_trim_job, &t));
	while (t.more);
	return OK;
}

/* Pictures, and what is known of them, whose mailbox is gone. */
static enum err
reap(struct store *s, struct op *op)
{
	struct reader *r;
	int64_t id = 0;
	enum err err;

	TRY(reader_get(s->readers, op, DB_PHOTO, &r));
	while ((err = photo_next(r->db[DB_PHOTO], op, id, &id)) == OK) {
		const struct mailbox *m;

		err = store_mailbox_get(s, op, id, &m);
		if (err == ERR_NOT_FOUND)
			err = writer_run(s->writer, op, DB_PHOTO, photo_erase,
					 &id);
		TRY(err);
	}
	return err == ERR_NOT_FOUND ? OK : err;
}

enum err
store_maintain(struct store *s, struct op *op, const struct store_keep *keep)
{
	int64_t before = op->now - (int64_t)keep->changes * DAY_S;
	int64_t audit_before = op->now - (int64_t)keep->audit * DAY_S;

	TRY(op_wait(op, POOL_WRITE));
	for (unsigned i = 0; i < DB_PARTS; i++) {
		TRY(trim(s, op, i, before));
		TRY(trim_audit(s, op, i, audit_before));
	}
	TRY(answered_forget(s, op, keep->answers));
	TRY(reap(s, op));
	writer_tidy(s->writer);
	return OK;
}
