/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"
#include "model/settings.h"
#include "photo/photo_query.h"

static const struct settings settings = { .photo_unlisted_size_largest = true };

static int
setup(void **state)
{
	int failed = unit_setup(state);

	((struct op *)*state)->settings = &settings;
	return failed;
}

static void
the_first_email_and_size_count_in_any_spelling(void **state)
{
	static const struct {
		const char *query, *email;
		unsigned edge;
	} rows[] = {
		/* clang-format off */
		{ "email=ada@x.example&size=HR96x96",             "ada@x.example",      96 },
		{ "size=HR96x96&email=ada@x.example",             "ada@x.example",      96 },
		{ "email=ada%40x.example&size=hr96X96",           "ada@x.example",      96 },
		{ "EMAIL=ada@x.example&Size=HR64x64",             "ada@x.example",      64 },
		{ "e%6Dail=ada@x.example&s%69ze=HR64x64",         "ada@x.example",      64 },
		{ "email=ada@x.example&amp;size=HR96x96",         "ada@x.example",      96 },
		{ "amp;email=ada@x.example&size=HR96x96",         "ada@x.example",      96 },
		{ "email=ada+work@x.example&size=HR96x96",        "ada+work@x.example", 96 },
		{ "email=ada%2Bwork@x.example&size=HR96x96",      "ada+work@x.example", 96 },
		{ "email=a@x&email=b@x&size=HR48x48&size=HR64x64", "a@x",               48 },
		{ "other=1&&email=a@x&flag&size=HR48x48&",        "a@x",                48 },
		{ "emails=b@x&email=a@x&size=HR48x48",            "a@x",                48 },
		{ "email=a=b@x&size=HR48x48",                     "a=b@x",              48 },
		{ "email=a%26b@x&size=HR48x48",                   "a&b@x",              48 },
		{ "email=%2561@x&size=HR48x48",                   "%61@x",              48 },
		{ "email=%C3%A4@x&size=HR48x48",                  "\xc3\xa4@x",         48 },
		{ "email=*)(uid=*)@x&size=HR48x48",               "*)(uid=*)@x",        48 },
		{ "email=a@x&size=HR128x128",                     "a@x",                0 },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct photo_query got;

		if (photo_query_read(op, rows[i].query, &got) != OK)
			fail_msg("%s: %s", rows[i].query, op->reason);
		assert_string_equal(got.email, rows[i].email);
		assert_int_equal(got.edge, rows[i].edge);
	}
}

static void
anything_malformed_is_refused(void **state)
{
	static const char *const rows[] = {
		NULL,
		"",
		"&",
		"email=a@x",
		"size=HR48x48",
		"email=a@x&size=",
		"email=a@x&size",
		"email=&size=HR48x48",
		"email&size=HR48x48",
		"email=&email=a@x&size=HR48x48",
		"email=ada&size=HR48x48",
		"email=a@x&size=HUGE&size=HR48x48",
		"email=a@x&size=HR48x48%20",
		"email=a@x;size=HR48x48",
		"email=a%00@x&size=HR48x48",
		"email=a%0D%0A@x&size=HR48x48",
		"email=a%09@x&size=HR48x48",
		"email=a%7F@x&size=HR48x48",
		"email=a%C2%85@x&size=HR48x48", /* a C1 control */
		"email=a%FF@x&size=HR48x48",
		"email=a%C3@x&size=HR48x48",
		"email=a%ED%A0%80@x&size=HR48x48", /* a surrogate */
		"email=a%zz@x&size=HR48x48",
		"email=a@x&size=HR48x48%",
		"email=a@x&size=HR48x48%4",
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct photo_query got;

		op->reason = NULL;
		if (photo_query_read(op, rows[i], &got) != ERR_INVALID)
			fail_msg("row %zu: taken", i);
		assert_non_null(op->reason);
	}
}

/* "email=xxx...@x&size=HR48x48" with an address of n bytes. */
static const char *
query_of(struct op *op, size_t n)
{
	char *x = op_alloc(op, n);

	memset(x, 'x', n - 2);
	return op_print(op, "email=%s@x&size=HR48x48", x);
}

static void
an_email_may_have_320_bytes_and_no_more(void **state)
{
	struct op *op = *state;
	struct photo_query got;

	assert_int_equal(photo_query_read(op, query_of(op, ADDRESS_MAX), &got),
			 OK);
	assert_int_equal(strlen(got.email), ADDRESS_MAX);
	assert_int_equal(
		photo_query_read(op, query_of(op, ADDRESS_MAX + 1), &got),
		ERR_INVALID);
}

static void
too_many_parameters_are_malformed_not_too_large(void **state)
{
	static const char more[] = "&a=1";
	char query[8 * KIB] = "email=a@x&size=HR48x48";
	struct op *op = *state;
	struct photo_query got;

	assert_int_equal(photo_query_read(op, query, &got), OK);
	for (size_t i = 0; i < KIB; i++)
		strncat(query, more, sizeof(query) - strlen(query) - 1);
	assert_int_equal(photo_query_read(op, query, &got), ERR_INVALID);
}

static void
a_path_may_leave_the_size_out_or_give_pixels(void **state)
{
	static const struct {
		const char *address, *query;
		enum err err;
		unsigned edge;
	} rows[] = {
		/* clang-format off */
		{ "ada@x.example", NULL,                  OK, 0 },
		{ "ada@x.example", "other=1",             OK, 0 },
		{ "ada@x.example", "size=96",             OK, 96 },
		{ "ada@x.example", "SIZE=100",            OK, 120 },
		{ "ada@x.example", "size=649",            OK, 0 },
		{ "ada@x.example", "size=hr64x64&size=1", OK, 64 },
		{ "ada@x.example", "size=HR50x50",        OK, 0 },
		{ "a/b@x.example", "size=1",              OK, 48 },
		{ "ada@x.example", "size=10000",          OK, 0 },
		{ "ada@x.example", "size=10001",          ERR_INVALID, 0 },
		{ "ada@x.example", "size=0",              ERR_INVALID, 0 },
		{ "ada@x.example", "size=-1",             ERR_INVALID, 0 },
		{ "ada@x.example", "size=96px",           ERR_INVALID, 0 },
		{ "ada@x.example", "size=",               ERR_INVALID, 0 },
		{ "ada@x.example", "size=99999999999999999999", ERR_INVALID, 0 },
		{ "ada@x.example", "size=96&%zz",         ERR_INVALID, 0 },
		{ "ada",           "size=96",             ERR_INVALID, 0 },
		{ NULL,            "size=96",             ERR_INVALID, 0 },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct photo_query got;
		enum err err = photo_path_read(op, rows[i].address,
					       rows[i].query, &got);

		if (err != rows[i].err ||
		    (err == OK && got.edge != rows[i].edge))
			fail_msg("row %zu: %d, %u", i, (int)err, got.edge);
		if (err == OK)
			assert_string_equal(got.email, rows[i].address);
	}
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, unit_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(the_first_email_and_size_count_in_any_spelling),
		ROW(anything_malformed_is_refused),
		ROW(an_email_may_have_320_bytes_and_no_more),
		ROW(a_path_may_leave_the_size_out_or_give_pixels),
		ROW(too_many_parameters_are_malformed_not_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
