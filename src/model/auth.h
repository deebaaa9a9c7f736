/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Who is asking. */
#include "model/directory.h"
#include "model/http.h"
#include "model/store.h"

struct auth;

/* Bytes of shared memory that remembered callers and penalties take. */
size_t auth_shared_size(void);

/* Once, before anybody opens it: makes keys and empty tables in zeroed memory
 * that all workers share. */
void auth_shared_init(void *shared);

/* `shared` stays the caller's and must outlive it. */
enum err auth_open(struct op *op, struct store *store,
		   struct directory *directory, void *shared,
		   struct auth **out);
void auth_close(struct auth *a);

/*
 * Finds out who is asking and sets op->caller. ERR_AUTH: nobody; `res` has the
 * challenges. ERR_DENIED: a connection without TLS, where nobody is to be asked
 * for a password. ERR_WAIT: a hash is to be made (POOL_HASH), after
 * op->delay_ms. ERR_LIMIT: this source has to come back later; Retry-After is
 * in `res`, 429. ERR_DOWN: nobody could find out; it is no failed login.
 */
enum err auth_check(struct auth *a, struct op *op, const struct request *req,
		    struct response *res);

/* Is what knows the passwords there, as settings are now? ERR_DOWN says what
 * to do about it. May wait. */
enum err auth_ping(struct op *op);

/* A crypt(5) hash of a new password, with a fresh salt. ERR_LIMIT: too long;
 * ERR_INVALID: empty, or not UTF-8. Takes tens of milliseconds. */
enum err auth_hash(struct op *op, const char *password, const char **out);

/* Is it a whole hash of a kind that crypt(5) can check? ERR_INVALID. */
enum err auth_hash_check(struct op *op, const char *hash);

/* Can one log in by this scheme ("Bearer"), as settings are now? */
bool auth_offers(const struct auth *a, const struct op *op, const char *scheme);

/* Can the keys of negotiate.keytab be read, and are there any? ERR_DOWN. */
enum err auth_keytab_check(struct op *op);

/* What /metrics tells of it. */
struct auth_counts {
	uint64_t remembered, hashed, failed, delayed, joined;
};
void auth_counts(const struct auth *a, struct auth_counts *out);

struct issuer; /* model/settings.h */

/*
 * The clerk's: fetches the issuer's keys if that is due, by its age, or early
 * because a worker met an unknown one, or again after failures. OK also when
 * nothing is due or the keys are a file. ERR_DOWN: the reason says why; those
 * that were fetched before stay.
 */
enum err auth_keys_refresh(struct op *op, const struct issuer *issuer);

/* Can the issuer's keys be read? *out tells of them; *stale: those that were
 * fetched once, for now it fails. ERR_DOWN, ERR_INVALID. It may wait for the
 * network. */
enum err auth_keys_check(struct op *op, const struct issuer *issuer,
			 const char **out, bool *stale);
