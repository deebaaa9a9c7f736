/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is next. Each row tells who comes, one word each: a rank, a source and a
 * user, "1ab" is rank 1, source a, user b, and "-" is nobody's; and the order
 * in which they are served, by their places, a space before every eighth, whose
 * turn the eldest has.
 */
#include "unit.h"

#include "base/fair.h"

#define SECOND INT64_C(1000000)

static struct fair_who
who_of(const char *word)
{
	return (struct fair_who){
		.rank = (unsigned)(word[0] - '0'),
		.source = word[1] == '-' ? 0 : (uint64_t)word[1],
		.user = word[2] == '-' ? 0 : (uint64_t)word[2],
	};
}

/* What waits is a place in this text. */
static char places[] = "0123456789abcdefghij";

static void
come(struct fair *f, const char *words, int64_t now_us)
{
	for (size_t i = 0; *words != '\0';
	     i++, words += words[3] == ' ' ? 4 : 3) {
		struct fair_who who = who_of(words);

		assert_null(fair_put(f, &who, now_us, &places[i]));
	}
}

/* All that wait, in the order they are served in. */
static const char *
served(struct fair *f, int64_t now_us)
{
	static char out[64];
	size_t n = 0;
	const char *what;

	for (size_t i = 1; (what = fair_take(f, now_us)) != NULL; i++) {
		if (i % FAIR_ELDEST_EVERY == 0)
			out[n++] = ' ';
		out[n++] = *what;
	}
	out[n] = '\0';
	return out;
}

static void
who_comes_is_served_in_his_order(void **state)
{
	static const struct {
		const char *row, *come;
		int64_t waited_us;
		const char *order;
	} rows[] = {
		/* clang-format off */
		{ "nobody waits", "", 0, "" },
		{ "one after the other", "1-- 1-- 1-- 1-- 1--", 0, "01234" },
		{ "a better rank first", "3aa 2bb 1cc 0dd", 0, "3210" },
		{ "... but the eldest is not forgotten",
		  "3aa 0bb 0cc 0dd 0ee 0ff 0gg 0hh 0ii 0jj", 0, "1234567 089" },
		{ "sources take turns", "1aa 1ab 1ac 1bd", 0, "0312" },
		{ "so do users", "1aa 1ba 1ca 1db", 0, "0312" },
		{ "nobody's share is nobody's", "1-- 1-- 1-- 1aa", 0, "0123" },
		{ "who waits just long enough is first", "1aa 1bb 1cc", FAIR_PATIENCE_US, "012" },
		{ "after that the last is", "1aa 1bb 1cc", FAIR_PATIENCE_US + 1, "210" },
		{ "... but no later turn", "1aa 1bb 1ac", FAIR_PATIENCE_US + 1, "102" },
		{ "... nor a worse rank", "1aa 2bb 1cc", FAIR_PATIENCE_US + 1, "201" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fair *f = fair_open();

		come(f, rows[i].come, 5 * SECOND);
		CHECK_ROW(rows[i].row,
			  unit_same(served(f, 5 * SECOND + rows[i].waited_us),
				    rows[i].order));
		fair_close(f);
	}
}

/* A flood from many places at many names, each of which is behind: a stranger
 * is served next, not behind all of them. */
static void
a_stranger_does_not_wait_for_a_flood(void **state)
{
	static char flood, stranger;
	struct fair *f = fair_open();
	struct fair_who who;

	(void)state;
	for (uint64_t turn = 0; turn < 8; turn++) {
		for (uint64_t source = 1; source <= 100; source++) {
			who = (struct fair_who){ 1, source,
						 turn * 100 + source };
			assert_null(fair_put(f, &who, 0, &flood));
		}
	}
	for (size_t i = 0; i < 101; i++)
		assert_ptr_equal(fair_take(f, 0), &flood);
	who = (struct fair_who){ 1, 5000, 5000 };
	assert_null(fair_put(f, &who, 0, &stranger));
	for (size_t i = 0; i < 100; i++) {
		if (fair_take(f, 0) == &stranger) {
			fair_close(f);
			return;
		}
	}
	fail_msg("the stranger waits for more than one turn of the others");
}

static void
a_source_that_was_idle_has_saved_nothing_up(void **state)
{
	struct fair *f = fair_open();
	struct fair_who a = { 1, 1, 1 }, b = { 1, 2, 2 };
	size_t of_a = 0;

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		assert_null(fair_put(f, &a, 0, &places[0]));
		assert_ptr_equal(fair_take(f, 0), &places[0]);
	}
	for (size_t i = 0; i < 20; i++) {
		assert_null(fair_put(f, &b, 0, &places[1]));
		assert_null(fair_put(f, &a, 0, &places[0]));
	}
	for (size_t i = 0; i < 20; i++)
		of_a += fair_take(f, 0) == &places[0];
	assert_in_range(of_a, 9, 11);
	fair_close(f);
}

static void
the_last_of_the_worst_rank_makes_room(void **state)
{
	static char what[FAIR_MAX];
	static char better, same, worse;
	struct fair *f = fair_open();
	struct fair_who who = { .rank = 2 };

	(void)state;
	for (size_t i = 0; i < FAIR_MAX; i++)
		assert_null(fair_put(f, &who, 0, &what[i]));
	assert_ptr_equal(fair_put(f, &who, 0, &same), &same);
	who.rank = 3;
	assert_ptr_equal(fair_put(f, &who, 0, &worse), &worse);
	who.rank = 1;
	assert_ptr_equal(fair_put(f, &who, 0, &better), &what[FAIR_MAX - 1]);
	assert_ptr_equal(fair_take(f, 0), &better);
	who.rank = 3;
	assert_null(fair_put(f, &who, 0, &worse));
	for (size_t i = 0; i < FAIR_MAX - 1; i++)
		assert_ptr_equal(fair_take(f, 0), &what[i]);
	assert_ptr_equal(fair_take(f, 0), &worse);
	assert_null(fair_take(f, 0));
	fair_close(f);
}

static void
who_came_too_late_goes_behind_who_is_in_time(void **state)
{
	struct fair *f = fair_open();

	(void)state;
	come(f, "1aa 1bb", 0);
	for (size_t i = 2; i < 5; i++) {
		struct fair_who who = { 1, i, i };

		assert_null(fair_put(f, &who, SECOND, &places[i]));
	}
	assert_string_equal(served(f, FAIR_PATIENCE_US + 1), "23410");
	fair_close(f);
}

/* All of them are too late: it is the first who makes room. */
static void
of_the_late_the_first_makes_room(void **state)
{
	static char what[FAIR_MAX], last;
	struct fair *f = fair_open();
	struct fair_who who = { .rank = 2 };

	(void)state;
	for (size_t i = 0; i < FAIR_MAX; i++)
		assert_null(fair_put(f, &who, 0, &what[i]));
	assert_ptr_equal(fair_put(f, &who, 9 * SECOND, &last), &what[0]);
	assert_ptr_equal(fair_take(f, 9 * SECOND), &last);
	fair_close(f);
}

static void
who_has_waited_long_enough_is_told_so(void **state)
{
	struct fair *f = fair_open();
	struct fair_who who = { 1, 1, 1 }, better = { 0, 2, 2 };

	(void)state;
	assert_null(fair_give_up(f, FAIR_WAIT_MAX_US));
	assert_null(fair_put(f, &who, 0, &places[0]));
	assert_null(fair_put(f, &better, 0, &places[1]));
	assert_null(fair_put(f, &who, 1, &places[2]));
	assert_null(fair_give_up(f, FAIR_WAIT_MAX_US - 1));
	assert_ptr_equal(fair_give_up(f, FAIR_WAIT_MAX_US), &places[0]);
	assert_ptr_equal(fair_give_up(f, FAIR_WAIT_MAX_US), &places[1]);
	assert_null(fair_give_up(f, FAIR_WAIT_MAX_US));
	assert_ptr_equal(fair_take(f, FAIR_WAIT_MAX_US), &places[2]);
	fair_close(f);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_comes_is_served_in_his_order),
		cmocka_unit_test(a_stranger_does_not_wait_for_a_flood),
		cmocka_unit_test(a_source_that_was_idle_has_saved_nothing_up),
		cmocka_unit_test(the_last_of_the_worst_rank_makes_room),
		cmocka_unit_test(who_came_too_late_goes_behind_who_is_in_time),
		cmocka_unit_test(of_the_late_the_first_makes_room),
		cmocka_unit_test(who_has_waited_long_enough_is_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
