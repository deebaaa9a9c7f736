/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "wing/auth/basic.h"

/* The header for a name and password as bytes. */
static const char *
header(struct op *op, const char *credentials, size_t n)
{
	return op_print(
		op, "Basic %s",
		text_base64(op,
			    (struct bytes){ (const uint8_t *)credentials, n }));
}

static void
a_name_and_a_password_are_read(void **state)
{
	static const struct {
		const char *sent, *name, *password;
	} rows[] = {
		/* clang-format off */
		{ "ada@x.example:secret",   "ada@x.example",  "secret" },
		{ "ada:a:b:c",              "ada",            "a:b:c" },
		{ "ada::",                  "ada",            ":" },
		{ "X\\ada:p w ",            "X\\ada",         "p w " },
		{ "\xc3\xa9:\xe2\x82\xac",  "\xc3\xa9",       "\xe2\x82\xac" },
		{ "ada:caf\xe9",            "ada",            "caf\xc3\xa9" },
		{ "\xe9:\xfc",              "\xc3\xa9",       "\xc3\xbc" },
		{ "ada:\xc3",               "ada",            "\xc3\x83" },
		{ " ada :x",                " ada ",          "x" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct basic b;
		const char *sent =
			header(op, rows[i].sent, strlen(rows[i].sent));

		CHECK_ROW(rows[i].sent, basic_parse(op, sent, &b) == OK);
		CHECK_ROW(rows[i].sent, strcmp(b.name, rows[i].name) == 0);
		CHECK_ROW(rows[i].sent,
			  strcmp(b.password, rows[i].password) == 0);
	}
}

static void
the_scheme_is_read_in_any_case(void **state)
{
	static const char *const rows[] = {
		"Basic YTpi",
		"basic YTpi",
		"BASIC YTpi",
		"bAsIc    YTpi ",
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct basic b;

		CHECK_ROW(rows[i], basic_parse(op, rows[i], &b) == OK);
		CHECK_ROW(rows[i], strcmp(b.name, "a") == 0);
		CHECK_ROW(rows[i], strcmp(b.password, "b") == 0);
	}
}

static void
what_is_no_basic_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"B",
		"Basic",
		"Basic ",
		"BasicYTpi",
		"Basicx YTpi",
		"Bearer YTpi",
		"Negotiate YTpi",
		"NTLM TlRM",
		"Digest a=b",
		"Basic YTp",
		"Basic YTpi=",
		"Basic YT pi",
		"Basic !!!!",
		"Basic YTpi,x",
		"Basic\tYTpi",
		"Basic Y",
		"Basic =",
		"Basic YTpj\x80",
		" Basic YTpi",
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct basic b;

		CHECK_ROW(rows[i], basic_parse(op, rows[i], &b) == ERR_AUTH);
		CHECK_ROW(rows[i], op->reason != NULL);
	}
}

static void
credentials_that_cannot_be_right_are_refused(void **state)
{
	static const struct {
		const char *sent;
		size_t n;
	} rows[] = {
		{ "nocolon", 7 },   { ":", 1 },       { ":password", 9 },
		{ "ada:", 4 },      { "a\0da:x", 6 }, { "ada:x\0", 6 },
		{ "ada:x\0y", 7 },  { "a\nda:x", 6 }, { "ada:x\ny", 7 },
		{ "ada:x\x7f", 6 }, { "\x01:x", 3 },  { "ada:\t", 5 },
		{ "a\x9b:x", 4 },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct basic b;

		CHECK_ROW(rows[i].sent,
			  basic_parse(op, header(op, rows[i].sent, rows[i].n),
				      &b) == ERR_AUTH);
	}
}

/* The outcome for a name and a password of these lengths. */
static enum err
lengths(struct op *op, size_t name, size_t password, char fill)
{
	char *sent = op_alloc(op, name + 1 + password);
	struct basic b;

	memset(sent, 'n', name);
	sent[name] = ':';
	memset(sent + name + 1, fill, password);
	return basic_parse(op, header(op, sent, name + 1 + password), &b);
}

static void
a_name_and_a_password_have_their_limits(void **state)
{
	struct op *op = *state;

	assert_int_equal(lengths(op, BASIC_NAME_MAX, 1, 'p'), OK);
	assert_int_equal(lengths(op, BASIC_NAME_MAX + 1, 1, 'p'), ERR_AUTH);
	assert_int_equal(lengths(op, 1, BASIC_PASSWORD_MAX, 'p'), OK);
	assert_int_equal(lengths(op, 1, BASIC_PASSWORD_MAX + 1, 'p'), ERR_AUTH);
	/* Latin-1 counts as the UTF-8 that it becomes */
	assert_int_equal(lengths(op, 1, BASIC_PASSWORD_MAX / 2, '\xe9'), OK);
	assert_int_equal(lengths(op, 1, BASIC_PASSWORD_MAX / 2 + 1, '\xe9'),
			 ERR_AUTH);
}

static void
a_new_password_has_to_be_one_that_can_be_sent(void **state)
{
	static const struct {
		const char *password;
		enum err err;
	} rows[] = {
		{ "x", OK },
		{ "with space", OK },
		{ "\xe2\x82\xac", OK },
		{ "", ERR_INVALID },
		{ "a\tb", ERR_INVALID },
		{ "a\n", ERR_INVALID },
		{ "\x7f", ERR_INVALID },
		{ "\xc2\x9f", ERR_INVALID },
		{ "\xc2\xa0", OK },
		{ "caf\xe9", ERR_INVALID },
	};
	struct op *op = *state;
	char longest[BASIC_PASSWORD_MAX + 2];

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].password,
			  basic_check_password(op, rows[i].password) ==
				  rows[i].err);
	memset(longest, 'x', sizeof(longest));
	longest[BASIC_PASSWORD_MAX + 1] = '\0';
	assert_int_equal(basic_check_password(op, longest), ERR_LIMIT);
	assert_int_equal(basic_check_password(op, longest + 1), OK);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(a_name_and_a_password_are_read),
		UNIT_TEST(the_scheme_is_read_in_any_case),
		UNIT_TEST(what_is_no_basic_is_refused),
		UNIT_TEST(credentials_that_cannot_be_right_are_refused),
		UNIT_TEST(a_name_and_a_password_have_their_limits),
		UNIT_TEST(a_new_password_has_to_be_one_that_can_be_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
