/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The parts of the manual and of the completion that come from the tables. */
#include "base/buf.h"

/* The verbs for frontdesk(1), in mdoc. */
void manual_verbs(struct buf *buf);

/* The exit statuses for frontdesk(1), in mdoc. */
void manual_statuses(struct buf *buf);

/* Breaks the lines of mdoc that are longer than MANUAL_COLUMNS, but those of
 * examples and macros. */
#define MANUAL_COLUMNS 78
void manual_wrap(struct buf *buf, const char *mdoc);

/* The words that bash completes, as the arms of its `case`. */
void manual_completion(struct buf *buf);

/* One of them by its name: verbs, statuses, settings, completion, example. */
enum err manual_part(struct op *op, const char *name, const char **out);
