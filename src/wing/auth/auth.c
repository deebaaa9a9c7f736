/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who is asking. A caller verified a moment ago is known by what he sends. A
 * scheme is a file of its own; those that work are named in auth_challenge.
 */
#include "wing/auth/core.h"

#include "base/text.h"
#include "model/settings.h"
#include "wing/auth/basic.h"

#include <stdlib.h>
#include <string.h>

#define AUTHORIZATION_MAX (8 * KIB) /* bytes of the header's value */
#define SECOND_US INT64_C(1000000)

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
	err = password_setting(op, a->setting);
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

/* The realm that is set, or the host of the public URL. */
static const char *
realm(struct op *op)
{
	const char *url = op->settings->public_url, *host, *end;

	if (op->settings->realm != NULL)
		return op->settings->realm;
	host = strstr(url, "://");
	host = host == NULL ? url : host + 3;
	end = *host == '[' ? strchr(host, ']') : NULL;
	end = end != NULL ? end + 1 : host + strcspn(host, ":/");
	return op_text(op, host, (size_t)(end - host));
}

/*
 * The schemes that work, Basic first: node-ews reads no further. Without
 * parameters besides the realm, for clients that take the rest as its name.
 */
enum err
auth_challenge(struct op *op, struct response *res, const char *reason)
{
	response_header(res, "WWW-Authenticate",
			op_print(op, "Basic realm=\"%s\"", realm(op)));
	return FAIL(op, ERR_AUTH, "%s", reason);
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

/* ERR_NOT_FOUND: not known, or his password has changed since. */
static enum err
caller_known(struct auth *a, struct op *op, const struct login *login)
{
	int64_t most_s = (int64_t)op->settings->remember_max_h * 3600;
	struct known_caller k;
	const struct mailbox *m;

	if (!known_find(&a->shared->known, login->key, &k) ||
	    op->began_us / SECOND_US - k.verified_s >= most_s)
		return ERR_NOT_FOUND;
	TRY(store_mailbox_get(a->store, op, k.mailbox, &m));
	if (m->password == NULL || m->password_version != k.password_version)
		return ERR_NOT_FOUND;
	auth_count(a, COUNT_REMEMBERED);
	return auth_caller(op, m, m->address, true);
}

/* What an earlier run of the op knew, or a new one. */
static struct login *
login_of(const struct auth *a, struct op *op, const char *authorization)
{
	struct login *login = op->login;

	if (login != NULL)
		return login;
	login = op_alloc(op, sizeof(*login));
	digest_hmac(a->shared->key, bytes_of(authorization), login->key);
	op->login = login;
	return login;
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
	struct login *login;
	enum err err;

	if (!req->secure)
		return FAIL(op, ERR_DENIED, "a connection without TLS");
	if (authorization == NULL)
		return auth_challenge(op, res, "no credentials");
	if (strlen(authorization) > AUTHORIZATION_MAX)
		return auth_challenge(op, res, "credentials that are too long");
	login = login_of(a, op, authorization);
	err = caller_known(a, op, login);
	if (err != ERR_NOT_FOUND)
		return err;
	return login_basic(a, op, req, res, login);
}
