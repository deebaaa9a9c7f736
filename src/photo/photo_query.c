/* SPDX-License-Identifier: Apache-2.0 */
/* The query string of GetUserPhoto, and of a path with an address. */
#include "photo/photo_query.h"

#include "base/text.h"
#include "photo/photo_size.h"
#include "wire/url.h"

#include <string.h>

static enum err
email_check(struct op *op, const char *email)
{
	if (email == NULL)
		return FAIL(op, ERR_INVALID, "email is missing");
	if (strlen(email) > ADDRESS_MAX)
		return FAIL(op, ERR_INVALID, "email is over %d bytes",
			    ADDRESS_MAX);
	if (strchr(email, '@') == NULL)
		return FAIL(op, ERR_INVALID, "email has no @");
	return OK;
}

/* Pixels, or a code of the specification. */
static enum err
size_read(struct op *op, const char *size, unsigned *edge)
{
	int64_t pixels;

	if (size[0] < '0' || size[0] > '9')
		return photo_size_read(op, size, edge);
	if (!text_number(size, 1, PHOTO_PIXELS_WANTED_MAX, &pixels))
		return FAIL(op, ERR_INVALID, "size is not from 1 to %d pixels",
			    PHOTO_PIXELS_WANTED_MAX);
	*edge = photo_size_above((unsigned)pixels);
	return OK;
}

enum err
photo_path_read(struct op *op, const char *address, const char *query,
		struct photo_query *out)
{
	struct url_parameter given[URL_PARAMETERS_MAX];
	const char *size;
	size_t n;

	if (url_query(op, query, given, COUNT(given), &n) != OK)
		return ERR_INVALID;
	*out = (struct photo_query){ .email = address };
	TRY(email_check(op, address));
	size = url_value(given, n, "size");
	return size == NULL ? OK : size_read(op, size, &out->edge);
}

enum err
photo_query_read(struct op *op, const char *query, struct photo_query *out)
{
	struct url_parameter given[URL_PARAMETERS_MAX];
	const char *size;
	size_t n;

	/* The specification knows one answer to a bad request: 400 */
	if (url_query(op, query, given, COUNT(given), &n) != OK)
		return ERR_INVALID;
	out->email = url_value(given, n, "email");
	TRY(email_check(op, out->email));
	size = url_value(given, n, "size");
	if (size == NULL)
		return FAIL(op, ERR_INVALID, "size is missing");
	return photo_size_read(op, size, &out->edge);
}
