/* SPDX-License-Identifier: Apache-2.0 */

/* Sections with a title. The array has room for all that there may be from its
 * first item on, so that items never move. */
#include "base/conf_section.h"

#include "base/text.h"

#include <string.h>

/* ---- which section ---- */

const struct conf_section *
conf_section_find(const struct conf_table *table, const char *name)
{
	for (size_t i = 0; i < table->sections_n; i++) {
		if (strcmp(table->sections[i].name, name) == 0)
			return &table->sections[i];
	}
	return NULL;
}

bool
conf_section_has(const struct conf_section *section, const struct conf_row *row)
{
	size_t n = strlen(section->name);

	return strncmp(row->name, section->name, n) == 0 && row->name[n] == '.';
}

const struct conf_section *
conf_titled(const struct conf_table *table, const struct conf_row *row)
{
	for (size_t i = 0; i < table->sections_n; i++) {
		if (conf_section_has(&table->sections[i], row))
			return &table->sections[i];
	}
	return NULL;
}

/* ---- items ---- */

size_t
conf_item_count(const struct conf_section *section, const void *in)
{
	size_t n;

	memcpy(&n, (const char *)in + section->at_n, sizeof(n));
	return n;
}

static char *
item_at(const struct conf_section *section, const void *in, size_t i)
{
	char *items;

	memcpy(&items, (const char *)in + section->at, sizeof(items));
	return items + i * section->size;
}

static const char *
item_title(const struct conf_section *section, const char *item)
{
	const char *title;

	memcpy(&title, item + section->at_title, sizeof(title));
	return title;
}

static unsigned
item_line(const struct conf_section *section, const char *item)
{
	unsigned line;

	memcpy(&line, item + section->at_line, sizeof(line));
	return line;
}

/* A title is compared as addresses and domains are, without regard to case. */
static const char *
title_check(const struct conf_place *to, const struct conf_section *section,
	    const char *title)
{
	size_t n = conf_item_count(section, to->out);
	const char *wrong = NULL;

	for (size_t i = 0; i < n; i++) {
		const char *item = item_at(section, to->out, i);

		if (text_case_equal(item_title(section, item), title))
			return op_print(to->op,
					"%s \"%s\" is there twice, also in "
					"line %u; remove one",
					section->name, title,
					item_line(section, item));
	}
	if (n >= section->most)
		return op_print(to->op, "there are more than %zu %s sections",
				section->most, section->name);
	if (*title == '\0' || strlen(title) > CONF_VALUE_MAX)
		return op_print(to->op,
				"a title of %s is empty or longer than 4096 "
				"bytes; give another",
				section->name);
	if (section->check != NULL)
		wrong = section->check(title);
	return wrong == NULL
		       ? NULL
		       : op_print(to->op,
				  "the title of %s is \"%s\"; it has to be %s",
				  section->name, title, wrong);
}

static char *
item_make(const struct conf_place *to, const struct conf_section *section)
{
	size_t n = conf_item_count(section, to->out) + 1;
	char *items;

	if (n == 1) {
		items = arena_alloc(to->keep, section->most * section->size);
		memcpy(to->out + section->at, &items, sizeof(items));
	}
	memcpy(to->out + section->at_n, &n, sizeof(n));
	return item_at(section, to->out, n - 1);
}

const char *
conf_item_add(const struct conf_place *to, const struct conf_table *table,
	      const struct conf_section *section, const char *title,
	      unsigned line)
{
	const char *wrong = title_check(to, section, title);
	struct conf_place place = *to;

	if (wrong != NULL)
		return wrong;
	place.out = item_make(to, section);
	title = arena_text(to->keep, title);
	memcpy(place.out + section->at_title, &title, sizeof(title));
	memcpy(place.out + section->at_line, &line, sizeof(line));
	for (size_t i = 0; i < table->n && wrong == NULL; i++) {
		if (conf_section_has(section, &table->rows[i]))
			wrong = conf_value_preset(&place, &table->rows[i]);
	}
	return wrong;
}

char *
conf_item_last(const struct conf_place *to, const struct conf_section *section,
	       unsigned *line)
{
	size_t n = conf_item_count(section, to->out);
	char *item = item_at(section, to->out, n - 1);

	*line = item_line(section, item);
	return item;
}

const char *
conf_item_end(const struct conf_place *to, const struct conf_table *table,
	      const struct conf_section *section, const unsigned *line)
{
	size_t prefix = strlen(section->name) + 1;
	unsigned began;
	const char *item = conf_item_last(to, section, &began);

	for (size_t i = 0; i < table->n; i++) {
		const struct conf_row *row = &table->rows[i];

		if (line[i] == 0 && conf_section_has(section, row) &&
		    conf_word(section->needs, row->name + prefix) >= 0)
			return op_print(to->op, "%s \"%s\" lacks %s; add it",
					section->name,
					item_title(section, item),
					row->name + prefix);
	}
	return NULL;
}

/* ---- all of them ---- */

bool
conf_same(const struct conf_table *table, const struct conf_row *row,
	  const void *a, const void *b)
{
	const struct conf_section *section = conf_titled(table, row);
	size_t n;

	if (section == NULL)
		return conf_value_same(row, a, b);
	n = conf_item_count(section, a);
	if (n != conf_item_count(section, b))
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *ia = item_at(section, a, i);
		const char *ib = item_at(section, b, i);

		if (strcmp(item_title(section, ia), item_title(section, ib)) !=
			    0 ||
		    !conf_value_same(row, ia, ib))
			return false;
	}
	return true;
}

void
conf_print(struct buf *buf, const struct conf_table *table,
	   const struct conf_row *row, const void *in)
{
	const struct conf_section *section = conf_titled(table, row);
	size_t n = section == NULL ? 0 : conf_item_count(section, in);

	if (section == NULL)
		conf_value_print(buf, row, in);
	for (size_t i = 0; i < n; i++) {
		const char *item = item_at(section, in, i);
		const char *title = item_title(section, item);

		buf_printf(buf, "%zu:%s;", strlen(title), title);
		conf_value_print(buf, row, item);
	}
}
