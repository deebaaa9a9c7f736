/* SPDX-License-Identifier: Apache-2.0 */
#include "base/op.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PRINT_FIRST 256 /* bytes */

int64_t
op_clock_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void
op_init(struct op *op, struct arena *arena, const struct settings *settings,
	unsigned timeout_ms)
{
	*op = (struct op){
		.arena = arena,
		.settings = settings,
		.now = (int64_t)time(NULL),
		.began_us = op_clock_us(),
	};
	op->deadline_us = op->began_us + (int64_t)timeout_ms * 1000;
}

void
op_again(struct op *op, bool may_wait)
{
	op->may_wait = may_wait;
	op->view = NULL; /* time has passed: it is to look anew */
	op->on = POOL_NONE;
	op->wait_for = POOL_NONE;
	op->delay_ms = 0;
	op->result = NULL;
	op->reason = NULL;
}

unsigned
op_left_ms(const struct op *op)
{
	int64_t left_us = op->deadline_us - op_clock_us();
	int64_t left_ms = (left_us + 999) / 1000; /* 0 only when it is over */

	if (left_us <= 0)
		return 0;
	return left_ms < UINT_MAX ? (unsigned)left_ms : UINT_MAX;
}

void *
op_alloc(struct op *op, size_t n)
{
	return arena_alloc(op->arena, n);
}

char *
op_text(struct op *op, const char *from, size_t n)
{
	char *p = arena_alloc_raw(op->arena, n + 1);

	if (n > 0)
		memcpy(p, from, n);
	p[n] = '\0';
	return p;
}

char *
op_dup(struct op *op, const char *text)
{
	return op_text(op, text, strlen(text));
}

struct bytes
op_bytes(struct op *op, struct bytes from)
{
	return (struct bytes){
		(uint8_t *)op_text(op, (const char *)from.p, from.n), from.n
	};
}

static char *__attribute__((format(printf, 2, 0)))
print(struct op *op, const char *format, va_list args)
{
	char first[PRINT_FIRST]; /* most texts fit, and are made once */
	va_list again;
	char *p;
	int n;

	assert(format != NULL); /* tells gcc so, when it sanitizes */
	va_copy(again, args);
	n = vsnprintf(first, sizeof(first), format, args);
	if (n < (int)sizeof(first)) { /* -1: a format of our own is wrong */
		p = op_text(op, first, n < 0 ? 0 : (size_t)n);
	} else {
		p = arena_alloc_raw(op->arena, (size_t)n + 1);
		(void)vsnprintf(p, (size_t)n + 1, format, again);
	}
	va_end(again);
	return p;
}

char *
op_print(struct op *op, const char *format, ...)
{
	va_list args;
	char *p;

	va_start(args, format);
	p = print(op, format, args);
	va_end(args);
	return p;
}

enum err
op_fail(struct op *op, enum err err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	op->reason = print(op, format, args);
	va_end(args);
	return err;
}

enum err
op_wait(struct op *op, enum pool pool)
{
	if (op->may_wait)
		return OK;
	op->wait_for = pool;
	return ERR_WAIT;
}

enum err
op_wait_only(struct op *op, enum pool pool)
{
	if (op->may_wait && (op->on == POOL_NONE || op->on == pool))
		return OK;
	op->wait_for = pool;
	return ERR_WAIT;
}
