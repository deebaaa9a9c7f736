/* SPDX-License-Identifier: Apache-2.0 */
/* A Set on a machine without memory: the n-th piece that expat or zlib asks for
 * is refused, for every n, until nothing is refused any more. */
#include "oof/world.h"

#include "torture.h"

#include "desk/ews.h"

#define ZLIB_CONST
#include <zlib.h>

static struct house house;

/* ---- zlib's memory ---- */

static void *
piece_alloc(void *opaque, unsigned n, unsigned size)
{
	(void)opaque;
	return torture_malloc((size_t)n * size);
}

static void
piece_free(void *opaque, void *p)
{
	(void)opaque;
	torture_free(p);
}

/* The linker's names for what stands in for inflateInit2, and for that. */
int __wrap_inflateInit2_(z_stream *z, int bits, const char *version, int size);
int __real_inflateInit2_(z_stream *z, int bits, const char *version, int size);

int
__wrap_inflateInit2_(z_stream *z, int bits, const char *version, int size)
{
	z->zalloc = piece_alloc;
	z->zfree = piece_free;
	return __real_inflateInit2_(z, bits, version, size);
}

/* ---- the test ---- */

static struct bytes
gzipped(struct op *op, struct bytes in)
{
	uint8_t *out = op_alloc(op, in.n + KIB);
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8,
				      Z_DEFAULT_STRATEGY),
			 Z_OK);
	z.next_in = in.p;
	z.avail_in = (uInt)in.n;
	z.next_out = out;
	z.avail_out = (uInt)(in.n + KIB);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	in.n = z.total_out;
	assert_int_equal(deflateEnd(&z), Z_OK);
	return (struct bytes){ out, in.n };
}

static void
a_set_without_memory_stores_nothing_and_says_so(void **state)
{
	struct op *op = *state;
	const struct request req = {
		.method = METHOD_POST,
		.headers = { .content_encoding = "gzip" },
		.body = gzipped(op, message_file(op, "vectors/oof-set.req."
						     "no-replies.xml")),
	};
	unsigned long n = 0;
	unsigned downs = 0;
	bool refused, down;

	world_begin(op, ADA);
	do {
		struct response res = { 0 };
		enum err err;

		op_again(op, true);
		torture_begin(++n);
		err = ews_post(&house, op, &req, &res);
		refused = torture_bit();
		torture_begin(0);
		if (!refused)
			continue;
		/* 503, or a fault; expat 2.5 takes a namespace that it had
		 * no memory to note for one that nobody declared */
		assert_int_equal(world.puts, 0);
		if (err != OK) {
			assert_int_equal(err, ERR_DOWN);
			continue;
		}
		assert_int_equal(res.status, 500);
		down = strcmp(op->result, "ErrorMailboxStoreUnavailable") == 0;
		downs += down;
		assert_true(down ||
			    strcmp(op->result, "ErrorSchemaValidation") == 0);
	} while (refused);
	assert_true(n > 10); /* there was something to refuse */
	assert_true(downs > 10);
	assert_int_equal(world.changes, 1);
	assert_string_equal(op->result, "NoError");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_set_without_memory_stores_nothing_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
