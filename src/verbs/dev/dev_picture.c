/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/dev/dev_picture.h"

#include "base/buf.h"

#include <string.h>
#include <zlib.h>

#define EDGE 648 /* pixels: the largest size of a photo */
/* Of a line of pixels: its filter, then red, green, blue. */
#define LINE (1 + (size_t)EDGE * 3) /* bytes */
#define PNG_MAX (2 * MIB)

struct colour {
	uint8_t red, green, blue;
};

static const struct colour ground = { 0xd7, 0xe3, 0xf4 };
static const struct colour ground_low = { 0x8a, 0xa9, 0xd1 };
static const struct colour head = { 0xf0, 0xc8, 0xa4 };
static const struct colour coat = { 0x2f, 0x5d, 0x8c };

static bool
is_inside(int x, int y, int cx, int cy, int rx, int ry)
{
	int64_t dx = x - cx, dy = y - cy;

	return dx * dx * ry * ry + dy * dy * rx * rx <
	       (int64_t)rx * rx * ry * ry;
}

static uint8_t
between(uint8_t a, uint8_t b, int y)
{
	return (uint8_t)(a + (b - a) * y / EDGE);
}

static struct colour
colour_at(int x, int y)
{
	if (is_inside(x, y, EDGE / 2, EDGE * 2 / 5, EDGE / 6, EDGE / 5))
		return head;
	if (is_inside(x, y, EDGE / 2, EDGE, EDGE * 2 / 5, EDGE * 7 / 20))
		return coat;
	return (struct colour){ between(ground.red, ground_low.red, y),
				between(ground.green, ground_low.green, y),
				between(ground.blue, ground_low.blue, y) };
}

static void
put_number(struct buf *buf, uint32_t n)
{
	const uint8_t big[] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16),
				(uint8_t)(n >> 8), (uint8_t)n };

	buf_add(buf, big, sizeof(big));
}

static void
put_chunk(struct buf *buf, const char *name, const uint8_t *data, size_t n)
{
	uLong sum = crc32(0, (const Bytef *)name, 4);

	put_number(buf, (uint32_t)n);
	buf_add(buf, name, 4);
	buf_add(buf, data, n);
	if (n > 0)
		sum = crc32(sum, data, (uInt)n);
	put_number(buf, (uint32_t)sum);
}

enum err
dev_picture(struct op *op, struct bytes *out)
{
	static const uint8_t magic[] = { 0x89, 'P',  'N',  'G',
					 '\r', '\n', 0x1a, '\n' };
	static const uint8_t header[] = { 0, 0, EDGE >> 8, EDGE & 0xff,
					  0, 0, EDGE >> 8, EDGE & 0xff,
					  8, 2, 0,         0,
					  0 };
	uint8_t *pixels = op_alloc(op, LINE * EDGE), *at = pixels;
	uLongf n = compressBound(LINE * EDGE);
	uint8_t *packed = op_alloc(op, n);
	struct buf buf;

	for (int y = 0; y < EDGE; y++) {
		*at++ = 0; /* no filter */
		for (int x = 0; x < EDGE; x++, at += 3) {
			struct colour c = colour_at(x, y);

			memcpy(at, &c, 3);
		}
	}
	if (compress(packed, &n, pixels, LINE * EDGE) != Z_OK)
		return FAIL(op, ERR_INTERNAL, "zlib does not pack a picture");
	buf_init(&buf, op, n + KIB, PNG_MAX);
	buf_add(&buf, magic, sizeof(magic));
	put_chunk(&buf, "IHDR", header, sizeof(header));
	put_chunk(&buf, "IDAT", packed, n);
	put_chunk(&buf, "IEND", NULL, 0);
	*out = buf_bytes(&buf);
	return buf_err(&buf);
}
