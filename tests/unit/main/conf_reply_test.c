/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "main/conf_reply.h"

typedef const char *check_one(const char *value);

static void
values_are_taken_or_refused(void **state)
{
	static const struct {
		const char *value;
		check_one *check;
		bool right;
	} rows[] = {
		/* clang-format off */
		{ "Away: %s", reply_is_subject, true },
		{ "de=Abwesend: %s", reply_is_subject, true },
		{ "Away", reply_is_subject, false },
		{ "de=%s%s", reply_is_subject, false },
		{ "", reply_is_subject, false },

		{ "+", reply_is_delimiter, true },
		{ "+-_=", reply_is_delimiter, true },
		{ "none", reply_is_delimiter, true },
		{ "+-_=#", reply_is_delimiter, false },
		{ "nothing", reply_is_delimiter, false },
		{ "x", reply_is_delimiter, false },
		{ "@", reply_is_delimiter, false },
		{ ".", reply_is_delimiter, false },
		{ "", reply_is_delimiter, false },

		{ "mail.example.com", reply_is_authserv_id, true },
		{ "example.com/mx-1", reply_is_authserv_id, true },
		{ "a b", reply_is_authserv_id, false },
		{ "a;b", reply_is_authserv_id, false },
		{ "a(b)", reply_is_authserv_id, false },
		{ "", reply_is_authserv_id, false },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].value, (rows[i].check(rows[i].value) ==
					  NULL) == rows[i].right);
}

static void
an_authserv_id_has_255_bytes_and_no_more(void **state)
{
	struct op *op = *state;

	assert_null(reply_is_authserv_id(op_print(op, "%0255d", 0)));
	assert_non_null(reply_is_authserv_id(op_print(op, "%0256d", 0)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(values_are_taken_or_refused),
		UNIT_TEST(an_authserv_id_has_255_bytes_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
