/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "wing/directory/sql_preset.h"
#include "wing/directory/sql_text.h"

#define SQLITE "sqlite"
#define PG "postgresql"
#define MY "mysql"

static void
names_become_places_and_nothing_else_does(void **state)
{
	static const struct {
		const char *driver, *query, *text;
		size_t n;
	} rows[] = {
		/* clang-format off */
		{ SQLITE, "a = :address", "a = ?", 1 },
		{ PG,     "a = :address", "a = $1", 1 },
		{ MY,     "a = :address", "a = ?", 1 },
		{ PG,     ":uid,:uid", "$1,$2", 2 },
		{ PG,     "(:local)||:domain", "($1)||$2", 2 },
		{ PG,     ":after", "$1", 1 },
		/* quotes and comments are the database's */
		{ SQLITE, "':uid'':uid'", "':uid'':uid'", 0 },
		{ SQLITE, "\":uid\"", "\":uid\"", 0 },
		{ MY,     "`:uid`", "`:uid`", 0 },
		{ MY,     "'\\':uid'", "'\\':uid'", 0 },
		{ PG,     "'\\' || :uid", "'\\' || $1", 1 },
		{ PG,     "E'\\':uid'", "E'\\':uid'", 0 },
		{ PG,     "TRUE'\\' || :uid", "TRUE'\\' || $1", 1 },
		{ SQLITE, "'\\' || :uid", "'\\' || ?", 1 },
		{ PG,     "-- :uid\n:uid", "-- :uid\n$1", 1 },
		{ SQLITE, "/* :uid */ :uid", "/* :uid */ ?", 1 },
		{ PG,     "/* /* */ :uid */ :uid", "/* /* */ :uid */ $1", 1 },
		{ MY,     "/* /* */ :uid", "/* /* */ ?", 1 },
		{ MY,     "# :uid\n:uid", "# :uid\n?", 1 },
		{ PG,     "a # :uid", "a # $1", 1 },
		{ PG,     "$$:uid$$ :uid", "$$:uid$$ $1", 1 },
		{ PG,     "$a1$:uid$b$ $a1$", "$a1$:uid$b$ $a1$", 0 },
		{ PG,     "x$a$ :uid", "x$a$ $1", 1 },
		/* colons and questions that are none of ours */
		{ PG,     ":uid::text", "$1::text", 1 },
		{ PG,     "a[1:2]", "a[1:2]", 0 },
		{ PG,     "a ? 'b'", "a ? 'b'", 0 },
		{ SQLITE, "'?'", "'?'", 0 },
		{ SQLITE, "1;", "1;", 0 },
		{ SQLITE, "1; \n", "1; \n", 0 },
		/* clang-format on */
	};
	struct op *op = *state;
	struct sql_text text;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].query,
			  sql_text_read(op, rows[i].query,
					sql_dialect(rows[i].driver),
					&text) == OK);
		CHECK_ROW(rows[i].query, strcmp(text.text, rows[i].text) == 0);
		CHECK_ROW(rows[i].query, text.n == rows[i].n);
	}
}

static void
each_place_knows_its_value(void **state)
{
	struct op *op = *state;
	struct sql_text text;

	assert_int_equal(sql_text_read(op,
				       ":uid :address :after :local :domain",
				       sql_dialect(PG), &text),
			 OK);
	assert_int_equal(text.n, 5);
	assert_int_equal(text.value[0], SQL_UID);
	assert_int_equal(text.value[1], SQL_ADDRESS);
	assert_int_equal(text.value[2], SQL_AFTER);
	assert_int_equal(text.value[3], SQL_LOCAL);
	assert_int_equal(text.value[4], SQL_DOMAIN);
	assert_true(sql_text_has(&text, SQL_DOMAIN));
	assert_int_equal(sql_text_read(op, ":uid", sql_dialect(PG), &text), OK);
	assert_false(sql_text_has(&text, SQL_DOMAIN));
}

static void
what_cannot_be_a_query_is_told(void **state)
{
	static const struct {
		const char *driver, *query, *why;
	} rows[] = {
		/* clang-format off */
		{ SQLITE, "a = :adress", "names :adress" },
		{ SQLITE, ":addresses", "names :addresses" },
		{ SQLITE, "a = 'b", "does not end" },
		{ SQLITE, "a /* b", "does not end" },
		{ PG,     "/* /* */", "does not end" },
		{ PG,     "$a$ b $b$", "does not end" },
		{ MY,     "'b\\'", "does not end" },
		{ MY,     "'b\\", "does not end" },
		{ SQLITE, "a = ?", "has a ?" },
		{ MY,     "a = ?", "has a ?" },
		{ PG,     "SELECT 1; DELETE FROM a", "more than one" },
		{ MY,     "SELECT 1;;", "more than one" },
		/* clang-format on */
	};
	struct op *op = *state;
	struct sql_text text;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].query,
			  sql_text_read(op, rows[i].query,
					sql_dialect(rows[i].driver),
					&text) == ERR_INVALID);
		CHECK_ROW(rows[i].query,
			  strstr(op->reason, rows[i].why) != NULL);
	}
}

static void
places_and_bytes_have_limits(void **state)
{
	struct op *op = *state;
	char query[4 * (SQL_PLACES_MAX + 1) + 1] = "";
	char *large = op_alloc(op, 20 * KIB);
	struct sql_text text;

	for (size_t i = 0; i < SQL_PLACES_MAX; i++)
		memcpy(query + 4 * i, ":uid", 5);
	assert_int_equal(sql_text_read(op, query, sql_dialect(PG), &text), OK);
	assert_int_equal(text.n, SQL_PLACES_MAX);
	memcpy(query + 4 * SQL_PLACES_MAX, ":uid", 5);
	assert_int_equal(sql_text_read(op, query, sql_dialect(PG), &text),
			 ERR_INVALID);
	memset(large, 'a', 16 * KIB);
	assert_int_equal(sql_text_read(op, large, sql_dialect(PG), &text), OK);
	large[16 * KIB] = 'a';
	assert_int_equal(sql_text_read(op, large, sql_dialect(PG), &text),
			 ERR_INVALID);
}

/* Any of what they are for takes them. */
static void
the_presets_are_queries(void **state)
{
	static const char *const presets[] = { "postfixadmin", "mailcow",
					       "iredmail" };
	static const char *const drivers[] = { SQLITE, PG, MY };
	struct op *op = *state;
	struct sql_text text;
	size_t n = 0;

	for (size_t i = 0; i < COUNT(presets) * COUNT(drivers); i++) {
		const struct sql_section section = {
			.preset = presets[i / COUNT(drivers)],
			.driver = drivers[i % COUNT(drivers)],
		};
		const struct sql_dialect *d = sql_dialect(section.driver);
		struct sql_queries q;

		if (!sql_preset_has(section.preset, section.driver))
			continue;
		n++;
		sql_queries(&section, &q);
		assert_int_equal(sql_text_read(op, q.person, d, &text), OK);
		assert_true(sql_text_has(&text, SQL_ADDRESS));
		assert_int_equal(sql_text_read(op, q.alias, d, &text), OK);
		assert_true(sql_text_has(&text, SQL_ADDRESS));
		assert_int_equal(sql_text_read(op, q.list, d, &text), OK);
		assert_true(sql_text_has(&text, SQL_AFTER));
	}
	assert_int_equal(n, 3 + 1 + 2);
	assert_false(sql_preset_is("exim"));
	assert_null(sql_dialect("oracle"));
}

static void
own_queries_go_before_a_presets(void **state)
{
	const struct sql_section own = { .person_query = "p" };
	const struct sql_section both = { .preset = "mailcow",
					  .list_query = "l" };
	struct sql_queries q;

	(void)state;
	sql_queries(&own, &q);
	assert_string_equal(q.person, "p");
	assert_null(q.alias);
	assert_null(q.list);
	sql_queries(&both, &q);
	assert_string_equal(q.list, "l");
	assert_non_null(q.person);
	assert_non_null(q.alias);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(names_become_places_and_nothing_else_does),
		UNIT_TEST(each_place_knows_its_value),
		UNIT_TEST(what_cannot_be_a_query_is_told),
		UNIT_TEST(places_and_bytes_have_limits),
		UNIT_TEST(the_presets_are_queries),
		UNIT_TEST(own_queries_go_before_a_presets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
