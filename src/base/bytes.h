/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Bytes that somebody else owns. Text, in contrast, is a const char *: valid
 * UTF-8, ended by NUL, without NUL inside; whoever lets input in checks that.
 */
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *p;
	size_t n;
};

#define KIB ((size_t)1024)
#define MIB ((size_t)1024 * 1024)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The bytes of a text, without its NUL; none for NULL. */
struct bytes bytes_of(const char *text);
