/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of XML, HTTP and people: what is read lies within the calendar, and
 * is read again from how we write it. */
#include "fuzz.h"

#include "base/clock.h"

#define DAY 86400

static const char *const zones[] = {
	"UTC",
	"Europe/Berlin",
	"America/Sao_Paulo",
	"Pacific/Apia",
	"Asia/Kathmandu",
	"Australia/Lord_Howe",
	"Africa/Casablanca",
	"America/Havana",
	"Antarctica/Troll",
};

static void
check_written(struct op *op, int64_t instant)
{
	int64_t back = 0;
	bool zoned = false;

	assert(instant >= CLOCK_MIN && instant <= CLOCK_MAX);
	assert(clock_read_xml(op, clock_xml(op, instant), &back, &zoned) == OK);
	assert(back == instant && zoned);
	assert(clock_read_http(op, clock_http(op, instant), &back) == OK);
	assert(back == instant);
}

/* A day began at most 25 hours ago, and there it is the same day. */
static void
check_midnight(struct op *op, int64_t instant, const char *zone)
{
	int64_t begin, again;

	if (clock_midnight(op, instant, zone, &begin) != OK)
		return; /* in the first or last days of all */
	assert(begin <= instant && begin > instant - 26 * 3600);
	assert(clock_midnight(op, begin, zone, &again) == OK);
	assert(again == begin);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();
	const char *text, *zone;
	int64_t instant;
	bool zoned;

	if (size == 0)
		return 0;
	zone = zones[data[0] % COUNT(zones)];
	text = fuzz_text(op, data + 1, size - 1);
	if (clock_read_xml(op, text, &instant, &zoned) == OK)
		check_written(op, instant);
	if (clock_read_http(op, text, &instant) == OK)
		check_written(op, instant);
	if (clock_read_person(op, text, zone, &instant) == OK) {
		check_written(op, instant);
		check_midnight(op, instant, zone);
	}
	(void)clock_is_zone(text);
	return 0;
}
