/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What libconfuse would let pass in a configuration file, or choke on. */
#include <stddef.h>

/*
 * Refuses what is not UTF-8, control characters, environment expansion,
 * braces and quotes that do not pair (a file cut short), escapes other than
 * \" and \\, and characters that the lexer would silently skip. NULL: fine;
 * else what is wrong and what to do, with its line. Comments become spaces:
 * libconfuse 3.3 counts lines wrongly behind them.
 */
const char *conf_scan(char *file, size_t n, unsigned *line);
