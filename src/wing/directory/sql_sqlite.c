/* SPDX-License-Identifier: Apache-2.0 */

/* People in an SQLite file, opened anew for each question: it may have been put
 * in another's place. */
#include "wing/directory/sql_driver.h"

#include "base/text.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 1000          /* of its machine, between two looks at the clock */
#define SYSTEM_FILES "unix" /* not our store's, which wants its own pages */

struct link {
	struct sql_link base; /* first */
	sqlite3 *db;
	const struct op *op; /* whose deadline counts now */
};

static struct link *
link_of(struct sql_link *base)
{
	return (struct link *)base;
}

/* Other than 0 stops what is being done. */
static int
on_steps(void *arg)
{
	const struct link *l = arg;

	return op_left_ms(l->op) == 0;
}

static enum err
failed(struct op *op, struct link *l)
{
	int code = sqlite3_errcode(l->db) & 0xff;
	const char *why = sqlite3_errmsg(l->db);

	switch (code) {
	case SQLITE_INTERRUPT:
		return FAIL(op, ERR_DOWN, "sqlite: no answer in time");
	case SQLITE_ERROR:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
	case SQLITE_RANGE:
	case SQLITE_TOOBIG:
		return FAIL(op, ERR_INVALID, "sqlite: %s", why);
	default:
		return FAIL(op, ERR_DOWN, "sqlite: %s", why);
	}
}

static void
sqlite_close_link(struct sql_link *base)
{
	struct link *l = link_of(base);

	(void)sqlite3_close_v2(l->db);
	free(l);
}

/* Whatever a query says, it reads this one file. */
static enum err
bars_set(struct op *op, struct link *l)
{
	(void)sqlite3_limit(l->db, SQLITE_LIMIT_LENGTH, (int)SQL_ANSWER_MAX);
	(void)sqlite3_limit(l->db, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_db_config(l->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(l->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (sqlite3_exec(l->db, "PRAGMA query_only = 1", NULL, NULL, NULL) !=
	    SQLITE_OK)
		return failed(op, l);
	return OK;
}

static enum err
sqlite_open_link(struct op *op, const struct sql_section *section,
		 struct sql_link **out)
{
	const char *path = section->connect;
	struct link *l = calloc(1, sizeof(*l));
	enum err err = OK;

	if (l == NULL)
		return FAIL(op, ERR_DOWN, "no memory for SQL");
	if (path[0] != '/')
		path = op_print(op, "%s/%s", op->settings->dir, path);
	l->op = op;
	if (sqlite3_open_v2(path, &l->db,
			    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
			    SYSTEM_FILES) != SQLITE_OK)
		err = FAIL(op, ERR_DOWN, "%s: %s", path,
			   l->db == NULL ? "no memory" : sqlite3_errmsg(l->db));
	if (err == OK) {
		sqlite3_progress_handler(l->db, STEPS, on_steps, l);
		(void)sqlite3_busy_timeout(l->db, (int)op_left_ms(op));
		err = bars_set(op, l);
	}
	if (err != OK)
		sqlite_close_link(&l->base);
	else
		*out = &l->base;
	return err;
}

static void
statement_free(sqlite3_stmt **statement)
{
	(void)sqlite3_finalize(*statement);
}

static enum err
statement_make(struct op *op, struct link *l, const struct sql_ask *ask,
	       sqlite3_stmt **out)
{
	const char *rest = "";

	if (sqlite3_prepare_v2(l->db, ask->text->text, -1, out, &rest) !=
	    SQLITE_OK)
		return failed(op, l);
	if (*out == NULL || !text_is_blank(rest))
		return FAIL(op, ERR_INVALID, "sqlite: not one statement");
	if (!sqlite3_stmt_readonly(*out))
		return FAIL(op, ERR_INVALID,
			    "sqlite: the query changes something");
	if (sqlite3_bind_parameter_count(*out) != (int)ask->text->n)
		return FAIL(op, ERR_INVALID,
			    "sqlite: values that have no name");
	for (size_t i = 0; i < ask->text->n; i++) {
		const char *value = ask->value[ask->text->value[i]];

		if (value != NULL &&
		    sqlite3_bind_text(*out, (int)i + 1, value, -1,
				      SQLITE_STATIC) != SQLITE_OK)
			return failed(op, l);
	}
	return OK;
}

static enum err
row_take(struct op *op, sqlite3_stmt *statement, struct sql_rows *out)
{
	TRY(sql_rows_add(op, out));
	for (int i = 0; i < (int)out->columns; i++) {
		const uint8_t *text = sqlite3_column_text(statement, i);
		struct bytes bytes = { text, (size_t)sqlite3_column_bytes(
						     statement, i) };

		if (text != NULL)
			TRY(sql_rows_set(op, out, (size_t)i, bytes));
	}
	return OK;
}

static enum err
sqlite_ask(struct op *op, struct sql_link *base, const struct sql_ask *ask,
	   struct sql_rows *out)
{
	CLEANUP(statement_free) sqlite3_stmt *statement = NULL;
	struct link *l = link_of(base);
	int done;

	l->op = op;
	TRY(statement_make(op, l, ask, &statement));
	TRY(sql_rows_begin(op, out, (size_t)sqlite3_column_count(statement)));
	for (size_t i = 0; i < out->columns; i++)
		out->name[i] =
			op_dup(op, sqlite3_column_name(statement, (int)i));
	while ((done = sqlite3_step(statement)) == SQLITE_ROW)
		TRY(row_take(op, statement, out));
	return done == SQLITE_DONE ? OK : failed(op, l);
}

const struct sql_driver sql_sqlite = {
	.word = "sqlite",
	.open = sqlite_open_link,
	.close = sqlite_close_link,
	.ask = sqlite_ask,
};
