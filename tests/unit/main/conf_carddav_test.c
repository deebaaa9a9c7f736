/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "main/conf_carddav.h"

typedef const char *check_one(const char *value);

static void
values_are_taken_or_refused(void **state)
{
	static const struct {
		const char *value;
		check_one *check;
		bool right;
	} rows[] = {
		/* clang-format off */
		{ "office", carddav_is_title, true },
		{ "the office's", carddav_is_title, true },
		{ "", carddav_is_title, false },
		{ "a\tb", carddav_is_title, false },

		{ "https://dav.example.com/", carddav_is_url, true },
		{ "https://dav.example.com:8443/%d/%n/", carddav_is_url, true },
		{ "https://dav.example.com/.well-known/carddav", carddav_is_url, true },
		{ "https://dav.example.com/a?b=c", carddav_is_url, true },
		{ "http://127.0.0.1:5232/%u/", carddav_is_url, true },
		{ "http://[::1]:5232/", carddav_is_url, true },
		{ "http://localhost/%u/", carddav_is_url, true },
		{ "http://dav.example.com/", carddav_is_url, false },
		{ "http://127.0.0.1.example.com/", carddav_is_url, false },
		{ "http://127.0.0.1@example.com/", carddav_is_url, false },
		{ "https://dav.example.com", carddav_is_url, false },
		{ "https://%d/", carddav_is_url, false },
		{ "https://%n.example.com/", carddav_is_url, false },
		{ "https://user:secret@dav.example.com/", carddav_is_url, false },
		{ "https:///x/", carddav_is_url, false },
		{ "https://dav.example.com/a b", carddav_is_url, false },
		{ "https://dav.example.com/#x", carddav_is_url, false },
		{ "https://dav.example.com?x", carddav_is_url, false },
		{ "ftp://127.0.0.1/", carddav_is_url, false },
		{ "/dav/", carddav_is_url, false },
		{ "", carddav_is_url, false },

		{ "%u", carddav_is_user, true },
		{ "%n*master", carddav_is_user, true },
		{ "reader", carddav_is_user, true },
		{ "a:b", carddav_is_user, false },
		{ "a b", carddav_is_user, false },
		{ "", carddav_is_user, false },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].value, (rows[i].check(rows[i].value) ==
					  NULL) == rows[i].right);
}

static void
lengths_have_an_end(void **state)
{
	static const struct {
		const char *name;
		check_one *check;
		const char *start;
		size_t most;
	} rows[] = {
		{ "title", carddav_is_title, "", 100 },
		{ "url", carddav_is_url, "https://x.org/", 1000 },
		{ "user", carddav_is_user, "", 320 },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *value = op_alloc(op, rows[i].most + 2);
		size_t n = strlen(rows[i].start);

		memcpy(value, rows[i].start, n);
		memset(value + n, 'x', rows[i].most - n);
		CHECK_ROW(rows[i].name, rows[i].check(value) == NULL);
		value[rows[i].most] = 'x';
		CHECK_ROW(rows[i].name, rows[i].check(value) != NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(values_are_taken_or_refused),
		UNIT_TEST(lengths_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
