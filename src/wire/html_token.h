/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* HTML as a row of tokens, by the states of the HTML standard's tokenizer, and
 * the elements that we let through. */
#include "base/op.h"

#define HTML_NAME_MAX 31       /* bytes of an element's or attribute's name */
#define HTML_ATTRIBUTES_MAX 32 /* of an element; further ones are dropped */

/* What an element is to us. */
enum html_trait {
	HTML_VOID = 1,     /* has no content */
	HTML_BLOCK = 2,    /* begins a line, and ends one */
	HTML_SPACED = 4,   /* a block with an empty line around it */
	HTML_PRE = 8,      /* white space counts */
	HTML_DROPPED = 16, /* with all that is in it */
	HTML_RAW = 32,     /* its content is no markup, up to its end tag */
	HTML_PASSED = 64,  /* its tags are dropped, its content is not */
};

enum html_id {
	HTML_OTHER = 0, /* no meaning of its own for plain text */
	HTML_A,
	HTML_BODY,
	HTML_BR,
	HTML_HR,
	HTML_IMG,
	HTML_LI,
	HTML_OL,
	HTML_P,
	HTML_QUOTE,
	HTML_TABLE,
	HTML_CELL,
	HTML_ROW,
	HTML_UL,
};

struct html_element {
	const char *name;
	unsigned traits;
	enum html_id id;
};

/* NULL: not in our table. */
const struct html_element *html_element(const char *name);

enum html_kind { HTML_END_OF_TEXT, HTML_TEXT, HTML_OPEN, HTML_CLOSE };

struct html_attribute {
	char name[HTML_NAME_MAX + 1]; /* in lower case */
	struct bytes raw;             /* as written, without its quotes */
};

struct html_token {
	enum html_kind kind;
	struct bytes text;                  /* with TEXT: as written */
	const struct html_element *element; /* with OPEN, CLOSE; never NULL */
	bool empty;                         /* with OPEN: it ends in /> */
	size_t n;                           /* with OPEN */
	struct html_attribute attribute[HTML_ATTRIBUTES_MAX];
};

struct html_reader {
	const char *at;
	const struct html_element *dropped; /* likewise; of several the outer */
	size_t dropped_depth;
};

/* Only what is let through: no comments, nothing dropped or unknown. */
void html_next(struct html_reader *in, struct html_token *out);

/* Does a tag of an element that we know, let through or not, stand there? */
bool html_is_tag(const char *at, bool closing);

/*
 * One character of a text or (attribute) an attribute's value, *at going behind
 * it; references are resolved. 0: nothing to be shown.
 */
uint32_t html_character(struct bytes *rest, bool attribute);
