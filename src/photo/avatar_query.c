/* SPDX-License-Identifier: Apache-2.0 */
#include "photo/avatar_query.h"

#include "base/text.h"
#include "photo/photo_size.h"
#include "wire/url.h"

#include <string.h>

/* Gravatar's, which clients put behind the digest where a name has to end like
 * a picture's. What comes is a JPEG all the same. */
static const char *const endings[] = { "",     ".jpg", ".jpeg",
				       ".png", ".gif", ".webp" };

#define NO_DIGIT 16

static unsigned
hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = memchr(digits, text_lower(c), sizeof(digits) - 1);

	return at == NULL ? NO_DIGIT : (unsigned)(at - digits);
}

/* Pairs of hex digits at the start of text; *out is behind them. */
static size_t
hex_read(const char *text, uint8_t *to, size_t most, const char **out)
{
	size_t n = 0;

	while (n < most && hex_value(text[0]) != NO_DIGIT &&
	       hex_value(text[1]) != NO_DIGIT) {
		to[n++] =
			(uint8_t)(hex_value(text[0]) << 4 | hex_value(text[1]));
		text += 2;
	}
	*out = text;
	return n;
}

static bool
is_ending(const char *text)
{
	for (size_t i = 0; i < COUNT(endings); i++) {
		if (text_case_equal(text, endings[i]))
			return true;
	}
	return false;
}

static enum err
digest_read(struct op *op, const char *name, struct avatar_query *out)
{
	const char *behind;

	if (name == NULL)
		return FAIL(op, ERR_NOT_FOUND, "no digest");
	out->digest_n = hex_read(name, out->digest, DIGEST_SIZE, &behind);
	if ((out->digest_n != DIGEST_MD5_SIZE &&
	     out->digest_n != DIGEST_SIZE) ||
	    !is_ending(behind))
		return FAIL(op, ERR_NOT_FOUND, "neither an MD5 nor a SHA-256");
	return OK;
}

/* Every parameter has a letter as well. */
static const char *
either(const struct url_parameter *given, size_t n, const char *letter,
       const char *word)
{
	const char *value = url_value(given, n, letter);

	return value != NULL ? value : url_value(given, n, word);
}

static unsigned
edge_of(const char *size)
{
	int64_t pixels;

	if (size == NULL || !text_number(size, 1, AVATAR_PIXELS_MAX, &pixels))
		pixels = AVATAR_PIXELS;
	return photo_size_above((unsigned)pixels);
}

enum err
avatar_query_read(struct op *op, const char *name, const char *query,
		  struct avatar_query *out)
{
	struct url_parameter given[URL_PARAMETERS_MAX];
	const char *preset, *force;
	size_t n;

	*out = (struct avatar_query){ 0 };
	TRY(digest_read(op, name, out));
	if (url_query(op, query, given, COUNT(given), &n) != OK)
		return ERR_INVALID;
	out->edge = edge_of(either(given, n, "s", "size"));
	preset = either(given, n, "d", "default");
	out->none_is_404 = preset != NULL && strcmp(preset, "404") == 0;
	force = either(given, n, "f", "forcedefault");
	out->forced = force != NULL && text_case_equal(force, "y");
	return OK;
}
