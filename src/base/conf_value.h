/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One value of a configuration file, as its row wants it. */
#include "base/conf.h"

/* Where values go. */
struct conf_place {
	struct op *op;
	const char *file; /* whose folder relative paths begin in */
	struct arena *keep;
	char *out; /* the struct that the rows' members are in */
};

/* Reads the nth value of a row (one that is no list has but one). NULL, or
 * what is wrong with it, to stand behind the row's name. */
const char *conf_value_put(const struct conf_place *to,
			   const struct conf_row *row, size_t nth,
			   const char *value);

/* The same with its preset; a list's is taken apart at its spaces. */
const char *conf_value_preset(const struct conf_place *to,
			      const struct conf_row *row);

/* Is it the same in both structs? */
bool conf_value_same(const struct conf_row *row, const void *a, const void *b);

/* Which of the words between spaces is it? -1: none. */
int conf_word(const char *words, const char *value);

/* As conf_print. */
void conf_value_print(struct buf *buf, const struct conf_row *row,
		      const void *in);
