/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A configuration file by its table: one row a setting, which reads, checks,
 * writes the example and the manual. The grammar is libconfuse's: comments,
 * name = value, name = { list }, section { ... }.
 */
#include "base/buf.h"

#define CONF_FILE_MAX (256 * KIB)
#define CONF_VALUE_MAX 4096 /* bytes of one value */
#define CONF_LIST_MAX 256   /* values of one list */

enum conf_type {
	CONF_TEXT = 1, /* const char * */
	CONF_PATH,     /* const char *: made absolute, from the file's folder */
	CONF_BOOL,     /* bool */
	CONF_NUMBER,   /* unsigned */
	CONF_SIZE,     /* uint64_t: bytes, written 512, 64KiB, 8MiB, 1GiB */
	CONF_LIST,     /* const char *const *, ended by NULL */
};

/* What a value has to be ("an address with a port, like ..."); NULL: it is. */
typedef const char *conf_check(const char *value);

struct conf_row {
	const char *name; /* "listen", or "tls.certificate": in a section */
	unsigned part;    /* the caller's: who has to hear of a change */
	enum conf_type type;
	size_t at;           /* where in the struct, by one of CONF_AT_... */
	const char *preset;  /* as written in the file, a list's values with
				spaces between; NULL: not set */
	int64_t min, max;    /* of a number or size */
	const char *words;   /* BOOL: what true and false are called, "yes no".
				PATH: words that are no path, "stderr off" */
	conf_check *check;   /* of each value; may be NULL */
	const char *manual;  /* sentences */
	const char *example; /* shown where there is no preset */
};

struct conf_table {
	const struct conf_row *rows; /* those of a section stand together */
	size_t n;
};

/* The place of a member, which has to be of the row's C type. */
#define CONF_AT(type, member, want)                                            \
	_Generic(&((type *)0)->member, want * : offsetof(type, member))

/*
 * Reads `file` into the struct `out`; what it points to is in `keep`. line[i]
 * is the line that sets rows[i], 0 when it has its preset.
 * ERR_NOT_FOUND: no such file. ERR_DOWN: it cannot be read. ERR_INVALID: the
 * op's reason is "FILE:LINE: what is wrong, and what to do".
 */
enum err conf_read(struct op *op, const char *file,
		   const struct conf_table *table, struct arena *keep,
		   void *out, unsigned *line);

/* A value that differs from its preset, as it is to stand in a file. */
struct conf_value {
	const char *name;
	const char *value;
};

/* A file that holds every setting with its manual: those given set, all
 * others as comments. `given` may be NULL. */
void conf_write(struct buf *buf, const struct conf_table *table,
		const struct conf_value *given, size_t given_n);

/* The same as a list in mdoc. */
void conf_manual(struct buf *buf, const struct conf_table *table);

/* Is row i the same in both structs? */
bool conf_same(const struct conf_row *row, const void *a, const void *b);
