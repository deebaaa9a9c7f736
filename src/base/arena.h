/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The memory of an op: taken piece by piece, given back all at once. Taking
 * does not fail: every size was bounded at the door, and a machine without
 * memory ends the process, which holds no state.
 */
#include <stddef.h>

struct arena;

/* keep: how many bytes arena_reset holds back for the next op. */
struct arena *arena_open(size_t keep);

/* Takes NULL. */
void arena_close(struct arena *arena);

/* Forgets everything taken; pieces beyond `keep` go back to the system. */
void arena_reset(struct arena *arena);

/* n bytes of zeros, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t n);

/* As arena_alloc, but not zeroed: for what is overwritten at once. */
void *arena_alloc_raw(struct arena *arena, size_t n);

/* A copy of a text. */
const char *arena_text(struct arena *arena, const char *text);

/* Bytes held now, for metrics and tests. */
size_t arena_held(const struct arena *arena);
