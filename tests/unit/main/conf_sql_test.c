/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "main/conf_sql.h"

static void
values_are_taken_or_refused(void **state)
{
	static const struct {
		const char *value;
		const char *(*check)(const char *value);
		bool right;
	} rows[] = {
		/* clang-format off */
		{ "sqlite", sql_is_driver, true },
		{ "postgresql", sql_is_driver, true },
		{ "mysql", sql_is_driver, true },
		{ "mariadb", sql_is_driver, false },
		{ "", sql_is_driver, false },
		{ "postfixadmin", sql_is_preset, true },
		{ "mailcow", sql_is_preset, true },
		{ "iredmail", sql_is_preset, true },
		{ "PostfixAdmin", sql_is_preset, false },
		{ "displayname", userdb_is_field, true },
		{ "a=b", userdb_is_field, false },
		{ "a b", userdb_is_field, false },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].value, (rows[i].check(rows[i].value) ==
					  NULL) == rows[i].right);
}

static void
what_a_section_lacks_is_told_with_its_line(void **state)
{
	static const struct {
		struct sql_section section;
		const char *why; /* NULL: it is right */
	} rows[] = {
		/* clang-format off */
		{ { .driver = "sqlite" }, "lacks preset or person_query" },
		{ { .driver = "sqlite", .person_query = "SELECT :address" }, NULL },
		{ { .driver = "sqlite", .preset = "postfixadmin" }, NULL },
		{ { .driver = "sqlite", .preset = "mailcow" }, "the preset mailcow is not for sqlite" },
		{ { .driver = "postgresql", .preset = "mailcow" }, "is not for postgresql" },
		{ { .driver = "mysql", .preset = "mailcow" }, NULL },
		{ { .driver = "sqlite", .preset = "iredmail" }, "is not for sqlite" },
		{ { .driver = "postgresql", .preset = "iredmail" }, NULL },
		{ { .driver = "mysql", .person_query = "SELECT :adress" }, "its person_query names :adress" },
		{ { .driver = "mysql", .preset = "mailcow", .alias_query = "SELECT 'x" }, "its alias_query has a quote" },
		{ { .driver = "mysql", .preset = "mailcow", .list_query = "SELECT 1; SELECT 2" }, "its list_query has more than one" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sql_section section = rows[i].section;
		struct settings s = { .file = "/x.conf",
				      .sqls = &section,
				      .sqls_n = 1 };
		enum err err;

		section.title = "mail";
		section.line = 7;
		err = sql_check(op, &s);
		CHECK_ROW(rows[i].why == NULL ? "right" : rows[i].why,
			  err == (rows[i].why == NULL ? OK : ERR_INVALID));
		if (rows[i].why == NULL)
			continue;
		CHECK_ROW(rows[i].why, strstr(op->reason, rows[i].why) != NULL);
		CHECK_ROW(rows[i].why,
			  strncmp(op->reason, "/x.conf:7: sql \"mail\"", 21) ==
				  0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(values_are_taken_or_refused),
		UNIT_TEST(what_a_section_lacks_is_told_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
