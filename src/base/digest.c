/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each thread keeps one OpenSSL context: to fetch an algorithm anew for each
 * digest costs more than the digest.
 */
#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define BLOCK_SIZE 64   /* bytes of SHA-256's block, RFC 2104 */
#define RANDOM_BITS 256 /* strength asked of the generator */

static pthread_key_t context_key;
static pthread_once_t context_once = PTHREAD_ONCE_INIT;

static _Noreturn void
digest_die(const char *what)
{
	(void)fprintf(stderr, "frontdesk: OpenSSL has no %s\n", what);
	abort();
}

static void
context_free(void *p)
{
	EVP_MD_CTX_free(p);
}

static void
context_key_make(void)
{
	if (pthread_key_create(&context_key, context_free) != 0)
		digest_die("place for a context in each thread");
}

/* This thread's context, set up for SHA-256. */
static EVP_MD_CTX *
context(void)
{
	static _Thread_local EVP_MD_CTX *kept;

	if (kept != NULL)
		return kept;
	(void)pthread_once(&context_once, context_key_make);
	kept = EVP_MD_CTX_new();
	if (kept == NULL || EVP_DigestInit_ex(kept, EVP_sha256(), NULL) != 1)
		digest_die("SHA-256");
	if (pthread_setspecific(context_key, kept) != 0)
		digest_die("memory");
	return kept;
}

/* SHA-256 of two pieces, one after the other. */
static void
digest_two(struct bytes a, struct bytes b, uint8_t out[DIGEST_SIZE])
{
	EVP_MD_CTX *c = context();

	if (EVP_DigestInit_ex2(c, NULL, NULL) != 1 ||
	    EVP_DigestUpdate(c, a.p, a.n) != 1 ||
	    (b.n > 0 && EVP_DigestUpdate(c, b.p, b.n) != 1) ||
	    EVP_DigestFinal_ex(c, out, NULL) != 1)
		digest_die("SHA-256");
}

void
digest_sha256(struct bytes in, uint8_t out[DIGEST_SIZE])
{
	digest_two(in, (struct bytes){ NULL, 0 }, out);
}

/* RFC 2104. The key is shorter than a block, so it is never hashed itself. */
void
digest_hmac(const uint8_t key[DIGEST_SIZE], struct bytes in,
	    uint8_t out[DIGEST_SIZE])
{
	uint8_t inner[BLOCK_SIZE], outer[BLOCK_SIZE], sum[DIGEST_SIZE];

	memset(inner, 0x36, sizeof(inner));
	memset(outer, 0x5c, sizeof(outer));
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		inner[i] ^= key[i];
		outer[i] ^= key[i];
	}
	digest_two((struct bytes){ inner, sizeof(inner) }, in, sum);
	digest_two((struct bytes){ outer, sizeof(outer) },
		   (struct bytes){ sum, sizeof(sum) }, out);
	OPENSSL_cleanse(inner, sizeof(inner));
	OPENSSL_cleanse(outer, sizeof(outer));
}

void
digest_random(void *out, size_t n)
{
	if (RAND_priv_bytes_ex(NULL, out, n, RANDOM_BITS) != 1)
		digest_die("randomness");
}

bool
digest_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

uint32_t
digest_crc(uint32_t sum, struct bytes in)
{
	/* zlib takes NULL for "start anew" */
	if (in.n == 0)
		return sum;
	return (uint32_t)crc32_z(sum, in.p, in.n);
}
