/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_unit.h"

#include <jansson.h>

/* The state of one row of `check`; NULL: there is none. */
static const char *
state_of(struct op *op, const struct unit_run *run, const char *check)
{
	json_t *rows = json_loads(run->out, 0, NULL), *row;
	const char *state = NULL;
	size_t i;

	assert_non_null(rows);
	json_array_foreach(rows, i, row)
	{
		const char *name =
			json_string_value(json_object_get(row, "check"));

		if (strcmp(name, check) == 0)
			state = op_dup(op, json_string_value(json_object_get(
						   row, "state")));
	}
	json_decref(rows);
	return state;
}

static void
check_finds_what_is_wrong(void **state)
{
	static const struct {
		const char *what;
		const char *path;
		mode_t mode, was;
		const char *check;
	} rows[] = {
		{ "data for all", "/data", 0755, 0700, "data" },
		{ "run for all", "/run", 0711, 0700, "run" },
		{ "a key for all", "/tls/server.key", 0644, 0600, "key" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *path = site(op, rows[i].path);
		struct unit_run run;

		assert_int_equal(chmod(path, rows[i].mode), 0);
		run = on_site(op, "check --json");
		assert_int_equal(chmod(path, rows[i].was), 0);
		CHECK_ROW(rows[i].what, run.status == EXIT_CONFIG);
		CHECK_ROW(
			rows[i].what,
			unit_same(state_of(op, &run, rows[i].check), "failed"));
		CHECK_ROW(rows[i].what,
			  unit_same(state_of(op, &run, "store"), "ok"));
	}
}

static void
check_tells_a_damaged_store_from_a_wrong_configuration(void **state)
{
	struct op *op = *state;
	const char *path = site(op, "/data/frontdesk.db");
	const char *aside = unit_path(op, "aside");
	struct unit_run run;

	assert_int_equal(rename(path, aside), 0);
	unit_file(path, "no database", 11);
	run = on_site(op, "check --json");
	assert_int_equal(rename(aside, path), 0);
	assert_int_equal(run.status, EXIT_FAILED);
	assert_string_equal(state_of(op, &run, "store"), "failed");
	assert_string_equal(state_of(op, &run, "certificate"), "ok");
}

static void
check_wants_a_key_that_fits(void **state)
{
	struct op *op = *state;
	const char *key = site(op, "/tls/server.key");
	const char *aside = unit_path(op, "aside");
	struct unit_run run;

	assert_int_equal(rename(key, aside), 0);
	assert_int_equal(link(site(op, "/tls/ca.key"), key), 0);
	run = on_site(op, "check --json");
	assert_int_equal(rename(aside, key), 0);
	assert_int_equal(run.status, EXIT_CONFIG);
	assert_string_equal(state_of(op, &run, "certificate"), "failed");
}

static void
check_names_what_the_certificate_lacks(void **state)
{
	struct op *op = *state;
	const char *pem = site(op, "/tls/server.pem");
	const char *aside = unit_path(op, "aside");
	struct unit_run run;

	/* the authority's own certificate has no names at all */
	assert_int_equal(rename(pem, aside), 0);
	assert_int_equal(link(site(op, "/tls/ca.pem"), pem), 0);
	run = on_site(op, "check");
	assert_int_equal(unlink(pem), 0);
	assert_int_equal(rename(aside, pem), 0);
	assert_non_null(strstr(run.out, "names\twarning\t"));
	assert_non_null(strstr(run.out, "lacks localhost, example.com, "
					"autodiscover.example.com"));
}

/* The configuration with `more` behind it; *was: to be written back. */
static void
conf_append(struct op *op, const char *more, const char **was)
{
	const char *path = site(op, "/frontdesk.conf");
	const char *text;

	*was = unit_said(op, path);
	text = op_print(op, "%s%s", *was, more);
	unit_file(path, text, strlen(text));
}

static void
check_names_what_the_configuration_means_and_is_not_here(void **state)
{
	static const struct {
		const char *section, *said;
	} rows[] = {
		/* clang-format off */
		{ "", "accounts\tok\tnone is set" },
		{ "service_account \"r@example.com\" {\ndomains = {\"example.com\"}\n}", "there is no r@example.com here: correct it, or add that mailbox" },
		{ "service_account \"a@example.com\" {\ndomains = {\"example.org\"}\n}", "there is no example.org here: correct it, or add that domain" },
		{ "service_account \"a@example.com\" {\naddresses = {\"A@Example.COM\", \"b@example.com\"}\n}", "there is no b@example.com here" },
		{ "service_account \"a@example.com\" {\ndomains = {\"Example.com\"}\n}", "accounts\tok\t1; 0 of them" },
		{ "", "avatars\tok\tno domain shows them" },
		{ "avatar {\ndomains = {\"Example.com\"}\n}", "avatars\tok\tdomains that show them: 1" },
		{ "avatar {\ndomains = {\"example.com\", \"example.net\"}\n}", "avatars\twarning\texample.net of avatar.domains is no accepted domain" },
		/* clang-format on */
	};
	struct op *op = *state;
	struct unit_run run;
	int before; /* a sanitized module fits no nginx: that is not 0 */

	assert_int_equal(on_site(op, "mailbox add a@example.com").status, 0);
	before = on_site(op, "check").status;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *was;

		conf_append(op, rows[i].section, &was);
		run = on_site(op, "check");
		unit_file(site(op, "/frontdesk.conf"), was, strlen(was));
		CHECK_ROW(rows[i].section, run.status == before);
		CHECK_ROW(rows[i].section,
			  strstr(run.out, rows[i].said) != NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_finds_what_is_wrong),
		cmocka_unit_test(
			check_tells_a_damaged_store_from_a_wrong_configuration),
		cmocka_unit_test(check_wants_a_key_that_fits),
		cmocka_unit_test(check_names_what_the_certificate_lacks),
		cmocka_unit_test(
			check_names_what_the_configuration_means_and_is_not_here),
	};

	return cmocka_run_group_tests(tests, site_make, site_remove);
}
