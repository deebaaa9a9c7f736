/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "wing/auth/known.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 4
#define CALLERS 64 /* few, so that workers meet */
#define ROUNDS 200000

static struct known *
known_make(void)
{
	struct known *k = mmap(NULL, sizeof(*k), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(k, MAP_FAILED);
	return k;
}

static void
known_drop(struct known *k)
{
	(void)munmap(k, sizeof(*k));
}

/* The n-th key; all of one group of slots when `same`. */
static void
key_make(uint64_t n, bool same, uint8_t out[DIGEST_SIZE])
{
	uint64_t words[4] = { same ? 7 : n, n, ~n, n * 3 };

	memcpy(out, words, DIGEST_SIZE);
}

static void
put(struct known *k, uint64_t n, bool same, uint32_t verified_s)
{
	struct known_caller c = { (int64_t)n, (int64_t)n * 10, verified_s,
				  UINT32_MAX - (uint32_t)n };
	uint8_t key[DIGEST_SIZE];

	key_make(n, same, key);
	known_put(k, key, &c);
}

static bool
finds(const struct known *k, uint64_t n, bool same, struct known_caller *out)
{
	uint8_t key[DIGEST_SIZE];

	key_make(n, same, key);
	return known_find(k, key, out);
}

static void
who_was_put_is_found(void **state)
{
	struct known *k = known_make();
	struct known_caller c;

	(void)state;
	assert_false(finds(k, 0, false, &c)); /* all zeros is empty */
	for (uint64_t n = 0; n < 1000; n++)
		put(k, n, false, (uint32_t)n + 5);
	for (uint64_t n = 0; n < 1000; n++) {
		assert_true(finds(k, n, false, &c));
		assert_int_equal(c.mailbox, n);
		assert_int_equal(c.password_version, n * 10);
		assert_int_equal(c.verified_s, n + 5);
		assert_int_equal(c.life_s, UINT32_MAX - n);
	}
	assert_false(finds(k, 1000, false, &c));
	known_drop(k);
}

static void
a_caller_put_again_replaces_himself(void **state)
{
	struct known *k = known_make();
	struct known_caller c;

	(void)state;
	for (uint32_t s = 1; s <= 3 * KNOWN_WAYS; s++)
		put(k, 4, true, s);
	put(k, 5, true, 1);
	assert_true(finds(k, 4, true, &c));
	assert_int_equal(c.verified_s, 3 * KNOWN_WAYS);
	assert_true(finds(k, 5, true, &c));
	known_drop(k);
}

static void
the_one_verified_longest_ago_makes_room(void **state)
{
	struct known *k = known_make();
	struct known_caller c;

	(void)state;
	for (uint64_t n = 0; n < KNOWN_WAYS; n++)
		put(k, n, true, n == 3 ? 10 : 20);
	put(k, 100, true, 30);
	for (uint64_t n = 0; n < KNOWN_WAYS; n++)
		assert_int_equal(finds(k, n, true, &c), n != 3);
	assert_true(finds(k, 100, true, &c));
	known_drop(k);
}

static void
a_slot_with_any_word_changed_is_empty(void **state)
{
	struct known *k = known_make();
	struct known_caller c;
	size_t slot = 0;

	(void)state;
	put(k, 9, true, 1);
	while (atomic_load(&k->slot[slot].word[1]) == 0)
		slot++;
	for (size_t i = 0; i < KNOWN_WORDS; i++) {
		for (unsigned bit = 0; bit < 64; bit++) {
			uint64_t flip = UINT64_C(1) << bit;

			atomic_fetch_xor(&k->slot[slot].word[i], flip);
			assert_false(finds(k, 9, true, &c));
			atomic_fetch_xor(&k->slot[slot].word[i], flip);
		}
	}
	assert_true(finds(k, 9, true, &c));
	known_drop(k);
}

/* Puts and finds callers of one group; 0 when all that was found was whole. */
static int
hammer(struct known *k, unsigned seed)
{
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t n;
		struct known_caller c;

		seed = seed * 1103515245 + 12345;
		n = seed / 65536 % CALLERS;
		if (seed & 1)
			put(k, n, true, (uint32_t)i);
		else if (finds(k, n, true, &c) &&
			 (c.mailbox != (int64_t)n ||
			  c.password_version != (int64_t)n * 10))
			return 1;
	}
	return 0;
}

static void
workers_that_meet_or_are_killed_leave_no_half_caller(void **state)
{
	struct known *k = known_make();
	pid_t worker[WORKERS];
	struct known_caller c;
	int status;

	(void)state;
	for (unsigned i = 0; i < WORKERS; i++) {
		worker[i] = fork();
		assert_true(worker[i] >= 0);
		if (worker[i] == 0)
			_exit(hammer(k, i + 1));
	}
	(void)usleep(1000);
	assert_int_equal(kill(worker[0], SIGKILL), 0);
	for (unsigned i = 0; i < WORKERS; i++) {
		assert_int_equal(waitpid(worker[i], &status, 0), worker[i]);
		if (i > 0)
			assert_true(WIFEXITED(status) &&
				    WEXITSTATUS(status) == 0);
	}
	for (uint64_t n = 0; n < CALLERS; n++) {
		if (finds(k, n, true, &c))
			assert_int_equal(c.mailbox, n);
	}
	put(k, 3, true, UINT32_MAX);
	assert_true(finds(k, 3, true, &c));
	known_drop(k);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_put_is_found),
		cmocka_unit_test(a_caller_put_again_replaces_himself),
		cmocka_unit_test(the_one_verified_longest_ago_makes_room),
		cmocka_unit_test(a_slot_with_any_word_changed_is_empty),
		cmocka_unit_test(
			workers_that_meet_or_are_killed_leave_no_half_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
