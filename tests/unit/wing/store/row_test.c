/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "wing/store/core.h"
#include "wing/store/row.h"

#include <string.h>

/* Pairs that a careless sum would take for equal. */
static void
rows_that_differ_have_different_sums(void **state)
{
	const struct db_value rows[][2] = {
		{ db_text("ab"), db_text("c") },
		{ db_text("a"), db_text("bc") },
		{ db_text("abc"), db_text("") },
		{ db_text("abc"), db_null() },
		{ db_null(), db_text("abc") },
		{ db_int(0), db_null() },
		{ db_null(), db_int(0) },
		{ db_null(), db_null() },
		{ db_int(0), db_int(0) },
		{ db_int(1), db_int(0) },
		{ db_int(0), db_int(1) },
		{ db_int(-1), db_int(0) },
		{ db_text("1"), db_int(0) },
		{ db_blob((struct bytes){ (const uint8_t *)"1", 1 }),
		  db_int(0) },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(row_sum(rows[i], 2),
					     row_sum(rows[j], 2));
	assert_int_not_equal(row_sum(rows[0], 1), row_sum(rows[0], 2));
}

/* It is on the disk of every store: it never changes. */
static void
the_sum_of_a_known_row_is_what_it_always_was(void **state)
{
	const struct db_value row[] = { db_int(7), db_text("anna"), db_null() };

	(void)state;
	assert_int_equal(row_sum(row, COUNT(row)), INT64_C(995033321));
}

static void
a_row_is_verified_by_its_last_column(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct db_value row[3] = { db_int(7), db_text("anna") };

	row[2] = db_int(row_sum(row, 2));
	FINE(op, row_verify(op, "thing", row, 3));
	row[0].number = 8;
	GIVES(ERR_INTERNAL, op, row_verify(op, "thing", row, 3));
	assert_string_equal(op->reason, "damaged: thing of 8");
	row[0].number = 7;
	row[2] = db_null();
	GIVES(ERR_INTERNAL, op, row_verify(op, "thing", row, 3));
	row[0] = db_text("x");
	GIVES(ERR_INTERNAL, op, row_verify(op, "thing", row, 3));
	assert_string_equal(op->reason, "damaged: a row of thing");
}

static void
a_mailbox_is_the_same_after_packing(void **state)
{
	static const struct mailbox each[] = {
		{ 1, 2, "a@b.c", "A", "UTC", "$y$", 3, 1 },
		{ 1, 2, "a@b.c", "", NULL, "$y$", 3, 2 },
		{ 1, 2, "a@b.c", "A", "UTC", NULL, 0, 3 },
		{ INT64_MAX, 2, "a@b.c", "", NULL, NULL, 0, 3 },
	};
	struct fixture *f = *state;
	struct op *op = fixture_op(f);

	for (size_t i = 0; i < COUNT(each); i++) {
		const struct mailbox *in = &each[i];
		const struct mailbox *m =
			mailbox_unpack(op, mailbox_pack(op, in));
		struct db_value row[MAILBOX_COLUMNS_N];
		struct db_value again[MAILBOX_COLUMNS_N];

		mailbox_to_row(in, row);
		mailbox_to_row(m, again);
		assert_int_equal(row[MAILBOX_COLUMNS_N - 1].number,
				 again[MAILBOX_COLUMNS_N - 1].number);
		FINE(op, mailbox_of_row(op, row, &m));
		assert_int_equal(m->id, in->id);
		assert_string_equal(m->address, in->address);
		assert_int_equal(m->zone == NULL, in->zone == NULL);
		assert_int_equal(m->password == NULL, in->password == NULL);
	}
}

static void
a_row_of_wrong_types_is_damage(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct db_value row[OOF_COLUMNS_N] = { 0 };
	struct oof_stored got;

	GIVES(ERR_INTERNAL, op, oof_of_row(op, row, &got));
	for (size_t i = 0; i < OOF_COLUMNS_N; i++)
		row[i] = db_text("x");
	GIVES(ERR_INTERNAL, op, oof_of_row(op, row, &got));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_that_differ_have_different_sums),
		cmocka_unit_test(the_sum_of_a_known_row_is_what_it_always_was),
		cmocka_unit_test(a_row_is_verified_by_its_last_column),
		cmocka_unit_test(a_mailbox_is_the_same_after_packing),
		cmocka_unit_test(a_row_of_wrong_types_is_damage),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
