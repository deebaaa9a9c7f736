/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sections with a title: the array of items that they become. */
#include "base/conf_value.h"

/* The section with a title of that name; NULL: there is none. */
const struct conf_section *conf_section_find(const struct conf_table *table,
					     const char *name);

/* Is the row one of the section's? */
bool conf_section_has(const struct conf_section *section,
		      const struct conf_row *row);

/*
 * A new item behind the others, its settings preset. NULL, or what is wrong
 * with it: too many, a title that is there already or will not do.
 */
const char *conf_item_add(const struct conf_place *to,
			  const struct conf_table *table,
			  const struct conf_section *section, const char *title,
			  unsigned line);

/* The last item, and the line where it begins. */
char *conf_item_last(const struct conf_place *to,
		     const struct conf_section *section, unsigned *line);

/* The last item has ended, with these lines set (as by conf_read). NULL, or
 * what it lacks. */
const char *conf_item_end(const struct conf_place *to,
			  const struct conf_table *table,
			  const struct conf_section *section,
			  const unsigned *line);

/* How many items there are. */
size_t conf_item_count(const struct conf_section *section, const void *in);
