/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The rows of all settings. */
#include "base/conf.h"

/* Who has to hear when a setting changes. */
enum { PART_OURS, PART_NGINX };

extern const struct conf_table conf_rows;
