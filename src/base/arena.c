/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks of rising size, cut from front to back. After a reset at most one
 * block is left, as large as the last op needed: the next one never looks
 * for room. Under the address sanitizer what is not taken is poisoned.
 */
#include "base/arena.h"
#include "base/bytes.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#endif

#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#define REDZONE 16 /* bytes between pieces, so that overruns are found */
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define REDZONE 0
#endif

#define ALIGN alignof(max_align_t)
#define BLOCK_MIN 4096           /* bytes of the first block */
#define BLOCK_MAX MIB            /* bytes; a larger piece gets its own */
#define PIECE_MAX (SIZE_MAX / 4) /* no sum below can overflow */
#define OWN_BLOCK_SHARE 4        /* a piece above 1/4 of a block gets its own */

struct block {
	struct block *next; /* older */
	size_t room;
	alignas(max_align_t) uint8_t p[];
};

struct arena {
	uint8_t *at, *end; /* what is left of the block being cut */
	struct block *blocks;
	size_t keep;
	size_t held;
	size_t step; /* room of the next block */
};

static _Noreturn void
out_of_memory(size_t n)
{
	(void)fprintf(stderr, "frontdesk: no memory for %zu bytes\n", n);
	abort();
}

static void *
take_from_system(size_t n)
{
	void *p = malloc(n);

	if (p == NULL)
		out_of_memory(n);
	return p;
}

struct arena *
arena_open(size_t keep)
{
	struct arena *arena = take_from_system(sizeof(*arena));

	*arena = (struct arena){ .keep = keep, .step = BLOCK_MIN };
	return arena;
}

static void
blocks_free(struct arena *arena)
{
	while (arena->blocks != NULL) {
		struct block *b = arena->blocks;

		arena->blocks = b->next;
		ASAN_UNPOISON_MEMORY_REGION(b->p, b->room);
		free(b);
	}
	arena->at = arena->end = NULL;
	arena->held = 0;
	arena->step = BLOCK_MIN;
}

void
arena_close(struct arena *arena)
{
	if (arena == NULL)
		return;
	blocks_free(arena);
	free(arena);
}

static struct block *
block_add(struct arena *arena, size_t room)
{
	struct block *b = take_from_system(sizeof(*b) + room);

	b->room = room;
	b->next = arena->blocks;
	arena->blocks = b;
	arena->held += room;
	ASAN_POISON_MEMORY_REGION(b->p, room);
	return b;
}

static void
block_cut(struct arena *arena, struct block *b)
{
	arena->at = b->p;
	arena->end = b->p + b->room;
}

/* One block is kept, large enough for another op like the last one. */
void
arena_reset(struct arena *arena)
{
	struct block *b = arena->blocks;
	size_t room = arena->held < arena->keep ? arena->held : arena->keep;

	if (b == NULL)
		return;
	if (b->next != NULL || b->room > arena->keep) {
		blocks_free(arena);
		if (room < BLOCK_MIN)
			return;
		b = block_add(arena, room - room % ALIGN);
		arena->step = b->room < BLOCK_MAX ? b->room : BLOCK_MAX;
	}
	ASAN_POISON_MEMORY_REGION(b->p, b->room);
	block_cut(arena, b);
}

/* n is rounded up already. */
static void *
alloc_slow(struct arena *arena, size_t n)
{
	struct block *b;
	uint8_t *p;

	/* The block being cut stays in use beside a large piece. */
	if (n > arena->step / OWN_BLOCK_SHARE && arena->at != NULL)
		return block_add(arena, n)->p;

	b = block_add(arena, n < arena->step ? arena->step : n);
	if (arena->step < BLOCK_MAX)
		arena->step *= 2;
	block_cut(arena, b);
	p = arena->at;
	arena->at += n;
	return p;
}

void *
arena_alloc_raw(struct arena *arena, size_t n)
{
	size_t whole;
	void *p;

	if (n > PIECE_MAX)
		out_of_memory(n);
	whole = (n + REDZONE + (n == 0) + ALIGN - 1) & ~(ALIGN - 1);
	if (whole <= (size_t)(arena->end - arena->at)) {
		p = arena->at;
		arena->at += whole;
	} else {
		p = alloc_slow(arena, whole);
	}
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	return p;
}

void *
arena_alloc(struct arena *arena, size_t n)
{
	return memset(arena_alloc_raw(arena, n), 0, n);
}

const char *
arena_text(struct arena *arena, const char *text)
{
	size_t n = strlen(text) + 1;

	return memcpy(arena_alloc_raw(arena, n), text, n);
}

size_t
arena_held(const struct arena *arena)
{
	return arena->held;
}
