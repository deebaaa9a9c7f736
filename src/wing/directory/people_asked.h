/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What one process asks of its sources, and has asked a moment ago: the same
 * question is put once at a time, one whose answer was "nobody" not again for
 * a minute, and a source that does not answer is left alone for a while.
 * Threads share it.
 */
#include "base/op.h"

#define ASKED_NOBODY_US INT64_C(60000000) /* for which "nobody" counts */
#define ASKED_NOBODY_MAX 4096             /* of them; the oldest give way */
#define ASKED_DOWN_US INT64_C(5000000)    /* between two tries at one */
#define ASKED_SOURCES_MAX 64              /* more than the settings take */
#define ASKED_FLIGHTS_MAX 512             /* questions at once */

struct asked;

/* NULL without memory. */
struct asked *asked_open(void);
void asked_close(struct asked *a);

/* One question: to which source, and for whom. */
struct asked_key {
	uint64_t source, whom;
};

/* how: what `whom` is, 'a' an address, 'u' a uid. */
struct asked_key asked_key(const struct asked *a, const char *source, char how,
			   const char *whom);

/* Is it known without asking that the answer is "nobody"? */
bool asked_is_nobody(struct asked *a, struct asked_key key);

/* Is the source to be left alone now? */
bool asked_is_down(struct asked *a, struct asked_key key);

/* Was it, the last time that it was asked? */
bool asked_was_down(struct asked *a, struct asked_key key);

enum ask {
	ASK_MINE,  /* ask it, then call asked_end */
	ASK_ENDED, /* somebody else has, just now: look at what came of it */
	ASK_DOWN,  /* the source is left alone */
	ASK_LATE,  /* the op's deadline has passed */
};

/* Waits while somebody else asks the same. */
enum ask asked_begin(struct asked *a, const struct op *op,
		     struct asked_key key);

/* What came of an ASK_MINE: ERR_DOWN; ERR_NOT_FOUND: nobody; ERR_UNKNOWN: it
 * was not asked after all; anything else: it is there. */
void asked_end(struct asked *a, struct asked_key key, enum err err);
