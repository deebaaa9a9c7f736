/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The parts of the manual and of the completion that come from the tables. */
#include "base/buf.h"

/* The verbs for frontdesk(1), in mdoc. */
void manual_verbs(struct buf *buf);

/* The exit statuses for frontdesk(1), in mdoc. */
void manual_statuses(struct buf *buf);

/* The words that bash completes, as the arms of its `case`. */
void manual_completion(struct buf *buf);
