/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* People, as the rows of an answer tell of them. Pure. */
#include "model/person.h"
#include "wing/directory/sql_driver.h"

struct sql_person {
	struct person person; /* without source */
	const char *refused;  /* why he may not log in; NULL: he may */
	const char **alias;   /* person.aliases, with room for them all */
	size_t aliases_n;
};

/*
 * Whose rows begin at `at`; *taken: how many are his, which stand together.
 * ERR_INVALID: the first has no address, or a column that there has to be is
 * not there, or he has too much; *taken is set all the same.
 */
enum err sql_person_read(struct op *op, const struct sql_rows *rows, size_t at,
			 size_t *taken, struct sql_person *out);

/* All rows are of his aliases. */
enum err sql_person_aliases(struct op *op, const struct sql_rows *rows,
			    struct sql_person *p);

/* Do the rows tell of aliases? */
bool sql_person_lists(const struct sql_rows *rows);

/* Is it one of his addresses? */
bool sql_person_has(const struct sql_person *p, const char *address);

/* The address in the last row as it is there; NULL: it has none. */
const char *sql_rows_last(const struct sql_rows *rows);

/* For who administers it. */
const char *sql_person_text(struct op *op, const struct sql_person *p);
