/* SPDX-License-Identifier: Apache-2.0 */
#include "images/identify.h"

#include "unit.h"

struct row {
	const char *name;
	const char *bytes;
	size_t n;
	enum picture_kind kind; /* 0: refused ... */
	const char *why;        /* ... with this in the reason */
};

#define TAKEN(name, bytes, kind)                                               \
	{                                                                      \
		name, bytes, sizeof(bytes) - 1, kind, NULL                     \
	}
#define REFUSED(name, bytes, why)                                              \
	{                                                                      \
		name, bytes, sizeof(bytes) - 1, 0, why                         \
	}
#define JPEG "\xff\xd8\xff\xe0"
#define PNG "\x89PNG\r\n\x1a\n"
#define EOCD "PK\5\6\0\0\0\0\1\0\1\0\4\0\0\0\0\0\0\0"

/* clang-format off */
static const struct row rows[] = {
	TAKEN("JPEG", JPEG, PICTURE_JPEG),
	TAKEN("PNG", PNG, PICTURE_PNG),
	TAKEN("WebP", "RIFF\x24\0\0\0WEBPVP8 ", PICTURE_WEBP),
	REFUSED("HEIC", "\0\0\0\x18" "ftypheic", "HEIC pictures are not supported: export"),
	REFUSED("HEIC, another brand", "\0\0\0\x18" "ftyphevx", "HEIC"),
	REFUSED("HEIF", "\0\0\0\x18" "ftypmif1", "HEIF"),
	REFUSED("AVIF", "\0\0\0\x1c" "ftypavif", "AVIF"),
	REFUSED("a film", "\0\0\0\x1c" "ftypisom", "a film"),
	REFUSED("Canon's raw", "\0\0\0\x18" "ftypcrx ", "raw"),
	REFUSED("GIF", "GIF89a", "GIF"),
	REFUSED("TIFF, little", "II*\0", "TIFF"),
	REFUSED("TIFF, big", "MM\0*", "TIFF"),
	REFUSED("BMP", "BM\0\0", "BMP"),
	REFUSED("an icon", "\0\0\1\0\1\0", "icons"),
	REFUSED("JPEG XL", "\xff\x0a\0", "JPEG XL"),
	REFUSED("JPEG 2000", "\0\0\0\x0cjP  \r\n", "JPEG 2000"),
	REFUSED("Photoshop", "8BPS\0\1", "Photoshop"),
	REFUSED("PDF", "%PDF-1.7", "PDF"),
	REFUSED("a ZIP archive", "PK\3\4", "archive"),
	REFUSED("SVG", "<svg width='1'/>", "SVG"),
	REFUSED("SVG behind its declaration", "<?xml version='1.0'?>\n<SVG/>", "SVG"),
	REFUSED("text", "Dear Sir", "not a picture that we know"),
	REFUSED("RIFF that is no WebP", "RIFF\x24\0\0\0WAVEfmt ", "not a picture that we know"),
	REFUSED("nothing", "", "empty"),
	REFUSED("half of a signature", "\xff\xd8", "not a picture that we know"),
	REFUSED("a JPEG that is PDF too", JPEG "comment %PDF-1.4", "a PDF file in one"),
	REFUSED("a JPEG that is PHP too", JPEG "<?php system($_GET[0]);", "PHP"),
	REFUSED("a JPEG that is a web page too", JPEG "<SCRIPT>alert(1)</script>", "web page"),
	REFUSED("a PNG that is SVG too", PNG "<svg/onload=x>", "SVG"),
	REFUSED("a JPEG that is an archive too", JPEG "PK\1\2" EOCD "\0\0", "an archive in one"),
	REFUSED("an archive with a comment", JPEG "PK\1\2" EOCD "\3\0why", "an archive in one"),
	TAKEN("an archive's end whose numbers do not fit", "\xff\xd8\xff" EOCD "\0\0", PICTURE_JPEG),
	TAKEN("an archive's end that is cut off", JPEG "PK\5\6\0\0", PICTURE_JPEG),
};
/* clang-format on */

static void
each_signature_is_named(void **state)
{
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct bytes b = { (const uint8_t *)r->bytes, r->n };
		enum picture_kind kind = 0;
		enum err err = identify(op, op_bytes(op, b), &kind);

		CHECK_ROW(r->name, err == (r->kind ? OK : ERR_INVALID));
		CHECK_ROW(r->name, err != OK || kind == r->kind);
		CHECK_ROW(r->name,
			  r->why == NULL || strstr(op->reason, r->why) != NULL);
	}
}

/* Readers of PDF look into the first 1,024 bytes, so do we. */
static void
a_foreign_mark_counts_only_in_the_head(void **state)
{
	struct op *op = *state;
	uint8_t file[2048] = { 0xff, 0xd8, 0xff };
	const struct bytes b = { file, sizeof(file) };
	enum picture_kind kind;

	memcpy(file + 1024 - 5, "%PDF-", 5);
	assert_int_equal(identify(op, b, &kind), ERR_INVALID);
	memset(file + 1024 - 5, 0, 5);
	memcpy(file + 1024 - 4, "%PDF-", 5);
	assert_int_equal(identify(op, b, &kind), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(each_signature_is_named),
		UNIT_TEST(a_foreign_mark_counts_only_in_the_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
