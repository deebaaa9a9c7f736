/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each thread keeps its OpenSSL contexts: to fetch an algorithm anew for each
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

/* What a thread keeps. A keyed sum begins with a block made from the key, and
 * nearly all of them are of one key: what that block does is kept as well. */
struct kept {
	EVP_MD_CTX *sum;           /* set up for SHA-256 */
	EVP_MD_CTX *inner, *outer; /* the key's block is behind them */
	uint8_t key[DIGEST_SIZE];
	bool keyed;
};

static pthread_key_t kept_key;
static pthread_once_t kept_once = PTHREAD_ONCE_INIT;

static _Noreturn void
digest_die(const char *what)
{
	(void)fprintf(stderr, "frontdesk: OpenSSL has no %s\n", what);
	abort();
}

static void
kept_free(void *p)
{
	struct kept *k = p;

	EVP_MD_CTX_free(k->sum);
	EVP_MD_CTX_free(k->inner);
	EVP_MD_CTX_free(k->outer);
	OPENSSL_cleanse(k->key, sizeof(k->key));
	free(k);
}

static void
kept_key_make(void)
{
	if (pthread_key_create(&kept_key, kept_free) != 0)
		digest_die("place for a context in each thread");
}

static EVP_MD_CTX *
context_make(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (c == NULL || EVP_DigestInit_ex(c, EVP_sha256(), NULL) != 1)
		digest_die("SHA-256");
	return c;
}

/* This thread's. */
static struct kept *
kept(void)
{
	static _Thread_local struct kept *mine;

	if (mine != NULL)
		return mine;
	(void)pthread_once(&kept_once, kept_key_make);
	mine = calloc(1, sizeof(*mine));
	if (mine == NULL || pthread_setspecific(kept_key, mine) != 0)
		digest_die("memory");
	mine->sum = context_make();
	mine->inner = context_make();
	mine->outer = context_make();
	return mine;
}

void
digest_sha256(struct bytes in, uint8_t out[DIGEST_SIZE])
{
	EVP_MD_CTX *c = kept()->sum;

	if (EVP_DigestInit_ex2(c, NULL, NULL) != 1 ||
	    EVP_DigestUpdate(c, in.p, in.n) != 1 ||
	    EVP_DigestFinal_ex(c, out, NULL) != 1)
		digest_die("SHA-256");
}

void
digest_md5(struct bytes in, uint8_t out[DIGEST_MD5_SIZE])
{
	if (EVP_Digest(in.p, in.n, out, NULL, EVP_md5(), NULL) != 1)
		digest_die("MD5");
}

/* RFC 2104: the key is shorter than a block, so it is never hashed itself. */
static void
block_begin(EVP_MD_CTX *c, const uint8_t key[DIGEST_SIZE], uint8_t pad)
{
	uint8_t block[BLOCK_SIZE];

	memset(block, pad, sizeof(block));
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		block[i] ^= key[i];
	if (EVP_DigestInit_ex2(c, NULL, NULL) != 1 ||
	    EVP_DigestUpdate(c, block, sizeof(block)) != 1)
		digest_die("SHA-256");
	OPENSSL_cleanse(block, sizeof(block));
}

/* The sum of what `from` has behind it and of `in`. */
static void
sum_on(struct kept *k, const EVP_MD_CTX *from, struct bytes in,
       uint8_t out[DIGEST_SIZE])
{
	if (EVP_MD_CTX_copy_ex(k->sum, from) != 1 ||
	    (in.n > 0 && EVP_DigestUpdate(k->sum, in.p, in.n) != 1) ||
	    EVP_DigestFinal_ex(k->sum, out, NULL) != 1)
		digest_die("SHA-256");
}

void
digest_hmac(const uint8_t key[DIGEST_SIZE], struct bytes in,
	    uint8_t out[DIGEST_SIZE])
{
	struct kept *k = kept();
	uint8_t sum[DIGEST_SIZE];

	if (!k->keyed || !digest_equal(k->key, key, DIGEST_SIZE)) {
		block_begin(k->inner, key, 0x36);
		block_begin(k->outer, key, 0x5c);
		memcpy(k->key, key, DIGEST_SIZE);
		k->keyed = true;
	}
	sum_on(k, k->inner, in, sum);
	sum_on(k, k->outer, (struct bytes){ sum, sizeof(sum) }, out);
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
