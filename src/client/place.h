/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where a service is: URLs, which are https but for one question. */
#include "client/client.h"

#define PLACE_MAX 2048 /* bytes of a URL that somebody else names */

/* EWSC_INVALID unless it is an https URL with a host and without a login. */
enum err place_check(struct ewsc *c, const char *url);

/* The same as an answer, for what a server names. */
bool place_is_https(const char *url);

/* "mail.example.com" of a URL; NULL: it has none. */
const char *place_host(struct op *op, const char *url);
unsigned place_port(const char *url);

/* "https://mail.example.com:8443" of a URL. */
const char *place_base(struct op *op, const char *url);

/* A location that may be relative, seen from a URL; NULL: it is none. */
const char *place_join(struct op *op, const char *url, const char *location);

/* Is it that domain, or a name below it? */
bool place_within(const char *host, const char *domain);

/* A text as part of a query. */
const char *place_escape(struct op *op, const char *text);

/* The REST operation's address, from that of the service or of photos: what
 * servers give ends in .asmx, in /s/ or in the operation's name. */
enum err place_photo(struct op *op, const char *url, const char **out);
