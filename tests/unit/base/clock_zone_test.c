/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"

#include <pthread.h>

/* A time of the tests, always zoned with Z; for a wall clock too. */
static int64_t
at(struct op *op, const char *text)
{
	int64_t out = 0;

	assert_int_equal(clock_read_xml(op, text, &out, NULL), OK);
	return out;
}

static void
only_names_of_the_database_are_zones(void **state)
{
	static const struct {
		const char *name;
		bool zone;
	} rows[] = {
		/* clang-format off */
		{ "UTC", true },
		{ "Europe/Berlin", true },
		{ "America/Argentina/Buenos_Aires", true },
		{ "America/Port-au-Prince", true },
		{ "Etc/GMT+5", true },
		{ "EST5EDT", true },
		{ "GB", true },
		{ "", false },
		{ "Z", false },
		{ "utc", false },
		{ "europe/berlin", false },
		{ "Europe", false },
		{ "Europe/", false },
		{ "Europe/Atlantis", false },
		{ "+01:00", false },
		{ "UTC+1", false },
		{ "ABC5", false },
		{ "EST5EDT,M3.2.0,M11.1.0", false },
		{ "/usr/share/zoneinfo/Europe/Berlin", false },
		{ "../zoneinfo/Europe/Berlin", false },
		{ "Europe/../Europe/Berlin", false },
		{ ":Europe/Berlin", false },
		{ "right/Europe/Berlin", false },
		{ "posix/Europe/Berlin", false },
		{ "tzdata.zi", false },
		{ "zone.tab", false },
		{ "leapseconds", false },
		{ "Europe/Berlin ", false },
		{ "Europe/Berlin\n", false },
		{ "Europe/Berlin/Europe/Berlin/Europe/Berlin/Europe/Berlin/Europe/Ber", false },
		/* clang-format on */
	};

	(void)state;
	for (int round = 0; round < 2; round++) { /* unknown, and remembered */
		for (size_t i = 0; i < COUNT(rows); i++)
			CHECK_ROW(rows[i].name,
				  clock_is_zone(rows[i].name) == rows[i].zone);
	}
}

static void
wall_clock_times_are_found_even_where_clocks_change(void **state)
{
	static const struct {
		const char *wall, *zone, *utc;
	} rows[] = {
		/* clang-format off */
		{ "2026-01-15T12:00:00Z", "UTC", "2026-01-15T12:00:00Z" },
		{ "2026-01-15T12:00:00Z", "Europe/Berlin", "2026-01-15T11:00:00Z" },
		{ "2026-07-15T12:00:00Z", "Europe/Berlin", "2026-07-15T10:00:00Z" },
		{ "2045-07-15T12:00:00Z", "Europe/Berlin", "2045-07-15T10:00:00Z" }, /* behind the table's end */
		{ "2026-01-15T12:00:00Z", "Asia/Kathmandu", "2026-01-15T06:15:00Z" },
		{ "2026-01-15T12:00:00Z", "Pacific/Kiritimati", "2026-01-14T22:00:00Z" },
		/* forward: 02:00 becomes 03:00 */
		{ "2026-03-29T01:59:59Z", "Europe/Berlin", "2026-03-29T00:59:59Z" },
		{ "2026-03-29T02:00:00Z", "Europe/Berlin", "2026-03-29T01:00:00Z" },
		{ "2026-03-29T02:30:00Z", "Europe/Berlin", "2026-03-29T01:30:00Z" },
		{ "2026-03-29T03:00:00Z", "Europe/Berlin", "2026-03-29T01:00:00Z" },
		{ "2026-03-29T03:30:00Z", "Europe/Berlin", "2026-03-29T01:30:00Z" },
		/* back: 03:00 becomes 02:00 */
		{ "2026-10-25T01:59:59Z", "Europe/Berlin", "2026-10-24T23:59:59Z" },
		{ "2026-10-25T02:00:00Z", "Europe/Berlin", "2026-10-25T00:00:00Z" },
		{ "2026-10-25T02:59:59Z", "Europe/Berlin", "2026-10-25T00:59:59Z" },
		{ "2026-10-25T03:00:00Z", "Europe/Berlin", "2026-10-25T02:00:00Z" },
		/* half an hour */
		{ "2026-10-04T02:15:00Z", "Australia/Lord_Howe", "2026-10-03T15:45:00Z" },
		{ "2026-04-05T01:45:00Z", "Australia/Lord_Howe", "2026-04-04T14:45:00Z" },
		/* west of Greenwich */
		{ "2026-03-08T02:30:00Z", "America/New_York", "2026-03-08T07:30:00Z" },
		{ "2026-11-01T01:30:00Z", "America/New_York", "2026-11-01T05:30:00Z" },
		/* a day that was left out: 2011-12-30 in Samoa */
		{ "2011-12-29T12:00:00Z", "Pacific/Apia", "2011-12-29T22:00:00Z" },
		{ "2011-12-30T12:00:00Z", "Pacific/Apia", "2011-12-30T22:00:00Z" },
		{ "2011-12-31T12:00:00Z", "Pacific/Apia", "2011-12-30T22:00:00Z" },
		/* before there were zones: local mean time */
		{ "1800-01-01T00:53:28Z", "Europe/Berlin", "1800-01-01T00:00:00Z" },
		/* clang-format on */
	};
	struct op *op = *state;
	int64_t out;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].wall, clock_local(op, at(op, rows[i].wall),
						    rows[i].zone, &out) == OK);
		CHECK_ROW(rows[i].wall,
			  unit_same(clock_xml(op, out), rows[i].utc));
	}
}

static void
a_day_begins_at_midnight_or_at_its_first_instant(void **state)
{
	static const struct {
		const char *instant, *zone, *utc;
	} rows[] = {
		/* clang-format off */
		{ "2026-11-22T22:30:00Z", "UTC", "2026-11-22T00:00:00Z" },
		{ "2026-11-22T22:30:00Z", "Europe/Berlin", "2026-11-21T23:00:00Z" },
		{ "2026-11-22T23:30:00Z", "Europe/Berlin", "2026-11-22T23:00:00Z" },
		{ "2026-11-22T03:00:00Z", "America/New_York", "2026-11-21T05:00:00Z" },
		{ "2026-11-22T05:00:00Z", "America/New_York", "2026-11-22T05:00:00Z" },
		{ "2026-11-22T04:59:59Z", "America/New_York", "2026-11-21T05:00:00Z" },
		/* days of 23 and 25 hours */
		{ "2026-03-29T21:30:00Z", "Europe/Berlin", "2026-03-28T23:00:00Z" },
		{ "2026-10-25T22:30:00Z", "Europe/Berlin", "2026-10-24T22:00:00Z" },
		/* no midnight: 00:00 becomes 01:00 */
		{ "2018-11-04T15:00:00Z", "America/Sao_Paulo", "2018-11-04T03:00:00Z" },
		{ "2018-11-04T03:00:00Z", "America/Sao_Paulo", "2018-11-04T03:00:00Z" },
		{ "2018-11-04T02:59:59Z", "America/Sao_Paulo", "2018-11-03T03:00:00Z" },
		/* 24:00 became 23:00 the day before: the day begins once */
		{ "2018-02-18T12:00:00Z", "America/Sao_Paulo", "2018-02-18T03:00:00Z" },
		/* the change was at 23:30, and the day began at 00:30 */
		{ "1919-03-31T12:00:00Z", "America/Toronto", "1919-03-31T04:30:00Z" },
		/* 01:00 becomes 00:00: midnight comes twice, the first counts */
		{ "2026-11-01T12:00:00Z", "America/Havana", "2026-11-01T04:00:00Z" },
		{ "1969-12-31T12:00:00Z", "UTC", "1969-12-31T00:00:00Z" },
		{ "0001-01-01T12:00:00Z", "UTC", "0001-01-01T00:00:00Z" },
		{ "9999-12-31T23:59:59Z", "UTC", "9999-12-31T00:00:00Z" },
		/* clang-format on */
	};
	struct op *op = *state;
	int64_t out;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].instant,
			  clock_midnight(op, at(op, rows[i].instant),
					 rows[i].zone, &out) == OK);
		CHECK_ROW(rows[i].instant,
			  unit_same(clock_xml(op, out), rows[i].utc));
	}
}

static void
instants_outside_the_calendar_are_refused(void **state)
{
	static const struct {
		const char *row;
		int64_t time;
		const char *zone;
	} rows[] = {
		{ "before the first", CLOCK_MIN - 1, "UTC" },
		{ "behind the last", CLOCK_MAX + 1, "UTC" },
		{ "the least number", INT64_MIN, "UTC" },
		{ "the greatest number", INT64_MAX, "UTC" },
		{ "no zone", 0, "Europe/Atlantis" },
	};
	struct op *op = *state;
	int64_t out;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t t = rows[i].time;

		CHECK_ROW(rows[i].row,
			  clock_wall(op, t, rows[i].zone, &out) == ERR_INVALID);
		CHECK_ROW(rows[i].row, clock_local(op, t, rows[i].zone, &out) ==
					       ERR_INVALID);
		CHECK_ROW(rows[i].row,
			  clock_day(op, t, rows[i].zone, &out) == ERR_INVALID);
		CHECK_ROW(rows[i].row, clock_midnight(op, t, rows[i].zone,
						      &out) == ERR_INVALID);
	}
	/* inside as a wall clock time, outside as an instant */
	assert_int_equal(clock_local(op, CLOCK_MIN, "Asia/Tokyo", &out),
			 ERR_INVALID);
	assert_int_equal(clock_local(op, CLOCK_MAX, "America/New_York", &out),
			 ERR_INVALID);
}

/* Reading a clock and asking when it shows that are each other's reverse,
 * but for the hour that comes twice. */
static void
walls_and_instants_lead_to_each_other(void **state)
{
	static const char *const zones[] = {
		"Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
		"America/Sao_Paulo", "Africa/Casablanca"
	};
	struct op *op = *state;
	int64_t wall, back, again;

	for (size_t z = 0; z < COUNT(zones); z++) {
		for (int64_t t = 1700000000; t < 1770000000; t += 1217) {
			assert_int_equal(clock_wall(op, t, zones[z], &wall),
					 OK);
			assert_int_equal(clock_local(op, wall, zones[z], &back),
					 OK);
			assert_int_equal(clock_wall(op, back, zones[z], &again),
					 OK);
			assert_int_equal(again, wall);
			assert_true(back <= t && back >= t - 3600);
		}
	}
}

static void *
ask_zones(void *arg)
{
	static const char *const zones[] = { "Asia/Tokyo", "Europe/Oslo",
					     "Asia/Dhaka", "Africa/Cairo",
					     "Europe/Atlantis" };
	struct arena *arena = arena_open(0);
	int *right = arg;
	struct op op;
	int64_t out;

	op_init(&op, arena, NULL, 1000);
	for (unsigned i = 0; i < 500; i++) {
		const char *zone = zones[i % COUNT(zones)];

		*right += clock_midnight(&op, i * 100000, zone, &out) == OK;
	}
	arena_close(arena);
	return NULL;
}

static void
threads_may_ask_at_once(void **state)
{
	pthread_t threads[4];
	int right[4] = { 0 };

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, ask_zones, &right[i]),
			0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(right[i], 400);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(only_names_of_the_database_are_zones),
		UNIT_TEST(wall_clock_times_are_found_even_where_clocks_change),
		UNIT_TEST(a_day_begins_at_midnight_or_at_its_first_instant),
		UNIT_TEST(instants_outside_the_calendar_are_refused),
		UNIT_TEST(walls_and_instants_lead_to_each_other),
		UNIT_TEST(threads_may_ask_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
