/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "wire/coding.h"

#include <zlib.h>

#define MAX (64 * KIB) /* bytes that may come out, in these tests */

/* n bytes of one letter, or of noise. */
static uint8_t *
plain_make(struct op *op, size_t n, bool noise)
{
	uint8_t *plain = op_alloc(op, n + 1);
	uint32_t seed = 1;

	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525 + 1013904223;
		plain[i] = noise ? (uint8_t)(seed >> 24) : 'x';
	}
	return plain;
}

/* The same as one gzip member. */
static struct bytes
member(struct op *op, size_t n, bool noise)
{
	size_t room = n + n / 8 + KIB;
	uint8_t *plain = plain_make(op, n, noise);
	uint8_t *packed = op_alloc(op, room);
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8,
				      Z_DEFAULT_STRATEGY),
			 Z_OK);
	z.next_in = plain;
	z.avail_in = (uInt)n;
	z.next_out = packed;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	n = z.total_out;
	assert_int_equal(deflateEnd(&z), Z_OK);
	return (struct bytes){ packed, n };
}

static struct bytes
joined(struct op *op, struct bytes a, struct bytes b)
{
	uint8_t *p = op_alloc(op, a.n + b.n + 1);

	if (a.n > 0)
		memcpy(p, a.p, a.n);
	if (b.n > 0)
		memcpy(p + a.n, b.p, b.n);
	return (struct bytes){ p, a.n + b.n };
}

static void
codings_are_known_by_name(void **state)
{
	static const struct {
		const char *header;
		enum coding coding;
	} rows[] = {
		{ NULL, CODING_IDENTITY },        { "", CODING_IDENTITY },
		{ "identity", CODING_IDENTITY },  { "gzip", CODING_GZIP },
		{ "GZip", CODING_GZIP },          { "x-gzip", CODING_GZIP },
		{ "deflate", CODING_UNKNOWN },    { "br", CODING_UNKNOWN },
		{ "gzip, gzip", CODING_UNKNOWN }, { "gzip ", CODING_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].header == NULL ? "none" : rows[i].header,
			  coding_find(rows[i].header) == rows[i].coding);
}

static void
what_was_packed_comes_out(void **state)
{
	static const size_t sizes[] = {
		0, 1, 100, 16 * KIB - 1, 16 * KIB, 16 * KIB + 1, MAX - 1, MAX
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct bytes in = member(op, sizes[i], true), out;

		assert_int_equal(coding_decode(op, CODING_GZIP, in, MAX, &out),
				 OK);
		assert_int_equal(out.n, sizes[i]);
		if (out.n > 0)
			assert_memory_equal(out.p, plain_make(op, out.n, true),
					    out.n);
	}
}

static void
members_come_out_one_behind_the_other(void **state)
{
	struct op *op = *state;
	struct bytes in = { NULL, 0 }, out;

	for (unsigned i = 0; i < CODING_MEMBERS_MAX; i++)
		in = joined(op, in, member(op, 3, false));
	assert_int_equal(coding_decode(op, CODING_GZIP, in, MAX, &out), OK);
	assert_int_equal(out.n, 3 * CODING_MEMBERS_MAX);
	assert_memory_equal(out.p, "xxxxxxxxx", 9);
	in = joined(op, in, member(op, 0, false));
	assert_int_equal(coding_decode(op, CODING_GZIP, in, MAX, &out),
			 ERR_LIMIT);
}

static void
more_than_the_limit_is_refused_without_being_unpacked(void **state)
{
	struct op *op = *state;
	struct bytes bomb = member(op, 32 * MIB, false), out;
	size_t held = arena_held(op->arena);

	assert_true(bomb.n < 64 * KIB);
	assert_int_equal(coding_decode(op, CODING_GZIP, bomb, MAX, &out),
			 ERR_LIMIT);
	assert_true(arena_held(op->arena) - held < 4 * MAX);
	assert_int_equal(coding_decode(op, CODING_GZIP,
				       member(op, MAX + 1, true), MAX, &out),
			 ERR_LIMIT);
	assert_int_equal(coding_decode(op, CODING_GZIP,
				       joined(op, member(op, MAX, false),
					      member(op, 1, false)),
				       MAX, &out),
			 ERR_LIMIT);
}

static void
a_damaged_body_is_refused(void **state)
{
	struct op *op = *state;
	struct bytes good = member(op, 1000, true), out;
	uint8_t *bad = op_alloc(op, good.n);

	for (size_t n = 0; n < good.n; n++) { /* cut anywhere */
		struct bytes cut = { good.p, n };

		assert_int_equal(coding_decode(op, CODING_GZIP, cut, MAX, &out),
				 ERR_INVALID);
	}
	memcpy(bad, good.p, good.n);
	bad[good.n - 6] ^= 1; /* the checksum */
	assert_int_equal(coding_decode(op, CODING_GZIP,
				       (struct bytes){ bad, good.n }, MAX,
				       &out),
			 ERR_INVALID);
	assert_int_equal(coding_decode(op, CODING_GZIP,
				       joined(op, good, bytes_of("more")), MAX,
				       &out),
			 ERR_INVALID);
	assert_int_equal(
		coding_decode(op, CODING_GZIP, bytes_of("<a/>"), MAX, &out),
		ERR_INVALID);
}

static void
identity_has_the_same_limit(void **state)
{
	struct op *op = *state;
	struct bytes in = { op_alloc(op, MAX + 1), MAX }, out;

	assert_int_equal(coding_decode(op, CODING_IDENTITY, in, MAX, &out), OK);
	assert_ptr_equal(out.p, in.p);
	in.n++;
	assert_int_equal(coding_decode(op, CODING_IDENTITY, in, MAX, &out),
			 ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(codings_are_known_by_name),
		UNIT_TEST(what_was_packed_comes_out),
		UNIT_TEST(members_come_out_one_behind_the_other),
		UNIT_TEST(
			more_than_the_limit_is_refused_without_being_unpacked),
		UNIT_TEST(a_damaged_body_is_refused),
		UNIT_TEST(identity_has_the_same_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
