/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Counters of all workers, in memory that they share: fixed arrays of atomics,
 * no pointers. Each pair of operation and result has a histogram of how long
 * it took; labels come from tables, never from the input.
 */
#include "model/answered.h"
#include "model/auth.h"
#include "model/directory.h"
#include "model/milter.h"
#include "model/publication.h"
#include "model/store.h"

struct buf;
struct metrics;

#define METRICS_TEXT_MAX (4 * MIB) /* of the exposition; all cells fit */

size_t metrics_size(void);

/* Once, by the master, in zeroed memory of metrics_size() bytes aligned for
 * 64 bit. `now`: since when is counted. */
void metrics_init(void *shared, int64_t now);

/* One op is answered. An operation or a result that no table lists, or NULL,
 * counts as "other". */
void metrics_count(struct metrics *m, const char *operation, const char *result,
		   int64_t took_us);

/* Text exposition format 0.0.4. */
void metrics_write(const struct metrics *m, const struct auth_counts *logins,
		   struct buf *buf);

/* Behind it: how the sources of people were asked; nothing where none are. */
void metrics_write_sources(const struct directory_stats_list *sources,
			   struct buf *buf);

/* And what became of the mails that the milter was shown; up: it runs. */
void metrics_write_milter(const struct milter_counts *n, bool up,
			  struct buf *buf);

/* And how absences take effect by scripts. */
void metrics_write_scripts(const struct publication_count *n, struct buf *buf);

/* The same for replies of the milter's. */
void metrics_write_outbox(const struct outbox_count *n, int64_t now,
			  struct buf *buf);
