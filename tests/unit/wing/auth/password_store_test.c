/* SPDX-License-Identifier: Apache-2.0 */
/* With the real crypt(3): each check takes tens of milliseconds. */
#include "unit.h"

#include "model/auth.h"
#include "wing/auth/password_store.h"

#include <pthread.h>

static void
a_password_is_checked_against_its_hash(void **state)
{
	struct op *op = *state;
	const char *hash, *again;
	char setting[PASSWORD_SETTING_MAX];

	assert_int_equal(password_setting(op, setting), OK);
	assert_int_equal(password_make(op,
				       "s\xc3\xa9"
				       "cret",
				       &hash),
			 OK);
	assert_int_equal(password_make(op,
				       "s\xc3\xa9"
				       "cret",
				       &again),
			 OK);
	assert_string_not_equal(hash, again); /* each has its salt */
	assert_int_equal(password_check(op,
					"s\xc3\xa9"
					"cret",
					hash, setting),
			 OK);
	assert_int_equal(password_check(op, "secret", hash, setting), ERR_AUTH);
	assert_int_equal(password_check(op, "", hash, setting), ERR_AUTH);
	assert_int_equal(password_check(op, "s", NULL, setting), ERR_AUTH);
}

/* $y$, then the cost, then the salt. */
static size_t
cost_size(const char *setting)
{
	return strcspn(setting + 3, "$") + 3;
}

static void
nobody_costs_the_same_work(void **state)
{
	struct op *op = *state;
	const char *hash;
	char setting[PASSWORD_SETTING_MAX];

	assert_int_equal(password_setting(op, setting), OK);
	assert_int_equal(password_make(op, "x", &hash), OK);
	assert_memory_equal(hash, "$y$", 3);
	assert_memory_equal(hash, setting, cost_size(hash) + 1);
	assert_int_equal(strlen(strrchr(setting, '$')),
			 strcspn(hash + cost_size(hash) + 1, "$") + 1);
}

static void
hashes_of_other_kinds_are_checked_too(void **state)
{
	static const char *const hashes[] = {
		/* of "secret" */
		"$5$saltsalt$0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA",
		"$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDeh"
		"y0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1",
	};
	struct op *op = *state;
	char setting[PASSWORD_SETTING_MAX];

	assert_int_equal(password_setting(op, setting), OK);
	for (size_t i = 0; i < COUNT(hashes); i++) {
		CHECK_ROW(hashes[i], password_check(op, "secret", hashes[i],
						    setting) == OK);
		CHECK_ROW(hashes[i], password_check(op, "Secret", hashes[i],
						    setting) == ERR_AUTH);
	}
	/* a setting alone is no hash: nothing is right for it */
	assert_int_equal(password_check(op, "secret", "$6$saltsalt$", setting),
			 ERR_AUTH);
}

/* What is imported: whole hashes only, so that nobody is locked out by one that
 * was cut, and no password lies in clear where a hash should. */
static void
a_hash_from_elsewhere_has_to_be_whole(void **state)
{
	static const char *const cut[] = {
		/* clang-format off */
		"", "secret", "x", "$", "$y$", "$6$salt$", "$9$", "!", "*LK*",
		"$1$a$", "$2y$10$", "{SHA512-CRYPT}$6$saltsalt$x", "abJnggxhB/yWI",
		/* clang-format on */
	};
	static const char *const whole[] = {
		/* clang-format off */
		"$1$saltsalt$qjXMvbEw8oaL.CzflDugY0",
		"$5$saltsalt$0123456789012345678901234567890123456789012",
		"$2y$10$01234567890123456789012345678901234567890123456789012",
		/* clang-format on */
	};
	struct op *op = *state;
	const char *made;

	for (size_t i = 0; i < COUNT(cut); i++)
		CHECK_ROW(cut[i], auth_hash_check(op, cut[i]) == ERR_INVALID);
	for (size_t i = 0; i < COUNT(whole); i++) {
		CHECK_ROW(whole[i], auth_hash_check(op, whole[i]) == OK);
		CHECK_ROW(whole[i],
			  auth_hash_check(op, op_print(op, "%sx", whole[i])) ==
				  ERR_INVALID);
		CHECK_ROW(whole[i],
			  auth_hash_check(op, op_text(op, whole[i],
						      strlen(whole[i]) - 1)) ==
				  ERR_INVALID);
		CHECK_ROW(
			whole[i],
			auth_hash_check(op, op_print(op, "%.*s:",
						     (int)strlen(whole[i]) - 1,
						     whole[i])) == ERR_INVALID);
	}
	assert_int_equal(password_make(op, "x", &made), OK);
	assert_int_equal(auth_hash_check(op, made), OK);
}

static void
what_is_no_hash_is_damage_not_a_wrong_password(void **state)
{
	static const char *const hashes[] = { "",           "x",   "*",
					      "!",          "$y$", "$9$x$y",
					      "plain text", "*0" };
	struct op *op = *state;
	char setting[PASSWORD_SETTING_MAX];

	assert_int_equal(password_setting(op, setting), OK);
	for (size_t i = 0; i < COUNT(hashes); i++)
		CHECK_ROW(hashes[i], password_check(op, "x", hashes[i],
						    setting) == ERR_INTERNAL);
}

struct check {
	const char *hash, *setting;
	enum err right, wrong;
};

static void *
check(void *arg)
{
	struct check *c = arg;
	struct arena *arena = arena_open(4096);
	struct op op;

	op_init(&op, arena, NULL, 60 * 1000);
	c->right = password_check(&op, "secret", c->hash, c->setting);
	c->wrong = password_check(&op, "other", c->hash, c->setting);
	arena_close(arena);
	return NULL;
}

static void
threads_check_at_the_same_time(void **state)
{
	struct op *op = *state;
	const char *hash;
	char setting[PASSWORD_SETTING_MAX];
	struct check c[4];
	pthread_t thread[COUNT(c)];

	assert_int_equal(password_setting(op, setting), OK);
	assert_int_equal(password_make(op, "secret", &hash), OK);
	for (size_t i = 0; i < COUNT(c); i++) {
		c[i] = (struct check){ hash, setting, ERR_WAIT, ERR_WAIT };
		assert_int_equal(pthread_create(&thread[i], NULL, check, &c[i]),
				 0);
	}
	for (size_t i = 0; i < COUNT(c); i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_int_equal(c[i].right, OK);
		assert_int_equal(c[i].wrong, ERR_AUTH);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(a_password_is_checked_against_its_hash),
		UNIT_TEST(nobody_costs_the_same_work),
		UNIT_TEST(hashes_of_other_kinds_are_checked_too),
		UNIT_TEST(a_hash_from_elsewhere_has_to_be_whole),
		UNIT_TEST(what_is_no_hash_is_damage_not_a_wrong_password),
		UNIT_TEST(threads_check_at_the_same_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
