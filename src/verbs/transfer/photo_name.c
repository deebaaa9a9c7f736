/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/transfer/photo_name.h"
#include "base/buf.h"
#include "base/text.h"

#include <limits.h>
#include <string.h>

static const char *const endings[] = { ".jpg", ".jpeg", ".png", ".webp" };

static const struct {
	const char *code;
	char c;
} codes[] = { { "%25", '%' }, { "%2F", '/' } };

static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* The bytes of a picture's ending; 0: it has none, or nothing before it. */
static size_t
ending_length(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < COUNT(endings); i++) {
		size_t e = strlen(endings[i]);

		if (n > e && text_case_equal(name + n - e, endings[i]))
			return e;
	}
	return 0;
}

bool
photo_name_is_picture(const char *path)
{
	return ending_length(last_part(path)) > 0;
}

/* The byte that a code stands for; the byte itself where none begins. */
static char
code_read(const char **at)
{
	for (size_t i = 0; i < COUNT(codes); i++) {
		if (!text_case_starts(*at, codes[i].code))
			continue;
		*at += strlen(codes[i].code);
		return codes[i].c;
	}
	return *(*at)++;
}

enum err
photo_name_read(struct op *op, const char *path, const char **out)
{
	const char *name = last_part(path);
	const char *stem =
		op_text(op, name, strlen(name) - ending_length(name));
	char *address = op_alloc(op, strlen(stem) + 1);
	size_t n = 0;

	for (const char *at = stem; *at != '\0';)
		address[n++] = code_read(&at);
	*out = address;
	if (text_utf8(bytes_of(address)) && text_is_address(address))
		return OK;
	return FAIL(op, ERR_INVALID,
		    "its name is no address; name it like ada@example.com.jpg, "
		    "or say whose it is with --map");
}

enum err
photo_name_make(struct op *op, const char *address, const char **out)
{
	struct buf buf;

	buf_init(&buf, op, NAME_MAX, NAME_MAX);
	for (const char *at = address; *at != '\0'; at++) {
		if (*at == '%')
			buf_puts(&buf, "%25");
		else if (*at == '/')
			buf_puts(&buf, "%2F");
		else
			buf_putc(&buf, *at);
	}
	buf_puts(&buf, ".jpg");
	*out = buf_text(&buf);
	if (buf_err(&buf) == OK)
		return OK;
	return FAIL(op, ERR_LIMIT,
		    "%s is too long for the name of a file; see: frontdesk "
		    "photo get",
		    address);
}
