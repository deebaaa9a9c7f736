/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Digests and random bytes, from OpenSSL; checksums from zlib. */
#include "base/bytes.h"

#include <stdbool.h>

#define DIGEST_SIZE 32 /* bytes of SHA-256 */

void digest_sha256(struct bytes in, uint8_t out[DIGEST_SIZE]);

/* For what others have made with it, never for a secret of ours. */
#define DIGEST_MD5_SIZE 16
void digest_md5(struct bytes in, uint8_t out[DIGEST_MD5_SIZE]);

/* HMAC-SHA256 with a key of DIGEST_SIZE bytes. Thread-safe. */
void digest_hmac(const uint8_t key[DIGEST_SIZE], struct bytes in,
		 uint8_t out[DIGEST_SIZE]);

/* Ends the process when the system has no randomness. */
void digest_random(void *out, size_t n);

/* The same time for equal and unequal. */
bool digest_equal(const void *a, const void *b, size_t n);

/* CRC-32 of ISO 3309, goes on from `sum` (start with 0): finds every single
 * damaged run of up to 32 bits. */
uint32_t digest_crc(uint32_t sum, struct bytes in);
