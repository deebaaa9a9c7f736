/* SPDX-License-Identifier: Apache-2.0 */
/* HTML of anybody: what comes of it is UTF-8 within its room, holds nothing
 * that runs or is fetched, and is left as it is when it is read again. */
#include "fuzz.h"

#include "base/text.h"
#include "wire/html.h"
#include "wire/html_token.h"
#include "wire/html_value.h"

#include <string.h>

#define LARGEST 128000

static const char *
safe_of(struct op *op, const char *text)
{
	size_t n = strlen(text);
	struct buf out;

	buf_init(&out, op, n, HTML_SAFE_MAX(n));
	html_safe(&out, text, "de");
	assert(buf_err(&out) == OK);
	assert(text_utf8(bytes_of(buf_text(&out))));
	return buf_text(&out);
}

static bool
is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strcmp(name, *names) == 0)
			return true;
	}
	return false;
}

/* Behind the markup that we write around it there is nothing but listed
 * elements, and attributes whose values go nowhere. */
static void
check_tag(struct op *op, const struct html_token *t)
{
	static const char *const never[] = { "id",     "class",      "action",
					     "srcset", "background", NULL };

	assert(t->element != NULL);
	for (size_t i = 0; i < t->n; i++) {
		const struct html_attribute *a = &t->attribute[i];
		const char *value = html_value(op, a->raw);

		assert(strncmp(a->name, "on", 2) != 0);
		assert(!is_one_of(a->name, never));
		assert(strcmp(a->name, "href") != 0 ||
		       html_link(op, value) != NULL);
		assert(strcmp(a->name, "src") != 0 || html_is_picture(value));
		assert(strcmp(a->name, "style") != 0 ||
		       strstr(value, "url(") == NULL);
	}
}

static void
check_document(struct op *op, const char *safe)
{
	const char *inner = strstr(safe, "<body");
	struct html_reader in = { .at = inner };
	struct html_token t;

	for (const char *at = inner; (at = strchr(at, '<')) != NULL; at++)
		assert(html_is_tag(at, at[1] == '/'));
	for (html_next(&in, &t); t.kind != HTML_END_OF_TEXT;
	     html_next(&in, &t)) {
		if (t.kind == HTML_OPEN)
			check_tag(op, &t);
	}
}

/* What is inside of the body. */
static const char *
inner_of(struct op *op, const char *safe)
{
	const char *from = strstr(safe, "<body");
	size_t tail = strlen("\n</body>\n</html>\n");

	from = strstr(from, ">\n") + 2; /* no value has a > of its own */
	return op_text(op, from, strlen(from) - tail);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();
	const char *text = fuzz_text(op, data, size), *once, *twice;
	struct buf plain;

	if (strlen(text) > LARGEST || !text_utf8(bytes_of(text)))
		return 0;
	buf_init(&plain, op, 0, HTML_PLAIN_MAX(strlen(text)));
	html_plain(&plain, text);
	assert(buf_err(&plain) == OK);
	assert(text_utf8(bytes_of(buf_text(&plain))));
	(void)html_is_empty(text);
	once = safe_of(op, text);
	check_document(op, once);
	once = inner_of(op, once);
	/* the comment makes it HTML, whatever it is */
	twice = inner_of(op, safe_of(op, op_print(op, "<!---->%s", once)));
	assert(strcmp(once, twice) == 0);
	return 0;
}
