/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How far a long run has come: one line, rewritten, on a terminal only. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bulk_bar {
	int fd; /* -1: no terminal is there */
	bool shown;
	size_t of;
	int64_t began_us;
};

void bulk_bar_begin(struct bulk_bar *bar, size_t of, int fd);
bool bulk_bar_shown(const struct bulk_bar *bar);
void bulk_bar_show(struct bulk_bar *bar, size_t done, size_t failed);
void bulk_bar_hide(struct bulk_bar *bar);

/* The text of the line: "[=====>    ]  1234 of 10000, 3 failed, 2 min left".
 * left_s below 0: nobody knows. Pure. */
#define BULK_BAR_MAX 160 /* bytes with the NUL */
void bulk_bar_text(size_t done, size_t of, size_t failed, int64_t left_s,
		   char out[BULK_BAR_MAX]);

/* A line for people, whether there is a terminal or not. */
void bulk_bar_line(int fd, const char *text);
