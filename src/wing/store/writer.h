/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The one thread of a process that writes. Everything that waits while a
 * commit is being synced goes into the next one: many writes, one sync.
 */
#include "wing/store/db.h"

struct writer;

/* path: of the files; must outlive it. */
enum err writer_open(struct op *op, const char *const path[DB_PARTS],
		     struct writer **out);

/* Does what waits, empties the logs, ends the thread. Takes NULL. */
void writer_close(struct writer *w);

/*
 * Runs inside a transaction, on the writer's thread, with the caller's op. A
 * failure takes back what this job did, and only that; it may be run again.
 */
typedef enum err writer_job(struct db *db, struct op *op, void *arg);

/* Has a job done and comes back when its commit is on the disk. ERR_WAIT,
 * ERR_DOWN, ERR_UNKNOWN, or what the job said. */
enum err writer_run(struct writer *w, struct op *op, enum db_part part,
		    writer_job *run, void *arg);

/* Moves the logs' pages into the files soon. */
void writer_tidy(struct writer *w);
