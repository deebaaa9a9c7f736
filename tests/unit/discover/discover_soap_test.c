/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include "base/buf.h"
#include "discover/discover_service.h"
#include "wire/soap.h"

#define S11 "http://schemas.xmlsoap.org/soap/envelope/"
#define S12 "http://www.w3.org/2003/05/soap-envelope"
#define A_URI "http://schemas.microsoft.com/exchange/2010/Autodiscover"
#define ACTION A_URI "/Autodiscover/"
#define VERSION(v) "<a:RequestedServerVersion>" v "</a:RequestedServerVersion>"
#define IN(s, header, body)                                                    \
	"<s:Envelope xmlns:s='" s "' xmlns:a='" A_URI                          \
	"' xmlns:w='http://www.w3.org/2005/08/addressing'><s:Header>" header   \
	"</s:Header><s:Body>" body "</s:Body></s:Envelope>"
#define WITH(header, body) IN(S11, header, body)
#define DO(body) WITH(VERSION("Exchange2013"), body)
#define ASK(users, settings)                                                   \
	"<a:GetUserSettingsRequestMessage><a:Request><a:Users>" users          \
	"</a:Users><a:RequestedSettings>" settings                             \
	"</a:RequestedSettings></a:Request></"                                 \
	"a:GetUserSettingsRequestMessage>"
#define USER(address) "<a:User><a:Mailbox>" address "</a:Mailbox></a:User>"
#define SETTING(name) "<a:Setting>" name "</a:Setting>"
#define GOOD ASK(USER(ADA), SETTING("ExternalEwsUrl"))

struct answer {
	int status;
	const char *code; /* of the whole answer; of a fault its own */
	const struct xml_node *tree;
	struct response res;
	enum err err;
};

static struct answer
post(struct op *op, struct bytes body)
{
	const struct request req = { .method = METHOD_POST, .body = body };
	struct answer a = { 0 };

	op_again(op, true);
	op->result = op->reason = NULL;
	a.err = discover_soap_post(&scene.house, op, &req, &a.res);
	a.status = a.res.status == 0 ? 200 : a.res.status;
	a.code = op->result;
	if (a.res.body.n == 0 || a.res.body.n > MESSAGE_MAX)
		return a; /* more elements than we read ourselves */
	a.tree = message_tree(op, a.res.body);
	a.code = message_text(a.tree, "e:ResponseCode");
	if (a.code == NULL)
		a.code = message_text(a.tree, "a:ErrorCode");
	return a;
}

static struct answer
post_vector(struct op *op, const char *name)
{
	return post(op, message_file(op, op_print(op, "vectors/%s", name)));
}

static const char *
vector_differs(struct op *op, const struct xml_node *tree, const char *name)
{
	return message_differs(
		op, tree,
		message_tree(
			op, message_file(op, op_print(op, "vectors/%s", name))),
		NULL);
}

static void
the_vectors_are_answered_to_the_element(void **state)
{
	struct op *op = *state;
	struct answer a;
	const char *differs;

	scene_begin(op);
	a = post_vector(op, "autodiscover-soap.req.photos.xml");
	differs =
		vector_differs(op, a.tree, "autodiscover-soap.resp.photos.xml");
	if (differs != NULL)
		fail_msg("%s", differs);
	assert_string_equal(op->operation, "Autodiscover.GetUserSettings");
	assert_string_equal(op->result, "NoError");
	assert_string_equal(op->target, ADA);
	assert_null(op->reason);

	a = post(op, bytes_of(DO(ASK(USER("nobody@frontdesk.example"),
				     SETTING("UserDN")))));
	differs = vector_differs(op, a.tree,
				 "autodiscover-soap.resp.invalid-user.xml");
	if (differs != NULL)
		fail_msg("%s", differs);
	assert_string_equal(op->result, "InvalidUser");
}

static void
answers_are_in_one_line_behind_a_declaration(void **state)
{
	static const char *const rows[] = { DO(GOOD), "<a",
					    DO("<a:Nothing/>") };
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answer a;

		scene_begin(op);
		a = post(op, bytes_of(rows[i]));
		CHECK_ROW(rows[i], unit_same(a.res.content_type,
					     "text/xml; charset=utf-8"));
		CHECK_ROW(rows[i], memcmp(a.res.body.p, "<?xml", 5) == 0);
		CHECK_ROW(rows[i],
			  memchr(a.res.body.p, '\n', a.res.body.n) == NULL);
		CHECK_ROW(rows[i],
			  unit_same(message_text(a.tree, "a:MajorBuildNumber"),
				    "1497"));
		CHECK_ROW(rows[i], message_find(a.tree, "wsa:Action") != NULL);
	}
}

static void
what_cannot_be_answered_is_refused_in_order(void **state)
{
	static const struct {
		const char *document;
		int status;
		const char *code, *operation;
	} rows[] = {
		/* clang-format off */
		{ "",                          500, "ErrorSchemaValidation", NULL },
		{ "<a>",                       500, "ErrorSchemaValidation", NULL },
		{ "<!DOCTYPE a><a/>",          500, "ErrorSchemaValidation", NULL },
		{ "<Autodiscover/>",           500, "ErrorSchemaValidation", NULL },
		{ WITH("", ""),                500, "ErrorInvalidRequest", NULL },
		{ DO(GOOD GOOD),               500, "ErrorSchemaValidation", NULL },
		{ DO("<a:Nothing/>"),          500, "ErrorInvalidOperation", NULL },
		{ DO("<GetUserSettingsRequestMessage/>"), 500, "ErrorInvalidOperation", NULL },
		{ WITH("", GOOD),              500, "ErrorInvalidServerVersion", "GetUserSettings" },
		{ WITH(VERSION(""), GOOD),     500, "ErrorInvalidServerVersion", "GetUserSettings" },
		{ WITH(VERSION("Exchange2007_SP2"), GOOD), 500, "ErrorInvalidServerVersion", "GetUserSettings" },
		{ WITH(VERSION("15"), GOOD),   500, "ErrorInvalidServerVersion", "GetUserSettings" },
		{ WITH(VERSION("Exchange2010") VERSION("Exchange2010"), GOOD), 500, "ErrorSchemaValidation", "GetUserSettings" },
		{ WITH(VERSION("Exchange2010"), GOOD),     200, "NoError", "GetUserSettings" },
		{ WITH(VERSION("Exchange2010_SP2"), GOOD), 200, "NoError", "GetUserSettings" },
		{ WITH(VERSION(" Exchange2019\n"), GOOD),  200, "NoError", "GetUserSettings" },
		{ WITH(VERSION("V2015_10_05"), GOOD),      200, "NoError", "GetUserSettings" },
		{ WITH(VERSION("Exchange2013") "<w:Action>" ACTION "GetUserSettings</w:Action><w:To/>", GOOD), 200, "NoError", "GetUserSettings" },
		{ WITH(VERSION("Exchange2013") "<w:Action s:mustUnderstand='1'>" ACTION "GetDomainSettings</w:Action>", GOOD), 500, "ErrorInvalidOperation", "GetUserSettings" },
		{ WITH(VERSION("Exchange2013") "<x:New xmlns:x='urn:x'/>", GOOD), 200, "NoError", "GetUserSettings" },
		{ WITH(VERSION("Exchange2013") "<x:New xmlns:x='urn:x' s:mustUnderstand='1'/>", GOOD), 500, "ErrorInvalidRequest", "GetUserSettings" },
		{ DO("<a:GetUserSettingsRequestMessage/>"), 200, "InvalidRequest", "GetUserSettings" },
		{ DO(ASK("", SETTING("UserDN"))),           200, "InvalidRequest", "GetUserSettings" },
		{ DO(ASK(USER(ADA), "")),                   200, "InvalidRequest", "GetUserSettings" },
		{ DO(ASK("<a:User/>", SETTING("UserDN"))),  200, "NoError", "GetUserSettings" },
		{ DO(ASK(USER("<b/>"), SETTING("UserDN"))), 500, "ErrorSchemaValidation", "GetUserSettings" },
		{ DO("<a:GetDomainSettingsRequestMessage/>"), 200, "InvalidRequest", "GetDomainSettings" },
		{ DO("<a:GetFederationInformationRequestMessage/>"), 200, "NotFederated", "GetFederationInformation" },
		{ DO("<a:GetOrganizationRelationshipSettingsRequestMessage/>"), 200, "NotFederated", "GetOrganizationRelationshipSettings" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *d = rows[i].document;
		struct answer a;

		scene_begin(op);
		a = post(op, bytes_of(d));
		CHECK_ROW(d, a.err == OK);
		CHECK_ROW(d, a.status == rows[i].status);
		CHECK_ROW(d, unit_same(a.code, rows[i].code));
		if (rows[i].operation == NULL)
			continue;
		CHECK_ROW(d, unit_same(op->operation,
				       op_print(op, "Autodiscover.%s",
						rows[i].operation)));
		CHECK_ROW(d,
			  rows[i].status == 500 ||
				  message_find(a.tree,
					       op_print(op,
							"a:%sResponse"
							"Message",
							rows[i].operation)) !=
					  NULL);
	}
}

static void
the_fault_for_a_version_has_the_sentence_that_clients_know(void **state)
{
	struct op *op = *state;
	struct answer a;

	scene_begin(op);
	a = post(op, bytes_of(WITH("", GOOD)));
	assert_string_equal(
		message_find(a.tree, "s:Fault")->first->next->text,
		"The RequestedServerVersion header is missing or invalid.");
}

static void
a_message_id_comes_back_if_it_is_short(void **state)
{
	char id[300];
	static const struct {
		size_t n;
		bool back;
	} rows[] = { { 0, false }, { 1, true }, { 256, true }, { 257, false } };
	struct op *op = *state;

	memset(id, 'i', sizeof(id));
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *document = op_print(
			op, WITH("%s<w:MessageID>%.*s</w:MessageID>", GOOD),
			VERSION("Exchange2016"), (int)rows[i].n, id);
		const char *relates;

		scene_begin(op);
		relates = message_text(post(op, bytes_of(document)).tree,
				       "wsa:RelatesTo");
		assert_int_equal(relates != NULL, rows[i].back);
		if (relates != NULL)
			assert_int_equal(strlen(relates), rows[i].n);
	}
}

static void
users_are_answered_each_in_their_order(void **state)
{
	struct op *op = *state;
	const struct xml_node *user;
	struct answer a;

	scene_begin(op);
	a = post(op, bytes_of(DO(ASK(USER("nobody@frontdesk.example") USER(
					     " LOVELACE@frontdesk.example ")
					     USER(ELSEWHERE)
						     USER("a b") "<a:User/>",
				     SETTING("AutoDiscoverSMTPAddress")))));
	assert_string_equal(op->result, "NoError");
	user = message_find(a.tree, "a:UserResponse");
	assert_string_equal(user->first->text, "InvalidUser");
	user = user->next;
	assert_string_equal(message_text(user, "a:Value"), ADA);
	user = user->next;
	assert_string_equal(user->first->text, "InvalidUser");
	/* other organizations' look as unknown ones do */
	assert_string_equal(message_text(user, "a:ErrorMessage"),
			    "Invalid user: '" ELSEWHERE "'");
	user = user->next;
	assert_string_equal(message_text(user, "a:ErrorMessage"),
			    "Invalid user: 'a b'");
	user = user->next;
	assert_string_equal(user->first->text, "InvalidUser");
	assert_null(user->next);
}

static void
an_application_finds_those_it_may_act_for(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const ours[] = { "Frontdesk.example", NULL };
	static const char *const others[] = { "other.example", NULL };
	static const char *const gone[] = { "gone.example", NULL };
	static const char *const ada[] = { ADA, NULL };
	static const struct {
		const char *row;
		const char *const *domains, *const *addresses;
		const char *ada, *neil, *eve; /* what is told of them */
	} rows[] = {
		{ "a domain", ours, none, "NoError", "NoError", "InvalidUser" },
		{ "another", others, none, "InvalidUser", "InvalidUser",
		  "NoError" },
		{ "an address", none, ada, "NoError", "InvalidUser",
		  "InvalidUser" },
		{ "nobody", NULL, NULL, "InvalidUser", "InvalidUser",
		  "InvalidUser" },
		{ "a domain that is gone", gone, none, "InvalidUser",
		  "InvalidUser", "InvalidUser" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct xml_node *user;

		scene_begin(op);
		scene_application(op, rows[i].domains, rows[i].addresses);
		user = message_find(
			post(op,
			     bytes_of(DO(ASK(
				     USER(ADA) USER("o'n/eil@frontdesk.example")
					     USER(ELSEWHERE),
				     SETTING("UserDN")))))
				.tree,
			"a:UserResponse");
		CHECK_ROW(rows[i].row,
			  unit_same(user->first->text, rows[i].ada));
		user = user->next;
		CHECK_ROW(rows[i].row,
			  unit_same(user->first->text, rows[i].neil));
		user = user->next;
		CHECK_ROW(rows[i].row,
			  unit_same(user->first->text, rows[i].eve));
	}
}

/* A request with so many of each. */
static struct bytes
request_of(struct op *op, size_t users, size_t settings, const char *name)
{
	struct buf buf;

	buf_init(&buf, op, 64 * KIB, MIB);
	buf_puts(&buf,
		 "<s:Envelope xmlns:s='" S11 "' xmlns:a='" A_URI
		 "'><s:Header>" VERSION("Exchange2013") "</s:Header>"
							"<s:Body><a:"
							"GetUserSettingsRequest"
							"Message><a:Request>"
							"<a:Users>");
	for (size_t i = 0; i < users; i++)
		buf_puts(&buf, USER(ADA));
	buf_puts(&buf, "</a:Users><a:RequestedSettings>");
	for (size_t i = 0; i < settings; i++)
		buf_printf(&buf, SETTING("%s%zu"), name, i);
	buf_puts(&buf, "</a:RequestedSettings></a:Request>"
		       "</a:GetUserSettingsRequestMessage></s:Body>"
		       "</s:Envelope>");
	return buf_bytes(&buf);
}

static void
limits_hold_to_the_last_user_and_setting(void **state)
{
	static const struct {
		const char *row;
		size_t users, settings;
		const char *name;
		int status;
		const char *code;
	} rows[] = {
		/* clang-format off */
		{ "all of both",  100, 100, "ExternalEcpRetentionPolicyTagsUr", 200, "NoError" },
		{ "a user more",  101, 1,   "X", 500, "ErrorSchemaValidation" },
		{ "a setting more", 1, 101, "X", 500, "ErrorSchemaValidation" },
		/* 63 and 64 letters with the number behind */
		{ "a long name",    1, 1, "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",  200, "NoError" },
		{ "too long a name", 1, 1, "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", 200, "InvalidRequest" },
		/* as long as it may be written */
		{ "too much at once", 100, 100, "&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;", 500, "ErrorInvalidRequest" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answer a;

		scene_begin(op);
		a = post(op, request_of(op, rows[i].users, rows[i].settings,
					rows[i].name));
		CHECK_ROW(rows[i].row, a.status == rows[i].status);
		CHECK_ROW(rows[i].row, unit_same(a.code, rows[i].code));
		CHECK_ROW(rows[i].row, a.res.body.n <= 4 * MIB);
		CHECK_ROW(rows[i].row, scene.resolved <= DISCOVER_USERS_MAX);
	}
}

static void
a_wing_that_fails_is_a_fault_and_never_an_unknown_user(void **state)
{
	static const struct {
		enum err resolve, domain;
		enum err err;
		const char *code;
	} rows[] = {
		{ ERR_DOWN, OK, OK, "ErrorMailboxStoreUnavailable" },
		{ OK, ERR_DOWN, OK, "ErrorMailboxStoreUnavailable" },
		{ ERR_INTERNAL, OK, OK, "ErrorInternalServerError" },
		{ ERR_WAIT, OK, ERR_WAIT, NULL },
		{ OK, ERR_NOT_FOUND, OK, "NoError" }, /* removed meanwhile */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answer a;

		scene_begin(op);
		scene.resolve = rows[i].resolve;
		scene.domain = rows[i].domain;
		a = post(op, bytes_of(DO(GOOD)));
		assert_int_equal(a.err, rows[i].err);
		assert_true(unit_same(a.code, rows[i].code));
	}
}

static void
content_codings_are_taken_off_or_refused(void **state)
{
	static const struct {
		const char *coding;
		size_t n;
		enum err err;
		int status; /* 0: the handler leaves it */
	} rows[] = {
		{ "identity", 10, OK, 500 },
		{ "br", 10, OK, 415 },
		{ "gzip", 10, ERR_INVALID, 0 },
		{ NULL, DISCOVER_BODY_MAX, OK, 500 },
		{ NULL, DISCOVER_BODY_MAX + 1, ERR_LIMIT, 0 },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct request req = {
			.method = METHOD_POST,
			.headers.content_encoding = rows[i].coding,
			.body = { op_alloc(op, rows[i].n), rows[i].n },
		};
		struct response res = { 0 };

		scene_begin(op);
		assert_int_equal(
			discover_soap_post(&scene.house, op, &req, &res),
			rows[i].err);
		assert_int_equal(res.status, rows[i].status);
	}
}

static void
soap_12_is_answered_in_soap_12(void **state)
{
	struct op *op = *state;
	struct answer a;

	scene_begin(op);
	a = post(op, bytes_of(IN(S12, VERSION("Exchange2013"), GOOD)));
	assert_string_equal(a.code, "NoError");
	assert_int_equal(a.tree->ns, NS_SOAP12);
	assert_string_equal(a.res.content_type,
			    "application/soap+xml; charset=utf-8");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_vectors_are_answered_to_the_element),
		UNIT_TEST(answers_are_in_one_line_behind_a_declaration),
		UNIT_TEST(what_cannot_be_answered_is_refused_in_order),
		UNIT_TEST(
			the_fault_for_a_version_has_the_sentence_that_clients_know),
		UNIT_TEST(a_message_id_comes_back_if_it_is_short),
		UNIT_TEST(users_are_answered_each_in_their_order),
		UNIT_TEST(an_application_finds_those_it_may_act_for),
		UNIT_TEST(limits_hold_to_the_last_user_and_setting),
		UNIT_TEST(
			a_wing_that_fails_is_a_fault_and_never_an_unknown_user),
		UNIT_TEST(content_codings_are_taken_off_or_refused),
		UNIT_TEST(soap_12_is_answered_in_soap_12),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
