/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Callers whose credentials were verified a moment ago, for all workers: raw
 * shared memory without locks. A slot carries a seal over its words; whoever
 * reads one that is half written, by a worker at work or a worker killed,
 * sees a broken seal and takes it as empty.
 */
#include "base/digest.h"

#include <stdatomic.h>
#include <stdbool.h>

#define KNOWN_SLOTS 65536 /* callers; 4 MiB */
#define KNOWN_WAYS 8      /* slots that one caller can be in */
#define KNOWN_WORDS 8

struct known_slot {
	_Atomic uint64_t word[KNOWN_WORDS];
};

struct known {
	struct known_slot slot[KNOWN_SLOTS];
};

struct known_caller {
	int64_t mailbox;
	int64_t password_version; /* that the credentials were right for */
	uint32_t verified_s;      /* monotonic */
	uint32_t life_s;          /* and for how long */
};

/* key: of the credentials, from digest_hmac with a secret key. */
bool known_find(const struct known *k, const uint8_t key[DIGEST_SIZE],
		struct known_caller *out);

/* The caller verified longest ago makes room. */
void known_put(struct known *k, const uint8_t key[DIGEST_SIZE],
	       const struct known_caller *in);
