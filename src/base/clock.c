/* SPDX-License-Identifier: Apache-2.0 */
/* Dates as XML, HTTP and people write them; the zones are clock_zone.c's. */
#include "base/clock.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

#define MINUTE 60 /* seconds */
#define HOUR 3600
#define DAY 86400
#define OFFSET_MAX 50400   /* XML Schema part 2, 3.2.7.3 */
#define AHEAD_DIGITS_MAX 5 /* of "+2d": 99999 weeks stay in range */

static const char day_names[7][10] = { "Monday",   "Tuesday", "Wednesday",
				       "Thursday", "Friday",  "Saturday",
				       "Sunday" };
static const char short_names[7][4] = { "Mon", "Tue", "Wed", "Thu",
					"Fri", "Sat", "Sun" };
static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr",
					 "May", "Jun", "Jul", "Aug",
					 "Sep", "Oct", "Nov", "Dec" };

/* A date and time of the Gregorian calendar, without a zone. */
struct civil {
	unsigned year, month, day, hour, minute, second;
};

/* ---- the calendar ---- */

static bool
is_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned
days_in_month(unsigned year, unsigned month)
{
	static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30,
					  31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap(year) ? 29U : days[month - 1];
}

/* Days from 1970-01-01 to the first of January of a year from 1. */
static int64_t
days_before_year(unsigned year)
{
	int64_t y = (int64_t)year - 1;

	return 365 * y + y / 4 - y / 100 + y / 400 - 719162;
}

/* Takes 24:00:00 as well: the next day's 00:00:00. */
static int64_t
civil_seconds(const struct civil *c)
{
	int64_t days = days_before_year(c->year);

	for (unsigned m = 1; m < c->month; m++)
		days += days_in_month(c->year, m);
	days += (int64_t)c->day - 1;
	return days * DAY + (int64_t)c->hour * HOUR +
	       (int64_t)c->minute * MINUTE + c->second;
}

static struct civil
civil_of(int64_t instant)
{
	struct civil c = { .month = 1 };
	int64_t at = instant - CLOCK_MIN; /* never negative */
	int64_t days = at / DAY + CLOCK_MIN / DAY;
	unsigned rest = (unsigned)(at % DAY);

	/* too early by at most one year */
	c.year = (unsigned)((at / DAY) * 400 / 146097);
	c.year += c.year == 0;
	while (days_before_year(c.year + 1) <= days)
		c.year++;
	days -= days_before_year(c.year);
	while (days >= days_in_month(c.year, c.month))
		days -= days_in_month(c.year, c.month++);
	c.day = (unsigned)days + 1;
	c.hour = rest / HOUR;
	c.minute = rest % HOUR / MINUTE;
	c.second = rest % MINUTE;
	return c;
}

/* 0: Monday. Day 0 of the year 1 was one. */
static unsigned
weekday_of(int64_t instant)
{
	return (unsigned)((instant - CLOCK_MIN) / DAY % 7);
}

static bool
civil_is_date(const struct civil *c)
{
	return c->year >= 1 && c->year <= 9999 && c->month >= 1 &&
	       c->month <= 12 && c->day >= 1 &&
	       c->day <= days_in_month(c->year, c->month);
}

static bool
civil_is_time(const struct civil *c)
{
	if (c->hour == 24)
		return c->minute == 0 && c->second == 0;
	return c->hour < 24 && c->minute < 60 && c->second < 60;
}

static bool
in_range(int64_t instant)
{
	return instant >= CLOCK_MIN && instant <= CLOCK_MAX;
}

/* ---- reading ---- */

/* Exactly n digits at *p, moved behind them. */
static bool
read_digits(const char **p, unsigned n, unsigned *out)
{
	unsigned value = 0;

	for (unsigned i = 0; i < n; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		value = 10 * value + (unsigned)(**p - '0');
	}
	*out = value;
	return true;
}

static bool
read_char(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* One of n names of a table whose rows are `width` wide; its number. */
static bool
read_name(const char **p, const char *names, size_t width, unsigned n,
	  unsigned *out)
{
	for (unsigned i = 0; i < n; i++) {
		size_t length = strlen(names + i * width);

		if (strncmp(*p, names + i * width, length) == 0) {
			*p += length;
			*out = i;
			return true;
		}
	}
	return false;
}

static bool
read_month(const char **p, unsigned *out)
{
	if (!read_name(p, month_names[0], sizeof(month_names[0]), 12, out))
		return false;
	(*out)++;
	return true;
}

/* "yyyy-mm-dd" */
static bool
read_date(const char **p, struct civil *c)
{
	return read_digits(p, 4, &c->year) && read_char(p, '-') &&
	       read_digits(p, 2, &c->month) && read_char(p, '-') &&
	       read_digits(p, 2, &c->day) && civil_is_date(c);
}

/* "hh:mm:ss" */
static bool
read_time(const char **p, struct civil *c)
{
	return read_digits(p, 2, &c->hour) && read_char(p, ':') &&
	       read_digits(p, 2, &c->minute) && read_char(p, ':') &&
	       read_digits(p, 2, &c->second);
}

/* ".123": any number of digits, one at least. *zero: all of them were 0. */
static bool
read_fraction(const char **p, bool *zero)
{
	const char *from = *p + 1;
	size_t n, zeros;

	*zero = true;
	if (**p != '.')
		return true;
	n = strspn(from, "0123456789");
	zeros = strspn(from, "0");
	*zero = zeros == n;
	*p = from + n;
	return n > 0;
}

/* "Z", "+hh:mm", "+hhmm", "+hh" (GLib writes that), or nothing. */
static bool
read_offset(const char **p, int *offset, bool *zoned)
{
	unsigned hours, minutes = 0;
	int sign;

	*offset = 0;
	*zoned = **p != '\0';
	if (!*zoned || read_char(p, 'Z'))
		return true;
	sign = **p == '-' ? -1 : 1;
	if (!read_char(p, '+') && !read_char(p, '-'))
		return false;
	if (!read_digits(p, 2, &hours))
		return false;
	if (**p != '\0') {
		(void)read_char(p, ':');
		if (!read_digits(p, 2, &minutes) || minutes > 59)
			return false;
	}
	*offset = sign * (int)(hours * HOUR + minutes * MINUTE);
	return *offset >= -OFFSET_MAX && *offset <= OFFSET_MAX;
}

/* The text of a dateTime as seconds of its wall clock and their offset. */
static bool
read_xml(const char *p, int64_t *wall, int *offset, bool *zoned)
{
	struct civil c = { 0 };
	bool whole;

	if (!read_date(&p, &c) || !read_char(&p, 'T') || !read_time(&p, &c) ||
	    !read_fraction(&p, &whole) || !civil_is_time(&c) ||
	    !read_offset(&p, offset, zoned) || *p != '\0')
		return false;
	*wall = civil_seconds(&c);
	return c.hour < 24 || whole;
}

enum err
clock_read_xml(struct op *op, const char *text, int64_t *out, bool *zoned)
{
	int64_t wall;
	int offset;
	bool has_zone;

	text = text_trim(op, text); /* whiteSpace is collapse, 3.2.7 */
	if (strlen(text) > CLOCK_XML_MAX)
		return FAIL(op, ERR_INVALID, "a date of %zu bytes",
			    strlen(text));
	if (!read_xml(text, &wall, &offset, &has_zone))
		return FAIL(op, ERR_INVALID, "not a date and time: %s", text);
	if (!in_range(wall - offset))
		return FAIL(op, ERR_INVALID, "outside the years 1 to 9999: %s",
			    text);
	*out = wall - offset;
	if (zoned != NULL)
		*zoned = has_zone;
	return OK;
}

/* The hour of HTTP's dates; a leap second is the next minute's first. */
static bool
read_http_time(const char **p, struct civil *c)
{
	return read_time(p, c) && c->hour < 24 && c->minute < 60 &&
	       c->second <= 60;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static bool
read_imf(const char *p, struct civil *c)
{
	unsigned weekday;

	return read_name(&p, short_names[0], sizeof(short_names[0]), 7,
			 &weekday) &&
	       read_char(&p, ',') && read_char(&p, ' ') &&
	       read_digits(&p, 2, &c->day) && read_char(&p, ' ') &&
	       read_month(&p, &c->month) && read_char(&p, ' ') &&
	       read_digits(&p, 4, &c->year) && read_char(&p, ' ') &&
	       read_http_time(&p, c) && strcmp(p, " GMT") == 0;
}

/* "Sunday, 06-Nov-94 08:49:37 GMT" */
static bool
read_rfc850(const char *p, unsigned this_year, struct civil *c)
{
	unsigned weekday, year;

	if (!read_name(&p, day_names[0], sizeof(day_names[0]), 7, &weekday) ||
	    !read_char(&p, ',') || !read_char(&p, ' ') ||
	    !read_digits(&p, 2, &c->day) || !read_char(&p, '-') ||
	    !read_month(&p, &c->month) || !read_char(&p, '-') ||
	    !read_digits(&p, 2, &year) || !read_char(&p, ' ') ||
	    !read_http_time(&p, c))
		return false;
	/* what looks more than 50 years ahead is a century ago */
	c->year = this_year - this_year % 100 + year;
	if (c->year > this_year + 50)
		c->year -= 100;
	else if (c->year + 50 <= this_year)
		c->year += 100;
	return strcmp(p, " GMT") == 0;
}

/* "Sun Nov  6 08:49:37 1994" */
static bool
read_asctime(const char *p, struct civil *c)
{
	unsigned weekday, days;

	if (!read_name(&p, short_names[0], sizeof(short_names[0]), 7,
		       &weekday) ||
	    !read_char(&p, ' ') || !read_month(&p, &c->month) ||
	    !read_char(&p, ' '))
		return false;
	days = read_char(&p, ' ') ? 1 : 2;
	return read_digits(&p, days, &c->day) && read_char(&p, ' ') &&
	       read_http_time(&p, c) && read_char(&p, ' ') &&
	       read_digits(&p, 4, &c->year) && *p == '\0';
}

/* The weekday must be one, but is not compared with the date: the date
 * counts. */
enum err
clock_read_http(struct op *op, const char *text, int64_t *out)
{
	struct civil imf = { 0 }, rfc850 = { 0 }, asctime = { 0 };
	const struct civil *c = NULL;

	if (read_imf(text, &imf))
		c = &imf;
	else if (read_rfc850(text, civil_of(op->now).year, &rfc850))
		c = &rfc850;
	else if (read_asctime(text, &asctime))
		c = &asctime;
	if (c == NULL || !civil_is_date(c) || !in_range(civil_seconds(c)))
		return FAIL(op, ERR_INVALID, "not a date of HTTP");
	*out = civil_seconds(c);
	return OK;
}

/* ---- what people write ---- */

/* "12:00", "12:00:30", then perhaps an offset. */
static bool
read_person_time(const char **p, struct civil *c, int *offset, bool *zoned)
{
	if (!read_digits(p, 2, &c->hour) || !read_char(p, ':') ||
	    !read_digits(p, 2, &c->minute))
		return false;
	if (read_char(p, ':') && !read_digits(p, 2, &c->second))
		return false;
	return civil_is_time(c) && read_offset(p, offset, zoned);
}

/* Days and weeks keep the time that the clock on the wall shows. */
static enum err
read_ahead(struct op *op, const char *text, const char *zone, int64_t *out)
{
	static const struct {
		char unit;
		bool wall;
		int64_t seconds;
	} units[] = {
		{ 'm', false, MINUTE },
		{ 'h', false, HOUR },
		{ 'd', true, DAY },
		{ 'w', true, 7 * (int64_t)DAY },
	};
	size_t n = strspn(text + 1, "0123456789");
	char unit = text[1 + n];
	const char *p = text + 1;
	unsigned count;
	int64_t wall;

	if (n == 0 || n > AHEAD_DIGITS_MAX || unit == '\0' ||
	    text[2 + n] != '\0' || !read_digits(&p, (unsigned)n, &count))
		return FAIL(op, ERR_INVALID, "not a time: %s", text);
	for (size_t i = 0; i < COUNT(units); i++) {
		if (units[i].unit != unit)
			continue;
		if (!units[i].wall) {
			*out = op->now + count * units[i].seconds;
			return OK;
		}
		TRY(clock_wall(op, op->now, zone, &wall));
		return clock_local(op, wall + count * units[i].seconds, zone,
				   out);
	}
	return FAIL(op, ERR_INVALID, "not a time: %s", text);
}

static enum err
read_moment(struct op *op, const char *text, const char *zone, int64_t *out)
{
	const char *p = text;
	struct civil c = { 0 };
	bool zoned = false;
	int offset = 0;

	if (!read_date(&p, &c))
		return FAIL(op, ERR_INVALID, "not a date: %s", text);
	if (*p == '\0') /* a day that may begin late: see clock_day */
		return clock_day(op, civil_seconds(&c), zone, out);
	if ((!read_char(&p, 'T') && !read_char(&p, ' ')) ||
	    !read_person_time(&p, &c, &offset, &zoned) || *p != '\0')
		return FAIL(op, ERR_INVALID, "not a date and time: %s", text);
	*out = civil_seconds(&c) - offset;
	return zoned ? OK : clock_local(op, *out, zone, out);
}

enum err
clock_read_person(struct op *op, const char *text, const char *zone,
		  int64_t *out)
{
	text = text_trim(op, text);
	if (text[0] == '+')
		TRY(read_ahead(op, text, zone, out));
	else
		TRY(read_moment(op, text, zone, out));
	if (!in_range(*out))
		return FAIL(op, ERR_INVALID, "outside the years 1 to 9999: %s",
			    text);
	return OK;
}

/* ---- writing: in every answer, so without printf ---- */

/* A number in exactly n digits. */
static void
put_digits(char *at, unsigned n, unsigned value)
{
	for (; n > 0; n--, value /= 10)
		at[n - 1] = (char)('0' + value % 10);
}

/* "08:49:37" over what stands there. */
static void
put_time(char *at, const struct civil *c)
{
	put_digits(at, 2, c->hour);
	put_digits(at + 3, 2, c->minute);
	put_digits(at + 6, 2, c->second);
}

const char *
clock_xml(struct op *op, int64_t instant)
{
	static const char form[] = "1994-11-06T08:49:37Z";
	char *text = op_text(op, form, sizeof(form) - 1);
	struct civil c;

	assert(in_range(instant)); /* readers let nothing else in */
	c = civil_of(instant);
	put_digits(text, 4, c.year);
	put_digits(text + 5, 2, c.month);
	put_digits(text + 8, 2, c.day);
	put_time(text + 11, &c);
	return text;
}

const char *
clock_http(struct op *op, int64_t instant)
{
	static const char form[] = "Sun, 06 Nov 1994 08:49:37 GMT";
	char *text = op_text(op, form, sizeof(form) - 1);
	struct civil c;

	assert(in_range(instant));
	c = civil_of(instant);
	memcpy(text, short_names[weekday_of(instant)], 3);
	put_digits(text + 5, 2, c.day);
	memcpy(text + 8, month_names[c.month - 1], 3);
	put_digits(text + 12, 4, c.year);
	put_time(text + 17, &c);
	return text;
}
