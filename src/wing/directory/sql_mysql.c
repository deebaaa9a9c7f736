/* SPDX-License-Identifier: Apache-2.0 */

/* People in MariaDB or MySQL. */
#include "wing/directory/sql_driver.h"

#include "base/text.h"

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PORT_PRESET 3306
#define PORT_MAX 65535

struct link {
	struct sql_link base; /* first */
	MYSQL *mysql;
};

static struct link *
link_of(struct sql_link *base)
{
	return (struct link *)base;
}

/* ---- threads ---- */

static pthread_key_t thread_key;
static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static bool library_is_there;

static void
on_thread_end(void *arg)
{
	(void)arg;
	mysql_thread_end();
}

static void
library_start(void)
{
	library_is_there = mysql_library_init(0, NULL, NULL) == 0 &&
			   pthread_key_create(&thread_key, on_thread_end) == 0;
}

/* The library wants to know of each thread that uses it. */
static enum err
thread_enter(struct op *op)
{
	(void)pthread_once(&library_once, library_start);
	if (!library_is_there)
		return FAIL(op, ERR_DOWN, "mysql: its library does not start");
	if (pthread_getspecific(thread_key) != NULL)
		return OK;
	if (mysql_thread_init() != 0 ||
	    pthread_setspecific(thread_key, &thread_key) != 0)
		return FAIL(op, ERR_DOWN, "no memory for SQL");
	return OK;
}

/* ---- what goes wrong ---- */

/* What is the query's fault, and will stay so. */
static bool
is_of_query(unsigned code)
{
	static const unsigned codes[] = {
		ER_PARSE_ERROR,
		ER_NO_SUCH_TABLE,
		ER_BAD_FIELD_ERROR,
		ER_BAD_TABLE_ERROR,
		ER_NON_UNIQ_ERROR,
		ER_EMPTY_QUERY,
		ER_WRONG_FIELD_WITH_GROUP,
		ER_SP_DOES_NOT_EXIST,
		ER_TABLEACCESS_DENIED_ERROR,
		ER_COLUMNACCESS_DENIED_ERROR,
		ER_DBACCESS_DENIED_ERROR,
		ER_SPECIFIC_ACCESS_DENIED_ERROR,
		ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION,
		ER_OPTION_PREVENTS_STATEMENT,
		ER_UNSUPPORTED_PS,
		ER_NO_DB_ERROR,
		ER_WRONG_ARGUMENTS,
		ER_ILLEGAL_VALUE_FOR_TYPE,
	};

	for (size_t i = 0; i < COUNT(codes); i++) {
		if (codes[i] == code)
			return true;
	}
	return false;
}

static enum err
failed(struct op *op, struct link *l, unsigned code, const char *why)
{
	if (is_of_query(code))
		return FAIL(op, ERR_INVALID, "mysql: %s", why);
	if (code >= CR_MIN_ERROR && code <= CR_MAX_ERROR)
		l->base.refused = "lost";
	if (code == ER_CONNECTION_KILLED || code == ER_SERVER_SHUTDOWN)
		l->base.refused = "ended";
	return FAIL(op, ERR_DOWN, "mysql: %s", why);
}

static enum err
link_failed(struct op *op, struct link *l)
{
	return failed(op, l, mysql_errno(l->mysql), mysql_error(l->mysql));
}

/* ---- a connection ---- */

static void
mysql_close_link(struct sql_link *base)
{
	struct link *l = link_of(base);

	if (l->mysql != NULL)
		mysql_close(l->mysql);
	free(l);
}

/* What the words of `connect` mean here. */
static enum err
words_check(struct op *op, const struct sql_connect *c)
{
	int64_t port;

	if (c->other != NULL)
		return FAIL(op, ERR_INVALID, "its connect: mysql knows no %s",
			    c->other);
	if (c->port != NULL && !text_number(c->port, 1, PORT_MAX, &port))
		return FAIL(op, ERR_INVALID, "its connect: no port");
	if (c->sslmode != NULL && strcmp(c->sslmode, "disable") != 0 &&
	    strcmp(c->sslmode, "require") != 0 &&
	    strcmp(c->sslmode, "verify-full") != 0)
		return FAIL(op, ERR_INVALID,
			    "its connect: with mysql sslmode is verify-full, "
			    "require or disable");
	return OK;
}

/* To another host: its certificate is verified, unless sslmode says otherwise.
 */
static void
tls_set(MYSQL *mysql, const struct sql_connect *c)
{
	const char *mode = c->sslmode;
	my_bool yes = 1, verify = 0;

	if (mode == NULL)
		mode = c->far ? "verify-full" : "disable";
	if (strcmp(mode, "disable") == 0)
		return;
	if (strcmp(mode, "verify-full") == 0)
		verify = 1;
	(void)mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
	(void)mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
	if (c->sslrootcert != NULL)
		(void)mysql_optionsv(mysql, MYSQL_OPT_SSL_CA, c->sslrootcert);
	else if (verify)
		(void)mysql_optionsv(mysql, MYSQL_OPT_SSL_CA, SQL_AUTHORITIES);
}

/* Whole seconds are all that it knows; the server's own limit is finer. */
static void
limits_set(MYSQL *mysql, unsigned timeout_ms)
{
	unsigned s = (timeout_ms + 999) / 1000;
	unsigned long most = SQL_ANSWER_MAX;
	unsigned none = 0;

	(void)mysql_optionsv(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &s);
	(void)mysql_optionsv(mysql, MYSQL_OPT_READ_TIMEOUT, &s);
	(void)mysql_optionsv(mysql, MYSQL_OPT_WRITE_TIMEOUT, &s);
	(void)mysql_optionsv(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &most);
	(void)mysql_optionsv(mysql, MYSQL_OPT_LOCAL_INFILE, &none);
	(void)mysql_optionsv(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
}

static enum err
link_connect(struct op *op, struct link *l, const struct sql_section *section,
	     const struct sql_connect *c)
{
	const char *password = c->password;
	bool is_socket = c->host != NULL && c->host[0] == '/';
	int64_t port = PORT_PRESET;

	if (section->password_file != NULL)
		TRY(sql_password(op, section, &password));
	if (c->port != NULL)
		(void)text_number(c->port, 1, PORT_MAX, &port);
	l->mysql = mysql_init(NULL);
	if (l->mysql == NULL)
		return FAIL(op, ERR_DOWN, "no memory for SQL");
	limits_set(l->mysql, op_left_ms(op));
	tls_set(l->mysql, c);
	if (mysql_real_connect(l->mysql, is_socket ? "localhost" : c->host,
			       c->user, password, c->dbname, (unsigned)port,
			       is_socket ? c->host : NULL, 0) == NULL)
		return link_failed(op, l);
	return OK;
}

/* For reading alone. MariaDB and MySQL name the same limit differently. */
static enum err
bars_set(struct op *op, struct link *l, const struct sql_section *section)
{
	bool mariadb =
		strstr(mysql_get_server_info(l->mysql), "MariaDB") != NULL;
	const char *const bars[] = {
		"SET SESSION TRANSACTION READ ONLY",
		mariadb ? op_print(op,
				   "SET SESSION max_statement_time = %u.%03u",
				   section->timeout_ms / 1000,
				   section->timeout_ms % 1000)
			: op_print(op, "SET SESSION max_execution_time = %u",
				   section->timeout_ms),
	};

	for (size_t i = 0; i < COUNT(bars); i++) {
		if (mysql_query(l->mysql, bars[i]) != 0)
			return link_failed(op, l);
	}
	return OK;
}

static enum err
mysql_open_link(struct op *op, const struct sql_section *section,
		struct sql_link **out)
{
	struct sql_connect connect;
	struct link *l;
	enum err err;

	TRY(thread_enter(op));
	TRY(sql_connect_read(op, section->connect, &connect));
	TRY(words_check(op, &connect));
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return FAIL(op, ERR_DOWN, "no memory for SQL");
	err = link_connect(op, l, section, &connect);
	if (err == OK)
		err = bars_set(op, l, section);
	if (err != OK)
		mysql_close_link(&l->base);
	else
		*out = &l->base;
	return err;
}

/* ---- a question ---- */

/* One statement, prepared at the server: more than one it does not take. */
struct question {
	struct op *op;
	struct link *l;
	MYSQL_STMT *statement;
	MYSQL_RES *meta;
	MYSQL_BIND *bind; /* of each column */
	unsigned long *length;
	my_bool *null;
	bool nobody; /* no row can be */
};

static void
question_done(struct question *q)
{
	if (q->meta != NULL)
		mysql_free_result(q->meta);
	if (q->statement != NULL)
		(void)mysql_stmt_close(q->statement);
}

static enum err
question_failed(const struct question *q)
{
	return failed(q->op, q->l, mysql_stmt_errno(q->statement),
		      mysql_stmt_error(q->statement));
}

/* A column of another alphabet cannot be compared with such a value; so it has
 * none that is equal. */
static bool
is_of_alphabet(unsigned code, const struct sql_ask *ask)
{
	if (code != ER_CANT_AGGREGATE_2COLLATIONS &&
	    code != ER_CANT_AGGREGATE_3COLLATIONS &&
	    code != ER_CANT_AGGREGATE_NCOLLATIONS)
		return false;
	for (size_t i = 0; i < SQL_VALUE_COUNT; i++) {
		const char *p = ask->value[i];

		for (; p != NULL && *p != '\0'; p++) {
			if ((unsigned char)*p >= 0x80)
				return true;
		}
	}
	return false;
}

static enum err
question_send(struct question *q, const struct sql_ask *ask)
{
	MYSQL_BIND in[SQL_PLACES_MAX] = { 0 };

	if (mysql_stmt_prepare(q->statement, ask->text->text,
			       strlen(ask->text->text)) != 0)
		return question_failed(q);
	if (mysql_stmt_param_count(q->statement) != ask->text->n)
		return FAIL(q->op, ERR_INVALID,
			    "mysql: values that have no name");
	for (size_t i = 0; i < ask->text->n; i++) {
		const char *value = ask->value[ask->text->value[i]];

		in[i].buffer_type =
			value == NULL ? MYSQL_TYPE_NULL : MYSQL_TYPE_STRING;
		if (value != NULL) {
			in[i].buffer = op_dup(q->op, value);
			in[i].buffer_length = strlen(value);
		}
	}
	if ((ask->text->n > 0 && mysql_stmt_bind_param(q->statement, in)) ||
	    mysql_stmt_execute(q->statement) != 0) {
		q->nobody = is_of_alphabet(mysql_stmt_errno(q->statement), ask);
		return q->nobody ? OK : question_failed(q);
	}
	return OK;
}

/* Every column as text; how long each is is told with each row. */
static enum err
columns_bind(struct question *q, struct sql_rows *out)
{
	const MYSQL_FIELD *fields;
	size_t n;

	q->meta = mysql_stmt_result_metadata(q->statement);
	if (q->meta == NULL)
		return FAIL(q->op, ERR_INVALID,
			    "mysql: the query gives no rows");
	n = mysql_num_fields(q->meta);
	fields = mysql_fetch_fields(q->meta);
	TRY(sql_rows_begin(q->op, out, n));
	q->bind = op_alloc(q->op, n * sizeof(*q->bind));
	q->length = op_alloc(q->op, n * sizeof(*q->length));
	q->null = op_alloc(q->op, n * sizeof(*q->null));
	for (size_t i = 0; i < n; i++) {
		out->name[i] = op_dup(q->op, fields[i].name);
		q->bind[i].buffer_type = MYSQL_TYPE_STRING;
		q->bind[i].length = &q->length[i];
		q->bind[i].is_null = &q->null[i];
	}
	if (mysql_stmt_bind_result(q->statement, q->bind))
		return question_failed(q);
	return OK;
}

static enum err
field_take(struct question *q, unsigned column, struct sql_rows *out)
{
	size_t n = q->length[column];
	MYSQL_BIND bind = { .buffer_type = MYSQL_TYPE_STRING };
	unsigned long length = 0;
	my_bool null = 0;
	char *text;

	if (n > SQL_FIELD_MAX)
		return FAIL(q->op, ERR_INVALID,
			    "mysql: the answer is larger than what is taken");
	text = op_alloc(q->op, n + 1);
	bind.buffer = text;
	bind.buffer_length = n + 1;
	bind.length = &length;
	bind.is_null = &null;
	if (mysql_stmt_fetch_column(q->statement, &bind, column, 0) != 0)
		return question_failed(q);
	return sql_rows_set(q->op, out, column,
			    (struct bytes){ (const uint8_t *)text, n });
}

static enum err
rows_take(struct question *q, struct sql_rows *out)
{
	int done;

	while ((done = mysql_stmt_fetch(q->statement)) == 0 ||
	       done == MYSQL_DATA_TRUNCATED) {
		if (op_left_ms(q->op) == 0)
			return FAIL(q->op, ERR_DOWN,
				    "mysql: no answer in time");
		TRY(sql_rows_add(q->op, out));
		for (unsigned i = 0; i < out->columns; i++) {
			if (!q->null[i])
				TRY(field_take(q, i, out));
		}
	}
	return done == MYSQL_NO_DATA ? OK : question_failed(q);
}

static enum err
mysql_ask(struct op *op, struct sql_link *base, const struct sql_ask *ask,
	  struct sql_rows *out)
{
	CLEANUP(question_done)
	struct question q = { .op = op, .l = link_of(base) };
	enum err err;

	TRY(thread_enter(op));
	q.statement = mysql_stmt_init(q.l->mysql);
	if (q.statement == NULL)
		return link_failed(op, q.l);
	TRY(question_send(&q, ask));
	if (q.nobody) {
		*out = (struct sql_rows){ .n = 0 };
		return OK;
	}
	TRY(columns_bind(&q, out));
	err = rows_take(&q, out);
	/* What is left over would have to be read first. */
	if (err != OK)
		base->refused = "not read to its end";
	return err;
}

const struct sql_driver sql_mysql = {
	.word = "mysql",
	.kept = true,
	.open = mysql_open_link,
	.close = mysql_close_link,
	.ask = mysql_ask,
};
