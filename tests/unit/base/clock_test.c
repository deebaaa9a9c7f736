/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"

#define NOW INT64_C(1795298400) /* 2026-11-21T22:00:00Z */
#define DEC_23_NOON INT64_C(1798027200)

static void
a_datetime_is_read_in_every_spelling(void **state)
{
	static const struct {
		const char *text;
		const char *utc; /* NULL: refused */
		bool zoned;
	} rows[] = {
		/* clang-format off */
		{ "2026-12-23T12:00:00Z", "2026-12-23T12:00:00Z", true },
		{ "2026-12-23T12:00:00", "2026-12-23T12:00:00Z", false },
		{ "2026-12-23T12:00:00+01:00", "2026-12-23T11:00:00Z", true },
		{ "2026-12-23T12:00:00+0100", "2026-12-23T11:00:00Z", true },
		{ "2026-12-23T12:00:00+01", "2026-12-23T11:00:00Z", true },
		{ "2026-12-23T12:00:00-05", "2026-12-23T17:00:00Z", true },
		{ "2026-12-23T12:00:00-0530", "2026-12-23T17:30:00Z", true },
		{ "2026-12-23T12:00:00-00:00", "2026-12-23T12:00:00Z", true },
		{ "2026-12-23T12:00:00+14:00", "2026-12-22T22:00:00Z", true },
		{ "2026-12-23T12:00:00-14:00", "2026-12-24T02:00:00Z", true },
		{ "2026-12-23T12:00:00+14:01", NULL, false },
		{ "2026-12-23T12:00:00-14:01", NULL, false },
		{ "2026-12-23T12:00:00+15", NULL, false },
		{ "2026-12-23T12:00:00+01:60", NULL, false },
		{ "2026-12-23T12:00:00+01:5", NULL, false },
		{ "2026-12-23T12:00:00+1", NULL, false },
		{ "2026-12-23T12:00:00+01:", NULL, false },
		{ "2026-12-23T12:00:00+", NULL, false },
		{ "2026-12-23T12:00:00+01:00Z", NULL, false },
		{ "2026-12-23T12:00:00ZZ", NULL, false },
		{ "2026-12-23T12:00:00z", NULL, false },
		{ "2026-12-23T12:00:00 Z", NULL, false },
		{ "  2026-12-23T12:00:00Z\n", "2026-12-23T12:00:00Z", true },
		/* fractions are cut */
		{ "2026-12-23T12:00:00.0Z", "2026-12-23T12:00:00Z", true },
		{ "2026-12-23T12:00:00.123Z", "2026-12-23T12:00:00Z", true },
		{ "2026-12-23T12:00:00.9999999Z", "2026-12-23T12:00:00Z", true },
		{ "2026-12-23T12:00:00.12345678901234567890123456789012345678+01:00", "2026-12-23T11:00:00Z", true },
		{ "2026-12-23T12:00:00.5", "2026-12-23T12:00:00Z", false },
		{ "1969-12-31T23:59:59.9Z", "1969-12-31T23:59:59Z", true },
		{ "2026-12-23T12:00:00.Z", NULL, false },
		{ "2026-12-23T12:00:00,5Z", NULL, false },
		{ "2026-12-23T12:00:00.1.2Z", NULL, false },
		/* the end of a day, and no other 24 */
		{ "2026-12-31T24:00:00Z", "2027-01-01T00:00:00Z", true },
		{ "2026-12-31T24:00:00.000Z", "2027-01-01T00:00:00Z", true },
		{ "2026-12-31T24:00:00.001Z", NULL, false },
		{ "2026-12-31T24:00:01Z", NULL, false },
		{ "2026-12-31T24:01:00Z", NULL, false },
		{ "2026-12-31T25:00:00Z", NULL, false },
		{ "2026-12-31T23:60:00Z", NULL, false },
		/* xs:dateTime has no leap seconds */
		{ "2016-12-31T23:59:60Z", NULL, false },
		{ "2026-12-31T23:59:61Z", NULL, false },
		/* the calendar */
		{ "2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z", true },
		{ "2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z", true },
		{ "2026-02-29T00:00:00Z", NULL, false },
		{ "1900-02-29T00:00:00Z", NULL, false },
		{ "2026-04-31T00:00:00Z", NULL, false },
		{ "2026-01-32T00:00:00Z", NULL, false },
		{ "2026-00-01T00:00:00Z", NULL, false },
		{ "2026-13-01T00:00:00Z", NULL, false },
		{ "2026-01-00T00:00:00Z", NULL, false },
		/* the ends of time */
		{ "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", true },
		{ "0001-01-01T00:00:00-01:00", "0001-01-01T01:00:00Z", true },
		{ "0001-01-01T00:00:00+00:01", NULL, false },
		{ "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", true },
		{ "9999-12-31T23:59:59.9999999", "9999-12-31T23:59:59Z", false },
		{ "9999-12-31T23:59:59+14:00", "9999-12-31T09:59:59Z", true },
		{ "9999-12-31T23:59:59-00:01", NULL, false },
		{ "9999-12-31T24:00:00Z", NULL, false },
		{ "0000-01-01T00:00:00Z", NULL, false },
		{ "10000-01-01T00:00:00Z", NULL, false },
		{ "-0001-01-01T00:00:00Z", NULL, false },
		/* not that form at all */
		{ "", NULL, false },
		{ " ", NULL, false },
		{ "2026", NULL, false },
		{ "2026-12-23", NULL, false },
		{ "2026-12-23T", NULL, false },
		{ "2026-12-23T12:00", NULL, false },
		{ "2026-12-23T12:00Z", NULL, false },
		{ "2026-12-23 12:00:00Z", NULL, false },
		{ "2026-12-23t12:00:00Z", NULL, false },
		{ "26-12-23T12:00:00Z", NULL, false },
		{ "2026-1-23T12:00:00Z", NULL, false },
		{ "2026-12-23T1:00:00Z", NULL, false },
		{ "20261223T120000Z", NULL, false },
		{ "+2026-12-23T12:00:00Z", NULL, false },
		{ "2026-12-23T12:00:0xZ", NULL, false },
		{ "2026-12-23T\xd9\xa1\xd9\xa2:00:00Z", NULL, false }, /* other digits */
		/* clang-format on */
	};
	int64_t out;
	bool zoned;

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum err err =
			clock_read_xml(*state, rows[i].text, &out, &zoned);

		CHECK_ROW(rows[i].text,
			  err == (rows[i].utc == NULL ? ERR_INVALID : OK));
		if (err != OK)
			continue;
		CHECK_ROW(rows[i].text,
			  unit_same(clock_xml(*state, out), rows[i].utc));
		CHECK_ROW(rows[i].text, zoned == rows[i].zoned);
		CHECK_ROW(rows[i].text, clock_read_xml(*state, rows[i].text,
						       &out, NULL) == OK);
	}
}

static void
a_datetime_is_at_most_64_bytes(void **state)
{
	char text[CLOCK_XML_MAX + 2];
	int64_t out;

	memset(text, '0', sizeof(text));
	memcpy(text, "2026-12-23T12:00:00.", 20);
	text[CLOCK_XML_MAX - 1] = 'Z';
	text[CLOCK_XML_MAX] = '\0';
	assert_int_equal(clock_read_xml(*state, text, &out, NULL), OK);
	assert_int_equal(out, DEC_23_NOON);
	text[CLOCK_XML_MAX - 1] = '0';
	text[CLOCK_XML_MAX] = 'Z';
	text[CLOCK_XML_MAX + 1] = '\0';
	assert_int_equal(clock_read_xml(*state, text, &out, NULL), ERR_INVALID);
}

/* A step that meets every hour, day and kind of year. */
static void
every_day_of_9999_years_is_read_as_it_was_written(void **state)
{
	struct op *op = *state;

	for (int64_t t = CLOCK_MIN; t <= CLOCK_MAX; t += 7 * 86400 + 40009) {
		int64_t back = 0;

		assert_int_equal(
			clock_read_xml(op, clock_xml(op, t), &back, NULL), OK);
		assert_int_equal(back, t);
		assert_int_equal(clock_read_http(op, clock_http(op, t), &back),
				 OK);
		assert_int_equal(back, t);
		arena_reset(op->arena);
	}
}

static void
instants_are_written_with_the_right_weekday(void **state)
{
	static const struct {
		int64_t instant;
		const char *xml, *http;
	} rows[] = {
		/* clang-format off */
		{ 0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ -1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT" },
		{ 784111777, "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT" },
		{ 951782400, "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 GMT" },
		{ NOW, "2026-11-21T22:00:00Z", "Sat, 21 Nov 2026 22:00:00 GMT" },
		{ CLOCK_MIN, "0001-01-01T00:00:00Z", "Mon, 01 Jan 0001 00:00:00 GMT" },
		{ CLOCK_MAX, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_string_equal(clock_xml(*state, rows[i].instant),
				    rows[i].xml);
		assert_string_equal(clock_http(*state, rows[i].instant),
				    rows[i].http);
	}
}

static void
http_dates_are_read_in_all_three_forms(void **state)
{
	static const struct {
		const char *text;
		const char *utc; /* NULL: refused */
	} rows[] = {
		/* clang-format off */
		{ "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z" },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z" },
		{ "Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z" },
		{ "Wed Nov 16 08:49:37 1994", "1994-11-16T08:49:37Z" },
		{ "Mon, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z" }, /* the date counts */
		{ "Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00Z" }, /* a leap second */
		{ "Mon, 01 Jan 0001 00:00:00 GMT", "0001-01-01T00:00:00Z" },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z" },
		{ "Fri, 31 Dec 9999 23:59:60 GMT", NULL },
		/* two digits: now is 2026, 50 years ahead is the past */
		{ "Wednesday, 01-Jan-76 00:00:00 GMT", "2076-01-01T00:00:00Z" },
		{ "Saturday, 01-Jan-77 00:00:00 GMT", "1977-01-01T00:00:00Z" },
		{ "Thursday, 01-Jan-26 00:00:00 GMT", "2026-01-01T00:00:00Z" },
		{ "Saturday, 01-Jan-00 00:00:00 GMT", "2000-01-01T00:00:00Z" },
		{ "", NULL },
		{ "Sun, 06 Nov 1994 08:49:37", NULL },
		{ "Sun, 06 Nov 1994 08:49:37 UTC", NULL },
		{ "Sun, 06 Nov 1994 08:49:37 +0000", NULL },
		{ "Sun, 06 Nov 1994 08:49:37 GMT ", NULL },
		{ " Sun, 06 Nov 1994 08:49:37 GMT", NULL },
		{ "Sun, 6 Nov 1994 08:49:37 GMT", NULL },
		{ "Sun, 06 nov 1994 08:49:37 GMT", NULL },
		{ "Son, 06 Nov 1994 08:49:37 GMT", NULL },
		{ "Sun 06 Nov 1994 08:49:37 GMT", NULL },
		{ "Sun, 31 Nov 1994 08:49:37 GMT", NULL },
		{ "Sun, 06 Nov 1994 24:00:00 GMT", NULL },
		{ "Sun, 06 Nov 1994 08:60:37 GMT", NULL },
		{ "Sun, 06 Nov 1994 08:49:61 GMT", NULL },
		{ "Sun, 06 Nov 0000 08:49:37 GMT", NULL },
		{ "Sunday, 06-Nov-1994 08:49:37 GMT", NULL },
		{ "Sun Nov 6 08:49:37 1994", NULL },
		{ "Sun Nov 06 08:49:37 1994 GMT", NULL },
		{ "1994-11-06T08:49:37Z", NULL },
		{ "784111777", NULL },
		{ "0", NULL },
		/* clang-format on */
	};
	struct op *op = *state;
	int64_t out;

	op->now = NOW;
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum err err = clock_read_http(op, rows[i].text, &out);

		CHECK_ROW(rows[i].text,
			  err == (rows[i].utc == NULL ? ERR_INVALID : OK));
		CHECK_ROW(rows[i].text,
			  err != OK ||
				  unit_same(clock_xml(op, out), rows[i].utc));
	}
}

static void
people_write_days_times_and_distances(void **state)
{
	static const struct {
		const char *text, *zone;
		const char *utc; /* NULL: refused */
	} rows[] = {
		/* clang-format off */
		{ "2026-12-23", "UTC", "2026-12-23T00:00:00Z" },
		{ "2026-12-23", "Europe/Berlin", "2026-12-22T23:00:00Z" },
		{ "2026-07-01", "Europe/Berlin", "2026-06-30T22:00:00Z" },
		{ "2026-12-23 12:00", "Europe/Berlin", "2026-12-23T11:00:00Z" },
		{ "2026-12-23 12:00:30", "Europe/Berlin", "2026-12-23T11:00:30Z" },
		{ "2026-12-23T12:00", "Europe/Berlin", "2026-12-23T11:00:00Z" },
		{ "2026-12-23T12:00:00Z", "Europe/Berlin", "2026-12-23T12:00:00Z" },
		{ "2026-12-23T12:00:00-05:00", "Europe/Berlin", "2026-12-23T17:00:00Z" },
		{ "2026-12-23 12:00Z", "Europe/Berlin", "2026-12-23T12:00:00Z" },
		{ "2026-12-23 24:00", "UTC", "2026-12-24T00:00:00Z" },
		{ " 2026-12-23 ", "UTC", "2026-12-23T00:00:00Z" },
		{ "2026-03-29 02:30", "Europe/Berlin", "2026-03-29T01:30:00Z" }, /* skipped */
		{ "2026-10-25 02:30", "Europe/Berlin", "2026-10-25T00:30:00Z" }, /* twice */
		{ "2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z" },   /* begins at 01:00 */
		/* now is 2026-11-21T22:00:00Z */
		{ "+90m", "Europe/Berlin", "2026-11-21T23:30:00Z" },
		{ "+3h", "Europe/Berlin", "2026-11-22T01:00:00Z" },
		{ "+2d", "Europe/Berlin", "2026-11-23T22:00:00Z" },
		{ "+1w", "Europe/Berlin", "2026-11-28T22:00:00Z" },
		{ "+0d", "Europe/Berlin", "2026-11-21T22:00:00Z" },
		{ "+200d", "Europe/Berlin", "2027-06-09T21:00:00Z" }, /* summer: the same clock time */
		{ "+4800h", "Europe/Berlin", "2027-06-09T22:00:00Z" }, /* and the same distance */
		{ "+99999w", "UTC", "3943-05-29T22:00:00Z" },
		{ "+100000m", "UTC", NULL },
		{ "+", "UTC", NULL },
		{ "+2", "UTC", NULL },
		{ "+d", "UTC", NULL },
		{ "+2y", "UTC", NULL },
		{ "+2dd", "UTC", NULL },
		{ "+2d 3h", "UTC", NULL },
		{ "+-2d", "UTC", NULL },
		{ "-2d", "UTC", NULL },
		{ "tomorrow", "UTC", NULL },
		{ "", "UTC", NULL },
		{ "2026-02-30", "UTC", NULL },
		{ "2026-12-23 ", "UTC", "2026-12-23T00:00:00Z" },
		{ "2026-12-23x", "UTC", NULL },
		{ "2026-12-23 12", "UTC", NULL },
		{ "2026-12-23 12:", "UTC", NULL },
		{ "2026-12-23 12:00:", "UTC", NULL },
		{ "2026-12-23 25:00", "UTC", NULL },
		{ "2026-12-23 12:00 Z", "UTC", NULL },
		{ "23.12.2026", "UTC", NULL },
		{ "0001-01-01", "Europe/Berlin", NULL },   /* the day before, by UTC */
		{ "0001-01-01 00:00+01:00", "UTC", NULL },
		{ "9999-12-31 23:59", "America/New_York", NULL },
		{ "9999-12-31 24:00", "UTC", NULL },
		{ "2026-12-23", "Nowhere/Land", NULL },
		{ "+2d", "Nowhere/Land", NULL },
		/* clang-format on */
	};
	struct op *op = *state;
	int64_t out;

	op->now = NOW;
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum err err =
			clock_read_person(op, rows[i].text, rows[i].zone, &out);

		CHECK_ROW(rows[i].text,
			  err == (rows[i].utc == NULL ? ERR_INVALID : OK));
		CHECK_ROW(rows[i].text,
			  err != OK ||
				  unit_same(clock_xml(op, out), rows[i].utc));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_datetime_is_read_in_every_spelling),
		UNIT_TEST(a_datetime_is_at_most_64_bytes),
		UNIT_TEST(every_day_of_9999_years_is_read_as_it_was_written),
		UNIT_TEST(instants_are_written_with_the_right_weekday),
		UNIT_TEST(http_dates_are_read_in_all_three_forms),
		UNIT_TEST(people_write_days_times_and_distances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
