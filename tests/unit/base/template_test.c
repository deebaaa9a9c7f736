/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/template.h"

/* Every byte between brackets, so that it is seen what was escaped. */
static void
bracket(struct buf *to, struct bytes value)
{
	buf_putc(to, '[');
	buf_add(to, value.p, value.n);
	buf_putc(to, ']');
}

static void
a_template_is_filled_with_a_name(void **state)
{
	static const struct {
		const char *pattern, *name;
		template_escape *escape;
		const char *wanted;
	} rows[] = {
		/* clang-format off */
		{ "%u", "ada@one.example", NULL, "ada@one.example" },
		{ "%n", "ada@one.example", NULL, "ada" },
		{ "%d", "ada@one.example", NULL, "one.example" },
		{ "%n", "a@b@one.example", NULL, "a@b" },
		{ "%d", "a@b@one.example", NULL, "one.example" },
		{ "%u", "ada", NULL, "ada" },
		{ "%n@%d", "ada", NULL, "ada@" },
		{ "%n", "@one.example", NULL, "" },
		{ "x-%n.y", "ada@one.example", NULL, "x-ada.y" },
		{ "%u%u", "ada", NULL, "adaada" },
		{ "%%u", "ada", NULL, "%u" },
		{ "100%", "ada", NULL, "100%" },
		{ "a%40b/%x", "ada", NULL, "a%40b/%x" },
		{ "%%%n%%", "ada", NULL, "%ada%" },
		{ "", "ada", NULL, "" },
		{ "%u", "%n", NULL, "%n" },
		{ "ou=%d,u=%n", "ada@one.example", bracket, "ou=[one.example],u=[ada]" },
		{ "%d", "ada", bracket, "[]" },
		{ "http://x/%u/%%", "a b/\xc3\xa4-._~+@x", template_url, "http://x/a%20b%2F%C3%A4-._~%2B%40x/%" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *out = NULL;

		assert_int_equal(template_fill(*state, rows[i].pattern,
					       rows[i].name, rows[i].escape,
					       &out),
				 OK);
		CHECK_ROW(rows[i].pattern, unit_same(out, rows[i].wanted));
	}
}

static void
what_comes_out_has_a_limit(void **state)
{
	struct op *op = *state;
	char *name = op_alloc(op, TEMPLATE_MAX + 2);
	const char *out;

	memset(name, 'x', TEMPLATE_MAX);
	assert_int_equal(template_fill(op, "%u", name, NULL, &out), OK);
	assert_int_equal(strlen(out), TEMPLATE_MAX);
	name[TEMPLATE_MAX] = 'x';
	assert_int_equal(template_fill(op, "%u", name, NULL, &out), ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_template_is_filled_with_a_name),
		UNIT_TEST(what_comes_out_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
