/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a verb prints: rows or one object, made once as JSON and written as a
 * table for people, tab-separated for scripts, or JSON. A failed write is kept
 * and told at the end.
 */
#include "base/op.h"

#include <jansson.h>
#include <stdio.h>

struct out;

enum out_form { OUT_TABLE, OUT_TABS, OUT_JSON };

/* A column, or a line of an object. key: as in JSON; "effect.status" is a
 * member of a member. */
struct out_column {
	const char *key; /* NULL ends a table of columns */
	const char *title;
};

/* The stream stays the caller's. */
struct out *out_open(FILE *to, enum out_form form);

/* Is it for a program, which wants one document of all? */
bool out_is_json(const struct out *out);

/* Ends an open list; the op's reason tells what could not be written. */
enum err out_close(struct out *out, struct op *op);

/* A list: its columns, then its rows. A row's reference is taken over. */
void out_list(struct out *out, const struct out_column *columns);
void out_row(struct out *out, json_t *row);

/* One object, a line a column; JSON shows all of it. Its reference is taken
 * over. */
void out_object(struct out *out, const struct out_column *lines,
		json_t *object);

/* JSON in every form; the reference is taken over. */
void out_json(struct out *out, json_t *value);

/* A text of several lines where JSON was not asked for, else the value; its
 * reference is taken over. */
void out_document(struct out *out, const char *text, json_t *value);

/* A line for people only: nothing of it in JSON or between tabs. */
void out_note(struct out *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* How many columns of a terminal a text takes. */
size_t out_width(const char *text);

/* A text as a cell: control characters, and those that change the direction
 * of writing, are made visible for a table; backslash, tab and line ends are
 * escaped between tabs. The caller frees it. */
char *out_cell(enum out_form form, const char *text);

/* As json_string; null for NULL and for what is not UTF-8. */
json_t *out_text(const char *text);
