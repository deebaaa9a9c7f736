/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Scripts as rows of a database, which Dovecot asks for each mail through its
 * dict: sieve_before = dict:...;name=oof. A row that is missing is no absence.
 */
#include "base/digest.h"
#include "base/text.h"
#include "wing/backend/backends.h"
#include "wing/backend/common.h"
#include "wing/backend/script_db.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME "'oof'"  /* as Dovecot's setting has it */
#define LIST_PAGE 256 /* users that are read at once */

/*
 * What Dovecot's dict process passes on, with CR, LF and tab as two bytes each:
 * 128 KiB that it keeps and what a socket of Linux takes at once, 214 KiB. A
 * longer one would keep every mail waiting. So that lines of any length fit, a
 * script may have less.
 */
#define ANSWER_MAX (320 * KIB)
#define SCRIPT_MAX (240 * KIB)

/* Dovecot asks for the id first and then for the text; between the two it may
 * have been replaced. */
#define REPLACED_KEPT_S "60"
#define NOW_S "CAST(strftime('%s', 'now') AS INTEGER)"

struct sieve_sql {
	struct backend base;
	struct script_db *db; /* NULL: not yet */
};

static struct sieve_sql *
sql_of(struct backend *b)
{
	return (struct sieve_sql *)b;
}

static enum err
sieve_sql_open(struct op *op, const struct backend_section *section,
	       struct backend **out)
{
	struct sieve_sql *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return FAIL(op, ERR_DOWN, "no memory for a backend");
	s->base = (struct backend){ &sieve_sql_ops, section };
	*out = &s->base;
	return OK;
}

static void
sieve_sql_close(struct backend *b)
{
	if (b != NULL)
		script_db_close(sql_of(b)->db);
	free(b);
}

/* Whoever opens it first brings what a crash has left unfinished to its end,
 * which those that only read cannot do. */
static enum err
db_open(struct backend *b, struct op *op)
{
	const char *path = b->section->database;
	const char *slash = strrchr(path, '/');
	struct sieve_sql *s = sql_of(b);

	if (s->db != NULL)
		return OK;
	if (slash != NULL && slash != path)
		TRY(backend_folder_make(
			op, op_text(op, path, (size_t)(slash - path))));
	return script_db_open(op, path, b->section->timeout_ms, &s->db);
}

/* ---- put and get ---- */

static enum err
check_user(struct op *op, const char *user)
{
	size_t n = strlen(user);

	if (n == 0 || n > BACKEND_USER_MAX)
		return FAIL(op, ERR_INVALID, "a user's name has 1 to %d bytes",
			    BACKEND_USER_MAX);
	if (!text_clean(user) || strpbrk(user, "\t\r\n") != NULL)
		return FAIL(op, ERR_INVALID,
			    "a user's name with control characters");
	return OK;
}

static uint64_t
size_max(const struct backend *b)
{
	return b->section->size_max < SCRIPT_MAX ? b->section->size_max
						 : SCRIPT_MAX;
}

static enum err
check_script(const struct backend *b, struct op *op, struct bytes script)
{
	size_t n = script.n;

	if (n > size_max(b))
		return FAIL(op, ERR_LIMIT,
			    "script of %zu bytes exceeds %" PRIu64
			    " (backend.size, and what Dovecot's dict takes)",
			    n, size_max(b));
	if (!text_utf8(script))
		return FAIL(op, ERR_INVALID, "a script that is not UTF-8");
	for (size_t i = 0; i < script.n; i++)
		n += strchr("\t\r\n\001", script.p[i]) != NULL;
	if (n > ANSWER_MAX)
		return FAIL(op, ERR_LIMIT,
			    "script of %zu bytes with too many lines for "
			    "Dovecot's dict",
			    script.n);
	return OK;
}

static enum err
write_none(struct script_db *db, struct op *op, const struct bytes *user)
{
	TRY(script_db_run(db, op, "DELETE FROM sieve_name WHERE username = ?1",
			  user, 0, NULL));
	return script_db_run(db, op,
			     "DELETE FROM sieve_data WHERE username = ?1", user,
			     0, NULL);
}

static enum err
write_script(struct script_db *db, struct op *op, struct bytes user,
	     struct bytes script)
{
	static const char *const statements[] = {
		"DELETE FROM sieve_data"
		" WHERE replaced <= " NOW_S " - " REPLACED_KEPT_S,
		"UPDATE sieve_data SET replaced = " NOW_S
		" WHERE username = ?1 AND id <> ?2 AND replaced IS NULL",
		"INSERT INTO sieve_data (username, id, data)"
		" VALUES (?1, ?2, ?3) ON CONFLICT (username, id)"
		" DO UPDATE SET data = excluded.data, replaced = NULL",
		"INSERT INTO sieve_name (username, name, id)"
		" VALUES (?1, " NAME ", ?2) ON CONFLICT (username, name)"
		" DO UPDATE SET id = excluded.id",
	};
	uint8_t digest[DIGEST_SIZE];
	struct bytes args[SCRIPT_DB_ARGS_MAX] = { user, { 0 }, script };

	digest_sha256(script, digest);
	args[1] = bytes_of(
		text_hex(op, (struct bytes){ digest, sizeof(digest) }));
	for (size_t i = 0; i < COUNT(statements); i++)
		TRY(script_db_run(db, op, statements[i], args, 0, NULL));
	return OK;
}

static enum err
sieve_sql_put(struct backend *b, struct op *op, const char *user,
	      struct bytes script)
{
	struct bytes name = bytes_of(user);
	struct script_db *db;
	enum err err;

	TRY(check_user(op, user));
	if (script.p != NULL)
		TRY(check_script(b, op, script));
	TRY(db_open(b, op));
	db = sql_of(b)->db;
	TRY(script_db_begin(db, op));
	err = script.p == NULL ? write_none(db, op, &name)
			       : write_script(db, op, name, script);
	return script_db_end(db, op, err);
}

static enum err
sieve_sql_get(struct backend *b, struct op *op, const char *user,
	      struct bytes *out)
{
	static const char sql[] =
		"SELECT data FROM sieve_name JOIN sieve_data"
		" USING (username, id) WHERE username = ?1 AND name = " NAME;
	const struct bytes name = bytes_of(user);
	struct script_db_rows rows;

	TRY(check_user(op, user));
	TRY(db_open(b, op));
	TRY(script_db_run(sql_of(b)->db, op, sql, &name, 1, &rows));
	*out = (struct bytes){ 0 };
	if (rows.n > 0)
		*out = rows.row[0];
	return OK;
}

static enum err
sieve_sql_limit(struct backend *b, struct op *op, const char *user,
		struct backend_limits *out)
{
	(void)op;
	(void)user;
	*out = (struct backend_limits){ .size = size_max(b) };
	return OK;
}

/* ---- list ---- */

/* In pages, so that `found` may change what lies here. */
static enum err
sieve_sql_list(struct backend *b, struct op *op,
	       enum err (*found)(void *arg, struct op *op, const char *user),
	       void *arg)
{
	static const char old[] =
		"DELETE FROM sieve_data"
		" WHERE replaced <= " NOW_S " - " REPLACED_KEPT_S;
	static const char page[] =
		"SELECT username FROM sieve_name"
		" WHERE username > ?1 AND name = " NAME " ORDER BY username";
	struct bytes after = bytes_of("");
	struct script_db_rows rows;

	TRY(db_open(b, op));
	TRY(script_db_run(sql_of(b)->db, op, old, NULL, 0, NULL));
	do {
		TRY(script_db_run(sql_of(b)->db, op, page, &after, LIST_PAGE,
				  &rows));
		for (size_t i = 0; i < rows.n; i++) {
			after = rows.row[i];
			TRY(found(arg, op,
				  op_text(op, (const char *)after.p, after.n)));
		}
	} while (rows.n == LIST_PAGE);
	return OK;
}

/* ---- test ---- */

/* With what lay there before, which is put back. */
static enum err
try_it(struct backend *b, struct op *op, const char *user, backend_tell *tell,
       void *arg)
{
	static const char nothing[] = "keep;\r\n";
	struct bytes before = { 0 }, back;
	enum err err;

	TRY(backend_step(op, tell, arg,
			 op_print(op, "open %s", b->section->database),
			 sieve_sql_get(b, op, user, &before)));
	err = backend_step(op, tell, arg, "write a script",
			   sieve_sql_put(b, op, user, bytes_of(nothing)));
	if (err == OK)
		err = backend_step(op, tell, arg, "read it",
				   sieve_sql_get(b, op, user, &back));
	if (err == OK)
		err = backend_step(op, tell, arg,
				   before.p == NULL ? "take it away"
						    : "put the one before back",
				   sieve_sql_put(b, op, user, before));
	return err;
}

static enum err
sieve_sql_test(struct backend *b, struct op *op, const char *user,
	       backend_tell *tell, void *arg)
{
	const char *path = b->section->database;
	const char *slash = strrchr(path, '/');

	TRY(backend_step(op, tell, arg, op_print(op, "name of %s", user),
			 check_user(op, user)));
	TRY(try_it(b, op, user, tell, arg));
	backend_tell_rights(op, tell, arg,
			    op_text(op, path, (size_t)(slash - path)));
	return OK;
}

const struct backend_ops sieve_sql_ops = {
	.name = BACKEND_SIEVE_SQL,
	.prompt = true,
	.open = sieve_sql_open,
	.close = sieve_sql_close,
	.put = sieve_sql_put,
	.get = sieve_sql_get,
	.limit = sieve_sql_limit,
	.list = sieve_sql_list,
	.test = sieve_sql_test,
};
