/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The background work on a store, one row for each kind (clerk_jobs.c); each
 * runs on a thread of its own (clerk.c), so that a long one holds up nobody.
 */
#include "main/open.h"

struct job {
	const char *name;
	unsigned every_s; /* after it went well; at first at once */
	/* On a thread of its own, with settings read for this run. */
	enum err (*run)(struct op *op, struct wings *wings);
};

#define CLERK_JOBS_MAX 16

extern const struct job clerk_jobs[];
extern const size_t clerk_jobs_n;
