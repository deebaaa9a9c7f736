/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/csv.h"

#include <string.h>

static const char mark[] = "\xef\xbb\xbf"; /* U+FEFF */

/* Does the character stand in the first line, outside of quotes? */
static bool
first_line_has(const char *text, char c)
{
	bool quoted = false;

	for (; *text != '\0' && (quoted || *text != '\n'); text++) {
		if (*text == '"')
			quoted = !quoted;
		else if (*text == c && !quoted)
			return true;
	}
	return false;
}

void
csv_init(struct csv *csv, const char *text)
{
	if (strncmp(text, mark, strlen(mark)) == 0)
		text += strlen(mark);
	*csv = (struct csv){ .at = text, .line = 1, .comma = ',' };
	if (first_line_has(text, ','))
		return;
	if (first_line_has(text, ';'))
		csv->comma = ';';
	else if (first_line_has(text, '\t'))
		csv->comma = '\t';
}

/* The bytes of a line's end here; 0: the line goes on. */
static size_t
end_length(const char *at)
{
	if (at[0] == '\r' && at[1] == '\n')
		return 2;
	return at[0] == '\n' || at[0] == '\r' ? 1 : 0;
}

static bool
is_end(const struct csv *csv)
{
	return *csv->at == '\0' || *csv->at == csv->comma ||
	       end_length(csv->at) > 0;
}

static enum err
too_long(struct op *op, size_t line)
{
	return FAIL(op, ERR_LIMIT, "line %zu: a field is longer than %zu bytes",
		    line, CSV_FIELD_MAX);
}

static enum err
plain_read(struct csv *csv, struct op *op, const char **out)
{
	const char *from = csv->at;

	while (!is_end(csv) && *csv->at != '"')
		csv->at++;
	if (*csv->at == '"')
		return FAIL(op, ERR_INVALID,
			    "line %zu: a quote in the midst of a field; put "
			    "the field into quotes and double the one inside",
			    csv->line);
	if ((size_t)(csv->at - from) > CSV_FIELD_MAX)
		return too_long(op, csv->line);
	*out = op_text(op, from, (size_t)(csv->at - from));
	return OK;
}

/* Where the quoted text that begins at `from` ends; NULL: nowhere. */
static const char *
quote_end(const char *from)
{
	const char *end = strchr(from, '"');

	while (end != NULL && end[1] == '"')
		end = strchr(end + 2, '"');
	return end;
}

static enum err
quoted_read(struct csv *csv, struct op *op, const char **out)
{
	const char *from = csv->at + 1, *end = quote_end(from);
	size_t line = csv->line;
	size_t n = 0;
	char *to;

	if (end == NULL)
		return FAIL(op, ERR_INVALID,
			    "line %zu: a quote begins that never ends", line);
	if ((size_t)(end - from) > CSV_FIELD_MAX)
		return too_long(op, line);
	to = op_alloc(op, (size_t)(end - from) + 1);
	for (; from < end; from++) {
		if (*from == '\n')
			csv->line++;
		if (*from == '"')
			from++; /* the first of two */
		to[n++] = *from;
	}
	csv->at = end + 1;
	if (!is_end(csv))
		return FAIL(op, ERR_INVALID,
			    "line %zu: something follows a closing quote",
			    csv->line);
	*out = to;
	return OK;
}

/* Up to the first line with anything in it. */
static void
blank_skip(struct csv *csv)
{
	size_t n;

	while ((n = end_length(csv->at)) > 0) {
		csv->at += n;
		csv->line++;
	}
}

enum err
csv_next(struct csv *csv, struct op *op, struct csv_row *out)
{
	size_t end;

	blank_skip(csv);
	*out = (struct csv_row){ .line = csv->line };
	if (*csv->at == '\0')
		return OK;
	for (;;) {
		if (out->n == CSV_FIELDS_MAX)
			return FAIL(op, ERR_LIMIT,
				    "line %zu: more than %d fields", csv->line,
				    CSV_FIELDS_MAX);
		if (*csv->at == '"')
			TRY(quoted_read(csv, op, &out->field[out->n]));
		else
			TRY(plain_read(csv, op, &out->field[out->n]));
		out->n++;
		if (*csv->at != csv->comma)
			break;
		csv->at++;
	}
	end = end_length(csv->at);
	csv->at += end;
	csv->line += end > 0;
	return OK;
}
