/* SPDX-License-Identifier: Apache-2.0 */

/* Marks: how far changes were followed. */
#include "base/clock.h"
#include "base/text.h"
#include "wing/directory/ldap_walk.h"

#include <string.h>

#define USN "usn "
#define TIME "time "
#define SETTLED_S 30 /* then no entry comes any more that is older */
#define LATE_S 10    /* so much older may one be that comes meanwhile */
#define STAMP "0000-00-00T00:00:00Z"

/* The number that begins there and ends before `end`; NULL: it is none. */
static const char *
number_read(const char *text, char end, int64_t *out)
{
	const char *stop = strchr(text, end);
	char digits[24];

	if (stop == NULL || stop == text ||
	    (size_t)(stop - text) >= sizeof(digits))
		return NULL;
	memcpy(digits, text, (size_t)(stop - text));
	digits[stop - text] = '\0';
	return text_number(digits, 0, INT64_MAX, out) ? stop : NULL;
}

bool
walk_usn_read(struct op *op, const char *mark, struct walk_usn *out)
{
	const char *p;

	if (strncmp(mark, USN, sizeof(USN) - 1) != 0)
		return false;
	p = number_read(mark + sizeof(USN) - 1, ' ', &out->number);
	if (p == NULL || p[1] == '\0')
		return false;
	out->server = op_dup(op, p + 1);
	return true;
}

const char *
walk_usn_write(struct op *op, const struct walk_usn *in)
{
	return op_print(op, USN "%lld %s", (long long)in->number, in->server);
}

bool
walk_time_read(const char *mark, struct walk_time *out)
{
	const char *p;

	if (strncmp(mark, TIME, sizeof(TIME) - 1) != 0)
		return false;
	p = number_read(mark + sizeof(TIME) - 1, ' ', &out->latest);
	return p != NULL && number_read(p + 1, '\0', &out->seen) != NULL &&
	       out->latest < CLOCK_MAX;
}

const char *
walk_time_write(struct op *op, const struct walk_time *in)
{
	return op_print(op, TIME "%lld %lld", (long long)in->latest,
			(long long)in->seen);
}

int64_t
walk_time_from(const struct walk_time *mark, int64_t now)
{
	bool settled = now < mark->seen || now - mark->seen > SETTLED_S;

	return settled ? mark->latest + 1 : mark->latest - LATE_S;
}

bool
walk_time_parse(struct op *op, struct bytes text, int64_t *out)
{
	static const char digits[] = "0123456789";
	/* where each digit of yyyymmddHHMMSS stands in an xs:dateTime */
	static const uint8_t at[] = { 0, 1,  2,  3,  5,  6,  8,
				      9, 11, 12, 14, 15, 17, 18 };
	char xml[] = STAMP;

	if (text.n <= sizeof(at) || text.p[text.n - 1] != 'Z')
		return false;
	for (size_t i = 0; i < sizeof(at); i++) {
		if (text.p[i] == '\0' || strchr(digits, text.p[i]) == NULL)
			return false;
		xml[at[i]] = (char)text.p[i];
	}
	return clock_read_xml(op, xml, out, NULL) == OK;
}

const char *
walk_time_print(struct op *op, int64_t instant)
{
	const char *xml = clock_xml(op, instant);
	char *out = op_alloc(op, sizeof(STAMP));
	size_t n = 0;

	for (; *xml != '\0'; xml++) {
		if (strchr("-:T", *xml) == NULL)
			out[n++] = *xml;
	}
	return out;
}
