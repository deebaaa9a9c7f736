/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/store/cache.h"

#include <assert.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_PER_BUCKET 512 /* of the limit: a typical entry */
#define BUCKETS_MIN 16
#define SHARE_MAX 4       /* no entry takes more than 1/4 of the limit */
#define ENTRY_OVERHEAD 16 /* bytes that malloc takes for itself */

struct entry {
	struct entry *next; /* in its bucket */
	struct entry *newer, *older;
	struct cache_key key;
	size_t n;
	alignas(max_align_t) uint8_t data[];
};

struct cache {
	size_t limit, held;
	struct entry *newest, *oldest;
	size_t mask; /* of the number of buckets, a power of two */
	struct entry *bucket[];
};

struct cache *
cache_open(size_t bytes)
{
	struct cache *cache;
	size_t n = BUCKETS_MIN;

	if (bytes == 0)
		return NULL;
	while (n < bytes / BYTES_PER_BUCKET)
		n *= 2;
	cache = calloc(1, sizeof(*cache) + n * sizeof(struct entry *));
	if (cache == NULL)
		return NULL;
	cache->limit = bytes;
	cache->mask = n - 1;
	return cache;
}

void
cache_close(struct cache *cache)
{
	cache_clear(cache);
	free(cache);
}

static uint64_t
mix(uint64_t h)
{
	h *= UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

int64_t
cache_hash(const char *text)
{
	uint64_t h = 1;

	for (; *text != '\0'; text++)
		h = mix(h ^ (uint8_t)*text);
	return (int64_t)h;
}

/* Where the pointer to the entry is kept, or would be. */
static struct entry **
place(struct cache *cache, struct cache_key key)
{
	uint64_t h = mix(mix(mix((uint64_t)key.kind) ^ (uint64_t)key.a) ^
			 (uint64_t)key.b);
	struct entry **at = &cache->bucket[h & cache->mask];

	while (*at != NULL && ((*at)->key.kind != key.kind ||
			       (*at)->key.a != key.a || (*at)->key.b != key.b))
		at = &(*at)->next;
	return at;
}

static size_t
entry_size(size_t n)
{
	return sizeof(struct entry) + n + ENTRY_OVERHEAD;
}

static void
unlink_age(struct cache *cache, struct entry *e)
{
	*(e->newer != NULL ? &e->newer->older : &cache->newest) = e->older;
	*(e->older != NULL ? &e->older->newer : &cache->oldest) = e->newer;
}

static void
link_newest(struct cache *cache, struct entry *e)
{
	e->newer = NULL;
	e->older = cache->newest;
	*(e->older != NULL ? &e->older->newer : &cache->oldest) = e;
	cache->newest = e;
}

static void
drop(struct cache *cache, struct entry **at)
{
	struct entry *e = *at;

	assert(e != NULL); /* each in the list of ages is in the table */
	*at = e->next;
	unlink_age(cache, e);
	cache->held -= entry_size(e->n);
	free(e);
}

struct bytes
cache_find(struct cache *cache, struct cache_key key)
{
	struct entry *e = cache == NULL ? NULL : *place(cache, key);

	if (e == NULL)
		return (struct bytes){ NULL, 0 };
	if (cache->newest != e) {
		unlink_age(cache, e);
		link_newest(cache, e);
	}
	return (struct bytes){ e->data, e->n };
}

void
cache_put(struct cache *cache, struct cache_key key, struct bytes data)
{
	size_t size = entry_size(data.n);
	struct entry **at;
	struct entry *e;

	cache_forget(cache, key);
	if (cache == NULL || size > cache->limit / SHARE_MAX)
		return;
	while (cache->held + size > cache->limit)
		drop(cache, place(cache, cache->oldest->key));
	e = malloc(sizeof(*e) + data.n);
	if (e == NULL)
		return;
	e->key = key;
	e->n = data.n;
	if (data.n > 0)
		memcpy(e->data, data.p, data.n);
	at = place(cache, key);
	e->next = *at;
	*at = e;
	link_newest(cache, e);
	cache->held += size;
}

void
cache_forget(struct cache *cache, struct cache_key key)
{
	struct entry **at = cache == NULL ? NULL : place(cache, key);

	if (at != NULL && *at != NULL)
		drop(cache, at);
}

void
cache_clear(struct cache *cache)
{
	while (cache != NULL && cache->oldest != NULL)
		drop(cache, place(cache, cache->oldest->key));
}

size_t
cache_held(const struct cache *cache)
{
	return cache == NULL ? 0 : cache->held;
}
