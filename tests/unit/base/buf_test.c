/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/buf.h"

static void
what_is_written_comes_out_in_order(void **state)
{
	struct buf b;

	buf_init(&b, *state, 0, 1000);
	assert_string_equal(buf_text(&b), "");
	buf_puts(&b, "one");
	buf_putc(&b, ' ');
	buf_printf(&b, "%d-%s", 2, "three");
	buf_add(&b, "\0x", 2);
	buf_puts(&b, "");
	buf_add(&b, NULL, 0);
	assert_int_equal(buf_bytes(&b).n, 13);
	assert_memory_equal(buf_bytes(&b).p, "one 2-three\0x", 13);
	assert_int_equal(buf_err(&b), OK);
	(void)buf_text(&b);
	buf_putc(&b, '!'); /* goes on where it was, not behind the NUL */
	assert_memory_equal(buf_text(&b), "one 2-three\0x!", 15);
}

static void
the_limit_holds_to_the_byte(void **state)
{
	static const struct {
		const char *row;
		size_t hint, limit, write;
		enum err err;
	} rows[] = {
		{ "just under", 0, 1000, 999, OK },
		{ "the limit itself", 0, 1000, 1000, OK },
		{ "just over", 0, 1000, 1001, ERR_LIMIT },
		{ "with a hint, the limit", 100, 1000, 1000, OK },
		{ "with a hint, over", 100, 1000, 1001, ERR_LIMIT },
		{ "with too large a hint", 5000, 1000, 1001, ERR_LIMIT },
		{ "no room at all", 0, 0, 0, OK },
		{ "no room for one", 0, 0, 1, ERR_LIMIT },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf bytewise, pieces;

		buf_init(&bytewise, *state, rows[i].hint, rows[i].limit);
		buf_init(&pieces, *state, rows[i].hint, rows[i].limit);
		for (size_t j = 0; j < rows[i].write; j++) {
			buf_putc(&bytewise, 'x');
			buf_printf(&pieces, "%c", 'x');
		}
		CHECK_ROW(rows[i].row, buf_err(&bytewise) == rows[i].err);
		CHECK_ROW(rows[i].row, buf_err(&pieces) == rows[i].err);
		CHECK_ROW(rows[i].row, bytewise.n <= rows[i].limit);
		CHECK_ROW(rows[i].row,
			  strlen(buf_text(&bytewise)) == bytewise.n);
	}
}

static void
after_the_limit_nothing_more_is_taken(void **state)
{
	struct op *op = *state;
	struct buf b;

	buf_init(&b, op, 0, 10);
	buf_puts(&b, "12345678");
	buf_puts(&b, "too long");
	buf_puts(&b, "9"); /* would fit, but something is missing before it */
	buf_printf(&b, "%s", "9");
	assert_string_equal(buf_text(&b), "12345678");
	assert_int_equal(buf_err(&b), ERR_LIMIT);
	assert_non_null(strstr(op->reason, "10 bytes"));
}

static void
room_is_taken_up_to_the_limit(void **state)
{
	struct buf b;
	char *at;

	buf_init(&b, *state, 0, 6);
	buf_puts(&b, "ab");
	at = buf_take(&b, 4);
	assert_non_null(at);
	memcpy(at, "cdef", 4);
	assert_string_equal(buf_text(&b), "abcdef");
	assert_null(buf_take(&b, 1));
	assert_int_equal(buf_err(&b), ERR_LIMIT);
	assert_string_equal(buf_text(&b), "abcdef");
}

static void
sizes_that_would_overflow_are_over_the_limit(void **state)
{
	struct buf b;

	buf_init(&b, *state, 0, SIZE_MAX / 8);
	buf_putc(&b, 'x');
	buf_add(&b, "y", SIZE_MAX - 1);
	assert_int_equal(buf_err(&b), ERR_LIMIT);
	assert_string_equal(buf_text(&b), "x");
}

static void
a_long_text_grows_in_few_steps(void **state)
{
	struct op *op = *state;
	struct buf b;

	buf_init(&b, op, 0, 8 * MIB);
	for (int i = 0; i < 1 << 20; i++)
		buf_putc(&b, (char)('a' + i % 26));
	assert_int_equal(buf_bytes(&b).n, 1 << 20);
	for (size_t i = 0; i < 1 << 20; i++)
		assert_int_equal(b.p[i], 'a' + i % 26);
	assert_true(arena_held(op->arena) < 8 * MIB);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(what_is_written_comes_out_in_order),
		UNIT_TEST(the_limit_holds_to_the_byte),
		UNIT_TEST(after_the_limit_nothing_more_is_taken),
		UNIT_TEST(room_is_taken_up_to_the_limit),
		UNIT_TEST(sizes_that_would_overflow_are_over_the_limit),
		UNIT_TEST(a_long_text_grows_in_few_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
