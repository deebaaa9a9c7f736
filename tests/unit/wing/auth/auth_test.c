/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is asking, from the header to the caller. The store is a stand-in, and
 * so is crypt(3), which would take too long: here the hash of a password is
 * the setting up to its ~, and the password.
 */
#include "unit.h"

#include "no_people.h"

#include "base/text.h"
#include "model/auth.h"
#include "model/settings.h"
#include "wing/auth/penalty.h"

#include <crypt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)
#define PEOPLE 200

static struct {
	struct mailbox mailbox[PEOPLE];
	char address[PEOPLE][32], password[PEOPLE][32];
	bool removed[PEOPLE];
	enum err trouble;
	enum err crypt_trouble;
	_Atomic int hashes;
	_Atomic int hashing;
	unsigned hash_us;
} scene;

/* ---- stand-ins ---- */

char *__wrap_crypt_r(const char *phrase, const char *setting,
		     struct crypt_data *data);

char *
__wrap_crypt_r(const char *phrase, const char *setting, struct crypt_data *data)
{
	const char *end = strchr(setting, '~');
	size_t n = end == NULL ? strlen(setting) : (size_t)(end - setting);

	scene.hashes++;
	assert_int_equal(atomic_fetch_add(&scene.hashing, 1) >= 0, 1);
	(void)usleep(scene.hash_us);
	atomic_fetch_sub(&scene.hashing, 1);
	if (scene.crypt_trouble != OK)
		return NULL;
	(void)snprintf(data->output, sizeof(data->output), "%.*s~%s", (int)n,
		       setting, phrase);
	return data->output;
}

static enum err
person(struct op *op, int64_t id, const struct mailbox **out)
{
	if (scene.trouble != OK)
		return FAIL(op, scene.trouble, "the disk is gone");
	if (id < 1 || id > PEOPLE || scene.removed[id - 1])
		return FAIL(op, ERR_NOT_FOUND, "nobody");
	*out = &scene.mailbox[id - 1];
	return OK;
}

enum err
store_mailbox_get(struct store *s, struct op *op, int64_t id,
		  const struct mailbox **out)
{
	(void)s;
	return person(op, id, out);
}

enum err
store_mailbox_find(struct store *s, struct op *op, const char *address,
		   const struct mailbox **out)
{
	int64_t id = 0;

	(void)s;
	for (size_t i = 0; i < PEOPLE; i++) {
		if (strcmp(scene.address[i], address) == 0)
			id = (int64_t)i + 1;
	}
	if (strcmp(address, "alias@x.example") == 0)
		id = 1;
	return person(op, id, out);
}

/* Whose a mailbox is: no login asks. */
enum err
store_owner_find(struct store *s, struct op *op, int64_t mailbox,
		 int64_t account)
{
	(void)s;
	(void)op;
	(void)mailbox;
	(void)account;
	return ERR_NOT_FOUND;
}

enum err
store_domain_find(struct store *s, struct op *op, const char *domain,
		  struct domain *out)
{
	(void)s;
	*out = (struct domain){ .name = "x.example" };
	if (strcmp(domain, out->name) == 0)
		return OK;
	return FAIL(op, ERR_NOT_FOUND, "no such domain");
}

enum err
store_domain_begin(struct store *s, struct op *op, const char *label,
		   size_t most, struct domain_list *out)
{
	static const struct domain domain = { .name = "x.example" };

	(void)s;
	(void)most;
	if (scene.trouble != OK)
		return FAIL(op, scene.trouble, "the disk is gone");
	*out = (struct domain_list){ label == NULL || strcmp(label, "x") == 0,
				     &domain };
	return OK;
}

/* ---- the scene: p0@x.example with the password "secret 0", ... ---- */

static const char *const exempt[] = { "192.0.2.99", "10.0.0.0/8", NULL };
static const char *const none[] = { NULL };

static struct settings settings;

struct stage {
	struct op *op;
	struct directory *directory;
	struct auth *auth;
	void *shared;
	int64_t now_us;
};

static int
stage_setup(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));
	void *op;

	memset(&scene, 0, sizeof(scene));
	for (size_t i = 0; i < PEOPLE; i++) {
		(void)snprintf(scene.address[i], sizeof(scene.address[i]),
			       "p%zu@x.example", i);
		(void)snprintf(scene.password[i], sizeof(scene.password[i]),
			       "$y$~secret %zu", i);
		scene.mailbox[i] = (struct mailbox){
			.id = (int64_t)i + 1,
			.organization = 1,
			.address = scene.address[i],
			.password = scene.password[i],
			.password_version = 1,
		};
	}
	settings =
		(struct settings){ .public_url = "https://mail.x.example:8443",
				   .remember_max_h = 12,
				   .penalty_exempt = none };
	if (s == NULL || unit_setup(&op) != 0)
		return -1;
	s->op = op;
	s->now_us = 5000 * SECOND;
	s->shared = calloc(1, auth_shared_size());
	if (s->shared == NULL)
		return -1;
	auth_shared_init(s->shared);
	*state = s;
	if (directory_open(s->op, NULL, NULL, &s->directory) != OK)
		return -1;
	return auth_open(s->op, NULL, s->directory, s->shared, &s->auth) == OK
		       ? 0
		       : -1;
}

static int
stage_teardown(void **state)
{
	struct stage *s = *state;
	void *op = s->op;

	auth_close(s->auth);
	directory_close(s->directory);
	free(s->shared);
	free(s);
	return unit_teardown(&op);
}

#define STAGE_TEST(function)                                                   \
	cmocka_unit_test_setup_teardown(function, stage_setup, stage_teardown)

/* A request as a door holds it, from one run to the next. */
struct ask {
	struct op op;
	struct request req;
	struct response res;
	enum err err;
};

static struct source
source_v4(unsigned last)
{
	struct source s = { .address = { [10] = 0xff,
					 [11] = 0xff,
					 198,
					 51,
					 100,
					 (uint8_t)last } };

	return s;
}

static const char *
basic(struct stage *s, const char *name, const char *password)
{
	return op_print(s->op, "Basic %s",
			text_base64(s->op, bytes_of(op_print(s->op, "%s:%s",
							     name, password))));
}

static void
ask_init(struct stage *s, struct ask *a, const char *authorization,
	 struct source source)
{
	*a = (struct ask){ .err = ERR_WAIT };
	op_init(&a->op, s->op->arena, &settings, 0);
	a->op.began_us = s->now_us;
	a->op.deadline_us = INT64_MAX; /* the clock here is not the real one */
	a->req = (struct request){ .secure = true,
				   .headers.authorization = authorization,
				   .source = source };
}

static enum err
ask_run(struct stage *s, struct ask *a)
{
	a->res = (struct response){ 0 };
	a->err = auth_check(s->auth, &a->op, &a->req, &a->res);
	return a->err;
}

/* The second run, on the pool, after the wait. */
static enum err
ask_again(struct stage *s, struct ask *a)
{
	assert_int_equal(a->err, ERR_WAIT);
	assert_int_equal(a->op.wait_for, POOL_HASH);
	op_again(&a->op, true);
	return ask_run(s, a);
}

/* Both runs; the clock goes on by what the caller had to wait. */
static enum err
ask(struct stage *s, struct ask *a, const char *authorization,
    struct source source)
{
	ask_init(s, a, authorization, source);
	if (ask_run(s, a) != ERR_WAIT)
		return a->err;
	s->now_us += a->op.delay_ms * 1000;
	return ask_again(s, a);
}

static const char *
header(const struct ask *a, const char *name)
{
	for (size_t i = 0; i < a->res.headers_n; i++) {
		if (strcmp(a->res.headers[i].name, name) == 0)
			return a->res.headers[i].value;
	}
	return NULL;
}

static struct auth_counts
counts(const struct stage *s)
{
	struct auth_counts c;

	auth_counts(s->auth, &c);
	return c;
}

static const char *
person_header(struct stage *s, unsigned n)
{
	return basic(s, scene.address[n], op_print(s->op, "secret %u", n));
}

/* ---- tests ---- */

static void
the_right_password_in_any_form_of_the_name(void **state)
{
	static const char *const names[] = {
		"p0@x.example", "P0@X.Example", "alias@x.example",
		"p0",           "X\\p0",        "x.example\\P0",
	};
	struct stage *s = *state;
	struct ask a;

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *sent = basic(s, names[i], "secret 0");

		CHECK_ROW(names[i], ask(s, &a, sent, source_v4(1)) == OK);
		CHECK_ROW(names[i], a.op.caller->mailbox == &scene.mailbox[0]);
		CHECK_ROW(names[i], unit_same(a.op.caller->login, names[i]));
		CHECK_ROW(names[i], !a.op.caller->remembered);
		CHECK_ROW(names[i], ask(s, &a, sent, source_v4(1)) == OK);
		CHECK_ROW(names[i], a.op.caller->mailbox == &scene.mailbox[0]);
		CHECK_ROW(names[i], a.op.caller->remembered);
	}
	assert_int_equal(counts(s).hashed, COUNT(names));
	assert_int_equal(counts(s).remembered, COUNT(names));
	assert_int_equal(scene.hashes, COUNT(names));
}

static void
whoever_is_nobody_gets_the_same_challenge(void **state)
{
	struct stage *s = *state;
	const struct {
		const char *authorization;
		int hashes;
		const char *reason;
	} rows[] = {
		/* clang-format off */
		{ NULL, 0, "no credentials" },
		{ basic(s, "p0@x.example", "wrong"), 1, "wrong password" },
		{ basic(s, "p1@x.example", "secret 0"), 1, "wrong password" },
		{ basic(s, "nobody@x.example", "x"), 1, "unknown user" },
		{ basic(s, "p0@other.example", "x"), 1, "unknown user" },
		{ basic(s, "p7@x.example", "secret 7"), 1, "no password is set" },
		{ basic(s, "OTHER\\p0", "secret 0"), 1, "unknown user" },
		{ basic(s, "p0@x.example", ""), 0, "an empty password" },
		{ basic(s, "", "x"), 0, "credentials without a name" },
		{ "Basic", 0, "a scheme that is not offered" },
		{ "Basic !!!", 0, "credentials that are not base64" },
		{ "Bearer abc", 0, "a scheme that is not offered" },
		{ "NTLM TlRMTVNTUAAB", 0, "a scheme that is not offered" },
		{ "Negotiate YII=", 0, "a scheme that is not offered" },
		{ "", 0, "a scheme that is not offered" },
		/* clang-format on */
	};
	struct ask a;

	scene.mailbox[7].password = NULL;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *row = rows[i].authorization == NULL
					  ? "none"
					  : rows[i].authorization;
		int before = scene.hashes;

		CHECK_ROW(row, ask(s, &a, rows[i].authorization,
				   source_v4(1)) == ERR_AUTH);
		CHECK_ROW(row, a.op.caller == NULL);
		CHECK_ROW(row, a.res.headers_n == 1);
		CHECK_ROW(row, unit_same(header(&a, "WWW-Authenticate"),
					 "Basic realm=\"mail.x.example\""));
		CHECK_ROW(row, scene.hashes - before == rows[i].hashes);
		CHECK_ROW(row, unit_same(a.op.reason, rows[i].reason));
	}
}

static void
the_realm_is_the_one_set_or_the_host(void **state)
{
	static const struct {
		const char *url, *realm, *shown;
	} rows[] = {
		/* clang-format off */
		{ "https://mail.x.example:8443", NULL, "Basic realm=\"mail.x.example\"" },
		{ "https://mail.x.example",      NULL, "Basic realm=\"mail.x.example\"" },
		{ "https://[::1]:8443",          NULL, "Basic realm=\"[::1]\"" },
		{ "https://mail.x.example", "Our mail", "Basic realm=\"Our mail\"" },
		/* clang-format on */
	};
	struct stage *s = *state;
	struct ask a;

	for (size_t i = 0; i < COUNT(rows); i++) {
		settings.public_url = rows[i].url;
		settings.realm = rows[i].realm;
		CHECK_ROW(rows[i].shown,
			  ask(s, &a, NULL, source_v4(1)) == ERR_AUTH);
		CHECK_ROW(rows[i].shown,
			  unit_same(header(&a, "WWW-Authenticate"),
				    rows[i].shown));
	}
}

static void
without_tls_nobody_is_asked_and_nobody_is_known(void **state)
{
	struct stage *s = *state;
	const char *sent = person_header(s, 0);
	struct ask a;

	assert_int_equal(ask(s, &a, sent, source_v4(1)), OK);
	for (int i = 0; i < 2; i++) {
		ask_init(s, &a, i == 0 ? sent : NULL, source_v4(1));
		a.req.secure = false;
		assert_int_equal(ask_run(s, &a), ERR_DENIED);
		assert_int_equal(a.res.headers_n, 0);
		assert_null(a.op.caller);
	}
}

static void
a_header_has_its_limit(void **state)
{
	struct stage *s = *state;
	char sent[8 * 1024 + 2];
	struct ask a;

	memset(sent, 'x', sizeof(sent));
	memcpy(sent, "Basic ", 6);
	sent[sizeof(sent) - 1] = '\0';
	assert_int_equal(ask(s, &a, sent, source_v4(1)), ERR_AUTH);
	assert_string_equal(a.op.reason, "credentials that are too long");
	sent[sizeof(sent) - 2] = '\0';
	assert_int_equal(ask(s, &a, sent, source_v4(1)), ERR_AUTH);
	assert_string_equal(a.op.reason, "credentials that are not base64");
}

/* As base/fair.h needs it. */
static void
who_waits_for_a_thread_tells_whose_turn_it_is(void **state)
{
	struct stage *s = *state;
	struct ask first, other, again;

	ask_init(s, &first, basic(s, "p1", "guess"), source_v4(7));
	assert_int_equal(ask_run(s, &first), ERR_WAIT);
	assert_int_equal(first.op.who.rank, RANK_NEW);
	assert_int_equal(ask_again(s, &first), ERR_AUTH);
	/* the same source and another user; the other way round */
	ask_init(s, &other, person_header(s, 2), source_v4(7));
	assert_int_equal(ask_run(s, &other), ERR_WAIT);
	assert_int_equal(other.op.who.rank, RANK_GUESSES);
	assert_int_equal(other.op.who.source, first.op.who.source);
	assert_int_not_equal(other.op.who.user, first.op.who.user);
	assert_int_equal(ask_again(s, &other), OK);
	ask_init(s, &other, basic(s, "P1@X.example", "x"), source_v4(8));
	assert_int_equal(ask_run(s, &other), ERR_WAIT);
	assert_int_equal(other.op.who.rank, RANK_ELSE);
	assert_int_not_equal(other.op.who.source, first.op.who.source);
	assert_int_equal(other.op.who.user, first.op.who.user);
	/* who has been there before, by another form of his name */
	ask_init(s, &again, basic(s, "p2@X.example", "secret 2"), source_v4(7));
	assert_int_equal(ask_run(s, &again), ERR_WAIT);
	assert_int_equal(again.op.who.rank, RANK_KNOWN);
}

static void
a_changed_password_ends_the_old_one_at_once(void **state)
{
	struct stage *s = *state;
	const char *sent = person_header(s, 0);
	struct ask a;

	assert_int_equal(ask(s, &a, sent, source_v4(1)), OK);
	scene.mailbox[0].password = "$y$~new";
	scene.mailbox[0].password_version++;
	assert_int_equal(ask(s, &a, sent, source_v4(1)), ERR_AUTH);
	assert_int_equal(ask(s, &a, basic(s, "p0", "new"), source_v4(1)), OK);
	/* taken away altogether */
	scene.mailbox[0].password = NULL;
	scene.mailbox[0].password_version++;
	assert_int_equal(ask(s, &a, basic(s, "p0", "new"), source_v4(1)),
			 ERR_AUTH);
	scene.mailbox[0].password = "$y$~new";
	scene.removed[0] = true;
	assert_int_equal(ask(s, &a, basic(s, "p0", "new"), source_v4(1)),
			 ERR_AUTH);
}

static void
a_caller_is_remembered_for_as_long_as_is_set(void **state)
{
	struct stage *s = *state;
	const char *sent = person_header(s, 0);
	struct ask a;

	assert_int_equal(ask(s, &a, sent, source_v4(1)), OK);
	s->now_us += 12 * 3600 * SECOND - SECOND;
	assert_int_equal(ask(s, &a, sent, source_v4(1)), OK);
	assert_true(a.op.caller->remembered);
	s->now_us += SECOND;
	assert_int_equal(ask(s, &a, sent, source_v4(1)), OK);
	assert_false(a.op.caller->remembered);
	settings.remember_max_h = 0;
	assert_int_equal(ask(s, &a, sent, source_v4(1)), OK);
	assert_false(a.op.caller->remembered);
	assert_int_equal(ask(s, &a, person_header(s, 1), source_v4(1)), OK);
	assert_int_equal(ask(s, &a, person_header(s, 1), source_v4(1)), OK);
	assert_false(a.op.caller->remembered);
}

static void
trouble_is_no_failed_login(void **state)
{
	static const enum err troubles[] = { ERR_DOWN, ERR_INTERNAL };
	struct stage *s = *state;
	const char *known = person_header(s, 0);
	struct ask a;

	assert_int_equal(ask(s, &a, known, source_v4(1)), OK);
	for (size_t i = 0; i < COUNT(troubles); i++) {
		scene.trouble = troubles[i];
		for (int n = 0; n < 3 * PAIR_FREE; n++) {
			assert_int_equal(ask(s, &a, known, source_v4(1)),
					 troubles[i]);
			assert_int_equal(
				ask(s, &a, person_header(s, 1), source_v4(1)),
				troubles[i]);
			assert_int_equal(a.res.headers_n, 0);
		}
	}
	scene.trouble = OK;
	/* the hash itself fails: no memory for it, or damaged in the store */
	scene.crypt_trouble = ERR_DOWN;
	for (int n = 0; n < 3 * PAIR_FREE; n++) {
		assert_int_equal(ask(s, &a, person_header(s, 1), source_v4(1)),
				 ERR_INTERNAL);
		assert_int_equal(a.op.delay_ms, 0);
	}
	scene.crypt_trouble = OK;
	assert_int_equal(ask(s, &a, person_header(s, 1), source_v4(1)), OK);
	assert_int_equal(counts(s).failed, 0);
	assert_int_equal(counts(s).delayed, 0);
}

static void
requests_without_credentials_never_count(void **state)
{
	struct stage *s = *state;
	struct ask a;

	for (int i = 0; i < 1000; i++)
		assert_int_equal(ask(s, &a, NULL, source_v4(1)), ERR_AUTH);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(ask(s, &a, "Basic ?", source_v4(1)), ERR_AUTH);
	ask_init(s, &a, person_header(s, 0), source_v4(1));
	assert_int_equal(ask_run(s, &a), ERR_WAIT);
	assert_int_equal(a.op.delay_ms, 0);
	assert_int_equal(counts(s).failed, 0);
}

/* Guesses one after the other; how long they took, in seconds. */
static int64_t
guess(struct stage *s, const char *name, int n, struct source source)
{
	int64_t began = s->now_us;
	struct ask a;

	for (int i = 0; i < n; i++) {
		const char *sent = basic(s, name, op_print(s->op, "no %d", i));

		while (ask(s, &a, sent, source) == ERR_LIMIT) {
			int64_t after = 0;

			assert_int_equal(a.res.status, 429);
			assert_true(text_number(header(&a, "Retry-After"), 1,
						3600, &after));
			assert_null(header(&a, "WWW-Authenticate"));
			s->now_us += after * SECOND;
		}
		assert_int_equal(a.err, ERR_AUTH);
	}
	return (s->now_us - began) / SECOND;
}

static void
guessing_one_user_is_slowed_in_any_form_of_his_name(void **state)
{
	static const char *const names[] = { "p0@x.example", "P0", "X\\p0",
					     "alias@x.example" };
	struct stage *s = *state;
	int64_t took = 0;
	struct ask a;

	for (size_t i = 0; i < COUNT(names); i++)
		took += guess(s, names[i], 10, source_v4(1));
	assert_true(took > 30 * PAIR_INTERVAL_MAX_S);
	assert_true(counts(s).delayed > 0);
	assert_int_equal(counts(s).failed, 40);
	/* he himself is served elsewhere, and his neighbour here */
	ask_init(s, &a, person_header(s, 0), source_v4(2));
	assert_int_equal(ask_run(s, &a), ERR_WAIT);
	assert_int_equal(a.op.delay_ms, 0);
	assert_int_equal(ask_again(s, &a), OK);
	ask_init(s, &a, person_header(s, 1), source_v4(1));
	assert_int_equal(ask_run(s, &a), ERR_WAIT);
	assert_int_equal(a.op.delay_ms, 0);
}

static void
guessing_nobody_is_slowed_just_so(void **state)
{
	struct stage *s = *state;

	assert_int_equal(guess(s, "p3@x.example", 20, source_v4(1)),
			 guess(s, "ghost@x.example", 20, source_v4(1)));
	assert_int_equal(counts(s).hashed, 40);
}

static void
a_remembered_caller_never_waits(void **state)
{
	struct stage *s = *state;
	const char *sent = person_header(s, 0);
	struct ask a;

	assert_int_equal(ask(s, &a, sent, source_v4(1)), OK);
	(void)guess(s, "p0@x.example", 30, source_v4(1));
	ask_init(s, &a, sent, source_v4(1));
	assert_int_equal(ask_run(s, &a), OK);
	assert_true(a.op.caller->remembered);
}

static void
guessing_over_many_users_is_slowed_for_that_source(void **state)
{
	struct stage *s = *state;
	int64_t took = 0;
	struct ask a;

	for (unsigned i = 0; i < 2 * SOURCE_FREE; i++)
		took += guess(s, op_print(s->op, "u%u@x.example", i), 1,
			      source_v4(1));
	assert_true(took >= SOURCE_FREE - 1);
	ask_init(s, &a, person_header(s, 0), source_v4(1));
	assert_int_equal(ask_run(s, &a), ERR_WAIT);
	assert_true(a.op.delay_ms > 0);
	ask_init(s, &a, person_header(s, 0), source_v4(2));
	assert_int_equal(ask_run(s, &a), ERR_WAIT);
	assert_int_equal(a.op.delay_ms, 0);
}

static void
an_office_behind_one_address_is_not_slowed(void **state)
{
	struct stage *s = *state;
	int64_t began = s->now_us;
	struct ask a;

	for (unsigned n = 0; n < PEOPLE; n++) {
		if (n % 10 == 0)
			assert_int_equal(ask(s, &a,
					     basic(s, scene.address[n], "typo"),
					     source_v4(1)),
					 ERR_AUTH);
		assert_int_equal(ask(s, &a, person_header(s, n), source_v4(1)),
				 OK);
	}
	assert_int_equal(s->now_us, began);
	assert_int_equal(counts(s).delayed, 0);
}

static void
ipv6_sources_are_networks_of_64_bits(void **state)
{
	struct source a = { .address = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } };
	struct source b = { .address = { 0x20, 0x01, 0x0d, 0xb8, [8] = 9 } };
	struct source c = { .address = { 0x20, 0x01, 0x0d, 0xb8, [7] = 1 } };
	struct stage *s = *state;
	struct ask ask;

	(void)guess(s, "p0@x.example", PAIR_FREE, a);
	ask_init(s, &ask, person_header(s, 0), c);
	assert_int_equal(ask_run(s, &ask), ERR_WAIT);
	assert_int_equal(ask.op.delay_ms, 0);
	assert_int_equal(ask_again(s, &ask), OK);
	ask_init(s, &ask, basic(s, "p0", "secret 0"), b);
	assert_int_equal(ask_run(s, &ask), ERR_WAIT);
	assert_int_equal(ask.op.delay_ms, 1000);
}

static void
who_is_exempt_never_waits(void **state)
{
	struct source inside = source_v4(1);
	struct stage *s = *state;

	settings.penalty_exempt = exempt;
	memcpy(inside.address + 12, (uint8_t[]){ 10, 1, 2, 3 }, 4);
	assert_int_equal(guess(s, "p0@x.example", 100, inside), 0);
	assert_true(guess(s, "p0@x.example", 10, source_v4(1)) > 0);
}

static void
identical_requests_make_one_hash(void **state)
{
	struct stage *s = *state;
	const char *right = person_header(s, 0);
	const char *wrong = basic(s, "p1@x.example", "wrong");
	struct ask a[40];

	for (size_t i = 0; i < COUNT(a); i++) {
		ask_init(s, &a[i], i % 2 == 0 ? right : wrong, source_v4(1));
		assert_int_equal(ask_run(s, &a[i]), ERR_WAIT);
		assert_int_equal(a[i].op.delay_ms, 0);
	}
	for (size_t i = 0; i < COUNT(a); i++)
		assert_int_equal(ask_again(s, &a[i]),
				 i % 2 == 0 ? OK : ERR_AUTH);
	assert_int_equal(scene.hashes, 2);
	assert_int_equal(counts(s).joined, COUNT(a) - 2);
	assert_non_null(header(&a[39], "WWW-Authenticate"));
	/* the wrong ones counted once together */
	ask_init(s, &a[0], basic(s, "p1@x.example", "2nd"), source_v4(1));
	assert_int_equal(ask_run(s, &a[0]), ERR_WAIT);
	assert_int_equal(a[0].op.delay_ms, 0);
}

static void
what_another_found_holds_only_for_the_same_password(void **state)
{
	struct stage *s = *state;
	const char *right = person_header(s, 0);
	struct ask a[3];

	for (size_t i = 0; i < COUNT(a); i++) {
		ask_init(s, &a[i], right, source_v4(1));
		assert_int_equal(ask_run(s, &a[i]), ERR_WAIT);
	}
	assert_int_equal(ask_again(s, &a[0]), OK);
	scene.mailbox[0].password_version++;
	assert_int_equal(ask_again(s, &a[1]), ERR_AUTH);
	assert_non_null(header(&a[1], "WWW-Authenticate"));
	scene.removed[0] = true;
	assert_int_equal(ask_again(s, &a[2]), ERR_AUTH);
	assert_non_null(header(&a[2], "WWW-Authenticate"));
	assert_int_equal(scene.hashes, 1);
}

static void
a_right_password_is_shared_even_where_nobody_is_remembered(void **state)
{
	struct stage *s = *state;
	const char *right = person_header(s, 0);
	struct ask a[2];

	settings.remember_max_h = 0;
	for (size_t i = 0; i < COUNT(a); i++) {
		ask_init(s, &a[i], right, source_v4(1));
		assert_int_equal(ask_run(s, &a[i]), ERR_WAIT);
	}
	for (size_t i = 0; i < COUNT(a); i++)
		assert_int_equal(ask_again(s, &a[i]), OK);
	assert_int_equal(scene.hashes, 1);
	assert_true(a[1].op.caller->mailbox == &scene.mailbox[0]);
}

/* All are let in, for none has failed yet; then few are checked. */
static void
guessing_over_many_users_at_once_gains_nothing(void **state)
{
	static struct ask a[PEOPLE];
	struct stage *s = *state;
	size_t refused = 0;

	for (size_t i = 0; i < PEOPLE; i++) {
		ask_init(s, &a[i], basic(s, scene.address[i], "guess"),
			 source_v4(1));
		assert_int_equal(ask_run(s, &a[i]), ERR_WAIT);
	}
	for (size_t i = 0; i < PEOPLE; i++) {
		if (ask_again(s, &a[i]) != ERR_LIMIT)
			continue;
		assert_int_equal(a[i].res.status, 429);
		assert_non_null(header(&a[i], "Retry-After"));
		refused++;
	}
	assert_int_equal(refused, PEOPLE - SOURCE_FREE - 1);
	assert_int_equal(scene.hashes, SOURCE_FREE + 1);
}

static void
who_comes_too_late_is_not_hashed_and_not_counted(void **state)
{
	struct stage *s = *state;
	struct ask a;

	for (int i = 0; i < 3 * PAIR_FREE; i++) {
		ask_init(s, &a, basic(s, "p0", op_print(s->op, "%d", i)),
			 source_v4(1));
		assert_int_equal(ask_run(s, &a), ERR_WAIT);
		assert_int_equal(a.op.delay_ms, 0);
		a.op.deadline_us = 0;
		assert_int_equal(ask_again(s, &a), ERR_DOWN);
	}
	assert_int_equal(scene.hashes, 0);
}

struct runner {
	struct stage *s;
	struct ask *a;
};

static void *
run_on_thread(void *arg)
{
	struct runner *r = arg;

	(void)ask_again(r->s, r->a);
	return NULL;
}

static void
identical_requests_on_many_threads_make_one_hash(void **state)
{
	struct stage *s = *state;
	struct ask a[8];
	struct runner runner[COUNT(a)];
	pthread_t thread[COUNT(a)];
	const char *wrong = basic(s, "p1@x.example", "wrong");

	scene.hash_us = 20000;
	for (size_t i = 0; i < COUNT(a); i++) {
		ask_init(s, &a[i], wrong, source_v4(1));
		a[i].op.arena = arena_open(4096); /* one a thread */
		a[i].op.deadline_us = op_clock_us() + 60 * SECOND;
		a[i].op.began_us = op_clock_us();
		assert_int_equal(ask_run(s, &a[i]), ERR_WAIT);
		runner[i] = (struct runner){ s, &a[i] };
	}
	for (size_t i = 0; i < COUNT(a); i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run_on_thread,
						&runner[i]),
				 0);
	for (size_t i = 0; i < COUNT(a); i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_int_equal(a[i].err, ERR_AUTH);
		arena_close(a[i].op.arena);
	}
	assert_int_equal(scene.hashes, 1);
}

static void
a_second_run_finds_what_the_first_began_even_after_many_others(void **state)
{
	struct stage *s = *state;
	static struct ask a[3000]; /* more than are kept in flight */

	for (size_t i = 0; i < COUNT(a); i++) {
		ask_init(s, &a[i],
			 basic(s, op_print(s->op, "n%zu@x.example", i), "x"),
			 source_v4((unsigned)i % 250));
		assert_int_equal(ask_run(s, &a[i]), ERR_WAIT);
		assert_int_equal(a[i].op.delay_ms, 0);
	}
	for (size_t i = 0; i < COUNT(a); i++)
		assert_int_equal(ask_again(s, &a[i]), ERR_AUTH);
	assert_int_equal(scene.hashes, COUNT(a));
}

static void
an_op_that_began_where_it_may_wait_is_checked_at_once(void **state)
{
	struct stage *s = *state;
	struct ask a;

	for (int i = 0; i <= PAIR_FREE; i++) {
		ask_init(s, &a, basic(s, "p0", op_print(s->op, "%d", i)),
			 source_v4(1));
		a.op.may_wait = true;
		assert_int_equal(ask_run(s, &a),
				 i < PAIR_FREE ? ERR_AUTH : ERR_LIMIT);
	}
	assert_int_equal(a.res.status, 429);
	assert_string_equal(header(&a, "Retry-After"), "1");
}

static void
a_turn_behind_the_deadline_is_not_waited_for(void **state)
{
	struct stage *s = *state;
	struct ask a;

	(void)guess(s, "p0", PAIR_FREE, source_v4(1));
	ask_init(s, &a, basic(s, "p0", "x"), source_v4(1));
	a.op.deadline_us = op_clock_us() + SECOND / 2;
	assert_int_equal(ask_run(s, &a), ERR_LIMIT);
	assert_int_equal(a.res.status, 429);
}

static void
workers_share_what_they_know(void **state)
{
	struct stage *s = *state;
	struct auth *mine = s->auth, *other;
	const char *sent = person_header(s, 0);
	struct ask a;

	assert_int_equal(
		auth_open(s->op, NULL, s->directory, s->shared, &other), OK);
	assert_int_equal(ask(s, &a, sent, source_v4(1)), OK);
	(void)guess(s, "p1@x.example", PAIR_FREE, source_v4(1));
	s->auth = other;
	assert_int_equal(ask(s, &a, sent, source_v4(1)), OK);
	assert_true(a.op.caller->remembered);
	ask_init(s, &a, person_header(s, 1), source_v4(1));
	assert_int_equal(ask_run(s, &a), ERR_WAIT);
	assert_int_equal(a.op.delay_ms, 1000);
	assert_int_equal(counts(s).hashed, 1 + PAIR_FREE);
	s->auth = mine;
	auth_close(other);
	auth_close(NULL);
}

static void
each_start_of_the_server_has_its_own_key(void **state)
{
	struct stage *s = *state;
	const char *sent = person_header(s, 0);
	struct ask a;

	assert_int_equal(ask(s, &a, sent, source_v4(1)), OK);
	auth_shared_init(s->shared);
	assert_int_equal(ask(s, &a, sent, source_v4(1)), OK);
	assert_false(a.op.caller->remembered);
}

static void
a_new_password_is_hashed_or_refused(void **state)
{
	struct stage *s = *state;
	const char *hash;

	assert_int_equal(auth_hash(s->op, "secret", &hash), OK);
	assert_memory_equal(hash, "$y$", 3);
	assert_int_equal(auth_hash(s->op, "", &hash), ERR_INVALID);
	assert_int_equal(auth_hash(s->op, "caf\xe9", &hash), ERR_INVALID);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		STAGE_TEST(the_right_password_in_any_form_of_the_name),
		STAGE_TEST(whoever_is_nobody_gets_the_same_challenge),
		STAGE_TEST(the_realm_is_the_one_set_or_the_host),
		STAGE_TEST(without_tls_nobody_is_asked_and_nobody_is_known),
		STAGE_TEST(a_header_has_its_limit),
		STAGE_TEST(who_waits_for_a_thread_tells_whose_turn_it_is),
		STAGE_TEST(a_changed_password_ends_the_old_one_at_once),
		STAGE_TEST(a_caller_is_remembered_for_as_long_as_is_set),
		STAGE_TEST(trouble_is_no_failed_login),
		STAGE_TEST(requests_without_credentials_never_count),
		STAGE_TEST(guessing_one_user_is_slowed_in_any_form_of_his_name),
		STAGE_TEST(guessing_nobody_is_slowed_just_so),
		STAGE_TEST(a_remembered_caller_never_waits),
		STAGE_TEST(guessing_over_many_users_is_slowed_for_that_source),
		STAGE_TEST(an_office_behind_one_address_is_not_slowed),
		STAGE_TEST(ipv6_sources_are_networks_of_64_bits),
		STAGE_TEST(who_is_exempt_never_waits),
		STAGE_TEST(identical_requests_make_one_hash),
		STAGE_TEST(identical_requests_on_many_threads_make_one_hash),
		STAGE_TEST(what_another_found_holds_only_for_the_same_password),
		STAGE_TEST(
			a_right_password_is_shared_even_where_nobody_is_remembered),
		STAGE_TEST(guessing_over_many_users_at_once_gains_nothing),
		STAGE_TEST(who_comes_too_late_is_not_hashed_and_not_counted),
		STAGE_TEST(
			a_second_run_finds_what_the_first_began_even_after_many_others),
		STAGE_TEST(
			an_op_that_began_where_it_may_wait_is_checked_at_once),
		STAGE_TEST(a_turn_behind_the_deadline_is_not_waited_for),
		STAGE_TEST(workers_share_what_they_know),
		STAGE_TEST(each_start_of_the_server_has_its_own_key),
		STAGE_TEST(a_new_password_is_hashed_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
