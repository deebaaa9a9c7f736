/* SPDX-License-Identifier: Apache-2.0 */

/* Basic, RFC 7617: a name and a password. */
#include "wing/auth/basic.h"

#include <string.h>

static const char scheme[] = "Basic";

/* A control character, U+0080 to U+009F among them, is nothing that anybody
 * types, RFC 7617 2. Only for UTF-8. */
static bool
has_control(const char *text)
{
	const uint8_t *p = (const uint8_t *)text;

	for (; *p != '\0'; p++) {
		if (*p < ' ' || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0))
			return true;
	}
	return false;
}

enum err
basic_check_password(struct op *op, const char *password)
{
	size_t n = strlen(password);

	if (n == 0)
		return FAIL(op, ERR_INVALID, "an empty password");
	if (n > BASIC_PASSWORD_MAX)
		return FAIL(op, ERR_LIMIT, "a password of more than %d bytes",
			    BASIC_PASSWORD_MAX);
	if (!text_utf8(bytes_of(password)) || has_control(password))
		return FAIL(op, ERR_INVALID,
			    "a password with control characters, or not in "
			    "UTF-8");
	return OK;
}

/* The bytes as text, whichever of the two it is. */
static enum err
basic_text(struct op *op, struct bytes bytes, const char **out)
{
	if (bytes.n > 0 && memchr(bytes.p, '\0', bytes.n) != NULL)
		return FAIL(op, ERR_AUTH, "credentials with a NUL");
	*out = text_utf8(bytes) ? op_text(op, (const char *)bytes.p, bytes.n)
				: text_latin1(op, bytes);
	return OK;
}

enum err
basic_parse(struct op *op, const char *authorization, struct basic *out)
{
	const char *p = authorization + sizeof(scheme) - 1;
	const char *text = NULL, *colon;
	struct bytes bytes;

	if (!text_case_starts(authorization, scheme) || *p != ' ')
		return FAIL(op, ERR_AUTH, "a scheme other than Basic");
	p = text_trim(op, p);
	if (text_base64_decode(op, p, strlen(p), &bytes) != OK)
		return FAIL(op, ERR_AUTH, "credentials that are not base64");
	TRY(basic_text(op, bytes, &text));
	colon = strchr(text, ':');
	if (colon == NULL || colon == text)
		return FAIL(op, ERR_AUTH, "credentials without a name");
	if ((size_t)(colon - text) > BASIC_NAME_MAX)
		return FAIL(op, ERR_AUTH, "a name of more than %d bytes",
			    BASIC_NAME_MAX);
	out->name = op_text(op, text, (size_t)(colon - text));
	out->password = colon + 1;
	if (has_control(out->name))
		return FAIL(op, ERR_AUTH, "a name with control characters");
	return basic_check_password(op, out->password) == OK ? OK : ERR_AUTH;
}
