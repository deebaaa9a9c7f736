/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What one thread has read, kept up to a number of bytes; the longest unused
 * is dropped first. Every function takes a NULL cache: nothing is kept.
 */
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

enum cache_kind {
	CACHE_ADDRESS = 1, /* a: hash of the address */
	CACHE_MAILBOX,     /* a: mailbox */
	CACHE_OWNER,       /* a: mailbox, b: account */
	CACHE_OOF,         /* a: mailbox */
	CACHE_PHOTO,       /* a: mailbox: the facts */
	CACHE_JPEG,        /* a: mailbox, b: edge */
	CACHE_DOMAIN,      /* a: hash of the name */
	CACHE_PERSON,      /* a: mailbox: the tie */
};

struct cache_key {
	enum cache_kind kind;
	int64_t a, b;
};

struct cache;

/* NULL when bytes is 0, or without memory. */
struct cache *cache_open(size_t bytes);
void cache_close(struct cache *cache);

/* NULL p: not there. Aligned for any type; good until the next call. */
struct bytes cache_find(struct cache *cache, struct cache_key key);

/* Replaces what was there. What is too large to be kept is not. */
void cache_put(struct cache *cache, struct cache_key key, struct bytes data);
void cache_forget(struct cache *cache, struct cache_key key);
void cache_clear(struct cache *cache);

/* Bytes held, for tests. */
size_t cache_held(const struct cache *cache);

/* For keys of text; equal hashes do not mean equal texts. */
int64_t cache_hash(const char *text);
