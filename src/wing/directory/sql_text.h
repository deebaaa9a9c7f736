/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Queries of the configuration, with named values in them, as each kind of
 * database wants them: "WHERE a = :address" becomes "WHERE a = $1". Nothing is
 * ever pasted into one. Pure.
 */
#include "base/op.h"

#define SQL_PLACES_MAX 32 /* where a query has values */

/* What a query may name. */
enum sql_value {
	SQL_ADDRESS,
	SQL_LOCAL,
	SQL_DOMAIN,
	SQL_UID,
	SQL_AFTER,
	SQL_VALUE_COUNT,
};

/* How a kind of database reads. */
struct sql_dialect {
	const char *driver;   /* "sqlite", ... */
	bool dollar;          /* $1 stands for a value, else ? */
	bool dollar_quotes;   /* $tag$ quotes, and E'\'' */
	bool backslash;       /* escapes in any quotes */
	bool hash;            /* begins a comment */
	bool nested_comments; /* of the kind that this one is */
};

/* NULL: there is none. */
const struct sql_dialect *sql_dialect(const char *driver);

struct sql_text {
	const char *text;
	size_t n; /* places */
	enum sql_value value[SQL_PLACES_MAX];
};

/* ERR_INVALID: the op's reason says what is wrong with it, as in "its query
 * ...". */
enum err sql_text_read(struct op *op, const char *query,
		       const struct sql_dialect *dialect, struct sql_text *out);

/* Does it name that value? */
bool sql_text_has(const struct sql_text *text, enum sql_value value);
