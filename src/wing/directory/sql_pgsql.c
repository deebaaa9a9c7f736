/* SPDX-License-Identifier: Apache-2.0 */

/* People in PostgreSQL. Nothing of it blocks: each step waits for the socket
 * until the op's deadline. */
#include "wing/directory/sql_driver.h"

#include "base/text.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 12 /* of a connection, besides `connect` itself */

struct link {
	struct sql_link base; /* first */
	PGconn *conn;
};

static struct link *
link_of(struct sql_link *base)
{
	return (struct link *)base;
}

/* libpq's words, in one line. */
static const char *
said(struct op *op, const char *message)
{
	char *text = op_dup(op, text_trim(op, message));

	for (char *p = text; *p != '\0'; p++) {
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	}
	return text;
}

/* The connection is of no more use. */
static enum err
lost(struct op *op, struct link *l)
{
	l->base.refused = "lost";
	return FAIL(op, ERR_DOWN, "postgresql: %s",
		    said(op, PQerrorMessage(l->conn)));
}

static enum err
late(struct op *op, struct link *l)
{
	l->base.refused = "late";
	return FAIL(op, ERR_DOWN, "postgresql: no answer in time");
}

/* Until its socket can be read or written. */
static enum err
link_wait(struct op *op, struct link *l, short events)
{
	struct pollfd p = { .fd = PQsocket(l->conn), .events = events };
	int n;

	do {
		unsigned left_ms = op_left_ms(op);

		if (left_ms == 0)
			return late(op, l);
		n = poll(&p, 1, (int)left_ms);
	} while (n == 0 || (n < 0 && errno == EINTR));
	return OK;
}

/* ---- a connection ---- */

static void
pgsql_close(struct sql_link *base)
{
	struct link *l = link_of(base);

	PQfinish(l->conn);
	free(l);
}

static void
on_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

struct words {
	const char *keyword[WORDS_MAX + 1], *value[WORDS_MAX + 1];
	size_t n;
};

static void
word_add(struct words *w, const char *keyword, const char *value)
{
	if (value == NULL)
		return;
	w->keyword[w->n] = keyword;
	w->value[w->n++] = value;
}

/*
 * What stands behind `connect` (as dbname) overrules it. Its own words of TLS
 * count; without any, another host's certificate is verified.
 */
static enum err
words_make(struct op *op, const struct sql_section *section, struct words *w)
{
	struct sql_connect connect;
	const char *password;

	TRY(sql_connect_read(op, section->connect, &connect));
	TRY(sql_password(op, section, &password));
	word_add(w, "fallback_application_name", "frontdesk");
	word_add(w, "dbname", section->connect);
	word_add(w, "client_encoding", "UTF8");
	word_add(w, "password", password);
	if (connect.far && connect.sslmode == NULL) {
		word_add(w, "sslmode", "verify-full");
		if (connect.sslrootcert == NULL &&
		    access(SQL_AUTHORITIES, R_OK) == 0)
			word_add(w, "sslrootcert", SQL_AUTHORITIES);
	}
	return OK;
}

static enum err
link_connect(struct op *op, struct link *l, const struct words *w)
{
	PostgresPollingStatusType step = PGRES_POLLING_WRITING;

	l->conn = PQconnectStartParams(w->keyword, w->value, 1);
	if (l->conn == NULL)
		return FAIL(op, ERR_DOWN, "no memory for SQL");
	(void)PQsetNoticeReceiver(l->conn, on_notice, NULL);
	if (PQstatus(l->conn) == CONNECTION_BAD)
		return lost(op, l);
	while (step != PGRES_POLLING_OK) {
		TRY(link_wait(op, l,
			      step == PGRES_POLLING_READING ? POLLIN
							    : POLLOUT));
		step = PQconnectPoll(l->conn);
		if (step == PGRES_POLLING_FAILED)
			return lost(op, l);
	}
	if (PQsetnonblocking(l->conn, 1) != 0)
		return lost(op, l);
	return OK;
}

/* ---- a question ---- */

static void
result_free(PGresult **result)
{
	PQclear(*result);
}

static enum err
link_flush(struct op *op, struct link *l)
{
	int left = PQflush(l->conn);

	while (left == 1) {
		TRY(link_wait(op, l, POLLIN | POLLOUT));
		if (PQconsumeInput(l->conn) != 1)
			return lost(op, l);
		left = PQflush(l->conn);
	}
	return left == 0 ? OK : lost(op, l);
}

/* The next result; NULL: there is none. */
static enum err
result_next(struct op *op, struct link *l, PGresult **out)
{
	while (PQisBusy(l->conn)) {
		TRY(link_wait(op, l, POLLIN));
		if (PQconsumeInput(l->conn) != 1)
			return lost(op, l);
	}
	*out = PQgetResult(l->conn);
	return OK;
}

/* By class of SQLSTATE: what is the query's fault, and will stay so, ... */
static bool
is_of_query(const char *state)
{
	static const char *const classes[] = { "0A", "21", "22", "23", "25",
					       "26", "42", "44", NULL };

	for (const char *const *c = classes; *c != NULL; c++) {
		if (state != NULL && strncmp(state, *c, 2) == 0)
			return true;
	}
	return false;
}

static enum err
result_failed(struct op *op, struct link *l, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *why = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (state == NULL || PQstatus(l->conn) != CONNECTION_OK)
		return lost(op, l);
	if (is_of_query(state))
		return FAIL(op, ERR_INVALID, "postgresql: %s", said(op, why));
	/* ... and what another connection may not meet. */
	if (strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0)
		l->base.refused = "ended";
	return FAIL(op, ERR_DOWN, "postgresql: %s", said(op, why));
}

static enum err
row_take(struct op *op, const PGresult *result, int row, struct sql_rows *out)
{
	TRY(sql_rows_add(op, out));
	for (int i = 0; i < (int)out->columns; i++) {
		struct bytes bytes = { (const uint8_t *)PQgetvalue(result, row,
								   i),
				       (size_t)PQgetlength(result, row, i) };

		if (!PQgetisnull(result, row, i))
			TRY(sql_rows_set(op, out, (size_t)i, bytes));
	}
	return OK;
}

static enum err
rows_take(struct op *op, struct link *l, const PGresult *result,
	  struct sql_rows *out)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_FATAL_ERROR)
		return result_failed(op, l, result);
	if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK)
		return FAIL(op, ERR_INVALID,
			    "postgresql: the query gives no rows");
	if (out->columns == 0) {
		TRY(sql_rows_begin(op, out, (size_t)PQnfields(result)));
		for (size_t i = 0; i < out->columns; i++)
			out->name[i] = op_dup(op, PQfname(result, (int)i));
	}
	for (int i = 0; i < PQntuples(result); i++)
		TRY(row_take(op, result, i, out));
	return OK;
}

/* Row by row, so that no answer is ever there as a whole before its size is
 * looked at. What is not read to its end is no connection any more. */
static enum err
answer_take(struct op *op, struct link *l, struct sql_rows *out)
{
	enum err err = OK;

	*out = (struct sql_rows){ .n = 0 };
	if (PQsetSingleRowMode(l->conn) != 1)
		return lost(op, l);
	for (;;) {
		CLEANUP(result_free) PGresult *result = NULL;

		TRY(result_next(op, l, &result));
		if (result == NULL)
			return err;
		if (err == OK)
			err = rows_take(op, l, result, out);
		if (err != OK && PQresultStatus(result) != PGRES_FATAL_ERROR) {
			l->base.refused = "not read to its end";
			return err;
		}
	}
}

static enum err
pgsql_ask(struct op *op, struct sql_link *base, const struct sql_ask *ask,
	  struct sql_rows *out)
{
	struct link *l = link_of(base);
	const char *values[SQL_PLACES_MAX];

	for (size_t i = 0; i < ask->text->n; i++)
		values[i] = ask->value[ask->text->value[i]];
	if (PQsendQueryParams(l->conn, ask->text->text, (int)ask->text->n, NULL,
			      values, NULL, NULL, 0) != 1)
		return lost(op, l);
	TRY(link_flush(op, l));
	return answer_take(op, l, out);
}

/* ---- for reading alone ---- */

/* One word of SET a statement: some poolers know no more. */
static enum err
bars_set(struct op *op, struct link *l, const struct sql_section *section)
{
	const char *const bars[] = {
		"SELECT set_config('default_transaction_read_only', 'on', "
		"false)",
		op_print(op,
			 "SELECT set_config('statement_timeout', '%u', false)",
			 section->timeout_ms),
	};

	for (size_t i = 0; i < COUNT(bars); i++) {
		const struct sql_text text = { .text = bars[i] };
		const struct sql_ask ask = { .text = &text };
		struct sql_rows rows;

		TRY(pgsql_ask(op, &l->base, &ask, &rows));
	}
	return OK;
}

static enum err
pgsql_open(struct op *op, const struct sql_section *section,
	   struct sql_link **out)
{
	struct words words = { .n = 0 };
	struct link *l;
	enum err err;

	TRY(words_make(op, section, &words));
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return FAIL(op, ERR_DOWN, "no memory for SQL");
	err = link_connect(op, l, &words);
	if (err == OK)
		err = bars_set(op, l, section);
	if (err != OK)
		pgsql_close(&l->base);
	else
		*out = &l->base;
	return err;
}

const struct sql_driver sql_postgresql = {
	.word = "postgresql",
	.kept = true,
	.open = pgsql_open,
	.close = pgsql_close,
	.ask = pgsql_ask,
};
