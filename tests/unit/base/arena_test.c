/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/arena.h"

#include <stdalign.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON_SEEN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define POISON_SEEN 1
#endif
#endif

static void
pieces_of_any_size_are_aligned_zeroed_and_apart(void **state)
{
	static const size_t sizes[] = { 0,    1,     7,       16,      17, 1000,
					4096, 65536, 1 << 20, 3 << 20, 5,  0 };
	struct arena *a = arena_open(KIB);
	uint8_t *pieces[COUNT(sizes)];

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		pieces[i] = arena_alloc(a, sizes[i]);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t),
				 0);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(pieces[i][j], 0);
		memset(pieces[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < COUNT(sizes); i++) {
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(pieces[i][j], i + 1);
	}
	arena_close(a);
}

static void
many_small_pieces_do_not_overlap(void **state)
{
	enum { N = 20000 };
	static unsigned *pieces[N];
	struct arena *a = arena_open(0);

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		pieces[i] = arena_alloc_raw(a, sizeof(unsigned) + i % 40);
		*pieces[i] = i;
	}
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(*pieces[i], i);
	arena_close(a);
}

static void
a_reset_holds_back_no_more_than_keep(void **state)
{
	static const struct {
		const char *row;
		size_t keep, piece, times;
		size_t least, most; /* held after the reset */
	} rows[] = {
		/* clang-format off */
		{ "nothing taken",        64 * KIB,        0,   0, 0, 0 },
		{ "nothing kept",                0,      100,  10, 0, 0 },
		{ "less than one block",    64 * KIB,    100,  10, 1000, 64 * KIB },
		{ "several blocks",       64 * KIB,     1000,  40, 40000, 64 * KIB },
		{ "more than keep",       64 * KIB,     1000, 400, 60000, 64 * KIB },
		{ "one piece above keep", 64 * KIB, 64 * KIB,   2, 60000, 64 * KIB },
		{ "a keep below a block",     1000,      100, 100, 0, 1000 },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *a = arena_open(rows[i].keep);

		for (size_t j = 0; j < rows[i].times; j++)
			(void)arena_alloc(a, rows[i].piece);
		CHECK_ROW(rows[i].row,
			  arena_held(a) >= rows[i].piece * rows[i].times);
		arena_reset(a);
		CHECK_ROW(rows[i].row, arena_held(a) >= rows[i].least);
		CHECK_ROW(rows[i].row, arena_held(a) <= rows[i].most);
		arena_close(a);
	}
}

static void
the_same_work_after_a_reset_takes_nothing_more(void **state)
{
	struct arena *a = arena_open(256 * KIB);
	size_t held = 0;

	(void)state;
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 100; i++)
			(void)arena_alloc(a, 1000);
		if (round == 1)
			held = arena_held(a);
		if (round > 1)
			assert_int_equal(arena_held(a), held);
		arena_reset(a);
	}
	arena_close(a);
}

static void
what_comes_after_a_reset_is_zeroed_again(void **state)
{
	struct arena *a = arena_open(64 * KIB);
	uint8_t *p = arena_alloc(a, 500);

	(void)state;
	memset(p, 0xff, 500);
	arena_reset(a);
	p = arena_alloc(a, 500);
	for (int i = 0; i < 500; i++)
		assert_int_equal(p[i], 0);
	arena_close(a);
}

#ifdef POISON_SEEN
static void
what_was_given_back_or_never_taken_is_poisoned(void **state)
{
	struct arena *a = arena_open(64 * KIB);
	char *p = arena_alloc(a, 21);

	(void)state;
	assert_null(__asan_region_is_poisoned(p, 21));
	assert_true(__asan_address_is_poisoned(p + 21));
	arena_reset(a);
	assert_true(__asan_address_is_poisoned(p));
	arena_close(a);
}
#endif

static void
closing_takes_null(void **state)
{
	(void)state;
	arena_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			pieces_of_any_size_are_aligned_zeroed_and_apart),
		cmocka_unit_test(many_small_pieces_do_not_overlap),
		cmocka_unit_test(a_reset_holds_back_no_more_than_keep),
		cmocka_unit_test(
			the_same_work_after_a_reset_takes_nothing_more),
		cmocka_unit_test(what_comes_after_a_reset_is_zeroed_again),
#ifdef POISON_SEEN
		cmocka_unit_test(
			what_was_given_back_or_never_taken_is_poisoned),
#endif
		cmocka_unit_test(closing_takes_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
