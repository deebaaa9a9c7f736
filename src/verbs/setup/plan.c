/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/setup/plan.h"

#include "base/text.h"
#include "model/backend.h"
#include "verbs/setup/plan_look.h"

#include <stdlib.h>
#include <string.h>

#define MEASURE_MAX INT64_C(1000000000000) /* before its unit */

const char *
plan_state_name(enum plan_state state)
{
	static const char *const names[] = {
		[PLAN_FINE] = "ok",         [PLAN_SKIPPED] = "skipped",
		[PLAN_MISSING] = "missing", [PLAN_WARNING] = "warning",
		[PLAN_FAILED] = "failed",
	};

	return names[state];
}

void
plan_add(struct plan *plan, const struct plan_row *row)
{
	if (plan->n < PLAN_ROWS_MAX)
		plan->row[plan->n++] = *row;
}

size_t
plan_count(const struct plan *plan, enum plan_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n; i++)
		n += plan->row[i].state == state;
	return n;
}

/* ---- what the plans of both have in common ---- */

bool
look_is_sieve(const struct backend_section *section)
{
	return strcmp(section->kind, BACKEND_MILTER) != 0;
}

const char *
look_delimiter(const struct settings *s)
{
	return strcmp(s->reply_delimiter, "none") == 0 ? ""
						       : s->reply_delimiter;
}

struct unit {
	char letter;
	int64_t of;
};

/* A number, and a unit by its first letter. */
static bool
measure(const char *text, const struct unit *units, size_t n, int64_t *out)
{
	char *end;
	long long number;

	if (text[0] < '0' || text[0] > '9')
		return false;
	number = strtoll(text, &end, 10);
	end += strspn(end, " ");
	if (number > MEASURE_MAX)
		return false;
	*out = number;
	for (size_t i = 0; *end != '\0' && i < n; i++) {
		if (text_lower(*end) == units[i].letter) {
			*out = number * units[i].of;
			return true;
		}
	}
	return *end == '\0';
}

bool
look_size(const char *text, uint64_t *bytes)
{
	static const struct unit units[] = {
		{ 'b', 1 },
		{ 'k', KIB },
		{ 'm', MIB },
		{ 'g', (int64_t)KIB * (int64_t)MIB },
	};
	int64_t value;

	if (!measure(text, units, COUNT(units), &value))
		return false;
	*bytes = (uint64_t)value;
	return true;
}

bool
look_period(const char *text, int64_t *seconds)
{
	static const struct unit units[] = {
		{ 's', 1 },     { 'm', 60 },     { 'h', 3600 },
		{ 'd', 86400 }, { 'w', 604800 },
	};

	return measure(text, units, COUNT(units), seconds);
}

bool
look_is_here(const char *server)
{
	return text_case_equal(server, "localhost") ||
	       text_case_starts(server, "localhost:") ||
	       strncmp(server, "127.", 4) == 0 ||
	       strncmp(server, "[::1]", 5) == 0 || strcmp(server, "::1") == 0;
}
