/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/transfer/mailbox_lines.h"
#include "base/text.h"
#include "cli/words.h"
#include "verbs/mailbox.h"
#include "wire/csv.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 1024 /* lines */

/* ---- cells ---- */

/* Reasons of the command line begin with the option; here it is a column. */
static enum err
as_column(struct op *op, enum err err)
{
	if (err != OK && strncmp(op->reason, "--", 2) == 0)
		op->reason += 2;
	return err;
}

static enum err
address_read(struct cli *c, const char *cell, struct mailbox_line *to)
{
	return mailbox_address(c, cell, &to->address);
}

static enum err
name_read(struct cli *c, const char *cell, struct mailbox_line *to)
{
	to->name = cell;
	return words_text(&c->op, "name", cell, MAILBOX_NAME_MAX);
}

static enum err
zone_read(struct cli *c, const char *cell, struct mailbox_line *to)
{
	to->zone = cell;
	return words_zone(&c->op, "zone", cell);
}

static enum err
external_read(struct cli *c, const char *cell, struct mailbox_line *to)
{
	return words_audience(&c->op, "external", cell, &to->external);
}

static enum err
password_read(struct cli *c, const char *cell, struct mailbox_line *to)
{
	if (strlen(cell) > MAILBOX_PASSWORD_MAX)
		return FAIL(&c->op, ERR_LIMIT, "the password is too long");
	to->password = cell;
	return OK;
}

/* Dovecot's names of what is plain crypt(5). */
static const char *
scheme_skip(const char *hash)
{
	static const char *const schemes[] = { "{CRYPT}", "{BLF-CRYPT}",
					       "{MD5-CRYPT}", "{SHA256-CRYPT}",
					       "{SHA512-CRYPT}" };

	for (size_t i = 0; i < COUNT(schemes); i++)
		if (text_case_starts(hash, schemes[i]))
			return hash + strlen(schemes[i]);
	return hash;
}

static enum err
hash_read(struct cli *c, const char *cell, struct mailbox_line *to)
{
	to->password_hash = scheme_skip(cell);
	return auth_hash_check(&c->op, to->password_hash);
}

static enum err
aliases_read(struct cli *c, const char *cell, struct mailbox_line *to)
{
	static const char between[] = " ;\t\r\n";
	const char **alias = op_alloc(&c->op, (MAILBOX_LINE_ALIASES_MAX + 1) *
						      sizeof(*alias));
	size_t n = 0;

	for (cell += strspn(cell, between); *cell != '\0';
	     cell += strspn(cell, between)) {
		size_t length = strcspn(cell, between);

		if (n == MAILBOX_LINE_ALIASES_MAX)
			return FAIL(&c->op, ERR_LIMIT, "more than %d aliases",
				    MAILBOX_LINE_ALIASES_MAX);
		TRY(mailbox_address(c, op_text(&c->op, cell, length),
				    &alias[n++]));
		cell += length;
	}
	to->aliases = alias;
	return OK;
}

/* ---- columns ---- */

struct column {
	const char *name;
	bool exact; /* spaces around it are part of it */
	enum err (*read)(struct cli *c, const char *cell,
			 struct mailbox_line *to);
};

static const struct column columns[] = {
	/* clang-format off */
	{ "address",       false, address_read },
	{ "name",          false, name_read },
	{ "aliases",       false, aliases_read },
	{ "password",      true,  password_read },
	{ "password_hash", false, hash_read },
	{ "zone",          false, zone_read },
	{ "external",      false, external_read },
	/* clang-format on */
};

struct header {
	size_t n;
	const struct column *column[CSV_FIELDS_MAX];
};

static const struct column *
column_find(const char *name)
{
	for (size_t i = 0; i < COUNT(columns); i++)
		if (text_case_equal(columns[i].name, name))
			return &columns[i];
	return NULL;
}

static bool
header_has(const struct header *header, const struct column *column)
{
	for (size_t i = 0; i < header->n; i++)
		if (header->column[i] == column)
			return true;
	return false;
}

static enum err
header_read(struct op *op, const struct csv_row *row, struct header *out)
{
	out->n = 0;
	for (size_t i = 0; i < row->n; i++) {
		const char *name = text_trim(op, row->field[i]);
		const struct column *column = column_find(name);

		if (column == NULL)
			return FAIL(op, ERR_INVALID,
				    "line %zu: there is no column '%s'; it is "
				    "address, name, aliases, password, "
				    "password_hash, zone or external",
				    row->line, name);
		if (header_has(out, column))
			return FAIL(op, ERR_INVALID,
				    "line %zu: the column %s is there twice",
				    row->line, column->name);
		out->column[out->n++] = column;
	}
	if (!header_has(out, &columns[0]))
		return FAIL(op, ERR_INVALID,
			    "line 1: its columns have to be named, and one has "
			    "to be address");
	return OK;
}

/* ---- lines ---- */

static enum err
cells_read(struct cli *c, const struct header *header,
	   const struct csv_row *row, struct mailbox_line *to)
{
	if (row->n != header->n)
		return FAIL(&c->op, ERR_INVALID,
			    "it has %zu fields, and the header %zu", row->n,
			    header->n);
	for (size_t i = 0; i < row->n; i++) {
		const struct column *column = header->column[i];
		const char *cell = column->exact
					   ? row->field[i]
					   : text_trim(&c->op, row->field[i]);

		if (*cell != '\0')
			TRY(as_column(&c->op, column->read(c, cell, to)));
	}
	if (to->address[0] == '\0')
		return FAIL(&c->op, ERR_INVALID, "it has no address");
	if (to->password != NULL && to->password_hash != NULL)
		return FAIL(&c->op, ERR_INVALID,
			    "it has a password and a hash of one");
	return OK;
}

static struct mailbox_line *
line_add(struct op *op, struct mailbox_lines *lines, size_t *room)
{
	if (lines->n == *room) {
		struct mailbox_line *more;

		*room = *room == 0 ? ROOM_FIRST : 2 * *room;
		more = op_alloc(op, *room * sizeof(*more));
		if (lines->n > 0)
			memcpy(more, lines->line, lines->n * sizeof(*more));
		lines->line = more;
	}
	return &lines->line[lines->n++];
}

/* ---- the same address twice ---- */

struct use {
	const char *address;
	struct mailbox_line *line;
};

static int
use_order(const void *a, const void *b)
{
	const struct use *one = a, *other = b;
	int order = strcmp(one->address, other->address);

	if (order != 0)
		return order;
	return one->line < other->line ? -1 : one->line > other->line;
}

static size_t
uses_count(const struct mailbox_lines *lines)
{
	size_t n = 0;

	for (size_t i = 0; i < lines->n; i++) {
		if (lines->line[i].reason != NULL)
			continue;
		n++;
		for (const char *const *a = lines->line[i].aliases; *a; a++)
			n++;
	}
	return n;
}

/* Lines are done side by side: whose an address is must not be chance. */
static void
twice_refuse(struct op *op, struct mailbox_lines *lines)
{
	size_t n = uses_count(lines), at = 0;
	struct use *use = op_alloc(op, (n + 1) * sizeof(*use));

	for (size_t i = 0; i < lines->n; i++) {
		struct mailbox_line *line = &lines->line[i];

		if (line->reason != NULL)
			continue;
		use[at++] = (struct use){ line->address, line };
		for (const char *const *a = line->aliases; *a != NULL; a++)
			use[at++] = (struct use){ *a, line };
	}
	if (n > 0)
		qsort(use, n, sizeof(*use), use_order);
	for (size_t i = 1; i < n; i++)
		if (strcmp(use[i].address, use[i - 1].address) == 0)
			use[i].line->reason =
				op_print(op, "%s is in line %zu already",
					 use[i].address, use[i - 1].line->line);
}

/* ---- the file ---- */

static enum err
line_read(struct cli *c, const struct header *header, const struct csv_row *row,
	  struct mailbox_line *to)
{
	static const char *const none[] = { NULL };
	enum err err;

	*to = (struct mailbox_line){ .line = row->line,
				     .address = "",
				     .aliases = none };
	err = cells_read(c, header, row, to);
	if (err == ERR_INVALID || err == ERR_LIMIT)
		to->reason = c->op.reason;
	else if (err != OK)
		return err;
	return OK;
}

enum err
mailbox_lines_read(struct cli *c, const char *csv, struct mailbox_lines *out)
{
	struct csv reader;
	struct csv_row row;
	struct header header;
	size_t room = 0;

	*out = (struct mailbox_lines){ 0 };
	csv_init(&reader, csv);
	TRY(csv_next(&reader, &c->op, &row));
	TRY(header_read(&c->op, &row, &header));
	for (;;) {
		TRY(csv_next(&reader, &c->op, &row));
		if (row.n == 0)
			break;
		if (out->n == MAILBOX_LINES_MAX)
			return FAIL(&c->op, ERR_LIMIT,
				    "more than %d lines; take them in parts",
				    MAILBOX_LINES_MAX);
		TRY(line_read(c, &header, &row, line_add(&c->op, out, &room)));
	}
	twice_refuse(&c->op, out);
	return OK;
}
