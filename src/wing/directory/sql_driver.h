/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A kind of database. To add one: a file with its struct sql_driver, its row in
 * sql_link.c, its dialect in sql_text.c, and its word in main/conf_sql.c.
 *
 * All of it waits, until the op's deadline at most. ERR_DOWN: it does not
 * answer, or refuses us. ERR_INVALID: it does not take the query, or answers
 * what cannot be.
 */
#include "model/settings.h"
#include "wing/directory/sql_text.h"

#define SQL_ROWS_MAX 10000        /* of one answer */
#define SQL_COLUMNS_MAX 32        /* of one row */
#define SQL_FIELD_MAX (64 * KIB)  /* bytes */
#define SQL_ANSWER_MAX (16 * MIB) /* bytes of all its fields */

/* A connection; a driver has its own around it. */
struct sql_link {
	const struct sql_driver *driver;
	const char *refused; /* why it is of no more use; NULL: it is */
	uint8_t key[32];     /* of whose it is; sql_link.c */
	int64_t idle_us;     /* since when nobody has it */
};

/* What is asked: NULL is NULL in SQL. */
struct sql_ask {
	const struct sql_text *text;
	const char *value[SQL_VALUE_COUNT];
};

/* What came, in the op: texts, or NULL. */
struct sql_rows {
	size_t columns, n;
	const char **name;  /* of each column */
	const char **field; /* row after row */
	size_t room;        /* rows that fit into `field` */
	size_t bytes;       /* of all fields */
};

struct sql_driver {
	const char *word;
	bool kept; /* a connection is dear: it is kept for the next */

	/* For reading alone: whatever is asked, nothing is changed. */
	enum err (*open)(struct op *op, const struct sql_section *section,
			 struct sql_link **out);
	void (*close)(struct sql_link *link);

	/* One statement. link->refused is set when it failed as connections
	 * do. */
	enum err (*ask)(struct op *op, struct sql_link *link,
			const struct sql_ask *ask, struct sql_rows *out);
};

extern const struct sql_driver sql_sqlite;
extern const struct sql_driver sql_postgresql;
extern const struct sql_driver sql_mysql;

/* ---- for drivers ---- */

/* Room for the columns' names. ERR_INVALID: too many, or none. */
enum err sql_rows_begin(struct op *op, struct sql_rows *rows, size_t columns);

/* A further row of NULLs. ERR_INVALID: too many. */
enum err sql_rows_add(struct op *op, struct sql_rows *rows);

/* A field of the last row. ERR_INVALID: too large, or not UTF-8. */
enum err sql_rows_set(struct op *op, struct sql_rows *rows, size_t column,
		      struct bytes bytes);

/* The first line of the section's password_file; NULL: it has none.
 * ERR_DOWN: it cannot be read. */
enum err sql_password(struct op *op, const struct sql_section *section,
		      const char **out);

/* Words of `connect` as PostgreSQL has them, with or without the quotes. */
struct sql_connect {
	const char *host, *port, *user, *dbname, *sslmode, *sslrootcert;
	const char *password;
	const char *other; /* the name of one that is not among these */
	bool far;          /* not this machine, as far as the words tell */
};
enum err sql_connect_read(struct op *op, const char *connect,
			  struct sql_connect *out);

#define SQL_AUTHORITIES                                                        \
	"/etc/ssl/certs/ca-certificates.crt" /* the system's                   \
					      */
