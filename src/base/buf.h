/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Output that grows in an op's memory, up to a limit. Once the limit is passed
 * nothing more is taken and buf_err says so: check once, at the end.
 */
#include "base/op.h"

struct buf {
	struct op *op;
	char *p; /* not ended by NUL; see buf_text */
	size_t n;
	size_t room;
	size_t limit;
	bool over;
};

/* hint: room taken at once. */
void buf_init(struct buf *buf, struct op *op, size_t hint, size_t limit);

void buf_add(struct buf *buf, const void *from, size_t n);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Room for n bytes, which the caller fills in at once; NULL: it is over. */
char *buf_take(struct buf *buf, size_t n);

/* ERR_LIMIT when something did not fit, with the reason in the op. */
enum err buf_err(const struct buf *buf);

/* What was written, with a NUL behind it; the buffer can be written on. */
const char *buf_text(struct buf *buf);
struct bytes buf_bytes(const struct buf *buf);
