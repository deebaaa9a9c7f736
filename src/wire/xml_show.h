/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* XML for people to read: an element a line, indented. */
#include "base/buf.h"

/* Longer text of one element is cut short: pictures in base64. */
#define XML_SHOW_TEXT_MAX 400 /* bytes */

/*
 * Writes a document that need not be right: what is not well-formed comes out
 * as it is. Each line begins with `margin`. At most about `most` bytes; then
 * it says how much is left out.
 */
void xml_show(struct buf *buf, struct bytes document, const char *margin,
	      size_t most);
