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
				PATH: words that are no path, "stderr off",
				or what begins so, "https:*" */
	conf_check *check;   /* of each value; may be NULL */
	const char *manual;  /* sentences; NULL: it is hidden */
	const char *example; /* shown where there is no preset */
};

/*
 * A section with a title, which may come more than once: issuer "x" { ... }.
 * Its rows are those that begin with its name; their place is in one item.
 */
struct conf_section {
	const char *name;
	size_t size;         /* of an item; the items are an array, ... */
	size_t at, at_n;     /* ... whose place and size are in the struct */
	size_t at_title;     /* in an item: its title, const char *, ... */
	size_t at_line;      /* ... and the line it begins in, unsigned */
	size_t most;         /* items */
	conf_check *check;   /* of a title; may be NULL */
	const char *needs;   /* settings that each has to have, with spaces
				between */
	const char *manual;  /* sentences */
	const char *example; /* a title */
};

struct conf_table {
	const struct conf_row *rows; /* those of a section stand together */
	size_t n;
	const struct conf_section *sections; /* with a title */
	size_t sections_n;
};

/* The place of a member, which has to be of the row's C type. */
#define CONF_AT(type, member, want)                                            \
	_Generic(&((type *)0)->member, want * : offsetof(type, member))

/*
 * Reads `file` into the struct `out`; what it points to is in `keep`. line[i]
 * is the line that sets rows[i], 0 when it has its preset; of a section with a
 * title it tells of the last one.
 * ERR_NOT_FOUND: no such file. ERR_DOWN: it cannot be read. ERR_INVALID: the
 * op's reason is "FILE:LINE: what is wrong, and what to do".
 */
enum err conf_read(struct op *op, const char *file,
		   const struct conf_table *table, struct arena *keep,
		   void *out, unsigned *line);

/* The same from a copy of the file: its text is read, but relative paths begin
 * in the file's folder, and it is the file that a reason names. */
struct conf_copy {
	const char *file, *copy;
};
enum err conf_read_copy(struct op *op, const struct conf_copy *from,
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

/* Is the row the same in both structs, that of a section with a title in each
 * of them? The order of such sections counts. */
bool conf_same(const struct conf_table *table, const struct conf_row *row,
	       const void *a, const void *b);

/* The section with a title that the row is in; NULL: none. */
const struct conf_section *conf_titled(const struct conf_table *table,
				       const struct conf_row *row);

/* What the row holds, so that no two different values look the same. */
void conf_print(struct buf *buf, const struct conf_table *table,
		const struct conf_row *row, const void *in);
