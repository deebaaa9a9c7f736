/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Lines for the administrator, on standard error, from the program's own life
 * (start, stop, reload, a part that died). Requests are nginx's access log's.
 * Under systemd each line carries its priority (sd-daemon(3)).
 */
enum log_level {
	LOG_LEVEL_ERROR,   /* somebody must act */
	LOG_LEVEL_WARNING, /* it went on, but not as asked */
	LOG_LEVEL_NOTICE,  /* what an administrator expects to see */
	LOG_LEVEL_DEBUG,
};

/* part: "serve", "clerk", ...; level: the most that is written. */
void log_open(const char *part, enum log_level level);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
