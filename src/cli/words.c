/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/words.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/out.h"
#include "model/oof.h"

#include <string.h>

static const char *const audiences[] = {
	[AUDIENCE_NONE] = "none",
	[AUDIENCE_KNOWN] = "known",
	[AUDIENCE_ALL] = "all",
};

static const char *const states[] = {
	[0] = "disabled",
	[OOF_DISABLED] = "disabled",
	[OOF_ENABLED] = "enabled",
	[OOF_SCHEDULED] = "scheduled",
};

enum err
words_audience(struct op *op, const char *option, const char *text,
	       unsigned *out)
{
	for (unsigned i = AUDIENCE_NONE; i < COUNT(audiences); i++) {
		if (!text_case_equal(text, audiences[i]))
			continue;
		*out = i;
		return OK;
	}
	return FAIL(op, ERR_INVALID, "--%s '%s': it is none, known or all",
		    option, text);
}

const char *
words_audience_name(unsigned audience)
{
	return audience == 0 || audience >= COUNT(audiences)
		       ? NULL
		       : audiences[audience];
}

const char *
words_state_name(unsigned state)
{
	return state >= COUNT(states) ? NULL : states[state];
}

json_t *
words_time(struct op *op, int64_t instant)
{
	return out_text(clock_xml(op, instant));
}

enum err
words_text(struct op *op, const char *option, const char *text, size_t most)
{
	size_t n = strlen(text);

	if (n > most)
		return FAIL(op, ERR_LIMIT,
			    "--%s: the text has %zu bytes, and may have %zu; "
			    "shorten it",
			    option, n, most);
	if (!text_utf8(bytes_of(text)))
		return FAIL(op, ERR_INVALID,
			    "--%s: the text is not UTF-8; convert it with "
			    "iconv",
			    option);
	/* U+FFFE and U+FFFF are the two that XML has no way of writing. */
	if (!text_clean(text) || strstr(text, "\xef\xbf\xbe") != NULL ||
	    strstr(text, "\xef\xbf\xbf") != NULL)
		return FAIL(op, ERR_INVALID,
			    "--%s: the text has control characters; take them "
			    "out",
			    option);
	return OK;
}

enum err
words_zone(struct op *op, const char *option, const char *text)
{
	if (clock_is_zone(text))
		return OK;
	return FAIL(op, ERR_INVALID,
		    "--%s '%s': give a time zone like Europe/Berlin, "
		    "America/New_York or UTC",
		    option, text);
}
