/* SPDX-License-Identifier: Apache-2.0 */

/* The program from its command line. */
#include "cli/cli_unit.h"

#include "base/lock.h"

#include <jansson.h>

/* ---- the frame ---- */

static void
a_wrong_command_line_is_status_2_and_says_where_help_is(void **state)
{
	static const struct {
		const char *words, *said;
	} rows[] = {
		/* clang-format off */
		{ "", "no verb follows 'frontdesk'" },
		{ "frob", "there is no verb 'frob'" },
		{ "mailbox", "no verb follows 'mailbox'" },
		{ "mailbox frob", "there is no verb 'mailbox frob'" },
		{ "help frob", "there is no verb 'frob'" },
		{ "--frob", "there is no option --frob" },
		{ "mailbox list a b", "'b' is one word too many" },
		{ "backup", "FILE is missing" },
		{ "photo get a@example.com -o", "--output needs a FILE" },
		{ "oof show", "ADDRESS is missing" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct unit_run run = unit_frontdesk(*state, rows[i].words);

		CHECK_ROW(rows[i].words, run.status == EXIT_USAGE);
		CHECK_ROW(rows[i].words, run.out[0] == '\0');
		CHECK_ROW(rows[i].words,
			  strstr(run.err, "frontdesk: ") == run.err);
		CHECK_ROW(rows[i].words, strstr(run.err, rows[i].said) != NULL);
		CHECK_ROW(rows[i].words, strstr(run.err, "--help") != NULL);
	}
}

static void
help_comes_however_it_is_asked_for(void **state)
{
	static const struct {
		const char *words, *said;
	} rows[] = {
		/* clang-format off */
		{ "--help", "verbs:" },
		{ "-h", "verbs:" },
		{ "help", "verbs:" },
		{ "--help init", "usage: frontdesk init" },
		{ "help mailbox", "mailbox alias" },
		{ "mailbox --help", "mailbox alias" },
		{ "--help mailbox", "mailbox alias" },
		{ "help mailbox add", "usage: frontdesk mailbox add" },
		{ "mailbox add --help", "usage: frontdesk mailbox add" },
		{ "mailbox add -h x y z", "usage: frontdesk mailbox add" },
		{ "--version", "frontdesk " },
		{ "-V", "frontdesk " },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct unit_run run = unit_frontdesk(*state, rows[i].words);

		CHECK_ROW(rows[i].words, run.status == EXIT_DONE);
		CHECK_ROW(rows[i].words, run.err[0] == '\0');
		CHECK_ROW(rows[i].words, strstr(run.out, rows[i].said) != NULL);
	}
}

static void
without_a_configuration_nothing_is_touched(void **state)
{
	struct op *op = *state;
	struct unit_run run;

	(void)unsetenv("FRONTDESK_CONF");
	run = unit_frontdesk(op, "mailbox list");
	assert_int_equal(run.status, EXIT_USAGE);
	assert_non_null(strstr(run.err, "-c FILE"));
	run = unit_frontdesk(op, "mailbox list -c /no/such/file");
	assert_int_equal(run.status, EXIT_CONFIG);
	assert_int_equal(
		setenv("FRONTDESK_CONF", site(op, "/frontdesk.conf"), 1), 0);
	assert_int_equal(unit_frontdesk(op, "mailbox list").status, EXIT_DONE);
	run = unit_frontdesk(op, "-c /no/such/file mailbox list");
	assert_int_equal(run.status, EXIT_CONFIG);
	(void)unsetenv("FRONTDESK_CONF");
}

static void
nothing_in_a_reason_is_obeyed_by_a_terminal(void **state)
{
	struct unit_run run = on_site(*state, "mailbox show \x1b[2J@x");

	assert_int_equal(run.status, EXIT_INVALID);
	assert_non_null(strstr(run.err, "\\x1b[2J@x"));
	assert_null(strchr(run.err, '\x1b'));
}

/* ---- with an installation ---- */

static void
verbs_on_mailboxes_print_what_they_did(void **state)
{
	static const struct {
		const char *words;
		int status;
		const char *out;
	} rows[] = {
		/* clang-format off */
		{ "mailbox list", 0, "" },
		{ "mailbox list --json", 0, "[]\n" },
		{ "mailbox add Ada@Example.COM --name Ada --tz Europe/Berlin --alias c@example.com", 0,
		  "address\tada@example.com\nname\tAda\norganization\t\naliases\tc@example.com\n"
		  "source\t\nstate\t\nowners\t\nlogin\tno\ntz\tEurope/Berlin\nzone\tEurope/Berlin\n"
		  "external\tall\noof\tdisabled\nphoto\t\nphoto_from\t\nphoto_hidden\tno\nphoto_copy\t\n" },
		{ "mailbox add c@example.com", EXIT_FAILED, "" },
		{ "mailbox add b@example.com --alias ada@example.com", EXIT_FAILED, "" },
		{ "mailbox add b@example.com --alias b@nowhere.example", EXIT_NOT_FOUND, "" },
		{ "mailbox add b@example.com", 0, NULL },
		{ "mailbox list", 0, "ada@example.com\tAda\tall\tEurope/Berlin\tno\t\t\n"
				     "b@example.com\t\tall\t\tno\t\t\n" },
		{ "mailbox list example.com", 0, NULL },
		{ "mailbox list nowhere.example", EXIT_NOT_FOUND, "" },
		{ "mailbox add b@nowhere.example", EXIT_NOT_FOUND, "" },
		{ "mailbox add b@B\u00dcCHER.example", EXIT_INVALID, "" }, /* that domain cannot be added */
		{ "mailbox set C@example.com --external known --tz=", 0, NULL },
		{ "mailbox list example.com --json", 0,
		  "[\n{\"address\":\"ada@example.com\",\"name\":\"Ada\",\"external\":\"known\",\"tz\":null,\"login\":false,\"source\":null,\"state\":null},\n"
		  "{\"address\":\"b@example.com\",\"name\":\"\",\"external\":\"all\",\"tz\":null,\"login\":false,\"source\":null,\"state\":null}\n]\n" },
		{ "mailbox passwd b@example.com --none", 0, NULL },
		{ "mailbox passwd b@example.com", EXIT_USAGE, "" },
		{ "mailbox passwd b@example.com --password-stdin", EXIT_INVALID, "" },
		{ "mailbox alias b@example.com list", 0, "" },
		{ "mailbox alias b@example.com add d@example.com", 0, "b@example.com\td@example.com\n" },
		{ "mailbox alias b@example.com remove c@example.com", EXIT_NOT_FOUND, "" },
		{ "mailbox alias b@example.com remove d@example.com", 0, "" },
		{ "mailbox alias b@example.com add", EXIT_USAGE, "" },
		{ "mailbox alias b@example.com list x", EXIT_USAGE, "" },
		{ "mailbox alias b@example.com frob", EXIT_USAGE, "" },
		{ "mailbox owner b@example.com add c@example.com", 0, "b@example.com\tada@example.com\n" },
		{ "mailbox owner b@example.com add b@example.com", EXIT_INVALID, "" },
		{ "mailbox owner ada@example.com remove b@example.com", EXIT_NOT_FOUND, "" },
		{ "mailbox owner b@example.com remove ada@example.com", 0, "" },
		{ "mailbox remove b@example.com", EXIT_DENIED, "" },
		{ "mailbox remove b@example.com --yes", 0, "removed\tb@example.com\nsource\t\n" },
		{ "mailbox remove b@example.com --yes", EXIT_NOT_FOUND, "" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct unit_run run = on_site(*state, rows[i].words);

		if (run.status != rows[i].status)
			print_error("%d: %s%s", run.status, run.out, run.err);
		CHECK_ROW(rows[i].words, run.status == rows[i].status);
		CHECK_ROW(rows[i].words,
			  rows[i].out == NULL ||
				  strcmp(run.out, rows[i].out) == 0);
		CHECK_ROW(rows[i].words,
			  (run.status == 0) == (run.err[0] == '\0'));
	}
}

static void
names_and_addresses_have_their_limits(void **state)
{
	struct op *op = *state;
	char name[257 + 1] = { 0 };
	struct unit_run run;

	memset(name, 'n', 256);
	run = on_site(
		op, op_print(op, "mailbox add l@example.com --name %s", name));
	assert_int_equal(run.status, EXIT_DONE);
	memset(name, 'n', 257);
	run = on_site(
		op, op_print(op, "mailbox set l@example.com --name %s", name));
	assert_int_equal(run.status, EXIT_INVALID);
	assert_non_null(strstr(run.err, "257 bytes"));
}

static void
owners_are_of_one_organization(void **state)
{
	struct op *op = *state;
	struct unit_run run;

	run = on_site(op, "domain add far.example --organization Far");
	assert_int_equal(run.status, EXIT_DONE);
	assert_int_equal(on_site(op, "mailbox add x@far.example").status, 0);
	assert_int_equal(on_site(op, "mailbox add near@example.com").status, 0);
	run = on_site(op, "mailbox owner near@example.com add x@far.example");
	assert_int_equal(run.status, EXIT_INVALID);
	assert_non_null(strstr(run.err, "another organization"));
}

static void
times_of_an_absence_follow_their_rules(void **state)
{
	static const struct {
		const char *options;
		int status;
		const char *state, *start, *end;
	} rows[] = {
		/* clang-format off */
		{ "--from 2099-01-01 --to 2099-02-01", 0, "scheduled", "2098-12-31T23:00:00Z", "2099-01-31T23:00:00Z" },
		{ "--from 2099-07-01 --to 2099-08-01 --tz UTC", 0, "scheduled", "2099-07-01T00:00:00Z", "2099-08-01T00:00:00Z" },
		{ "--from 2099-07-01T12:00:00+02:00 --to 2099-08-01", 0, "scheduled", "2099-07-01T10:00:00Z", "2099-07-31T22:00:00Z" },
		{ "", 0, "enabled", "2099-07-01T10:00:00Z", "2099-07-31T22:00:00Z" },
		{ "--to 2099-08-01", 0, "scheduled", NULL, "2099-07-31T22:00:00Z" },
		{ "--to +1w", 0, "scheduled", NULL, NULL },
		{ "--keep --internal x", 0, "scheduled", NULL, NULL },
		{ "--keep --to 2099-01-01", EXIT_USAGE, NULL, NULL, NULL },
		{ "--from 2099-01-01", EXIT_USAGE, NULL, NULL, NULL },
		{ "--from 2099-01-01 --to 2099-01-01", EXIT_INVALID, NULL, NULL, NULL },
		{ "--to 2001-01-01", EXIT_INVALID, NULL, NULL, NULL },
		{ "--from 2000-01-01 --to 2001-01-01", EXIT_INVALID, NULL, NULL, NULL },
		{ "--to soon", EXIT_INVALID, NULL, NULL, NULL },
		{ "--to 2099-01-01 --tz Nowhere", EXIT_INVALID, NULL, NULL, NULL },
		{ "--lang de", EXIT_USAGE, NULL, NULL, NULL },
		{ "--lang d_e --internal x", EXIT_INVALID, NULL, NULL, NULL },
		{ "--internal x --internal-file /dev/null", EXIT_USAGE, NULL, NULL, NULL },
		{ "--internal-file - --external-file -", EXIT_USAGE, NULL, NULL, NULL },
		{ "--internal-file /no/such/file", EXIT_NOT_FOUND, NULL, NULL, NULL },
		{ "--audience friends", EXIT_INVALID, NULL, NULL, NULL },
		/* clang-format on */
	};
	struct op *op = *state;

	assert_int_equal(
		on_site(op, "mailbox add t@example.com --tz Europe/Berlin")
			.status,
		0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct unit_run run = on_site(
			op, op_print(op, "oof set t@example.com --json %s",
				     rows[i].options));
		json_t *said = json_loads(run.out, 0, NULL);

		CHECK_ROW(rows[i].options, run.status == rows[i].status);
		CHECK_ROW(rows[i].options,
			  unit_same(json_string_value(
					    json_object_get(said, "state")),
				    rows[i].state));
		CHECK_ROW(rows[i].options,
			  rows[i].start == NULL ||
				  unit_same(json_string_value(json_object_get(
						    said, "start")),
					    rows[i].start));
		CHECK_ROW(rows[i].options,
			  rows[i].end == NULL ||
				  unit_same(json_string_value(json_object_get(
						    said, "end")),
					    rows[i].end));
		json_decref(said);
	}
}

static void
a_list_of_absences_is_now_and_soon(void **state)
{
	static const struct {
		const char *options;
		bool plain, all;
	} rows[] = {
		{ "--to +1d", true, true },
		{ "--from +13d --to +15d", true, true },
		{ "--from +15d --to +16d", false, true },
		{ "", true, true },
	};
	struct op *op = *state;

	assert_int_equal(on_site(op, "mailbox add s@example.com").status, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *out;

		assert_int_equal(
			on_site(op, op_print(op, "oof set s@example.com %s",
					     rows[i].options))
				.status,
			0);
		out = on_site(op, "oof list").out;
		CHECK_ROW(rows[i].options,
			  (strstr(out, "s@example") != NULL) == rows[i].plain);
		out = on_site(op, "oof list --all").out;
		CHECK_ROW(rows[i].options,
			  (strstr(out, "s@example") != NULL) == rows[i].all);
	}
	assert_int_equal(on_site(op, "oof off s@example.com").status, 0);
	assert_null(strstr(on_site(op, "oof list").out, "s@example"));
	assert_non_null(strstr(on_site(op, "oof list --all").out, "s@example"));
}

static void
sizes_of_a_photo_have_their_limits(void **state)
{
	static const struct {
		const char *options;
		int status;
	} rows[] = {
		{ "-o /dev/null", EXIT_NOT_FOUND },
		{ "-o /dev/null --size 1", EXIT_NOT_FOUND },
		{ "-o /dev/null --size 648", EXIT_NOT_FOUND },
		{ "-o /dev/null --size 649", EXIT_INVALID },
		{ "-o /dev/null --size 0", EXIT_INVALID },
		{ "-o /dev/null --size HR48x48", EXIT_INVALID },
		{ "", EXIT_USAGE },
	};
	struct op *op = *state;

	assert_int_equal(on_site(op, "mailbox add p@example.com").status, 0);
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].options,
			  on_site(op, op_print(op, "photo get p@example.com %s",
					       rows[i].options))
					  .status == rows[i].status);
	assert_int_equal(on_site(op, "photo remove p@example.com").status, 0);
	assert_int_equal(on_site(op, "photo remove q@example.com").status,
			 EXIT_NOT_FOUND);
}

static void
a_backup_comes_back(void **state)
{
	struct op *op = *state;
	const char *file = unit_path(op, "backup");
	struct unit_run run;
	struct stat st;

	assert_int_equal(on_site(op, "mailbox add kept@example.com").status, 0);
	run = on_site(op, op_print(op, "backup %s", file));
	assert_int_equal(run.status, EXIT_DONE);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_uid, geteuid());
	assert_int_equal(on_site(op, op_print(op, "backup %s", file)).status,
			 EXIT_FAILED);
	assert_int_equal(on_site(op, "backup /no/such/folder/x").status,
			 EXIT_NOT_FOUND);
	assert_int_equal(
		on_site(op, "mailbox remove kept@example.com --yes").status, 0);
	assert_int_equal(on_site(op, op_print(op, "restore %s", file)).status,
			 EXIT_FAILED);
	assert_int_equal(on_site(op, "restore /no/such/file").status,
			 EXIT_NOT_FOUND);
	run = on_site(op, op_print(op, "restore %s --replace",
				   site(op, "/tls/ca.pem")));
	assert_int_equal(run.status, EXIT_INVALID);
	assert_non_null(strstr(run.err, "/tls/ca.pem is no backup"));
	run = on_site(op, op_print(op, "restore %s --replace", file));
	assert_int_equal(run.status, EXIT_DONE);
	assert_int_equal(on_site(op, "mailbox show kept@example.com").status,
			 0);
	assert_int_equal(on_site(op, "migrate").status, 0);
}

static void
a_lost_folder_comes_back(void **state)
{
	struct op *op = *state;
	const char *data = site(op, "/data");
	const char *aside = unit_path(op, "aside");
	struct unit_run run;
	struct stat was, is;

	assert_int_equal(stat(data, &was), 0);
	assert_int_equal(rename(data, aside), 0);
	run = on_site(op, op_print(op, "restore %s", unit_path(op, "backup")));
	assert_int_equal(run.status, EXIT_DONE);
	assert_int_equal(stat(data, &is), 0);
	assert_int_equal(is.st_mode & 07777, 0700);
	assert_int_equal(is.st_uid, was.st_uid);
	assert_int_equal(on_site(op, "mailbox show kept@example.com").status,
			 0);
}

/* Only what root copies for the owner of the data needs a copy there. */
static void
a_copy_left_behind_is_removed(void **state)
{
	struct op *op = *state;
	const char *dead = site(op, "/data/.copy-2147483647");
	const char *alive =
		op_print(op, "%s/data/.copy-%ld", site(op, ""), (long)getpid());
	const char *other = site(op, "/data/.copy-x");

	if (geteuid() != 0)
		skip();
	unit_file(dead, "x", 1);
	unit_file(alive, "x", 1);
	unit_file(other, "x", 1);
	assert_int_equal(
		on_site(op, op_print(op, "backup %s", unit_path(op, "second")))
			.status,
		0);
	assert_false(unit_exists(dead));
	assert_true(unit_exists(alive));
	assert_true(unit_exists(other));
	assert_int_equal(unlink(alive), 0);
	assert_int_equal(unlink(other), 0);
}

static void
a_running_server_keeps_its_store(void **state)
{
	static const char *const rows[] = { "restore %s --replace", "migrate" };
	struct op *op = *state;
	const char *file = unit_path(op, "backup");
	struct lock *lock;

	assert_int_equal(lock_open(op, site(op, "/data"), LOCK_SERVE, &lock),
			 OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct unit_run run = on_site(
			op, i == 0 ? op_print(op, "restore %s --replace", file)
				   : rows[i]);

		CHECK_ROW(rows[i], run.status == EXIT_FAILED);
		CHECK_ROW(rows[i], strstr(run.err, "a server runs") != NULL);
	}
	lock_close(lock);
}

static void
a_domain_comes_and_goes_with_its_names(void **state)
{
	static const struct {
		const char *words;
		int status;
		const char *out;
	} rows[] = {
		/* clang-format off */
		{ "domain add NEW.example --organization Other", 0,
		  "domain\tnew.example\norganization\tOther\ncertificate\trenewed\nmissing\t\n" },
		{ "domain add new.example", EXIT_FAILED, "" },
		{ "domain certificate", 0, "certificate\tunchanged\nmissing\t\n" },
		{ "domain remove new.example", 0,
		  "domain\tnew.example\norganization\tOther\ncertificate\trenewed\nmissing\t\n" },
		{ "domain remove new.example", EXIT_NOT_FOUND, "" },
		{ "domain remove example.com", EXIT_FAILED, "" },
		{ "domain add x --organization \xff", EXIT_INVALID, "" },
		{ "domain add x --organization=", EXIT_INVALID, "" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct unit_run run = on_site(*state, rows[i].words);

		CHECK_ROW(rows[i].words, run.status == rows[i].status);
		CHECK_ROW(rows[i].words, strcmp(run.out, rows[i].out) == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_wrong_command_line_is_status_2_and_says_where_help_is),
		cmocka_unit_test(help_comes_however_it_is_asked_for),
		cmocka_unit_test(without_a_configuration_nothing_is_touched),
		cmocka_unit_test(nothing_in_a_reason_is_obeyed_by_a_terminal),
		cmocka_unit_test(verbs_on_mailboxes_print_what_they_did),
		cmocka_unit_test(names_and_addresses_have_their_limits),
		cmocka_unit_test(owners_are_of_one_organization),
		cmocka_unit_test(times_of_an_absence_follow_their_rules),
		cmocka_unit_test(a_list_of_absences_is_now_and_soon),
		cmocka_unit_test(sizes_of_a_photo_have_their_limits),
		cmocka_unit_test(a_backup_comes_back),
		cmocka_unit_test(a_lost_folder_comes_back),
		cmocka_unit_test(a_copy_left_behind_is_removed),
		cmocka_unit_test(a_running_server_keeps_its_store),
		cmocka_unit_test(a_domain_comes_and_goes_with_its_names),
	};

	return cmocka_run_group_tests(tests, site_make, site_remove);
}
