/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Memory for expat that can be made to fail at its n-th piece, and that tells
 * how much was held at most. A test that includes this is linked with
 * -Wl,--wrap=XML_ParserCreateNS (meson.build: torture_xml_dep); what it tests
 * knows nothing of it. For one thread.
 */
#include <expat.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static struct {
	unsigned long fail_at; /* the piece, from 1, that is refused; 0: none */
	unsigned long pieces;  /* asked for since torture_begin */
	size_t held, peak;     /* bytes */
} torture;

struct torture_piece {
	alignas(max_align_t) size_t n;
	alignas(max_align_t) char p[];
};

static inline void
torture_begin(unsigned long fail_at)
{
	torture.fail_at = fail_at;
	torture.pieces = 0;
	torture.peak = torture.held;
}

/* Was there a piece to refuse? */
static inline int
torture_bit(void)
{
	return torture.fail_at != 0 && torture.pieces >= torture.fail_at;
}

static inline struct torture_piece *
torture_piece_of(void *p)
{
	return (struct torture_piece *)(void *)((char *)p -
						offsetof(struct torture_piece,
							 p));
}

static inline void
torture_free(void *p)
{
	if (p == NULL)
		return;
	torture.held -= torture_piece_of(p)->n;
	free(torture_piece_of(p));
}

static inline void *
torture_realloc(void *old, size_t n)
{
	size_t before = old == NULL ? 0 : torture_piece_of(old)->n;
	struct torture_piece *piece;

	if (++torture.pieces == torture.fail_at)
		return NULL;
	piece = realloc(old == NULL ? NULL : torture_piece_of(old),
			sizeof(*piece) + n);
	if (piece == NULL)
		return NULL;
	piece->n = n;
	torture.held += n - before;
	if (torture.held > torture.peak)
		torture.peak = torture.held;
	return piece->p;
}

static inline void *
torture_malloc(size_t n)
{
	return torture_realloc(NULL, n);
}

/* The linker's name for what stands in for XML_ParserCreateNS. */
XML_Parser __wrap_XML_ParserCreateNS(const XML_Char *encoding,
				     XML_Char separator);

XML_Parser
__wrap_XML_ParserCreateNS(const XML_Char *encoding, XML_Char separator)
{
	static const XML_Memory_Handling_Suite suite = { torture_malloc,
							 torture_realloc,
							 torture_free };
	const XML_Char text[2] = { separator, '\0' };

	return XML_ParserCreate_MM(encoding, &suite, text);
}
