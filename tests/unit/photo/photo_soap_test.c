/* SPDX-License-Identifier: Apache-2.0 */
/* The SOAP operations between stand-ins for directory, store and worker. */
#include "oof/world.h"

#include "photo/photo_soap.h"

#define JPEG "/9j/" /* of three bytes */

static struct house house;

static struct photo_get_response
get(struct op *op, const char *email, const char *size, const char *tags,
    struct response *res)
{
	const struct request_headers headers = { .if_none_match = tags };
	const struct photo_get_request in = { email, size, 0 };
	struct photo_get_response out = { 0 };

	*res = (struct response){ 0 };
	assert_int_equal(photo_soap_get(&house, op, &headers, &in, &out, res),
			 OK);
	return out;
}

static const char *
header(const struct response *res, const char *name)
{
	for (size_t i = 0; i < res->headers_n; i++) {
		if (strcmp(res->headers[i].name, name) == 0)
			return res->headers[i].value;
	}
	return NULL;
}

static void
a_picture_is_told_with_its_headers(void **state)
{
	struct op *op = *state;
	struct photo_get_response out;
	struct response res;
	const char *tag;

	world_begin(op, MALLORY);
	world.settings.photo_max_age_s = 300;
	world.picture[1] = bytes_of("picture");
	out = get(op, ADA, "HR96x96", NULL, &res);
	assert_int_equal(out.outcome.code, OUTCOME_NO_ERROR);
	assert_int_equal(out.has_changed, XSD_TRUE);
	assert_int_equal(out.picture.n, 7);
	assert_true(out.content_type);
	assert_int_equal(res.status, 0);
	tag = header(&res, "ETag");
	assert_string_equal(tag, "\"ab00000000000000-96\"");
	assert_string_equal(header(&res, "Cache-Control"),
			    "private, max-age=300");
	assert_non_null(header(&res, "Expires"));
	assert_string_equal(op->target, ADA);
	assert_string_equal(op->result, "NoError");

	out = get(op, ADA, "HR96x96", tag, &res);
	assert_int_equal(out.has_changed, XSD_FALSE);
	assert_true(out.picture.p != NULL && out.picture.n == 0);
	assert_false(out.content_type);
	assert_int_equal(res.status, 0); /* never 304 */
	assert_string_equal(header(&res, "ETag"), tag);

	out = get(op, ADA, "HR48x48", tag, &res);
	assert_int_equal(out.has_changed, XSD_TRUE);
	assert_int_equal(out.picture.n, 7);
}

static void
nobody_without_a_picture_is_told_apart(void **state)
{
	static const char *const rows[] = { MALLORY, ELSEWHERE, "x@y.z", "" };
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct photo_get_response out;
		struct response res;

		world_begin(op, ADA);
		world.picture[5] = bytes_of("picture");
		out = get(op, rows[i], "HR96x96", i % 2 ? "*" : NULL, &res);
		CHECK_ROW(rows[i], out.outcome.code == OUTCOME_ITEM_NOT_FOUND);
		CHECK_ROW(rows[i], out.has_changed == XSD_TRUE);
		CHECK_ROW(rows[i], out.picture.p != NULL && out.picture.n == 0);
		CHECK_ROW(rows[i], res.status == 404 && res.headers_n == 0);
		CHECK_ROW(rows[i], op->reason != NULL);
	}
}

static void
a_wrong_size_is_told_before_anybody_is_looked_for(void **state)
{
	struct op *op = *state;
	struct photo_get_response out;
	struct response res;

	world_begin(op, ADA);
	world.photo = world.resolve = ERR_DOWN;
	out = get(op, ADA, "HUGE", NULL, &res);
	assert_int_equal(out.outcome.code, OUTCOME_INVALID_PHOTO_SIZE);
	assert_int_equal(out.has_changed, XSD_FALSE);
	assert_null(out.picture.p);
	assert_int_equal(res.status, 0);
}

static void
what_cannot_be_looked_up_is_no_answer(void **state)
{
	static const enum err errs[] = { ERR_DOWN, ERR_INTERNAL, ERR_WAIT };
	const struct request_headers headers = { 0 };
	const struct photo_get_request in = { ADA, "HR96x96", 0 };
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(errs); i++) {
		struct photo_get_response out = { 0 };
		struct response res = { 0 };

		world_begin(op, ADA);
		world.photo = errs[i];
		assert_int_equal(
			photo_soap_get(&house, op, &headers, &in, &out, &res),
			errs[i]);
		world.photo = OK;
		world.resolve = errs[i];
		assert_int_equal(
			photo_soap_get(&house, op, &headers, &in, &out, &res),
			errs[i]);
	}
}

/* ---- set ---- */

static enum err
set(struct op *op, const char *email, const char *content,
    struct photo_set_response *out, struct soap_fault *fault)
{
	const struct photo_set_request in = { email, content, 0 };

	*out = (struct photo_set_response){ 0 };
	*fault = (struct soap_fault){ 0 };
	op->actor = NULL;
	return photo_soap_set(&house, op, &in, out, fault);
}

static void
owners_set_it_and_nobody_else(void **state)
{
	static const struct {
		const char *row, *caller, *email;
		enum err err;
		bool audited;
	} rows[] = {
		/* clang-format off */
		{ "one's own",            ADA,     ADA,       OK,         false },
		{ "by an alias",          ADA,     "ada.alias@frontdesk.example", OK, false },
		{ "a shared mailbox",     ADA,     SHARED,    OK,         true },
		{ "a shared one, others", MALLORY, SHARED,    ERR_DENIED, false },
		{ "a colleague's",        MALLORY, ADA,       ERR_DENIED, false },
		{ "beyond the wall",      ADA,     ELSEWHERE, ERR_DENIED, false },
		{ "nobody's",             ADA,     "x@y.z",   ERR_DENIED, false },
		{ "no address",           ADA,     "",        ERR_DENIED, false },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct photo_set_response out;
		struct soap_fault fault;

		world_begin(op, rows[i].caller);
		world.caller.login = rows[i].caller;
		CHECK_ROW(rows[i].row, set(op, rows[i].email, JPEG, &out,
					   &fault) == rows[i].err);
		CHECK_ROW(rows[i].row, world.kept == (rows[i].err == OK));
		CHECK_ROW(rows[i].row, (op->actor != NULL) == rows[i].audited);
		CHECK_ROW(rows[i].row, fault.code == 0);
		CHECK_ROW(rows[i].row,
			  rows[i].err != OK ||
				  out.outcome.code == OUTCOME_NO_ERROR);
	}
}

static void
a_public_address_book_tells_who_is_missing(void **state)
{
	struct op *op = *state;
	struct photo_set_response out;
	struct soap_fault fault;

	world_begin(op, ADA);
	world.settings.address_book_public = true;
	assert_int_equal(set(op, "x@y.z", JPEG, &out, &fault), ERR_NOT_FOUND);
	assert_string_equal(fault.value_name, "SmtpAddress");
	assert_string_equal(fault.value, "x@y.z");
	assert_int_equal(set(op, MALLORY, JPEG, &out, &fault), ERR_DENIED);
}

static void
every_failure_has_its_own_answer(void **state)
{
	static const struct {
		const char *row, *content;
		enum err square, keep, err;
		unsigned outcome, fault;
	} rows[] = {
		/* clang-format off */
		{ "no base64",        "?",  OK,           OK,            OK, OUTCOME_INVALID_ARGUMENT, 0 },
		{ "no picture",       JPEG, ERR_INVALID,  OK,            OK, OUTCOME_INVALID_ARGUMENT, 0 },
		{ "too many pixels",  JPEG, ERR_LIMIT,    OK,            OK, OUTCOME_INVALID_ARGUMENT, 0 },
		{ "no worker",        JPEG, ERR_DOWN,     OK,            ERR_DOWN, 0, SOAP_SERVER_BUSY },
		{ "a worker gone mad", JPEG, ERR_INTERNAL, OK,           ERR_INTERNAL, 0, 0 },
		{ "a full disk",      JPEG, OK,           ERR_DOWN,      ERR_DOWN, 0, 0 },
		{ "a broken commit",  JPEG, OK,           ERR_UNKNOWN,   ERR_UNKNOWN, 0, 0 },
		{ "removed meanwhile", JPEG, OK,          ERR_NOT_FOUND, ERR_DENIED, 0, 0 },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct photo_set_response out;
		struct soap_fault fault;

		world_begin(op, ADA);
		world.square = rows[i].square;
		world.keep = rows[i].keep;
		CHECK_ROW(rows[i].row, set(op, ADA, rows[i].content, &out,
					   &fault) == rows[i].err);
		CHECK_ROW(rows[i].row, world.kept == 0);
		CHECK_ROW(rows[i].row, fault.code == rows[i].fault);
		CHECK_ROW(rows[i].row, out.outcome.code == rows[i].outcome);
		CHECK_ROW(rows[i].row, op->reason != NULL);
	}
}

/* Whose it is, is told at once; decoding waits for the pool. */
static void
a_thread_that_may_not_wait_does_no_work(void **state)
{
	struct op *op = *state;
	struct photo_set_response out;
	struct soap_fault fault;

	world_begin(op, MALLORY);
	op_again(op, false);
	assert_int_equal(set(op, ADA, JPEG, &out, &fault), ERR_DENIED);
	assert_int_equal(set(op, MALLORY, "?", &out, &fault), ERR_WAIT);
	assert_int_equal(op->wait_for, POOL_IMAGE);
	assert_null(world.squared.p);
}

static void
the_header_above_a_profile_is_no_picture_here(void **state)
{
	struct op *op = *state;
	const struct photo_get_request ask = { ADA, "HR96x96",
					       PHOTO_OF_HEADER };
	const struct photo_set_request give = { ADA, JPEG, PHOTO_OF_HEADER };
	const struct request_headers headers = { 0 };
	struct photo_get_response got = { 0 };
	struct photo_set_response put = { 0 };
	struct soap_fault fault = { 0 };
	struct response res = { 0 };

	world_begin(op, ADA);
	world.picture[1] = bytes_of("picture");
	assert_int_equal(photo_soap_get(&house, op, &headers, &ask, &got, &res),
			 OK);
	assert_int_equal(got.outcome.code, OUTCOME_ITEM_NOT_FOUND);
	assert_int_equal(photo_soap_set(&house, op, &give, &put, &fault), OK);
	assert_int_equal(put.outcome.code, OUTCOME_INVALID_ARGUMENT);
	assert_int_equal(world.kept, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_picture_is_told_with_its_headers),
		UNIT_TEST(nobody_without_a_picture_is_told_apart),
		UNIT_TEST(a_wrong_size_is_told_before_anybody_is_looked_for),
		UNIT_TEST(what_cannot_be_looked_up_is_no_answer),
		UNIT_TEST(owners_set_it_and_nobody_else),
		UNIT_TEST(a_public_address_book_tells_who_is_missing),
		UNIT_TEST(every_failure_has_its_own_answer),
		UNIT_TEST(a_thread_that_may_not_wait_does_no_work),
		UNIT_TEST(the_header_above_a_profile_is_no_picture_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
