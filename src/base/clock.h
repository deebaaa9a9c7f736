/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Dates of XML, HTTP and people. Pure: nothing here reads a clock. An instant
 * is int64_t seconds since 1970-01-01T00:00:00Z.
 */
#include "base/op.h"

#define CLOCK_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define CLOCK_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define CLOCK_XML_MAX 64 /* bytes of an xs:dateTime that we read */

/*
 * Reads an xs:dateTime leniently: Z, +hh:mm, +hhmm, +hh or no zone (then UTC;
 * *zoned tells), any number of fraction digits (cut to
 * the second), 24:00:00. ERR_INVALID for anything else, and outside
 * CLOCK_MIN..CLOCK_MAX. *zoned (may be NULL) tells if there was a zone.
 */
enum err clock_read_xml(struct op *op, const char *text, int64_t *out,
			bool *zoned);

/* yyyy-mm-ddThh:mm:ssZ */
const char *clock_xml(struct op *op, int64_t instant);

/* "Sun, 22 Nov 2026 22:00:00 GMT", RFC 9110 5.6.7 */
const char *clock_http(struct op *op, int64_t instant);

/* All three forms of RFC 9110 5.6.7. */
enum err clock_read_http(struct op *op, const char *text, int64_t *out);

/* Is it a zone of the IANA database ("Europe/Berlin") or "UTC"? */
bool clock_is_zone(const char *zone);

/*
 * A wall clock time is counted as an instant would be if the zone were UTC.
 * The functions below fail with ERR_INVALID for an unknown zone and outside
 * CLOCK_MIN..CLOCK_MAX.
 */

/* What the clocks of the zone show at an instant. */
enum err clock_wall(struct op *op, int64_t instant, const char *zone,
		    int64_t *out);

/* When they show it. A time that a change of clocks skips counts from before
 * the change; one that comes twice is the first. */
enum err clock_local(struct op *op, int64_t wall, const char *zone,
		     int64_t *out);

/* When a day of the zone begins; `day` is its 00:00 as a wall clock time.
 * Where a change of clocks skips that, the first instant behind it. */
enum err clock_day(struct op *op, int64_t day, const char *zone, int64_t *out);

/* When the day began, in the zone, that the instant is part of. */
enum err clock_midnight(struct op *op, int64_t instant, const char *zone,
			int64_t *out);

/*
 * What people write for --from and --to: 2026-12-23, 2026-12-23 12:00,
 * 2026-12-23T12:00:00Z (any offset), +2d, +90m, +3h, +1w. Without an offset:
 * in the zone. Days and weeks keep the time of day there, whatever happens to
 * its clocks. ERR_INVALID.
 */
enum err clock_read_person(struct op *op, const char *text, const char *zone,
			   int64_t *out);
