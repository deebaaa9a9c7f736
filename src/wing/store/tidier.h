/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The thread that moves the logs' pages into the files, beside the writer:
 * what it does holds nobody up. A log can begin anew only when all of it was
 * moved, which the writer sees to when little is left ("ripe").
 */
#include "wing/store/db.h"

#define TIDIER_LARGE 2000 /* pages of a log, before it is tidied under load */
#define TIDIER_HUGE 16000 /* pages: then writers and readers are held up */

struct tidier;

/* path: of the files; must outlive it. */
enum err tidier_open(struct op *op, const char *const path[DB_PARTS],
		     struct tidier **out);

/* Tidies a last time. Takes NULL. */
void tidier_close(struct tidier *t);

/* After each commit: pages in the log of this file now. */
void tidier_note(struct tidier *t, enum db_part part, int backlog);

/* Is it the writer's turn to end what was begun? Once for each time. */
bool tidier_ripe(struct tidier *t, enum db_part part);

/* Tidies soon, however little there is. */
void tidier_now(struct tidier *t);
