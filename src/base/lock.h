/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Locks on a folder, one a purpose, which end with their holder however that
 * dies: "serve" (one supervisor a store), "clerk" (one for background work),
 * "milter" (somebody answers mails).
 */
#include "base/op.h"

#include <sys/types.h>

/* The names in use. */
#define LOCK_SERVE "serve" /* a supervisor: SIGHUP to it reloads */
#define LOCK_CLERK "clerk"
#define LOCK_MILTER "milter"

struct lock;

/*
 * Makes DIR/NAME.lock and holds it. ERR_CONFLICT: somebody else does; the
 * reason has his process id. A child does not inherit it over exec.
 */
enum err lock_open(struct op *op, const char *dir, const char *name,
		   struct lock **out);

/* Who holds it, as seen from another process; 0: nobody. */
pid_t lock_holder(struct op *op, const char *dir, const char *name);

/* Takes NULL. */
void lock_close(struct lock *lock);
