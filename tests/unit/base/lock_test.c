/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/lock.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/frontdesk-lock-XXXXXX";

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
remove_dir(void **state)
{
	char path[sizeof(dir) + 16];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/a.lock", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/b.lock", dir);
	(void)unlink(path);
	return rmdir(dir);
}

/* Another process that holds a lock until it is killed. */
static pid_t
holder_start(const char *name)
{
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct op op;
		struct lock *lock;

		op_init(&op, arena_open(0), NULL, 1000);
		if (lock_open(&op, dir, name, &lock) != OK ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void
holder_kill(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
a_held_lock_is_refused_with_its_holder(void **state)
{
	struct op *op = *state;
	pid_t pid = holder_start("a");
	struct lock *lock = NULL;
	char want[32];

	assert_int_equal(lock_open(op, dir, "a", &lock), ERR_CONFLICT);
	(void)snprintf(want, sizeof(want), "process %ld", (long)pid);
	assert_non_null(strstr(op->reason, want));
	assert_int_equal(lock_holder(op, dir, "a"), pid);
	holder_kill(pid);
}

static void
a_lock_ends_with_its_holder_however_that_dies(void **state)
{
	struct op *op = *state;
	struct lock *lock = NULL;

	holder_kill(holder_start("a"));
	assert_int_equal(lock_holder(op, dir, "a"), 0);
	assert_int_equal(lock_open(op, dir, "a", &lock), OK);
	lock_close(lock);
}

static void
locks_of_other_names_do_not_meet(void **state)
{
	struct op *op = *state;
	pid_t pid = holder_start("a");
	struct lock *lock = NULL;

	assert_int_equal(lock_open(op, dir, "b", &lock), OK);
	lock_close(lock);
	lock_close(NULL);
	holder_kill(pid);
}

static void
a_child_does_not_inherit_it(void **state)
{
	struct op *op = *state;
	struct lock *lock = NULL;
	int status = 0;
	pid_t pid;

	assert_int_equal(lock_open(op, dir, "a", &lock), OK);
	pid = fork();
	if (pid == 0) {
		struct lock *again;
		pid_t parent = getppid();

		_exit(lock_holder(op, dir, "a") == parent &&
				      lock_open(op, dir, "a", &again) ==
					      ERR_CONFLICT
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	lock_close(lock);
	holder_kill(holder_start("a")); /* it is free */
}

static void
without_a_folder_there_is_no_lock(void **state)
{
	struct op *op = *state;
	struct lock *lock = NULL;

	assert_int_equal(lock_open(op, "/nonexistent", "a", &lock), ERR_DOWN);
	assert_non_null(strstr(op->reason, "/nonexistent/a.lock"));
	assert_int_equal(lock_holder(op, "/nonexistent", "a"), 0);
}

static void
the_file_is_for_its_owner_alone(void **state)
{
	struct op *op = *state;
	struct lock *lock = NULL;
	struct stat st;

	assert_int_equal(lock_open(op, dir, "a", &lock), OK);
	assert_int_equal(stat(op_print(op, "%s/a.lock", dir), &st), 0);
	assert_int_equal(st.st_mode & 0077, 0);
	lock_close(lock);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_held_lock_is_refused_with_its_holder),
		UNIT_TEST(a_lock_ends_with_its_holder_however_that_dies),
		UNIT_TEST(locks_of_other_names_do_not_meet),
		UNIT_TEST(a_child_does_not_inherit_it),
		UNIT_TEST(without_a_folder_there_is_no_lock),
		UNIT_TEST(the_file_is_for_its_owner_alone),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
