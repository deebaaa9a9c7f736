/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include "wire/url.h"

#define AT "/autodiscover/autodiscover.json"
#define EWS "{\"Protocol\":\"EWS\",\"Url\":\"" URL "/EWS/Exchange.asmx\"}"
#define V1                                                                     \
	"{\"Protocol\":\"AutodiscoverV1\",\"Url\":\"" URL                      \
	"/autodiscover/autodiscover.xml\"}"

static struct response
get(struct op *op, const char *path, const char *query)
{
	const struct request req = {
		.method = METHOD_GET,
		.path = path,
		.query = query,
	};
	struct response res = { 0 };
	enum err err = discover_json_get(&scene.house, op, &req, &res);

	if (err != OK)
		res.status = -(int)err;
	return res;
}

static void
every_address_of_a_domain_has_the_same_answer(void **state)
{
	static const struct {
		const char *path, *query, *answer;
	} rows[] = {
		/* clang-format off */
		{ AT, "Email=" ADA "&Protocol=EWS", EWS },
		{ AT, "email=nobody@frontdesk.example&protocol=ews", EWS },
		{ AT, "PROTOCOL=Ews&EMAIL=X@Frontdesk.EXAMPLE", EWS },
		{ AT, "Email=a%2Bb%40frontdesk.example&Protocol=EWS", EWS },
		{ AT, "Email=" ELSEWHERE "&Protocol=EWS", EWS },
		{ AT, "Email=" ADA "&Protocol=EWS&RedirectCount=1", EWS },
		{ AT, "Email=" ADA "&Protocol=EWS&RedirectCount=", EWS },
		{ AT, "Email=" ADA "&Protocol=AutodiscoverV1", V1 },
		{ AT "/v1.0/" ADA, "Protocol=EWS", EWS },
		{ AT "/v1.0/" ADA, "Protocol=autodiscoverv1&RedirectCount=3", V1 },
		{ "//Autodiscover//Autodiscover.json///V1.0//" ADA, "Protocol=EWS", EWS },
		{ AT "/v1.0/a/b@frontdesk.example", "Protocol=EWS", EWS },
		{ AT "/v1.0/" ADA, "Email=x&Protocol=EWS", EWS },
		{ AT "/v1.0/", "Email=" ADA "&Protocol=EWS", EWS },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct response res;
		const char *row =
			op_print(op, "%s?%s", rows[i].path, rows[i].query);

		scene_begin(op);
		op->caller = NULL; /* anybody */
		res = get(op, rows[i].path, rows[i].query);
		CHECK_ROW(row, res.status == 200);
		CHECK_ROW(row, unit_same(scene_text(op, &res), rows[i].answer));
		CHECK_ROW(row, unit_same(res.content_type,
					 "application/json; charset=utf-8"));
		/* whether there is such a mailbox is not looked at */
		CHECK_ROW(row, scene.resolved == 0);
	}
}

static void
what_is_missing_or_unknown_is_told_in_order(void **state)
{
	static const struct {
		const char *path, *query;
		int status;
		const char *code;
	} rows[] = {
		/* clang-format off */
		{ AT, NULL, 400, "MandatoryParameterMissing" },
		{ AT, "", 400, "MandatoryParameterMissing" },
		{ AT, "Protocol=EWS", 400, "MandatoryParameterMissing" },
		{ AT, "Email=&Protocol=EWS", 400, "MandatoryParameterMissing" },
		{ AT "/v1.0", "Protocol=EWS", 400, "MandatoryParameterMissing" },
		{ AT, "Email=" ADA, 400, "MissingProtocol" },
		{ AT "/v1.0/" ADA, NULL, 400, "MissingProtocol" },
		{ AT, "Email=" ADA "&Protocol=", 400, "MissingProtocol" },
		{ AT, "Email=" ADA "&Protocol=ActiveSync", 400, "ProtocolNotSupported" },
		{ AT, "Email=" ADA "&Protocol=EWSX", 400, "ProtocolNotSupported" },
		{ AT, "Email=ada&Protocol=EWS", 400, "InvalidUserId" },
		{ AT, "Email=a%20b@frontdesk.example&Protocol=EWS", 400, "InvalidUserId" },
		{ AT, "Email=ada@nowhere.example&Protocol=EWS", 404, "UserNotFound" },
		{ AT, "Email=ada@nowhere.example&Protocol=Foo", 404, "UserNotFound" },
		{ AT "/v1.0/ada@nowhere.example", "Protocol=EWS", 404, "UserNotFound" },
		{ AT, "Email=%zz&Protocol=EWS", 400, "InvalidRequest" },
		{ AT, "Email=%00&Protocol=EWS", 400, "InvalidRequest" },
		{ AT, "Email=%FF&Protocol=EWS", 400, "InvalidRequest" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *row =
			op_print(op, "%s?%s", rows[i].path,
				 rows[i].query == NULL ? "" : rows[i].query);
		const char *start = op_print(op,
					     "{\"ErrorCode\":\"%s\","
					     "\"ErrorMessage\":\"",
					     rows[i].code);
		struct response res;

		scene_begin(op);
		res = get(op, rows[i].path, rows[i].query);
		CHECK_ROW(row, res.status == rows[i].status);
		CHECK_ROW(row, strncmp(scene_text(op, &res), start,
				       strlen(start)) == 0);
		CHECK_ROW(row, op->reason != NULL);
	}
}

static void
an_unknown_protocol_is_shown_safely(void **state)
{
	struct op *op = *state;
	struct response res;
	const struct bytes wanted = message_file(
		op, "vectors/autodiscover-v2.resp.bad-protocol.json");

	scene_begin(op);
	res = get(op, AT, "Email=" ADA "&Protocol=Foo");
	assert_int_equal(res.body.n, wanted.n);
	assert_memory_equal(res.body.p, wanted.p, wanted.n);

	res = get(op, AT, "Email=" ADA "&Protocol=%22%5C%C3%A4%3C%09");
	assert_int_equal(res.status, 400); /* a control character */
	res = get(op, AT, "Email=" ADA "&Protocol=%22%5C%C3%A4%3C");
	assert_non_null(strstr(scene_text(op, &res), "'\\\"\\\\\xc3\xa4<'"));
	res = get(op, AT,
		  "Email=" ADA "&Protocol="
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaa");
	assert_int_equal(strcspn(strchr(scene_text(op, &res), '\'') + 1, "'"),
			 64);
}

static void
the_vector_is_answered_to_the_byte(void **state)
{
	struct op *op = *state;
	struct response res;
	const struct bytes wanted =
		message_file(op, "vectors/autodiscover-v2.resp.ews.json");

	scene_begin(op);
	res = get(op, AT, "Email=" ADA "&Protocol=EWS");
	assert_int_equal(res.body.n, wanted.n);
	assert_memory_equal(res.body.p, wanted.p, wanted.n);
}

static void
a_store_that_fails_is_no_unknown_domain(void **state)
{
	struct op *op = *state;

	scene_begin(op);
	scene.domain = ERR_DOWN;
	assert_int_equal(get(op, AT, "Email=" ADA "&Protocol=EWS").status,
			 -(int)ERR_DOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(every_address_of_a_domain_has_the_same_answer),
		UNIT_TEST(what_is_missing_or_unknown_is_told_in_order),
		UNIT_TEST(an_unknown_protocol_is_shown_safely),
		UNIT_TEST(the_vector_is_answered_to_the_byte),
		UNIT_TEST(a_store_that_fails_is_no_unknown_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
