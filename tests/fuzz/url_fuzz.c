/* SPDX-License-Identifier: Apache-2.0 */
/* Queries: what is read is clean, and is read again from its bytes, each
 * written as an escape. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/text.h"
#include "wire/url.h"

#include <string.h>

static void
check_value(const char *text)
{
	assert(text_clean(text));
	assert(strpbrk(text, "\t\r\n") == NULL);
}

static void
write_escaped(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct url_parameter read[URL_PARAMETERS_MAX];
	struct url_parameter again[URL_PARAMETERS_MAX];
	struct op *op = fuzz_op();
	size_t n = 0, again_n = 0;
	struct buf out;

	if (url_query(op, fuzz_text(op, data, size), read, COUNT(read), &n) !=
	    OK)
		return 0;
	assert(n <= URL_PARAMETERS_MAX);
	buf_init(&out, op, 0, 16 * URL_QUERY_MAX);
	for (size_t i = 0; i < n; i++) {
		check_value(read[i].name);
		check_value(read[i].value);
		assert(url_value(read, n, read[i].name) != NULL);
		buf_puts(&out, "&amp;"); /* taken off, whatever the name is */
		write_escaped(&out, read[i].name);
		buf_putc(&out, '=');
		write_escaped(&out, read[i].value);
	}
	assert(buf_err(&out) == OK);
	if (out.n > URL_QUERY_MAX)
		return 0;
	assert(url_query(op, buf_text(&out), again, COUNT(again), &again_n) ==
	       OK);
	assert(again_n == n);
	for (size_t i = 0; i < n; i++) {
		assert(strcmp(again[i].name, read[i].name) == 0);
		assert(strcmp(again[i].value, read[i].value) == 0);
	}
	return 0;
}
