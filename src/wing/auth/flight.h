/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Password checks under way in this process: whoever asks what is being found
 * out already shares the outcome.
 */
#include "base/digest.h"
#include "base/op.h"

struct flights;

#define FLIGHTS_MAX                                                            \
	2048 /* checks at once; the oldest that waits makes room               \
	      */

struct flights *flights_open(void);
void flights_close(struct flights *f);

/* Whose password turned out to be right. */
struct flight_passed {
	int64_t mailbox;
	int64_t password_version;
};

enum flight_outcome {
	FLIGHT_MINE,   /* find it out, then call flights_end */
	FLIGHT_PASSED, /* somebody else did, after `since` */
	FLIGHT_FAILED,
	FLIGHT_LATE, /* the op's deadline has passed */
};

/* Is a check with this key under way? Then *turn_us is its turn. *since: for
 * flights_take. */
bool flights_join(struct flights *f, const uint8_t key[DIGEST_SIZE],
		  uint64_t *since, int64_t *turn_us);

/* Announces a check that will be made at turn_us; also one that was taken, and
 * goes on elsewhere: who waited for it goes there too. */
void flights_announce(struct flights *f, const uint8_t key[DIGEST_SIZE],
		      uint64_t *since, int64_t turn_us);

/* Takes the check over, or waits for its outcome. Only where the op may wait.
 */
enum flight_outcome flights_take(struct flights *f, const struct op *op,
				 const uint8_t key[DIGEST_SIZE], uint64_t since,
				 struct flight_passed *out);

/* The outcome of a check that was FLIGHT_MINE: FLIGHT_PASSED, FLIGHT_FAILED;
 * or FLIGHT_LATE, when nobody could find out. */
void flights_end(struct flights *f, const uint8_t key[DIGEST_SIZE],
		 enum flight_outcome outcome,
		 const struct flight_passed *passed);
