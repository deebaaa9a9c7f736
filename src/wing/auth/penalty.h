/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who guesses is slowed, for all workers: raw shared memory under robust locks,
 * which outlive a worker that is killed with one. Two things are counted:
 * - attempts of one user from one source, until one succeeds. From the
 *   PAIR_FREE + 1st on each has to wait for its turn. An attempt counts when
 *   it begins, so that many at once gain nothing.
 * - users of one source whose password was wrong, in so far as none of them
 *   succeeded. Above a limit that rises with those who do, all from there
 *   who never succeeded have to wait for a turn.
 * Turns far ahead are not given at all: come back later. Nobody is ever locked
 * out elsewhere, and all is forgotten with time.
 * What is counted also tells who goes first where many wait at once, and for
 * that alone failures of a user are counted wherever they come from.
 */
#include "base/op.h"

#include <pthread.h>

#define PAIR_SLOTS 16384 /* pairs of a source and a user */
#define SOURCE_SLOTS 4096
#define USER_SLOTS 8192
#define PENALTY_WAYS 8     /* slots that one of them can be in */
#define PENALTY_STRIPES 64 /* locks of each table */

#define PAIR_FREE 5            /* attempts without a wait */
#define PAIR_INTERVAL_MAX_S 16 /* it doubles from 1 s to this */
#define PAIR_FORGET_S 120      /* one attempt is forgotten in this */
#define PAIR_COUNT_MAX 30      /* so much can be to be forgotten */
#define PAIR_GOOD_S                                                            \
	(INT64_C(30) * 24 * 3600) /* a user who succeeded is trusted */
#define PAIR_TOLD_S                                                            \
	(INT64_C(24) * 3600)    /* a source counts a user once in this */
#define SOURCE_FREE 25          /* users who failed */
#define SOURCE_GOOD_PER_FREE 8  /* users who succeeded, for one more */
#define SOURCE_INTERVAL_MAX_S 8 /* it doubles from 1 s to this */
#define SOURCE_FORGET_S 60      /* one user is forgotten in this */
#define SOURCE_COUNT_MAX 1000   /* so much can be to be forgotten */
#define USER_FORGET_S 60        /* one failure of a user is forgotten in this */
#define USER_COUNT_MAX 30       /* so much can be to be forgotten */
#define PENALTY_WAIT_MAX_S 10   /* a turn further ahead is not given */

struct penalty_entry {
	uint64_t key[2];  /* zeros: empty */
	int64_t turn_us;  /* the last turn that was given */
	int64_t count_us; /* up to when `count` has been forgotten */
	int64_t seen_us;
	int64_t good_us; /* a pair: when it succeeded; 0: never */
	int64_t told_us; /* a pair: when its source counted it; 0: never */
	uint32_t count;  /* attempts of a pair, users of a source, failures of
			    a user */
	uint32_t good;   /* users of a source who succeeded */
};

struct penalty_pairs {
	pthread_mutex_t lock[PENALTY_STRIPES];
	struct penalty_entry entry[PAIR_SLOTS];
};

struct penalty_sources {
	pthread_mutex_t lock[PENALTY_STRIPES];
	struct penalty_entry entry[SOURCE_SLOTS];
};

struct penalty_users {
	pthread_mutex_t lock[PENALTY_STRIPES];
	struct penalty_entry entry[USER_SLOTS];
};

struct penalties {
	struct penalty_pairs pairs;
	struct penalty_sources sources;
	struct penalty_users users;
};

/* Who attempts. The keys come from digest_hmac with a secret key. */
struct penalty_who {
	uint64_t pair[2];
	uint64_t source[2]; /* zeros: the source as a whole is not watched */
	uint64_t user[2];
	bool waited; /* the source's turn was waited for */
};

/* In zeroed memory that is shared. */
void penalty_init(struct penalties *p);

/*
 * An attempt begins: *wait_us is how long until its turn, 0 for now. ERR_LIMIT:
 * its turn would be too far ahead; it may be asked for in *wait_us.
 */
enum err penalty_begin(struct penalties *p, struct penalty_who *who,
		       int64_t now_us, int64_t *wait_us);

/*
 * Its turn has come; has its source begun to be slowed meanwhile, when it had
 * not waited for that? Then *wait_us is when to come back.
 */
enum err penalty_turn(struct penalties *p, const struct penalty_who *who,
		      int64_t now_us, int64_t *wait_us);

/* Who goes first, of those whose turn has come. */
enum penalty_rank {
	RANK_KNOWN,  /* the user has succeeded from there before */
	RANK_NEW,    /* nothing is known against him */
	RANK_ELSE,   /* passwords for him have been wrong, wherever */
	RANK_GUESSES /* he has failed there, or more from there have than not */
};

/* Of an attempt that has begun. */
enum penalty_rank penalty_rank(struct penalties *p,
			       const struct penalty_who *who, int64_t now_us);

/* How it ended: the password was right, or wrong, or nobody knows. */
void penalty_passed(struct penalties *p, const struct penalty_who *who,
		    int64_t now_us);
void penalty_failed(struct penalties *p, const struct penalty_who *who,
		    int64_t now_us);
void penalty_unknown(struct penalties *p, const struct penalty_who *who,
		     int64_t now_us);
