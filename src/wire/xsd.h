/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Messages as tables: a row is a line of the specification's schema, and one
 * table reads and writes. NULL and 0 mean "not sent", so presence needs no
 * flags. Everything read is the op's.
 */
#include "wire/xml.h"

#include <stddef.h>

struct buf;

enum xsd_kind {
	XSD_KIND_TEXT = 1, /* const char *: every byte of it counts */
	XSD_KIND_TOKEN,    /* const char *: white space around it does not */
	XSD_KIND_LANGUAGE, /* const char *: a language tag of RFC 3066, or "" */
	XSD_KIND_TIME,     /* int64_t, and a bool: it came without a zone */
	XSD_KIND_ENUM,     /* unsigned: the value of a word; never 0 */
	XSD_KIND_INT,      /* int */
	XSD_KIND_CONST,    /* bool: sent; what is sent is always the same */
	XSD_KIND_BYTES,    /* struct bytes, as base64; p NULL: not sent */
	XSD_KIND_INSIDE,   /* a struct */
	XSD_KIND_BEHIND,   /* a pointer to a struct */
	XSD_KIND_LIST,     /* a pointer to structs, and how many there are */
};

#define XSD_LANGUAGE_MAX 64 /* bytes of a language tag */
#define XSD_FIELDS_MAX 32   /* rows of one type */

/* A simple type's values, ended by { NULL, 0 }. Of several words for a value
 * the first is written. */
struct xsd_word {
	const char *text;
	unsigned value;
};

struct xsd_words {
	const char *name; /* "t:OofState" */
	const struct xsd_word *word;
};

extern const struct xsd_words xsd_booleans;
enum xsd_boolean { XSD_TRUE = 1, XSD_FALSE };

enum xsd_need { OPTIONAL, REQUIRED }; /* minOccurs, or use="..." */

struct xsd_type;

struct xsd_field {
	const char *name; /* "t:OofState", "@xml:lang", "@Version"; XSD_OWN,
			     the first row: what stands directly in it */
	enum xsd_kind kind;
	enum xsd_need need;
	size_t offset;
	size_t unzoned;                /* TIME: offset of the bool */
	const struct xsd_words *words; /* ENUM */
	const char *text;              /* CONST: what is sent, ... */
	const char *schema;            /* ... and its type in the schema */
	const struct xsd_type *type;   /* INSIDE, BEHIND, LIST */
	size_t count, most;            /* LIST: offset of the size_t; limit */
};

#define XSD_OWN "."

struct xsd_type {
	const char
		*name; /* "t:Duration"; NULL: the schema has no name for it */
	const struct xsd_field *fields;
	size_t size; /* of the struct */
	/* What other elements may come: ... */
	bool open;        /* ... of the types namespace; they are passed over */
	bool any;         /* the schema promises anything, see the rows */
	bool lax;         /* any at all, and text: passed over */
	bool choice;      /* exactly one of the rows */
	bool several;     /* at least one; the rows are of one list */
	const char *base; /* the schema derives it from this; NULL: no */
};

/*
 * The rows. T is the struct, m its member; `tag` the member's own struct tag,
 * whose table is called tag_type. A member of another C type does not compile.
 */
/* clang-format off */
#define XSD_AT(T, m, ctype) \
	(offsetof(T, m) + 0 * sizeof(_Generic(((T *)0)->m, ctype: 0)))
#define XSD_ROW(n, k, nd, at) .name = n, .kind = k, .need = nd, .offset = at
#define XSD_TEXT(n, nd, T, m) \
	{ XSD_ROW(n, XSD_KIND_TEXT, nd, XSD_AT(T, m, const char *)) }
#define XSD_TOKEN(n, nd, T, m) \
	{ XSD_ROW(n, XSD_KIND_TOKEN, nd, XSD_AT(T, m, const char *)) }
#define XSD_LANGUAGE(n, nd, T, m) \
	{ XSD_ROW(n, XSD_KIND_LANGUAGE, nd, XSD_AT(T, m, const char *)) }
#define XSD_TIME(n, nd, T, m, flag) \
	{ XSD_ROW(n, XSD_KIND_TIME, nd, XSD_AT(T, m, int64_t)), \
	  .unzoned = XSD_AT(T, flag, bool) }
#define XSD_ENUM(n, nd, T, m, w) \
	{ XSD_ROW(n, XSD_KIND_ENUM, nd, XSD_AT(T, m, unsigned)), .words = &(w) }
#define XSD_INT(n, nd, T, m) \
	{ XSD_ROW(n, XSD_KIND_INT, nd, XSD_AT(T, m, int)) }
#define XSD_CONST(n, nd, T, m, st, value) \
	{ XSD_ROW(n, XSD_KIND_CONST, nd, XSD_AT(T, m, bool)), .text = value, .schema = st }
#define XSD_BYTES(n, nd, T, m) \
	{ XSD_ROW(n, XSD_KIND_BYTES, nd, XSD_AT(T, m, struct bytes)) }
#define XSD_INSIDE(n, nd, T, m, tag) \
	{ XSD_ROW(n, XSD_KIND_INSIDE, nd, XSD_AT(T, m, struct tag)), .type = &tag##_type }
#define XSD_BEHIND(n, nd, T, m, tag) \
	{ XSD_ROW(n, XSD_KIND_BEHIND, nd, XSD_AT(T, m, struct tag *)), .type = &tag##_type }
/* At most `top` elements, which m points to and m_n counts. Rows of several
 * names may fill one list: it keeps their order, and is for reading only. */
#define XSD_LIST(n, nd, T, m, tag, top) \
	XSD_LIST_BY(n, nd, T, m, tag, top, tag##_type)
/* By a table that is not called after the struct. */
#define XSD_LIST_BY(n, nd, T, m, tag, top, table) \
	{ XSD_ROW(n, XSD_KIND_LIST, nd, XSD_AT(T, m, struct tag *)), \
	  .type = &(table), .count = XSD_AT(T, m##_n, size_t), .most = top }
#define XSD_END { .name = NULL }
#define XSD_TYPE(tag, n, rows) \
	const struct xsd_type tag##_type = { \
		.name = n, .fields = rows, .size = sizeof(struct tag) \
	}
#define XSD_TYPE_WITH(tag, n, rows, ...) \
	const struct xsd_type tag##_type = { \
		.name = n, .fields = rows, .size = sizeof(struct tag), __VA_ARGS__ \
	}
/* clang-format on */

/*
 * Reads an element into `out` (zeroed by the caller): its children in any
 * order, each once but those of lists. ERR_INVALID: *fault says what is wrong,
 * and where. Depth is bounded by the tables.
 */
enum err xsd_read(struct op *op, const struct xsd_type *type,
		  const struct xml_node *el, void *out,
		  struct xml_fault *fault);

enum xsd_style {
	XSD_DEFAULT = 1, /* <X xmlns="...">: as the specification's examples */
	XSD_PREFIXED,    /* <m:X xmlns:m="...">: as most clients write */
};

/* Writes <name>, which stands outside of any of our namespaces, in one line. */
void xsd_write(struct buf *buf, enum xsd_style style, const char *name,
	       const struct xsd_type *type, const void *in);

/* "OofState" of "t:OofState". */
const char *xsd_local_name(const char *name);

/* Is it a language tag of RFC 3066, or nothing at all? */
bool xsd_is_language(const char *text);

/* The word of a value; NULL for a value that has none. */
const char *xsd_word(const struct xsd_words *words, unsigned value);

/* ---- the same tables as a schema document ---- */

/* A global element. */
struct xsd_global {
	const char *name; /* "t:Mailbox" */
	const struct xsd_type *type;
};

struct xsd_schema {
	enum xml_ns ns;
	const char *name; /* "types" */
	const char *head; /* what it begins with, as XML: imports */
	const struct xsd_words *const *words; /* each list is ended by NULL */
	const struct xsd_type *const *types;
	const struct xsd_global *globals;
};

#define XSD_COLLECT_MAX 200 /* names of one kind */

/*
 * Fills in what the elements `roots` reach, of schema->ns, which is NS_M or
 * NS_T: types and words by their names (of two that have the same one the
 * first type, the longer list of words), and what the other schema refers to.
 * Lists are the op's.
 */
void xsd_collect(struct op *op, const struct xsd_global *roots, size_t n,
		 struct xsd_schema *schema);

/* Writes the schema: simple types, complex types, global elements. Names of
 * another namespace are references to its global elements. */
void xsd_schema_write(struct buf *buf, const struct xsd_schema *schema);
