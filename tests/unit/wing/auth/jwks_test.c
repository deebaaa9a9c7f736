/* SPDX-License-Identifier: Apache-2.0 */
/* Key sets, and what is signed by them. */
#include "unit.h"

#include "tokens.h"
#include "wing/auth/jwks.h"

static enum err
read_set(struct op *op, const char *text, struct jwks **out)
{
	return jwks_read(op, bytes_of(quoted(op, text)), out);
}

static void
what_is_of_no_use_is_passed_over(void **state)
{
	static const struct {
		const char *text;
		size_t count; /* 0: it is refused */
	} rows[] = {
		/* clang-format off */
		{ SET(RSA_KEY), 1 },
		{ SET(RSA_KEY "," EC_KEY), 2 },
		{ SET(RSA_KEY ",1,null,[],{}"), 1 },
		{ SET(RSA_KEY ",{'kty':'oct','k':'c2VjcmV0','kid':'rsa'}"), 1 },
		{ SET(RSA_KEY ",{'kty':'OKP','crv':'Ed25519','x':'AAAA','kid':'o'}"), 1 },
		{ SET("{" KEY_RSA ",'kid':'a','use':'sig','alg':'RS256'}"), 1 },
		{ SET("{" KEY_EC ",'kid':'a','use':'sig','alg':'ES256'}"), 1 },
		{ SET("{" KEY_RSA ",'kid':'a','x5c':['x'],'odd':1}"), 1 },
		{ "{'keys':[" RSA_KEY "],'more':1}", 1 },
		{ SET("{" KEY_RSA ",'kid':'a','use':'enc'}"), 0 },
		{ SET("{" KEY_RSA ",'kid':'a','alg':'RS512'}"), 0 },
		{ SET("{" KEY_RSA ",'kid':'a','alg':'HS256'}"), 0 },
		{ SET("{" KEY_RSA ",'kid':'a','alg':1}"), 0 },
		{ SET("{" KEY_EC ",'kid':'a','alg':'RS256'}"), 0 },
		{ SET("{" KEY_RSA "}"), 0 },
		{ SET("{" KEY_RSA ",'kid':''}"), 0 },
		{ SET("{" KEY_RSA ",'kid':7}"), 0 },
		{ SET("{" KEY_SMALL ",'kid':'small'}"), 0 },
		{ SET("{'kty':'RSA','kid':'a'}"), 0 },
		{ SET("{'kty':'RSA','kid':'a','n':'" KEY_RSA_N "'}"), 0 },
		{ SET("{'kty':'RSA','kid':'a','n':1,'e':2}"), 0 },
		{ SET("{'kty':'EC','kid':'a','crv':'P-256','x':'" KEY_EC_X "'}"), 0 },
		{ SET("{'kty':'EC','kid':'a','crv':'P-256','x':'" KEY_EC_X "','y':'" KEY_EC_X "'}"), 0 },
		{ SET("{'kty':'EC','kid':'a','crv':'P-521','x':'" KEY_EC_X "','y':'" KEY_EC_Y "'}"), 0 },
		{ SET("{'kty':'oct','k':'c2VjcmV0','kid':'a','alg':'HS256'}"), 0 },
		/* cjose would end the process */
		{ SET("{'kty':'EC','kid':'a','crv':'P-256','x':'DYIjrPBSI=xLpnnvPP9E7WvdU2yMZGQ-mp3rxYVmx44','y':'" KEY_EC_Y "'}"), 0 },
		{ SET("{'kty':'RSA','kid':'a','n':'" KEY_RSA_N "','e':'A'}"), 0 },
		{ SET("{'kty':'RSA','kid':'a','n':'" KEY_RSA_N "','e':'AQAB='}"), 0 },
		{ SET("{'kty':'RSA','kid':'a','n':'','e':'AQAB'}"), 0 },
		{ SET(""), 0 },
		{ "{'keys':[" RSA_KEY "],'keys':[]}", 0 },
		{ "{'keys':{}}", 0 },
		{ "{}", 0 },
		{ "[]", 0 },
		{ "", 0 },
		{ SET(RSA_KEY) "x", 0 },
		{ "{'keys':[" RSA_KEY, 0 },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct jwks *set = NULL;
		enum err err = read_set(op, rows[i].text, &set);

		CHECK_ROW(rows[i].text,
			  err == (rows[i].count == 0 ? ERR_INVALID : OK));
		CHECK_ROW(rows[i].text,
			  err != OK || jwks_count(set) == rows[i].count);
		jwks_drop(set);
	}
}

static void
a_set_has_no_more_than_its_limit(void **state)
{
	struct op *op = *state;

	for (size_t n = JWKS_KEYS_MAX - 1; n <= JWKS_KEYS_MAX + 1; n++) {
		char *text = op_alloc(op, (n + 1) * sizeof(EC_KEY) + 64);
		struct jwks *set;

		strcat(text, "{'keys':[" EC_KEY);
		for (size_t i = 1; i < n; i++)
			strcat(text, "," EC_KEY);
		strcat(text, "]}");
		assert_int_equal(read_set(op, text, &set), OK);
		assert_int_equal(jwks_count(set),
				 n < JWKS_KEYS_MAX ? n : JWKS_KEYS_MAX);
		jwks_drop(set);
	}
}

static void
a_signature_is_right_by_its_key_alone(void **state)
{
	static const struct {
		const char *row, *token, *algorithm, *kid;
		enum err err;
	} rows[] = {
		/* clang-format off */
		{ "RS256",                   TOKEN_RS,     "RS256", "rsa", OK },
		{ "ES256",                   TOKEN_ES,     "ES256", "ec",  OK },
		{ "another's RSA key",       TOKEN_FORGED, "RS256", "rsa", ERR_AUTH },
		{ "no such key",             TOKEN_RS,     "RS256", "RSA", ERR_NOT_FOUND },
		{ "a key for another use",   TOKEN_RS,     "RS256", "ec",  ERR_NOT_FOUND },
		{ "one as the other",        TOKEN_RS,     "ES256", "rsa", ERR_NOT_FOUND },
		{ "an RS token by EC",       TOKEN_RS,     "ES256", "ec",  ERR_AUTH },
		{ "an ES token by RSA",      TOKEN_ES,     "RS256", "rsa", ERR_AUTH },
		{ "HS256",                   TOKEN_RS,     "HS256", "rsa", ERR_NOT_FOUND },
		{ "none",                    TOKEN_RS,     "none",  "rsa", ERR_NOT_FOUND },
		{ "a key that is too small", TOKEN_SMALL,  "RS256", "small", ERR_NOT_FOUND },
		{ "nothing",                 "",           "RS256", "rsa", ERR_AUTH },
		{ "points",                  "..",         "RS256", "rsa", ERR_AUTH },
		{ "one sign too many",       TOKEN_RS "A", "RS256", "rsa", ERR_AUTH },
		{ "padding",                 TOKEN_RS "=", "RS256", "rsa", ERR_AUTH },
		{ "padding inside",          "eyJ=hbGc.eyJ=.AAAA", "RS256", "rsa", ERR_AUTH },
		{ "a part too many",         TOKEN_RS ".AAAA", "RS256", "rsa", ERR_AUTH },
		{ "without a signature",     "eyJhbGciOiJSUzI1NiJ9.e30.", "RS256", "rsa", ERR_AUTH },
		{ "head none",               "eyJhbGciOiJub25lIn0.e30.",  "RS256", "rsa", ERR_AUTH },
		/* clang-format on */
	};
	struct op *op = *state;
	struct jwks *set;

	assert_int_equal(read_set(op,
				  SET(RSA_KEY "," EC_KEY ",{" KEY_SMALL
					      ",'kid':'small'}"),
				  &set),
			 OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes claims = { NULL, 0 };

		CHECK_ROW(rows[i].row,
			  jwks_verify(set, op, rows[i].token, rows[i].algorithm,
				      rows[i].kid, &claims) == rows[i].err);
		if (rows[i].err != OK)
			continue;
		CHECK_ROW(
			rows[i].row,
			unit_same(op_text(op, (const char *)claims.p, claims.n),
				  "{\"iss\":\"https://id.example/\",\"n\":1}"));
	}
	jwks_drop(set);
}

static void
any_changed_letter_breaks_it(void **state)
{
	static const char *const tokens[] = { TOKEN_RS, TOKEN_ES };
	static const char *const algorithms[] = { "RS256", "ES256" };
	static const char *const kids[] = { "rsa", "ec" };
	struct op *op = *state;
	struct jwks *set;

	assert_int_equal(read_set(op, SET(RSA_KEY "," EC_KEY), &set), OK);
	for (size_t i = 0; i < COUNT(tokens); i++) {
		for (size_t at = 0; at + 2 < strlen(tokens[i]); at += 5) {
			char *token = op_dup(op, tokens[i]);
			struct bytes claims;

			token[at] = token[at] == 'A' ? 'B' : 'A';
			CHECK_ROW(token,
				  jwks_verify(set, op, token, algorithms[i],
					      kids[i], &claims) == ERR_AUTH);
		}
	}
	jwks_drop(set);
}

static void
a_set_lives_until_all_have_dropped_it(void **state)
{
	struct op *op = *state;
	struct bytes claims;
	struct jwks *set;

	assert_int_equal(read_set(op, SET(RSA_KEY), &set), OK);
	assert_ptr_equal(jwks_hold(set), set);
	jwks_drop(set);
	assert_int_equal(
		jwks_verify(set, op, TOKEN_RS, "RS256", "rsa", &claims), OK);
	jwks_drop(set);
	jwks_drop(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(what_is_of_no_use_is_passed_over),
		UNIT_TEST(a_set_has_no_more_than_its_limit),
		UNIT_TEST(a_signature_is_right_by_its_key_alone),
		UNIT_TEST(any_changed_letter_breaks_it),
		UNIT_TEST(a_set_lives_until_all_have_dropped_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
