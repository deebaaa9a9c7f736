/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <ctype.h>
#include <string.h>

#define LINE_MAX_COLUMNS 79 /* of help's lines */
#define HELP_COLUMN 26      /* where the explanation of an option begins */

/* Writes a text broken into lines between two columns; it begins at `at`. */
static void
wrap(struct buf *buf, const char *text, size_t from, size_t at)
{
	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (at > from && at + 1 + n > LINE_MAX_COLUMNS) {
			buf_printf(buf, "\n%*s", (int)from, "");
			at = from;
		} else if (at > from) {
			buf_putc(buf, ' ');
			at++;
		}
		buf_add(buf, text, n);
		at += n;
		text += n;
		text += strspn(text, " ");
	}
	buf_putc(buf, '\n');
}

static void
paragraphs(struct buf *buf, const char *text)
{
	while (*text != '\0') {
		const char *end = strstr(text, "\n\n");
		size_t n = end == NULL ? strlen(text) : (size_t)(end - text);

		wrap(buf, op_text(buf->op, text, n), 0, 0);
		text += n;
		text += strspn(text, "\n");
		if (*text != '\0')
			buf_putc(buf, '\n');
	}
}

/* Two columns: what it is called, and what it does. */
static void
entry(struct buf *buf, const char *left, const char *help)
{
	size_t n = strlen(left) + 2;

	buf_printf(buf, "  %s", left);
	if (n + 2 > HELP_COLUMN) {
		buf_putc(buf, '\n');
		n = 0;
	}
	buf_printf(buf, "%*s", (int)(HELP_COLUMN - n), "");
	wrap(buf, help, HELP_COLUMN, HELP_COLUMN);
}

static void
options(struct buf *buf, const struct cli_option *rows)
{
	for (; rows != NULL && rows->name != NULL; rows++) {
		char letter[] = { '-', rows->letter, ',', ' ', '\0' };

		entry(buf,
		      op_print(buf->op, "%s--%s%s%s",
			       rows->letter == 0 ? "    " : letter, rows->name,
			       rows->argument == NULL ? "" : " ",
			       rows->argument == NULL ? "" : rows->argument),
		      rows->help);
	}
}

void
help_usage(struct buf *buf, const struct verb *v)
{
	buf_printf(buf, "usage: frontdesk %s [options]%s%s\n", v->name,
		   v->operands[0] == '\0' ? "" : " ", v->operands);
}

void
help_verb(struct buf *buf, const struct verb *v)
{
	help_usage(buf, v);
	buf_putc(buf, '\n');
	wrap(buf,
	     op_print(buf->op, "%c%s.", toupper((unsigned char)v->summary[0]),
		      v->summary + 1),
	     0, 0);
	if (v->text[0] != '\0') {
		buf_putc(buf, '\n');
		paragraphs(buf, v->text);
	}
	buf_puts(buf, "\noptions:\n");
	options(buf, v->options);
	options(buf, cli_common);
	if (v->keys != NULL)
		buf_puts(buf, "\nkeys of --json:\n");
	for (const struct cli_key *k = v->keys; k != NULL && k->name != NULL;
	     k++)
		entry(buf, k->name, k->help);
	if (v->examples != NULL)
		buf_puts(buf, "\nexamples:\n");
	for (const struct cli_example *e = v->examples;
	     e != NULL && e->command != NULL; e++)
		buf_printf(buf, "  # %s\n  %s\n", e->what, e->command);
}

static bool
in_group(const struct verb *v, const char *group)
{
	size_t n = group == NULL ? 0 : strlen(group);

	return group == NULL ||
	       (strncmp(v->name, group, n) == 0 && v->name[n] == ' ');
}

void
help_verbs(struct buf *buf, const char *group)
{
	buf_printf(buf, "usage: frontdesk %s [options] ...\n\nverbs:\n",
		   group == NULL ? "VERB"
				 : op_print(buf->op, "%s VERB", group));
	for (size_t t = 0; cli_tables[t] != NULL; t++)
		for (const struct verb *v = cli_tables[t]; v->name != NULL; v++)
			if (!(v->needs & IS_HIDDEN) && in_group(v, group))
				entry(buf, v->name, v->summary);
	buf_puts(buf, "\noptions:\n");
	options(buf, cli_common);
	if (group == NULL)
		entry(buf, "-V, --version", "print the version");
	buf_printf(buf,
		   "\nMore on one of them: frontdesk %s%sVERB --help; all "
		   "of it: man frontdesk\n",
		   group == NULL ? "" : group, group == NULL ? "" : " ");
}
