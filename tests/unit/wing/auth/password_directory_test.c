/* SPDX-License-Identifier: Apache-2.0 */
/* A password, checked where its person comes from: on which thread what is
 * done, and for whom. The directory is a stand-in. */
#include "unit.h"

#include "base/text.h"
#include "model/settings.h"
#include "wing/auth/core.h"

/* ---- a directory that says what a test wants ---- */

static struct scene {
	enum err err;
	const char *hash;
	const char *reason;
	unsigned asked;
} scene;

enum err
directory_password(struct directory *d, struct op *op,
		   const struct mailbox *mailbox, const char *name,
		   const char *password, const char **hash)
{
	(void)d;
	(void)mailbox;
	(void)name;
	(void)password;
	scene.asked++;
	*hash = scene.hash;
	return scene.err == OK ? OK : FAIL(op, scene.err, "%s", scene.reason);
}

enum err
directory_login(struct directory *d, struct op *op, const char *name,
		const struct mailbox **out)
{
	(void)d;
	(void)name;
	*out = NULL;
	return FAIL(op, ERR_NOT_FOUND, "nobody");
}

enum err
directory_login_address(struct directory *d, struct op *op, const char *name,
			const char **out)
{
	(void)d;
	(void)name;
	*out = NULL;
	return FAIL(op, ERR_NOT_FOUND, "nobody");
}

/* ---- one check ---- */

static const struct mailbox ada = { .id = 1, .address = "ada@x.example" };

static enum err
check(struct op *op, const struct mailbox *m, const char *password)
{
	static struct auth a;
	struct password_attempt try = { .name = "ada",
					.password = password,
					.mailbox = m };

	assert_int_equal(password_setting(op, a.setting), OK);
	return password_directory.check(&a, op, &try);
}

#define RIGHT "{PLAIN}right"

static void
whose_password_it_is_his_source_says(void **state)
{
	static const struct {
		const char *row;
		struct scene scene;
		bool somebody;
		enum err err;
		const char *why;
	} rows[] = {
		/* clang-format off */
		{ "the source itself", { OK, NULL, NULL, 0 }, true, OK, NULL },
		{ "a hash that fits", { OK, RIGHT, NULL, 0 }, true, OK, NULL },
		{ "one that does not", { OK, "{PLAIN}other", NULL, 0 }, true, ERR_AUTH, "wrong" },
		{ "one of no known scheme", { OK, "{X}right", NULL, 0 }, true, ERR_INTERNAL, "scheme" },
		{ "refused", { ERR_AUTH, NULL, "expired", 0 }, true, ERR_AUTH, "expired" },
		{ "refused, with the right hash", { ERR_AUTH, RIGHT, "expired", 0 }, true, ERR_AUTH, "expired" },
		{ "refused, with no hash that is known", { ERR_AUTH, "{X}", "barred", 0 }, true, ERR_AUTH, "barred" },
		{ "our own, without a password", { ERR_NOT_FOUND, NULL, "ours", 0 }, true, ERR_AUTH, "no password" },
		{ "down", { ERR_DOWN, NULL, "not there", 0 }, true, ERR_DOWN, "not there" },
		{ "a section that is wrong", { ERR_INVALID, NULL, "no column", 0 }, true, ERR_INTERNAL, "no column" },
		{ "nobody, with a hash that fits", { OK, RIGHT, NULL, 0 }, false, ERR_AUTH, "unknown user" },
		{ "nobody, with no known scheme", { OK, "{X}right", NULL, 0 }, false, ERR_AUTH, "unknown user" },
		{ "nobody, whom a source takes", { OK, NULL, NULL, 0 }, false, ERR_AUTH, "unknown user" },
		{ "nobody of ours", { ERR_NOT_FOUND, NULL, "ours", 0 }, false, ERR_AUTH, "unknown user" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		scene = rows[i].scene;
		CHECK_ROW(rows[i].row, check(op, rows[i].somebody ? &ada : NULL,
					     "right") == rows[i].err);
		if (rows[i].why != NULL)
			CHECK_ROW(rows[i].row,
				  strstr(op->reason, rows[i].why) != NULL);
	}
}

static void
our_own_mailboxes_have_our_own_hash(void **state)
{
	struct op *op = *state;
	struct mailbox own = ada;

	scene = (struct scene){ ERR_NOT_FOUND, NULL, "ours", 0 };
	assert_int_equal(password_make(op, "right", &own.password), OK);
	assert_int_equal(check(op, &own, "right"), OK);
	assert_int_equal(check(op, &own, "wrong"), ERR_AUTH);
}

/* The source is asked where threads wait, once; the hash is made where they
 * work. */
static void
a_hash_goes_to_the_pool_of_hashes(void **state)
{
	struct op *op = *state;
	struct login login = { .begun = true };

	scene = (struct scene){ OK, RIGHT, NULL, 0 };
	op->login = &login;
	op->on = POOL_DIRECTORY;
	assert_int_equal(check(op, &ada, "right"), ERR_WAIT);
	assert_int_equal(op->wait_for, POOL_HASH);
	op_again(op, true);
	op->on = POOL_HASH;
	assert_int_equal(check(op, &ada, "right"), OK);
	assert_int_equal(scene.asked, 1);
	/* who needs no hash stays where he is */
	login.found = NULL;
	scene.hash = NULL;
	op_again(op, true);
	op->on = POOL_DIRECTORY;
	assert_int_equal(check(op, &ada, "right"), OK);
	assert_int_equal(password_directory.pool, POOL_DIRECTORY);
}

/* Who waited for a check that goes on elsewhere is not kept waiting. */
static void
a_check_that_moves_lets_go_of_who_waited(void **state)
{
	static const uint8_t key[DIGEST_SIZE] = { 1 };
	struct flights *f = flights_open();
	struct flight_passed passed = { 7, 1 }, got = { 0, 0 };
	struct op *op = *state;
	uint64_t since, mine;

	assert_non_null(f);
	flights_announce(f, key, &since, 0);
	mine = since;
	assert_int_equal(flights_take(f, op, key, since, &got), FLIGHT_MINE);
	flights_announce(f, key, &mine, 0); /* it moves */
	assert_int_equal(flights_take(f, op, key, since, &got), FLIGHT_MINE);
	flights_end(f, key, FLIGHT_PASSED, &passed);
	/* it arrives, and finds what another has found */
	assert_int_equal(flights_take(f, op, key, mine, &got), FLIGHT_PASSED);
	assert_int_equal(got.mailbox, 7);
	flights_close(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(whose_password_it_is_his_source_says),
		UNIT_TEST(our_own_mailboxes_have_our_own_hash),
		UNIT_TEST(a_hash_goes_to_the_pool_of_hashes),
		UNIT_TEST(a_check_that_moves_lets_go_of_who_waited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
