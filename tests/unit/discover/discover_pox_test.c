/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#define DISCOVER_URI "http://schemas.microsoft.com/exchange/autodiscover/"
#define Q DISCOVER_URI "outlook/requestschema/2006"
#define R DISCOVER_URI "outlook/responseschema/2006a"
#define IN(ns, inside)                                                         \
	"<Autodiscover xmlns='" ns "'><Request>" inside                        \
	"</Request></Autodiscover>"
#define SCHEMA "<AcceptableResponseSchema>" R "</AcceptableResponseSchema>"
#define MAIL(address) "<EMailAddress>" address "</EMailAddress>"
#define ADA_DN                                                                 \
	"/o=Frontdesk/ou=frontdesk.example/cn=Recipients/"                     \
	"cn=ada@frontdesk.example"

struct answer {
	const struct xml_node *tree;
	struct response res;
	enum err err;
};

static struct answer
post(struct op *op, struct bytes body)
{
	const struct request req = { .method = METHOD_POST, .body = body };
	struct answer a = { 0 };

	scene.settings.public_url = URL;
	op_again(op, true);
	op->result = op->reason = NULL;
	a.err = discover_pox_post(&scene.house, op, &req, &a.res);
	if (a.res.body.n > 0)
		a.tree = message_tree(op, a.res.body);
	return a;
}

static const struct xml_node *
vector(struct op *op, const char *name)
{
	return message_tree(op,
			    message_file(op, op_print(op, "vectors/%s", name)));
}

static void
the_vectors_are_answered_to_the_element(void **state)
{
	struct op *op = *state;
	struct answer a;
	const char *differs;

	scene_begin(op);
	a = post(op, message_file(op, "vectors/autodiscover-pox.req.xml"));
	differs = message_differs(
		op, a.tree, vector(op, "autodiscover-pox.resp.xml"), NULL);
	if (differs != NULL)
		fail_msg("%s", differs);
	assert_int_equal(a.res.status, 200);
	assert_string_equal(a.res.content_type, "text/xml; charset=utf-8");
	assert_string_equal(op->result, "NoError");
	assert_string_equal(op->target, ADA);
	/* DavMail reads it line by line */
	assert_non_null(strstr(scene_text(op, &a.res),
			       "<EwsUrl>" URL "/EWS/Exchange.asmx</EwsUrl>"));
}

static void
every_refusal_has_its_code(void **state)
{
	static const struct {
		const char *document;
		const char *code;
		const char *message;
	} rows[] = {
		/* clang-format off */
		{ "",                     "600", "Invalid Request" },
		{ "<a",                   "600", "Invalid Request" },
		{ "<!DOCTYPE a><a/>",     "600", "Invalid Request" },
		{ "<Autodiscover/>",      "600", "Invalid Request" },
		{ "<Autodiscover xmlns='" Q "'/>", "600", "Invalid Request" },
		{ IN("urn:x", MAIL(ADA) SCHEMA),   "600", "Invalid Request" },
		{ IN(Q, MAIL(ADA)),                "600", "Invalid Request" },
		{ IN(Q, SCHEMA),                   "600", "Invalid Request" },
		{ IN(Q, MAIL(ADA) MAIL(ADA) SCHEMA), "600", "Invalid Request" },
		{ IN(Q, MAIL("<b/>") SCHEMA),      "600", "Invalid Request" },
		{ IN(Q, MAIL(ADA) "<AcceptableResponseSchema/>"), "601", "Provider is not available" },
		{ IN(Q, MAIL(ADA) "<AcceptableResponseSchema>urn:x</AcceptableResponseSchema>"), "601", "Provider is not available" },
		{ IN(Q, MAIL(ADA) "<AcceptableResponseSchema>" DISCOVER_URI "mobilesync/responseschema/2006</AcceptableResponseSchema>"), "601", "Provider is not available" },
		{ IN(DISCOVER_URI "mobilesync/requestschema/2006", MAIL(ADA) SCHEMA), "601", "Provider is not available" },
		{ IN(Q, MAIL("") SCHEMA),          "501", "Bad Address" },
		{ IN(Q, MAIL("ada") SCHEMA),       "501", "Bad Address" },
		{ IN(Q, "<LegacyDN>/cn=x</LegacyDN>" SCHEMA), "501", "Bad Address" },
		{ IN(Q, MAIL("nobody@frontdesk.example") SCHEMA), "500", "The email address can't be found." },
		{ IN(Q, MAIL("nobody@nowhere.example") SCHEMA), "500", "The email address can't be found." },
		{ IN(Q, MAIL(ELSEWHERE) SCHEMA),   "500", "The email address can't be found." },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *d = rows[i].document;
		struct answer a;

		scene_begin(op);
		a = post(op, bytes_of(d));
		CHECK_ROW(d, a.err == OK && a.res.status == 200);
		CHECK_ROW(d, unit_same(message_text(a.tree, "x:ErrorCode"),
				       rows[i].code));
		CHECK_ROW(d, unit_same(message_text(a.tree, "x:Message"),
				       rows[i].message));
		CHECK_ROW(d, unit_same(op->result, rows[i].code));
		CHECK_ROW(d, op->reason != NULL);
		CHECK_ROW(d, unit_same(xml_attribute(
					       message_find(a.tree, "x:Error"),
					       "Time"),
				       "12:00:00.0000000"));
		CHECK_ROW(d, xml_attribute(message_find(a.tree, "x:Error"),
					   "Id") != NULL);
	}
}

static void
a_refusal_is_as_in_the_vector(void **state)
{
	struct op *op = *state;
	const struct request req = { .method = METHOD_GET };
	struct response res = { 0 };
	const struct xml_node *got, *wanted;

	scene_begin(op);
	assert_int_equal(discover_pox_get(&scene.house, op, &req, &res), OK);
	assert_int_equal(res.status, 200);
	got = message_tree(op, res.body);
	wanted = vector(op, "autodiscover-pox.resp.error.xml");
	assert_int_equal(got->ns, wanted->ns);
	got = message_find(got, "x:Error");
	wanted = message_find(wanted, "x:Error");
	assert_string_equal(xml_attribute(got, "Time"),
			    xml_attribute(wanted, "Time"));
	got = got->first;
	for (wanted = wanted->first; wanted != NULL; wanted = wanted->next) {
		assert_null(message_differs(op, got, wanted, NULL));
		got = got->next;
	}
	assert_null(got);
}

static void
people_are_found_by_each_of_their_names(void **state)
{
	static const struct {
		const char *inside, *address, *name;
	} rows[] = {
		/* clang-format off */
		{ MAIL(ADA),                            ADA, "Ada Example" },
		{ MAIL(" \n ADA@Frontdesk.Example\n "), ADA, "Ada Example" },
		{ MAIL("lovelace@frontdesk.example"),   ADA, "Ada Example" },
		{ "<LegacyDN>" ADA_DN "</LegacyDN>",    ADA, "Ada Example" },
		{ MAIL(ADA) "<LegacyDN>/cn=x</LegacyDN>", ADA, "Ada Example" },
		{ "<New>1</New>" MAIL(ADA) "<o:New xmlns:o='urn:o'/>", ADA, "Ada Example" },
		{ MAIL("o'n/eil@frontdesk.example"), "o'n/eil@frontdesk.example", "o'n/eil@frontdesk.example" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *in = rows[i].inside;
		struct answer a;

		scene_begin(op);
		a = post(op, bytes_of(op_print(op, IN(Q, "%s%s"), in, SCHEMA)));
		CHECK_ROW(in,
			  unit_same(message_text(a.tree,
						 "xo:AutoDiscoverSMTPAddress"),
				    rows[i].address));
		CHECK_ROW(in, unit_same(message_text(a.tree, "xo:DisplayName"),
					rows[i].name));
	}
}

static void
a_wing_that_fails_is_a_server_error(void **state)
{
	static const struct {
		enum err resolve, domain, err;
		const char *code;
	} rows[] = {
		{ ERR_DOWN, OK, OK, "603" },
		{ OK, ERR_DOWN, OK, "603" },
		{ ERR_INTERNAL, OK, OK, "603" },
		{ ERR_WAIT, OK, ERR_WAIT, NULL },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answer a;

		scene_begin(op);
		scene.resolve = rows[i].resolve;
		scene.domain = rows[i].domain;
		a = post(op, bytes_of(IN(Q, MAIL(ADA) SCHEMA)));
		assert_int_equal(a.err, rows[i].err);
		assert_true(unit_same(op->result, rows[i].code));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_vectors_are_answered_to_the_element),
		UNIT_TEST(every_refusal_has_its_code),
		UNIT_TEST(a_refusal_is_as_in_the_vector),
		UNIT_TEST(people_are_found_by_each_of_their_names),
		UNIT_TEST(a_wing_that_fails_is_a_server_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
