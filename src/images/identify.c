/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of pictures, taken and refused. A file that is also an archive,
 * a document or a page is refused: nobody's camera writes such a thing.
 */
#include "images/identify.h"

#include <string.h>

#define HEAD_MAX 1024 /* bytes in which a reader looks for "%PDF-" */
#define BRAND_AT 4    /* ISO/IEC 14496-12 4.3: size, "ftyp", brand */

/* "export it as JPEG": what every refusal of a picture ends with. */
#define EXPORT "export the picture as JPEG"

struct signature {
	const char *bytes;
	unsigned char n, at;
	enum picture_kind kind; /* 0: refused */
	const char *refusal;
};

#define TAKEN(text, at, kind)                                                  \
	{                                                                      \
		text, sizeof(text) - 1, at, kind, NULL                         \
	}
#define REFUSED(text, at, what)                                                \
	{                                                                      \
		text, sizeof(text) - 1, at, 0, what " not supported: " EXPORT  \
	}

/* In this order: the longer of two that begin alike comes first. */
/* clang-format off */
static const struct signature signatures[] = {
	TAKEN("\xff\xd8\xff", 0, PICTURE_JPEG),
	TAKEN("\x89PNG\r\n\x1a\n", 0, PICTURE_PNG),
	TAKEN("WEBP", 8, PICTURE_WEBP),
	REFUSED("ftyphei", BRAND_AT, "HEIC pictures are"),
	REFUSED("ftyphev", BRAND_AT, "HEIC pictures are"),
	REFUSED("ftypmif1", BRAND_AT, "HEIF pictures are"),
	REFUSED("ftypmsf1", BRAND_AT, "HEIF pictures are"),
	REFUSED("ftypavif", BRAND_AT, "AVIF pictures are"),
	REFUSED("ftypavis", BRAND_AT, "AVIF pictures are"),
	REFUSED("ftypcrx ", BRAND_AT, "raw pictures of a camera are"),
	REFUSED("ftyp", BRAND_AT, "this is a film; films are"),
	REFUSED("GIF87a", 0, "GIF pictures are"),
	REFUSED("GIF89a", 0, "GIF pictures are"),
	REFUSED("II*\0", 0, "TIFF and raw pictures are"),
	REFUSED("MM\0*", 0, "TIFF and raw pictures are"),
	REFUSED("II+\0", 0, "TIFF and raw pictures are"),
	REFUSED("MM\0+", 0, "TIFF and raw pictures are"),
	REFUSED("BM", 0, "BMP pictures are"),
	REFUSED("\0\0\1\0", 0, "icons are"),
	REFUSED("\xff\x0a", 0, "JPEG XL pictures are"),
	REFUSED("\0\0\0\x0cJXL ", 0, "JPEG XL pictures are"),
	REFUSED("\0\0\0\x0cjP  ", 0, "JPEG 2000 pictures are"),
	REFUSED("\xff\x4f\xff\x51", 0, "JPEG 2000 pictures are"),
	REFUSED("8BPS", 0, "Photoshop files are"),
	REFUSED("%PDF-", 0, "PDF files are"),
	REFUSED("%!PS", 0, "PostScript files are"),
	REFUSED("gimp xcf", 0, "GIMP files are"),
	REFUSED("PK\3\4", 0, "this is an archive or an office document; those are"),
};

/* Marks in the head of a file that is something else as well. */
static const struct {
	const char *mark, *what;
} foreign[] = {
	{ "%PDF-", "a PDF file" },
	{ "<?php", "a PHP program" },
	{ "<script", "a web page" },
	{ "<html", "a web page" },
	{ "<svg", "an SVG drawing" },
};
/* clang-format on */

/* Does the text stand somewhere in these bytes? Letters in any case. */
static bool
holds(struct bytes bytes, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i + n <= bytes.n; i++) {
		size_t k = 0;

		while (k < n && (bytes.p[i + k] == (uint8_t)text[k] ||
				 (bytes.p[i + k] | 0x20) == (uint8_t)text[k]))
			k++;
		if (k == n)
			return true;
	}
	return false;
}

static uint32_t
le(const uint8_t *p, unsigned n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

/*
 * Does it end as an archive does (PKWARE APPNOTE 4.3.16)? The record's own
 * numbers must fit, for four bytes may stand anywhere by chance.
 */
static bool
ends_as_zip(struct bytes file)
{
	enum { RECORD = 22, COMMENT_MAX = 65535 };

	for (size_t back = RECORD; back <= file.n; back++) {
		const uint8_t *end = file.p + (file.n - back);

		if (back > RECORD + COMMENT_MAX)
			return false;
		if (memcmp(end, "PK\5\6", 4) == 0 &&
		    le(end + 20, 2) <= back - RECORD &&
		    le(end + 12, 4) <= file.n - back)
			return true;
	}
	return false;
}

static enum err
check_foreign(struct op *op, struct bytes file)
{
	struct bytes head = { file.p, file.n < HEAD_MAX ? file.n : HEAD_MAX };

	for (size_t i = 0; i < COUNT(foreign); i++) {
		if (holds(head, foreign[i].mark))
			return FAIL(op, ERR_INVALID,
				    "the file is a picture and %s in one",
				    foreign[i].what);
	}
	if (ends_as_zip(file))
		return FAIL(op, ERR_INVALID,
			    "the file is a picture and an archive in one");
	return OK;
}

/* Nothing in the table: text that we can name, or not. */
static enum err
refuse(struct op *op, struct bytes file)
{
	struct bytes head = { file.p, file.n < HEAD_MAX ? file.n : HEAD_MAX };

	if (file.n == 0)
		return FAIL(op, ERR_INVALID, "the file is empty");
	if (holds(head, "<svg"))
		return FAIL(op, ERR_INVALID,
			    "SVG drawings are not supported: " EXPORT);
	return FAIL(op, ERR_INVALID,
		    "this is not a picture that we know: JPEG, PNG and WebP "
		    "are taken");
}

enum err
identify(struct op *op, struct bytes file, enum picture_kind *out)
{
	for (size_t i = 0; i < COUNT(signatures); i++) {
		const struct signature *s = &signatures[i];

		if (file.n < (size_t)s->at + s->n ||
		    memcmp(file.p + s->at, s->bytes, s->n) != 0)
			continue;
		if (s->kind == 0)
			return FAIL(op, ERR_INVALID, "%s", s->refusal);
		*out = s->kind;
		return check_foreign(op, file);
	}
	return refuse(op, file);
}
