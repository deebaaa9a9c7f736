/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who is asking. A caller verified a moment ago is known by what he sends; all
 * others are checked on a pool, where those who guess come when it is their
 * turn.
 */
#include "model/auth.h"

#include "base/net.h"
#include "base/text.h"
#include "model/settings.h"
#include "wing/auth/basic.h"
#include "wing/auth/flight.h"
#include "wing/auth/known.h"
#include "wing/auth/password_store.h"
#include "wing/auth/penalty.h"

#include <stdlib.h>
#include <string.h>

#define AUTHORIZATION_MAX (8 * KIB) /* bytes of the header's value */
#define SOURCE_V6_BYTES 8           /* a /64 is one household */
#define SECOND_US INT64_C(1000000)

enum count {
	COUNT_REMEMBERED,
	COUNT_HASHED,
	COUNT_FAILED,
	COUNT_DELAYED,
	COUNT_JOINED,
	COUNT_COUNT,
};

/* What the workers share. */
struct shared {
	uint8_t key[DIGEST_SIZE]; /* of this start of the server */
	_Atomic uint64_t count[COUNT_COUNT];
	struct known known;
	struct penalties penalties;
};

struct auth {
	struct store *store;
	struct directory *directory;
	struct shared *shared;
	struct flights *flights;
	char setting[PASSWORD_SETTING_MAX]; /* for who has no hash */
};

/* How far an op came: it stays in the op from one run to the next. */
struct login {
	uint8_t key[DIGEST_SIZE];    /* of what the caller sent */
	uint8_t flight[DIGEST_SIZE]; /* ... and from where */
	struct penalty_who who;
	int64_t turn_us; /* monotonic: when it may be checked */
	uint64_t since;  /* flights_take */
	bool exempt;
	bool begun;   /* it has its turn */
	bool counted; /* ... of its own, not another's that it joined */
};

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

static void
count_add(struct auth *a, enum count count)
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
static enum err
challenge(struct op *op, struct response *res, const char *reason)
{
	response_header(res, "WWW-Authenticate",
			op_print(op, "Basic realm=\"%s\"", realm(op)));
	return FAIL(op, ERR_AUTH, "%s", reason);
}

static enum err
come_back(struct op *op, struct response *res, int64_t wait_us)
{
	long long s = (wait_us + SECOND_US - 1) / SECOND_US;

	res->status = 429;
	response_header(res, "Retry-After", op_print(op, "%lld", s));
	return FAIL(op, ERR_LIMIT, "too many attempts; again in %lld s", s);
}

/* ---- callers verified a moment ago ---- */

static enum err
caller_set(struct op *op, const struct mailbox *mailbox, const char *login,
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
	count_add(a, COUNT_REMEMBERED);
	return caller_set(op, m, m->address, true);
}

static void
caller_remember(struct auth *a, const struct op *op, const struct login *login,
		const struct mailbox *m)
{
	struct known_caller k = { .mailbox = m->id,
				  .password_version = m->password_version,
				  .verified_s = op->began_us / SECOND_US };

	if (op->settings->remember_max_h > 0)
		known_put(&a->shared->known, login->key, &k);
}

/* ---- whose turn it is ---- */

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

/* Who attempts: all names of a mailbox are one. A socket's peer without an
 * address is no source that could be slowed as a whole. */
static struct penalty_who
login_who(const struct auth *a, struct op *op, const struct source *source,
	  const char *name, const struct mailbox *m)
{
	static const struct source none;
	struct bytes prefix = source_prefix(source);
	uint8_t digest[DIGEST_SIZE];
	struct penalty_who who = { .waited = false };
	const char *user = m != NULL ? op_print(op, "%lld", (long long)m->id)
				     : text_fold(op, name);
	size_t n = strlen(user);
	uint8_t *both = op_alloc(op, NET_ADDRESS_SIZE + 1 + n);

	memcpy(both, prefix.p, prefix.n);
	both[NET_ADDRESS_SIZE] = m != NULL;
	memcpy(both + NET_ADDRESS_SIZE + 1, user, n);
	digest_hmac(a->shared->key,
		    (struct bytes){ both, NET_ADDRESS_SIZE + 1 + n }, digest);
	memcpy(who.pair, digest, sizeof(who.pair));
	if (memcmp(source, &none, sizeof(none)) != 0) {
		digest_hmac(a->shared->key, prefix, digest);
		memcpy(who.source, digest, sizeof(who.source));
	}
	return who;
}

/* Lets the caller wait on a timer, then come to the pool. */
static enum err
login_wait(struct auth *a, struct op *op, struct response *res, int64_t wait_us)
{
	int64_t ms = (wait_us + 999) / 1000;

	if (ms <= 0)
		return op_wait(op, POOL_HASH);
	/* Nobody lets this op wait any more, or it would not be answered. */
	if (op->may_wait || ms >= op_left_ms(op))
		return come_back(op, res, wait_us);
	count_add(a, COUNT_DELAYED);
	op->wait_for = POOL_HASH;
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
		count_add(a, COUNT_JOINED);
		return login_wait(a, op, res, login->turn_us - op->began_us);
	}
	if (!login->exempt && penalty_begin(&a->shared->penalties, &login->who,
					    op->began_us, &wait_us) != OK)
		return come_back(op, res, wait_us);
	login->begun = login->counted = true;
	login->turn_us = op->began_us + wait_us;
	flights_announce(a->flights, login->flight, &login->since,
			 login->turn_us);
	return login_wait(a, op, res, wait_us);
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
	caller_remember(a, op, login, m);
	flights_end(a->flights, login->flight, FLIGHT_PASSED, &passed);
}

static void
login_failed(struct auth *a, const struct login *login)
{
	struct flight_passed nobody = { 0 };

	count_add(a, COUNT_FAILED);
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

/* Hashes: the same work for who is somebody, nobody, or has no password. */
static enum err
login_hash(struct auth *a, struct op *op, struct response *res,
	   const struct login *login, const struct basic *basic,
	   const struct mailbox *m)
{
	enum err err;
	int64_t wait_us;

	if (!login->exempt && penalty_turn(&a->shared->penalties, &login->who,
					   login->turn_us, &wait_us) != OK) {
		login_unknown(a, login);
		return come_back(op, res, wait_us);
	}
	count_add(a, COUNT_HASHED);
	err = password_check(op, basic->password,
			     m == NULL ? NULL : m->password, a->setting);
	if (err == OK) {
		login_passed(a, op, login, m);
		return caller_set(op, m, basic->name, false);
	}
	if (err != ERR_AUTH) {
		login_unknown(a, login);
		return err;
	}
	login_failed(a, login);
	if (m == NULL)
		return challenge(op, res, "unknown user");
	return challenge(op, res,
			 m->password == NULL ? "no password is set"
					     : "wrong password");
}

/* What another check of the same name and password has found. */
static enum err
login_share(struct auth *a, struct op *op, struct response *res,
	    const struct flight_passed *passed, const char *name)
{
	const struct mailbox *m;

	TRY(store_mailbox_get(a->store, op, passed->mailbox, &m));
	if (m->password_version != passed->password_version)
		return challenge(op, res, "the password was changed just now");
	return caller_set(op, m, name, true);
}

static enum err
login_check(struct auth *a, struct op *op, struct response *res,
	    const struct login *login, const struct basic *basic,
	    const struct mailbox *m)
{
	struct flight_passed passed = { 0 };
	enum err err;

	switch (flights_take(a->flights, op, login->flight, login->since,
			     &passed)) {
	case FLIGHT_PASSED:
		err = login_share(a, op, res, &passed, basic->name);
		return err == ERR_NOT_FOUND
			       ? challenge(op, res, "removed just now")
			       : err;
	case FLIGHT_FAILED:
		count_add(a, COUNT_FAILED);
		return challenge(op, res,
				 "wrong password, as another request found");
	case FLIGHT_LATE:
		return FAIL(op, ERR_DOWN,
			    "the password could not be checked in time");
	case FLIGHT_MINE:
		break;
	}
	return login_hash(a, op, res, login, basic, m);
}

/* ---- Basic ---- */

/* ERR_AUTH comes with its challenge in `res`. */
static enum err
login_basic(struct auth *a, struct op *op, const struct request *req,
	    struct response *res, struct login *login)
{
	const struct mailbox *m = NULL;
	struct basic basic;
	enum err err;

	if (basic_parse(op, req->headers.authorization, &basic) != OK)
		return challenge(op, res, op->reason);
	err = directory_login(a->directory, op, basic.name, &m);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (!login->begun) {
		login->exempt = source_is_exempt(op, &req->source);
		login->who = login_who(a, op, &req->source, basic.name, m);
		login_flight(login);
		TRY(login_begin(a, op, res, login));
	}
	TRY(op_wait(op, POOL_HASH));
	return login_check(a, op, res, login, &basic, m);
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
		return challenge(op, res, "no credentials");
	if (strlen(authorization) > AUTHORIZATION_MAX)
		return challenge(op, res, "credentials that are too long");
	login = login_of(a, op, authorization);
	err = caller_known(a, op, login);
	if (err != ERR_NOT_FOUND)
		return err;
	return login_basic(a, op, req, res, login);
}
