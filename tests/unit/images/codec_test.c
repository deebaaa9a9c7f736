/* SPDX-License-Identifier: Apache-2.0 */
/* What only a codec's own file can say, made with the codecs' libraries. */
#include "images/codec.h"

#include "images.h"

#include <webp/encode.h>
#include <zlib.h>

/* ---- JPEG ---- */

struct jpeg {
	J_COLOR_SPACE in, in_file;
	int components;
	const char *pixel;
	bool no_adobe;
	int scans; /* 0: baseline */
};

/* As many scans as asked for: DC, then one coefficient at a time. */
static void
make_scans(jpeg_scan_info *scans, int n)
{
	scans[0] = (jpeg_scan_info){ .comps_in_scan = 3,
				     .component_index = { 0, 1, 2 } };
	for (int i = 1; i < n; i++)
		scans[i] = (jpeg_scan_info){
			.comps_in_scan = 1,
			.component_index = { (i - 1) / 63 },
			.Ss = 1 + (i - 1) % 63,
			.Se = 1 + (i - 1) % 63,
		};
}

/* 8 x 8 pixels alike. */
static struct bytes
jpeg_make(struct op *op, const struct jpeg *j)
{
	struct jpeg_compress_struct out;
	struct jpeg_error_mgr mgr;
	jpeg_scan_info scans[190];
	unsigned char *p = NULL;
	unsigned long n = 0;
	uint8_t row[8 * 4];
	struct bytes made;

	out.err = jpeg_std_error(&mgr);
	jpeg_create_compress(&out);
	jpeg_mem_dest(&out, &p, &n);
	out.image_width = out.image_height = 8;
	out.input_components = j->components;
	out.in_color_space = j->in;
	jpeg_set_defaults(&out);
	if (j->in_file != JCS_UNKNOWN)
		jpeg_set_colorspace(&out, j->in_file);
	if (j->no_adobe)
		out.write_Adobe_marker = FALSE;
	jpeg_set_quality(&out, 100, TRUE);
	if (j->scans > 0) {
		make_scans(scans, j->scans);
		out.scan_info = scans;
		out.num_scans = j->scans;
	}
	for (int x = 0; x < 8; x++)
		memcpy(row + x * j->components, j->pixel,
		       (size_t)j->components);
	jpeg_start_compress(&out, TRUE);
	for (int y = 0; y < 8; y++) {
		JSAMPROW rows = row;

		(void)jpeg_write_scanlines(&out, &rows, 1);
	}
	jpeg_finish_compress(&out);
	jpeg_destroy_compress(&out);
	made = op_bytes(op, (struct bytes){ p, n });
	free(p);
	return made;
}

static void
jpeg_colours_are_known_by_what_the_file_says(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		struct jpeg jpeg;
		enum ink ink;
	} rows[] = {
		{ "grey", { JCS_GRAYSCALE, 0, 1, "\x64", 0, 0 }, INK_GREY },
		{ "YCbCr", { JCS_RGB, 0, 3, "\x64\x64\x64", 0, 0 }, INK_RGB },
		{ "RGB kept as RGB", { JCS_RGB, JCS_RGB, 3, "\x64\x64\x64", 0, 0 }, INK_RGB },
		{ "CMYK of Adobe", { JCS_CMYK, 0, 4, "\x64\x64\x64\x64", 0, 0 }, INK_CMYK_INVERTED },
		{ "YCCK of Adobe", { JCS_CMYK, JCS_YCCK, 4, "\x64\x64\x64\x64", 0, 0 }, INK_CMYK_INVERTED },
		{ "CMYK of others", { JCS_CMYK, 0, 4, "\x64\x64\x64\x64", true, 0 }, INK_CMYK },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct picture p = { .mode = IMAGE_SQUARE };
		struct bytes file = jpeg_make(op, &rows[i].jpeg);

		CHECK_ROW(rows[i].name, from_jpeg(op, file, &p) == OK);
		CHECK_ROW(rows[i].name, p.ink == rows[i].ink);
		CHECK_ROW(rows[i].name, abs(p.raster.pixels[0] - 0x64) <= 2);
	}
}

static void
two_components_are_no_colour_that_we_know(void **state)
{
	const struct jpeg two = { JCS_UNKNOWN, 0, 2, "\x64\x64", 0, 0 };
	struct op *op = *state;
	struct picture p = { .mode = IMAGE_SQUARE };

	assert_int_equal(from_jpeg(op, jpeg_make(op, &two), &p), ERR_INVALID);
	assert_non_null(strstr(op->reason, "2 colour components"));
}

static void
scans_are_counted(void **state)
{
	/* clang-format off */
	static const struct { int scans; enum err err; } rows[] = {
		{ 10, OK }, { FROM_JPEG_SCANS_MAX, OK },
		{ FROM_JPEG_SCANS_MAX + 1, ERR_LIMIT }, { 190, ERR_LIMIT },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct jpeg j = { JCS_RGB,        0, 3,
					"\x20\x80\xe0", 0, rows[i].scans };
		struct picture p = { .mode = IMAGE_SQUARE };

		assert_int_equal(from_jpeg(op, jpeg_make(op, &j), &p),
				 rows[i].err);
	}
	assert_non_null(strstr(op->reason, "more than 100 scans"));
}

/* The place of a marker's segment. */
static uint8_t *
jpeg_find(struct bytes file, uint8_t marker)
{
	const uint8_t two[] = { 0xff, marker };
	uint8_t *p = memmem(file.p, file.n, two, 2);

	assert_non_null(p);
	return p;
}

static void
the_size_in_a_jpegs_header_is_asked_first(void **state)
{
	/* clang-format off */
	static const struct { unsigned width, height; enum err err; } rows[] = {
		{ 8000, 8000, ERR_INVALID }, /* let in, then cut short */
		{ 8000, 8001, ERR_LIMIT },
		{ 65535, 65535, ERR_INVALID }, /* libjpeg ends at 65,500 */
		{ 65500, 65500, ERR_LIMIT },
		{ 0, 8, ERR_INVALID },
	};
	/* clang-format on */
	const struct jpeg j = { JCS_RGB, 0, 3, "\x20\x80\xe0", 0, 0 };
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes file = jpeg_make(op, &j);
		uint8_t *sof = jpeg_find(file, 0xc0);
		struct picture p = { .mode = IMAGE_SQUARE };

		sof[5] = (uint8_t)(rows[i].height >> 8);
		sof[6] = (uint8_t)rows[i].height;
		sof[7] = (uint8_t)(rows[i].width >> 8);
		sof[8] = (uint8_t)rows[i].width;
		assert_int_equal(from_jpeg(op, file, &p), rows[i].err);
	}
}

static void
twelve_bits_a_sample_are_refused(void **state)
{
	const struct jpeg j = { JCS_RGB, 0, 3, "\x20\x80\xe0", 0, 0 };
	struct op *op = *state;
	struct bytes file = jpeg_make(op, &j);
	struct picture p = { .mode = IMAGE_SQUARE };

	jpeg_find(file, 0xc0)[4] = 12;
	assert_int_equal(from_jpeg(op, file, &p), ERR_INVALID);
	assert_non_null(strstr(op->reason, "precision 12"));
}

/* Bytes between two segments are common, and harmless. */
static void
filling_between_segments_is_tolerated(void **state)
{
	const struct jpeg j = { JCS_RGB, 0, 3, "\x20\x80\xe0", 0, 0 };
	struct op *op = *state;
	struct bytes file = jpeg_make(op, &j);
	size_t at = (size_t)(jpeg_find(file, 0xdb) - file.p);
	uint8_t *p = op_alloc(op, file.n + 3);
	struct picture out = { .mode = IMAGE_SQUARE };

	memcpy(p, file.p, at);
	memcpy(p + at + 3, file.p + at, file.n - at);
	assert_int_equal(from_jpeg(op, (struct bytes){ p, file.n + 3 }, &out),
			 OK);
}

/* ---- PNG ---- */

struct png {
	int depth, type;
	const uint8_t *row; /* of the two rows, both alike */
	size_t row_n;
	const char *chunk; /* behind IHDR; NULL: none */
	const void *chunk_bytes;
	size_t chunk_n;
};

static void
png_chunk(struct op *op, uint8_t **to, const char *name, const void *bytes,
	  size_t n)
{
	uint8_t *p = *to;
	uint32_t sum;

	(void)op;
	png_save_uint_32(p, (png_uint_32)n);
	memcpy(p + 4, name, 4);
	memcpy(p + 8, bytes, n);
	sum = (uint32_t)crc32(0, p + 4, (uInt)(n + 4));
	png_save_uint_32(p + 8 + n, sum);
	*to = p + 12 + n;
}

/* Two by two pixels, chunk by chunk. */
static struct bytes
png_make(struct op *op, const struct png *png, unsigned width, unsigned height)
{
	uint8_t *p = op_alloc(op, 4096 + png->chunk_n), *at = p;
	uint8_t head[13] = { 0 }, raw[64] = { 0 }, packed[256];
	uLongf packed_n = sizeof(packed);

	png_save_uint_32(head, width);
	png_save_uint_32(head + 4, height);
	head[8] = (uint8_t)png->depth;
	head[9] = (uint8_t)png->type;
	memcpy(raw + 1, png->row, png->row_n);
	memcpy(raw + 2 + png->row_n, png->row, png->row_n);
	assert_int_equal(compress(packed, &packed_n, raw, 2 + 2 * png->row_n),
			 Z_OK);
	memcpy(at, "\x89PNG\r\n\x1a\n", 8);
	at += 8;
	png_chunk(op, &at, "IHDR", head, sizeof(head));
	if (png->chunk != NULL)
		png_chunk(op, &at, png->chunk, png->chunk_bytes, png->chunk_n);
	png_chunk(op, &at, "IDAT", packed, packed_n);
	png_chunk(op, &at, "IEND", "", 0);
	return (struct bytes){ p, (size_t)(at - p) };
}

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

/* clang-format off */
static const struct {
	const char *name;
	struct png png;
	enum ink ink;
	uint8_t left, right; /* the first sample of the first row's pixels */
} pngs[] = {
	{ "1 bit of grey", { 1, PNG_COLOR_TYPE_GRAY, BYTES("\x40"), 0, 0, 0 }, INK_GREY, 0, 255 },
	{ "2 bits of grey", { 2, PNG_COLOR_TYPE_GRAY, BYTES("\x60"), 0, 0, 0 }, INK_GREY, 85, 170 },
	{ "4 bits of grey", { 4, PNG_COLOR_TYPE_GRAY, BYTES("\x3c"), 0, 0, 0 }, INK_GREY, 51, 204 },
	{ "16 bits of grey, rounded", { 16, PNG_COLOR_TYPE_GRAY, BYTES("\x7f\xff\x80\xff"), 0, 0, 0 }, INK_GREY, 127, 128 },
	{ "grey with alpha", { 8, PNG_COLOR_TYPE_GRAY_ALPHA, BYTES("\x10\xff\x10\x80"), 0, 0, 0 }, INK_GREY, 16, 135 },
	{ "16 bits with alpha", { 16, PNG_COLOR_TYPE_GRAY_ALPHA, BYTES("\x10\0\0\0\x10\0\xff\xff"), 0, 0, 0 }, INK_GREY, 255, 16 },
	{ "a transparent grey", { 8, PNG_COLOR_TYPE_GRAY, BYTES("\x10\x20"), "tRNS", "\0\x10", 2 }, INK_GREY, 255, 32 },
	{ "a transparent RGB", { 8, PNG_COLOR_TYPE_RGB, BYTES("\1\2\3\4\5\6"), "tRNS", "\0\4\0\5\0\6", 6 }, INK_RGB, 1, 255 },
	{ "a palette", { 1, PNG_COLOR_TYPE_PALETTE, BYTES("\x40"), "PLTE", "\7\7\7\x9\x9\x9", 6 }, INK_RGB, 7, 9 },
	{ "an unknown chunk", { 8, PNG_COLOR_TYPE_GRAY, BYTES("\x10\x20"), "zzZz", "?", 1 }, INK_GREY, 16, 32 },
};
/* clang-format on */

static void
every_depth_of_png_becomes_eight_bits(void **state)
{
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(pngs); i++) {
		struct bytes file = png_make(op, &pngs[i].png, 2, 2);
		struct picture p = { .mode = IMAGE_SQUARE };

		CHECK_ROW(pngs[i].name, from_png(op, file, &p) == OK);
		CHECK_ROW(pngs[i].name, p.ink == pngs[i].ink);
		CHECK_ROW(pngs[i].name, p.raster.pixels[0] == pngs[i].left);
		CHECK_ROW(pngs[i].name,
			  p.raster.pixels[p.raster.channels] == pngs[i].right);
	}
}

static const struct png grey_png = {
	8, PNG_COLOR_TYPE_GRAY, (const uint8_t *)"\x10\x20", 2, NULL, NULL, 0
};

static void
the_size_in_a_pngs_header_is_asked_first(void **state)
{
	/* clang-format off */
	static const struct { unsigned width, height; enum err err; } rows[] = {
		{ 2, 2, OK },
		{ 8000, 8000, ERR_INVALID }, /* let in, then cut short */
		{ 8000, 8001, ERR_LIMIT },
		{ 65535, 1, ERR_INVALID },
		{ 65536, 1, ERR_LIMIT },
		{ 20000, 20000, ERR_LIMIT },
		{ 0, 2, ERR_INVALID },
		{ 0x80000000, 2, ERR_INVALID },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes file =
			png_make(op, &grey_png, rows[i].width, rows[i].height);
		struct picture p = { .mode = IMAGE_SQUARE };

		assert_int_equal(from_png(op, file, &p), rows[i].err);
	}
}

static void
a_png_may_say_its_gamma_and_which_side_is_up(void **state)
{
	static const uint8_t exif[] = "MM\0*\0\0\0\x8\0\1\1\x12\0\3\0\0\0\1"
				      "\0\6\0\0\0\0\0\0";
	struct op *op = *state;
	struct png png = grey_png;
	struct picture p = { .mode = IMAGE_SQUARE };

	png.chunk = "gAMA";
	png.chunk_bytes = "\0\1\x86\xa0"; /* 100,000: linear light */
	png.chunk_n = 4;
	assert_int_equal(from_png(op, png_make(op, &png, 2, 2), &p), OK);
	assert_true(p.gamma.exponent > 0.99 && p.gamma.exponent < 1.01);
	assert_false(p.gamma.has_primaries);

	png.chunk = "sRGB";
	png.chunk_bytes = "\0";
	png.chunk_n = 1;
	p = (struct picture){ 0 };
	assert_int_equal(from_png(op, png_make(op, &png, 2, 2), &p), OK);
	assert_true(p.gamma.exponent <= 0);

	png.chunk = "eXIf";
	png.chunk_bytes = exif;
	png.chunk_n = sizeof(exif) - 1;
	p = (struct picture){ 0 };
	assert_int_equal(from_png(op, png_make(op, &png, 2, 2), &p), OK);
	assert_int_equal(p.orientation, 6);
}

/* A text that would be 64 MiB: nobody inflates it. */
static void
a_pngs_texts_are_not_even_read(void **state)
{
	struct op *op = *state;
	uLongf n = 256 * KIB;
	uint8_t *chunk = op_alloc(op, n), *zeros = calloc(1, 64 * MIB);
	struct png png = grey_png;
	struct picture p = { .mode = IMAGE_SQUARE };

	assert_non_null(zeros);
	memcpy(chunk, "bomb\0", 6); /* keyword, NUL, method 0 */
	assert_int_equal(compress2(chunk + 6, &n, zeros, 64 * MIB, 9), Z_OK);
	free(zeros);
	png.chunk = "zTXt";
	png.chunk_bytes = chunk;
	png.chunk_n = n + 6;
	assert_int_equal(from_png(op, png_make(op, &png, 2, 2), &p), OK);
	assert_int_equal(p.raster.pixels[1], 0x20);
}

/* ---- WebP ---- */

static struct bytes
webp_make(struct op *op, int width, int height)
{
	uint8_t *pixels = calloc(3, (size_t)width * (size_t)height);
	uint8_t *p = NULL;
	struct bytes made;
	size_t n;

	n = WebPEncodeLosslessRGB(pixels, width, height, width * 3, &p);
	assert_true(n > 0);
	made = op_bytes(op, (struct bytes){ p, n });
	WebPFree(p);
	free(pixels);
	return made;
}

static void
the_size_in_a_webps_header_is_asked_first(void **state)
{
	/* clang-format off */
	static const struct { unsigned width, height; enum err err; } rows[] = {
		{ 8, 8, OK },
		{ 8000, 8000, OK }, /* one colour takes no bits */
		{ 8000, 8001, ERR_LIMIT },
		{ 16384, 16384, ERR_LIMIT },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes file = webp_make(op, 8, 8);
		uint8_t *bits = memmem(file.p, file.n, "VP8L", 4);
		uint32_t v;
		struct picture p = { .mode = IMAGE_SQUARE };

		/* RFC 9649 3.4: 14 bits of width - 1, then of height - 1 */
		assert_non_null(bits);
		bits += 9;
		memcpy(&v, bits, 4);
		v = (v & 0xf0000000) | (rows[i].width - 1) |
		    (rows[i].height - 1) << 14;
		memcpy(bits, &v, 4);
		assert_int_equal(from_webp(op, file, &p), rows[i].err);
		if (rows[i].err == ERR_LIMIT)
			assert_non_null(strstr(op->reason, "64 megapixels"));
	}
}

static void
bytes_behind_a_webp_do_not_count(void **state)
{
	struct op *op = *state;
	struct bytes file = webp_make(op, 8, 8);
	uint8_t *p = op_alloc(op, file.n + 8);
	struct picture out = { .mode = IMAGE_SQUARE };

	memcpy(p, file.p, file.n);
	memcpy(p + file.n, "trailing", 8);
	assert_int_equal(from_webp(op, (struct bytes){ p, file.n + 8 }, &out),
			 OK);
	p[4]++; /* RIFF's own length, one beyond the end */
	assert_int_equal(from_webp(op, (struct bytes){ p, file.n }, &out),
			 ERR_INVALID);
	assert_non_null(strstr(op->reason, "ends too early"));
}

/* ---- out again ---- */

static void
small_pictures_keep_their_full_colour(void **state)
{
	/* clang-format off */
	static const struct { unsigned edge, sampling; } rows[] = {
		{ 1, 0x11 }, { 120, 0x11 }, { 121, 0x22 }, { 648, 0x22 },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raster s;
		struct bytes jpeg;

		raster_init(op, &s, rows[i].edge, rows[i].edge, 3);
		memset(s.pixels, 0x55, (size_t)s.width * s.height * 3);
		assert_int_equal(to_jpeg(op, &s, &jpeg), OK);
		assert_true(images_is_bare(jpeg));
		assert_int_equal(jpeg_find(jpeg, 0xc0)[11], rows[i].sampling);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(jpeg_colours_are_known_by_what_the_file_says),
		UNIT_TEST(two_components_are_no_colour_that_we_know),
		UNIT_TEST(scans_are_counted),
		UNIT_TEST(the_size_in_a_jpegs_header_is_asked_first),
		UNIT_TEST(twelve_bits_a_sample_are_refused),
		UNIT_TEST(filling_between_segments_is_tolerated),
		UNIT_TEST(every_depth_of_png_becomes_eight_bits),
		UNIT_TEST(the_size_in_a_pngs_header_is_asked_first),
		UNIT_TEST(a_png_may_say_its_gamma_and_which_side_is_up),
		UNIT_TEST(a_pngs_texts_are_not_even_read),
		UNIT_TEST(the_size_in_a_webps_header_is_asked_first),
		UNIT_TEST(bytes_behind_a_webp_do_not_count),
		UNIT_TEST(small_pictures_keep_their_full_colour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
