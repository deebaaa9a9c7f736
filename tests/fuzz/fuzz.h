/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * For every fuzz target: an op with a fixed clock, emptied for each input, so
 * that whatever is used after its op is found. A broken property is an assert.
 */
#include "base/op.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define FUZZ_NOW INT64_C(1795298400) /* 2026-11-21T22:00:00Z */

/* What libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline struct op *
fuzz_op(void)
{
	static struct arena *arena;
	static struct op op;

	if (arena == NULL)
		arena = arena_open(64 * KIB);
	arena_reset(arena);
	op_init(&op, arena, NULL, 60 * 1000);
	op.now = FUZZ_NOW;
	op.may_wait = true;
	return &op;
}

/* The input as a text that ends at its first NUL. */
static inline const char *
fuzz_text(struct op *op, const uint8_t *data, size_t size)
{
	return op_text(op, (const char *)data, size);
}
