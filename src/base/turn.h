/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The same work once at a time in this process: whoever wants what somebody is
 * at already waits for its end, and looks at what came of it.
 */
#include "base/op.h"

#include <pthread.h>

#define TURNS_MAX 64 /* works at once; more than a pool has threads */

struct turns {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	size_t n;
	int64_t key[TURNS_MAX];
};

#define TURNS_INIT                                                             \
	{                                                                      \
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0,        \
		{                                                              \
			0                                                      \
		}                                                              \
	}

enum turn {
	TURN_MINE,  /* do it, then call turn_end */
	TURN_ENDED, /* somebody else has, just now, well or not */
	TURN_LATE,  /* the op's deadline has passed */
};

/* Waits while somebody is at it. Where there is no place left, everybody has
 * his own turn. */
enum turn turn_begin(struct turns *turns, const struct op *op, int64_t key);

/* The end of a TURN_MINE. */
void turn_end(struct turns *turns, int64_t key);
