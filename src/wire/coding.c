/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/coding.h"

#include "base/buf.h"
#include "base/text.h"

#include <assert.h>
#include <limits.h>
#define ZLIB_CONST /* zlib does not write on its input */
#include <zlib.h>

#define CHUNK_SIZE (16 * KIB)
#define WINDOW_GZIP (MAX_WBITS + 16) /* zlib: gzip's frame and no other */
#define GROWTH 4                     /* times: how XML usually comes out */

static const struct {
	const char *name;
	enum coding coding;
} codings[] = {
	{ "", CODING_IDENTITY },
	{ "identity", CODING_IDENTITY },
	{ "gzip", CODING_GZIP },
	{ "x-gzip", CODING_GZIP }, /* RFC 9110 8.4.1.3 */
};

enum coding
coding_find(const char *header)
{
	if (header == NULL)
		return CODING_IDENTITY;
	for (size_t i = 0; i < COUNT(codings); i++) {
		if (text_case_equal(header, codings[i].name))
			return codings[i].coding;
	}
	return CODING_UNKNOWN;
}

static void
stream_end(z_stream *z)
{
	(void)inflateEnd(z);
}

/* One member, to its end. */
static enum err
member_inflate(struct op *op, z_stream *z, struct buf *buf)
{
	uint8_t chunk[CHUNK_SIZE];
	int got;

	do {
		z->next_out = chunk;
		z->avail_out = CHUNK_SIZE;
		got = inflate(z, Z_NO_FLUSH);
		if (got == Z_MEM_ERROR)
			return FAIL(op, ERR_DOWN, "no memory for zlib");
		if (got != Z_OK && got != Z_STREAM_END)
			return FAIL(op, ERR_INVALID, "a damaged gzip body: %s",
				    z->msg != NULL ? z->msg : "it is cut");
		buf_add(buf, chunk, CHUNK_SIZE - z->avail_out);
		TRY(buf_err(buf));
	} while (got != Z_STREAM_END);
	return OK;
}

static enum err
gunzip(struct op *op, struct bytes in, size_t max, struct bytes *out)
{
	CLEANUP(stream_end) z_stream z = { 0 };
	size_t hint = in.n < max / GROWTH ? in.n * GROWTH : max;
	struct buf buf;

	if (in.n > UINT_MAX) /* zlib counts so far */
		return FAIL(op, ERR_LIMIT, "a gzip body of %zu bytes", in.n);
	if (inflateInit2(&z, WINDOW_GZIP) != Z_OK)
		return FAIL(op, ERR_DOWN, "zlib does not start");
	buf_init(&buf, op, hint, max);
	z.next_in = in.p;
	z.avail_in = (uInt)in.n;
	for (unsigned members = 0; members == 0 || z.avail_in > 0; members++) {
		if (members == CODING_MEMBERS_MAX)
			return FAIL(op, ERR_LIMIT, "too many gzip members");
		if (members > 0 && inflateReset(&z) != Z_OK)
			return FAIL(op, ERR_INTERNAL, "zlib does not go on");
		TRY(member_inflate(op, &z, &buf));
	}
	*out = buf_bytes(&buf);
	return OK;
}

enum err
coding_decode(struct op *op, enum coding coding, struct bytes in, size_t max,
	      struct bytes *out)
{
	assert(coding != CODING_UNKNOWN);
	if (coding == CODING_GZIP)
		return gunzip(op, in, max, out);
	if (in.n > max)
		return FAIL(op, ERR_LIMIT, "a body of %zu bytes", in.n);
	*out = in;
	return OK;
}
