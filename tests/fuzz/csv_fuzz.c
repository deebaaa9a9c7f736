/* SPDX-License-Identifier: Apache-2.0 */
/* CSV: what is read keeps its limits, and is read again from its fields, each
 * in quotes. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/text.h"
#include "wire/csv.h"

#include <string.h>

#define WRITTEN_MAX (4 * MIB)

static void
write_quoted(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	for (; *text != '\0'; text++)
		buf_puts(out, *text == '"' ? "\"\"" : (char[]){ *text, 0 });
	buf_putc(out, '"');
}

static void
row_again(struct op *op, const struct csv_row *row)
{
	struct csv_row again;
	struct csv csv;
	struct buf out;

	buf_init(&out, op, 0, WRITTEN_MAX);
	for (size_t i = 0; i < row->n; i++) {
		if (i > 0)
			buf_putc(&out, ',');
		write_quoted(&out, row->field[i]);
	}
	buf_puts(&out, "\r\n");
	assert(buf_err(&out) == OK);
	csv_init(&csv, buf_text(&out));
	if (csv_next(&csv, op, &again) != OK)
		return; /* quotes made a field too long */
	assert(again.n == row->n);
	for (size_t i = 0; i < row->n; i++)
		assert(strcmp(again.field[i], row->field[i]) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();
	struct csv_row row;
	struct csv csv;
	size_t line = 0;

	if (!text_utf8((struct bytes){ data, size }))
		return 0;
	csv_init(&csv, fuzz_text(op, data, size));
	while (csv_next(&csv, op, &row) == OK && row.n > 0) {
		assert(row.line > line && row.n <= CSV_FIELDS_MAX);
		line = row.line;
		for (size_t i = 0; i < row.n; i++)
			assert(strlen(row.field[i]) <= CSV_FIELD_MAX);
		row_again(op, &row);
	}
	return 0;
}
