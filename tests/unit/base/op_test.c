/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"

#include <time.h>

static void
a_new_op_may_not_wait_and_has_its_deadline(void **state)
{
	struct op *other = *state, op;
	int64_t before = (int64_t)time(NULL);

	memset(&op, 0xff, sizeof(op));
	op_init(&op, other->arena, NULL, 5000);
	assert_false(op.may_wait);
	assert_true(op.now >= before && op.now <= (int64_t)time(NULL));
	assert_int_equal(op.deadline_us - op.began_us, 5000 * 1000);
	assert_null(op.reason);
	assert_null(op.caller);
}

static void
time_left_counts_down_to_nothing(void **state)
{
	struct op *op = *state;
	static const struct {
		const char *row;
		int64_t left_us;
		unsigned least, most;
	} rows[] = {
		{ "over long ago", -INT64_C(5000000), 0, 0 },
		{ "just over", -1, 0, 0 },
		{ "a minute", 60000000, 50000, 60000 },
		{ "longer than can be told", INT64_C(1) << 60, UINT32_MAX,
		  UINT32_MAX },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		op->deadline_us = op_clock_us() + rows[i].left_us;
		CHECK_ROW(rows[i].row, op_left_ms(op) >= rows[i].least);
		CHECK_ROW(rows[i].row, op_left_ms(op) <= rows[i].most);
	}
}

/* What keeps a processor busy goes to the threads that are there for it. */
static void
some_work_is_for_one_pool_alone(void **state)
{
	struct op *op = *state;

	op->may_wait = false;
	assert_int_equal(op_wait_only(op, POOL_HASH), ERR_WAIT);
	op_again(op, true);
	op->on = POOL_DIRECTORY;
	assert_int_equal(op_wait(op, POOL_HASH), OK);
	assert_int_equal(op_wait_only(op, POOL_HASH), ERR_WAIT);
	assert_int_equal(op->wait_for, POOL_HASH);
	op_again(op, true);
	op->on = POOL_HASH;
	assert_int_equal(op_wait_only(op, POOL_HASH), OK);
	op_again(op, true); /* a command's own thread */
	assert_int_equal(op_wait_only(op, POOL_HASH), OK);
}

static void
waiting_is_asked_for_once_and_then_allowed(void **state)
{
	struct op *op = *state;

	op->may_wait = false;
	assert_int_equal(op_wait(op, POOL_HASH), ERR_WAIT);
	assert_int_equal(op->wait_for, POOL_HASH);
	op->delay_ms = 7;
	op->operation = "GetUserOofSettings";
	(void)FAIL(op, ERR_DOWN, "what the first run saw");
	op_again(op, true);
	assert_int_equal(op->wait_for, POOL_NONE);
	assert_int_equal(op->delay_ms, 0);
	assert_null(op->reason);
	assert_int_equal(op_wait(op, POOL_HASH), OK);
}

static void
running_again_keeps_clock_memory_and_caller(void **state)
{
	struct op *op = *state, before;
	char *kept = op_dup(op, "kept");

	op->caller = (const struct caller *)kept;
	before = *op;
	op_again(op, false);
	assert_int_equal(op->now, before.now);
	assert_int_equal(op->deadline_us, before.deadline_us);
	assert_ptr_equal(op->caller, kept);
	assert_string_equal(kept, "kept");
}

static void
a_failure_keeps_its_reason_and_is_handed_back(void **state)
{
	struct op *op = *state;

	assert_int_equal(FAIL(op, ERR_DENIED, "%s, %d", "why", 3), ERR_DENIED);
	assert_string_equal(op->reason, "why, 3");
	assert_int_equal(FAIL(op, ERR_LIMIT, "later"), ERR_LIMIT);
	assert_string_equal(op->reason, "later");
}

static enum err
first_failure(struct op *op, enum err one, enum err two)
{
	TRY(one);
	TRY(two);
	op->result = "behind";
	return OK;
}

static void
try_passes_the_first_failure_up(void **state)
{
	struct op *op = *state;

	assert_int_equal(first_failure(op, ERR_AUTH, ERR_DOWN), ERR_AUTH);
	assert_int_equal(first_failure(op, OK, ERR_DOWN), ERR_DOWN);
	assert_null(op->result);
	assert_int_equal(first_failure(op, OK, OK), OK);
	assert_string_equal(op->result, "behind");
}

static void
copies_are_the_ops_own(void **state)
{
	struct op *op = *state;
	char from[] = "some text";
	const char *text = op_text(op, from, 4);
	const char *dup = op_dup(op, from);
	struct bytes bytes = op_bytes(op, bytes_of(from));
	struct bytes none = op_bytes(op, bytes_of(NULL));

	memset(from, 'x', sizeof(from));
	assert_string_equal(text, "some");
	assert_string_equal(dup, "some text");
	assert_int_equal(bytes.n, 9);
	assert_memory_equal(bytes.p, "some text", 9);
	assert_int_equal(none.n, 0);
	assert_string_equal(op_print(op, "%s=%05.1f%%", "x", 2.25), "x=002.2%");
	assert_string_equal(op_print(op, "%s", ""), "");
}

static void
every_error_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < ERR_COUNT; i++) {
		assert_non_null(err_name((enum err)i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(err_name((enum err)i),
						err_name((enum err)j));
	}
	assert_string_equal(err_name(OK), "ok");
	assert_string_equal(err_name(ERR_NOT_FOUND), "not_found");
	assert_string_equal(err_name((enum err)ERR_COUNT), "internal");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_new_op_may_not_wait_and_has_its_deadline),
		UNIT_TEST(time_left_counts_down_to_nothing),
		UNIT_TEST(waiting_is_asked_for_once_and_then_allowed),
		UNIT_TEST(some_work_is_for_one_pool_alone),
		UNIT_TEST(running_again_keeps_clock_memory_and_caller),
		UNIT_TEST(a_failure_keeps_its_reason_and_is_handed_back),
		UNIT_TEST(try_passes_the_first_failure_up),
		UNIT_TEST(copies_are_the_ops_own),
		UNIT_TEST(every_error_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
