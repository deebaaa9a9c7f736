/* SPDX-License-Identifier: Apache-2.0 */

/* Callers whose credentials were verified a moment ago, for all workers. */
#include "wing/auth/known.h"

#include <string.h>

#define KEY_WORDS (DIGEST_SIZE / sizeof(uint64_t))
#define WORD_SEAL (KNOWN_WORDS - 1)

/* What a slot says: its words in their order. */
struct content {
	uint64_t key[KEY_WORDS];
	int64_t mailbox;
	int64_t password_version;
	uint32_t verified_s;
	uint32_t life_s;
	uint64_t seal;
};

_Static_assert(sizeof(struct content) == KNOWN_WORDS * sizeof(uint64_t),
	       "a slot holds its content");

/* Each word goes through all that follow: words of two writers, put together,
 * do not pass. */
static uint64_t
content_seal(const struct content *c)
{
	uint64_t words[KNOWN_WORDS], seal = UINT64_C(0x9e3779b97f4a7c15);

	memcpy(words, c, sizeof(words));
	for (size_t i = 0; i < WORD_SEAL; i++) {
		seal = (seal ^ words[i]) * UINT64_C(0xff51afd7ed558ccd);
		seal ^= seal >> 32;
	}
	return seal | 1; /* an empty slot is all zeros */
}

static bool
slot_read(const struct known_slot *slot, struct content *out)
{
	uint64_t words[KNOWN_WORDS];

	for (size_t i = 0; i < KNOWN_WORDS; i++)
		words[i] = atomic_load_explicit(&slot->word[i],
						memory_order_relaxed);
	memcpy(out, words, sizeof(words));
	return out->seal == content_seal(out);
}

static void
slot_write(struct known_slot *slot, const struct content *in)
{
	uint64_t words[KNOWN_WORDS];

	memcpy(words, in, sizeof(words));
	for (size_t i = 0; i < KNOWN_WORDS; i++)
		atomic_store_explicit(&slot->word[i], words[i],
				      memory_order_relaxed);
}

/* The first of the slots that a key can be in. */
static size_t
slot_first(uint64_t key)
{
	return key % (KNOWN_SLOTS / KNOWN_WAYS) * KNOWN_WAYS;
}

bool
known_find(const struct known *k, const uint8_t key[DIGEST_SIZE],
	   struct known_caller *out)
{
	struct content c;
	uint64_t first;

	memcpy(&first, key, sizeof(first));
	for (size_t i = 0; i < KNOWN_WAYS; i++) {
		const struct known_slot *slot = &k->slot[slot_first(first) + i];

		if (atomic_load_explicit(&slot->word[0],
					 memory_order_relaxed) != first ||
		    !slot_read(slot, &c) ||
		    !digest_equal(c.key, key, DIGEST_SIZE))
			continue;
		out->mailbox = c.mailbox;
		out->password_version = c.password_version;
		out->verified_s = c.verified_s;
		out->life_s = c.life_s;
		return true;
	}
	return false;
}

void
known_put(struct known *k, const uint8_t key[DIGEST_SIZE],
	  const struct known_caller *in)
{
	struct content c = { .mailbox = in->mailbox,
			     .password_version = in->password_version,
			     .verified_s = in->verified_s,
			     .life_s = in->life_s },
		       old;
	struct known_slot *best = NULL;
	int64_t best_age = INT64_MAX;

	memcpy(c.key, key, DIGEST_SIZE);
	c.seal = content_seal(&c);
	for (size_t i = 0; i < KNOWN_WAYS; i++) {
		struct known_slot *slot = &k->slot[slot_first(c.key[0]) + i];
		bool used = slot_read(slot, &old);

		if (used && memcmp(old.key, key, DIGEST_SIZE) == 0) {
			best = slot;
			break;
		}
		if (best != NULL &&
		    best_age <= (used ? (int64_t)old.verified_s : -1))
			continue;
		best_age = used ? (int64_t)old.verified_s : -1;
		best = slot;
	}
	slot_write(best, &c);
}
