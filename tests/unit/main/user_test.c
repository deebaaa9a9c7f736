/* SPDX-License-Identifier: Apache-2.0 */
/* What needs root to be tried is tried when root runs the tests. */
#include "unit.h"

#include "main/user.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OTHER 54321 /* an id that nobody has */

static char dir[] = "/tmp/frontdesk-user-XXXXXX";

static int
make_dir(void **state)
{
	char path[sizeof(dir) + 16];
	int fd;

	(void)state;
	if (mkdtemp(dir) == NULL || chmod(dir, 0755) != 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/in", dir);
	if (mkdir(path, 0755) != 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/in/file", dir);
	fd = open(path, O_CREAT | O_WRONLY, 0644);
	return fd < 0 ? -1 : close(fd);
}

static int
remove_dir(void **state)
{
	static const char *const names[] = { "in/file", "in/link" };
	char path[sizeof(dir) + 16];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	(void)snprintf(path, sizeof(path), "%s/in", dir);
	(void)rmdir(path);
	return rmdir(dir);
}

static const char *
path_of(struct op *op, const char *name)
{
	return op_print(op, "%s/%s", dir, name);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
an_account_is_found_by_its_name(void **state)
{
	static const struct {
		const char *name;
		enum err err;
		const char *says; /* in the reason */
	} rows[] = {
		/* clang-format off */
		{ "nobody",          OK,            NULL },
		{ "no-such-account", ERR_NOT_FOUND, "no-such-account" },
		{ "root",            ERR_INVALID,   "root" },
		/* clang-format on */
	};
	struct op *op = *state;
	struct user user;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].name,
			  user_find(op, rows[i].name, &user) == rows[i].err);
		if (rows[i].says != NULL)
			CHECK_ROW(rows[i].name,
				  strstr(op->reason, rows[i].says) != NULL);
	}
	assert_int_equal(user_find(op, "nobody", &user), OK);
	assert_int_equal(user.uid, 65534);
	assert_string_equal(user.name, "nobody");
	assert_string_equal(user.group, "nogroup");
	assert_int_equal(user_find(op, NULL, &user), OK);
	assert_true(user.uid != 0);
	assert_int_equal(user_find(op, "", &user), OK);
}

static void
who_runs_this_may_work_on(void **state)
{
	struct op *op = *state;
	struct user user;

	user_self(op, &user);
	assert_int_equal(user.uid, geteuid());
	if (geteuid() == 0)
		assert_string_equal(user.name, "root");
	assert_true(getpwuid(geteuid()) == NULL ||
		    strspn(user.name, "0123456789") < strlen(user.name));
	if (geteuid() != 0)
		assert_int_equal(user_become(op, &user), OK);
	assert_int_equal(geteuid(), user.uid);
}

static void
a_folder_that_bars_the_way_is_named(void **state)
{
	static const struct {
		const char *row;
		mode_t above, folder, file;
		bool owner, group; /* of all of it */
		enum err err;
		const char *says;
	} rows[] = {
		/* clang-format off */
		{ "open to all",           0755, 0755, 0644, false, false, OK, NULL },
		{ "only just open",        0711, 0711, 0604, false, false, OK, NULL },
		{ "folder closed",         0755, 0750, 0644, false, false, ERR_DENIED, "/in:" },
		{ "folder above closed",   0700, 0755, 0644, false, false, ERR_DENIED, "enter" },
		{ "file closed",           0755, 0755, 0640, false, false, ERR_DENIED, "read" },
		{ "the owner's",           0700, 0700, 0600, true,  false, OK, NULL },
		{ "the owner may not",     0755, 0055, 0644, true,  false, ERR_DENIED, "/in:" },
		{ "the group's",           0710, 0710, 0640, false, true,  OK, NULL },
		{ "the group may not",     0755, 0705, 0644, false, true,  ERR_DENIED, "/in:" },
		/* clang-format on */
	};
	struct op *op = *state;
	const char *folder = path_of(op, "in"), *file = path_of(op, "in/file");
	struct stat st;

	assert_int_equal(stat(dir, &st), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct user user = { .uid = rows[i].owner ? st.st_uid : OTHER,
				     .gid = rows[i].group ? st.st_gid : OTHER,
				     .name = "somebody" };

		assert_int_equal(chmod(file, rows[i].file), 0);
		assert_int_equal(chmod(folder, 0755), 0);
		assert_int_equal(chmod(folder, rows[i].folder), 0);
		assert_int_equal(chmod(dir, rows[i].above), 0);
		/* Without root a folder without x hides the file from us. */
		if (geteuid() == 0 || (rows[i].folder & 0100))
			CHECK_ROW(rows[i].row,
				  user_reach(op, &user, file) == rows[i].err);
		if (rows[i].says != NULL && op->reason != NULL)
			CHECK_ROW(rows[i].row,
				  strstr(op->reason, rows[i].says) != NULL);
	}
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(chmod(folder, 0755), 0);
}

static void
what_is_not_there_is_not_reached(void **state)
{
	struct op *op = *state;
	struct user user;

	user_self(op, &user);
	assert_int_equal(user_reach(op, &user, path_of(op, "none")),
			 ERR_NOT_FOUND);
	assert_int_equal(user_reach(op, &user, "/"), OK);
}

static void
what_is_owned_is_private_and_links_are_not_followed(void **state)
{
	struct op *op = *state;
	const char *folder = path_of(op, "in"), *file = path_of(op, "in/file");
	const char *link = path_of(op, "in/link");
	struct user user;

	user_self(op, &user);
	if (user.uid == 0) {
		user.uid = OTHER;
		user.gid = OTHER;
	}
	assert_int_equal(symlink("/etc/hostname", link), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chmod(file, 0644), 0);
	assert_int_equal(user_own(op, &user, folder), OK);
	assert_int_equal(mode_of(folder), 0700);
	assert_int_equal(mode_of(file), 0600);
	if (geteuid() == 0) {
		struct stat st;

		assert_int_equal(stat("/etc/hostname", &st), 0);
		assert_int_equal(st.st_uid, 0);
		assert_int_equal(lstat(link, &st), 0);
		assert_int_equal(st.st_uid, OTHER);
		assert_int_equal(stat(file, &st), 0);
		assert_int_equal(st.st_uid, OTHER);
	}
	assert_int_equal(user_own(op, &user, path_of(op, "none")), ERR_DENIED);
	assert_non_null(strstr(op->reason, "none"));
}

/* In a process of its own: there is no way back. */
static void
root_becomes_the_owner_for_good(void **state)
{
	struct op *op = *state;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct user user = { .uid = OTHER,
				     .gid = OTHER,
				     .name = "somebody" };
		const char *file = path_of(op, "in/file");

		if (geteuid() != 0)
			_exit(user_become(op, &user) == ERR_DENIED ? 0 : 1);
		if (user_own(op, &user, path_of(op, "in")) != OK ||
		    user_become_owner(op, "/") != OK || geteuid() != 0)
			_exit(2); /* what is root's leaves root who it is */
		if (user_become_owner(op, file) != OK || geteuid() != OTHER ||
		    getegid() != OTHER || getgroups(0, NULL) != 0)
			_exit(3);
		_exit(setuid(0) == 0 ? 4 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(an_account_is_found_by_its_name),
		UNIT_TEST(who_runs_this_may_work_on),
		UNIT_TEST(a_folder_that_bars_the_way_is_named),
		UNIT_TEST(what_is_not_there_is_not_reached),
		UNIT_TEST(what_is_owned_is_private_and_links_are_not_followed),
		UNIT_TEST(root_becomes_the_owner_for_good),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
