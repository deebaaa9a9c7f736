/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "delivery/gate.h"

static const struct backend_section sections[] = { { .title = "far" },
						   { .title = "near" } };
static const struct settings settings = { .backends = sections,
					  .backends_n = 2 };

static void
who_does_not_answer_is_left_alone_and_nobody_else(void **state)
{
	struct op *op = *state;
	struct gates g;

	op->settings = &settings;
	gates_init(&g);
	for (unsigned i = 0; i < GATE_FAILURES; i++) {
		assert_int_equal(gate_pass(&g, op, &sections[0]), OK);
		gate_tell(&g, op, &sections[0], ERR_DOWN);
	}
	assert_int_equal(gate_pass(&g, op, &sections[0]), ERR_DOWN);
	assert_non_null(strstr(op->reason, "far"));
	assert_int_equal(gate_pass(&g, op, &sections[1]), OK);
	/* its pause is over: one that goes well opens it, one in vain not */
	g.gate[0].until_us = op_clock_us();
	assert_int_equal(gate_pass(&g, op, &sections[0]), OK);
	gate_tell(&g, op, &sections[0], ERR_DOWN);
	assert_int_equal(gate_pass(&g, op, &sections[0]), ERR_DOWN);
	gate_tell(&g, op, &sections[0], OK);
	assert_int_equal(gate_pass(&g, op, &sections[0]), OK);
	gates_done(&g);
}

static void
only_silence_closes_it(void **state)
{
	static const enum err answers[] = { OK, ERR_DENIED, ERR_INVALID,
					    ERR_LIMIT };
	struct op *op = *state;
	struct gates g;

	op->settings = &settings;
	gates_init(&g);
	for (size_t i = 0; i < COUNT(answers); i++) {
		gate_tell(&g, op, &sections[0], ERR_DOWN);
		gate_tell(&g, op, &sections[0], ERR_DOWN);
		gate_tell(&g, op, &sections[0], answers[i]);
		gate_tell(&g, op, &sections[0], ERR_DOWN);
		CHECK_ROW(err_name(answers[i]),
			  gate_pass(&g, op, &sections[0]) == OK);
		gate_tell(&g, op, &sections[0], OK);
	}
	gates_done(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(who_does_not_answer_is_left_alone_and_nobody_else),
		UNIT_TEST(only_silence_closes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
