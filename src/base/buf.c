/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#define ROOM_MIN 256 /* bytes */

void
buf_init(struct buf *buf, struct op *op, size_t hint, size_t limit)
{
	*buf = (struct buf){ .op = op, .limit = limit };
	if (hint > limit)
		hint = limit;
	if (hint > 0) {
		buf->room = hint + 1;
		buf->p = arena_alloc_raw(op->arena, buf->room);
	}
}

/* Makes room for n more bytes and a NUL; false once the limit is passed. */
static bool
buf_grow(struct buf *buf, size_t n)
{
	size_t need, room;
	char *p;

	if (buf->over || n > buf->limit - buf->n) {
		buf->over = true;
		return false;
	}
	need = buf->n + n + 1;
	if (need <= buf->room)
		return true;
	room = buf->room < ROOM_MIN / 2 ? ROOM_MIN : 2 * buf->room;
	if (room > buf->limit + 1)
		room = buf->limit + 1;
	if (room < need)
		room = need;
	p = arena_alloc_raw(buf->op->arena, room);
	if (buf->n > 0)
		memcpy(p, buf->p, buf->n);
	buf->p = p;
	buf->room = room;
	return true;
}

void
buf_add(struct buf *buf, const void *from, size_t n)
{
	if (n == 0 || !buf_grow(buf, n))
		return;
	memcpy(buf->p + buf->n, from, n);
	buf->n += n;
}

void
buf_puts(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_putc(struct buf *buf, char c)
{
	if (buf_grow(buf, 1))
		buf->p[buf->n++] = c;
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	if (n >= 0 && buf_grow(buf, (size_t)n)) {
		(void)vsnprintf(buf->p + buf->n, (size_t)n + 1, format, again);
		buf->n += (size_t)n;
	}
	va_end(again);
	va_end(args);
}

char *
buf_take(struct buf *buf, size_t n)
{
	if (!buf_grow(buf, n))
		return NULL;
	buf->n += n;
	return buf->p + buf->n - n;
}

enum err
buf_err(const struct buf *buf)
{
	if (buf->over)
		return FAIL(buf->op, ERR_LIMIT, "more than %zu bytes to write",
			    buf->limit);
	return OK;
}

const char *
buf_text(struct buf *buf)
{
	/* An empty buffer has no room yet; one that is over has room for the
	 * NUL behind what fitted. */
	if (buf->p == NULL)
		return "";
	buf->p[buf->n] = '\0';
	return buf->p;
}

struct bytes
buf_bytes(const struct buf *buf)
{
	return (struct bytes){ (const uint8_t *)buf->p, buf->n };
}
