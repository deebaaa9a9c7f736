/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/digest.h"
#include "base/text.h"

#include <pthread.h>

/* FIPS 180-4's examples, and lengths around the block of 64 bytes. */
static void
sha256_gives_the_published_digests(void **state)
{
	static const struct {
		const char *text;
		const char *hex;
	} rows[] = {
		/* clang-format off */
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		/* clang-format on */
	};
	uint8_t out[DIGEST_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++) {
		digest_sha256(bytes_of(rows[i].text), out);
		CHECK_ROW(rows[i].text,
			  unit_same(text_hex(*state, (struct bytes){ out, 32 }),
				    rows[i].hex));
	}
}

/* RFC 1321 A.5 */
static void
md5_gives_the_published_digests(void **state)
{
	static const struct {
		const char *text;
		const char *hex;
	} rows[] = {
		/* clang-format off */
		{ "", "d41d8cd98f00b204e9800998ecf8427e" },
		{ "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
		{ "1234567890123456789012345678901234567890"
		  "1234567890123456789012345678901234567890", "57edf4a22be3c955ac49da2e2107b67a" },
		/* clang-format on */
	};
	uint8_t out[DIGEST_MD5_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++) {
		digest_md5(bytes_of(rows[i].text), out);
		CHECK_ROW(
			rows[i].text,
			unit_same(text_hex(*state,
					   (struct bytes){ out, sizeof(out) }),
				  rows[i].hex));
	}
}

/* Checked against openssl dgst -sha256 -hmac. */
static void
hmac_gives_what_openssl_gives(void **state)
{
	static const uint8_t key[] = "01234567890123456789012345678901";
	static const struct {
		const char *text;
		const char *hex;
	} rows[] = {
		/* clang-format off */
		{ "", "0427d5bfaae59d1b082a98c2642c56be1e6263049269b457a57f572678ae3607" },
		{ "hello", "fa051b654b1ab3e6902f3898e4b1f6b9a23787c52fb6f50408d46efe5864f7a1" },
		/* clang-format on */
	};
	uint8_t out[DIGEST_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++) {
		digest_hmac(key, bytes_of(rows[i].text), out);
		CHECK_ROW(rows[i].text,
			  unit_same(text_hex(*state, (struct bytes){ out, 32 }),
				    rows[i].hex));
	}
}

static void *
hash_many(void *arg)
{
	uint8_t key[DIGEST_SIZE] = { 1 }, first[DIGEST_SIZE], out[DIGEST_SIZE];
	int *wrong = arg;

	digest_hmac(key, bytes_of("x"), first);
	for (int i = 0; i < 2000; i++) {
		digest_sha256(bytes_of("something else"), out);
		digest_hmac(key, bytes_of("x"), out);
		*wrong += !digest_equal(first, out, sizeof(out));
	}
	return NULL;
}

static void
threads_do_not_disturb_each_other(void **state)
{
	pthread_t threads[4];
	int wrong[4] = { 0 };

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, hash_many, &wrong[i]),
			0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(wrong[i], 0);
	}
}

static void
crc_goes_on_where_it_stopped(void **state)
{
	struct bytes all = bytes_of("123456789");
	uint32_t sum = digest_crc(0, all);

	(void)state;
	assert_int_equal(sum, 0xcbf43926); /* the check value of CRC-32 */
	for (size_t n = 0; n <= all.n; n++) {
		uint32_t part = digest_crc(0, (struct bytes){ all.p, n });

		assert_int_equal(digest_crc(part, (struct bytes){ all.p + n,
								  all.n - n }),
				 sum);
	}
	assert_int_equal(digest_crc(sum, (struct bytes){ NULL, 0 }), sum);
}

static void
crc_finds_every_changed_bit(void **state)
{
	uint8_t data[64] = "some row of the store";
	struct bytes b = { data, sizeof(data) };
	uint32_t sum = digest_crc(0, b);

	(void)state;
	for (size_t bit = 0; bit < 8 * sizeof(data); bit++) {
		data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_not_equal(digest_crc(0, b), sum);
		data[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

static void
equal_looks_at_every_byte(void **state)
{
	(void)state;
	assert_true(digest_equal("abc", "abc", 3));
	assert_false(digest_equal("abc", "abd", 3));
	assert_false(digest_equal("xbc", "abc", 3));
	assert_true(digest_equal("abc", "abd", 2));
	assert_true(digest_equal("a", "b", 0));
}

static void
random_bytes_fill_all_and_differ(void **state)
{
	uint8_t a[64] = { 0 }, b[64] = { 0 }, none[64] = { 0 };

	(void)state;
	digest_random(a, 32);
	digest_random(b, 32);
	assert_memory_not_equal(a, b, 32);
	assert_memory_not_equal(a, none, 32);
	assert_memory_equal(a + 32, none, 32); /* and not one more */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(sha256_gives_the_published_digests),
		UNIT_TEST(md5_gives_the_published_digests),
		UNIT_TEST(hmac_gives_what_openssl_gives),
		UNIT_TEST(threads_do_not_disturb_each_other),
		UNIT_TEST(crc_goes_on_where_it_stopped),
		UNIT_TEST(crc_finds_every_changed_bit),
		UNIT_TEST(equal_looks_at_every_byte),
		UNIT_TEST(random_bytes_fill_all_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
