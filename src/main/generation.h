/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A number that the supervisor raises with each reload, as those who follow it
 * see it. */
#include "model/settings.h"

#include <time.h>

struct generation {
	uint64_t *number; /* read only; NULL: no supervisor has been there */
	time_t sought;    /* when it was last looked for, while there is none */
};

/* 0: none yet. One that a supervisor makes later is found within a second. */
uint64_t generation_now(struct generation *g, const struct settings *s);

void generation_close(struct generation *g);
