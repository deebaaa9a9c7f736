/* SPDX-License-Identifier: Apache-2.0 */
/* Access tokens and key sets, separated by the first NUL: a token is read, held
 * against its issuer, and verified with the keys. */
#include "fuzz.h"

#include "wing/auth/jwks.h"
#include "wing/auth/jwt.h"

#include <string.h>

static const char *const audiences[] = { "a", "https://mail.example.com",
					 NULL };
static const struct issuer issuer = {
	.title = "id",
	.issuer = "i",
	.audiences = audiences,
	.clock_skew_s = 300,
	.user_claim = "upn",
	.scope = "s",
	.role = "r",
};

/* Nobody who fuzzes can sign: what is right is what the corpus brought, as it
 * was signed. */
static void
check_signature(struct op *op, const char *token, const char *algorithm,
		const struct jwks *set)
{
	static const char signed_once[] =
		"{\"iss\":\"https://id.example/\",\"n\":1}";
	struct bytes claims = { NULL, 0 };
	enum err err = jwks_verify(set, op, token, algorithm, "k", &claims);

	assert(err == OK || err == ERR_AUTH || err == ERR_NOT_FOUND);
	if (err == OK)
		assert(claims.n == sizeof(signed_once) - 1 &&
		       memcmp(claims.p, signed_once, claims.n) == 0);
}

static void
check_token(struct op *op, const char *token, const struct jwks *set)
{
	struct jwt jwt = { 0 };
	enum err err = jwt_read(op, token, &jwt);

	assert(err == OK || err == ERR_AUTH);
	if (err == OK)
		assert(*jwt.algorithm != '\0' && *jwt.kid != '\0' &&
		       *jwt.issuer != '\0' && strlen(token) <= JWT_MAX);
	if (set == NULL)
		return;
	check_signature(op, token, "RS256", set);
	check_signature(op, token, "ES256", set);
}

static void
check_claims(struct op *op, struct bytes claims)
{
	struct jwt_bearer bearer = { 0 };
	enum err err;

	op->now = 1000000;
	err = jwt_check(op, claims, &issuer, &bearer);
	assert(err == OK || err == ERR_AUTH || err == ERR_DENIED);
	if (err == OK)
		assert(bearer.until > op->now);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();
	const uint8_t *nul = size == 0 ? NULL : memchr(data, 0, size);
	size_t n = nul == NULL ? size : (size_t)(nul - data);
	const char *text = op_text(op, (const char *)data, n);
	struct jwks *set = NULL;

	if (nul != NULL) {
		struct bytes json = { nul + 1, size - n - 1 };

		if (jwks_read(op, json, &set) == OK)
			assert(jwks_count(set) > 0 &&
			       jwks_count(set) <= JWKS_KEYS_MAX);
		check_claims(op, json);
	}
	check_token(op, text, set);
	check_claims(op, (struct bytes){ data, n });
	jwks_drop(set);
	return 0;
}
