/* SPDX-License-Identifier: Apache-2.0 */

/* An OAuth access token (RFC 6750): whose it is, if it is good. */
#include "base/idn.h"
#include "base/text.h"
#include "wing/auth/core.h"
#include "wing/auth/jwt.h"
#include "wing/auth/keys.h"

#include <string.h>

/* Until it ends, but no longer than this: a key that its issuer took back, for
 * it was stolen, is then asked for again. */
#define REMEMBER_MAX_S 300
#define SECOND_US INT64_C(1000000)

static enum err
bearer_open(struct auth *a, struct op *op)
{
	a->keys = keys_open();
	return a->keys != NULL ? OK : FAIL(op, ERR_DOWN, "no memory for keys");
}

static void
bearer_close(struct auth *a)
{
	keys_close(a->keys);
}

static bool
bearer_works(const struct auth *a, const struct op *op)
{
	(void)a;
	return op->settings->issuers_n > 0;
}

static int64_t
bearer_remember_s(const struct op *op)
{
	(void)op;
	return REMEMBER_MAX_S;
}

/* ---- the challenge ---- */

static const char *
parameter_add(struct op *op, const char *list, const char *name,
	      const char *value)
{
	if (value == NULL)
		return list;
	return op_print(op, "%s%s%s=\"%s\"", list, *list == '\0' ? "" : ", ",
			name, value);
}

/* facts D.1, what is set of it */
static const char *
bearer_parameters(const struct auth *a, struct op *op)
{
	const struct settings *s = op->settings;
	const char *trusted = NULL, *out;

	(void)a;
	for (const char *const *p = s->bearer_trusted_issuers; *p != NULL; p++)
		trusted = trusted == NULL ? *p
					  : op_print(op, "%s,%s", trusted, *p);
	out = parameter_add(op, "", "client_id", s->bearer_client_id);
	out = parameter_add(op, out, "trusted_issuers", trusted);
	return parameter_add(op, out, "authorization_uri",
			     s->bearer_authorization_uri);
}

static enum err
bearer_refuse(struct auth *a, struct op *op, struct response *res)
{
	const char *p = bearer_parameters(a, op);

	auth_count(a, COUNT_FAILED);
	return auth_challenge_of(a, op, res, &bearer_scheme,
				 parameter_add(op, p, "error", "invalid_token"),
				 op->reason);
}

/* A good token that is not for this: another one would be, so it is told. */
static enum err
bearer_forbid(struct op *op, struct response *res, const struct issuer *issuer)
{
	response_header(res, "WWW-Authenticate",
			op_print(op,
				 "Bearer error=\"insufficient_scope\", "
				 "scope=\"%s\"",
				 issuer->scope));
	return ERR_DENIED;
}

/* ---- the token ---- */

static bool
list_has(const char *const *list, const char *text)
{
	for (; *list != NULL; list++) {
		if (strcmp(*list, text) == 0)
			return true;
	}
	return false;
}

static const struct issuer *
issuer_find(const struct op *op, const char *name)
{
	const struct settings *s = op->settings;

	for (size_t i = 0; i < s->issuers_n; i++) {
		if (strcmp(s->issuers[i].issuer, name) == 0)
			return &s->issuers[i];
	}
	return NULL;
}

/* What the token says, when its issuer has signed it. */
static enum err
token_verify(struct auth *a, struct op *op, const char *token,
	     const struct issuer **issuer, struct bytes *claims)
{
	struct jwks *set;
	struct jwt jwt;
	enum err err;

	TRY(jwt_read(op, token, &jwt));
	*issuer = issuer_find(op, jwt.issuer);
	if (*issuer == NULL)
		return FAIL(op, ERR_AUTH, "the token's issuer is unknown");
	if (!list_has((*issuer)->algorithms, jwt.algorithm))
		return FAIL(op, ERR_AUTH,
			    "the token is not signed as its issuer may");
	err = keys_get(a->keys, op, *issuer, &set);
	if (err != OK) {
		keys_ask(op, *issuer);
		return err;
	}
	err = jwks_verify(set, op, token, jwt.algorithm, jwt.kid, claims);
	jwks_drop(set);
	if (err == ERR_NOT_FOUND) {
		keys_ask(op, *issuer);
		return ERR_AUTH;
	}
	return err;
}

/* ---- whose it is ---- */

static bool
domain_is_fit(struct op *op, const struct issuer *issuer, const char *address)
{
	const char *domain = text_domain(idn_fold(op, address));

	if (issuer->domains[0] == NULL)
		return true;
	for (const char *const *p = issuer->domains; *p != NULL; p++) {
		if (domain != NULL && strcmp(idn_fold(op, *p), domain) == 0)
			return true;
	}
	return false;
}

/* The domain is that of the mailbox, not of an alias that leads to it. */
static enum err
user_enter(struct auth *a, struct op *op, const struct login *login,
	   const struct issuer *issuer, const struct jwt_bearer *bearer)
{
	const struct mailbox *m;
	enum err err = directory_resolve(a->directory, op, bearer->user, 0, &m);

	if (err == ERR_NOT_FOUND && domain_is_fit(op, issuer, bearer->user))
		err = directory_admit(a->directory, op, bearer->user, &m);
	if (err == ERR_NOT_FOUND)
		return FAIL(op, ERR_AUTH, "the token's user has no mailbox");
	TRY(err);
	op->reason = NULL; /* of a first look that found nobody */
	if (!domain_is_fit(op, issuer, m->address))
		return FAIL(op, ERR_AUTH,
			    "the token's user is in a domain that is not its "
			    "issuer's");
	auth_remember(a, op, login, m, bearer->until - op->now);
	return auth_caller(op, m, bearer->user, false);
}

/* The section of the application; NULL: it may act for nobody. */
static const struct service_account *
service_find(const struct op *op, const struct issuer *issuer,
	     const char *client)
{
	const struct settings *s = op->settings;

	for (size_t i = 0; i < s->service_accounts_n; i++) {
		const struct service_account *service = &s->service_accounts[i];

		if (service->client_id != NULL &&
		    strcmp(service->client_id, client) == 0 &&
		    strcmp(service->issuer, issuer->title) == 0)
			return service;
	}
	return NULL;
}

static void
application_caller(struct op *op, const struct service_account *service,
		   const char *client, bool remembered)
{
	struct caller *caller = op_alloc(op, sizeof(*caller));

	caller->rights = service;
	caller->login = service == NULL ? client : service->title;
	caller->remembered = remembered;
	op->caller = caller;
}

/* It is remembered as its section, by a number that no mailbox has. What was
 * remembered under other settings has another key. */
static int64_t
application_id(const struct op *op, const struct service_account *service)
{
	return -1 - (int64_t)(service - op->settings->service_accounts);
}

static bool
application_known(struct auth *a, struct op *op, const struct login *login)
{
	const struct settings *s = op->settings;
	struct known_caller k;

	if (!known_find(&a->shared->known, login->key, &k) || k.mailbox >= 0 ||
	    op->began_us / SECOND_US - k.verified_s >= k.life_s ||
	    (uint64_t)-k.mailbox > s->service_accounts_n)
		return false;
	auth_count(a, COUNT_REMEMBERED);
	application_caller(op, &s->service_accounts[-1 - k.mailbox], "", true);
	op->reason = NULL; /* of the look for its mailbox, which it has not */
	return true;
}

static enum err
application_enter(struct auth *a, struct op *op, const struct login *login,
		  const struct issuer *issuer, const struct jwt_bearer *bearer)
{
	const char *client = bearer->client == NULL ? "" : bearer->client;
	const struct service_account *service =
		service_find(op, issuer, client);
	struct mailbox id = { 0 };

	application_caller(op, service, client, false);
	if (service == NULL)
		return OK;
	id.id = application_id(op, service);
	auth_remember(a, op, login, &id, bearer->until - op->now);
	return OK;
}

/* The token is its issuer's: is it for us, and whose? */
static enum err
bearer_enter(struct auth *a, struct op *op, const struct login *login,
	     const struct issuer *issuer, const struct jwt_bearer *bearer)
{
	return bearer->user == NULL
		       ? application_enter(a, op, login, issuer, bearer)
		       : user_enter(a, op, login, issuer, bearer);
}

static enum err
bearer_check(struct auth *a, struct op *op, const struct request *req,
	     struct response *res, struct login *login)
{
	const struct issuer *issuer = NULL;
	struct jwt_bearer bearer;
	struct bytes claims;
	enum err err;

	if (application_known(a, op, login))
		return OK;
	err = token_verify(a, op, auth_credentials(op, req), &issuer, &claims);
	if (err == OK) {
		err = jwt_check(op, claims, issuer, &bearer);
		if (err == ERR_DENIED)
			return bearer_forbid(op, res, issuer);
	}
	if (err == OK)
		err = bearer_enter(a, op, login, issuer, &bearer);
	return err == ERR_AUTH ? bearer_refuse(a, op, res) : err;
}

const struct auth_scheme bearer_scheme = {
	.name = "Bearer",
	.credentials_max = JWT_MAX,
	.open = bearer_open,
	.close = bearer_close,
	.works = bearer_works,
	.parameters = bearer_parameters,
	.remember_s = bearer_remember_s,
	.check = bearer_check,
};
