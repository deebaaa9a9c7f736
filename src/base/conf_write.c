/* SPDX-License-Identifier: Apache-2.0 */

/* What a table of settings says about itself: the example, the manual. */
#include "base/conf_section.h"

#include <string.h>

#define COMMENT_WIDTH 76 /* columns of text behind "# " */

/* The length of a row's section with its dot; 0: it is in none. */
static size_t
section_size(const struct conf_row *row)
{
	const char *dot = strchr(row->name, '.');

	return dot == NULL ? 0 : (size_t)(dot - row->name) + 1;
}

static bool
section_same(const struct conf_row *a, const struct conf_row *b)
{
	size_t n = section_size(a);

	return n == section_size(b) && memcmp(a->name, b->name, n) == 0;
}

/* ---- the example ---- */

static void
write_comment(struct buf *buf, const char *indent, const char *text)
{
	while (*text != '\0') {
		size_t n = strlen(text);

		if (n > COMMENT_WIDTH) {
			for (n = COMMENT_WIDTH; n > 0 && text[n] != ' ';)
				n--;
			if (n == 0)
				n = strcspn(text, " ");
		}
		buf_printf(buf, "%s# %.*s\n", indent, (int)n, text);
		text += n + (text[n] == ' ');
	}
}

/* In double quotes, as conf_scan wants it. */
static void
write_quoted(struct buf *buf, const char *text, size_t n)
{
	buf_putc(buf, '"');
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"' || text[i] == '\\')
			buf_putc(buf, '\\');
		buf_putc(buf, text[i]);
	}
	buf_putc(buf, '"');
}

/* A list is written with spaces between its values, as presets are. */
static void
write_value(struct buf *buf, const struct conf_row *row, const char *value)
{
	const char *between = "";

	switch (row->type) {
	case CONF_TEXT:
	case CONF_PATH:
		write_quoted(buf, value, strlen(value));
		return;
	case CONF_BOOL:
	case CONF_NUMBER:
	case CONF_SIZE:
		buf_puts(buf, value);
		return;
	case CONF_LIST:
		break;
	}
	buf_puts(buf, "{ ");
	while (*value != '\0') {
		size_t n = strcspn(value, " ");

		buf_puts(buf, between);
		write_quoted(buf, value, n);
		between = ", ";
		value += n + (value[n] == ' ');
	}
	buf_puts(buf, " }");
}

static const char *
value_shown(const struct conf_row *row)
{
	const char *value = row->preset != NULL ? row->preset : row->example;

	return value == NULL ? "" : value;
}

static void
write_row(struct buf *buf, const struct conf_row *row,
	  const struct conf_value *given, size_t given_n)
{
	const char *indent = section_size(row) > 0 ? "\t" : "";
	const char *value = value_shown(row), *mark = "# ";

	for (size_t i = 0; i < given_n; i++) {
		if (strcmp(given[i].name, row->name) == 0) {
			value = given[i].value;
			mark = "";
		}
	}
	buf_putc(buf, '\n');
	write_comment(buf, indent, row->manual);
	buf_printf(buf, "%s%s%s = ", indent, mark,
		   row->name + section_size(row));
	write_value(buf, row, value);
	buf_putc(buf, '\n');
}

/* What stands before the first row of a section. One with a title is an
 * example as a whole. */
static void
write_section(struct buf *buf, const struct conf_table *table,
	      const struct conf_row *row)
{
	const struct conf_section *section = conf_titled(table, row);

	buf_putc(buf, '\n');
	if (section == NULL) {
		buf_printf(buf, "%.*s {", (int)section_size(row) - 1,
			   row->name);
		return;
	}
	write_comment(buf, "", section->manual);
	buf_printf(buf, "# %s ", section->name);
	write_quoted(buf, section->example, strlen(section->example));
	buf_puts(buf, " {");
}

void
conf_write(struct buf *buf, const struct conf_table *table,
	   const struct conf_value *given, size_t given_n)
{
	write_comment(buf, "",
		      "The settings of frontdesk; frontdesk.conf(5) is their "
		      "manual. A line that begins with # is a comment: what "
		      "it shows is what holds without it, or an example where "
		      "nothing does. Relative paths begin in this file's "
		      "folder.");
	for (size_t i = 0; i < table->n; i++) {
		const struct conf_row *row = &table->rows[i];
		size_t n = section_size(row);

		if (row->manual == NULL)
			continue;
		if (n > 0 && (i == 0 || !section_same(row - 1, row)))
			write_section(buf, table, row);
		write_row(buf, row, given, given_n);
		if (n > 0 && (i + 1 == table->n || !section_same(row, row + 1)))
			buf_puts(buf, conf_titled(table, row) == NULL
					      ? "}\n"
					      : "# }\n");
	}
}

/* ---- the manual ---- */

/* Text of ours as mdoc: a backslash is \e, and no line begins with a dot. */
static void
manual_text(struct buf *buf, const char *text)
{
	char before = '\0';

	if (*text == '.' || *text == '\'')
		buf_puts(buf, "\\&");
	for (; *text != '\0'; before = *text++) {
		if (*text == '\\')
			buf_puts(buf, "\\e");
		else if (*text == ' ' && before == '.')
			buf_putc(buf, '\n'); /* a sentence begins its line */
		else
			buf_putc(buf, *text);
	}
}

static void
manual_range(struct buf *buf, const struct conf_row *row)
{
	const char *words = row->words == NULL ? "yes no" : row->words;
	size_t first = strcspn(words, " ");

	if (row->type == CONF_NUMBER)
		buf_printf(buf, "A number from %lld to %lld.\n",
			   (long long)row->min, (long long)row->max);
	else if (row->type == CONF_BOOL)
		buf_printf(buf, ".Cm %.*s\nor\n.Cm %s .\n", (int)first, words,
			   words + first + 1);
	else if (row->type == CONF_SIZE)
		buf_puts(buf, "A size in bytes, or with KiB, MiB or GiB.\n");
	else if (row->type == CONF_LIST)
		buf_puts(buf, "A list.\n");
}

static bool
value_ends_in_colon(const struct conf_row *row)
{
	const char *value = value_shown(row);

	return value[strlen(value) - 1] == ':';
}

static void
manual_row(struct buf *buf, const struct conf_row *row, bool needed)
{
	buf_printf(buf, ".It Ic %s\n", row->name + section_size(row));
	manual_text(buf, row->manual);
	buf_putc(buf, '\n');
	manual_range(buf, row);
	if (value_shown(row)[0] == '\0')
		return;
	if (needed)
		buf_puts(buf, "Has to be set; for example\n.Ql ");
	else
		buf_puts(buf, row->preset != NULL
				      ? "Default:\n.Ql "
				      : "Not set; for example\n.Ql ");
	manual_text(buf, value_shown(row));
	/* What a value like "unix:" ends in is no punctuation of ours. */
	buf_puts(buf, value_ends_in_colon(row) ? "\\& .\n" : " .\n");
}

/* Up to the list of a section's settings. */
static void
manual_section(struct buf *buf, const struct conf_table *table,
	       const struct conf_row *row)
{
	const struct conf_section *section = conf_titled(table, row);
	size_t n = section_size(row);

	if (section != NULL) {
		buf_printf(buf, ".Ss Sections %s Qo title Qc\n", section->name);
		manual_text(buf, section->manual);
		buf_printf(buf, "\nThere may be %zu of them, like\n.Ql %s ",
			   section->most, section->name);
		buf_printf(buf, "\\(dq%s\\(dq { ... } .\n", section->example);
	} else if (n > 0) {
		buf_printf(buf, ".Ss Section %.*s\n", (int)n - 1, row->name);
	}
	buf_puts(buf, ".Bl -tag -width Ds\n");
}

void
conf_manual(struct buf *buf, const struct conf_table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct conf_row *row = &table->rows[i];
		const struct conf_section *titled = conf_titled(table, row);
		const char *name = row->name + section_size(row);

		if (row->manual == NULL)
			continue;
		if (i > 0 && !section_same(row - 1, row))
			buf_puts(buf, ".El\n");
		if (i == 0 || !section_same(row - 1, row))
			manual_section(buf, table, row);
		manual_row(buf, row,
			   titled != NULL &&
				   conf_word(titled->needs, name) >= 0);
	}
	if (table->n > 0)
		buf_puts(buf, ".El\n");
}
