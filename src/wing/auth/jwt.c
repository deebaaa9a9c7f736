/* SPDX-License-Identifier: Apache-2.0 */

/* An access token: taken apart, and held against what its issuer wants. */
#include "wing/auth/jwt.h"

#include "base/text.h"

#include <jansson.h>
#include <string.h>

#define TIME_MAX INT64_C(253402300799) /* of year 9999 */

static void
json_done(json_t **json)
{
	json_decref(*json);
}

/* ---- its form ---- */

static enum err
base64url_decode(struct op *op, const char *text, size_t n, struct bytes *out)
{
	if (text_base64url_decode(op, text, n, out) != OK)
		return FAIL(op, ERR_AUTH, "the token is not base64url");
	return OK;
}

static json_t *
object_read(struct bytes bytes)
{
	return json_loadb((const char *)bytes.p, bytes.n,
			  JSON_REJECT_DUPLICATES, NULL);
}

/* A part of the token; NULL, with the op's reason: it is no JSON object. */
static json_t *
part_read(struct op *op, const char *text, size_t n)
{
	struct bytes bytes;
	json_t *json;

	if (base64url_decode(op, text, n, &bytes) != OK)
		return NULL;
	json = object_read(bytes);
	if (json_is_object(json))
		return json;
	json_decref(json);
	(void)FAIL(op, ERR_AUTH, "a part of the token is no JSON object");
	return NULL;
}

/* A member that is a text, in the op; NULL: there is none, or it is empty. */
static const char *
member_text(struct op *op, const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL || *text == '\0' ? NULL : op_dup(op, text);
}

static enum err
head_read(struct op *op, const char *text, size_t n, struct jwt *out)
{
	CLEANUP(json_done) json_t *head = part_read(op, text, n);

	if (head == NULL)
		return ERR_AUTH;
	/* RFC 7515 4.1.11: what we would have to understand. */
	if (json_object_get(head, "crit") != NULL ||
	    json_object_get(head, "b64") != NULL)
		return FAIL(op, ERR_AUTH, "the token has extensions");
	out->algorithm = member_text(op, head, "alg");
	out->kid = member_text(op, head, "kid");
	if (out->algorithm == NULL || out->kid == NULL)
		return FAIL(op, ERR_AUTH, "the token's head lacks alg or kid");
	return OK;
}

static enum err
issuer_read(struct op *op, const char *text, size_t n, struct jwt *out)
{
	CLEANUP(json_done) json_t *claims = part_read(op, text, n);

	if (claims == NULL)
		return ERR_AUTH;
	out->issuer = member_text(op, claims, "iss");
	if (out->issuer == NULL)
		return FAIL(op, ERR_AUTH, "the token lacks iss");
	return OK;
}

enum err
jwt_read(struct op *op, const char *token, struct jwt *out)
{
	size_t n = strlen(token), head = strcspn(token, ".");
	const char *claims = token + head + 1;
	size_t claims_n;
	struct bytes signature;

	if (n > JWT_MAX)
		return FAIL(op, ERR_AUTH, "the token is too long");
	if (head == n)
		return FAIL(op, ERR_AUTH, "the token is not of three parts");
	claims_n = strcspn(claims, ".");
	if (head + 1 + claims_n == n ||
	    strchr(claims + claims_n + 1, '.') != NULL)
		return FAIL(op, ERR_AUTH, "the token is not of three parts");
	TRY(head_read(op, token, head, out));
	TRY(issuer_read(op, claims, claims_n, out));
	return base64url_decode(op, claims + claims_n + 1,
				strlen(claims + claims_n + 1), &signature);
}

/* ---- what it claims ---- */

/* Is it that text, or a list that has it? */
static bool
json_has(const json_t *json, const char *text)
{
	const char *value = json_string_value(json);

	if (value != NULL)
		return strcmp(value, text) == 0;
	for (size_t i = 0; i < json_array_size(json); i++) {
		value = json_string_value(json_array_get(json, i));
		if (value != NULL && strcmp(value, text) == 0)
			return true;
	}
	return false;
}

/* As json_has; a text is a list with spaces between. */
static bool
json_has_word(const json_t *json, const char *word)
{
	const char *text = json_string_value(json);
	size_t n = strlen(word);

	if (text == NULL)
		return json_has(json, word);
	for (; *text != '\0'; text += *text == ' ') {
		size_t length = strcspn(text, " ");

		if (length == n && memcmp(text, word, n) == 0)
			return true;
		text += length;
	}
	return false;
}

/* A time in seconds; -1: it is none, or there is none. */
static int64_t
json_time(const json_t *json)
{
	double real = json_number_value(json); /* 0: no number */
	int64_t whole = json_is_integer(json)
				? (int64_t)json_integer_value(json)
			: real > 0 && real < (double)TIME_MAX ? (int64_t)real
							      : -1;

	return whole >= 0 && whole <= TIME_MAX ? whole : -1;
}

static enum err
audience_check(struct op *op, const json_t *claims, const struct issuer *issuer)
{
	const json_t *aud = json_object_get(claims, "aud");

	for (const char *const *p = issuer->audiences; *p != NULL; p++) {
		if (json_has(aud, *p))
			return OK;
	}
	return FAIL(op, ERR_AUTH, "the token is for another audience");
}

/* Each of nbf and iat may be absent; neither may lie ahead. */
static enum err
begin_check(struct op *op, const json_t *claims, int64_t skew, int64_t until)
{
	static const char *const names[] = { "nbf", "iat" };

	for (size_t i = 0; i < COUNT(names); i++) {
		const json_t *json = json_object_get(claims, names[i]);
		int64_t at = json_time(json);

		if (json == NULL)
			continue;
		if (at < 0 || at >= until)
			return FAIL(op, ERR_AUTH, "the token's %s is no time",
				    names[i]);
		if (at > op->now + skew)
			return FAIL(op, ERR_AUTH,
				    "the token is not valid yet (%s)",
				    names[i]);
	}
	return OK;
}

static enum err
time_check(struct op *op, const json_t *claims, const struct issuer *issuer,
	   int64_t *until)
{
	int64_t skew = (int64_t)issuer->clock_skew_s;
	int64_t ends = json_time(json_object_get(claims, "exp"));

	if (ends < 0)
		return FAIL(op, ERR_AUTH, "the token lacks exp");
	*until = ends + skew;
	if (op->now >= *until)
		return FAIL(op, ERR_AUTH, "the token has expired");
	return begin_check(op, claims, skew, *until);
}

static const char *
client_find(struct op *op, const json_t *claims)
{
	static const char *const names[] = { "appid", "azp", "client_id",
					     "sub" };
	const char *found = NULL;

	for (size_t i = 0; i < COUNT(names) && found == NULL; i++)
		found = member_text(op, claims, names[i]);
	return found;
}

/* A token with a scope is a user's, one with a role alone an application's. */
static enum err
bearer_find(struct op *op, const json_t *claims, const struct issuer *issuer,
	    struct jwt_bearer *out)
{
	const json_t *scope = json_object_get(claims, "scp");

	if (scope == NULL)
		scope = json_object_get(claims, "scope");
	out->client = client_find(op, claims);
	if (scope == NULL) {
		if (!json_has(json_object_get(claims, "roles"), issuer->role))
			return FAIL(op, ERR_DENIED,
				    "the token lacks the scope, and the role");
		return OK;
	}
	if (!json_has_word(scope, issuer->scope))
		return FAIL(op, ERR_DENIED, "the token lacks the scope");
	out->user = member_text(op, claims, issuer->user_claim);
	if (out->user == NULL)
		return FAIL(op, ERR_AUTH, "the token lacks the claim %s",
			    issuer->user_claim);
	return OK;
}

enum err
jwt_check(struct op *op, struct bytes claims, const struct issuer *issuer,
	  struct jwt_bearer *out)
{
	CLEANUP(json_done) json_t *json = object_read(claims);
	const char *iss = json_string_value(json_object_get(json, "iss"));

	*out = (struct jwt_bearer){ 0 };
	if (iss == NULL || strcmp(iss, issuer->issuer) != 0)
		return FAIL(op, ERR_AUTH, "the token is another issuer's");
	TRY(audience_check(op, json, issuer));
	TRY(time_check(op, json, issuer, &out->until));
	return bearer_find(op, json, issuer, out);
}
