/* SPDX-License-Identifier: Apache-2.0 */

/* The keys of an issuer: read by jansson, used by cjose. */
#include "wing/auth/jwks.h"

#include "base/text.h"

#include <cjose/cjose.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* What a key is made of, and what it is used for. Secrets (oct) have no row:
 * a public key can never be taken for one. */
static const struct kind {
	const char *kty;
	const char *crv; /* NULL: it has none */
	const char *algorithm;
	const char *members[3]; /* of the public part; ended by NULL */
} kinds[] = {
	{ "RSA", NULL, "RS256", { "n", "e", NULL } },
	{ "EC", "P-256", "ES256", { "x", "y", NULL } },
};

struct key {
	const struct kind *kind;
	char *kid;
	cjose_jwk_t *jwk;
};

struct jwks {
	_Atomic unsigned users;
	size_t n;
	struct key key[JWKS_KEYS_MAX];
};

static void
json_done(json_t **json)
{
	json_decref(*json);
}

/* ---- reading ---- */

static bool
member_is(const json_t *key, const char *name, const char *want)
{
	const char *text = json_string_value(json_object_get(key, name));

	return text != NULL && strcmp(text, want) == 0;
}

/* Says the key nothing of it, or just this? */
static bool
member_allows(const json_t *key, const char *name, const char *want)
{
	return json_object_get(key, name) == NULL || member_is(key, name, want);
}

/* NULL: it is for something else. */
static const struct kind *
kind_find(const json_t *key)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct kind *k = &kinds[i];

		if (member_is(key, "kty", k->kty) &&
		    (k->crv == NULL || member_is(key, "crv", k->crv)) &&
		    member_allows(key, "use", "sig") &&
		    member_allows(key, "alg", k->algorithm))
			return k;
	}
	return NULL;
}

/* cjose ends the process over some of what is no base64url. */
static bool
is_base64url(struct op *op, const char *text)
{
	struct bytes bytes;

	return text != NULL && *text != '\0' &&
	       text_base64url_decode(op, text, strlen(text), &bytes) == OK;
}

/* Only what makes the public key: cjose would read a private one as well. */
static json_t *
public_part(struct op *op, const json_t *key, const struct kind *kind)
{
	json_t *out = json_object();

	(void)json_object_set_new(out, "kty", json_string(kind->kty));
	if (kind->crv != NULL)
		(void)json_object_set_new(out, "crv", json_string(kind->crv));
	for (const char *const *m = kind->members; *m != NULL; m++) {
		json_t *value = json_object_get(key, *m);

		if (is_base64url(op, json_string_value(value)))
			(void)json_object_set(out, *m, value);
	}
	return out;
}

static bool
size_is_fit(const struct kind *kind, const cjose_jwk_t *jwk)
{
	size_t bits = cjose_jwk_get_keysize(jwk, NULL);

	return kind->crv != NULL ||
	       (bits >= JWKS_RSA_BITS_MIN && bits <= JWKS_RSA_BITS_MAX);
}

/* Keys that are of no use here are passed over. */
static void
key_add(struct op *op, struct jwks *set, const json_t *json)
{
	const struct kind *kind = kind_find(json);
	const char *kid = json_string_value(json_object_get(json, "kid"));
	CLEANUP(json_done) json_t *part = NULL;
	cjose_jwk_t *jwk;
	char *copy;

	if (kind == NULL || kid == NULL || *kid == '\0' ||
	    set->n == JWKS_KEYS_MAX)
		return;
	part = public_part(op, json, kind);
	jwk = part == NULL ? NULL : cjose_jwk_import_json(part, NULL);
	if (jwk == NULL)
		return;
	copy = size_is_fit(kind, jwk) ? strdup(kid) : NULL;
	if (copy == NULL) {
		(void)cjose_jwk_release(jwk);
		return;
	}
	set->key[set->n++] = (struct key){ kind, copy, jwk };
}

enum err
jwks_read(struct op *op, struct bytes json, struct jwks **out)
{
	CLEANUP(json_done)
	json_t *all = json_loadb((const char *)json.p, json.n,
				 JSON_REJECT_DUPLICATES, NULL);
	const json_t *keys = json_object_get(all, "keys");
	struct jwks *set;

	if (!json_is_array(keys))
		return FAIL(op, ERR_INVALID,
			    "this is no JSON Web Key Set: {\"keys\": [...]}");
	set = calloc(1, sizeof(*set));
	if (set == NULL)
		abort();
	set->users = 1;
	for (size_t i = 0; i < json_array_size(keys); i++)
		key_add(op, set, json_array_get(keys, i));
	if (set->n == 0) {
		jwks_drop(set);
		return FAIL(op, ERR_INVALID,
			    "none of %zu keys is for RS256 or ES256, with a "
			    "kid, and of 2048 bits or more",
			    json_array_size(keys));
	}
	*out = set;
	return OK;
}

struct jwks *
jwks_hold(struct jwks *set)
{
	(void)atomic_fetch_add_explicit(&set->users, 1, memory_order_relaxed);
	return set;
}

void
jwks_drop(struct jwks *set)
{
	if (set == NULL || atomic_fetch_sub(&set->users, 1) != 1)
		return;
	for (size_t i = 0; i < set->n; i++) {
		(void)cjose_jwk_release(set->key[i].jwk);
		free(set->key[i].kid);
	}
	free(set);
}

size_t
jwks_count(const struct jwks *set)
{
	return set->n;
}

/* ---- use ---- */

static const struct key *
key_find(const struct jwks *set, const char *algorithm, const char *kid)
{
	for (size_t i = 0; i < set->n; i++) {
		if (strcmp(set->key[i].kid, kid) == 0 &&
		    strcmp(set->key[i].kind->algorithm, algorithm) == 0)
			return &set->key[i];
	}
	return NULL;
}

/* As for keys: three parts of base64url, before cjose sees them. */
static bool
is_compact(struct op *op, const char *token)
{
	for (int part = 0; part < 3; part++) {
		size_t n = strcspn(token, ".");
		struct bytes bytes;

		if (n == 0 ||
		    text_base64url_decode(op, token, n, &bytes) != OK ||
		    (token[n] == '.') != (part < 2))
			return false;
		token += n + (token[n] == '.');
	}
	return true;
}

static void
jws_done(cjose_jws_t **jws)
{
	if (*jws != NULL)
		cjose_jws_release(*jws);
}

enum err
jwks_verify(const struct jwks *set, struct op *op, const char *token,
	    const char *algorithm, const char *kid, struct bytes *claims)
{
	const struct key *key = key_find(set, algorithm, kid);
	CLEANUP(jws_done) cjose_jws_t *jws = NULL;
	cjose_header_t *head;
	const char *alg;
	uint8_t *plain;
	size_t n;

	if (key == NULL)
		return FAIL(op, ERR_NOT_FOUND,
			    "no key of the issuer has that kid and is for %s",
			    algorithm);
	jws = is_compact(op, token)
		      ? cjose_jws_import(token, strlen(token), NULL)
		      : NULL;
	head = jws == NULL ? NULL : cjose_jws_get_protected(jws);
	alg = head == NULL ? NULL : cjose_header_get(head, "alg", NULL);
	/* The algorithm is the key's; cjose takes it from the same head. */
	if (alg == NULL || strcmp(alg, key->kind->algorithm) != 0)
		return FAIL(op, ERR_AUTH, "the token cannot be read");
	if (!cjose_jws_verify(jws, key->jwk, NULL) ||
	    !cjose_jws_get_plaintext(jws, &plain, &n, NULL))
		return FAIL(op, ERR_AUTH, "the token's signature is wrong");
	*claims = op_bytes(op, (struct bytes){ plain, n });
	return OK;
}
