/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whom a mailbox answered, as `oof log --json` and `mailbox export` tell it. */
#include "model/answered.h"
#include "model/store.h"

#include <jansson.h>

/* "waiting", "sending", "sent", "failed", "unknown". */
const char *answered_word(unsigned state);

json_t *answered_json(struct op *op, const struct answered *row);
