/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JPEG's segments, one after the other, ISO/IEC 10918-1 annex B: those that
 * decoding needs are copied byte by byte, the others are left out. Nothing is
 * guessed: what is not understood makes the whole file one to be made anew.
 */
#include "images/codec.h"

#include <string.h>

enum marker {
	SOF0 = 0xc0, /* baseline, ... */
	SOF1 = 0xc1, /* ... sequential, ... */
	SOF2 = 0xc2, /* ... progressive: all with Huffman's codes */
	DHT = 0xc4,
	RST0 = 0xd0,
	RST7 = 0xd7,
	SOI = 0xd8,
	EOI = 0xd9,
	SOS = 0xda,
	DQT = 0xdb,
	DRI = 0xdd,
	APP0 = 0xe0,
	APP14 = 0xee,
	APP15 = 0xef,
	COM = 0xfe,
};

#define JFIF_N 14  /* bytes of JFIF's segment without a thumbnail */
#define ADOBE_N 12 /* bytes of Adobe's */
#define LENGTH_N 2 /* bytes of a segment's length, which it counts */

struct walk {
	struct bytes file;
	size_t at;
	uint8_t *out; /* no longer than the file */
	size_t out_n;
	unsigned jfifs, adobes;
};

static void
copy(struct walk *w, const uint8_t *from, size_t n)
{
	memcpy(w->out + w->out_n, from, n);
	w->out_n += n;
}

/* A segment of which only the first `kept` of its bytes count. */
static void
copy_start(struct walk *w, enum marker marker, struct bytes body, size_t kept)
{
	const uint8_t head[] = { 0xff, (uint8_t)marker, 0,
				 (uint8_t)(kept + LENGTH_N) };

	copy(w, head, sizeof(head));
	copy(w, body.p, kept);
}

/* JFIF's density and Adobe's colour transform belong to the picture; what
 * lies behind them, a thumbnail say, does not. */
static bool
take_application(struct walk *w, enum marker marker, struct bytes body)
{
	if (marker == APP0 && body.n >= JFIF_N &&
	    memcmp(body.p, "JFIF", 5) == 0) {
		copy_start(w, marker, body, JFIF_N);
		/* the thumbnail's width and height */
		w->out[w->out_n - 2] = w->out[w->out_n - 1] = 0;
		return ++w->jfifs == 1;
	}
	if (marker == APP14 && body.n >= ADOBE_N &&
	    memcmp(body.p, "Adobe", 5) == 0) {
		copy_start(w, marker, body, ADOBE_N);
		return ++w->adobes == 1;
	}
	return true;
}

/* From here to the next marker that is not part of the scan. */
static void
skip_scan(struct walk *w)
{
	const struct bytes *f = &w->file;

	while (w->at + 1 < f->n) {
		uint8_t next = f->p[w->at + 1];

		if (f->p[w->at] == 0xff && next != 0 &&
		    (next < RST0 || next > RST7))
			return;
		w->at++;
	}
}

/* A segment whose marker was read; it begins at `start`. */
static bool
take_segment(struct walk *w, enum marker marker, size_t start)
{
	const struct bytes *f = &w->file;
	size_t n;

	if (f->n - w->at < LENGTH_N)
		return false;
	n = (size_t)f->p[w->at] << 8 | f->p[w->at + 1];
	if (n < LENGTH_N || n > f->n - w->at)
		return false;
	w->at += n;
	switch (marker) {
	case SOS:
		skip_scan(w);
		__attribute__((fallthrough));
	case SOF0:
	case SOF1:
	case SOF2:
	case DHT:
	case DQT:
	case DRI:
		copy(w, f->p + start, w->at - start);
		return true;
	case COM:
		return true;
	default:
		return marker >= APP0 && marker <= APP15 &&
		       take_application(
			       w, marker,
			       (struct bytes){ f->p + (w->at - n) + LENGTH_N,
					       n - LENGTH_N });
	}
}

/* *ended: that was the last one. */
static bool
take_next(struct walk *w, bool *ended)
{
	const struct bytes *f = &w->file;
	size_t start = w->at;
	enum marker marker;

	while (w->at < f->n && f->p[w->at] == 0xff) /* it may be filled up */
		w->at++;
	if (w->at == start || w->at == f->n)
		return false;
	marker = f->p[w->at++];
	*ended = marker == EOI;
	if (*ended)
		copy(w, f->p + start, w->at - start);
	return *ended || take_segment(w, marker, start);
}

bool
bare_jpeg(struct op *op, struct bytes file, struct bytes *out)
{
	struct walk w = { .file = file, .at = 2 };
	bool ended = false;

	if (file.n < 4 || file.p[0] != 0xff || file.p[1] != SOI)
		return false;
	w.out = arena_alloc_raw(op->arena, file.n);
	copy(&w, file.p, 2);
	while (!ended) {
		if (!take_next(&w, &ended))
			return false;
	}
	*out = (struct bytes){ w.out, w.out_n };
	return true;
}
