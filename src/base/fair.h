/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who waits for the few threads of a pool, and who is next:
 * - a better rank goes before a worse one, for who looks like guessing is to
 *   keep nobody else waiting;
 * - within a rank each source has an equal share, and each user: of many from
 *   one of them, each goes behind somebody of every other;
 * - among equals the first goes first. Who has waited too long goes behind
 * those who have not, the last of them first: in a flood that nothing tells
 * from strangers, most are answered in time instead of all too late;
 * - one of FAIR_ELDEST_EVERY is the one that has waited longest of all, so that
 *   nobody waits for ever.
 * Pure, and for one thread: it has neither locks nor a clock.
 */
#include <stdbool.h>
#include <stdint.h>

#define FAIR_RANKS 4
#define FAIR_MAX 1024 /* who can wait */
#define FAIR_PATIENCE_US INT64_C(2500000)
#define FAIR_WAIT_MAX_US INT64_C(10000000)
#define FAIR_ELDEST_EVERY 8

struct fair_who {
	unsigned rank;         /* 0 goes first */
	uint64_t source, user; /* hashes; 0: of nobody in particular */
};

struct fair;

/* NULL: no memory. */
struct fair *fair_open(void);
void fair_close(struct fair *f);

/*
 * `what` waits from now on. NULL: there was room. Else it is who had to make
 * room, the last of the worst rank: that may be `what` itself.
 */
void *fair_put(struct fair *f, const struct fair_who *who, int64_t now_us,
	       void *what);

/* Who has waited for FAIR_WAIT_MAX_US, and is to be told so; NULL: nobody. */
void *fair_give_up(struct fair *f, int64_t now_us);

/* Who is next; NULL: nobody waits. */
void *fair_take(struct fair *f, int64_t now_us);
