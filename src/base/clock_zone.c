/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones, by GLib from the system's database; each is loaded once. */
#include "base/clock.h"

#include <glib.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define DAY INT64_C(86400)
#define ZONE_NAME_MAX 64 /* bytes; the longest of the database has 32 */

/*
 * Zones in use, by name. They are never forgotten: only names that the
 * database has get in, and it has some 600.
 */
static GHashTable *zones;
static pthread_mutex_t zones_lock = PTHREAD_MUTEX_INITIALIZER;

/* "right/" counts leap seconds, "posix/" has everything a second time. */
static bool
is_name(const char *zone)
{
	size_t n = strlen(zone);

	return n >= 2 && n <= ZONE_NAME_MAX && g_ascii_isalpha(zone[0]) &&
	       strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz0123456789_+-/") == n &&
	       strncmp(zone, "right/", 6) != 0 &&
	       strncmp(zone, "posix/", 6) != 0;
}

/* GLib makes a zone of "ABC+5" too, and complains aloud of a file that is no
 * zone: the database must have one of that name. */
static bool
is_listed(const char *zone)
{
	const char *dir = g_getenv("TZDIR");
	gchar *path = g_build_filename(
		dir != NULL ? dir : "/usr/share/zoneinfo", zone, NULL);
	FILE *file = fopen(path, "re");
	char magic[4] = ""; /* RFC 8536 3.1 */
	bool there = false;

	if (file != NULL) {
		there = fread(magic, 1, sizeof(magic), file) == sizeof(magic) &&
			memcmp(magic, "TZif", sizeof(magic)) == 0;
		(void)fclose(file);
	}
	g_free(path);
	return there;
}

static GTimeZone *
zone_load(const char *zone)
{
	if (strcmp(zone, "UTC") == 0)
		return g_time_zone_new_utc();
	if (!is_name(zone) || !is_listed(zone))
		return NULL;
	return g_time_zone_new_identifier(zone);
}

/* NULL: there is no such zone. It lives as long as the process. */
static GTimeZone *
zone_find(const char *zone)
{
	GTimeZone *found;

	(void)pthread_mutex_lock(&zones_lock);
	if (zones == NULL)
		zones = g_hash_table_new(g_str_hash, g_str_equal);
	found = g_hash_table_lookup(zones, zone);
	if (found == NULL) {
		found = zone_load(zone);
		if (found != NULL)
			(void)g_hash_table_insert(zones, g_strdup(zone), found);
	}
	(void)pthread_mutex_unlock(&zones_lock);
	return found;
}

bool
clock_is_zone(const char *zone)
{
	return zone_find(zone) != NULL;
}

/* Seconds east of Greenwich at an instant. */
static int64_t
offset_at(GTimeZone *tz, int64_t instant)
{
	gint i = g_time_zone_find_interval(tz, G_TIME_TYPE_UNIVERSAL, instant);

	return g_time_zone_get_offset(tz, i);
}

/* A wall clock time, and what the zone makes of it. */
struct local {
	int64_t instant;
	bool skipped; /* no clock ever showed it */
	int64_t from; /* when skipped: an instant before the change, ... */
	int64_t to;   /* ... and one behind it */
};

/*
 * No zone changes its clocks twice within two days, so the offsets a day
 * before and a day behind are the two that may hold. (A zone is at most 15
 * hours from Greenwich: a day before by UTC is before by any clock.)
 */
static struct local
local_find(GTimeZone *tz, int64_t wall)
{
	int64_t before = offset_at(tz, wall - DAY);
	int64_t after = offset_at(tz, wall + DAY);
	struct local l = { .instant = wall - before };

	if (offset_at(tz, wall - before) == before)
		return l;
	l.instant = wall - after;
	if (offset_at(tz, wall - after) == after)
		return l;
	l.instant = wall - before;
	l.skipped = true;
	l.from = wall - DAY;
	l.to = wall + DAY;
	return l;
}

/* The first instant with the offset that l->to has. */
static int64_t
change_find(GTimeZone *tz, const struct local *l)
{
	int64_t low = l->from, high = l->to;
	int64_t after = offset_at(tz, high);

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (offset_at(tz, middle) == after)
			high = middle;
		else
			low = middle;
	}
	return high;
}

static enum err
zone_get(struct op *op, const char *zone, GTimeZone **out)
{
	*out = zone_find(zone);
	if (*out == NULL)
		return FAIL(op, ERR_INVALID, "there is no time zone %s", zone);
	return OK;
}

static enum err
range_check(struct op *op, int64_t instant)
{
	if (instant < CLOCK_MIN || instant > CLOCK_MAX)
		return FAIL(op, ERR_INVALID, "outside the years 1 to 9999");
	return OK;
}

enum err
clock_wall(struct op *op, int64_t instant, const char *zone, int64_t *out)
{
	GTimeZone *tz;

	TRY(range_check(op, instant));
	TRY(zone_get(op, zone, &tz));
	*out = instant + offset_at(tz, instant);
	return OK;
}

enum err
clock_local(struct op *op, int64_t wall, const char *zone, int64_t *out)
{
	int64_t instant;
	GTimeZone *tz;

	TRY(range_check(op, wall));
	TRY(zone_get(op, zone, &tz));
	instant = local_find(tz, wall).instant;
	TRY(range_check(op, instant));
	*out = instant;
	return OK;
}

enum err
clock_day(struct op *op, int64_t day, const char *zone, int64_t *out)
{
	struct local l;
	GTimeZone *tz;

	TRY(range_check(op, day));
	TRY(zone_get(op, zone, &tz));
	l = local_find(tz, day);
	if (l.skipped)
		l.instant = change_find(tz, &l);
	TRY(range_check(op, l.instant));
	*out = l.instant;
	return OK;
}

enum err
clock_midnight(struct op *op, int64_t instant, const char *zone, int64_t *out)
{
	int64_t wall;

	TRY(clock_wall(op, instant, zone, &wall));
	/* the remainder of a time before 1970 must not be negative */
	wall -= (wall % DAY + DAY) % DAY;
	return clock_day(op, wall, zone, out);
}
