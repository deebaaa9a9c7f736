/* SPDX-License-Identifier: Apache-2.0 */
/* The query string of GetUserPhoto. */
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
