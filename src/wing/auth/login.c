/* SPDX-License-Identifier: Apache-2.0 */

/* A name and a password: whose turn it is, and whether it is right. */
#include "base/idn.h"
#include "base/net.h"
#include "base/text.h"
#include "model/settings.h"
#include "wing/auth/basic.h"
#include "wing/auth/core.h"

#include <string.h>

#define SOURCE_V6_BYTES 8 /* a /64 is one household */
#define SECOND_US INT64_C(1000000)

/* ---- whose turn it is ---- */

static enum err
come_back(struct op *op, struct response *res, int64_t wait_us)
{
	long long s = (wait_us + SECOND_US - 1) / SECOND_US;

	res->status = 429;
	response_header(res, "Retry-After", op_print(op, "%lld", s));
	return FAIL(op, ERR_LIMIT, "too many attempts; again in %lld s", s);
}

/* A client's address, as far as it tells one household from another. */
static struct bytes
source_prefix(const struct source *source)
{
	return (struct bytes){ source->address, net_is_v4(source->address)
							? NET_ADDRESS_SIZE
							: SOURCE_V6_BYTES };
}

static bool
source_is_exempt(const struct op *op, const struct source *source)
{
	struct net net;

	for (const char *const *p = op->settings->penalty_exempt; *p != NULL;
	     p++) {
		if (net_parse(*p, &net) && net_has(&net, source->address))
			return true;
	}
	return false;
}

/* A key that nobody can choose so that it meets another's. */
static void
who_key(const struct auth *a, struct bytes bytes, uint64_t out[2])
{
	uint8_t digest[DIGEST_SIZE];

	digest_hmac(a->shared->key, bytes, digest);
	memcpy(out, digest, 2 * sizeof(out[0]));
}

/* Who attempts: all names of a mailbox are one. A socket's peer without an
 * address is no source that could be slowed as a whole. */
static struct penalty_who
login_who(const struct auth *a, struct op *op, const struct source *source,
	  const char *name, const struct mailbox *m)
{
	static const struct source none;
	struct bytes prefix = source_prefix(source);
	struct penalty_who who = { .waited = false };
	const char *user = m != NULL ? op_print(op, "%lld", (long long)m->id)
				     : idn_fold(op, name);
	size_t n = strlen(user) + 1;
	uint8_t *both = op_alloc(op, NET_ADDRESS_SIZE + 1 + n);

	memcpy(both, prefix.p, prefix.n);
	both[NET_ADDRESS_SIZE] = m != NULL;
	memcpy(both + NET_ADDRESS_SIZE + 1, user, n);
	who_key(a, (struct bytes){ both, NET_ADDRESS_SIZE + 1 + n }, who.pair);
	who_key(a, (struct bytes){ both + NET_ADDRESS_SIZE, 1 + n }, who.user);
	if (memcmp(source, &none, sizeof(none)) != 0)
		who_key(a, prefix, who.source);
	return who;
}

/* Lets the caller wait on a timer, then come to the pool: there who looks like
 * guessing goes last, and no source or user takes the others' share. */
static enum err
login_wait(struct auth *a, struct op *op, struct response *res,
	   const struct login *login, int64_t wait_us)
{
	int64_t ms = (wait_us + 999) / 1000;

	op->who.source = login->exempt ? 0 : login->who.source[0];
	op->who.user = login->who.user[0];
	op->who.rank =
		penalty_rank(&a->shared->penalties, &login->who, op->began_us);

	if (ms <= 0)
		return op_wait(op, password_source(op)->pool);
	/* Nobody lets this op wait any more, or it would not be answered. */
	if ((op->may_wait && op->on == POOL_NONE) || ms >= op_left_ms(op))
		return come_back(op, res, wait_us);
	auth_count(a, COUNT_DELAYED);
	op->wait_for = password_source(op)->pool;
	op->delay_ms = (unsigned)ms;
	return ERR_WAIT;
}

/* Who waits for his turn in one place does not hold up himself elsewhere: only
 * checks from the same source are the same. */
static void
login_flight(struct login *login)
{
	uint64_t words[DIGEST_SIZE / sizeof(uint64_t)];

	memcpy(words, login->key, sizeof(words));
	words[0] ^= login->who.pair[0];
	words[1] ^= login->who.pair[1];
	memcpy(login->flight, words, sizeof(words));
}

/* Counts the attempt and gives it a turn; one that is under way already, with
 * the same name and password, is joined and counts no more. */
static enum err
login_begin(struct auth *a, struct op *op, struct response *res,
	    struct login *login)
{
	int64_t wait_us = 0;

	if (flights_join(a->flights, login->flight, &login->since,
			 &login->turn_us)) {
		login->begun = true;
		auth_count(a, COUNT_JOINED);
		return login_wait(a, op, res, login,
				  login->turn_us - op_clock_us());
	}
	if (!login->exempt && penalty_begin(&a->shared->penalties, &login->who,
					    op->began_us, &wait_us) != OK)
		return come_back(op, res, wait_us);
	login->begun = login->counted = true;
	login->turn_us = op->began_us + wait_us;
	flights_announce(a->flights, login->flight, &login->since,
			 login->turn_us);
	return login_wait(a, op, res, login, wait_us);
}

/* ---- the check itself ---- */

/* The password is right: nobody is slowed for it any more. */
static void
login_passed(struct auth *a, const struct op *op, const struct login *login,
	     const struct mailbox *m)
{
	struct flight_passed passed = { m->id, m->password_version };

	if (!login->exempt)
		penalty_passed(&a->shared->penalties, &login->who,
			       login->turn_us);
	auth_remember(a, op, login, m, password_source(op)->remember_s(op));
	flights_end(a->flights, login->flight, FLIGHT_PASSED, &passed);
}

static void
login_failed(struct auth *a, const struct login *login)
{
	struct flight_passed nobody = { 0 };

	auth_count(a, COUNT_FAILED);
	if (!login->exempt)
		penalty_failed(&a->shared->penalties, &login->who,
			       login->turn_us);
	flights_end(a->flights, login->flight, FLIGHT_FAILED, &nobody);
}

/* Nobody could find out: that is no failed login. */
static void
login_unknown(struct auth *a, const struct login *login)
{
	if (login->counted && !login->exempt)
		penalty_unknown(&a->shared->penalties, &login->who,
				login->turn_us);
	flights_end(a->flights, login->flight, FLIGHT_LATE, NULL);
}

/* May it be checked now? */
static enum err
login_turn(struct auth *a, struct op *op, struct response *res,
	   const struct login *login)
{
	int64_t wait_us;

	/* Under a flood the queue empties at once of what came too late. */
	if (op_left_ms(op) == 0)
		return FAIL(op, ERR_DOWN, "too many logins are being checked");
	if (!login->exempt && penalty_turn(&a->shared->penalties, &login->who,
					   login->turn_us, &wait_us) != OK)
		return come_back(op, res, wait_us);
	return OK;
}

/* Who is somebody elsewhere becomes one here, if that is wanted. */
static enum err
login_admit(struct auth *a, struct op *op, struct password_attempt *try)
{
	enum err err = directory_admit_login(
		a->directory, op,
		try->canonical != NULL ? try->canonical : try->name,
		&try->mailbox);

	if (err == ERR_NOT_FOUND)
		try->mailbox = NULL;
	return err == ERR_NOT_FOUND ? OK : err;
}

/* The same work for who is somebody, nobody, or has no password. A password
 * that is right, of somebody without a mailbox, is no guess. */
static enum err
login_ask(struct auth *a, struct op *op, struct response *res,
	  struct login *login, struct password_attempt *try)
{
	enum err err = login_turn(a, op, res, login);

	if (err == OK) {
		err = password_source(op)->check(a, op, try);
		if (err == ERR_WAIT) { /* half of it: the rest elsewhere */
			flights_announce(a->flights, login->flight,
					 &login->since, login->turn_us);
			return err;
		}
		auth_count(a, COUNT_HASHED);
	}
	if (err == OK && try->mailbox == NULL)
		err = login_admit(a, op, try);
	if (err == OK && try->mailbox != NULL) {
		login_passed(a, op, login, try->mailbox);
		return auth_caller(op, try->mailbox, try->name, false);
	}
	if (err == ERR_AUTH) {
		login_failed(a, login);
		return auth_challenge(a, op, res, op->reason);
	}
	login_unknown(a, login);
	if (err == OK)
		return auth_challenge(a, op, res,
				      "the password is right, but there is no "
				      "such mailbox here");
	return err;
}

/* What another check of the same name and password has found. */
static enum err
login_share(struct auth *a, struct op *op, struct response *res,
	    const struct flight_passed *passed, const char *name)
{
	const struct mailbox *m;

	TRY(store_mailbox_get(a->store, op, passed->mailbox, &m));
	if (m->password_version != passed->password_version)
		return auth_challenge(a, op, res,
				      "the password was changed just now");
	return auth_caller(op, m, name, true);
}

static enum err
login_check(struct auth *a, struct op *op, struct response *res,
	    struct login *login, struct password_attempt *try)
{
	struct flight_passed passed = { 0 };
	enum err err;

	switch (flights_take(a->flights, op, login->flight, login->since,
			     &passed)) {
	case FLIGHT_PASSED:
		err = login_share(a, op, res, &passed, try->name);
		return err == ERR_NOT_FOUND
			       ? auth_challenge(a, op, res, "removed just now")
			       : err;
	case FLIGHT_FAILED:
		auth_count(a, COUNT_FAILED);
		return auth_challenge(
			a, op, res, "wrong password, as another request found");
	case FLIGHT_LATE:
		return FAIL(op, ERR_DOWN,
			    "the password could not be checked in time");
	case FLIGHT_MINE:
		break;
	}
	return login_ask(a, op, res, login, try);
}

/* ---- Basic ---- */

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

/* None besides the realm, for clients that take the rest as its name. */
static const char *
basic_parameters(const struct auth *a, struct op *op)
{
	(void)a;
	return op_print(op, "realm=\"%s\"", realm(op));
}

static int64_t
basic_remember_s(const struct op *op)
{
	return password_source(op)->remember_s(op);
}

/* From whoever is not known already. It is checked on a pool, where those who
 * guess come when it is their turn. */
static enum err
basic_check(struct auth *a, struct op *op, const struct request *req,
	    struct response *res, struct login *login)
{
	struct password_attempt try = { .source = &req->source };
	struct basic basic;
	enum err err;

	if (basic_parse(op, req->headers.authorization, &basic) != OK)
		return auth_challenge(a, op, res, op->reason);
	try.name = basic.name;
	try.password = basic.password;
	err = directory_login(a->directory, op, try.name, &try.mailbox);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (!login->begun) {
		login->exempt = source_is_exempt(op, &req->source);
		login->who =
			login_who(a, op, try.source, try.name, try.mailbox);
		login_flight(login);
		TRY(login_begin(a, op, res, login));
	}
	TRY(op_wait(op, password_source(op)->pool));
	return login_check(a, op, res, login, &try);
}

const struct auth_scheme basic_scheme = {
	.name = "Basic",
	.credentials_max = 8 * KIB,
	.parameters = basic_parameters,
	.remember_s = basic_remember_s,
	.check = basic_check,
};
