/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A struct as an object of JSON, by a table of its members: one table writes
 * and reads. What is read comes from outside: every member has to be there, of
 * its kind and within its limits, and no other.
 */
#include "model/store.h"

#include <jansson.h>
#include <stddef.h>

enum record_kind {
	RECORD_TEXT = 1,  /* const char *: min to max bytes */
	RECORD_TEXT_NULL, /* likewise; NULL is null */
	RECORD_LINES,     /* as RECORD_TEXT, of any characters */
	RECORD_NUMBER,    /* int64_t: min to max */
	RECORD_TIME,      /* int64_t; "2026-11-22T00:00:00Z" */
	RECORD_TIME_NULL, /* likewise; RECORD_NO_TIME is null */
	RECORD_WORD,      /* unsigned: one of `words`, from 1 on */
	RECORD_TEXTS,     /* struct text_list: up to `count` of min to max */
	RECORD_DIGEST,    /* uint8_t[32]; hex */
	RECORD_BYTES,     /* struct bytes: min to max; base64 */
	RECORD_LIST,      /* struct record_list: up to `count` of `of` */
};

#define RECORD_NO_TIME INT64_MIN

struct record_list {
	size_t n;
	void *item; /* n structs of the list's type */
};

struct record_type;

struct record_field {
	const char *key; /* NULL ends a table */
	enum record_kind kind;
	size_t at; /* in the struct */
	int64_t min, max;
	size_t count;
	const char *const *words; /* ended by NULL; the first is number 1 */
	const struct record_type *of;
};

struct record_type {
	const char *name; /* the object's "type"; NULL: it is part of another */
	size_t size;      /* of the struct */
	const struct record_field *field;
};

/* A new object, its members in the order of the table. */
json_t *record_write(struct op *op, const struct record_type *type,
		     const void *in);

/* ERR_INVALID, ERR_LIMIT: the reason names the member. What it gives is the
 * op's. */
enum err record_read(struct op *op, const struct record_type *type,
		     json_t *from, void *out);
