/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "wing/store/cache.h"

#include <stdio.h>
#include <string.h>

#define LIMIT (16 * KIB)

static struct cache_key
key_of(int64_t n)
{
	return (struct cache_key){ .kind = CACHE_OOF, .a = n };
}

static void
put(struct cache *c, int64_t n, const char *text)
{
	cache_put(c, key_of(n), bytes_of(text));
}

static bool
has(struct cache *c, int64_t n, const char *text)
{
	struct bytes got = cache_find(c, key_of(n));

	return got.p != NULL && got.n == strlen(text) &&
	       memcmp(got.p, text, got.n) == 0;
}

static void
what_was_put_is_found_until_it_is_forgotten(void **state)
{
	struct cache *c = cache_open(LIMIT);

	(void)state;
	put(c, 1, "one");
	put(c, 2, "two");
	assert_true(has(c, 1, "one"));
	put(c, 1, "uno");
	assert_true(has(c, 1, "uno"));
	cache_forget(c, key_of(1));
	cache_forget(c, key_of(3));
	assert_null(cache_find(c, key_of(1)).p);
	assert_true(has(c, 2, "two"));
	cache_clear(c);
	assert_null(cache_find(c, key_of(2)).p);
	assert_int_equal(cache_held(c), 0);
	cache_close(c);
}

static void
each_part_of_a_key_counts(void **state)
{
	static const struct cache_key keys[] = { { CACHE_OOF, 1, 0 },
						 { CACHE_MAILBOX, 1, 0 },
						 { CACHE_OOF, 0, 1 },
						 { CACHE_OOF, 1, 1 } };
	struct cache *c = cache_open(LIMIT);
	uint8_t i;

	(void)state;
	for (i = 0; i < COUNT(keys); i++)
		cache_put(c, keys[i], (struct bytes){ &i, 1 });
	for (i = 0; i < COUNT(keys); i++)
		assert_int_equal(cache_find(c, keys[i]).p[0], i);
	cache_close(c);
}

static void
nothing_is_a_value_too(void **state)
{
	struct cache *c = cache_open(LIMIT);

	(void)state;
	put(c, 1, "");
	assert_non_null(cache_find(c, key_of(1)).p);
	assert_int_equal(cache_find(c, key_of(1)).n, 0);
	cache_close(c);
}

static void
it_stays_within_its_limit_and_drops_the_longest_unused(void **state)
{
	struct cache *c = cache_open(LIMIT);
	char text[101];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put(c, 0, "kept");
	for (int64_t i = 1; i < 1000; i++) {
		put(c, i, text);
		assert_true(cache_held(c) <= LIMIT);
		assert_true(has(c, 0, "kept")); /* and used again and again */
	}
	assert_null(cache_find(c, key_of(1)).p);
	assert_true(has(c, 999, text));
	assert_true(cache_held(c) > LIMIT / 2);
	cache_close(c);
}

static void
one_entry_takes_a_quarter_at_most(void **state)
{
	static char text[LIMIT];
	struct cache *c = cache_open(LIMIT);
	size_t overhead;

	(void)state;
	put(c, 1, "");
	overhead = cache_held(c);
	memset(text, 'x', sizeof(text) - 1);
	text[LIMIT / 4 - overhead] = '\0';
	put(c, 1, text);
	assert_true(has(c, 1, text));
	text[LIMIT / 4 - overhead] = 'x';
	text[LIMIT / 4 - overhead + 1] = '\0';
	put(c, 1, text);
	assert_null(cache_find(c, key_of(1)).p); /* the old one neither */
	cache_close(c);
}

static void
no_cache_keeps_nothing(void **state)
{
	struct cache *c = cache_open(0);

	(void)state;
	assert_null(c);
	put(c, 1, "one");
	assert_null(cache_find(c, key_of(1)).p);
	cache_forget(c, key_of(1));
	cache_clear(c);
	assert_int_equal(cache_held(c), 0);
	cache_close(c);
}

static void
hashes_of_texts_differ(void **state)
{
	(void)state;
	assert_int_equal(cache_hash("anna@example.com"),
			 cache_hash("anna@example.com"));
	assert_int_not_equal(cache_hash("anna@example.com"),
			     cache_hash("anna@example.con"));
	assert_int_not_equal(cache_hash(""), cache_hash("a"));
	assert_int_not_equal(cache_hash("ab"), cache_hash("ba"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_is_found_until_it_is_forgotten),
		cmocka_unit_test(each_part_of_a_key_counts),
		cmocka_unit_test(nothing_is_a_value_too),
		cmocka_unit_test(
			it_stays_within_its_limit_and_drops_the_longest_unused),
		cmocka_unit_test(one_entry_takes_a_quarter_at_most),
		cmocka_unit_test(no_cache_keeps_nothing),
		cmocka_unit_test(hashes_of_texts_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
