/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who is asking. A caller verified a moment ago is known by what he sends. A
 * scheme is a file of its own, and a row here.
 */
#include "wing/auth/core.h"

#include "base/text.h"
#include "model/settings.h"
#include "wing/auth/basic.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

/* In the order in which they are offered, R-19: node-ews reads no further than
 * Basic. */
static const struct auth_scheme *const schemes[] = {
	&basic_scheme,
	&negotiate_scheme,
	&bearer_scheme,
};

/* ---- a process ---- */

size_t
auth_shared_size(void)
{
	return sizeof(struct shared);
}

void
auth_shared_init(void *shared)
{
	struct shared *s = shared;

	digest_random(s->key, sizeof(s->key));
	penalty_init(&s->penalties);
}

static enum err
parts_open(struct auth *a, struct op *op)
{
	TRY(password_sources_open(a, op));
	for (size_t i = 0; i < COUNT(schemes); i++) {
		if (schemes[i]->open != NULL)
			TRY(schemes[i]->open(a, op));
	}
	return OK;
}

enum err
auth_open(struct op *op, struct store *store, struct directory *directory,
	  void *shared, struct auth **out)
{
	struct auth *a = calloc(1, sizeof(*a));
	enum err err;

	if (a == NULL || (a->flights = flights_open()) == NULL) {
		auth_close(a);
		return FAIL(op, ERR_DOWN, "no memory for logins");
	}
	a->store = store;
	a->directory = directory;
	a->shared = shared;
	err = parts_open(a, op);
	if (err != OK)
		auth_close(a);
	else
		*out = a;
	return err;
}

void
auth_close(struct auth *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < COUNT(schemes); i++) {
		if (schemes[i]->close != NULL)
			schemes[i]->close(a);
	}
	password_sources_close(a);
	flights_close(a->flights);
	free(a);
}

void
auth_count(struct auth *a, enum login_count count)
{
	(void)atomic_fetch_add_explicit(&a->shared->count[count], 1,
					memory_order_relaxed);
}

void
auth_counts(const struct auth *a, struct auth_counts *out)
{
	uint64_t n[COUNT_COUNT];

	for (size_t i = 0; i < COUNT_COUNT; i++)
		n[i] = atomic_load_explicit(&a->shared->count[i],
					    memory_order_relaxed);
	*out = (struct auth_counts){
		.remembered = n[COUNT_REMEMBERED],
		.hashed = n[COUNT_HASHED],
		.failed = n[COUNT_FAILED],
		.delayed = n[COUNT_DELAYED],
		.joined = n[COUNT_JOINED],
	};
}

enum err
auth_hash(struct op *op, const char *password, const char **out)
{
	TRY(basic_check_password(op, password));
	return password_make(op, password, out);
}

/* ---- the answer to nobody ---- */

static bool
scheme_works(const struct auth *a, const struct op *op,
	     const struct auth_scheme *scheme)
{
	return scheme->works == NULL || scheme->works(a, op);
}

bool
auth_offers(const struct auth *a, const struct op *op, const char *scheme)
{
	for (size_t i = 0; i < COUNT(schemes); i++) {
		if (text_case_equal(schemes[i]->name, scheme))
			return scheme_works(a, op, schemes[i]);
	}
	return false;
}

/* NULL: it is not offered. */
static const char *
scheme_offer(const struct auth *a, struct op *op,
	     const struct auth_scheme *scheme)
{
	if (!scheme_works(a, op, scheme))
		return NULL;
	return scheme->parameters == NULL ? "" : scheme->parameters(a, op);
}

enum err
auth_challenge_of(struct auth *a, struct op *op, struct response *res,
		  const struct auth_scheme *scheme, const char *parameters,
		  const char *reason)
{
	for (size_t i = 0; i < COUNT(schemes); i++) {
		const char *p = schemes[i] == scheme
					? parameters
					: scheme_offer(a, op, schemes[i]);

		if (p != NULL)
			response_header(res, "WWW-Authenticate",
					op_print(op, "%s%s%s", schemes[i]->name,
						 *p == '\0' ? "" : " ", p));
	}
	return FAIL(op, ERR_AUTH, "%s", reason);
}

enum err
auth_challenge(struct auth *a, struct op *op, struct response *res,
	       const char *reason)
{
	return auth_challenge_of(a, op, res, NULL, NULL, reason);
}

/* ---- callers verified a moment ago ---- */

enum err
auth_caller(struct op *op, const struct mailbox *mailbox, const char *login,
	    bool remembered)
{
	struct caller *caller = op_alloc(op, sizeof(*caller));

	caller->mailbox = mailbox;
	caller->login = login;
	caller->remembered = remembered;
	op->caller = caller;
	return OK;
}

void
auth_remember(struct auth *a, const struct op *op, const struct login *login,
	      const struct mailbox *mailbox, int64_t life_s)
{
	struct known_caller k = {
		.mailbox = mailbox->id,
		.password_version = mailbox->password_version,
		.verified_s = (uint32_t)(op->began_us / SECOND_US),
		.life_s = (uint32_t)(life_s < UINT32_MAX ? life_s : UINT32_MAX),
	};

	if (life_s > 0)
		known_put(&a->shared->known, login->key, &k);
}

/* ERR_NOT_FOUND: not known, or his password has changed since. */
static enum err
caller_known(struct auth *a, struct op *op, const struct auth_scheme *scheme,
	     const struct login *login)
{
	struct known_caller k;
	const struct mailbox *m;
	int64_t age_s;

	if (!known_find(&a->shared->known, login->key, &k))
		return ERR_NOT_FOUND;
	age_s = op->began_us / SECOND_US - k.verified_s;
	if (age_s >= k.life_s || age_s >= scheme->remember_s(op))
		return ERR_NOT_FOUND;
	TRY(store_mailbox_get(a->store, op, k.mailbox, &m));
	if (m->password_version != k.password_version)
		return ERR_NOT_FOUND;
	auth_count(a, COUNT_REMEMBERED);
	return auth_caller(op, m, m->address, true);
}

/* What was verified under other settings of logins is not known any more. */
static void
login_key(const struct auth *a, const struct op *op, const char *authorization,
	  uint8_t out[DIGEST_SIZE])
{
	digest_hmac(a->shared->key, bytes_of(authorization), out);
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		out[i] ^= op->settings->login_sum[i];
}

/* What an earlier run of the op knew, or a new one. */
static struct login *
login_of(const struct auth *a, struct op *op, const struct auth_scheme *scheme,
	 const char *authorization)
{
	struct login *login = op->login;

	if (login != NULL)
		return login;
	login = op_alloc(op, sizeof(*login));
	if (scheme->remember_s != NULL)
		login_key(a, op, authorization, login->key);
	op->login = login;
	return login;
}

/* ---- schemes ---- */

/* NULL: none of ours, or one that does not work with these settings. */
static const struct auth_scheme *
scheme_find(const struct auth *a, const struct op *op,
	    const char *authorization)
{
	for (size_t i = 0; i < COUNT(schemes); i++) {
		const char *name = schemes[i]->name;

		if (text_case_starts(authorization, name) &&
		    authorization[strlen(name)] == ' ')
			return scheme_works(a, op, schemes[i]) ? schemes[i]
							       : NULL;
	}
	return NULL;
}

const char *
auth_credentials(struct op *op, const struct request *req)
{
	return text_trim(op, strchr(req->headers.authorization, ' '));
}

/*
 * Without TLS there is no challenge, for it would ask for a password that
 * everybody on the way can read; so it cannot be 401 (RFC 9110 15.5.2).
 */
enum err
auth_check(struct auth *a, struct op *op, const struct request *req,
	   struct response *res)
{
	const char *authorization = req->headers.authorization;
	const struct auth_scheme *scheme;
	struct login *login;
	enum err err;

	if (!req->secure)
		return FAIL(op, ERR_DENIED, "a connection without TLS");
	if (authorization == NULL)
		return auth_challenge(a, op, res, "no credentials");
	scheme = scheme_find(a, op, authorization);
	if (scheme == NULL)
		return auth_challenge(a, op, res,
				      "a scheme that is not offered");
	if (strlen(authorization) > scheme->credentials_max)
		return auth_challenge(a, op, res,
				      "credentials that are too long");
	login = login_of(a, op, scheme, authorization);
	if (scheme->remember_s != NULL) {
		err = caller_known(a, op, scheme, login);
		if (err != ERR_NOT_FOUND)
			return err;
	}
	return scheme->check(a, op, req, res, login);
}
