/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where a picture is decoded: a process that can take memory, read its
 * request and write its answer, and nothing else. Whatever a picture makes a
 * codec do, it ends there.
 */
#include "base/op.h"

#define JAIL_MEMORY_MAX (640 * MIB) /* address space: 64 megapixels, worst */
#define JAIL_CPU_S_MAX 14           /* seconds of work */
#define JAIL_WALL_S_MAX 18          /* seconds of life, waiting included */

/* Once, before the first child: what libraries read from files is read. */
void jail_prepare(void);

/*
 * Locks this process in for ever, with file descriptor 0 as its only one.
 * False when the kernel would not: then nothing may be decoded here.
 */
bool jail_enter(void);
