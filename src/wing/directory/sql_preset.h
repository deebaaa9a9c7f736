/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The queries for what sites have: see frontdesk.conf(5) for what a query
 * tells. Pure. */
#include "model/settings.h"

#include <stdbool.h>

bool sql_preset_is(const char *preset);

/* Is there one for that kind of database? */
bool sql_preset_has(const char *preset, const char *driver);

/* The section's own where it has them, else its preset's, else NULL. */
struct sql_queries {
	const char *person, *alias, *list;
};
void sql_queries(const struct sql_section *section, struct sql_queries *out);
