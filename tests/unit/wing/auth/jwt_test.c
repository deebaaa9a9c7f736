/* SPDX-License-Identifier: Apache-2.0 */
/* What a token says, and what its issuer wants of it. */
#include "unit.h"

#include "base/text.h"
#include "tokens.h"
#include "wing/auth/jwt.h"

#define NOW INT64_C(1795348800) /* 2026-11-22T12:00:00Z */
#define SKEW 300

static const char *const audiences[] = { "urn:a", "urn:b", NULL };
static const struct issuer issuer = {
	.title = "id",
	.issuer = "https://id.example/",
	.audiences = audiences,
	.clock_skew_s = SKEW,
	.user_claim = "upn",
	.scope = "EWS.AccessAsUser.All",
	.role = "full_access_as_app",
};

/* Base64url of what stands in the brackets, ' made ". */
static const char *
part(struct op *op, const char *text)
{
	char *out = op_dup(op, text_base64(op, bytes_of(quoted(op, text))));

	for (char *p = out; *p != '\0'; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	out[strcspn(out, "=")] = '\0';
	return out;
}

#define HEAD "{'alg':'RS256','kid':'k'}"
#define BODY "{'iss':'i'}"

static void
a_token_has_three_parts_with_a_head_and_an_issuer(void **state)
{
	static const struct {
		const char *head, *body, *signature;
		enum err err;
	} rows[] = {
		/* clang-format off */
		{ HEAD, BODY, "AAAA", OK },
		{ HEAD, BODY, "", OK }, /* told by who verifies */
		{ "{'alg':'none','kid':'k'}", BODY, "", OK },
		{ "{'kid':'k','alg':'x','typ':'JWT','x5t':'y'}", BODY, "AA", OK },
		{ HEAD, "{'iss':'i','x':'\xc3\xa9\\u0041'}", "", OK },
		{ "{'alg':'RS256'}", BODY, "", ERR_AUTH },
		{ "{'kid':'k'}", BODY, "", ERR_AUTH },
		{ "{'alg':'','kid':'k'}", BODY, "", ERR_AUTH },
		{ "{'alg':'RS256','kid':''}", BODY, "", ERR_AUTH },
		{ "{'alg':1,'kid':'k'}", BODY, "", ERR_AUTH },
		{ "{'alg':'RS256','kid':'k','kid':'l'}", BODY, "", ERR_AUTH },
		{ "{'alg':'RS256','alg':'none','kid':'k'}", BODY, "", ERR_AUTH },
		{ "{'alg':'RS256','kid':'k','crit':['b64']}", BODY, "", ERR_AUTH },
		{ "{'alg':'RS256','kid':'k','crit':null}", BODY, "", ERR_AUTH },
		{ "{'alg':'RS256','kid':'k','b64':false}", BODY, "", ERR_AUTH },
		{ "{'alg':'RS256','kid':'k\\u0000'}", BODY, "", ERR_AUTH },
		{ "[" HEAD "]", BODY, "", ERR_AUTH },
		{ HEAD "x", BODY, "", ERR_AUTH },
		{ "", BODY, "", ERR_AUTH },
		{ HEAD, "", "", ERR_AUTH },
		{ HEAD, "{}", "", ERR_AUTH },
		{ HEAD, "[]", "", ERR_AUTH },
		{ HEAD, "{'iss':7}", "", ERR_AUTH },
		{ HEAD, "{'iss':''}", "", ERR_AUTH },
		{ HEAD, "{'iss':'i','iss':'j'}", "", ERR_AUTH },
		{ HEAD, "{'iss':'\xff'}", "", ERR_AUTH },
		{ HEAD, BODY, "A", ERR_AUTH },
		{ HEAD, BODY, "AB", ERR_AUTH }, /* not canonical */
		{ HEAD, BODY, "AA==", ERR_AUTH },
		{ HEAD, BODY, "A+AA", ERR_AUTH },
		{ HEAD, BODY, "A/AA", ERR_AUTH },
		{ HEAD, BODY, "AA AA", ERR_AUTH },
		{ HEAD, BODY, "AAAA.AAAA", ERR_AUTH },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *token =
			op_print(op, "%s.%s.%s", part(op, rows[i].head),
				 part(op, rows[i].body), rows[i].signature);
		const char *row = op_print(op, "%s . %s . %s", rows[i].head,
					   rows[i].body, rows[i].signature);
		struct jwt jwt = { 0 };

		CHECK_ROW(row, jwt_read(op, token, &jwt) == rows[i].err);
		if (rows[i].err != OK)
			continue;
		CHECK_ROW(row, unit_same(jwt.kid, "k"));
		CHECK_ROW(row, unit_same(jwt.issuer, "i"));
	}
}

static void
what_is_not_of_three_parts_is_no_token(void **state)
{
	static const char *const rows[] = {
		"",    ".",       "..",  "...",           "a",
		"a.b", "e30.e30", "e30", "\x80.\x80.\x80"
	};
	struct op *op = *state;
	struct jwt jwt;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i], jwt_read(op, rows[i], &jwt) == ERR_AUTH);
	assert_int_equal(jwt_read(op, TOKEN_ES, &jwt), OK);
	assert_string_equal(jwt.algorithm, "ES256");
	assert_string_equal(jwt.issuer, "https://id.example/");
}

static void
a_token_has_a_limit(void **state)
{
	struct op *op = *state;
	const char *start =
		op_print(op, "%s.%s.", part(op, HEAD), part(op, BODY));

	for (size_t more = 0; more < 8; more++) {
		size_t n = (JWT_MAX - strlen(start)) / 4 * 4 + more / 4 * 4;
		char *token = op_alloc(op, strlen(start) + n + 1);
		struct jwt jwt;

		memcpy(token, start, strlen(start));
		memset(token + strlen(start), 'A', n);
		assert_int_equal(jwt_read(op, token, &jwt),
				 strlen(token) <= JWT_MAX ? OK : ERR_AUTH);
	}
}

/* The rest of a good user's token, and of a good application's. */
#define WHO "'iss':'https://id.example/','aud':'urn:b',"
#define USER WHO "'scp':'EWS.AccessAsUser.All','upn':'me@example.com',"
#define APP WHO "'roles':['full_access_as_app'],'appid':'c',"
#define TIME "'nbf':1795348800,'iat':1795348800,'exp':1795349400"
#define ENDS "'exp':1795349400"

static void
a_token_is_held_against_its_issuer(void **state)
{
	static const struct {
		const char *claims;
		enum err err;
	} rows[] = {
		/* clang-format off */
		{ USER TIME, OK },
		{ USER ENDS, OK },
		{ USER "'exp':1795349400.9", OK },
		{ APP TIME, OK },
		/* exp: good before it, with the skew */
		{ USER "'exp':1795348801", OK },
		{ USER "'exp':1795348501", OK },
		{ USER "'exp':1795348500", ERR_AUTH },
		{ USER "'exp':0", ERR_AUTH },
		{ USER "'exp':-1", ERR_AUTH },
		{ USER "'exp':'1795349400'", ERR_AUTH },
		{ USER "'exp':null", ERR_AUTH },
		{ USER "'exp':1e300", ERR_AUTH },
		{ USER "'exp':9223372036854775807", ERR_AUTH },
		{ USER "'x':1", ERR_AUTH },
		/* nbf, iat */
		{ USER "'nbf':1795349100," ENDS, OK },
		{ USER "'nbf':1795349101," ENDS, ERR_AUTH },
		{ USER "'iat':1795349100," ENDS, OK },
		{ USER "'iat':1795349101," ENDS, ERR_AUTH },
		{ USER "'nbf':'x'," ENDS, ERR_AUTH },
		{ USER "'iat':null," ENDS, ERR_AUTH },
		{ USER "'iat':-5," ENDS, ERR_AUTH },
		{ USER "'iat':1795348799,'exp':1795348501", OK },
		{ USER "'iat':1795348900,'exp':1795348599", ERR_AUTH },
		/* iss, aud */
		{ "'iss':'https://id.example','aud':'urn:b'," ENDS, ERR_AUTH },
		{ "'iss':'https://ID.example/','aud':'urn:b'," ENDS, ERR_AUTH },
		{ "'aud':'urn:b'," ENDS, ERR_AUTH },
		{ "'iss':'https://id.example/'," ENDS, ERR_AUTH },
		{ "'iss':'https://id.example/','aud':'urn:c'," ENDS, ERR_AUTH },
		{ "'iss':'https://id.example/','aud':'urn:b '," ENDS, ERR_AUTH },
		{ "'iss':'https://id.example/','aud':['urn:c',7]," ENDS, ERR_AUTH },
		{ "'iss':'https://id.example/','aud':[['urn:b']]," ENDS, ERR_AUTH },
		{ "'iss':'https://id.example/','aud':{'a':'urn:b'}," ENDS, ERR_AUTH },
		{ "'iss':'https://id.example/','aud':['x','urn:b'],'scp':'EWS.AccessAsUser.All','upn':'me@example.com'," ENDS, OK },
		/* scope and role */
		{ WHO "'upn':'me@example.com'," ENDS, ERR_DENIED },
		{ WHO "'upn':'me@example.com','scp':''," ENDS, ERR_DENIED },
		{ WHO "'upn':'me@example.com','scp':'EWS.AccessAsUser.All2'," ENDS, ERR_DENIED },
		{ WHO "'upn':'me@example.com','scp':'EWS.AccessAsUser'," ENDS, ERR_DENIED },
		{ WHO "'upn':'me@example.com','scp':'ews.accessasuser.all'," ENDS, ERR_DENIED },
		{ WHO "'upn':'me@example.com','scp':'a  EWS.AccessAsUser.All b'," ENDS, OK },
		{ WHO "'upn':'me@example.com','scp':['a','EWS.AccessAsUser.All']," ENDS, OK },
		{ WHO "'upn':'me@example.com','scp':['a EWS.AccessAsUser.All']," ENDS, ERR_DENIED },
		{ WHO "'upn':'me@example.com','scope':'EWS.AccessAsUser.All'," ENDS, OK },
		{ WHO "'upn':'me@example.com','scp':'x','scope':'EWS.AccessAsUser.All'," ENDS, ERR_DENIED },
		{ WHO "'roles':['full_access_as_app'],'scp':'x'," ENDS, ERR_DENIED },
		{ WHO "'roles':['x']," ENDS, ERR_DENIED },
		{ WHO "'roles':'full_access_as_app'," ENDS, OK },
		{ WHO "'roles':{}," ENDS, ERR_DENIED },
		/* the user */
		{ WHO "'scp':'EWS.AccessAsUser.All'," ENDS, ERR_AUTH },
		{ WHO "'scp':'EWS.AccessAsUser.All','upn':''," ENDS, ERR_AUTH },
		{ WHO "'scp':'EWS.AccessAsUser.All','upn':['me@example.com']," ENDS, ERR_AUTH },
		{ WHO "'scp':'EWS.AccessAsUser.All','email':'me@example.com'," ENDS, ERR_AUTH },
		/* clang-format on */
	};
	struct op *op = *state;

	op->now = NOW;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *json =
			op_print(op, "{%s}", quoted(op, rows[i].claims));
		struct jwt_bearer bearer;

		CHECK_ROW(rows[i].claims, jwt_check(op, bytes_of(json), &issuer,
						    &bearer) == rows[i].err);
	}
	assert_int_equal(jwt_check(op, bytes_of("[1]"), &issuer,
				   &(struct jwt_bearer){ 0 }),
			 ERR_AUTH);
}

static void
whose_it_is_and_until_when_is_told(void **state)
{
	static const struct {
		const char *claims, *user, *client;
	} rows[] = {
		/* clang-format off */
		{ USER ENDS, "me@example.com", NULL },
		{ USER "'appid':'a','azp':'b'," ENDS, "me@example.com", "a" },
		{ APP ENDS, NULL, "c" },
		{ WHO "'roles':'full_access_as_app','azp':'z','sub':'s'," ENDS, NULL, "z" },
		{ WHO "'roles':'full_access_as_app','client_id':'i','sub':'s'," ENDS, NULL, "i" },
		{ WHO "'roles':'full_access_as_app','appid':'','sub':'s'," ENDS, NULL, "s" },
		{ WHO "'roles':'full_access_as_app','upn':'me@example.com'," ENDS, NULL, NULL },
		/* clang-format on */
	};
	struct op *op = *state;

	op->now = NOW;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *json =
			op_print(op, "{%s}", quoted(op, rows[i].claims));
		struct jwt_bearer bearer;

		CHECK_ROW(rows[i].claims, jwt_check(op, bytes_of(json), &issuer,
						    &bearer) == OK);
		CHECK_ROW(rows[i].claims, unit_same(bearer.user, rows[i].user));
		CHECK_ROW(rows[i].claims,
			  unit_same(bearer.client, rows[i].client));
		CHECK_ROW(rows[i].claims, bearer.until == 1795349400 + SKEW);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(a_token_has_three_parts_with_a_head_and_an_issuer),
		UNIT_TEST(what_is_not_of_three_parts_is_no_token),
		UNIT_TEST(a_token_has_a_limit),
		UNIT_TEST(a_token_is_held_against_its_issuer),
		UNIT_TEST(whose_it_is_and_until_when_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
