/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The few threads that ask the store. libmilter's own come and go with its
 * connections, and each thread that reads has a connection to the store of its
 * own; and what a slow store holds up are these alone. A mail waits for them
 * for a bounded time.
 */
#include "door/milter/post.h"
#include "model/milter.h"

#define CREW_THREADS 4
#define CREW_QUEUE_MAX 2000                /* mails */
#define CREW_QUEUE_BYTES_MAX (64 * MIB)    /* of them */
#define CREW_LOOK_WAIT_MS 1000             /* that a mail waits, at DATA ... */
#define CREW_DECIDE_WAIT_MS 2000           /* ... and at its end */
#define CREW_DECIDE_TIMEOUT_MS (60 * 1000) /* when the store gives up */
#define CREW_STUCK_MS 500 /* no thread got free for so long: nobody waits */

struct crew;

/* What its threads do, on one of them. */
typedef void crew_work(struct milter_house *house, struct op *op,
		       struct post *post);

enum err crew_open(struct op *op, struct milter_house *house,
		   crew_work *const work[POST_WORKS], struct crew **out);

/* Does what is in the queue, for that long at most, and ends. False: a thread
 * is still at something; what is left (*left mails) is given up, and the house
 * may not be closed. */
bool crew_close(struct crew *crew, unsigned drain_ms, size_t *left);

enum crew_did {
	CREW_DONE = 1,
	CREW_LATER,   /* it will be done; POST_LOOK: perhaps not */
	CREW_REFUSED, /* there is too much to do already */
	CREW_ENDING,  /* it takes nothing more */
};

/* Hands work over, and waits for it. The post may not be changed after a
 * POST_DECIDE. A POST_LOOK reads its envelope only. */
enum crew_did crew_do(struct crew *crew, struct post *post,
		      enum post_work what);
