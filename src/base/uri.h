/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* URIs that name a server and nothing else: "ldaps://dc1.example.com:636". */
#include "base/bytes.h"

#include <stdbool.h>

#define URI_HOST_MAX 255 /* bytes */

/* Parts of the text that was read. */
struct uri {
	struct bytes scheme; /* "ldaps" */
	struct bytes host;   /* "dc1.example.com", "::1" without brackets */
	unsigned port;       /* 0: none is named */
};

/* A scheme, ://, a name of DNS or an address of IP, perhaps : and a port, and
 * perhaps one / behind it all. */
bool uri_parse(const char *text, struct uri *out);

bool uri_is(const struct uri *uri, const char *scheme);

/* This machine itself: localhost, 127.0.0.0/8, ::1. */
bool uri_is_here(const struct uri *uri);
