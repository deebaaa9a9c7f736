/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * HTML that somebody wrote, made fit to be sent: sanitised, or as plain text.
 * Both are made from nothing but what our own table of elements knows, so that
 * no reader of HTML can find in them what we did not see. One pass, whatever
 * the input; all of its text comes through.
 */
#include "base/buf.h"

/* Is it HTML, or a plain text that may have a < in it? */
bool html_is(const char *text);

/* Would a reader see anything: text, or a picture? */
bool html_is_empty(const char *text);

/*
 * A whole document in UTF-8. Elements and attributes of our lists alone, links
 * to http, https, mailto and tel alone, nothing that is fetched, run or sent.
 * A plain text becomes paragraphs. lang: an xml:lang, "" or NULL: none.
 */
void html_safe(struct buf *out, const char *text, const char *lang);

/* For who reads no HTML, lines ended by LF: paragraphs, lists, tables a line a
 * row, links with their address behind. A plain text stays as it is. */
void html_plain(struct buf *out, const char *text);

/* How much may come of `n` bytes: limits for `out`. */
#define HTML_SAFE_MAX(n) ((n)*8 + 4096)
#define HTML_PLAIN_MAX(n) ((n)*8 + 4096)

#define HTML_DEPTH_MAX 100 /* elements in each other; no deeper ones */
