/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_unit.h"

#include "cli/identity.h"

#include <grp.h>

#define SOMEBODY 65534 /* nobody */

static void
only_root_takes_another_identity(void **state)
{
	struct identity identity;

	if (geteuid() == 0)
		skip();
	assert_int_equal(identity_take(*state, "/", &identity), OK);
	assert_false(identity.taken);
	identity_return(&identity);
}

static void
a_command_is_given_by_a_user_of_the_system(void **state)
{
	char *sudo = getenv("SUDO_USER");
	const char *name;

	if (sudo != NULL)
		sudo = op_dup(*state, sudo);
	(void)unsetenv("SUDO_USER");
	name = identity_actor(*state)->name;
	assert_memory_equal(name, "cli:", 4);
	assert_true(strlen(name) > 4);
	assert_int_equal(identity_actor(*state)->account, 0);
	assert_null(identity_actor(*state)->detail);
	if (getuid() == 0) {
		assert_string_equal(name, "cli:root");
		(void)setenv("SUDO_USER", "ada", 1);
		assert_string_equal(identity_actor(*state)->name,
				    "cli:root (sudo: ada)");
		(void)setenv("SUDO_USER", "\xff", 1);
		assert_string_equal(identity_actor(*state)->name, "cli:root");
	}
	(void)unsetenv("SUDO_USER");
	if (sudo != NULL)
		(void)setenv("SUDO_USER", sudo, 1);
}

static void
what_is_roots_is_done_by_root(void **state)
{
	struct identity identity;

	if (geteuid() != 0)
		skip();
	assert_int_equal(identity_take(*state, "/", &identity), OK);
	assert_false(identity.taken);
	assert_int_equal(geteuid(), 0);
}

static void
an_identity_is_taken_whole_and_given_back(void **state)
{
	struct op *op = *state;
	const char *dir = unit_path(op, "data");
	const gid_t groups[] = { 4, 24 };
	gid_t now[IDENTITY_GROUPS_MAX];
	struct identity identity;

	if (geteuid() != 0)
		skip();
	assert_int_equal(setgroups(COUNT(groups), groups), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(chown(dir, SOMEBODY, SOMEBODY), 0);
	assert_int_equal(identity_take(op, dir, &identity), OK);
	assert_true(identity.taken);
	assert_int_equal(geteuid(), SOMEBODY);
	assert_int_equal(getegid(), SOMEBODY);
	assert_int_equal(getgroups(IDENTITY_GROUPS_MAX, now), 0);
	identity_return(&identity);
	assert_int_equal(geteuid(), 0);
	assert_int_equal(getegid(), 0);
	assert_int_equal(getgroups(IDENTITY_GROUPS_MAX, now), COUNT(groups));
	assert_int_equal(now[0], 4);
	assert_int_equal(now[1], 24);
	identity_return(&identity); /* twice is once */
	assert_int_equal(geteuid(), 0);
}

static void
a_path_that_is_not_there_changes_nothing(void **state)
{
	struct identity identity;

	if (geteuid() != 0)
		skip();
	assert_int_equal(identity_take(*state, "/no/such", &identity),
			 ERR_NOT_FOUND);
	assert_false(identity.taken);
	assert_int_equal(geteuid(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(only_root_takes_another_identity),
		UNIT_TEST(a_command_is_given_by_a_user_of_the_system),
		UNIT_TEST(what_is_roots_is_done_by_root),
		UNIT_TEST(an_identity_is_taken_whole_and_given_back),
		UNIT_TEST(a_path_that_is_not_there_changes_nothing),
	};

	return cmocka_run_group_tests(tests, unit_folder_make,
				      unit_folder_remove);
}
