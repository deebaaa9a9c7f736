/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Connections to databases, which the threads of a process share: one that is
 * free is taken before another is made, so that there are as many as ever
 * waited at the same time, not as many as there are threads.
 */
#include "wing/directory/sql_driver.h"

#define SQL_LINKS_MAX 16 /* free ones that are kept */
#define SQL_IDLE_MAX_US INT64_C(60000000)

/*
 * Asks, and waits for timeout_ms of the section and until the op's deadline at
 * most. A connection that was lost while it was free is made anew.
 */
enum err sql_ask(struct op *op, const struct sql_section *section,
		 const struct sql_ask *ask, struct sql_rows *out);

/* Connects anew. */
enum err sql_ping(struct op *op, const struct sql_section *section);

/* Closes those that are free, for tests. */
void sql_links_close(void);
