/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The results of a function that can fail: each is something that a caller acts
 * on. Why it failed is kept in the op (base/op.h), for the log only.
 */
enum err {
	OK = 0,
	ERR_AUTH,      /* nobody we know, or the wrong password */
	ERR_DENIED,    /* known, but may not */
	ERR_NOT_FOUND, /* it does not exist; never "I could not look" */
	ERR_INVALID,   /* the input breaks a rule */
	ERR_LIMIT,     /* the input breaks a limit */
	ERR_CONFLICT,  /* somebody else was first */
	ERR_DOWN,      /* nothing happened; the same call may succeed later */
	ERR_UNKNOWN,   /* it may or may not have happened */
	ERR_WAIT,     /* this thread may not wait: run the op again on a pool */
	ERR_INTERNAL, /* our own mistake, or damaged data */
};

#define ERR_COUNT (ERR_INTERNAL + 1)

/* "ok", "auth", ...: for logs and metrics. */
const char *err_name(enum err err);

/* Passes a failure up. */
#define TRY(call)                                                              \
	do {                                                                   \
		enum err try_err_ = (call);                                    \
		if (try_err_ != OK)                                            \
			return try_err_;                                       \
	} while (0)

/* A foreign handle that is given back when its scope ends. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))
