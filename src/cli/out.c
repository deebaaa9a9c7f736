/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define COLUMNS_MAX 12
/* Rows of a table that are held to measure its columns: the first page of a
 * long list decides, later rows may be wider. */
#define TABLE_ROWS 500
#define GAP 2 /* columns of a terminal between two cells */

struct row {
	char *cell[COLUMNS_MAX];
};

struct out {
	FILE *to;
	enum out_form form;
	int error; /* errno of the first write that failed */
	const struct out_column *columns; /* of the list that is open */
	size_t columns_n;
	size_t rows_told; /* of this list, whether written or held */
	bool titled;
	struct row *held;
	size_t held_n;
	size_t width[COLUMNS_MAX];
};

/* A command without memory has nothing better to do than to end. */
static void *
must(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

struct out *
out_open(FILE *to, enum out_form form)
{
	struct out *out = must(calloc(1, sizeof(*out)));

	out->to = to;
	out->form = form;
	return out;
}

bool
out_is_json(const struct out *out)
{
	return out->form == OUT_JSON;
}

static void
put(struct out *out, const char *text)
{
	if (out->error == 0 && fputs(text, out->to) == EOF)
		out->error = errno == 0 ? EIO : errno;
}

json_t *
out_text(const char *text)
{
	json_t *value = text == NULL ? NULL : json_string(text);

	return value == NULL ? json_null() : value;
}

/* ---- cells ---- */

/* U+202A-202E, U+2066-2069: they make a terminal show what is not there. */
static bool
is_direction(wchar_t c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool
is_control(wchar_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* Reads one character. 0 at the end; bytes that are none come as they are. */
static size_t
next(const char *at, wchar_t *out)
{
	mbstate_t state = { 0 };
	size_t n = mbrtowc(out, at, 8, &state);

	if (n == (size_t)-1 || n == (size_t)-2) {
		*out = (unsigned char)*at;
		return 1;
	}
	return n;
}

size_t
out_width(const char *text)
{
	size_t columns = 0;
	wchar_t c;
	size_t n;

	for (; (n = next(text, &c)) > 0; text += n) {
		int width = wcwidth(c);

		columns += width < 0 ? 1 : (size_t)width;
	}
	return columns;
}

static void
cell_visible(FILE *to, wchar_t c, const char *at, size_t n)
{
	if (c == '\n')
		fputs("\\n", to);
	else if (is_control(c))
		fprintf(to, "\\x%02x", (unsigned)c);
	else if (is_direction(c))
		fprintf(to, "\\u%04x", (unsigned)c);
	else
		fwrite(at, 1, n, to);
}

static void
cell_tabs(FILE *to, const char *at, size_t n)
{
	static const char from[] = "\\\t\n\r", into[] = "\\tnr";
	const char *found = strchr(from, *at);

	if (found != NULL && n == 1)
		fprintf(to, "\\%c", into[found - from]);
	else
		fwrite(at, 1, n, to);
}

char *
out_cell(enum out_form form, const char *text)
{
	char *cell = NULL;
	size_t size, n;
	wchar_t c;
	FILE *to = must(open_memstream(&cell, &size));

	for (; (n = next(text, &c)) > 0; text += n) {
		if (form == OUT_TABLE)
			cell_visible(to, c, text, n);
		else
			cell_tabs(to, text, n);
	}
	if (fclose(to) != 0)
		abort();
	return must(cell);
}

static const json_t *
value_find(const json_t *object, const char *key)
{
	const char *dot = strchr(key, '.');
	char *head;

	if (dot == NULL)
		return json_object_get(object, key);
	head = must(strndup(key, (size_t)(dot - key)));
	object = json_object_get(object, head);
	free(head);
	return value_find(object, dot + 1);
}

static void
value_write(FILE *to, const json_t *value)
{
	size_t i;
	const json_t *item;

	switch (value == NULL ? JSON_NULL : json_typeof(value)) {
	case JSON_STRING:
		fputs(json_string_value(value), to);
		break;
	case JSON_INTEGER:
		fprintf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_TRUE:
		fputs("yes", to);
		break;
	case JSON_FALSE:
		fputs("no", to);
		break;
	case JSON_ARRAY:
		json_array_foreach(value, i, item)
		{
			fputs(i == 0 ? "" : ", ", to);
			value_write(to, item);
		}
		break;
	default: /* null: nothing; no verb shows a real or an object here */
		break;
	}
}

/* What a cell shows of a value; "-" in a table for nothing. */
static char *
cell_of(enum out_form form, const json_t *value)
{
	char *text = NULL, *cell;
	size_t size;
	FILE *to = must(open_memstream(&text, &size));

	value_write(to, value);
	if (fclose(to) != 0 || text == NULL)
		abort();
	if (form == OUT_TABLE && text[0] == '\0')
		cell = must(strdup("-"));
	else
		cell = out_cell(form, text);
	free(text);
	return cell;
}

/* ---- lists ---- */

static void
pad(struct out *out, size_t n)
{
	while (n-- > 0)
		put(out, " ");
}

/* The last cell is not padded: no line ends in spaces. */
static void
table_cell(struct out *out, size_t column, const char *text)
{
	size_t width = out_width(text);

	put(out, text);
	if (column + 1 == out->columns_n) {
		put(out, "\n");
		return;
	}
	pad(out, GAP);
	if (width < out->width[column])
		pad(out, out->width[column] - width);
}

static void
table_measure(struct out *out)
{
	for (size_t i = 0; i < out->columns_n; i++) {
		out->width[i] = out_width(out->columns[i].title);
		for (size_t r = 0; r < out->held_n; r++) {
			size_t width = out_width(out->held[r].cell[i]);

			if (width > out->width[i])
				out->width[i] = width;
		}
	}
}

static void
table_flush(struct out *out)
{
	if (!out->titled && out->held_n > 0) {
		table_measure(out);
		for (size_t i = 0; i < out->columns_n; i++)
			table_cell(out, i, out->columns[i].title);
		out->titled = true;
	}
	for (size_t r = 0; r < out->held_n; r++)
		for (size_t i = 0; i < out->columns_n; i++) {
			table_cell(out, i, out->held[r].cell[i]);
			free(out->held[r].cell[i]);
		}
	out->held_n = 0;
}

static void
list_end(struct out *out)
{
	if (out->columns == NULL)
		return;
	if (out->form == OUT_TABLE)
		table_flush(out);
	if (out->form == OUT_JSON)
		put(out, out->rows_told == 0 ? "[]\n" : "\n]\n");
	out->columns = NULL;
}

void
out_list(struct out *out, const struct out_column *columns)
{
	list_end(out);
	out->columns = columns;
	out->columns_n = 0;
	while (columns[out->columns_n].key != NULL)
		out->columns_n++;
	if (out->columns_n > COLUMNS_MAX)
		abort();
	out->rows_told = 0;
	out->titled = false;
	if (out->held == NULL)
		out->held = must(calloc(TABLE_ROWS, sizeof(*out->held)));
}

static void
json_put(struct out *out, const json_t *value, size_t flags)
{
	char *text = json_dumps(value, flags);

	put(out, must(text));
	free(text);
}

static void
row_tabs(struct out *out, const json_t *row)
{
	for (size_t i = 0; i < out->columns_n; i++) {
		char *cell =
			cell_of(OUT_TABS, value_find(row, out->columns[i].key));

		put(out, i == 0 ? "" : "\t");
		put(out, cell);
		free(cell);
	}
	put(out, "\n");
}

static void
row_hold(struct out *out, const json_t *row)
{
	struct row *to = &out->held[out->held_n++];

	for (size_t i = 0; i < out->columns_n; i++)
		to->cell[i] = cell_of(OUT_TABLE,
				      value_find(row, out->columns[i].key));
	if (out->held_n == TABLE_ROWS)
		table_flush(out);
}

void
out_row(struct out *out, json_t *row)
{
	must(row);
	if (out->form == OUT_JSON) {
		put(out, out->rows_told == 0 ? "[\n" : ",\n");
		json_put(out, row, JSON_COMPACT);
	} else if (out->form == OUT_TABS) {
		row_tabs(out, row);
	} else {
		row_hold(out, row);
	}
	out->rows_told++;
	json_decref(row);
}

/* ---- objects and notes ---- */

static void
object_line(struct out *out, const struct out_column *line, size_t width,
	    const json_t *object)
{
	char *cell = cell_of(out->form, value_find(object, line->key));

	if (out->form == OUT_TABS) {
		put(out, line->key);
		put(out, "\t");
	} else {
		put(out, line->title);
		pad(out, width - out_width(line->title) + GAP);
	}
	put(out, cell);
	put(out, "\n");
	free(cell);
}

void
out_json(struct out *out, json_t *value)
{
	must(value);
	list_end(out);
	json_put(out, value, JSON_INDENT(2));
	put(out, "\n");
	json_decref(value);
}

void
out_object(struct out *out, const struct out_column *lines, json_t *object)
{
	size_t width = 0;

	if (out->form == OUT_JSON) {
		out_json(out, object);
		return;
	}
	must(object);
	list_end(out);
	for (const struct out_column *l = lines; l->key != NULL; l++)
		if (out_width(l->title) > width)
			width = out_width(l->title);
	for (const struct out_column *l = lines; l->key != NULL; l++)
		object_line(out, l, width, object);
	json_decref(object);
}

void
out_document(struct out *out, const char *text, json_t *value)
{
	if (out->form == OUT_JSON) {
		out_json(out, value);
		return;
	}
	list_end(out);
	put(out, text);
	json_decref(value);
}

void
out_note(struct out *out, const char *format, ...)
{
	va_list args;

	if (out->form != OUT_TABLE)
		return;
	list_end(out);
	va_start(args, format);
	if (out->error == 0 && vfprintf(out->to, format, args) < 0)
		out->error = errno;
	va_end(args);
	put(out, "\n");
}

enum err
out_close(struct out *out, struct op *op)
{
	int error;

	if (out == NULL)
		return OK;
	list_end(out);
	if (fflush(out->to) != 0 && out->error == 0)
		out->error = errno;
	error = out->error;
	free(out->held);
	free(out);
	if (error != 0)
		return FAIL(op, ERR_DOWN, "standard output: %s",
			    strerror(error));
	return OK;
}
