/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* cmocka, an op for each test, and rows that say which of them is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/op.h"

#include <stdlib.h>
#include <string.h>

/* For cmocka_unit_test_setup_teardown: *state is an op that may wait. */
static inline int
unit_setup(void **state)
{
	struct op *op = calloc(1, sizeof(*op));

	if (op == NULL)
		return -1;
	op_init(op, arena_open(64 * KIB), NULL, 60 * 1000);
	op->may_wait = true;
	*state = op;
	return 0;
}

static inline int
unit_teardown(void **state)
{
	struct op *op = *state;

	arena_close(op->arena);
	free(op);
	return 0;
}

#define UNIT_TEST(function)                                                    \
	cmocka_unit_test_setup_teardown(function, unit_setup, unit_teardown)

static inline void
unit_check_row(bool right, const char *row, const char *what, const char *file,
	       int line)
{
	if (right)
		return;
	print_error("row \"%s\": not so: %s\n", row, what);
	_fail(file, line);
}

/* In the row so named it must be right. */
#define CHECK_ROW(row, right)                                                  \
	unit_check_row((right), (row), #right, __FILE__, __LINE__)

/* Equal, or both NULL. */
static inline bool
unit_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}
