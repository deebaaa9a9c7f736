/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A row of the audit, as `audit --json` and `mailbox export` tell it. */
#include "model/store.h"

#include <jansson.h>

json_t *audit_json(struct op *op, const struct audit_row *row);
