/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in files: read again when they change, asked for, fetched when due. */
#include "unit.h"

#include "tokens.h"
#include "wing/auth/keys.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/frontdesk-keys-XXXXXX";
static const struct settings settings = { .data = folder };

static int
folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
one_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
folder_remove(void **state)
{
	(void)state;
	return nftw(folder, one_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* Renamed into its place: another file each time, whatever the clock says. */
static void
put(struct op *op, const char *path, const char *text)
{
	const char *new = op_print(op, "%s.new", path);
	FILE *f = fopen(new, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(new, path), 0);
}

/* How many keys there are now; -1: none can be read. */
static int
count(struct keys *k, struct op *op, const struct issuer *issuer)
{
	struct jwks *set;
	int n;
	enum err err = keys_get(k, op, issuer, &set);

	assert_true(err == OK || err == ERR_DOWN);
	if (err != OK)
		return -1;
	n = (int)jwks_count(set);
	jwks_drop(set);
	return n;
}

static void
a_file_is_read_again_when_it_has_changed(void **state)
{
	struct op *op = *state;
	const char *path = op_print(op, "%s/keys.json", folder);
	const struct issuer issuer = { .title = "i", .jwks = path };
	struct keys *k = keys_open();

	op->settings = &settings;
	assert_int_equal(count(k, op, &issuer), -1);
	put(op, path, "{ broken");
	assert_int_equal(count(k, op, &issuer), -1);
	put(op, path, quoted(op, SET(RSA_KEY)));
	assert_int_equal(count(k, op, &issuer), 1);
	put(op, path, quoted(op, SET(RSA_KEY "," EC_KEY)));
	assert_int_equal(count(k, op, &issuer), 2);
	put(op, path, "{ broken");
	assert_int_equal(count(k, op, &issuer), 2);
	put(op, path, quoted(op, SET(EC_KEY)));
	assert_int_equal(count(k, op, &issuer), 1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(count(k, op, &issuer), 1);
	keys_ask(op, &issuer); /* nobody fetches a file */
	assert_int_not_equal(access(op_print(op, "%s/keys", folder), F_OK), 0);
	keys_close(k);
}

static void
a_file_has_a_limit(void **state)
{
	struct op *op = *state;
	const char *path = op_print(op, "%s/large.json", folder);
	const struct issuer issuer = { .title = "i", .jwks = path };
	const char *set = quoted(op, SET(EC_KEY));

	op->settings = &settings;
	for (size_t over = 0; over <= 1; over++) {
		char *text = op_alloc(op, JWKS_MAX + 2);
		struct keys *k = keys_open();

		memset(text, ' ', JWKS_MAX + over);
		memcpy(text, set, strlen(set));
		put(op, path, text);
		assert_int_equal(count(k, op, &issuer), over == 0 ? 1 : -1);
		keys_close(k);
	}
}

static void
many_files_have_their_place(void **state)
{
	struct op *op = *state;
	struct keys *k = keys_open();

	op->settings = &settings;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 3 * ISSUERS_MAX; i++) {
			const char *path =
				op_print(op, "%s/%d.json", folder, i);
			const struct issuer issuer = { .title = "i",
						       .jwks = path };

			put(op, path,
			    quoted(op, i % 2 == 0 ? SET(EC_KEY)
						  : SET(RSA_KEY "," EC_KEY)));
			assert_int_equal(count(k, op, &issuer), 1 + i % 2);
		}
	}
	keys_close(k);
}

static void
an_unknown_key_is_asked_for_now_and_then(void **state)
{
	struct op *op = *state;
	const struct issuer issuer = { .title = "i",
				       .jwks = "https://localhost:1/keys" };
	const char *wanted;
	struct stat first, later;
	const struct timespec long_ago[2] = { { .tv_sec = 1000 },
					      { .tv_sec = 1000 } };

	op->settings = &settings;
	wanted = keys_path(op, &issuer, KEYS_WANTED);
	keys_ask(op, &issuer); /* the clerk has not been there */
	assert_int_not_equal(stat(wanted, &first), 0);
	assert_int_equal(mkdir(op_print(op, "%s/keys", folder), 0700), 0);
	keys_ask(op, &issuer);
	assert_int_equal(stat(wanted, &first), 0);
	op->now = first.st_mtim.tv_sec + 1;
	keys_ask(op, &issuer);
	assert_int_equal(stat(wanted, &later), 0);
	assert_memory_equal(&first.st_mtim, &later.st_mtim,
			    sizeof(first.st_mtim));
	assert_int_equal(utimensat(AT_FDCWD, wanted, long_ago, 0), 0);
	keys_ask(op, &issuer);
	assert_int_equal(stat(wanted, &later), 0);
	assert_true(later.st_mtim.tv_sec >= first.st_mtim.tv_sec);
	assert_int_equal(unlink(wanted), 0);
}

/* Nobody listens on port 1: each try fails, and so tells that it was due. */
static bool
is_due(struct op *op, const struct issuer *issuer, int64_t now)
{
	enum err err;

	op->now = now;
	err = auth_keys_refresh(op, issuer);
	assert_true(err == OK || err == ERR_DOWN);
	return err == ERR_DOWN;
}

static void
failures_come_at_longer_intervals(void **state)
{
	static const int64_t intervals[] = { 10,  20,  40,  80, 160,
					     320, 600, 600, 600 };
	struct op *op = *state;
	const struct issuer issuer = { .title = "i",
				       .jwks = "https://localhost:1/keys" };
	const struct issuer file = { .title = "f", .jwks = "/none" };
	const char *failed;
	struct stat st;

	op->settings = &settings;
	failed = keys_path(op, &issuer, KEYS_FAILED);
	assert_int_equal(auth_keys_refresh(op, &file), OK);
	assert_true(is_due(op, &issuer, time(NULL)));
	for (size_t i = 0; i < COUNT(intervals); i++) {
		assert_int_equal(stat(failed, &st), 0);
		assert_false(is_due(op, &issuer,
				    st.st_mtim.tv_sec + intervals[i] - 1));
		assert_true(
			is_due(op, &issuer, st.st_mtim.tv_sec + intervals[i]));
	}
	/* a clock that was set back */
	assert_int_equal(stat(failed, &st), 0);
	assert_true(is_due(op, &issuer, st.st_mtim.tv_sec - 100));
	assert_int_equal(unlink(failed), 0);
}

static void
keys_that_are_there_are_fetched_again_when_old_or_wanted(void **state)
{
	struct op *op = *state;
	const struct issuer issuer = { .title = "i",
				       .jwks = "https://localhost:1/more" };
	const char *fetched, *failed;
	struct timespec later[2];
	struct keys *k = keys_open();
	struct stat st;

	op->settings = &settings;
	fetched = keys_path(op, &issuer, KEYS_FETCHED);
	failed = keys_path(op, &issuer, KEYS_FAILED);
	put(op, fetched, quoted(op, SET(EC_KEY)));
	assert_int_equal(stat(fetched, &st), 0);
	assert_false(is_due(op, &issuer, st.st_mtim.tv_sec + 3599));
	assert_true(is_due(op, &issuer, st.st_mtim.tv_sec + 3600));
	assert_int_equal(unlink(failed), 0);

	put(op, keys_path(op, &issuer, KEYS_WANTED), "");
	later[0] = later[1] = st.st_mtim;
	later[0].tv_sec = ++later[1].tv_sec;
	assert_int_equal(utimensat(AT_FDCWD,
				   keys_path(op, &issuer, KEYS_WANTED), later,
				   0),
			 0);
	assert_false(is_due(op, &issuer, st.st_mtim.tv_sec + 9));
	assert_true(is_due(op, &issuer, st.st_mtim.tv_sec + 10));
	assert_int_equal(count(k, op, &issuer), 1); /* they go on */
	keys_close(k);
}

static void
a_check_tells_what_there_is(void **state)
{
	struct op *op = *state;
	const struct issuer remote = { .title = "i",
				       .jwks = "https://localhost:1/last" };
	const char *path = op_print(op, "%s/check.json", folder);
	const struct issuer file = { .title = "f", .jwks = path };
	const char *out;
	bool stale;

	op->settings = &settings;
	op->now = time(NULL);
	assert_int_equal(auth_keys_check(op, &file, &out, &stale), ERR_DOWN);
	assert_non_null(strstr(op->reason, "check.json: there is no such"));
	put(op, path, "{}");
	assert_int_equal(auth_keys_check(op, &file, &out, &stale), ERR_INVALID);
	assert_non_null(strstr(op->reason, "check.json: this is no JSON Web"));
	put(op, path, quoted(op, SET(EC_KEY)));
	assert_int_equal(auth_keys_check(op, &file, &out, &stale), OK);
	assert_non_null(strstr(out, "1 keys in "));
	assert_false(stale);

	assert_int_equal(auth_keys_check(op, &remote, &out, &stale), ERR_DOWN);
	assert_int_equal(auth_keys_refresh(op, &remote), ERR_DOWN);
	put(op, keys_path(op, &remote, KEYS_FETCHED), quoted(op, SET(EC_KEY)));
	assert_int_equal(auth_keys_check(op, &remote, &out, &stale), OK);
	assert_true(stale);
	assert_non_null(strstr(out, "but now: https://localhost:1/last: "));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(a_file_is_read_again_when_it_has_changed),
		UNIT_TEST(a_file_has_a_limit),
		UNIT_TEST(many_files_have_their_place),
		UNIT_TEST(an_unknown_key_is_asked_for_now_and_then),
		UNIT_TEST(failures_come_at_longer_intervals),
		UNIT_TEST(
			keys_that_are_there_are_fetched_again_when_old_or_wanted),
		UNIT_TEST(a_check_tells_what_there_is),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
