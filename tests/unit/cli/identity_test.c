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
		UNIT_TEST(what_is_roots_is_done_by_root),
		UNIT_TEST(an_identity_is_taken_whole_and_given_back),
		UNIT_TEST(a_path_that_is_not_there_changes_nothing),
	};

	return cmocka_run_group_tests(tests, unit_folder_make,
				      unit_folder_remove);
}
