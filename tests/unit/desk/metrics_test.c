/* SPDX-License-Identifier: Apache-2.0 */
/* Counting, and the exposition read back by its own rules. */
#include "unit.h"

#include "base/buf.h"
#include "desk/metrics.h"
#include "model/answered.h"

static struct op op;
static struct metrics *metrics;

static int
setup(void **state)
{
	*state = arena_open(KIB);
	op_init(&op, *state, NULL, 1000);
	metrics = calloc(1, metrics_size());
	assert_non_null(metrics);
	metrics_init(metrics, 1700000000);
	return 0;
}

static int
teardown(void **state)
{
	free(metrics);
	arena_close(*state);
	return 0;
}

static const char *
exposition(void)
{
	static const struct auth_counts logins = { 1, 2, 3, 4, 5 };
	struct buf buf;

	buf_init(&buf, &op, KIB, METRICS_TEXT_MAX);
	metrics_write(metrics, &logins, &buf);
	assert_int_equal(buf_err(&buf), OK);
	return buf_text(&buf);
}

static void
assert_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	if (at == NULL || (at != text && at[-1] != '\n'))
		fail_msg("missing: %s in\n%s", line, text);
}

/* ---- a strict reader of text format 0.0.4 ---- */

#define NAME "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS "0123456789"

struct reader {
	char family[64], type[16]; /* announced by the last HELP and TYPE */
	char seen[1024];           /* " family family ..." */
	const char *series;        /* labels of the last bucket, without le */
	double last_le, last_bucket;
	size_t samples;
};

/* The word up to a space, at most `room` with its NUL. */
static const char *
word_read(const char *p, char *out, size_t room)
{
	size_t n = strcspn(p, " ");

	assert_true(n > 0 && n < room && p[n] == ' ');
	memcpy(out, p, n);
	out[n] = '\0';
	return p + n + 1;
}

static void
comment_read(struct reader *r, const char *line)
{
	char name[64];
	const char *rest;

	if (strncmp(line, "# HELP ", 7) == 0) {
		rest = word_read(line + 7, r->family, sizeof(r->family));
		assert_true(strlen(rest) > 0);
		assert_null(strchr(rest, '\\'));
		assert_null(strstr(r->seen, r->family)); /* once each */
		strncat(r->seen, r->family, 200);
		r->type[0] = '\0';
		return;
	}
	assert_int_equal(strncmp(line, "# TYPE ", 7), 0);
	rest = word_read(line + 7, name, sizeof(name));
	assert_string_equal(name, r->family); /* right behind its HELP */
	assert_string_equal(r->type, "");
	assert_true(strlen(rest) < sizeof(r->type));
	strncat(r->type, rest, sizeof(r->type) - 1);
	if (strcmp(rest, "counter") == 0)
		assert_string_equal(name + strlen(name) - 6, "_total");
	else if (strcmp(rest, "gauge") != 0)
		assert_string_equal(rest, "histogram");
}

/* {a="1",le="2"} behind the name: le's value comes back, and the labels
 * without it. */
static const char *
labels_read(const char *p, char *series, double *le)
{
	series[0] = '\0';
	if (*p != '{')
		return p;
	do {
		const char *name = ++p;
		size_t n = strspn(name, NAME);
		size_t value_n;

		assert_true(n > 0);
		p += n;
		assert_int_equal(strncmp(p, "=\"", 2), 0);
		p += 2;
		value_n = strcspn(p, "\"\\\n");
		while (p[value_n] == '\\') { /* an escaped character */
			assert_non_null(strchr("\"\\n", p[value_n + 1]));
			value_n += 2;
			value_n += strcspn(p + value_n, "\"\\\n");
		}
		assert_true(value_n > 0 && p[value_n] == '"');
		if (n == 2 && strncmp(name, "le", 2) == 0)
			*le = strtod(p, NULL);
		else
			strncat(series, name, n + 2 + value_n + 1);
		p += value_n + 1;
	} while (*p == ',');
	assert_int_equal(*p, '}');
	return p + 1;
}

static void
histogram_read(struct reader *r, const char *suffix, const char *series,
	       double le, double value)
{
	if (strcmp(suffix, "_bucket") == 0) {
		if (strcmp(series, r->series) != 0)
			r->last_le = r->last_bucket = 0;
		r->series = op_dup(&op, series);
		assert_true(le > r->last_le);
		assert_true(value >= r->last_bucket);
		r->last_le = le;
		r->last_bucket = value;
		return;
	}
	assert_string_equal(series, r->series); /* behind its buckets */
	assert_true(r->last_le > 1e300);        /* the last was +Inf */
	if (strcmp(suffix, "_count") == 0)
		assert_true(value == r->last_bucket);
	else
		assert_string_equal(suffix, "_sum");
}

static void
sample_read(struct reader *r, const char *line)
{
	size_t family = strlen(r->family);
	size_t n = strspn(line, NAME DIGITS);
	char series[256], suffix[16] = "";
	double le = -1, value;
	const char *p;
	char *end;

	assert_int_equal(strncmp(line, r->family, family), 0);
	assert_true(n >= family && n - family < sizeof(suffix));
	strncat(suffix, line + family, n - family);
	p = labels_read(line + n, series, &le);
	assert_int_equal(*p, ' ');
	assert_true(strspn(p + 1, DIGITS "."
					 "+e-") == strlen(p + 1));
	value = strtod(p + 1, &end);
	assert_true(end > p + 1 && *end == '\0' && value >= 0);
	if (strcmp(r->type, "histogram") == 0)
		histogram_read(r, suffix, series, le, value);
	else
		assert_string_equal(suffix, "");
	r->samples++;
}

/* How many samples there are; fails on what is not by the rules. */
static size_t
exposition_read(const char *text)
{
	struct reader r = { .series = "" };
	const char *end;

	for (; *text != '\0'; text = end + 1) {
		char *line;

		end = strchr(text, '\n');
		assert_non_null(end); /* the last one too */
		line = op_text(&op, text, (size_t)(end - text));
		if (line[0] == '#')
			comment_read(&r, line);
		else
			sample_read(&r, line);
	}
	return r.samples;
}

/* ---- tests ---- */

#define SAMPLES_ALONE 7 /* build, start, five kinds of login */
#define SAMPLES_EACH 21 /* total, 18 buckets, sum, count */

static void
an_idle_server_tells_what_it_is(void **state)
{
	const char *text = exposition();

	(void)state;
	assert_int_equal(exposition_read(text), SAMPLES_ALONE);
	assert_line(text, "frontdesk_build_info{version=\"" FRONTDESK_VERSION
			  "\"} 1\n");
	assert_line(text, "frontdesk_start_time_seconds 1700000000\n");
	assert_line(text, "frontdesk_logins_total{outcome=\"remembered\"} 1\n");
	assert_line(text, "frontdesk_logins_total{outcome=\"hashed\"} 2\n");
	assert_line(text, "frontdesk_logins_total{outcome=\"failed\"} 3\n");
	assert_line(text, "frontdesk_logins_total{outcome=\"delayed\"} 4\n");
	assert_line(text, "frontdesk_logins_total{outcome=\"joined\"} 5\n");
}

#define PHOTO "operation=\"GetUserPhoto\",result=\"304\""

static void
each_op_is_counted_with_its_time(void **state)
{
	const char *text;

	(void)state;
	metrics_count(metrics, "GetUserPhoto", "304", 50);
	metrics_count(metrics, "GetUserPhoto", "304", 51);
	metrics_count(metrics, "GetUserPhoto", "304", -1); /* clock's fault */
	metrics_count(metrics, "GetUserPhoto", "304", 10000000);
	metrics_count(metrics, "GetUserPhoto", "304", 10000001);
	metrics_count(metrics, "SetUserOofSettings", "NoError", 7);
	text = exposition();
	assert_int_equal(exposition_read(text),
			 SAMPLES_ALONE + 2 * SAMPLES_EACH);
	assert_line(text, "frontdesk_requests_total{" PHOTO "} 5\n");
	assert_line(text, "frontdesk_request_seconds_bucket{" PHOTO
			  ",le=\"0.00005\"} 2\n");
	assert_line(text, "frontdesk_request_seconds_bucket{" PHOTO
			  ",le=\"0.0001\"} 3\n");
	assert_line(text,
		    "frontdesk_request_seconds_bucket{" PHOTO ",le=\"5\"} 3\n");
	assert_line(text, "frontdesk_request_seconds_bucket{" PHOTO
			  ",le=\"10\"} 4\n");
	assert_line(text, "frontdesk_request_seconds_bucket{" PHOTO
			  ",le=\"+Inf\"} 5\n");
	assert_line(text,
		    "frontdesk_request_seconds_sum{" PHOTO "} 20.000102\n");
	assert_line(text, "frontdesk_request_seconds_count{" PHOTO "} 5\n");
	assert_line(text,
		    "frontdesk_requests_total{operation=\"SetUserOofSettings\","
		    "result=\"NoError\"} 1\n");
}

static void
no_label_comes_from_outside_the_tables(void **state)
{
	static const char *const odd[] = { NULL, "", "getuserphoto",
					   "a\"} 1\nb{c=\"", "other" };
	const char *text;

	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++)
		metrics_count(metrics, odd[i], odd[i], 1);
	text = exposition();
	assert_int_equal(exposition_read(text), SAMPLES_ALONE + SAMPLES_EACH);
	assert_line(text, "frontdesk_requests_total{operation=\"other\","
			  "result=\"other\"} 5\n");
}

/* The counters are all words behind the first: given the widest numbers. */
static void
the_exposition_fits_when_every_cell_is_used(void **state)
{
	uint64_t *words = (uint64_t *)metrics;
	const char *text;

	(void)state;
	for (size_t i = 1; i < metrics_size() / sizeof(*words); i++)
		words[i] = UINT64_MAX / 32; /* 18 of them still add up */
	text = exposition();
	assert_true(strlen(text) < METRICS_TEXT_MAX);
	assert_true(exposition_read(text) > (size_t)100 * SAMPLES_EACH);
}

/* A title is whatever somebody wrote. */
static void
the_sources_of_people_are_told_by_their_titles(void **state)
{
	static const struct directory_stats stats[] = {
		{ "directory:office", 1, 2, 3, 4, 1500000, 1700000000, 0,
		  true },
		{ "sql:a \"b\" \\c\nd", 0, 0, 0, 0, 7, 0, 1700000001, true },
	};
	static const struct directory_stats_list none = { 0, NULL };
	static const struct directory_stats_list both = { 2, stats };
	struct buf buf;
	const char *text;

	(void)state;
	buf_init(&buf, &op, KIB, METRICS_TEXT_MAX);
	metrics_write_sources(&none, &buf);
	assert_string_equal(buf_text(&buf), "");
	metrics_write_sources(&both, &buf);
	text = buf_text(&buf);
	(void)exposition_read(text);
	assert_line(text,
		    "frontdesk_directory_searches_total{source=\"directory:"
		    "office\",outcome=\"nobody\"} 2\n");
	assert_line(text, "frontdesk_directory_search_seconds_total{source="
			  "\"directory:office\"} 1.500000\n");
	assert_line(text, "frontdesk_directory_search_seconds_total{source="
			  "\"sql:a \\\"b\\\" \\\\c\\nd\"} 0.000007\n");
	assert_line(text, "frontdesk_directory_followed_seconds{source="
			  "\"directory:office\"} 1700000000\n");
}

static void
the_outbox_is_told_with_its_age(void **state)
{
	static const struct {
		const char *name;
		struct outbox_count count;
		const char *line;
	} rows[] = {
		/* clang-format off */
		{ "waiting", { .waiting = 3, .oldest = 1000 }, "\nfrontdesk_outbox_waiting 3\n" },
		{ "since when", { .waiting = 3, .oldest = 1000 }, "\nfrontdesk_outbox_oldest_seconds 60\n" },
		{ "nothing waits", { .sent = 1 }, "\nfrontdesk_outbox_oldest_seconds 0\n" },
		{ "a clock that was set back", { .oldest = 2000 }, "\nfrontdesk_outbox_oldest_seconds 0\n" },
		{ "sent", { .sent = 4 }, "\nfrontdesk_replies{state=\"sent\"} 4\n" },
		{ "failed", { .failed = 5 }, "\nfrontdesk_replies{state=\"failed\"} 5\n" },
		{ "unknown", { .unknown = 6 }, "\nfrontdesk_replies{state=\"unknown\"} 6\n" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf buf;

		buf_init(&buf, &op, KIB, METRICS_TEXT_MAX);
		metrics_write_outbox(&rows[i].count, 1060, &buf);
		(void)exposition_read(buf_text(&buf));
		CHECK_ROW(rows[i].name,
			  strstr(buf_text(&buf), rows[i].line) != NULL);
	}
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(an_idle_server_tells_what_it_is),
		ROW(each_op_is_counted_with_its_time),
		ROW(no_label_comes_from_outside_the_tables),
		ROW(the_sources_of_people_are_told_by_their_titles),
		ROW(the_outbox_is_told_with_its_age),
		ROW(the_exposition_fits_when_every_cell_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
