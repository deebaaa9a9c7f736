/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_unit.h"

#include <jansson.h>
#include <sys/file.h>

#define UNFINISHED ".frontdesk-init"

static void
what_init_cannot_use_is_told_and_nothing_made(void **state)
{
	static const struct {
		const char *options, *said;
		int status;
	} rows[] = {
		/* clang-format off */
		{ "--listen nowhere", "--listen 'nowhere'", EXIT_INVALID },
		{ "--listen 127.0.0.1", "--listen", EXIT_INVALID },
		{ "--listen 127.0.0.1:65536", "--listen", EXIT_INVALID },
		{ "--host a_b,c", "--host 'a_b,c'", EXIT_INVALID },
		{ "--domain -x-", "--domain '-x-'", EXIT_INVALID },
		{ "--domain a@b", "--domain 'a@b'", EXIT_INVALID },
		{ "--host 1.2.3.4 --domain x..y", "--domain", EXIT_INVALID },
		/* clang-format on */
	};
	struct op *op = *state;
	const char *dir = unit_path(op, "never");

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct unit_run run = unit_frontdesk(
			op, op_print(op, "init %s %s", dir, rows[i].options));

		CHECK_ROW(rows[i].options, run.status == rows[i].status);
		CHECK_ROW(rows[i].options,
			  strstr(run.err, rows[i].said) != NULL);
		CHECK_ROW(rows[i].options, !unit_exists(dir));
	}
}

static void
init_leaves_a_used_folder_alone(void **state)
{
	static const char *const rows[] = { "frontdesk.conf", "data", "tls",
					    "run" };
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *dir = unit_path(op, op_print(op, "used%zu", i));
		const char *there = op_print(op, "%s/%s", dir, rows[i]);
		struct unit_run run;

		assert_int_equal(mkdir(dir, 0755), 0);
		unit_file(there, "mine", 4);
		run = unit_frontdesk(op, op_print(op, "init %s", dir));
		CHECK_ROW(rows[i], run.status == EXIT_FAILED);
		CHECK_ROW(rows[i], strstr(run.err, "already") != NULL);
		CHECK_ROW(rows[i], strcmp(unit_said(op, there), "mine") == 0);
		assert_int_equal(unlink(there), 0);
		/* nothing else was made */
		CHECK_ROW(rows[i], rmdir(dir) == 0);
	}
}

static void
init_takes_a_folder_with_other_things(void **state)
{
	struct op *op = *state;
	const char *dir = unit_path(op, "other");

	assert_int_equal(mkdir(dir, 0755), 0);
	unit_file(op_print(op, "%s/README", dir), "mine", 4);
	assert_int_equal(
		unit_frontdesk(op, op_print(op, "init %s", dir)).status,
		EXIT_DONE);
	assert_true(unit_exists(op_print(op, "%s/frontdesk.conf", dir)));
	assert_true(unit_exists(op_print(op, "%s/README", dir)));
	assert_false(unit_exists(op_print(op, "%s/" UNFINISHED, dir)));
}

static void
an_init_that_was_cut_off_is_made_anew(void **state)
{
	struct op *op = *state;
	const char *dir = unit_path(op, "cut");
	struct unit_run run;

	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(mkdir(op_print(op, "%s/data", dir), 0700), 0);
	assert_int_equal(mkdir(op_print(op, "%s/tls", dir), 0755), 0);
	unit_file(op_print(op, "%s/data/frontdesk.db", dir), "half", 4);
	unit_file(op_print(op, "%s/tls/ca.key", dir), "half", 4);
	unit_file(op_print(op, "%s/" UNFINISHED, dir), "", 0);
	run = unit_frontdesk(op,
			     op_print(op, "init %s --domain x.example", dir));
	assert_int_equal(run.status, EXIT_DONE);
	run = unit_frontdesk(
		op, op_print(op, "domain list -c %s/frontdesk.conf", dir));
	assert_string_equal(run.out, "x.example\t\n");
	assert_false(unit_exists(op_print(op, "%s/" UNFINISHED, dir)));
}

static void
two_inits_do_not_meet(void **state)
{
	struct op *op = *state;
	const char *dir = unit_path(op, "two");
	const char *marker = op_print(op, "%s/" UNFINISHED, dir);
	struct unit_run run;
	int fd;

	assert_int_equal(mkdir(dir, 0755), 0);
	fd = open(marker, O_RDWR | O_CREAT, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	run = unit_frontdesk(op, op_print(op, "init %s", dir));
	assert_int_equal(run.status, EXIT_FAILED);
	assert_non_null(strstr(run.err, "another frontdesk init"));
	assert_true(unit_exists(marker));
	assert_int_equal(close(fd), 0);
}

static void
init_tells_where_clients_reach_it(void **state)
{
	static const struct {
		const char *options, *url;
	} rows[] = {
		/* clang-format off */
		{ "", "https://localhost:8443" },
		{ "--listen *:443", "https://localhost" },
		{ "--host mail.example.com", "https://mail.example.com:8443" },
		{ "--host mail.example.com --host b --listen [::]:443", "https://mail.example.com" },
		{ "--host 2001:db8::1 --listen 127.0.0.1:9000", "https://[2001:db8::1]:9000" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct unit_run run = unit_frontdesk(
			op, op_print(op, "init %s/url%zu %s --json",
				     unit_folder, i, rows[i].options));
		json_t *said = json_loads(run.out, 0, NULL);

		CHECK_ROW(rows[i].options, run.status == EXIT_DONE);
		CHECK_ROW(rows[i].options,
			  unit_same(json_string_value(
					    json_object_get(said, "url")),
				    rows[i].url));
		json_decref(said);
	}
}

static void
the_umask_bars_nobody(void **state)
{
	struct op *op = *state;
	const char *dir = unit_path(op, "masked");
	const mode_t mask = umask(077);
	const int status =
		unit_frontdesk(op, op_print(op, "init %s", dir)).status;
	struct stat st;

	(void)umask(mask);
	assert_int_equal(status, EXIT_DONE);
	assert_int_equal(stat(op_print(op, "%s/tls", dir), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(stat(op_print(op, "%s/tls/ca.pem", dir), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

static void
a_folder_that_bars_the_server_is_status_78(void **state)
{
	struct op *op = *state;
	const char *parent = unit_path(op, "barred");
	struct unit_run run;

	if (geteuid() != 0)
		skip(); /* only root serves as somebody else */
	assert_int_equal(mkdir(parent, 0700), 0);
	run = unit_frontdesk(op, op_print(op, "init %s/site", parent));
	assert_int_equal(run.status, EXIT_CONFIG);
	assert_non_null(strstr(run.err, parent));
	assert_int_equal(rmdir(parent), 0); /* nothing was left in it */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_init_cannot_use_is_told_and_nothing_made),
		cmocka_unit_test(init_leaves_a_used_folder_alone),
		cmocka_unit_test(init_takes_a_folder_with_other_things),
		cmocka_unit_test(an_init_that_was_cut_off_is_made_anew),
		cmocka_unit_test(two_inits_do_not_meet),
		cmocka_unit_test(init_tells_where_clients_reach_it),
		cmocka_unit_test(the_umask_bars_nobody),
		cmocka_unit_test(a_folder_that_bars_the_server_is_status_78),
	};

	return cmocka_run_group_tests(tests, site_make, site_remove);
}
