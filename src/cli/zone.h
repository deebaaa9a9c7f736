/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The time zone of this machine, for what somebody at it types. */
#include "base/op.h"

/* By $TZ, else by /etc/localtime; UTC when neither names one. */
const char *zone_local(struct op *op);
