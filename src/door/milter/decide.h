/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What becomes of one mail: on a thread of the crew. */
#include "door/milter/crew.h"

/* What has been done; shared with others. Set before there is a crew. */
extern struct milter_counts *decide_counts;

/* Adds one. */
void decide_count(uint64_t *count);

crew_work decide_look; /* POST_LOOK */
crew_work decide_post; /* POST_DECIDE */
