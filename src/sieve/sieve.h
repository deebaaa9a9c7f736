/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The rules of oof/oof_guard.h once more, as a script (RFC 5228) that a mail
 * server runs by itself for one mailbox: whatever is switched on, due at some
 * time, or for some senders only, is in it. Pure: the same input makes the same
 * bytes, so that what has not changed is not compiled again.
 */
#include "oof/oof_guard.h"

#define SIEVE_SCRIPT_MAX (16 * MIB) /* bytes, whatever a backend takes */

struct sieve_wish {
	const struct mailbox *mailbox;
	const struct oof_stored *stored;
	size_t aliases_n;
	const char *const *alias;   /* folded */
	size_t inside_n;            /* domains that are inside, folded: */
	const char *const *inside;  /* the organization's, and trusted ones */
	size_t contacts_n;          /* where Known makes a difference */
	const char *const *contact; /* folded */
	const struct oof_options *options;
	const char *const *subjects; /* as of struct reply_wish */
	bool from_recipient;         /* the reply's envelope; else null */
	uint64_t size_max;           /* bytes; 0: SIEVE_SCRIPT_MAX */
	/* It is run by `include` in another's script, and does the same there:
	 * it neither keeps nor stops. A vacation or reject of that script for
	 * the same mail is an error then, and the mail is kept. */
	bool included;
	/* What the server says that it can (its Sieve capabilities); NULL:
	 * what Debian 12's Pigeonhole can. */
	const char *capabilities;
};

struct sieve_script {
	struct bytes text;  /* p NULL: nothing is ever sent, so there is none */
	uint8_t digest[32]; /* SHA-256 of it */
	const char *note;   /* what had to be left out, or is not done by any
			       script, for the effect; NULL */
};

/*
 * ERR_LIMIT: too long, also without contacts and without the plain texts; the
 * reason says how long and how long it may be. ERR_INVALID: an address, a
 * template or a delimiter cannot be written into a script, or the server's
 * Sieve lacks what every script of ours needs.
 */
enum err sieve_write(struct op *op, const struct sieve_wish *in,
		     struct sieve_script *out);
