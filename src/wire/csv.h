/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * CSV as RFC 4180 and the spreadsheets have it: fields in quotes, with line
 * ends and doubled quotes inside; CRLF or LF; a byte order mark. Where the
 * first line has semicolons or tabs but no comma, they part the fields.
 */
#include "base/op.h"

#define CSV_FILE_MAX (64 * MIB)
#define CSV_FIELDS_MAX 64        /* of one row */
#define CSV_FIELD_MAX (64 * KIB) /* bytes of one field */

struct csv {
	const char *at;
	size_t line; /* of `at`, from 1 */
	char comma;
};

struct csv_row {
	size_t line; /* where it begins */
	size_t n;    /* 0: there is no further row */
	const char *field[CSV_FIELDS_MAX];
};

/* The text, UTF-8, has to outlive the reader. */
void csv_init(struct csv *csv, const char *text);

/*
 * The next row that is not empty; the fields are the op's. ERR_INVALID: quotes
 * that nobody can make sense of; ERR_LIMIT: over a limit above. The reason
 * names the line, and nothing behind it can be read.
 */
enum err csv_next(struct csv *csv, struct op *op, struct csv_row *out);
