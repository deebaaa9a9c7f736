/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The entity tag of a rendition: made of the picture as it came in, the edge
 * served, and whether it is cut, so it is the same on every node and after
 * every restart, and changes with the picture (3.1.5). Pure.
 */
#include "model/photo.h"

/* Strong, with its quotes. `epoch`: 0, or the site's wish for new tags. */
const char *photo_etag(struct op *op, const struct photo *photo,
		       unsigned epoch);

/* Does an If-None-Match name this tag (weak comparison, RFC 9110 13.1.2)?
 * Tags without quotes are taken too: libraries hand them out like that. */
bool photo_matches(const char *if_none_match, const char *etag);

/* Writes n in decimal and returns what is behind it; no NUL. At most
 * PHOTO_DECIMAL_MAX bytes. */
#define PHOTO_DECIMAL_MAX 10
char *photo_decimal(char *at, unsigned n);
