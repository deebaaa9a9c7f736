/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a ManageSieve server says (RFC 5804 section 4): a line of words, of
 * which some may be literals, in which lines do not count. Pure.
 */
#include "base/op.h"

#define MS_WORDS_MAX 4
#define MS_LITERALS_MAX 8  /* of one answer */
#define MS_QUOTED_MAX 1024 /* bytes of a quoted string that we send */

enum ms_kind {
	MS_DATA = 1,
	MS_OK,
	MS_NO,
	MS_BYE,
};

struct ms_line {
	unsigned kind; /* enum ms_kind */
	/* MS_DATA: its words. A NUL is behind each, and none in those that
	 * are not literals. */
	struct bytes word[MS_WORDS_MAX];
	size_t n;
	const char *code;      /* "QUOTA/MAXSIZE", in capitals; NULL: none */
	const char *code_text; /* the string that is with it; NULL */
	const char *text;      /* for people, on one line; NULL */
};

/*
 * Reads what was received so far: lines with one LF each, and literals behind
 * the line that announces them. *missing: so many bytes of a literal have to
 * come, and a line behind them, until it can be read; MS_WHOLE: it is read.
 * ERR_DOWN: it is not of the protocol.
 */
#define MS_WHOLE SIZE_MAX
enum err ms_line_read(struct op *op, struct bytes all, struct ms_line *out,
		      size_t *missing);

/* A string as a client sends it: quoted or, where it has to be, a literal. */
struct buf;
void ms_string(struct buf *to, struct bytes text);
