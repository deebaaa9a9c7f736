/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any file, in process. What is refused has a reason for its owner; what is
 * taken has rising variants, each a whole JPEG. A header that promises many
 * pixels is let go, for the rest of the time would be spent on them.
 */
#include "images/codec.h"
#include "images/identify.h"

#include "fuzz.h"

#include <string.h>

#define FILE_MAX (64 * KIB)
#define PIXELS_MAX (512 * 512)

static uint32_t
number(const uint8_t *p, unsigned n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

/* As the file's first header has it; 0: not found. */
static uint64_t
pixels(enum picture_kind kind, struct bytes b)
{
	uint64_t most = 0;

	if (kind == PICTURE_PNG && b.n >= 24)
		return (uint64_t)number(b.p + 16, 4) * number(b.p + 20, 4);
	for (size_t i = 0; kind == PICTURE_JPEG && i + 9 < b.n; i++) {
		uint64_t n = (uint64_t)number(b.p + i + 5, 2) *
			     number(b.p + i + 7, 2);

		if (b.p[i] == 0xff && (b.p[i + 1] & 0xf0) == 0xc0 && n > most)
			most = n;
	}
	for (size_t i = 12; kind == PICTURE_WEBP && i + 18 < b.n; i++) {
		const uint8_t *p = b.p + i;
		uint64_t n = 0;

		if (memcmp(p, "VP8 ", 4) == 0)
			n = (uint64_t)((p[14] | p[15] << 8) & 0x3fff) *
			    ((p[16] | p[17] << 8) & 0x3fff);
		else if (memcmp(p, "VP8L", 4) == 0)
			n = (uint64_t)((p[9] | p[10] << 8) & 0x3fff) *
			    ((p[10] >> 6 | p[11] << 2 | p[12] << 10) & 0x3fff);
		if (n > most)
			most = n;
	}
	return most;
}

static void
make(struct op *op, enum image_mode mode, struct bytes file)
{
	static const unsigned edges[] = { 48, 96, 648 };
	struct photo_set set = { 0 };
	enum err err;

	op->reason = NULL;
	err = picture_variants(op, mode, file, edges, COUNT(edges), &set);
	if (err != OK) {
		assert(err == ERR_INVALID || err == ERR_LIMIT);
		assert(op->reason != NULL && op->reason[0] != '\0');
		return;
	}
	assert(set.n > 0 && set.n <= COUNT(edges) + 1);
	for (size_t i = 0; i < set.n; i++) {
		struct bytes jpeg = set.variant[i].jpeg;

		assert(i == 0 || set.variant[i].edge > set.variant[i - 1].edge);
		assert(jpeg.n > 4 && jpeg.p[0] == 0xff && jpeg.p[1] == 0xd8);
		assert(jpeg.p[jpeg.n - 2] == 0xff &&
		       jpeg.p[jpeg.n - 1] == 0xd9);
	}
}

/* What is left of a JPEG is found in the file, and has nothing more to lose. */
static void
strip(struct op *op, struct bytes file)
{
	struct bytes once, twice;

	if (!bare_jpeg(op, file, &once))
		return;
	assert(once.n >= 4 && once.n <= file.n);
	assert(bare_jpeg(op, once, &twice) && twice.n == once.n);
	assert(memcmp(once.p, twice.p, once.n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();
	struct bytes file = op_bytes(op, (struct bytes){ data, size });
	enum picture_kind kind;

	if (size > FILE_MAX || (identify(op, file, &kind) == OK &&
				pixels(kind, file) > PIXELS_MAX))
		return 0;
	make(op, IMAGE_SQUARE, file);
	make(op, IMAGE_WHOLE, file);
	strip(op, file);
	return 0;
}
