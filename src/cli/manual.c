/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/manual.h"
#include "cli/cli.h"

#include <ctype.h>
#include <string.h>

/* Text of mdoc: a backslash is escaped, a line begins with no control
 * character, and each sentence begins a line. */
static void
text(struct buf *buf, const char *from)
{
	bool begins = true;

	for (; *from != '\0'; from++) {
		if (begins && (*from == '.' || *from == '\''))
			buf_puts(buf, "\\&");
		begins = false;
		if (*from == '\\')
			buf_puts(buf, "\\e");
		else if (*from == '\n' && from[1] == '\n') {
			buf_puts(buf, "\n.Pp\n");
			from++;
			begins = true;
		} else if (*from == ' ' && strchr(".!?", from[-1]) != NULL &&
			   isupper((unsigned char)from[1])) {
			buf_putc(buf, '\n');
			begins = true;
		} else {
			buf_putc(buf, *from);
		}
	}
}

static void
sentence(struct buf *buf, const char *from)
{
	char first = (char)toupper((unsigned char)from[0]);

	text(buf, op_print(buf->op, "%c%s", first, from + 1));
	buf_puts(buf, ".\n");
}

/* "ADDRESS add|remove|list [ALIAS]": large letters are put in by the user. */
static void
operands(struct buf *buf, const char *words)
{
	while (*words != '\0') {
		size_t n = strcspn(words, " ");
		bool optional = words[0] == '[';
		const char *word = op_text(buf->op, words + optional,
					   n - (optional ? 2 : 0));

		buf_puts(buf, optional ? " Oo" : "");
		buf_puts(buf,
			 isupper((unsigned char)word[0]) ? " Ar " : " Cm ");
		for (; *word != '\0'; word++)
			buf_puts(buf, *word == '|'
					      ? " | "
					      : op_print(buf->op, "%c", *word));
		buf_puts(buf, optional ? " Oc" : "");
		words += n;
		words += strspn(words, " ");
	}
	buf_putc(buf, '\n');
}

static void
options(struct buf *buf, const struct cli_option *rows)
{
	if (rows == NULL)
		return;
	buf_puts(buf, ".Bl -tag -width Ds\n");
	for (; rows->name != NULL; rows++) {
		buf_puts(buf, ".It ");
		if (rows->letter != 0)
			buf_printf(buf, "Fl %c , ", rows->letter);
		buf_printf(buf, "Fl -%s", rows->name);
		if (rows->argument != NULL)
			buf_printf(buf, " Ar %s", rows->argument);
		buf_putc(buf, '\n');
		sentence(buf, rows->help);
	}
	buf_puts(buf, ".El\n");
}

static void
keys(struct buf *buf, const struct cli_key *rows)
{
	if (rows == NULL)
		return;
	buf_puts(buf, ".Pp\nKeys of\n.Fl -json :\n.Pp\n"
		      ".Bl -tag -width organization -compact\n");
	for (; rows->name != NULL; rows++) {
		buf_printf(buf, ".It Cm %s\n", rows->name);
		text(buf, rows->help);
		buf_putc(buf, '\n');
	}
	buf_puts(buf, ".El\n");
}

static void
examples(struct buf *buf, const struct cli_example *rows)
{
	if (rows == NULL)
		return;
	buf_puts(buf, ".Bd -literal -offset indent\n");
	for (; rows->command != NULL; rows++) {
		buf_puts(buf, "# ");
		text(buf, rows->what);
		buf_putc(buf, '\n');
		text(buf, rows->command);
		buf_putc(buf, '\n');
	}
	buf_puts(buf, ".Ed\n");
}

static void
verb(struct buf *buf, const struct verb *v)
{
	buf_printf(buf, ".Ss %s\n", v->name);
	buf_printf(buf, ".Nm Cm %s Oo Ar options Oc", v->name);
	operands(buf, v->operands);
	buf_puts(buf, ".Pp\n");
	sentence(buf, v->summary);
	if (v->text[0] != '\0') {
		text(buf, v->text);
		buf_putc(buf, '\n');
	}
	options(buf, v->options);
	keys(buf, v->keys);
	examples(buf, v->examples);
}

void
manual_verbs(struct buf *buf)
{
	buf_puts(buf, ".Ss Every verb\n");
	options(buf, cli_common);
	for (size_t t = 0; cli_tables[t] != NULL; t++)
		for (const struct verb *v = cli_tables[t]; v->name != NULL; v++)
			if (!(v->needs & IS_HIDDEN))
				verb(buf, v);
}

void
manual_statuses(struct buf *buf)
{
	buf_puts(buf, ".Bl -tag -width Ds\n");
	for (const struct cli_status *s = cli_statuses; s->meaning != NULL;
	     s++) {
		buf_printf(buf, ".It %d\n", s->status);
		sentence(buf, s->meaning);
	}
	buf_puts(buf, ".El\n");
}

/* A word at the start of a line must not look like a macro. */
static void
line_wrap(struct buf *buf, const char *line, size_t n)
{
	size_t at = 0;

	while (n > 0) {
		const char *space = memchr(line, ' ', n);
		size_t word = space == NULL ? n : (size_t)(space - line);
		bool fits = at + 1 + word <= MANUAL_COLUMNS || line[0] == '.' ||
			    line[0] == '\'';

		if (at > 0) {
			buf_putc(buf, fits ? ' ' : '\n');
			at = fits ? at + 1 : 0;
		}
		buf_add(buf, line, word);
		at += word;
		line += word + (space != NULL);
		n -= word + (space != NULL);
	}
}

void
manual_wrap(struct buf *buf, const char *mdoc)
{
	bool literal = false;

	while (*mdoc != '\0') {
		size_t n = strcspn(mdoc, "\n");

		if (strncmp(mdoc, ".Bd", 3) == 0)
			literal = true;
		if (strncmp(mdoc, ".Ed", 3) == 0)
			literal = false;
		if (literal || mdoc[0] == '.' || n <= MANUAL_COLUMNS)
			buf_add(buf, mdoc, n);
		else
			line_wrap(buf, mdoc, n);
		buf_putc(buf, '\n');
		mdoc += n + (mdoc[n] == '\n');
	}
}

/* ---- completion ---- */

static void
words(struct buf *buf, const struct cli_option *rows, bool files)
{
	for (; rows != NULL && rows->name != NULL; rows++)
		if (!files || (rows->argument != NULL &&
			       strcmp(rows->argument, "FILE") == 0))
			buf_printf(buf, " --%s", rows->name);
}

/* Does the name begin with these words, and go on? */
static bool
is_below(const char *name, const char *group, size_t n)
{
	return strncmp(name, group, n) == 0 && name[n] == ' ';
}

/* The first verb of a group, so that each group is told once. */
static const struct verb *
group_first(const char *group, size_t n)
{
	for (size_t t = 0; cli_tables[t] != NULL; t++)
		for (const struct verb *v = cli_tables[t]; v->name != NULL; v++)
			if (is_below(v->name, group, n))
				return v;
	return NULL;
}

/* 'mailbox') verbs='add list show' ;; */
static void
group(struct buf *buf, const char *name, size_t n)
{
	const char *last = "";

	buf_printf(buf, "\t'%.*s') verbs='", (int)n, name);
	for (size_t t = 0; cli_tables[t] != NULL; t++) {
		for (const struct verb *v = cli_tables[t]; v->name != NULL;
		     v++) {
			const char *next = v->name + n + 1;

			if (!is_below(v->name, name, n))
				continue;
			next = op_text(buf->op, next, strcspn(next, " "));
			if (strcmp(next, last) != 0)
				buf_printf(buf, "%s%s",
					   *last == '\0' ? "" : " ", next);
			last = next;
		}
	}
	buf_puts(buf, "' ;;\n");
}

/* All words but the last of each name are groups. */
static void
groups(struct buf *buf)
{
	for (size_t t = 0; cli_tables[t] != NULL; t++)
		for (const struct verb *v = cli_tables[t]; v->name != NULL; v++)
			for (const char *p = strchr(v->name, ' '); p != NULL;
			     p = strchr(p + 1, ' ')) {
				size_t n = (size_t)(p - v->name);

				if (group_first(v->name, n) == v)
					group(buf, v->name, n);
			}
}

static void
tops(struct buf *buf)
{
	const char *last = "";

	buf_puts(buf, "\t'') verbs='help");
	for (size_t t = 0; cli_tables[t] != NULL; t++) {
		for (const struct verb *v = cli_tables[t]; v->name != NULL;
		     v++) {
			const char *top = op_text(buf->op, v->name,
						  strcspn(v->name, " "));

			if ((v->needs & IS_HIDDEN) || strcmp(top, last) == 0)
				continue;
			buf_printf(buf, " %s", top);
			last = top;
		}
	}
	buf_puts(buf, "' ;;\n");
}

void
manual_completion(struct buf *buf)
{
	tops(buf);
	groups(buf);
	for (size_t t = 0; cli_tables[t] != NULL; t++) {
		for (const struct verb *v = cli_tables[t]; v->name != NULL;
		     v++) {
			if (v->needs & IS_HIDDEN)
				continue;
			buf_printf(buf, "\t'%s') options='", v->name);
			words(buf, v->options, false);
			words(buf, cli_common, false);
			buf_puts(buf, "' files='");
			words(buf, v->options, true);
			words(buf, cli_common, true);
			buf_puts(buf, " -c' ;;\n");
		}
	}
}
