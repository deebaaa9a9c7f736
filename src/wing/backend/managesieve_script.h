/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Scripts at a server where their owner has some of his own: which are ours,
 * the one that runs ours and then his, and what his does. Pure.
 */
#include "base/op.h"

#define MS_STAMP_SIZE 160 /* bytes that a script grows by: at most */
#define MS_INCLUDES_MAX 16

enum ms_owner {
	MS_OURS = 1,
	MS_CHANGED, /* ours, and somebody has changed it since */
	MS_THEIRS,
};

/* A script with the line in front that says that it is ours. */
struct bytes ms_stamp(struct op *op, struct bytes script);

/* Whose it is; *script: without that line, if it is or was ours. */
enum ms_owner ms_owner(struct op *op, struct bytes all, struct bytes *script);

/*
 * The script that runs `ours`, and then `run`; stamped. Either may be missing
 * by then: mail is filed all the same. before: what was active, and will be
 * again; mostly it is `run`.
 */
struct bytes ms_wrapper(struct op *op, const char *ours, const char *before,
			const char *run);

/* A script that runs this one, and is not right if there is none. */
struct bytes ms_runner(struct op *op, const char *name);

/* Which was active before; NULL: it does not say. The script is unstamped. */
const char *ms_wrapper_before(struct op *op, struct bytes script);

/* What a script does that matters to us. */
struct ms_peek {
	bool answers; /* it may answer mails: it has a vacation */
	size_t n;     /* scripts of the same person that it includes */
	const char *include[MS_INCLUDES_MAX];
};

/* What is not Sieve does nothing. Blocks of `if false` do not count. */
void ms_peek(struct op *op, struct bytes script, struct ms_peek *out);

/* Can it be the name of a script that we name in one (RFC 5804 1.6)? */
bool ms_is_name(struct bytes name);
