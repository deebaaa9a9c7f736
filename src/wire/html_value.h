/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Values of HTML's attributes: what may stay of them. Pure. */
#include "base/buf.h"
#include "wire/html_token.h"

/* How much may come of n bytes. */
#define HTML_VALUE_ROOM(n) ((n)*3 + 16)

/* As it is meant: references resolved, line ends made spaces. */
const char *html_value(struct op *op, struct bytes raw);

/* Where a link may lead: http, https, mailto, tel; without what browsers pass
 * over inside of it. NULL: elsewhere. */
const char *html_link(struct op *op, const char *value);

/* Is it a picture that stands in the value itself: PNG, JPEG, GIF or WebP? */
bool html_is_picture(const char *value);

/* Those of its declarations that are of our list and fetch nothing; NULL: none
 * of them. */
const char *html_style(struct op *op, const char *value);

/* One character of UTF-8; 0: it is none for a mail. */
uint32_t html_literal(struct bytes *rest);

/* A character in UTF-8. */
void html_put(struct buf *out, uint32_t code);
