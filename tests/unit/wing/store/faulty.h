/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Beneath SQLite, instead of its own file layer and allocator: the n-th call
 * fails, or the power goes and takes what was not synced.
 */
#include <stdbool.h>

enum faulty_call {
	FAULTY_OPEN,
	FAULTY_READ,
	FAULTY_WRITE,
	FAULTY_SYNC,
	FAULTY_TRUNCATE,
	FAULTY_SHM,
	FAULTY_MALLOC
};

/* Before anything of SQLite is used. */
void faulty_init(void);

/* From now on, the n-th such call gives `code` (SQLite's); with `lasting`, so
 * do all after it. */
void faulty_arm(enum faulty_call call, long n, int code, bool lasting);

/* False: the n-th call did not come. */
bool faulty_disarm(void);

/* From now on, what is written and synced is remembered, of files opened from
 * now on. Begins anew with each true: no remembered file may be open then. */
void faulty_remember(bool on);

/* What a disk would hold if the power went now, as files in `dir`: what was
 * synced, and of the rest what chance lets through, in sectors. */
void faulty_power_cut(const char *dir, unsigned seed);
