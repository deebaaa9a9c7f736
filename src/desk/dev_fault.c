/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/dev_fault.h"

#include "base/text.h"

#include <string.h>

#define DELAY "delay:"
#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* What a server or something in front of it answers with. */
static const int statuses[] = { 400, 401, 403, 404, 429, 500, 502, 503, 504 };

static bool
read_status(const char *word, struct dev_fault *out)
{
	int64_t number;

	if (!text_number(word, 0, 999, &number))
		return false;
	for (size_t i = 0; i < COUNT(statuses); i++) {
		if (statuses[i] == number) {
			out->kind = DEV_STATUS;
			out->status = statuses[i];
			return true;
		}
	}
	return false;
}

/* Seconds, with up to three digits behind a point. */
static bool
read_delay(struct op *op, const char *word, struct dev_fault *out)
{
	static const unsigned scale[] = { 1, 100, 10, 1 };
	const char *seconds = word + strlen(DELAY), *point;
	int64_t whole, part = 0;
	size_t digits = 0;

	if (!text_case_starts(word, DELAY))
		return false;
	point = strchr(seconds, '.');
	if (point != NULL) {
		digits = strlen(point + 1);
		if (digits == 0 || digits >= COUNT(scale) ||
		    !text_number(point + 1, 0, 999, &part))
			return false;
		seconds = op_text(op, seconds, (size_t)(point - seconds));
	}
	if (!text_number(seconds, 0, DEV_DELAY_MAX_S, &whole) ||
	    (whole == DEV_DELAY_MAX_S && part > 0))
		return false;
	out->kind = DEV_DELAY;
	out->delay_ms = (unsigned)(whole * 1000 + part * scale[digits]);
	return true;
}

/* Any code: lists of them grow, and clients have to live with new ones. */
static bool
is_code(const char *word)
{
	return strncmp(word, "Error", 5) == 0 && word[5] != '\0' &&
	       strspn(word, LETTERS DIGITS) == strlen(word);
}

enum err
dev_fault_read(struct op *op, const char *word, struct dev_fault *out)
{
	*out = (struct dev_fault){ .word = word };
	if (strlen(word) > DEV_WORD_MAX)
		return FAIL(op, ERR_INVALID, "a fault is no longer than %d",
			    DEV_WORD_MAX);
	if (*word == '\0')
		out->kind = DEV_NONE;
	else if (strcmp(word, "cut") == 0)
		out->kind = DEV_CUT;
	else if (is_code(word))
		out->kind = DEV_CODE;
	else if (!read_status(word, out) && !read_delay(op, word, out))
		return FAIL(op, ERR_INVALID,
			    "'%s' is no fault: name a ResponseCode like "
			    "ErrorServerBusy, a status (400, 401, 403, 404, "
			    "429, 500, 502, 503, 504), delay:SECONDS or cut",
			    word);
	return OK;
}
