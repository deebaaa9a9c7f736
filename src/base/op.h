/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One piece of work for one caller: a request, a delivered mail, a command. It
 * owns the memory of that work, knows until when it is worth doing, and keeps
 * the reason when it fails.
 */
#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/fair.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

struct actor;     /* model/mailbox.h */
struct person;    /* model/person.h */
struct caller;    /* model/mailbox.h */
struct settings;  /* model/settings.h */
struct dev_fault; /* desk/dev_fault.h */

/* What an op that may not wait would have to wait for. */
enum pool {
	POOL_NONE,
	POOL_WRITE,     /* a commit */
	POOL_HASH,      /* a password hash */
	POOL_DIRECTORY, /* another server's answer */
	POOL_IMAGE,     /* the image worker */
	POOL_COUNT,
};

struct op {
	struct arena *arena;
	const struct settings *settings; /* as they were when the op began */
	int64_t now;         /* seconds since 1970, UTC: the op's one clock */
	int64_t began_us;    /* monotonic */
	int64_t deadline_us; /* monotonic: a wing gives up with ERR_DOWN then */
	bool may_wait;       /* on a pool's thread, or in a command */
	enum pool on;        /* whose thread it is; POOL_NONE: no pool's */
	enum pool wait_for;  /* with ERR_WAIT: where to run again, ... */
	unsigned delay_ms;   /* ... and how long to let the caller wait first */
	struct fair_who who; /* ... and whose work it is, if many wait for it */

	/* All that it reads may be as of its first look: set for a request, so
	 * that the store asks but once if somebody else has written. */
	bool one_view;
	const void *view; /* the store's: who has looked, ... */
	unsigned viewed;  /* ... and at what */

	/* What a look-up of a person is to bring along (enum person_want), so
	 * that a source outside is asked but once; and whom it brought. */
	unsigned want;
	const struct person *person;

	/* How far an earlier run of the op came: */
	void *login; /* auth's own */
	void *read;  /* the desk's own: what it has read of the request */

	/* Who changes what is another's: the store writes it into the audit,
	 * with the change. NULL: nobody has to be told. */
	const struct actor *actor;

	struct dev_fault *fault; /* what frontdesk dev has it suffer */

	/* Filled in on the way, for the access line and the counters. */
	const struct caller *caller;
	const char *proof;     /* of who we are, for the caller: a value of
				  WWW-Authenticate in the answer; NULL: none */
	const char *operation; /* "GetUserOofSettings"; never from the input */
	const char *target;    /* the mailbox that was asked for, as sent */
	const char *result;    /* the wire's code, "NoError", "304" */
	const char *reason;    /* of the last FAIL */
};

/* Sets up an op in the caller's memory. The arena stays the caller's. */
void op_init(struct op *op, struct arena *arena,
	     const struct settings *settings, unsigned timeout_ms);

/* Makes the op ready to be run again from its start; keeps clock and arena. */
void op_again(struct op *op, bool may_wait);

/* Milliseconds left until the deadline; 0 when it has passed. */
unsigned op_left_ms(const struct op *op);

/* Monotonic clock, microseconds. */
int64_t op_clock_us(void);

/* Zeroed memory that lives as long as the op. */
void *op_alloc(struct op *op, size_t n);
char *op_text(struct op *op, const char *from, size_t n);
char *op_dup(struct op *op, const char *text);
struct bytes op_bytes(struct op *op, struct bytes from);
char *op_print(struct op *op, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Keeps the reason and returns err. */
enum err op_fail(struct op *op, enum err err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The comma lets the compiler see that a FAIL never returns OK. */
#define FAIL(op, err, ...) (op_fail((op), (err), __VA_ARGS__), (err))

/*
 * OK when the op may wait; else ERR_WAIT, with the pool to run it on. A wing
 * calls it as TRY(op_wait(op, POOL_WRITE)) just before it would wait.
 */
enum err op_wait(struct op *op, enum pool pool);

/* The same for work that this pool alone is to do, for it keeps a processor
 * busy: ERR_WAIT also on a thread of another one. */
enum err op_wait_only(struct op *op, enum pool pool);
